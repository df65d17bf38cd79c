// Package forgejo is the kind of source for repositories on Forgejo and Gitea servers, such as codeberg.org.
//
// Branches and tags are resolved over the git protocol. A pin is the server's archive of a commit (fetchzip, as nixpkgs'
// fetchFromForgejo and fetchFromGitea call it), or a checkout (fetchgit) if the request is for submodules, LFS or a part of
// the tree.
package forgejo

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/forge"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/registry"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/release"
)

const (
	// DefaultHost is the host of a Spec that names none.
	DefaultHost = "codeberg.org"
	// TokenUser is a user name with which Forgejo takes a token, for git and for its API.
	TokenUser = "token"
)

// Spec is one repository and what to follow in it. Its Host is another server than [DefaultHost].
type Spec sources.Hosted

// Kind implements [sources.Spec].
func (Spec) Kind() string { return "forgejo" }

// Title implements [sources.Spec] with the repository's name.
func (s Spec) Title() string { return s.Repo }

// Validate implements [sources.Spec].
func (s Spec) Validate() error {
	return cmp.Or(syntax().Validate(s.Hosted()), release.Validate(s.Hosted()), s.Fetch(strings.Repeat("0", 40)).Validate())
}

// Accepts implements [sources.Spec].
func (s Spec) Accepts(r sources.Resolution) error {
	if s.Asset != "" {
		return release.Accepts(s.Hosted(), r, release.IsDownload(s.download))
	}
	return r.Expect(sources.Call{Fetch: s.Fetch(cmp.Or(s.Commit(), r.Rev()))})
}

// root is the address of the server.
func (s Spec) root() string { return "https://" + cmp.Or(s.Host, DefaultHost) + "/" }

// page is the repository's address in a browser.
func (s Spec) page() string { return s.root() + s.Owner + "/" + s.Repo }

// download returns the address of a file of a release.
func (s Spec) download(tag, name string) string { return release.DownloadURL(s.page(), tag, name) }

// Hosted implements [release.Repository].
func (s Spec) Hosted() sources.Hosted { return sources.Hosted(s) }

// api is the address of the repository in the REST API.
func (s Spec) api() string { return s.root() + "api/v1/repos/" + s.Owner + "/" + s.Repo }

// GitURL implements [follow.Repository].
func (s Spec) GitURL() string { return s.page() + ".git" }

// Follows implements [follow.Repository].
func (s Spec) Follows() sources.Tracking { return s.Tracking }

// Following implements [follow.Repository].
func (s Spec) Following(t sources.Tracking) Spec {
	s.Tracking = t
	return s
}

// Fetch implements [follow.Repository]. Only the API takes the credentials that a builder sends; both archives have the same
// contents.
func (s Spec) Fetch(rev string) sources.Fetch {
	if !s.Checkout.IsPlain() {
		return sources.Hosted(s).FetchGit(s.GitURL(), rev)
	}
	repository := s.page()
	if s.Private {
		repository = s.api()
	}
	return sources.Fetch{
		Fetcher: sources.FetchZip, URL: fmt.Sprintf("%s/archive/%s.tar.gz", repository, rev),
		StripRoot: true, Extension: "tar.gz", Name: sources.StoreName(s.Name), Access: s.Access,
	}
}

// AsGit returns a request for the same with git; see [sources.AsGit].
func (s Spec) AsGit() sources.Request { return sources.Hosted(s).AsGit(s.GitURL()) }

// Codec returns what the kind is, without what resolves it.
func Codec() sources.Codec {
	return sources.Define(sources.Definition{
		Name: "Forgejo",
		References: []sources.Reference{
			{Form: "forgejo:OWNER/REPO", Help: "a repository on Codeberg"},
			{Form: "codeberg:OWNER/REPO", Help: "the same"},
			{Form: "https://codeberg.org/OWNER/REPO", Help: "the same"},
			{Form: "https://codeberg.org/OWNER/REPO/src/tag/TAG", Help: "a tag"},
			{Form: "forgejo:OWNER/REPO?host=HOST", Help: "a Forgejo server"},
			{Form: "gitea:OWNER/REPO?host=HOST", Help: "a Gitea server"},
			{Form: "forgejo:HOST/OWNER/REPO", Help: "the same"},
		},
		Options: sources.ReleaseOptions("host"),
	}, parse, ask)
}

// New returns the kind. It lists branches and tags by refs, and releases with the REST API through transport, which adds
// credentials.
func New(refs sources.RefLister, transport http.RoundTripper) sources.Kind {
	api := releaseAPI{registry.Client{Transport: transport}}
	r := release.Resolver(refs, release.Forge[Spec]{Page: api.page, Download: Spec.download, Ask: ask})
	r.Compare = func(s Spec, from, to sources.Resolution) string {
		return forge.ComparePage(s.page(), "compare", from.Rev(), to.Rev())
	}
	r.Notes = api.history().Notes
	return sources.NewKind(Codec(), r)
}
