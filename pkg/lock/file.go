package lock

import (
	"maps"
	"slices"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Version is the version of the format. Locks of other versions are refused.
const Version = 1

// File is the content of a lock. Every pin in it is complete, but the values of one may be invalid; see [Pin.Validate].
type File struct {
	Pins map[string]Pin // by name
}

// Pin is one entry of a lock.
type Pin struct {
	Source sources.Spec
	Frozen bool               // skipped by updates that do not name the pin
	Locked sources.Resolution // with the hash of every call
}

// Validate reports the first value of the pin that is invalid, or what its calls fetch and its source cannot mean. [Parse]
// and [File.Format] leave it to the commands that use a pin, so that a value which an older or newer pinfetch allows does
// not block the other pins. The error is a [sources.ErrInvalid].
func (p Pin) Validate() error {
	if err := p.Source.Validate(); err != nil {
		return err
	}
	if err := p.Locked.Validate(); err != nil {
		return err
	}
	return p.Source.Accepts(p.Locked)
}

// Equal reports whether two pins have the same form in a lock.
func (p Pin) Equal(other Pin) bool {
	return p.Source == other.Source && p.Frozen == other.Frozen && p.Locked.Equal(other.Locked)
}

// Names returns the pins' names in byte order.
func (f *File) Names() []string { return slices.Sorted(maps.Keys(f.Pins)) }
