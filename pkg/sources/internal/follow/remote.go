package follow

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
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

// Dater is a [sources.RefLister] that can tell when tags of a remote were made, in the same order.
type Dater interface {
	TagDates(ctx context.Context, remoteURL string, tags []sources.Ref) ([]time.Time, error)
}

// Choose decides what an open Tracking follows, as the function [Choose] does.
func (r Remotes) Choose(
	ctx context.Context, remoteURL, repository string, t sources.Tracking,
) (sources.Tracking, sources.Choice, error) {
	refs, err := r.list(ctx, remoteURL, t)
	if err != nil {
		return t, sources.Choice{}, err
	}
	chosen, choice, err := Choose(refs, repository, t, r.dates(ctx, remoteURL, refs))
	return chosen, choice, r.explain(ctx, remoteURL, refs, err)
}

// dates returns what finds out when some of a remote's tags were made.
func (r Remotes) dates(ctx context.Context, remoteURL string, refs sources.Refs) Dates {
	return func(names []string) (map[string]time.Time, error) {
		dater, ok := r.Refs.(Dater)
		if !ok {
			return nil, ErrUndated
		}
		list := make([]sources.Ref, len(names))
		for i, name := range names {
			list[i], _ = refs.Lookup(tags + name)
		}
		made, err := dater.TagDates(ctx, remoteURL, list)
		if err != nil {
			return nil, err
		}
		dates := make(map[string]time.Time, len(names))
		for i, name := range names {
			dates[name] = made[i]
		}
		return dates, nil
	}
}

// Resolve finds the commit that t means now, and returns it with the call that fetch makes of it. A fixed commit needs no
// request.
func (r Remotes) Resolve(
	ctx context.Context, remoteURL string, t sources.Tracking, fetch func(rev string) sources.Fetch,
) (sources.Resolution, error) {
	return r.resolve(ctx, remoteURL, t, anyTag, fetch)
}

// ResolveLike is Resolve among the tags of the same scheme as a locked version: dates, or versions that are not.
func (r Remotes) ResolveLike(
	ctx context.Context, remoteURL string, t sources.Tracking, locked string, fetch func(rev string) sources.Fetch,
) (sources.Resolution, error) {
	return r.resolve(ctx, remoteURL, t, Like(locked), fetch)
}

func (r Remotes) resolve(
	ctx context.Context, remoteURL string, t sources.Tracking, keep func(version.Tag) bool,
	fetch func(rev string) sources.Fetch,
) (sources.Resolution, error) {
	refs, err := r.list(ctx, remoteURL, t)
	if err != nil {
		return sources.Resolution{}, err
	}
	facts, held, err := resolve(refs, t, keep, r.dates(ctx, remoteURL, refs))
	if err != nil {
		return sources.Resolution{}, r.explain(ctx, remoteURL, refs, err)
	}
	found := resolutionOf(facts, fetch)
	found.Moved, found.Held = refs.Moved, held
	return found, nil
}

// resolutionOf returns the call that fetch makes of a commit, and the facts. They name the commit unless the call does.
func resolutionOf(facts sources.Facts, fetch func(rev string) sources.Fetch) sources.Resolution {
	call := sources.Call{Fetch: fetch(facts.Rev)}
	if call.Rev != "" {
		facts.Rev = ""
	}
	return sources.Resolution{Facts: facts, Calls: []sources.Call{call}}
}

// explain replaces the error about what was not found if the reason is that the repository is empty.
func (r Remotes) explain(ctx context.Context, remoteURL string, refs sources.Refs, err error) error {
	if len(refs.List) > 0 || !errors.Is(err, sources.ErrNotFound) {
		return err
	}
	if all, listErr := r.Refs.Refs(ctx, remoteURL, heads, tags); listErr != nil || len(all.List) > 0 {
		return err
	}
	err = fmt.Errorf("repository %s is empty: commits %w", redact.Address(remoteURL), sources.ErrNotFound)
	return sources.WithHint(err, "check the address; if it is right, push a commit first")
}

// Name finds the tag that names the commit of what is locked, as [NameOf] does. Only what follows tags needs a request.
func (r Remotes) Name(
	ctx context.Context, remoteURL string, t sources.Tracking, locked sources.Resolution,
) (sources.Facts, error) {
	t = Short(t)
	if t.Branch != "" || sources.IsCommit(t.Rev) {
		return sources.Facts{}, nil
	}
	refs, err := r.Refs.Refs(ctx, remoteURL, tags+literalPrefix(t.Tags))
	if err != nil {
		return sources.Facts{}, err
	}
	facts := NameOf(refs, t, locked.Rev(), locked.Ref)
	facts.Rev = "" // what is locked has it
	return facts, nil
}

func (r Remotes) list(ctx context.Context, remoteURL string, t sources.Tracking) (sources.Refs, error) {
	prefixes := Prefixes(t)
	if len(prefixes) == 0 {
		return sources.Refs{}, nil
	}
	return r.Refs.Refs(ctx, remoteURL, prefixes...)
}
