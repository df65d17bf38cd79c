package main

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/pinfetch/pinfetch/internal/bot"
	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// The JSON of add, update, outdated, verify and bot. Fields are only ever added.
type (
	document struct {
		Requests []requestJSON `json:"requests,omitzero"` // of bot, in the order of branches

		Pins    []pinJSON  `json:"pins"`    // in name order
		Changed int        `json:"changed"` // how many were added or updated, or are outdated
		Failed  int        `json:"failed"`  // how many failed or mismatch
		Skipped int        `json:"skipped,omitzero"`
		Error   *errorJSON `json:"error,omitzero"` // why nothing was done at all
	}
	pinJSON struct {
		Name     string        `json:"name"`
		Status   engine.Status `json:"status"`
		Old      *lockedJSON   `json:"old"` // null for an added pin
		New      *lockedJSON   `json:"new"` // null if adding failed
		Compare  *string       `json:"compare"`
		HeldBack *heldBackJSON `json:"heldBack,omitzero"`
		Warnings []string      `json:"warnings"`
		Error    *errorJSON    `json:"error"`
		From     *originJSON   `json:"from,omitzero"` // of import
	}
	requestJSON struct {
		Branch   string     `json:"branch"`
		Action   bot.Action `json:"action"`
		Number   *int       `json:"number"` // null for a request that does not exist
		URL      *string    `json:"url"`
		Title    *string    `json:"title"`
		Pins     []string   `json:"pins"`
		Why      *string    `json:"why"`
		Warnings []string   `json:"warnings"`
		Error    *errorJSON `json:"error"`
	}
	originJSON struct {
		File string `json:"file"`
		Tool string `json:"tool"`
		Name string `json:"name"` // as that tool has it
	}
	lockedJSON struct {
		Rev     *string `json:"rev"`
		Ref     *string `json:"ref"`
		Version *string `json:"version"`
		Date    *string `json:"date"`
		Hash    *string `json:"hash"`

		Systems map[string]string `json:"systems,omitzero"` // hashes, in place of Hash
	}
	heldBackJSON struct {
		By        sources.Hold   `json:"by"`
		Available *availableJSON `json:"available"` // null if it is not known
		Until     string         `json:"until,omitzero"`
		Why       string         `json:"why,omitzero"`
	}
	availableJSON struct {
		Version *string `json:"version"`
		Ref     *string `json:"ref"`
		Date    *string `json:"date"`
	}
	errorJSON struct {
		Class   string `json:"class"`
		Message string `json:"message"`
		Hint    string `json:"hint"`
	}
)

func (p *program) newDocument(outcomes []engine.Outcome) document {
	d := document{Pins: []pinJSON{}}
	for _, o := range outcomes {
		d.Pins = append(d.Pins, pinJSON{
			Name: o.Name, Status: o.Status, Old: newLockedJSON(o.Old), New: newLockedJSON(o.New),
			Compare: orNull(o.Compare), HeldBack: newHeldBackJSON(o.HeldBack), Warnings: append([]string{}, warningsOf(o)...), Error: p.outcomeErrorJSON(o),
		})
		switch o.Status {
		case engine.Added, engine.Replaced, engine.Updated, engine.Outdated:
			d.Changed++
		case engine.Failed, engine.Mismatch:
			d.Failed++
		case engine.Skipped:
			d.Skipped++
		}
	}
	return d
}

func (p *program) requestJSON(r bot.Result) requestJSON {
	out := requestJSON{
		Branch: r.Branch, Action: r.Action, URL: orNull(r.URL), Title: orNull(r.Title), Pins: append([]string{}, r.Pins...),
		Why: orNull(p.ui.redact(r.Why)), Warnings: []string{}, Error: p.errorJSON(r.Err),
	}
	if r.Number > 0 {
		out.Number = &r.Number
	}
	for _, warning := range r.Warnings {
		out.Warnings = append(out.Warnings, p.ui.redact(messageOf(warning)))
	}
	return out
}

func newLockedJSON(l sources.Resolution) *lockedJSON {
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

func newHeldBackJSON(h *sources.HeldBack) *heldBackJSON {
	if h == nil {
		return nil
	}
	out := &heldBackJSON{By: h.By, Until: h.Until, Why: h.Why}
	if a := h.Available; a != (sources.Facts{}) {
		out.Available = &availableJSON{orNull(a.Version), orNull(a.Ref), orNull(a.Date)}
	}
	return out
}

func (p *program) errorJSON(err error) *errorJSON {
	if err == nil {
		return nil
	}
	class, hint := classify(err)
	return &errorJSON{class, p.ui.redact(messageOf(err)), p.ui.redact(hint)}
}

func (p *program) outcomeErrorJSON(o engine.Outcome) *errorJSON {
	e := p.errorJSON(o.Err)
	if e != nil {
		_, hint := classifyOutcome(o)
		e.Hint = p.ui.redact(hint)
	}
	return e
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
	p.printedJSON = true
}
