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
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/follow"
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
	sources.Access
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
			Fetcher: sources.FetchFromGitHub, GithubBase: s.Host, Owner: s.Owner, Repo: s.Repo, Rev: rev, Name: s.Name, Access: s.Access,
		}
	}
	return sources.Fetch{
		Fetcher: sources.FetchGit, URL: s.gitURL(), Rev: rev, Name: s.Name, Access: s.Access,
		Submodules: s.Submodules, LFS: s.LFS, SparseCheckout: s.SparseCheckout, RootDir: s.RootDir,
	}
}

// Refs lists the refs of git remotes.
type Refs interface {
	// Announce says that refs with these prefixes will be needed, so that one request can ask for all of them.
	Announce(remoteURL string, prefixes ...string)
	// Refs returns the refs whose full names begin with one of the prefixes.
	Refs(ctx context.Context, remoteURL string, prefixes ...string) (sources.Refs, error)
}

// New returns the kind. It requests releases through transport, which adds credentials (see [APIAddress]).
//
// Errors of the transport are passed on; one that is an [fs.ErrNotExist] becomes a [sources.ErrNotFound].
func New(refs Refs, transport http.RoundTripper) sources.Kind {
	r := resolver{follow.Remotes{Refs: refs}, transport, new(sync.Map)}
	return sources.Define(sources.Actions[Spec]{
		Parse:    parse,
		Announce: func(s Spec) { r.remotes.Announce(s.gitURL(), s.Tracking) },
		Choose:   r.choose,
		Resolve:  r.resolve,
		Compare:  compare,
	})
}

type resolver struct {
	remotes   follow.Remotes
	transport http.RoundTripper
	clients   *sync.Map // of the REST API, by Spec.Host
}

func (r resolver) choose(ctx context.Context, s Spec) (_ Spec, note string, err error) {
	s.Tracking, note, err = r.remotes.Choose(ctx, s.gitURL(), s.Repo, s.Tracking)
	return s, note, err
}

func (r resolver) resolve(ctx context.Context, s Spec) (sources.Resolution, error) {
	followed, number := s.Tracking, ""
	if s.Release {
		tag, v, err := r.release(ctx, s)
		if err != nil {
			return sources.Resolution{}, err
		}
		followed, number = sources.Tracking{Rev: tag}, v
	}
	target, err := r.remotes.Resolve(ctx, s.gitURL(), followed)
	if err != nil {
		return sources.Resolution{}, err
	}
	return sources.Resolution{
		Facts: sources.Facts{Ref: target.Ref, Version: cmp.Or(number, target.Version)},
		Fetch: s.fetch(target.Rev),
	}, nil
}

func compare(s Spec, from, to sources.Resolution) string {
	if from.Fetch.Rev == "" || to.Fetch.Rev == "" || from.Fetch.Rev == to.Fetch.Rev {
		return ""
	}
	return fmt.Sprintf("https://%s/%s/%s/compare/%s...%s", cmp.Or(s.Host, DefaultHost), s.Owner, s.Repo, from.Fetch.Rev, to.Fetch.Rev)
}
