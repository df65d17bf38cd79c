package follow

import (
	"context"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Remotes resolves what a [sources.Tracking] means in the repository behind a URL.
type Remotes struct {
	Refs interface {
		Announce(remoteURL string, prefixes ...string)
		Refs(ctx context.Context, remoteURL string, prefixes ...string) (sources.Refs, error)
	}
}

// Announce says that t is about to be resolved.
func (r Remotes) Announce(remoteURL string, t sources.Tracking) {
	r.Refs.Announce(remoteURL, Prefixes(t)...)
}

// Choose settles an open Tracking as the function [Choose] does.
func (r Remotes) Choose(ctx context.Context, remoteURL, repository string, t sources.Tracking) (sources.Tracking, string, error) {
	refs, err := r.list(ctx, remoteURL, t)
	if err != nil {
		return t, "", err
	}
	return Choose(refs, repository, t)
}

// Resolve finds the commit that t means now. A fixed commit needs no request.
func (r Remotes) Resolve(ctx context.Context, remoteURL string, t sources.Tracking) (Target, error) {
	refs, err := r.list(ctx, remoteURL, t)
	if err != nil {
		return Target{}, err
	}
	return Resolve(refs, t)
}

func (r Remotes) list(ctx context.Context, remoteURL string, t sources.Tracking) (sources.Refs, error) {
	prefixes := Prefixes(t)
	if len(prefixes) == 0 {
		return sources.Refs{}, nil
	}
	return r.Refs.Refs(ctx, remoteURL, prefixes...)
}
