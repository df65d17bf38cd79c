// Package github is the kind of source for repositories on github.com and on
// GitHub Enterprise hosts.
//
// Branches and tags are resolved over the git protocol, which has no quota; only
// following releases asks the REST API. The pin is GitHub's archive of the commit
// (fetchFromGitHub), or a checkout (fetchgit) where submodules, LFS or a part of the tree are asked for.
package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pinfetch/pinfetch/internal/gitproto"
	"github.com/pinfetch/pinfetch/internal/tracking"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// DefaultHost is the host of a Spec that names none.
const DefaultHost = "github.com"

// Spec is one repository and what is followed of it.
type Spec struct {
	Host  string `json:"host,omitzero"` // a GitHub Enterprise host; default [DefaultHost]
	Owner string `json:"owner"`
	Repo  string `json:"repo"`
	sources.Tracking
	sources.Checkout
	Name string `json:"name,omitzero"` // store name; default: nixpkgs' own
}

// Kind implements [sources.Spec].
func (Spec) Kind() string { return "github" }

// Title implements [sources.Spec] with the repository's name.
func (s Spec) Title() string { return s.Repo }

// Validate implements [sources.Spec].
func (s Spec) Validate() error {
	if err := s.Tracking.Validate(); err != nil {
		return err
	}
	if err := s.Checkout.Validate(); err != nil {
		return err
	}
	f := s.fetch(strings.Repeat("0", 40))
	return f.Validate()
}

// gitURL is where git finds the repository, and what fetchFromGitHub itself hands to fetchgit.
func (s Spec) gitURL() string {
	return fmt.Sprintf("https://%s/%s/%s.git", cmp.Or(s.Host, DefaultHost), s.Owner, s.Repo)
}

func (s Spec) fetch(rev string) sources.Fetch {
	if s.Checkout.IsPlain() {
		return sources.Fetch{
			Fetcher: sources.FetchFromGitHub, GithubBase: s.Host, Owner: s.Owner, Repo: s.Repo, Rev: rev, Name: s.Name,
		}
	}
	return sources.Fetch{
		Fetcher: sources.FetchGit, URL: s.gitURL(), Rev: rev, Name: s.Name,
		Submodules: s.Submodules, LFS: s.LFS, SparseCheckout: s.SparseCheckout, RootDir: s.RootDir,
	}
}

// New returns the kind.
func New(refs *gitproto.Client, w *web.Client) sources.Kind {
	r := resolver{refs: refs, web: w}
	return sources.Define(sources.Actions[Spec]{
		Parse:    parse,
		Announce: r.announce,
		Choose:   r.choose,
		Resolve:  r.resolve,
		Compare:  compare,
	})
}

type resolver struct {
	refs *gitproto.Client
	web  *web.Client
}

func (r resolver) announce(s Spec) { r.refs.Announce(s.gitURL(), tracking.Prefixes(s.Tracking)...) }

func (r resolver) list(ctx context.Context, s Spec) (gitproto.Refs, error) {
	prefixes := tracking.Prefixes(s.Tracking)
	if len(prefixes) == 0 {
		return gitproto.Refs{}, nil
	}
	refs, err := r.refs.Refs(ctx, s.gitURL(), prefixes...)
	if errors.Is(err, gitproto.ErrNotFound) {
		return refs, sources.WithHint(fmt.Errorf("%w: %w", sources.ErrNotFound, err),
			"check the owner and the name; for a private repository set GITHUB_TOKEN or a netrc entry")
	}
	if errors.Is(err, web.ErrUnauthorized) {
		return refs, sources.WithHint(err, "the repository does not exist, or it is private and no valid token for %s is set (GITHUB_TOKEN or netrc)",
			cmp.Or(s.Host, DefaultHost))
	}
	return refs, err
}

func (r resolver) choose(ctx context.Context, s Spec) (Spec, string, error) {
	refs, err := r.list(ctx, s)
	if err != nil {
		return s, "", err
	}
	t, note, err := tracking.Choose(refs, s.Repo, s.Tracking)
	s.Tracking = t
	return s, note, err
}

func (r resolver) resolve(ctx context.Context, s Spec) (sources.Resolution, error) {
	target, err := r.target(ctx, s)
	if err != nil {
		return sources.Resolution{}, err
	}
	return sources.Resolution{
		Facts: sources.Facts{Ref: target.Ref, Version: target.Version},
		Fetch: s.fetch(target.Rev),
	}, nil
}

func (r resolver) target(ctx context.Context, s Spec) (tracking.Target, error) {
	if !s.Release {
		refs, err := r.list(ctx, s)
		if err != nil {
			return tracking.Target{}, err
		}
		return tracking.Resolve(refs, s.Tracking)
	}
	tag, version, err := r.release(ctx, s)
	if err != nil {
		return tracking.Target{}, err
	}
	refs, err := r.list(ctx, s)
	if err != nil {
		return tracking.Target{}, err
	}
	target, err := tracking.ResolveTag(refs, tag)
	target.Version = cmp.Or(version, target.Version)
	return target, err
}

func compare(s Spec, from, to sources.Resolution) string {
	if from.Fetch.Rev == "" || to.Fetch.Rev == "" || from.Fetch.Rev == to.Fetch.Rev {
		return ""
	}
	return fmt.Sprintf("https://%s/%s/%s/compare/%s...%s", cmp.Or(s.Host, DefaultHost), s.Owner, s.Repo, from.Fetch.Rev, to.Fetch.Rev)
}
