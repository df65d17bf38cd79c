package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"

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

// Update finds what the selected pins mean now, and hashes those that changed.
func (e *Engine) Update(ctx context.Context, f *lock.File, s Selection, o UpdateOptions) []Outcome {
	begin, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	for _, name := range s.Names {
		if !o.Rehash && !s.skips(f, name) {
			e.Sources.Announce(f.Pins[name].Source)
		}
	}
	u := updater{e, o, e.newDownloads()}
	blank := untouched(f)
	complete := func(name string, out Outcome) Outcome {
		pin := f.Pins[name]
		out.Source, out.Old = pin.Source, pin.Locked
		if out.Err != nil {
			out.Status, out.New = Failed, pin.Locked
			if o.FailFast {
				stop(fmt.Errorf("not begun, after %q failed: %w", name, ErrStopped))
			}
		}
		out.Compare = e.Sources.Compare(pin.Source, out.Old.Resolution(), out.New.Resolution())
		return out
	}
	return e.each(begin, s.Names, blank, func(name string) (Outcome, hashing) {
		if s.skips(f, name) {
			out := blank(name)
			out.Status = Frozen
			return out, nil
		}
		e.watch(Event{Name: name, Stage: Resolving})
		out, rest := u.update(ctx, name, f.Pins[name])
		if rest == nil {
			return complete(name, out), nil
		}
		return out, func() Outcome { return complete(name, rest()) }
	})
}

// updater updates one pin at a time.
type updater struct {
	*Engine
	UpdateOptions
	downloads *downloads
}

func (u updater) update(ctx context.Context, name string, pin lock.Pin) (Outcome, hashing) {
	old := pin.Locked
	if u.Rehash {
		return u.rehash(ctx, name, pin)
	}
	all, err := u.variants(ctx, pin.Source)
	if err != nil {
		return Outcome{Err: err}, nil
	}
	r := sources.Resolution{Facts: commonFacts(all), Fetch: all[0].Fetch}
	if sameTarget(old, all) {
		return withNewFacts(old, r), nil
	}
	var warnings []string
	switch {
	case r.Ref != "" && r.Ref == old.Ref && isTag(r.Ref) && r.Fetch.Rev != old.Rev():
		moved := movedTag(old, r)
		if !u.AllowMovedTag && !u.ResolveOnly {
			return Outcome{Err: moved}, nil
		}
		warnings = append(warnings, moved.Error())
	case isDowngrade(old.Version, r.Version) && !u.AllowDowngrade:
		return Outcome{Status: Unchanged, New: old, Warnings: []string{
			fmt.Sprintf("the newest version is now %s, lower than the locked %s: not taken without --allow-downgrade", r.Version, old.Version),
		}}, nil
	}
	if u.ResolveOnly {
		return Outcome{Status: Outdated, Warnings: warnings, New: unhashed(all)}, nil
	}
	return Outcome{}, func() Outcome {
		locked, more, err := u.lockDown(ctx, name, all, u.downloads)
		return Outcome{Status: Updated, New: locked, Warnings: append(warnings, more...), Err: err}
	}
}

// withNewFacts keeps what is locked, but for facts that read differently now.
func withNewFacts(old lock.Locked, r sources.Resolution) Outcome {
	locked := old
	if r.Ref != old.Ref {
		locked.Ref, locked.Version = r.Ref, unstableVersion(r, old.Date)
	}
	locked.Version = cmp.Or(r.Version, locked.Version)
	if locked.Equal(old) {
		return Outcome{Status: Unchanged, New: old}
	}
	return Outcome{Status: Updated, New: locked}
}

// rehash hashes what is locked again. Whoever edited the revision left the facts behind: they are those of
// the source if it means this revision now. Else a version tag is known to be another commit's only if something changed.
func (u updater) rehash(ctx context.Context, name string, pin lock.Pin) (Outcome, hashing) {
	old := pin.Locked
	all := lockedVariants(old)
	now, _ := u.variants(ctx, pin.Source)
	for i := range all {
		v := &all[i]
		j := slices.IndexFunc(now, func(n variant) bool { return n.meansSame(v) })
		if j >= 0 {
			v.Ref, v.Version = now[j].Ref, now[j].Version
		} else if !isTag(old.Ref) {
			v.Ref = old.Ref
		}
	}
	return Outcome{}, func() Outcome {
		locked, warnings, err := u.lockDown(ctx, name, all, u.downloads)
		if err != nil {
			return Outcome{Err: err}
		}
		unchanged := slices.Equal(locked.Calls, old.Calls) && locked.Date == old.Date
		if locked.Equal(old) || unchanged && isTag(old.Ref) && all[0].Ref == "" {
			return Outcome{Status: Unchanged, New: old, Warnings: warnings}
		}
		return Outcome{Status: Updated, New: locked, Warnings: warnings}
	}
}

func isDowngrade(old, new string) bool {
	order, comparable := sources.CompareVersions(new, old)
	return comparable && order < 0
}
