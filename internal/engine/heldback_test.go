package engine_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/internal/prefetch"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// numeral is a source whose versions are Roman numerals, which its kind puts in order.
type numeral struct{ Version string } // one for good, "" for the newest

func (numeral) Kind() string                     { return "numeral" }
func (numeral) Title() string                    { return "tool" }
func (numeral) Accepts(sources.Resolution) error { return nil }
func (numeral) Validate() error                  { return nil }

// numeralAt is what a numeral means at a version.
func numeralAt(version string, held ...sources.HeldBack) sources.Resolution {
	call := sources.Call{Fetch: sources.Fetch{Fetcher: sources.FetchURL, URL: "https://example.org/" + version}, Hash: sri(fileOne)}
	return sources.Resolution{Facts: sources.Facts{Version: version}, Calls: []sources.Call{call}, Aside: sources.Aside{Held: held}}
}

// numerals returns an engine for a kind that resolves to r or fails with err.
func numerals(r sources.Resolution, err error) *engine.Engine {
	order := map[string]int{"VIII": 8, "IX": 9, "X": 10, "XI": 11}
	definition := sources.Definition{Name: "numeral", Order: func(a, b string) (int, bool) {
		return order[a] - order[b], order[a] > 0 && order[b] > 0
	}}
	parse := func(sources.Request) (numeral, error) { return numeral{}, sources.ErrOtherKind }
	ask := func(s numeral) sources.Request { return sources.Request{Tracking: sources.Tracking{Rev: s.Version}} }
	kind := sources.NewKind(sources.Define(definition, parse, ask), sources.Resolver[numeral]{
		Resolve: func(context.Context, numeral) (sources.Resolution, error) { return r, err },
		At:      func(_ context.Context, _ numeral, at string) (sources.Resolution, error) { return numeralAt(at), nil },
	})
	return &engine.Engine{Sources: sources.NewSet(kind), Prefetch: func(context.Context, prefetch.Job, prefetch.Progress) (prefetch.Result, error) {
		return prefetch.Result{}, errors.ErrUnsupported
	}}
}

// What holds a pin back is one explanation, whatever the rule. A pin never goes down in the order of its kind.
func TestHeldBack(t *testing.T) {
	t.Parallel()
	held := func(by sources.Hold, version string) sources.HeldBack {
		return sources.HeldBack{By: by, Available: sources.Facts{Version: version}}
	}
	waiting := fmt.Errorf("wrapped: %w", &sources.WaitingError{HeldBack: held(sources.ByMinAge, "XI"), Problem: "too young"})
	for _, tt := range []struct {
		name    string
		source  numeral
		now     sources.Resolution
		err     error
		options engine.UpdateOptions
		status  engine.Status
		locked  string // afterwards; X before
		held    sources.HeldBack
		lower   string
	}{
		{name: "nothing", now: numeralAt("X"), status: engine.Unchanged, locked: "X"},
		{name: "up", now: numeralAt("XI"), status: engine.Updated, locked: "XI"},
		{name: "up, and more waits", now: numeralAt("XI", held(sources.ByMinAge, "XII")), status: engine.Updated, locked: "XI", held: held(sources.ByMinAge, "XII")},
		{name: "the first rule is told", now: numeralAt("X", held(sources.ByFiles, "XI"), held(sources.ByPrerelease, "XII")),
			status: engine.Unchanged, locked: "X", held: held(sources.ByFiles, "XI")},
		{name: "fixed", source: numeral{"X"}, now: numeralAt("X"), status: engine.Unchanged, locked: "X", held: held(sources.ByRevision, "")},
		{name: "down", now: numeralAt("IX"), status: engine.Unchanged, locked: "X", held: held(sources.ByDowngrade, "IX"), lower: "IX"},
		{name: "down, allowed", now: numeralAt("IX"), options: engine.UpdateOptions{AllowDowngrade: true}, status: engine.Updated, locked: "IX"},
		{name: "down, no version", now: numeralAt("?"), status: engine.Updated, locked: "?"},
		{name: "named", now: numeralAt("X", held(sources.ByMinAge, "XI")), options: engine.UpdateOptions{At: "IX"}, status: engine.Updated, locked: "IX"},
		{name: "withdrawn", now: numeralAt("IX", held(sources.ByWithdrawal, "X")), status: engine.Unchanged, locked: "X",
			held: held(sources.ByWithdrawal, "X"), lower: "IX"},
		{name: "a newer one was withdrawn, the locked one is gone", now: numeralAt("IX", held(sources.ByWithdrawal, "XI")),
			status: engine.Unchanged, locked: "X", held: held(sources.ByDowngrade, "IX"), lower: "IX"},
		{name: "too young", now: numeralAt("IX", held(sources.ByMinAge, "X")), status: engine.Unchanged, locked: "X", held: held(sources.ByMinAge, "X")},
		{name: "too young, and so is a newer one", now: numeralAt("VIII", held(sources.ByMinAge, "XI")),
			status: engine.Unchanged, locked: "X", held: held(sources.ByMinAge, "XI")},
		{name: "only a lower one waits", now: numeralAt("VIII", held(sources.ByMinAge, "IX")),
			status: engine.Unchanged, locked: "X", held: held(sources.ByDowngrade, "VIII"), lower: "VIII"},
		{name: "all are too young", err: waiting, status: engine.Unchanged, locked: "X", held: held(sources.ByMinAge, "XI")},
	} {
		pin := lock.Pin{Source: tt.source, Locked: numeralAt("X")}
		file := &lock.File{Pins: map[string]lock.Pin{"tool": pin}}
		everything, err := engine.Select(file, nil)
		if err != nil {
			t.Fatal(err)
		}
		o := numerals(tt.now, tt.err).Update(t.Context(), file, everything, tt.options)[0]
		if o.Err != nil || o.Status != tt.status || o.New.Version != tt.locked || o.Lower != tt.lower {
			t.Errorf("%s: got %s %s, lower %q, %v, want %s %s, lower %q", tt.name, o.Status, o.New.Version, o.Lower, o.Err, tt.status, tt.locked, tt.lower)
		}
		if o.HeldBack == nil {
			o.HeldBack = &sources.HeldBack{}
		}
		if got := *o.HeldBack; got.By != tt.held.By || got.Available.Version != tt.held.Available.Version {
			t.Errorf("%s: got held back %+v, want %+v", tt.name, got, tt.held)
		}
	}

	// A pin that cannot be kept as it is locked fails, and says why.
	broken := &lock.File{Pins: map[string]lock.Pin{"tool": {Source: numeral{}, Locked: sources.Resolution{
		Facts: sources.Facts{Date: "soon"}, Calls: numeralAt("X").Calls,
	}}}}
	o := numerals(sources.Resolution{}, waiting).Update(t.Context(), broken, engine.Selection{Names: []string{"tool"}}, engine.UpdateOptions{})[0]
	if !errors.Is(o.Err, sources.ErrNotFound) {
		t.Errorf("an invalid pin: got %s, %v, want %v", o.Status, o.Err, sources.ErrNotFound)
	}

	// What waits is said of a new pin, too.
	young := held(sources.ByMinAge, "XI")
	o = numerals(numeralAt("X", young), nil).Add(t.Context(), []engine.NewPin{{Name: "tool", Source: numeral{}}})[0]
	if o.Err != nil || o.HeldBack == nil || *o.HeldBack != young {
		t.Errorf("add: got %+v, %v, want %+v", o.HeldBack, o.Err, young)
	}

	// A change to how a package is fetched keeps its version.
	file := &lock.File{Pins: map[string]lock.Pin{"tool": {Source: numeral{}, Locked: numeralAt("X")}}}
	o = numerals(numeralAt("XI"), nil).Set(t.Context(), file, []engine.Change{{Name: "tool", Source: numeral{}, Stay: true}})[0]
	if o.Err != nil || o.New.Version != "X" {
		t.Errorf("set: got %s, %v, want X", o.New.Version, o.Err)
	}
}

