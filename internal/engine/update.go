package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// UpdateOptions says what an update may do. The zero value moves pins forward.
type UpdateOptions struct {
	AllowDowngrade bool // take a lower version
	AllowMovedTag  bool // take another commit under the same tag
	Rehash         bool // hash the locked calls again instead of resolving
	ResolveOnly    bool // download nothing: a change is Outdated, and New has no hash
	FailFast       bool // begin nothing new after a failure
}

// Update finds out what the selected pins mean now, and hashes those that changed.
func (e *Engine) Update(ctx context.Context, f *lock.File, s Selection, o UpdateOptions) []Outcome {
	begin, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	for _, name := range s.Names {
		if !o.Rehash && !s.skips(f, name) {
			e.Sources.Announce(f.Pins[name].Source)
		}
	}
	u := updater{e, o, e.newDownloads()}
	untouched := unchanged(f)
	finish := func(name string, out Outcome) Outcome {
		pin := f.Pins[name]
		out.Source, out.Old = pin.Source, pin.Locked
		if out.Err != nil {
			out.Status, out.New = Failed, pin.Locked
			if o.FailFast {
				stop(fmt.Errorf("not begun, because %q failed: %w", name, ErrStopped))
			}
		}
		out.Compare = e.Sources.Compare(pin.Source, out.Old, out.New)
		return out
	}
	return e.each(begin, s.Names, untouched, func(name string) (Outcome, download) {
		if s.skips(f, name) {
			out := untouched(name)
			out.Status = Frozen
			return out, nil
		}
		e.report(Event{Name: name, Stage: Resolving})
		out, rest := u.update(ctx, name, f.Pins[name])
		if rest == nil {
			return finish(name, out), nil
		}
		return out, func() Outcome { return finish(name, rest()) }
	})
}

// updater updates one pin at a time.
type updater struct {
	*Engine
	UpdateOptions
	downloads *downloads
}

func (u updater) update(ctx context.Context, name string, pin lock.Pin) (Outcome, download) {
	if u.Rehash {
		return u.rehash(ctx, name, pin)
	}
	old := pin.Locked
	now, err := u.Sources.Resolve(ctx, pin.Source)
	if err != nil {
		return Outcome{Err: err}, nil
	}
	if isLocked(old, now) {
		return withNewFacts(old, now), nil
	}
	moved := movedTag(old, now)
	switch {
	case moved != nil && !u.AllowMovedTag && !u.ResolveOnly:
		return Outcome{Err: moved}, nil
	case moved == nil && isDowngrade(old.Version, now.Version) && !u.AllowDowngrade:
		return Outcome{Status: Unchanged, New: old, Lower: now.Version}, nil
	case u.ResolveOnly:
		return Outcome{Status: Outdated, New: now, Moved: moved}, nil
	}
	return Outcome{}, func() Outcome {
		locked, warnings, err := u.complete(ctx, name, now, u.downloads)
		return Outcome{Status: Updated, New: locked, Moved: moved, Warnings: warnings, Err: err}
	}
}

// isLocked reports whether a source means what is locked. What only the content can tell is taken from the lock.
func isLocked(old, now sources.Resolution) bool {
	isCall := func(call, n sources.Call) bool {
		if n.Extension == "" && n.Fetcher == call.Fetcher {
			n.Extension = call.Extension
		}
		return call.System == n.System && call.Fetch == n.Fetch && (n.Hash.IsZero() || n.Hash == call.Hash)
	}
	return (now.Facts.Rev == "" || now.Facts.Rev == old.Facts.Rev) && slices.EqualFunc(old.Calls, now.Calls, isCall)
}

// withNewFacts keeps what is locked, except for facts that read differently now.
func withNewFacts(old, now sources.Resolution) Outcome {
	locked := old
	if now.Ref != old.Ref {
		now.Date = old.Date
		locked.Ref, locked.Version = now.Ref, unstableVersion(now)
	}
	locked.Version = cmp.Or(now.Version, locked.Version)
	if locked.Equal(old) {
		return Outcome{Status: Unchanged, New: old}
	}
	return Outcome{Status: Updated, New: locked}
}

// movedTag returns an error if both resolutions are of one tag and of different commits.
func movedTag(old, now sources.Resolution) *MovedTagError {
	if now.Ref != old.Ref || !isTag(now.Ref) || now.Rev() == old.Rev() {
		return nil
	}
	return &MovedTagError{strings.TrimPrefix(now.Ref, "refs/tags/"), old.Rev(), now.Rev()}
}

// rehash hashes what is locked again. If the revision was edited by hand, the facts beside it are stale: they are replaced by
// those of the source if it means this revision now, and a version tag is dropped otherwise.
func (u updater) rehash(ctx context.Context, name string, pin lock.Pin) (Outcome, download) {
	old := pin.Locked
	again := sources.Resolution{Facts: sources.Facts{Rev: old.Facts.Rev}, Calls: slices.Clone(old.Calls)}
	for i := range again.Calls {
		again.Calls[i].Hash = hash.SRI{}
	}
	now, err := u.Sources.Resolve(ctx, pin.Source)
	if err == nil && now.Rev() == "" { // the locked commit is what the old content told
		again.Facts.Rev = ""
	}
	if err == nil && meanSame(again, now) {
		again.Ref, again.Version = now.Ref, now.Version
	} else if !isTag(old.Ref) {
		again.Ref = old.Ref
	}
	return Outcome{}, func() Outcome {
		locked, warnings, err := u.complete(ctx, name, again, u.downloads)
		if err != nil {
			return Outcome{Err: err}
		}
		sameContent := slices.Equal(locked.Calls, old.Calls) && locked.Date == old.Date
		if locked.Equal(old) || sameContent && isTag(old.Ref) && again.Ref == "" {
			return Outcome{Status: Unchanged, New: old, Warnings: warnings}
		}
		return Outcome{Status: Updated, New: locked, Warnings: warnings}
	}
}

// meanSame reports whether two resolutions are of the same commit or, without one, of the same files.
func meanSame(a, b sources.Resolution) bool {
	if a.Rev() != "" || b.Rev() != "" {
		return a.Rev() == b.Rev()
	}
	return slices.EqualFunc(a.Calls, b.Calls, func(x, y sources.Call) bool { return x.System == y.System && x.URL == y.URL })
}

func isDowngrade(old, new string) bool {
	order, comparable := sources.CompareVersions(new, old)
	return comparable && order < 0
}
