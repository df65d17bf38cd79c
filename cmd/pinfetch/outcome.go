package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pinfetch/pinfetch/internal/engine"
)

// reportOutcomes reports what became of the pins, and returns what the command ends with. line is the line that a
// pin's result takes, or "".
func (p *program) reportOutcomes(ctx context.Context, outcomes []engine.Outcome, asJSON bool, line func(engine.Outcome) string) error {
	d := p.newDocument(outcomes)
	tried := 0
	for _, o := range outcomes {
		if o.Status != engine.Frozen {
			tried++
		}
		p.noteOutcome(o)
		if text := line(o); text != "" && !asJSON {
			p.ui.result("%s", text)
		}
	}
	if asJSON {
		p.printJSON(d)
	}
	p.reportFailures(ctx, outcomes)
	switch {
	case ctx.Err() != nil:
		return exitError(exitInterrupted)
	case d.Failed > 0 && d.Failed == tried:
		return exitError(exitNothing)
	case d.Failed > 0:
		return exitError(exitPartial)
	}
	return nil
}

// noteOutcome says what a user should know about a pin.
func (p *program) noteOutcome(o engine.Outcome) {
	if o.Note != "" {
		p.ui.note("%s: %s", o.Name, o.Note)
	}
	for _, warning := range warningsOf(o) {
		p.ui.warn("%s: %s", o.Name, warning)
	}
}

// reportFailures reports the pins that failed. Errors with the same hint stand together, with the hint below them.
func (p *program) reportFailures(ctx context.Context, outcomes []engine.Outcome) {
	p.reportErrors(ctx, outcomes, func(message string) { p.ui.fail(message, "") })
}

func (p *program) reportErrors(ctx context.Context, outcomes []engine.Outcome, say func(message string)) {
	var hints []string
	messages := make(map[string][]string) // by hint
	interrupted := 0
	for _, o := range outcomes {
		if o.Err == nil {
			continue
		}
		if ctx.Err() != nil && errors.Is(o.Err, context.Canceled) {
			interrupted++
			continue
		}
		_, hint := classifyOutcome(o)
		if messages[hint] == nil {
			hints = append(hints, hint)
		}
		messages[hint] = append(messages[hint], o.Name+": "+messageOf(o.Err))
	}
	for _, hint := range hints {
		for _, message := range messages[hint] {
			say(message)
		}
		p.ui.hint(hint)
	}
	if interrupted > 0 {
		p.ui.note("interrupted: %d of %d pins were not finished; run the command again", interrupted, len(outcomes))
	}
}

// classifyOutcome is [classify] for a pin's error: the hint names the pin.
func classifyOutcome(o engine.Outcome) (class, hint string) {
	class, hint = classify(o.Err)
	hint = cmp.Or(adviseArchive(o), hint)
	hint = strings.ReplaceAll(hint, "NAME", o.Name)
	if !o.Old.IsZero() {
		hint = cmp.Or(adviseLocked(o.Name, o.Err), hint)
	}
	return class, hint
}

// reportLate reports what failed after the lock was written, and returns what the command ends with: err, if nothing did.
func (p *program) reportLate(ctx context.Context, err error, late ...error) error {
	for _, failure := range late {
		if failure == nil {
			continue
		}
		p.reportFailure(failure)
		if ctx.Err() == nil {
			err = exitError(exitPartial)
		}
	}
	return err
}

// noteDryRun ends the report of a command that was asked to write nothing.
func (p *program) noteDryRun(dryRun bool) {
	if dryRun {
		p.ui.note("dry run: nothing written")
	}
}

// summarize prints how many pins there are of each status.
func (p *program) summarize(outcomes []engine.Outcome) { p.ui.note("%s", countOutcomes(outcomes)) }

// countOutcomes is "3 pins: 1 updated, 2 unchanged".
func countOutcomes(outcomes []engine.Outcome) string {
	var found []engine.Status
	for _, o := range outcomes {
		found = append(found, o.Status)
	}
	return count("pin", found,
		engine.Added, engine.Replaced, engine.Updated, engine.Outdated, engine.Unchanged, engine.Frozen, engine.Skipped, engine.Failed)
}

// count counts things by what became of them, in an order.
func count[S ~string](thing string, found []S, order ...S) string {
	number := make(map[S]int)
	for _, what := range found {
		number[what]++
	}
	var parts []string
	for _, what := range order {
		if number[what] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", number[what], what))
		}
	}
	text := fmt.Sprintf("%d %s", len(found), choose(len(found) == 1, thing, thing+"s"))
	if len(parts) > 0 {
		text += ": " + strings.Join(parts, ", ")
	}
	return text
}
