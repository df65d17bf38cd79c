package follow

import (
	"context"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Announcer is a [sources.RefLister] that lists what several pins of a repository need with one request, if that is
// announced.
type Announcer interface {
	Announce(remoteURL string, prefixes ...string)
}

// Remotes follows refs of remote repositories. It requests as few refs as possible.
type Remotes struct {
	Refs sources.RefLister
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

// Resolve finds the commit that t means now, and returns it with the call that fetch makes of it. A fixed commit needs no
// request.
func (r Remotes) Resolve(ctx context.Context, remoteURL string, t sources.Tracking, fetch func(rev string) sources.Fetch) (sources.Resolution, error) {
	refs, err := r.list(ctx, remoteURL, t)
	if err != nil {
		return sources.Resolution{}, err
	}
	facts, err := Resolve(refs, t)
	if err != nil {
		return sources.Resolution{}, err
	}
	call := sources.Call{Fetch: fetch(facts.Rev)}
	facts.Rev = "" // the call has it
	return sources.Resolution{Facts: facts, Calls: []sources.Call{call}}, nil
}

func (r Remotes) list(ctx context.Context, remoteURL string, t sources.Tracking) (sources.Refs, error) {
	prefixes := Prefixes(t)
	if len(prefixes) == 0 {
		return sources.Refs{}, nil
	}
	return r.Refs.Refs(ctx, remoteURL, prefixes...)
}
