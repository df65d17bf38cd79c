// Package github is the kind of source for repositories on github.com and on GitHub Enterprise servers.
//
// Branches and tags are resolved over the git protocol, which has no quota. Only releases need the REST API. A pin is
// GitHub's archive of a commit (fetchFromGitHub), or a checkout (fetchgit) if the request is for submodules, LFS or a part
// of the tree.
package github

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/follow"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/forge"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

// DefaultHost is the host of a Spec that names none.
const DefaultHost = "github.com"

// Spec is one repository and what to follow in it.
type Spec struct {
	Host  string `json:"host,omitzero"` // a GitHub Enterprise server; default [DefaultHost]
	Owner string `json:"owner"`
	Repo  string `json:"repo"`
	sources.Tracking
	sources.Checkout
	sources.Access
	Name string `json:"name,omitzero"` // store name; default: nixpkgs' own
}

// Kind implements [sources.Spec].
func (Spec) Kind() string { return "github" }

// Title implements [sources.Spec] with the repository's name.
func (s Spec) Title() string { return s.Repo }

// Validate implements [sources.Spec].
func (s Spec) Validate() error {
	return cmp.Or(s.Tracking.Validate(), s.Checkout.Validate(), s.fetch(strings.Repeat("0", 40)).Validate())
}

// Accepts implements [sources.Spec].
func (s Spec) Accepts(r sources.Resolution) error {
	return r.Expect(sources.Call{Fetch: s.fetch(cmp.Or(s.Commit(), r.Rev()))})
}

// page is the repository's address in a browser.
func (s Spec) page() string {
	return fmt.Sprintf("https://%s/%s/%s", cmp.Or(s.Host, DefaultHost), s.Owner, s.Repo)
}

// gitURL is the repository's URL for git, the same one that fetchFromGitHub passes to fetchgit.
func (s Spec) gitURL() string { return s.page() + ".git" }

func (s Spec) fetch(rev string) sources.Fetch {
	if s.Checkout.IsPlain() {
		return sources.Fetch{
			Fetcher: sources.FetchFromGitHub, GithubBase: s.Host, Owner: s.Owner, Repo: s.Repo, Rev: rev, Name: sources.StoreName(s.Name), Access: s.Access,
		}
	}
	return sources.Fetch{
		Fetcher: sources.FetchGit, URL: s.gitURL(), Rev: rev, Name: sources.StoreName(s.Name), Access: s.Access,
		Submodules: s.Submodules, LFS: s.LFS, SparseCheckout: s.SparseCheckout, RootDir: s.RootDir,
	}
}

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
		Options: sources.GitOptions("host", "release"),
	}, parse, ask)
}

// New returns the kind. It lists branches and tags by refs, and releases with the REST API through transport, which adds
// credentials (see [APIAddress]).
//
// Errors of the transport are passed on, but an [fs.ErrNotExist] is also a [sources.ErrNotFound].
func New(refs sources.RefLister, transport http.RoundTripper) sources.Kind {
	r := resolver{follow.Remotes{Refs: refs}, transport, new(sync.Map)}
	return sources.NewKind(Codec(), sources.Resolver[Spec]{
		Announce: func(s Spec) { r.remotes.Announce(s.gitURL(), s.Tracking) },
		Choose:   r.choose,
		Resolve: func(ctx context.Context, s Spec) (sources.Resolution, error) {
			if s.Release {
				return r.resolveRelease(ctx, s, func(version.Tag) bool { return true })
			}
			return r.remotes.Resolve(ctx, s.gitURL(), s.Tracking, s.fetch)
		},
		ResolveLike: func(ctx context.Context, s Spec, locked string) (sources.Resolution, error) {
			if s.Release {
				return r.resolveRelease(ctx, s, follow.Like(locked))
			}
			return r.remotes.ResolveLike(ctx, s.gitURL(), s.Tracking, locked, s.fetch)
		},
		At: func(ctx context.Context, s Spec, at string) (sources.Resolution, error) {
			return r.remotes.At(ctx, s.gitURL(), s.Tracking, at, s.fetch)
		},
		Name: func(ctx context.Context, s Spec, locked sources.Resolution) (sources.Facts, error) {
			return r.remotes.Name(ctx, s.gitURL(), s.Tracking, locked)
		},
		Compare: func(s Spec, from, to sources.Resolution) string {
			return forge.ComparePage(s.page(), "compare", from.Rev(), to.Rev())
		},
	})
}

type resolver struct {
	remotes   follow.Remotes
	transport http.RoundTripper
	clients   *sync.Map // clients of the REST API by Spec.Host
}

func (r resolver) choose(ctx context.Context, s Spec) (_ Spec, choice sources.Choice, err error) {
	s.Tracking, choice, err = r.remotes.Choose(ctx, s.gitURL(), s.Repo, s.Tracking)
	return s, choice, err
}

func (r resolver) resolveRelease(ctx context.Context, s Spec, keep func(version.Tag) bool) (sources.Resolution, error) {
	tag, err := r.release(ctx, s, keep)
	if err != nil {
		return sources.Resolution{}, err
	}
	followed := sources.Tracking{Rev: tag}
	if err := followed.Validate(); err != nil { // upstream chose the name
		err = fmt.Errorf("newest release of %s/%s: %w", s.Owner, s.Repo, err)
		return sources.Resolution{}, sources.WithSettings(err, sources.Setting{Option: "tag"}, sources.Setting{Option: "branch"})
	}
	return r.remotes.Resolve(ctx, s.gitURL(), followed, s.fetch)
}
