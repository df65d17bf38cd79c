package follow

import (
	"context"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Refs lists the refs of a remote repository whose full names begin with one of the prefixes; "HEAD" asks for the
// default branch. It may return others too.
type Refs interface {
	Refs(ctx context.Context, remoteURL string, prefixes ...string) (sources.Refs, error)
}

// Announcer is a Refs that answers for several pins of a repository with one request, if it knows what
// will be asked for.
type Announcer interface {
	Announce(remoteURL string, prefixes ...string)
}

// Remotes answers for repositories by their URLs. It asks for as few refs as possible, as rarely as possible.
type Remotes struct {
	Refs Refs
}

// Announce says that t is about to be resolved.
func (r Remotes) Announce(remoteURL string, t sources.Tracking) {
	if announcer, ok := r.Refs.(Announcer); ok {
		announcer.Announce(remoteURL, Prefixes(t)...)
	}
}

// Choose decides what an open Tracking follows, as the function [Choose] does.
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
