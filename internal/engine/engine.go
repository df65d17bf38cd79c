// Package engine is the policy of pinning: which pins are considered, what is resolved, what has to be hashed, and what
// counts as a change.
//
// Work runs in parallel and is reported in name order, so the outcome does not depend on how many jobs there are. One
// pin's failure does not affect the others. The engine reads and writes no files and prints nothing.
package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/internal/prefetch"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

var (
	// ErrMovedTag is the class of [*MovedTagError].
	ErrMovedTag = errors.New("the tag moved")
	// ErrStopped means that no work on a pin began because another pin failed.
	ErrStopped = errors.New("stopped at the first failure")
	// ErrMismatch is the class of [*MismatchError].
	ErrMismatch = errors.New("hash mismatch")
	// ErrUpstream is the class of values that upstream chose and no lock can hold, such as a commit of the year 10000.
	ErrUpstream = errors.New("upstream's value cannot be locked")
	// ErrInvalidPin is the class of [*InvalidPinError].
	ErrInvalidPin = errors.New("invalid pin")
)

// InvalidPinError means that a pin in the lock is invalid (see [lock.Pin.Validate]). The other pins can be used.
type InvalidPinError struct {
	InSource bool // what is invalid is the source, which resolving again does not change
	Err      error
}

func (e *InvalidPinError) Error() string   { return "invalid in the lock: " + e.Err.Error() }
func (e *InvalidPinError) Unwrap() []error { return []error{e.Err, ErrInvalidPin} }

// MovedTagError means that a tag no longer names the locked commit, or that a file was replaced under the same name.
type MovedTagError struct {
	Tag, Old, New string // a tag and two commits, or a URL and two hashes
	IsFile        bool
}

func (e *MovedTagError) Error() string {
	if e.IsFile {
		return fmt.Sprintf("%s had the hash %s and now has %s: the file was replaced", e.Tag, e.Old, e.New)
	}
	return fmt.Sprintf("%s was %s and is now %s: %v", e.Tag, e.Old, e.New, ErrMovedTag)
}

func (e *MovedTagError) Unwrap() error { return ErrMovedTag }

// PrefetchFunc computes the hash of one call. [prefetch.Prefetcher.Prefetch] is one.
type PrefetchFunc func(context.Context, prefetch.Job, prefetch.Progress) (prefetch.Result, error)

// Engine resolves and hashes pins.
type Engine struct {
	Sources  *sources.Set
	Prefetch PrefetchFunc
	Jobs     int         // default [DefaultJobs]
	Report   func(Event) // receives progress, from many goroutines; may be nil
}

// Stage is a stage of the work on a pin.
type Stage string

const (
	Resolving   Stage = "resolving"
	Waiting     Stage = "waiting" // resolved; its download has not begun
	Downloading Stage = "downloading"
	Done        Stage = "done"
)

// Event is progress of one pin.
type Event struct {
	Name         string
	Stage        Stage
	Bytes, Total int64 // with Downloading; Total is -1 if unknown
	Err          error // with Done
}

// Status says what became of a pin. Its text is part of the JSON output.
type Status string

const (
	Added     Status = "added"
	Replaced  Status = "replaced" // set by callers of Add, who know what it replaces
	Updated   Status = "updated"
	Unchanged Status = "unchanged"
	Outdated  Status = "outdated"
	Frozen    Status = "frozen"
	Mismatch  Status = "mismatch"
	Failed    Status = "failed"
	Skipped   Status = "skipped" // set by callers of Import, who know what they leave out
)

// Outcome is what became of one pin. On failure New equals Old.
type Outcome struct {
	Name           string
	Status         Status
	Source         sources.Spec
	Old, New       sources.Resolution
	sources.Choice                   // what an open source follows
	Compare        string            // a page that shows the changes between Old and New, or ""
	Moved          *MovedTagError    // set if the tag moved and that was accepted, or nothing is written
	MovedTo        string            // the URL to which the repository moved for good, or ""
	Lower          string            // the newest version, if it is lower than the locked one and was therefore not taken
	Foreign        string            // the newest tag, if it has another scheme than the locked version and was not taken
	HeldBack       *sources.HeldBack // what keeps the pin from moving further, nil if nothing does
	MinAge         string            // how old versions had to be for an update
	Notice         string            // what upstream says about the version, such as why it is deprecated; or ""
	Warnings       []Warning         // about the contents
	Err            error             // with Failed and Mismatch
}

// Warning is about the content of a call.
type Warning struct {
	Fetch sources.Fetch
	prefetch.Warning
}

// asLocked returns an error if a pin is invalid in the lock.
func (o Outcome) asLocked() error { return Validate(lock.Pin{Source: o.Source, Locked: o.Old}) }

// Validate returns an [*InvalidPinError] if a pin is invalid.
func Validate(pin lock.Pin) error {
	if err := pin.Source.Validate(); err != nil {
		return &InvalidPinError{true, err}
	}
	if err := pin.Validate(); err != nil {
		return &InvalidPinError{false, err}
	}
	return nil
}

// failed returns the outcome of a pin that stays as it was.
func (o Outcome) failed(err error) Outcome {
	o.Status, o.New, o.Err = Failed, o.Old, err
	return o
}

// unchanged returns the outcome of each selected pin if nothing new is found.
func unchanged(f *lock.File, s Selection) []Outcome {
	outcomes := make([]Outcome, len(s.Names))
	for i, name := range s.Names {
		pin := f.Pins[name]
		outcomes[i] = Outcome{Name: name, Status: Unchanged, Source: pin.Source, Old: pin.Locked, New: pin.Locked}
	}
	return outcomes
}

// download is the rest of the work on a pin that is resolved.
type download func() Outcome

// each resolves every pin and downloads what that requires, at most Jobs at once. It replaces each outcome by the final
// one and returns them in name order. Once ctx is done, no further work begins and the remaining pins fail.
func (e *Engine) each(ctx context.Context, pins []Outcome, resolve func(Outcome) (Outcome, download)) []Outcome {
	done := func(i int, o Outcome) {
		pins[i] = o
		e.report(Event{Name: o.Name, Stage: Done, Err: o.Err})
	}
	isOver := func(i int) bool {
		if ctx.Err() == nil {
			return false
		}
		done(i, pins[i].failed(context.Cause(ctx)))
		return true
	}
	schedule(cmp.Or(e.Jobs, DefaultJobs), len(pins), func(i int) func() {
		if isOver(i) {
			return nil
		}
		outcome, rest := resolve(pins[i])
		if rest == nil {
			done(i, outcome)
			return nil
		}
		e.report(Event{Name: outcome.Name, Stage: Waiting})
		return func() {
			if !isOver(i) {
				done(i, rest())
			}
		}
	})
	slices.SortStableFunc(pins, func(a, b Outcome) int { return strings.Compare(a.Name, b.Name) })
	return pins
}

func (e *Engine) report(event Event) {
	if e.Report != nil {
		e.Report(event)
	}
}
