// Package gitiles is the kind of source for repositories behind Gitiles, the browser of googlesource.com and of Gerrit.
//
// A pin is the archive of a commit (fetchzip), as nixpkgs' fetchFromGitiles fetches it, or a checkout (fetchgit) if the
// request is for submodules, LFS or a part of the tree. The archive is one of a tree: it tells neither the commit nor its
// date, for which Gitiles is asked, and has no directory around the files (gitiles, ArchiveServlet.java).
package gitiles

import (
	"cmp"
	"context"
	"net/http"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/follow"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/forge"
)

// Spec is one repository and what to follow in it.
type Spec struct {
	Host string `json:"host"`
	Path string `json:"path"` // of the repository's page
	sources.Tracking
	sources.Checkout
	sources.Access
	Name string `json:"name,omitzero"` // store name; default: nixpkgs' own
}

// Kind implements [sources.Spec].
func (Spec) Kind() string { return "gitiles" }

// Title implements [sources.Spec] with the last part of the path.
func (s Spec) Title() string { return s.Path[strings.LastIndexByte(s.Path, '/')+1:] }

// hosted returns the settings that all forges have.
func (s Spec) hosted() sources.Hosted {
	return sources.Hosted{Host: s.Host, Tracking: s.Tracking, Checkout: s.Checkout, Access: s.Access, Name: s.Name}
}

// Validate implements [sources.Spec].
func (s Spec) Validate() error {
	if s.Release {
		err := &sources.OptionError{Options: []string{"release"}, Problem: "does not apply to Gitiles sources"}
		return sources.WithSettings(err, sources.Setting{Option: "tag", Value: "*"})
	}
	return cmp.Or(s.hosted().ValidateAt(s.Path), s.Fetch(strings.Repeat("0", 40)).Validate())
}

// Accepts implements [sources.Spec].
func (s Spec) Accepts(r sources.Resolution) error {
	return r.Expect(sources.Call{Fetch: s.Fetch(cmp.Or(s.Commit(), r.Rev()))})
}

// page is the repository's address in a browser.
func (s Spec) page() string { return "https://" + s.Host + "/" + s.Path }

// GitURL implements [follow.Repository]. Below /a/, the host asks for a login (gerrit, Documentation/dev-rest-api.txt).
func (s Spec) GitURL() string {
	path := forge.Gerrit(s.Path)
	if s.Private {
		path = "a/" + path
	}
	return "https://" + s.Host + "/" + path
}

// Follows implements [follow.Repository].
func (s Spec) Follows() sources.Tracking { return s.Tracking }

// Following implements [follow.Repository].
func (s Spec) Following(t sources.Tracking) Spec {
	s.Tracking = t
	return s
}

// Fetch implements [follow.Repository]. A private repository is a checkout: hosts ask for a login in different ways where
// they serve pages, but all take a password over git.
func (s Spec) Fetch(rev string) sources.Fetch {
	if !s.IsPlain() || s.Private {
		return s.hosted().FetchGit(s.GitURL(), rev)
	}
	return sources.Fetch{
		Fetcher: sources.FetchZip, URL: s.page() + "/+archive/" + rev + ".tar.gz", Name: sources.StoreName(s.Name), Extension: "tar.gz",
	}
}

// AsGit returns a request for the same with git; see [sources.AsGit].
func (s Spec) AsGit() sources.Request { return s.hosted().AsGit(s.GitURL()) }

// Codec returns what the kind is, without what resolves it.
func Codec() sources.Codec {
	return sources.Define(sources.Definition{
		Name: "Gitiles",
		References: []sources.Reference{
			{Form: "gitiles:HOST/PATH", Help: "a repository on Gitiles"},
			{Form: "https://HOST.googlesource.com/PATH", Help: "the same"},
			{Form: "https://HOST.googlesource.com/PATH/+/REF", Help: "a branch or a tag"},
			{Form: "https://HOST.googlesource.com/PATH/+/SHA", Help: "a commit"},
		},
		Options: sources.GitOptions(),
	}, parse, ask)
}

// New returns the kind. It lists branches and tags by refs, and asks for the dates of commits through transport.
func New(refs sources.RefLister, transport http.RoundTripper) sources.Kind {
	r := follow.Resolver[Spec](refs)
	r.Compare = func(s Spec, from, to sources.Resolution) string {
		if from.Rev() == "" || to.Rev() == "" {
			return ""
		}
		return s.page() + "/+log/" + from.Rev() + ".." + to.Rev()
	}
	r.Date = func(ctx context.Context, s Spec, rev string) (string, error) { return date(ctx, transport, s, rev) }
	return sources.NewKind(Codec(), r)
}
