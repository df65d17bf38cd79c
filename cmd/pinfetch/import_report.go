package main

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// reportImports reports what became of the entries, and returns what the command ends with.
func (p *program) reportImports(ctx context.Context, o *importOptions, f *lock.File, imports []pinImport) error {
	var outcomes, skipped, failed []engine.Outcome
	for n := range imports {
		i := &imports[n]
		if old, found := f.Pins[i.Name]; found && i.Err == nil && i.isPlanned() {
			i.Status, i.Old = engine.Replaced, old.Locked
			if old.Locked.Equal(i.New) && old.Source == i.Source {
				i.Status = engine.Unchanged
			}
		}
		switch outcomes = append(outcomes, i.Outcome); i.Status {
		case engine.Skipped:
			skipped = append(skipped, i.Outcome)
		case engine.Failed:
			failed = append(failed, i.Outcome)
		}
		if i.Err == nil && i.entry.Name != i.Name {
			p.ui.note("%q becomes the pin %q", shortName(i.entry.Name), i.Name)
		}
		for _, warning := range warningsOf(i.Outcome) {
			p.ui.warn("%s: %s", i.Name, warning)
		}
	}
	d := p.newDocument(outcomes)
	for n := range d.Pins {
		d.Pins[n].From = &imports[n].entry.origin
	}
	if o.json {
		p.printJSON(d)
	} else if table := importTable(imports, p.ui.width()); table != "" {
		p.ui.result("%s", table)
	}
	p.reportErrors(ctx, skipped, func(message string) { p.ui.warn("%s", message) })
	p.reportFailures(ctx, failed)
	p.summarize(outcomes)
	switch {
	case ctx.Err() != nil:
		return exitError(exitInterrupted)
	case len(failed) > 0 && len(failed) == len(outcomes)-len(skipped):
		return exitError(exitNothing)
	case len(failed)+len(skipped) > 0:
		return exitError(exitPartial)
	}
	return nil
}

// importTable has a line for each entry that is a pin now, "" if there is none.
func importTable(imports []pinImport, width int) string {
	rows := [][]string{{"NAME", "STATUS", "LOCKED", "FOLLOWS", "SOURCE", "HASH"}}
	for _, i := range imports {
		if i.Err != nil {
			continue
		}
		hash := "-"
		if i.isPlanned() {
			hash = "computed"
		}
		if slices.ContainsFunc(i.New.Calls, func(c sources.Call) bool { return c.Hash == i.entry.Hash }) {
			hash = "kept"
		}
		pin := lock.Pin{Source: i.Source, Frozen: i.entry.Frozen, Locked: i.New}
		rev := engine.ShortRev(i.New.Rev())
		following := follows(pin)
		if rev != "" { // has a column
			following = strings.Replace(following, " at "+rev, "", 1)
		}
		rows = append(rows, []string{i.Name, string(i.Status), cmp.Or(i.New.Version, rev, "-"), following, sourceOf(pin), hash})
	}
	if len(rows) == 1 {
		return ""
	}
	if width > 0 {
		shrink(rows, width, 0, 3, 4)
	}
	return align(rows)
}