// Locks that moved on both sides take the version that is higher in the order of the kind.
func TestMergeOrder(t *testing.T) {
	t.Parallel()
	file := func(version string) *lock.File {
		return &lock.File{Pins: map[string]lock.Pin{"tool": {Source: numeral{}, Locked: numeralAt(version)}}}
	}
	for _, sides := range [][2]string{{"X", "IX"}, {"IX", "X"}} {
		m := lock.Merge(numerals(sources.Resolution{}, nil).Sources, file("VIII"), file(sides[0]), file(sides[1]))
		if got := m.Ours.Pins["tool"].Locked.Version; got != "X" || len(m.Moved) != 1 {
			t.Errorf("%q: got %s, want X", sides, got)
		}
	}
}

// aging is a package of which no version is as old as anybody wants. Its branches have no versions.
type aging struct{ Branch, MinAge string }

func (aging) Kind() string                     { return "aging" }
func (aging) Title() string                    { return "tool" }
func (aging) Accepts(sources.Resolution) error { return nil }
func (s aging) Validate() error {
	return sources.Tracking{Branch: s.Branch, Range: sources.Range{MinAge: s.MinAge}}.Validate()
}

func agingKind() sources.Kind {
	parse := func(r sources.Request) (aging, error) { return aging{r.Branch, r.MinAge}, nil }
	ask := func(s aging) sources.Request {
		return sources.Request{Tracking: sources.Tracking{Branch: s.Branch, Range: sources.Range{MinAge: s.MinAge}}}
	}
	definition := sources.Definition{Name: "aging", Options: []string{"branch", "min-age"}}
	return sources.NewKind(sources.Define(definition, parse, ask), sources.Resolver[aging]{
		Resolve: func(_ context.Context, s aging) (sources.Resolution, error) {
			if s.MinAge != "" {
				return sources.Resolution{}, &sources.WaitingError{HeldBack: sources.HeldBack{By: sources.ByMinAge, Why: s.MinAge}}
			}
			return numeralAt("XI"), nil
		},
	})
}

// A minimum age for all holds for the sources that choose among versions and have none. The lock keeps the source as it is.
func TestMinAgeOfAll(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		source    aging
		all, held string
	}{
		{aging{}, "", ""},
		{aging{}, "7d", "7d"},
		{aging{MinAge: "3d"}, "7d", "3d"},
		{aging{Branch: "main"}, "7d", ""},
	} {
		file := &lock.File{Pins: map[string]lock.Pin{"tool": {Source: tt.source, Locked: numeralAt("X")}}}
		e := &engine.Engine{Sources: sources.NewSet(agingKind())}
		o := e.Update(t.Context(), file, engine.Selection{Names: []string{"tool"}}, engine.UpdateOptions{MinAge: tt.all})[0]
		held := ""
		if o.HeldBack != nil {
			held = o.HeldBack.Why
		}
		if o.Err != nil || held != tt.held || o.MinAge != tt.held || o.Source != tt.source || (o.Status == engine.Updated) != (held == "") {
			t.Errorf("%+v with %q: got %+v, held back by %q, want %q", tt.source, tt.all, o, held, tt.held)
		}
	}
}
