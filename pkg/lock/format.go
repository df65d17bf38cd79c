package lock

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// factsJSON is [sources.Facts] with keys. What changes most often is last, next to the arguments that change with it.
type factsJSON struct {
	Rev     string `json:"rev,omitzero"`
	Date    string `json:"date,omitzero"`
	Ref     string `json:"ref,omitzero"`
	Version string `json:"version,omitzero"`
}

type pinJSON struct {
	Source jsontext.Value `json:"source"`
	Frozen bool           `json:"frozen,omitzero"`
	Locked factsJSON      `json:"locked"`
	Fetch  fetchJSON      `json:"fetch"`
}

// Format returns the lock's bytes. It refuses to write what [Parse] would refuse to read; like Parse, it accepts pins whose
// values are invalid (see [Pin.Validate]).
func (f *File) Format(c Codec) ([]byte, error) {
	if err := f.Validate(); err != nil {
		return nil, err
	}
	names := f.Names()
	pins, err := parallel(names, func(name string) ([]byte, error) {
		pin, err := f.Pins[name].format(c, jsontext.WithIndent("  "), jsontext.WithIndentPrefix("    "))
		if err != nil {
			return nil, fmt.Errorf("format pin %q: %w", name, err)
		}
		return pin, nil
	})
	if err != nil {
		return nil, err
	}
	// The pins are joined by hand, because an encoder would parse each of them again.
	size := 0
	for _, pin := range pins {
		size += len(pin)
	}
	out := bytes.NewBuffer(make([]byte, 0, size+size/4)) // with the names
	fmt.Fprintf(out, "{\n  \"version\": %d,\n  \"pins\": {", Version)
	separator, end := "\n    \"", ""
	for i, name := range names {
		out.WriteString(separator + name + "\": ") // a valid name needs no escaping
		out.Write(pins[i])
		separator, end = ",\n    \"", "\n  "
	}
	out.WriteString(end + "}\n}\n")
	return out.Bytes(), nil
}

// Format returns the pin's JSON object as in a lock, but on one line.
func (p Pin) Format(c Codec) ([]byte, error) { return p.format(c) }

func (p Pin) format(c Codec, layout ...json.Options) ([]byte, error) {
	if err := p.isComplete(); err != nil {
		return nil, err
	}
	source, err := c.Encode(p.Source)
	if err != nil {
		return nil, err
	}
	out := pinJSON{source, p.Frozen, factsJSON(p.Locked.Facts), encodeCalls(p.Locked.Calls)}
	return json.Marshal(out, append(layout, json.Deterministic(true))...)
}

// isComplete refuses a pin that has no form in a lock.
func (p Pin) isComplete() error {
	if p.Locked.IsZero() {
		return errors.New("the pin is not locked")
	}
	for i, c := range p.Locked.Calls {
		if arguments[c.Fetcher] == nil {
			return fmt.Errorf("unknown fetcher %q", c.Fetcher)
		}
		if c.System != "" || len(p.Locked.Calls) > 1 {
			if err := sources.ValidateSystem(c.System); err != nil {
				return err
			}
		}
		if i > 0 && c.System <= p.Locked.Calls[i-1].System {
			return fmt.Errorf("the call for %s is not in the order of systems", c.System)
		}
		if c.Hash.IsZero() {
			return fmt.Errorf("%s has no hash", c.Fetch)
		}
		if hasCredentials(c.URL) {
			return fmt.Errorf("URL %q %w", redact.Reference(c.URL), sources.ErrCredentials)
		}
	}
	return nil
}
