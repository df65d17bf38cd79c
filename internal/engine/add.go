package engine

import (
	"context"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

// NewPin is a pin to add.
type NewPin struct {
	Name   string
	Source sources.Spec
}

// Add resolves and hashes new pins. An Outcome's Source is the intent to lock: it says what an open source follows, and Note
// describes that choice.
func (e *Engine) Add(ctx context.Context, pins []NewPin) []Outcome {
	names := make([]string, len(pins))
	specs := make(map[string]sources.Spec, len(pins))
	for i, p := range pins {
		names[i], specs[p.Name] = p.Name, p.Source
		e.Sources.Announce(p.Source)
	}
	d := e.newDownloads()
	untouched := func(name string) Outcome { return Outcome{Source: specs[name]} }
	return e.each(ctx, names, untouched, func(name string) (Outcome, download) {
		e.report(Event{Name: name, Stage: Resolving})
		spec, note, err := e.Sources.Choose(ctx, specs[name])
		if err != nil {
			return Outcome{Status: Failed, Source: specs[name], Err: err}, nil
		}
		out := Outcome{Status: Added, Source: spec, Note: note}
		resolved, err := e.Sources.Resolve(ctx, spec)
		if err != nil {
			out.Status, out.Err = Failed, err
			return out, nil
		}
		return out, func() Outcome {
			if out.New, out.Warnings, out.Err = e.complete(ctx, name, resolved, d); out.Err != nil {
				out.Status = Failed
			}
			return out
		}
	})
}
