package engine

import (
	"context"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Wish is a pin that is to be added.
type Wish struct {
	Name string
	Spec sources.Spec
}

// Add resolves and hashes new pins. An Outcome's Source is the intent to lock: what an
// open one follows has been chosen, and Note says so.
func (e *Engine) Add(ctx context.Context, wishes []Wish) []Outcome {
	names := make([]string, len(wishes))
	specs := make(map[string]sources.Spec, len(wishes))
	for i, w := range wishes {
		names[i], specs[w.Name] = w.Name, w.Spec
		e.Sources.Announce(w.Spec)
	}
	d := e.newDownloads()
	blank := func(name string) Outcome { return Outcome{Source: specs[name]} }
	return e.each(ctx, names, blank, func(name string) (Outcome, hashing) {
		e.watch(Event{Name: name, Stage: Resolving})
		spec, note, err := e.Sources.Choose(ctx, specs[name])
		if err != nil {
			return Outcome{Status: Failed, Source: specs[name], Err: err}, nil
		}
		out := Outcome{Status: Added, Source: spec, Note: note}
		all, err := e.variants(ctx, spec)
		if err != nil {
			out.Status, out.Err = Failed, err
			return out, nil
		}
		return out, func() Outcome {
			if out.New, out.Warnings, out.Err = e.lockDown(ctx, name, all, d); out.Err != nil {
				out.Status = Failed
			}
			return out
		}
	})
}
