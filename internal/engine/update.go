package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// UpdateOptions says what an update may do. The zero value moves pins forward.
type UpdateOptions struct {
	AllowDowngrade bool   // take a lower version
	AllowMovedTag  bool   // take another commit under the same tag
	At             string // lock this revision or version, once, instead of what the source follows
	Frozen         bool   // take frozen pins like any other
	Rehash         bool   // hash the locked calls again instead of resolving
	ResolveOnly    bool   // download nothing: a change is Outdated, and New has no hash
	FailFast       bool   // begin nothing new after a failure
	MinAge         string // [sources.Range.MinAge] of sources that choose among versions and have none of their own

	// Known are resolutions by name that were hashed before, such as those of another lock. They need not be downloaded.
	Known map[string][]sources.Resolution
}

// Update resolves the selected pins again and hashes those that changed.
func (e *Engine) Update(ctx context.Context, f *lock.File, s Selection, opt UpdateOptions) []Outcome {
	begin, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	for _, name := range s.Names {
		if source := f.Pins[name].Source; !opt.Rehash && (!s.skips(f, name) || opt.Frozen) && source.Validate() == nil {
			e.Sources.Announce(e.aged(source, opt.MinAge))
		}
	}
	finish := func(o Outcome) Outcome {
		if o.Err != nil && opt.FailFast {
			stop(fmt.Errorf("not begun, because %q failed: %w", o.Name, ErrStopped))
		}
		o.Source, o.MinAge = f.Pins[o.Name].Source, e.Sources.Request(o.Source).MinAge
		o.Compare = e.Sources.Compare(o.Source, o.Old, o.New)
		return holdFrozen(f, o)
	}
	e = e.sharing()
	return e.each(begin, unchanged(f, s), func(o Outcome) (Outcome, download) {
		if s.skips(f, o.Name) && !opt.Frozen {
			o.Status = Frozen
			return holdFrozen(f, o), nil
		}
		e.report(Event{Name: o.Name, Stage: Resolving})
		o.Source = e.aged(o.Source, opt.MinAge)
		o, rest := e.update(ctx, o, opt)
		if rest == nil {
			return finish(o), nil
		}
		return o, func() Outcome { return finish(rest()) }
	})
}

// aged returns a source whose versions have to be of an age, unless it has an age of its own or chooses among no versions.
func (e *Engine) aged(source sources.Spec, age string) sources.Spec {
	if age == "" {
		return source
	}
	r := e.Sources.Request(source)
	if r.MinAge != "" {
		return source
	}
	r.MinAge = age
	if aged, err := e.Sources.Parse(r); err == nil && aged.Kind() == source.Kind() {
		return aged
	}
	return source
}

func (e *Engine) update(ctx context.Context, o Outcome, opt UpdateOptions) (Outcome, download) {
	if opt.Rehash {
		return e.rehash(ctx, o)
	}
	if err := o.Source.Validate(); err != nil {
		return o.failed(&InvalidPinError{true, err}), nil
	}
	now, err := e.resolve(ctx, o, opt.At)
	if err == nil && opt.At == "" && isTag(o.Old.Ref) && isTag(now.Ref) && !sources.SameScheme(o.Old.Version, now.Version) {
		o.Foreign, now, err = e.stay(ctx, o, now)
	}
	if waiting, ok := errors.AsType[*sources.WaitingError](err); ok && o.Old.Validate() == nil {
		o.HeldBack = &waiting.HeldBack
		return o, nil
	}
	if err != nil {
		return o.failed(err), nil
	}
	o.MovedTo = now.Moved
	if opt.At == "" {
		o.HeldBack, o.Notice = e.heldBack(o.Source, now), now.Notice
	}
	if o.Old.Validate() != nil { // nothing of use is locked
		o.Old, o.New = sources.Resolution{}, sources.Resolution{}
	}
	if isLocked(o.Old, now) && (opt.ResolveOnly || !isMisnamed(o.Old)) {
		if o.New = withNewFacts(o.Old, now); !o.New.Equal(o.Old) {
			o.Status = Updated
		}
		return o, nil
	}
	moved := movedTag(o.Old, now)
	switch {
	case moved != nil && !opt.AllowMovedTag && !opt.ResolveOnly:
		return o.failed(moved), nil
	case moved == nil && e.compare(o.Source, now, o.Old) < 0 && !opt.AllowDowngrade && opt.At == "":
		if o.HeldBack = e.keepsLocked(o, now); o.HeldBack == nil {
			o.HeldBack, o.Lower = lower(o, now), now.Version
		}
		return o, nil
	}
	o.Moved = moved
	if opt.ResolveOnly {
		o.Status, o.New = Outdated, now
		return o, nil
	}
	o.Status = Updated
	for _, known := range opt.Known[o.Name] {
		if known.Validate() == nil && isLocked(known, now) && !isMisnamed(known) {
			return o.lock(withNewFacts(known, now)), nil
		}
	}
	return o, func() Outcome {
		o := e.complete(ctx, o, now, nil)
		if o.Err == nil && o.New.Equal(o.Old) {
			o.Status = Unchanged
		}
		return o
	}
}

