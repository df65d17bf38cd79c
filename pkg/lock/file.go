package lock

import (
	"maps"
	"slices"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Version is the format's version, written to and required of every lock.
const Version = 1

// File is a whole lock. A name maps to a complete pin or to none.
type File struct {
	Pins map[string]Pin
}

// Pin is one entry.
type Pin struct {
	Source sources.Spec
	Frozen bool               // skipped by updates that do not name the pin
	Locked sources.Resolution // every call has its hash
}

// Equal reports whether two pins are written alike.
func (p Pin) Equal(other Pin) bool {
	return p.Source == other.Source && p.Frozen == other.Frozen && p.Locked.Equal(other.Locked)
}

// Names returns the pins' names in byte order.
func (f *File) Names() []string { return slices.Sorted(maps.Keys(f.Pins)) }
