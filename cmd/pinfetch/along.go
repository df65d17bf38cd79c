package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/internal/mirror"
	"github.com/pinfetch/pinfetch/pkg/lock"
)

func alongFlag(destination *string) cli.Flag {
	return stringFlag(destination, "mirror", "publish the sources in the mirror `DESTINATION` too")
}

// along is a mirror that gets what a command hashes. The nil one gets nothing.
type along struct {
	*mirror.Mirror
	place mirrorPlace
	err   error // why the destination cannot be used
}

// openAlong returns the mirror at a destination. A destination that fails is no error: it does not keep a command from its work.
func (p *program) openAlong(ctx context.Context, destination string, dryRun bool) (*along, error) {
	if destination == "" || dryRun {
		return nil, nil
	}
	m, at, err := p.newMirror(destination, &mirrorOptions{})
	if err != nil {
		return nil, err
	}
	return &along{m, at, begin(ctx, m)}, nil
}

// fetch returns what an engine hashes with: fetch, or what also publishes.
func (a *along) fetch(c *clients, again bool) engine.PrefetchFunc {
	if a == nil || a.err != nil {
		return c.fetch(again)
	}
	f := &mirror.Along{Mirror: a.Mirror, Prefetch: c.fetch(again)}
	if !again {
		f.Recall = c.prefetcher.Recall
	}
	return f.Fetch
}

// publishRest publishes what outcomes lock and was not downloaded, and reports it. It returns what the command ends with: err,
// if nothing failed.
func (p *program) publishRest(ctx context.Context, a *along, outcomes []engine.Outcome, isPublished func(engine.Outcome) bool, err error) error {
	if a == nil || ctx.Err() != nil {
		return err
	}
	if a.err != nil && err == exitError(exitNothing) { // the pins' own errors have been reported
		return err
	}
	if a.err != nil {
		return p.reportLate(ctx, err, fmt.Errorf("nothing was published: mirror %s: %w", a.place.name, a.err))
	}
	f := &lock.File{Pins: make(map[string]lock.Pin)}
	for _, o := range outcomes {
		if o.Err == nil && isPublished(o) {
			f.Pins[o.Name] = lock.Pin{Source: o.Source, Locked: o.New}
		}
	}
	results := p.publish(ctx, a.Mirror, f.Pins)
	for _, r := range results {
		for _, warning := range mirrorWarnings(r) {
			p.ui.warn("%s: %s", r.Label(), warning)
		}
	}
	failures := failuresOf(results, f)
	p.reportErrors(ctx, failures, func(message string) { p.ui.fail("not published: "+message, "") })
	if len(results) > len(failures) {
		p.ui.note("mirror %s: published %d of %d sources", a.place.name, len(results)-len(failures), len(results))
	}
	switch {
	case ctx.Err() != nil:
		return exitError(exitInterrupted)
	case len(failures) > 0:
		return exitError(exitPartial)
	}
	return err
}
