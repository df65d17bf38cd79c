// Package gitlab is the kind of source for repositories on gitlab.com and on other GitLab servers.
//
// Branches and tags are resolved over the git protocol. A pin is GitLab's archive of a commit (fetchzip, as nixpkgs'
// fetchFromGitLab calls it), or a checkout (fetchgit) if the request is for submodules, LFS or a part of the tree, or if the
// repository is private: GitLab's archives want a token in a header of their own, which no builder sends.
package gitlab

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/forge"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/registry"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/release"
)

const (
	// DefaultHost is the host of a Spec that names none.
	DefaultHost = "gitlab.com"
	// TokenUser is the user name with which GitLab takes a token for git. Its API takes bearer tokens.
	TokenUser = "oauth2"
	// APIPath is where the REST API of a GitLab host is.
	APIPath = "/api/v4/"
)

// Spec is one repository and what to follow in it. Its Host is another GitLab server than [DefaultHost], and its Owner the
// path of a group.
type Spec sources.Hosted

// Kind implements [sources.Spec].
func (Spec) Kind() string { return "gitlab" }

// Title implements [sources.Spec] with the repository's name.
func (s Spec) Title() string { return s.Repo }

// Validate implements [sources.Spec].
func (s Spec) Validate() error {
	return cmp.Or(syntax().Validate(s.Hosted()), release.Validate(s.Hosted()), s.Fetch(strings.Repeat("0", 40)).Validate())
}

// Accepts implements [sources.Spec].
func (s Spec) Accepts(r sources.Resolution) error {
	if s.Asset != "" {
		return release.Accepts(s.Hosted(), r, s.isFile)
	}
	return r.Expect(sources.Call{Fetch: s.Fetch(cmp.Or(s.Commit(), r.Rev()))})
}

// root is the address of the server.
func (s Spec) root() string { return "https://" + cmp.Or(s.Host, DefaultHost) }

// page is the repository's address in a browser.
func (s Spec) page() string { return s.root() + "/" + s.Owner + "/" + s.Repo }

// Hosted implements [release.Repository].
func (s Spec) Hosted() sources.Hosted { return sources.Hosted(s) }

// GitURL implements [follow.Repository].
func (s Spec) GitURL() string { return s.page() + ".git" }

// Follows implements [follow.Repository].
func (s Spec) Follows() sources.Tracking { return s.Tracking }

// Following implements [follow.Repository].
func (s Spec) Following(t sources.Tracking) Spec {
	s.Tracking = t
	return s
}

// Fetch implements [follow.Repository]. The URL of the archive is escaped as in nixpkgs, pkgs/build-support/fetchgitlab.
func (s Spec) Fetch(rev string) sources.Fetch {
	if s.Private || !s.Checkout.IsPlain() {
		return sources.Hosted(s).FetchGit(s.GitURL(), rev)
	}
	return sources.Fetch{
		Fetcher: sources.FetchZip, URL: s.api() + "/repository/archive.tar.gz?sha=" + rev,
		StripRoot: true, Extension: "tar.gz", Name: sources.StoreName(s.Name),
	}
}

// api is the address of the project in the REST API.
func (s Spec) api() string {
	project := strings.NewReplacer(".", "%2E", "/", "%2F").Replace(s.Owner + "/" + s.Repo)
	return s.root() + APIPath + "projects/" + project
}

// syntax is that of "gitlab:GROUP/…/REPO[?host=HOST]" and of addresses in a browser.
func syntax() forge.Syntax {
	return forge.Syntax{
		Kind: Spec{}.Kind(), Name: "GitLab", Schemes: []string{"gitlab"}, Path: "GROUP/REPO", Host: DefaultHost, Groups: true, Release: true, Token: "GITLAB_TOKEN",
	}
}

func parse(r sources.Request) (Spec, error) {
	h, err := syntax().Parse(r)
	return Spec(h), err
}

// ask is the inverse of parse.
func ask(s Spec) sources.Request { return syntax().Ask(sources.Hosted(s)) }

// AsGit returns a request for the same with git; see [sources.AsGit].
func (s Spec) AsGit() sources.Request { return sources.Hosted(s).AsGit(s.GitURL()) }

// Codec returns what the kind is, without what resolves it.
func Codec() sources.Codec {
	return sources.Define(sources.Definition{
		Name: "GitLab",
		References: []sources.Reference{
			{Form: "gitlab:GROUP/REPO", Help: "a repository on GitLab"},
			{Form: "https://gitlab.com/GROUP/REPO", Help: "the same"},
			{Form: "https://gitlab.com/GROUP/REPO/-/tree/BRANCH", Help: "a branch"},
			{Form: "https://gitlab.com/GROUP/REPO/-/tags/TAG", Help: "a tag"},
			{Form: "gitlab:GROUP/REPO?host=HOST", Help: "another GitLab server"},
		},
		Options: sources.ReleaseOptions("host"),
	}, parse, ask)
}

// New returns the kind. It lists branches and tags by refs, and releases with the REST API through transport, which adds
// credentials.
func New(refs sources.RefLister, transport http.RoundTripper) sources.Kind {
	api := releaseAPI{registry.Client{Transport: transport}}
	r := release.Resolver(refs, release.Forge[Spec]{Page: api.page, Ask: ask})
	r.Compare = func(s Spec, from, to sources.Resolution) string {
		return forge.ComparePage(s.page(), "-/compare", from.Rev(), to.Rev())
	}
	r.Notes = api.history().Notes
	return sources.NewKind(Codec(), r)
}
