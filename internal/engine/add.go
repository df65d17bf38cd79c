package engine

import (
	"context"
	"fmt"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

// NewPin is a pin to add.
type NewPin struct {
	Name   string
	Source sources.Spec
	At     string // the revision or version to lock first; "" for what the source follows
}

// Add resolves and hashes new pins. The Source of an outcome is what to lock: an open source is replaced by what it
// follows, and Choice describes it.
func (e *Engine) Add(ctx context.Context, pins []NewPin) []Outcome {
	e = e.sharing()
	outcomes := make([]Outcome, len(pins))
	at := make(map[string]string)
	for i, pin := range pins {
		outcomes[i] = Outcome{Name: pin.Name, Status: Added, Source: pin.Source}
		at[pin.Name] = pin.At
		e.Sources.Announce(pin.Source)
	}
	return e.each(ctx, outcomes, func(o Outcome) (Outcome, download) {
		e.report(Event{Name: o.Name, Stage: Resolving})
		spec, choice, err := e.Sources.Choose(ctx, o.Source)
		if err != nil {
			return o.failed(err), nil
		}
		if err := spec.Validate(); err != nil { // the default branch may have any name
			return o.failed(fmt.Errorf("%w: %w", ErrUpstream, err)), nil
		}
		o.Source, o.Choice = spec, choice
		resolved, err := e.resolve(ctx, o, at[o.Name])
		if err != nil {
			return o.failed(err), nil
		}
		o.MovedTo = resolved.Moved
		if at[o.Name] == "" {
			o.HeldBack = heldByUpstream(resolved)
		}
		return o, func() Outcome { return e.complete(ctx, o, resolved, nil) }
	})
}
