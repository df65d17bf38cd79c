package lock

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

// An Encoder writes a Spec as one JSON object; [sources.Set] is one.
type Encoder interface {
	Encode(sources.Spec) ([]byte, error)
}

// factsJSON has what changes most often last, beside what changes with it in the arguments.
type factsJSON struct {
	Rev     string `json:"rev,omitzero"`
	Date    string `json:"date,omitzero"`
	Ref     string `json:"ref,omitzero"`
	Version string `json:"version,omitzero"`
}

func (f factsJSON) facts() sources.Facts {
	return sources.Facts{Rev: f.Rev, Ref: f.Ref, Version: f.Version, Date: f.Date}
}

type pinJSON struct {
	Source jsontext.Value `json:"source"`
	Frozen bool           `json:"frozen,omitzero"`
	Locked factsJSON      `json:"locked"`
	Fetch  any            `json:"fetch"`
}

// Format returns the lock's bytes. It refuses to write what [Parse] would refuse to read.
func (f *File) Format(e Encoder) ([]byte, error) {
	names := f.Names()
	if bad := checkNames(names, f.Pins); bad.err != nil {
		return nil, bad.err
	}
	// The lock is assembled by hand: an encoder would parse every pin again.
	out := fmt.Appendf(nil, "{\n  \"version\": %d,\n  \"pins\": {", Version)
	for i, name := range names {
		p, err := encodePin(f.Pins[name], e)
		if err != nil {
			return nil, fmt.Errorf("format pin %q: %w", name, err)
		}
		pin, err := json.Marshal(p, json.Deterministic(true), jsontext.WithIndent("  "), jsontext.WithIndentPrefix("    "))
		if err != nil {
			return nil, fmt.Errorf("format pin %q: %w", name, err)
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = fmt.Appendf(out, "\n    \"%s\": %s", name, pin) // a valid name needs no escaping
	}
	if len(names) > 0 {
		out = append(out, "\n  "...)
	}
	return append(out, "}\n}\n"...), nil
}

// Format returns the pin's JSON object as it stands in a lock, on one line.
func (p Pin) Format(e Encoder) ([]byte, error) {
	encoded, err := encodePin(p, e)
	if err != nil {
		return nil, err
	}
	return json.Marshal(encoded, json.Deterministic(true))
}

func encodePin(pin Pin, e Encoder) (pinJSON, error) {
	if pin.Locked.IsZero() {
		return pinJSON{}, fmt.Errorf("it is not locked")
	}
	if err := pin.Source.Validate(); err != nil {
		return pinJSON{}, err
	}
	facts := pin.Locked.Facts
	if err := validateFacts(facts, pin.Locked.Calls); err != nil {
		return pinJSON{}, err
	}
	for _, c := range pin.Locked.Calls {
		if err := validateSystem(c.System, len(pin.Locked.Calls)); err != nil {
			return pinJSON{}, err
		}
		if err := c.Fetch.Validate(); err != nil {
			return pinJSON{}, err
		}
		if c.Hash.IsZero() {
			return pinJSON{}, fmt.Errorf("%s has no hash", c.Fetch)
		}
	}
	source, err := e.Encode(pin.Source)
	if err != nil {
		return pinJSON{}, err
	}
	locked := factsJSON{facts.Rev, facts.Date, facts.Ref, facts.Version}
	return pinJSON{source, pin.Frozen, locked, encodeCalls(pin.Locked.Calls)}, nil
}
