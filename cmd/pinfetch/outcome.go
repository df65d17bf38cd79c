package main

import (
	"context"
	"errors"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// The JSON of add, update, outdated and verify. Fields are only ever added.
type (
	document struct {
		Pins    []pinJSON  `json:"pins"`           // in name order
		Changed int        `json:"changed"`        // how many were added or updated, or are outdated
		Failed  int        `json:"failed"`         // how many failed or mismatch
		Error   *errorJSON `json:"error,omitzero"` // why nothing was done at all
	}
	pinJSON struct {
		Name     string        `json:"name"`
		Status   engine.Status `json:"status"`
		Old      *lockedJSON   `json:"old"` // null for an added pin
		New      *lockedJSON   `json:"new"` // null if adding failed
		Compare  *string       `json:"compare"`
		Warnings []string      `json:"warnings"`
		Error    *errorJSON    `json:"error"`
	}
	lockedJSON struct {
		Rev     *string `json:"rev"`
		Ref     *string `json:"ref"`
		Version *string `json:"version"`
		Date    *string `json:"date"`
		Hash    *string `json:"hash"`

		Systems map[string]string `json:"systems,omitzero"` // hashes, in place of Hash
	}
	errorJSON struct {
		Class   string `json:"class"`
		Message string `json:"message"`
		Hint    string `json:"hint"`
	}
)

func (p *program) describeAll(outcomes []engine.Outcome) document {
	d := document{Pins: []pinJSON{}}
	for _, o := range outcomes {
		pin := pinJSON{
			Name: o.Name, Status: o.Status, Old: describeLocked(o.Old), New: describeLocked(o.New),
			Compare: orNull(o.Compare), Warnings: append([]string{}, o.Warnings...), Error: p.describe(o.Err),
		}
		d.Pins = append(d.Pins, pin)
		switch o.Status {
		case engine.Added, engine.Updated, engine.Outdated:
			d.Changed++
		case engine.Failed, engine.Mismatch:
			d.Failed++
		}
	}
	return d
}

func describeLocked(l sources.Resolution) *lockedJSON {
	if l.IsZero() {
		return nil
	}
	out := &lockedJSON{Rev: orNull(l.Rev()), Ref: orNull(l.Ref), Version: orNull(l.Version), Date: orNull(l.Date)}
	if len(l.Calls) == 1 && l.Calls[0].System == "" {
		out.Hash = orNull(l.Calls[0].Hash.String())
		return out
	}
	out.Systems = make(map[string]string)
	for _, call := range l.Calls {
		if !call.Hash.IsZero() {
			out.Systems[call.System] = call.Hash.String()
		}
	}
	return out
}

func (p *program) describe(err error) *errorJSON {
	if err == nil {
		return nil
	}
	name, hint := classify(err)
	return &errorJSON{name, p.ui.redact(err.Error()), p.ui.redact(hint)}
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func (p *program) printJSON(v any) {
	data, err := json.Marshal(v, jsontext.WithIndent("  "), json.Deterministic(true), jsontext.EscapeForHTML(false))
	if err != nil { // every value here can be written
		panic(err)
	}
	p.ui.result("%s", data)
	p.answered = true
}

// conclude reports what became of the pins, and returns what the command ends with.
func (p *program) conclude(ctx context.Context, outcomes []engine.Outcome, asJSON bool, line func(engine.Outcome) string) error {
	d := p.describeAll(outcomes)
	for _, o := range outcomes {
		if o.Note != "" {
			p.ui.note("%s: %s", o.Name, o.Note)
		}
		for _, warning := range o.Warnings {
			p.ui.warn("%s: %s", o.Name, warning)
		}
		if text := line(o); text != "" && !asJSON {
			p.ui.result("%s", text)
		}
	}
	if asJSON {
		p.printJSON(d)
	}
	p.failures(ctx, outcomes)
	switch {
	case ctx.Err() != nil:
		return exitError(exitInterrupted)
	case d.Failed > 0 && d.Failed == len(outcomes):
		return exitError(exitNothing)
	case d.Failed > 0:
		return exitError(exitPartial)
	}
	return nil
}

// failures reports what failed. A hint that several share is said once.
func (p *program) failures(ctx context.Context, outcomes []engine.Outcome) {
	var hints []string
	said := make(map[string]bool)
	interrupted := 0
	for _, o := range outcomes {
		if o.Err == nil {
			continue
		}
		if ctx.Err() != nil && errors.Is(o.Err, context.Canceled) {
			interrupted++
			continue
		}
		_, hint := classify(o.Err)
		p.ui.fail(named(o.Name, o.Err), "")
		if hint = strings.ReplaceAll(hint, "NAME", o.Name); hint != "" && !said[hint] {
			said[hint] = true
			hints = append(hints, hint)
		}
	}
	for _, hint := range hints {
		p.ui.hint(hint)
	}
	if interrupted > 0 {
		p.ui.note("interrupted: %d of %d pins were not looked at; run the command again", interrupted, len(outcomes))
	}
}

type namedError struct {
	name string
	err  error
}

func named(name string, err error) error { return &namedError{name, err} }

func (e *namedError) Error() string { return e.name + ": " + e.err.Error() }
func (e *namedError) Unwrap() error { return e.err }

// label is how a line of output names what is locked: its version, else the start of its commit ID or hash.
func label(l sources.Resolution) string {
	switch {
	case l.IsZero():
		return ""
	case l.Version != "":
		return l.Version
	case l.Rev() != "":
		return l.Rev()[:12]
	}
	return l.Calls[0].Hash.String()
}

// change describes a move: "15.0.0 -> 15.1.0"; where the labels are equal, by commit or hash.
func change(from, to sources.Resolution) string {
	old, new := label(from), label(to)
	if old == new && from.Rev() != to.Rev() {
		old, new = old+" "+short(from.Rev()), new+" "+short(to.Rev())
	} else if old == new || old == "" || new == "" {
		for i := range min(len(from.Calls), len(to.Calls)) {
			if from.Calls[i] != to.Calls[i] {
				old, new = describeCall(from.Calls[i]), describeCall(to.Calls[i])
				break
			}
		}
	}
	return old + " -> " + new
}

// describeCall is a call's hash, or what it fetches where that is not known; and its system.
func describeCall(c sources.Call) string {
	text := c.Fetch.String()
	if !c.Hash.IsZero() {
		text = c.Hash.String()
	}
	return strings.TrimSpace(c.System + " " + text)
}

func short(rev string) string { return rev[:min(len(rev), 12)] }
