// Package github is the kind of source for repositories on github.com and on GitHub Enterprise servers.
//
// Branches and tags are resolved over the git protocol, which has no quota. Only releases need the REST API. A pin is
// GitHub's archive of a commit (fetchFromGitHub), a checkout (fetchgit) if the request is for submodules, LFS or a part of the
// tree, or a file of a release (fetchurl, or fetchzip for its contents).
package github

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/forge"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/release"
)

// DefaultHost is the host of a Spec that names none.
const DefaultHost = "github.com"

// Spec is one repository and what to follow in it. Its Host is a GitHub Enterprise server; the default is [DefaultHost].
type Spec sources.Hosted

// Kind implements [sources.Spec].
func (Spec) Kind() string { return "github" }

// Title implements [sources.Spec] with the repository's name.
func (s Spec) Title() string { return s.Repo }

// Validate implements [sources.Spec].
func (s Spec) Validate() error {
	return cmp.Or(s.Tracking.Validate(), s.Checkout.Validate(), release.Validate(s.Hosted()), s.Fetch(strings.Repeat("0", 40)).Validate())
}

// Accepts implements [sources.Spec].
func (s Spec) Accepts(r sources.Resolution) error {
	if s.Asset != "" {
		return release.Accepts(s.Hosted(), r, release.IsDownload(s.download))
	}
	return r.Expect(sources.Call{Fetch: s.Fetch(cmp.Or(s.Commit(), r.Rev()))})
}

// page is the repository's address in a browser.
func (s Spec) page() string {
	return fmt.Sprintf("https://%s/%s/%s", cmp.Or(s.Host, DefaultHost), s.Owner, s.Repo)
}

// download returns the address of a file of a release.
func (s Spec) download(tag, name string) string { return release.DownloadURL(s.page(), tag, name) }

// Hosted implements [release.Repository].
func (s Spec) Hosted() sources.Hosted { return sources.Hosted(s) }

// GitURL implements [follow.Repository] with the URL that fetchFromGitHub passes to fetchgit.
func (s Spec) GitURL() string { return s.page() + ".git" }

// Follows implements [follow.Repository].
func (s Spec) Follows() sources.Tracking { return s.Tracking }

// Following implements [follow.Repository].
func (s Spec) Following(t sources.Tracking) Spec {
	s.Tracking = t
	return s
}

// Fetch implements [follow.Repository].
func (s Spec) Fetch(rev string) sources.Fetch {
	if s.Checkout.IsPlain() {
		return sources.Fetch{
			Fetcher: sources.FetchFromGitHub, GithubBase: s.Host, Owner: s.Owner, Repo: s.Repo, Rev: rev, Name: sources.StoreName(s.Name), Access: s.Access,
		}
	}
	return sources.Hosted(s).FetchGit(s.GitURL(), rev)
}

// AsGit returns a request for the same with git; see [sources.AsGit].
func (s Spec) AsGit() sources.Request { return sources.Hosted(s).AsGit(s.GitURL()) }

// Codec returns what the kind is, without what resolves it.
func Codec() sources.Codec {
	return sources.Define(sources.Definition{
		Name: "GitHub",
		References: []sources.Reference{
			{Form: "github:OWNER/REPO", Help: "a repository on GitHub"},
			{Form: "gh:OWNER/REPO", Help: "the same"},
			{Form: "https://github.com/OWNER/REPO", Help: "the same"},
			{Form: "https://github.com/OWNER/REPO/tree/BRANCH", Help: "a branch"},
			{Form: "https://github.com/OWNER/REPO/releases/tag/TAG", Help: "a tag"},
			{Form: "https://github.com/OWNER/REPO/commit/SHA", Help: "a commit"},
			{Form: "github:OWNER/REPO?host=HOST", Help: "GitHub Enterprise"},
		},
		Options: sources.ReleaseOptions("host"),
	}, parse, ask)
}

// New returns the kind. It lists branches and tags by refs, and releases with the REST API through transport, which adds
// credentials (see [APIAddress]).
//
// Errors of the transport are passed on, but an [fs.ErrNotExist] is also a [sources.ErrNotFound].
func New(refs sources.RefLister, transport http.RoundTripper) sources.Kind {
	api := releaseAPI{transport, new(sync.Map)}
	r := release.Resolver(refs, release.Forge[Spec]{Page: api.page, Download: Spec.download, Ask: ask})
	r.Compare = func(s Spec, from, to sources.Resolution) string {
		return forge.ComparePage(s.page(), "compare", from.Rev(), to.Rev())
	}
	r.Notes = api.history().Notes
	return sources.NewKind(Codec(), r)
}

// releaseAPI lists releases with the REST API.
type releaseAPI struct {
	transport http.RoundTripper
	clients   *sync.Map // clients of the REST API by Spec.Host
}
