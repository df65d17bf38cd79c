package engine

import (
	"cmp"

	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// heldBack says what holds back a pin that is, or would be, locked at r.
func (e *Engine) heldBack(source sources.Spec, r sources.Resolution) *sources.HeldBack {
	switch {
	case e.Sources.Request(source).Rev != "":
		return &sources.HeldBack{By: sources.ByRevision}
	case len(r.Held) > 0:
		return &r.Held[0]
	}
	return nil
}

// heldByUpstream says what holds back a pin that is added, except for rules that the user has just chosen.
func heldByUpstream(r sources.Resolution) *sources.HeldBack {
	for _, held := range r.Held {
		if held.By != sources.ByConstraint && held.By != sources.ByPrerelease {
			return &held
		}
	}
	return nil
}

// waiting returns what will be taken instead of r after some time, nil if there is nothing.
func waiting(r sources.Resolution) *sources.HeldBack {
	if len(r.Held) > 0 && (r.Held[0].By == sources.ByMinAge || r.Held[0].By == sources.ByFiles) {
		return &r.Held[0]
	}
	return nil
}

// keepsLocked returns what waits, if that is the locked version or a newer one. Until it is taken the locked one stays,
// although the newest that may be taken now is lower.
func (e *Engine) keepsLocked(o Outcome, now sources.Resolution) *sources.HeldBack {
	held := waiting(now)
	if held != nil && e.compare(o.Source, sources.Resolution{Facts: held.Available}, o.Old) >= 0 {
		return held
	}
	return nil
}

// lower says why the newest version is lower than the locked one: upstream withdrew the locked one, or nobody knows.
func lower(o Outcome, now sources.Resolution) *sources.HeldBack {
	for _, held := range now.Held {
		if held.By == sources.ByWithdrawal && held.Available.Version == o.Old.Version {
			return &held
		}
	}
	return &sources.HeldBack{By: sources.ByDowngrade, Available: now.Facts}
}

// holdFrozen says that a pin is frozen, if it is.
func holdFrozen(f *lock.File, o Outcome) Outcome {
	if f.Pins[o.Name].Frozen && (o.Status == Outdated || o.Status == Frozen) {
		o.HeldBack = &sources.HeldBack{By: sources.ByFrozen}
		if o.Status == Outdated {
			o.HeldBack.Available = o.New.Facts
		}
	}
	return o
}

// compare compares the version of a resolution with that of a locked one. That of a locked tag is read from its name, because
// older pinfetches cut some.
func (e *Engine) compare(source sources.Spec, now, old sources.Resolution) int {
	locked := old.Version
	if isTag(old.Ref) {
		locked = sources.TagVersion(old.Ref[len(tagsPrefix):])
	}
	order, _ := e.Sources.CompareVersions(source, cmp.Or(now.Version, locked), locked)
	return order
}
