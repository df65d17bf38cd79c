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
	// ErrStopped means that a pin was left alone because another failed.
	ErrStopped = errors.New("stopped at the first failure")
	// ErrMismatch is the class of [*MismatchError].
	ErrMismatch = errors.New("hash mismatch")
)

// MovedTagError means that a tag names another commit than the locked one.
type MovedTagError struct{ Tag, Old, New string }

func (e *MovedTagError) Error() string {
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
	Report   func(Event) // receives progress, from many goroutines; nil for nobody
}

// Stage is how far a pin has come.
type Stage string

const (
	Resolving   Stage = "resolving"
	Waiting     Stage = "waiting" // resolved, to be downloaded
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
	Updated   Status = "updated"
	Unchanged Status = "unchanged"
	Outdated  Status = "outdated"
	Frozen    Status = "frozen"
	Mismatch  Status = "mismatch"
	Failed    Status = "failed"
)

// Outcome is what became of one pin. On failure New equals Old.
type Outcome struct {
	Name     string
	Status   Status
	Source   sources.Spec
	Old, New sources.Resolution
	Note     string         // how an open source was decided, or ""
	Compare  string         // a page that shows the changes between Old and New, or ""
	Moved    *MovedTagError // the tag moved, and that was accepted or nothing is written; else nil
	Lower    string         // the newest version, if it was not taken because it is lower than the locked one
	Warnings []Warning      // about the contents
	Err      error          // with Failed and Mismatch
}

// Warning is about the content of a call.
type Warning struct {
	Fetch sources.Fetch
	prefetch.Warning
}

// download is the rest of the work on a pin that is resolved.
type download func() Outcome

// each resolves every name and downloads what that requires, at most Jobs at once, and returns the outcomes in name order.
// Once ctx is done no further work begins. A pin that this leaves out gets the outcome of unchanged, with an error.
func (e *Engine) each(ctx context.Context, names []string, unchanged func(name string) Outcome, resolve func(name string) (Outcome, download)) []Outcome {
	outcomes := make([]Outcome, len(names))
	s := newSchedule(cmp.Or(e.Jobs, DefaultJobs))
	done := func(i int, o Outcome) {
		o.Name = names[i]
		outcomes[i] = o
		e.report(Event{Name: o.Name, Stage: Done, Err: o.Err})
	}
	isOver := func(i int) bool {
		if ctx.Err() == nil {
			return false
		}
		o := unchanged(names[i])
		o.Status, o.Err = Failed, context.Cause(ctx)
		done(i, o)
		return true
	}
	for i, name := range names {
		s.resolutions = append(s.resolutions, func() {
			if isOver(i) {
				return
			}
			outcome, rest := resolve(name)
			if rest == nil {
				done(i, outcome)
				return
			}
			e.report(Event{Name: name, Stage: Waiting})
			s.download(func() {
				if !isOver(i) {
					done(i, rest())
				}
			})
		})
	}
	s.run()
	slices.SortStableFunc(outcomes, func(a, b Outcome) int { return strings.Compare(a.Name, b.Name) })
	return outcomes
}

// unchanged returns the outcome of a pin about which nothing was found out.
func unchanged(f *lock.File) func(name string) Outcome {
	return func(name string) Outcome {
		pin := f.Pins[name]
		return Outcome{Status: Unchanged, Source: pin.Source, Old: pin.Locked, New: pin.Locked}
	}
}

func (e *Engine) report(event Event) {
	if e.Report != nil {
		e.Report(event)
	}
}