// stay returns what a source means among versions of the locked one's scheme, and the tag of another scheme that is
// newer. If upstream has no version of the locked one's scheme any more, that tag is taken.
func (e *Engine) stay(
	ctx context.Context, o Outcome, now sources.Resolution,
) (foreign string, stayed sources.Resolution, err error) {
	stayed, err = e.Sources.ResolveLike(ctx, o.Source, o.Old.Version)
	_, isWaiting := errors.AsType[*sources.WaitingError](err)
	if errors.Is(err, sources.ErrNotFound) && !isWaiting {
		return "", now, nil
	}
	return strings.TrimPrefix(now.Ref, tagsPrefix), stayed, err
}

// isLocked reports whether a source still means what is locked. The lock supplies what only the content can tell.
func isLocked(old, now sources.Resolution) bool {
	return (now.Facts.Rev == "" || now.Facts.Rev == old.Facts.Rev) &&
		slices.EqualFunc(old.Calls, now.Calls, sources.Call.Completes)
}

// isMisnamed reports whether a locked hash is doubtful, because an archive's name contradicts how it was unpacked.
func isMisnamed(r sources.Resolution) bool {
	return slices.ContainsFunc(r.Calls, func(c sources.Call) bool { return c.IsMisnamed() })
}

// withNewFacts returns what is locked with the facts that read differently now.
func withNewFacts(old, now sources.Resolution) sources.Resolution {
	locked := old
	if now.Ref != old.Ref {
		now.Date = old.Date
		locked.Ref, locked.Version = now.Ref, unstableVersion(now)
	}
	locked.Version = cmp.Or(now.Version, locked.Version)
	return locked
}

// movedTag returns an error if both resolutions are of one tag and of different commits, or of one file whose published
// hash is another now.
func movedTag(old, now sources.Resolution) *MovedTagError {
	for i, call := range now.Calls {
		if i < len(old.Calls) && !call.Hash.IsZero() && call.Hash.Algorithm() == old.Calls[i].Hash.Algorithm() &&
			call.Fetch == old.Calls[i].Fetch && call.Hash != old.Calls[i].Hash {
			return &MovedTagError{redact.Address(call.URL), old.Calls[i].Hash.String(), call.Hash.String(), true}
		}
	}
	if now.Ref != old.Ref || !isTag(now.Ref) || now.Rev() == old.Rev() || now.Rev() == "" {
		return nil
	}
	return &MovedTagError{strings.TrimPrefix(now.Ref, tagsPrefix), old.Rev(), now.Rev(), false}
}

// rehash hashes what is locked again. If the revision was edited by hand, the facts beside it are stale: they are
// replaced by those of what the source means now, if that is this revision, else by those of a tag that names it. If
// there is none, a version tag is dropped. Without a revision, the URL that the source accepts determines the facts.
func (e *Engine) rehash(ctx context.Context, o Outcome) (Outcome, download) {
	if err := o.asLocked(); err != nil {
		return o.failed(err), nil
	}
	old := o.Old
	again := sources.Resolution{Facts: sources.Facts{Rev: old.Facts.Rev}, Calls: slices.Clone(old.Calls)}
	if old.Rev() == "" {
		again.Facts = old.Facts
	}
	for i := range again.Calls {
		again.Calls[i].Hash, again.Calls[i].Extension = hash.SRI{}, "" // found again in the content
	}
	now, err := e.resolve(ctx, o, "")
	if err == nil && now.Rev() == "" { // the locked commit was read from the old content
		again.Facts.Rev = ""
	}
	if old.Rev() == "" { // the date is that of publication
		again.Date = old.Date
	}
	if err == nil && meanSame(again, now) {
		again.Ref, again.Version, again.Date = now.Ref, now.Version, now.Date
	} else if named, err := e.Sources.Name(ctx, o.Source, old); err == nil && named != (sources.Facts{}) {
		again.Ref, again.Version, again.Date = named.Ref, named.Version, named.Date
	} else if !isTag(old.Ref) {
		again.Ref = old.Ref
	}
	return o, func() Outcome {
		o.Status = Updated
		o := e.complete(ctx, o, again, old.Calls)
		sameContent := slices.Equal(o.New.Calls, old.Calls) && o.New.Date == old.Date
		if o.Err == nil && (o.New.Equal(old) || sameContent && isTag(old.Ref) && again.Ref == "") {
			o.Status, o.New = Unchanged, old
		}
		return o
	}
}

// meanSame reports whether two resolutions are of the same commit or, without one, of the same files.
func meanSame(a, b sources.Resolution) bool {
	if a.Rev() != "" || b.Rev() != "" {
		return a.Rev() == b.Rev()
	}
	return slices.EqualFunc(a.Calls, b.Calls, func(x, y sources.Call) bool { return x.System == y.System && x.URL == y.URL })
}
