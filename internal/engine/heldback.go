package engine

import (
	"context"

	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Hold is what keeps a pin from moving. Its text is part of the JSON output.
type Hold string

const (
	ByConstraint Hold = "constraint" // a newer version does not satisfy it
	ByPrerelease Hold = "prerelease" // a newer version is a pre-release
	ByRevision   Hold = "rev"        // the source is one fixed revision
	ByFrozen     Hold = "frozen"     // the pin is updated only when it is named
	ByDowngrade  Hold = "downgrade"  // the newest version is lower than the locked one
)

// HeldBack says what holds a pin back, and what would be taken without it.
type HeldBack struct {
	By        Hold
	Available sources.Facts // zero if it is not known
}

// heldBack finds out what holds back a pin that is, or would be, locked at r. It makes no request: what a source lists is
// known after it was resolved, except for releases, which are left out.
func (e *Engine) heldBack(ctx context.Context, source sources.Spec, r sources.Resolution) *HeldBack {
	request := e.Sources.Request(source)
	switch {
	case request.Rev != "":
		return &HeldBack{By: ByRevision}
	case request.Tags == "":
		return nil
	}
	if request.Constraint != "" {
		free := request
		free.Constraint = ""
		if newer, found := e.newer(ctx, free, r); found {
			return &HeldBack{ByConstraint, newer}
		}
	}
	if !request.Prerelease {
		request.Prerelease = true
		if newer, found := e.newer(ctx, request, r); found {
			return &HeldBack{ByPrerelease, newer}
		}
	}
	return nil
}

// newer returns what a request means, if that is a higher version of the same scheme.
func (e *Engine) newer(ctx context.Context, request sources.Request, than sources.Resolution) (sources.Facts, bool) {
	spec, err := e.Sources.Parse(request)
	if err != nil {
		return sources.Facts{}, false
	}
	r, err := e.Sources.ResolveLike(ctx, spec, than.Version)
	if err != nil {
		return sources.Facts{}, false
	}
	order, comparable := sources.CompareVersions(r.Version, than.Version)
	return r.Facts, comparable && order > 0
}

// holdFrozen says that a pin is frozen, if it is.
func holdFrozen(f *lock.File, o Outcome) Outcome {
	if f.Pins[o.Name].Frozen && (o.Status == Outdated || o.Status == Frozen) {
		o.HeldBack = &HeldBack{By: ByFrozen}
		if o.Status == Outdated {
			o.HeldBack.Available = o.New.Facts
		}
	}
	return o
}
