package mirror

import (
	"maps"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/internal/prefetch"
	"github.com/pinfetch/pinfetch/internal/storepath"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Content is what calls with the same hash have in common.
type Content struct {
	Pins    []string // that fetch it, in name order
	System  string   // of the first call; "" if it serves every system
	Hash    hash.SRI
	Outputs []storepath.Output // all names of it
	Err     error              // why it cannot be fetched: the pin is invalid

	fetches []fetch // different ways to get it
}

type fetch struct {
	call sources.Call
	job  prefetch.Job
}

// Label names the content: the first pin, and the system if the pin has several.
func (c Content) Label() string { return strings.TrimSpace(c.Pins[0] + " " + c.System) }

// Contents returns what pins fetch, in name order, for all systems. Calls with the same hash are one content.
func Contents(store storepath.Store, pins map[string]lock.Pin) (contents []Content) {
	index := make(map[string]int) // by content address
	for _, name := range slices.Sorted(maps.Keys(pins)) {
		pin := pins[name]
		if err := engine.Validate(pin); err != nil {
			contents = append(contents, Content{Pins: []string{name}, Err: err})
			continue
		}
		for _, call := range pin.Locked.Calls {
			outputs := store.Outputs(call)
			i, known := index[outputs[0].CA]
			if !known {
				i = len(contents)
				index[outputs[0].CA] = i
				contents = append(contents, Content{System: call.System, Hash: call.Hash})
			}
			contents[i].add(name, outputs, newFetch(pin.Source, call))
		}
	}
	return contents
}

func newFetch(source sources.Spec, call sources.Call) fetch {
	job := prefetch.NewJob(sources.Resolution{}, call, call.Hash.Algorithm())
	return fetch{call, job.Accepting(sources.AllowsHTML(source), call.Hash)}
}

// add adds what is new about a content.
func (c *Content) add(name string, outputs []storepath.Output, f fetch) {
	if !slices.Contains(c.Pins, name) {
		c.Pins = append(c.Pins, name)
	}
	for _, o := range outputs {
		if !slices.Contains(c.Outputs, o) {
			c.Outputs = append(c.Outputs, o)
		}
	}
	if !slices.ContainsFunc(c.fetches, func(other fetch) bool { return other.job == f.job }) {
		c.fetches = append(c.fetches, f)
	}
}

// Outputs returns everything that locks name, even in invalid pins: what a cache must keep.
func Outputs(store storepath.Store, locks []*lock.File) (outputs []storepath.Output) {
	for _, f := range locks {
		for _, pin := range f.Pins {
			for _, call := range pin.Locked.Calls {
				outputs = append(outputs, store.Outputs(call)...)
			}
		}
	}
	return outputs
}
