package lock

import (
	"maps"
	"slices"

	"github.com/pinfetch/pinfetch/pkg/hash"
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
	Frozen bool // left out by an update that names no pins
	Locked Locked
}

// Locked is what a source resolved to, with the hash of every call.
type Locked struct {
	sources.Facts
	Calls []Call // one for every system, sorted by System; or one whose System is ""
}

// Call is one call of a nixpkgs fetcher with its hash.
type Call struct {
	System string // "x86_64-linux"; "" for a call that serves every system
	sources.Fetch
	Hash hash.SRI
}

// Call returns the call that serves every system, the zero Call if there is none.
func (l Locked) Call() Call {
	if len(l.Calls) == 1 && l.Calls[0].System == "" {
		return l.Calls[0]
	}
	return Call{}
}

// IsZero reports whether nothing is locked yet.
func (l Locked) IsZero() bool { return len(l.Calls) == 0 }

// Equal reports whether two values are written alike.
func (l Locked) Equal(other Locked) bool {
	return l.Facts == other.Facts && slices.Equal(l.Calls, other.Calls)
}

// Rev returns the commit ID, wherever it stands; "" if there is none.
func (l Locked) Rev() string {
	if l.Facts.Rev != "" || len(l.Calls) == 0 {
		return l.Facts.Rev
	}
	return l.Calls[0].Rev
}

// Resolution returns what is locked without its hash, to compare with what a source means now.
func (l Locked) Resolution() sources.Resolution {
	return sources.Resolution{Facts: l.Facts, Fetch: l.Call().Fetch}
}

// Equal reports whether two pins are written alike.
func (p Pin) Equal(other Pin) bool {
	return p.Source == other.Source && p.Frozen == other.Frozen && p.Locked.Equal(other.Locked)
}

// Names returns the pins' names in byte order.
func (f *File) Names() []string { return slices.Sorted(maps.Keys(f.Pins)) }
