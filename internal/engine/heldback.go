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

// byDowngrade says why a version that is lower than the locked one is the newest: upstream withdrew the locked one or one of
// its files, it is too young for the source's rule, or nobody knows.
func byDowngrade(o Outcome, now sources.Resolution) *sources.HeldBack {
	for _, held := range now.Held {
		if held.Available.Version == o.Old.Version && (held.By == sources.ByWithdrawal || held.By == sources.ByMinAge || held.By == sources.ByFiles) {
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
