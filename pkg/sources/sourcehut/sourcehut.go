// Package sourcehut is the kind of source for git repositories on git.sr.ht and on other sourcehut servers.
//
// A pin is the archive of a commit (fetchzip), as nixpkgs' fetchFromSourcehut fetches it, or a checkout (fetchgit) if the
// request is for submodules, LFS or a part of the tree. sourcehut answers its API to nobody without a login, and has no page
// that compares commits.
package sourcehut

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/follow"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/forge"
)

// DefaultHost is the host of a Spec that names none.
const DefaultHost = "git.sr.ht"

// Spec is one repository and what to follow in it. Its Host is another server's host of git repositories; the default is
// [DefaultHost]. Its Owner begins with a tilde.
type Spec sources.Hosted

// Kind implements [sources.Spec].
func (Spec) Kind() string { return "sourcehut" }

// Title implements [sources.Spec] with the repository's name.
func (s Spec) Title() string { return s.Repo }

// Validate implements [sources.Spec].
func (s Spec) Validate() error {
	switch {
	case strings.HasPrefix(s.Host, "hg."):
		err := sources.Invalid("%q has Mercurial repositories, which cannot be pinned: to be reproducible, their archives need "+
			"a script that removes a file (nixpkgs, pkgs/build-support/fetchsourcehut)", redact.Reference(s.Host))
		return sources.WithHint(err, "pin a git mirror of the repository, or a file that upstream releases")
	case !strings.HasPrefix(s.Owner, "~"):
		err := sources.Invalid("%q is not ~OWNER/REPO", redact.Reference(s.Owner+"/"+s.Repo))
		return sources.WithHint(err, "write a tilde before the owner")
	}
	return cmp.Or(s.refusePrivate(), syntax().Validate(sources.Hosted(s)), s.Fetch(strings.Repeat("0", 40)).Validate())
}

// refusePrivate explains why no build can fetch a private repository: sourcehut knows its users by their keys over ssh and by a
// browser's cookie over https, and by nothing that a netrc file has (gitsrht, its route /authorize).
func (s Spec) refusePrivate() error {
	if !s.Private {
		return nil
	}
	err := &sources.OptionError{Options: []string{"private"}, Problem: "does not apply to sourcehut sources: over https it has no login for programs"}
	meant := sources.Hosted(s).AsGit(strings.Replace(s.GitURL(), "https://", "ssh://git@", 1))
	meant.Access, meant.FetchURL = sources.Access{}, "https://MIRROR"
	return sources.DidYouMean(err, meant)
}

// Accepts implements [sources.Spec].
func (s Spec) Accepts(r sources.Resolution) error {
	return r.Expect(sources.Call{Fetch: s.Fetch(cmp.Or(s.Commit(), r.Rev()))})
}

// GitURL implements [follow.Repository].
func (s Spec) GitURL() string {
	return fmt.Sprintf("https://%s/%s/%s", cmp.Or(s.Host, DefaultHost), s.Owner, s.Repo)
}

// Follows implements [follow.Repository].
func (s Spec) Follows() sources.Tracking { return s.Tracking }

// Following implements [follow.Repository].
func (s Spec) Following(t sources.Tracking) Spec {
	s.Tracking = t
	return s
}

// Fetch implements [follow.Repository].
func (s Spec) Fetch(rev string) sources.Fetch {
	if !s.IsPlain() {
		return sources.Hosted(s).FetchGit(s.GitURL(), rev)
	}
	return sources.Fetch{
		Fetcher: sources.FetchZip, URL: s.GitURL() + "/archive/" + rev + ".tar.gz", Name: sources.StoreName(s.Name), Access: s.Access,
		StripRoot: true, Extension: "tar.gz",
	}
}

// AsGit returns a request for the same with git; see [sources.AsGit].
func (s Spec) AsGit() sources.Request { return sources.Hosted(s).AsGit(s.GitURL()) }

// Codec returns what the kind is, without what resolves it.
func Codec() sources.Codec {
	return sources.Define(sources.Definition{
		Name: "sourcehut",
		References: []sources.Reference{
			{Form: "sourcehut:~OWNER/REPO", Help: "a repository on sourcehut"},
			{Form: "https://git.sr.ht/~OWNER/REPO", Help: "the same"},
			{Form: "https://git.sr.ht/~OWNER/REPO/tree/BRANCH", Help: "a branch"},
			{Form: "https://git.sr.ht/~OWNER/REPO/refs/TAG", Help: "a tag"},
			{Form: "https://git.sr.ht/~OWNER/REPO/commit/SHA", Help: "a commit"},
			{Form: "sourcehut:~OWNER/REPO?host=HOST", Help: "another sourcehut server"},
		},
		Options: slices.DeleteFunc(sources.GitOptions("host"), func(option string) bool { return option == "private" }),
	}, parse, ask)
}

// New returns the kind. It resolves Specs by the refs that it lists.
func New(refs sources.RefLister) sources.Kind {
	return sources.NewKind(Codec(), follow.Resolver[Spec](refs))
}

func syntax() forge.Syntax {
	return forge.Syntax{Kind: Spec{}.Kind(), Name: "sourcehut", Schemes: []string{"sourcehut"}, Path: "~OWNER/REPO", Host: DefaultHost, DotGit: true}
}

func parse(r sources.Request) (Spec, error) {
	h, err := syntax().Parse(r)
	return Spec(h), cmp.Or(err, Spec(h).refusePrivate())
}

// ask is the inverse of parse.
func ask(s Spec) sources.Request { return syntax().Ask(sources.Hosted(s)) }
