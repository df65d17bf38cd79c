// Package bitbucket is the kind of source for repositories on bitbucket.org. Bitbucket Server and Data Center are other
// programs with other addresses, and there git pins do.
//
// A pin is the archive of a commit (fetchzip), as nixpkgs' fetchFromBitbucket fetches it, or a checkout (fetchgit) if the
// request is for submodules, LFS or a part of the tree.
package bitbucket

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/follow"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/forge"
)

const host = "bitbucket.org"

// Spec is one repository and what to follow in it. It has no Host.
type Spec sources.Hosted

// Kind implements [sources.Spec].
func (Spec) Kind() string { return "bitbucket" }

// Title implements [sources.Spec] with the repository's name.
func (s Spec) Title() string { return s.Repo }

// Validate implements [sources.Spec].
func (s Spec) Validate() error {
	if s.Host != "" {
		err := sources.Invalid("%q is not %s, but may be a Bitbucket Server", redact.Reference(s.Host), host)
		return sources.DidYouMean(err, sources.Hosted(s).AsGit(fmt.Sprintf("https://%s/scm/%s/%s.git", s.Host, s.Owner, s.Repo)))
	}
	return cmp.Or(syntax().Validate(sources.Hosted(s)), s.Fetch(strings.Repeat("0", 40)).Validate())
}

// Accepts implements [sources.Spec].
func (s Spec) Accepts(r sources.Resolution) error {
	return r.Expect(sources.Call{Fetch: s.Fetch(cmp.Or(s.Commit(), r.Rev()))})
}

// page is the repository's address in a browser.
func (s Spec) page() string { return "https://" + host + "/" + s.Owner + "/" + s.Repo }

// GitURL implements [follow.Repository].
func (s Spec) GitURL() string { return s.page() + ".git" }

// Follows implements [follow.Repository].
func (s Spec) Follows() sources.Tracking { return s.Tracking }

// Following implements [follow.Repository].
func (s Spec) Following(t sources.Tracking) Spec {
	s.Tracking = t
	return s
}

// Fetch implements [follow.Repository]. A private repository is a checkout. With the credentials that git takes, the address
// of an archive redirects to a login page: it wants an access token in an Authorization header, which no fetcher sends from a
// netrc file, or the email address of an account as the user, where git wants a user name
// (support.atlassian.com/bitbucket-cloud/docs/using-api-tokens).
func (s Spec) Fetch(rev string) sources.Fetch {
	if !s.IsPlain() || s.Private {
		return sources.Hosted(s).FetchGit(s.GitURL(), rev)
	}
	return sources.Fetch{
		Fetcher: sources.FetchZip, URL: s.page() + "/get/" + rev + ".tar.gz", Name: sources.StoreName(s.Name),
		StripRoot: true, Extension: "tar.gz",
	}
}

// AsGit returns a request for the same with git; see [sources.AsGit].
func (s Spec) AsGit() sources.Request { return sources.Hosted(s).AsGit(s.GitURL()) }

// Codec returns what the kind is, without what resolves it.
func Codec() sources.Codec {
	return sources.Define(sources.Definition{
		Name: "Bitbucket",
		References: []sources.Reference{
			{Form: "bitbucket:OWNER/REPO", Help: "a repository on Bitbucket"},
			{Form: "https://bitbucket.org/OWNER/REPO", Help: "the same"},
			{Form: "https://bitbucket.org/OWNER/REPO/src/BRANCH/", Help: "a branch"},
			{Form: "https://bitbucket.org/OWNER/REPO/commits/SHA", Help: "a commit"},
		},
		Options: sources.GitOptions(),
	}, parse, ask)
}

// New returns the kind. It resolves Specs by the refs that it lists.
func New(refs sources.RefLister) sources.Kind {
	r := follow.Resolver[Spec](refs)
	r.Compare = func(s Spec, from, to sources.Resolution) string {
		if from.Rev() == "" || to.Rev() == "" {
			return ""
		}
		return s.page() + "/branches/compare/" + to.Rev() + "%0D" + from.Rev() // the newer one first
	}
	return sources.NewKind(Codec(), r)
}

func syntax() forge.Syntax {
	return forge.Syntax{Kind: Spec{}.Kind(), Name: "Bitbucket", Schemes: []string{"bitbucket"}, Path: "OWNER/REPO", Host: host, DotGit: true}
}

func parse(r sources.Request) (Spec, error) {
	h, err := syntax().Parse(r)
	return Spec(h), err
}

// ask is the inverse of parse.
func ask(s Spec) sources.Request { return syntax().Ask(sources.Hosted(s)) }
