package engine

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Change is a change to the source of a pin that is locked.
type Change struct {
	Name   string
	Source sources.Spec // what it becomes
	At     string       // the revision or version to lock; "" for what the source follows
	Stay   bool         // keep the locked revision or version, because only how it is fetched or when it moves changes
}

// Set changes the sources of pins. It resolves and hashes what that requires: hashes are kept where the change cannot
// affect the content.
func (e *Engine) Set(ctx context.Context, f *lock.File, changes []Change) []Outcome {
	e = e.sharing()
	outcomes := make([]Outcome, len(changes))
	changeOf := make(map[string]Change)
	for i, c := range changes {
		locked := f.Pins[c.Name].Locked
		outcomes[i] = Outcome{Name: c.Name, Status: Unchanged, Source: c.Source, Old: locked, New: locked}
		changeOf[c.Name] = c
	}
	return e.each(ctx, outcomes, func(o Outcome) (Outcome, download) {
		e.report(Event{Name: o.Name, Stage: Resolving})
		spec, choice, err := e.Sources.Choose(ctx, o.Source)
		if err != nil {
			return o.failed(err), nil
		}
		o.Source, o.Choice = spec, choice
		now, err := e.resolveChange(ctx, o, changeOf[o.Name])
		if err != nil {
			return o.failed(err), nil
		}
		o.Status, o.MovedTo, o.HeldBack = Updated, now.Moved, waiting(now)
		known := withKnownHashes(o.Old, now)
		if isHashed(known) && !isHashed(now) {
			known.Facts.Rev, known.Date = o.Old.Facts.Rev, o.Old.Date
			known.Version = cmp.Or(known.Version, unstableVersion(known))
			return o.lock(known), nil
		}
		return o, func() Outcome { return e.complete(ctx, o, known, nil) }
	})
}

func isHashed(r sources.Resolution) bool {
	return !slices.ContainsFunc(r.Calls, func(c sources.Call) bool { return c.Hash.IsZero() })
}

// resolveChange finds out what a changed source means, or how it fetches the locked revision.
func (e *Engine) resolveChange(ctx context.Context, o Outcome, c Change) (sources.Resolution, error) {
	for _, locked := range []string{o.Old.Rev(), o.Old.Version} {
		if !c.Stay || c.At != "" || locked == "" {
			continue
		}
		now, err := e.Sources.At(ctx, o.Source, locked)
		isElsewhere := locked == o.Old.Version && errors.Is(err, sources.ErrNotFound) // no tag, for example, has the version of a release
		if !errors.Is(err, sources.ErrFixed) && !isElsewhere {
			now.Ref, now.Version, now.Date = o.Old.Ref, o.Old.Version, o.Old.Date
			return now, err
		}
	}
	return e.resolve(ctx, o, c.At)
}

// at resolves a source at a revision or version. A commit gets the ref and version of a tag that names it; else the ref
// that is followed stays a fact if it is a branch.
func (e *Engine) at(ctx context.Context, o Outcome, at string) (sources.Resolution, error) {
	now, err := e.Sources.At(ctx, o.Source, at)
	if err != nil || now.Ref != "" || now.Version != "" || now.Rev() == "" {
		return now, err
	}
	now.Ref = o.Old.Ref
	facts, err := e.Sources.Name(ctx, o.Source, now)
	now.Ref, now.Version = facts.Ref, facts.Version
	if now.Ref == "" && !isTag(o.Old.Ref) {
		now.Ref = o.Old.Ref
	}
	return now, err
}

// withKnownHashes adds the hashes of those calls that fetch the same content as a locked one.
func withKnownHashes(old, now sources.Resolution) sources.Resolution {
	now.Calls = slices.Clone(now.Calls)
	for i, call := range now.Calls {
		for _, locked := range old.Calls {
			if call.Extension == "" {
				call.Extension = locked.Extension
			}
			content := call.Fetch
			content.Name, content.Access = locked.Name, locked.Access
			if content == locked.Fetch && call.System == locked.System && call.Hash.IsZero() {
				call.Hash = locked.Hash
				now.Calls[i] = call
			}
		}
	}
	return now
}
