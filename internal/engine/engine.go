// Package engine is the policy of pinning: which pins are looked at, what is
// resolved, what has to be hashed, and what counts as changed.
//
// Work runs in parallel and is reported in name order, so that the outcome does not depend on how many
// jobs there are. One pin's failure leaves the others alone. The engine reads and
// writes no files and prints nothing.
package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/pinfetch/pinfetch/internal/prefetch"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

var (
	// ErrMovedTag means that a tag names another commit than the one that is locked.
	ErrMovedTag = errors.New("the tag moved")
	// ErrStopped means that a pin was left alone because another failed.
	ErrStopped = errors.New("stopped at the first failure")
	// ErrMismatch means that what is fetched now does not have the locked hash.
	ErrMismatch = errors.New("hash mismatch")
)

// HashFunc computes the hash of one call; [prefetch.Hasher.Hash] is one.
type HashFunc func(context.Context, sources.Fetch, hash.Algorithm, prefetch.Progress) (prefetch.Result, error)

// Engine resolves and hashes pins.
type Engine struct {
	Sources *sources.Set
	Hash    HashFunc
	Jobs    int         // default [DefaultJobs]
	Watch   func(Event) // told of progress, from many goroutines; nil for nobody
}

// Stage is how far a pin has come.
type Stage string

const (
	Resolving   Stage = "resolving"
	Waiting     Stage = "waiting" // resolved, and to be downloaded
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

// Status says what became of a pin. Its text is the contract's.
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

// Outcome is what became of one pin. On failure New is Old.
type Outcome struct {
	Name     string
	Status   Status
	Source   sources.Spec
	Old, New lock.Locked
	Note     string   // what was chosen for the user, or ""
	Compare  string   // a page that shows what lies between Old and New, or ""
	Warnings []string // what the user should know
	Err      error    // with Failed and Mismatch
}

// hashing is what is left to do for a pin that is resolved: all that downloads.
type hashing func() Outcome

// each resolves every name and does what is left to do, at most Jobs at once, and returns the outcomes in name
// order. Once begin is done no further work is begun; what is left out is blank's, with an error.
func (e *Engine) each(begin context.Context, names []string, blank func(name string) Outcome, resolve func(name string) (Outcome, hashing)) []Outcome {
	outcomes := make([]Outcome, len(names))
	s := newSchedule(cmp.Or(e.Jobs, DefaultJobs))
	done := func(i int, o Outcome) {
		o.Name = names[i]
		outcomes[i] = o
		e.watch(Event{Name: o.Name, Stage: Done, Err: o.Err})
	}
	isOver := func(i int) bool {
		if begin.Err() == nil {
			return false
		}
		o := blank(names[i])
		o.Status, o.Err = Failed, context.Cause(begin)
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
			e.watch(Event{Name: name, Stage: Waiting})
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

// untouched is the outcome of a pin about which nothing was found out.
func untouched(f *lock.File) func(name string) Outcome {
	return func(name string) Outcome {
		pin := f.Pins[name]
		return Outcome{Status: Unchanged, Source: pin.Source, Old: pin.Locked, New: pin.Locked}
	}
}

func (e *Engine) watch(event Event) {
	if e.Watch != nil {
		e.Watch(event)
	}
}

// downloads lets pins with the same call share one download.
type downloads struct {
	hash HashFunc
	mu   sync.Mutex
	runs map[downloadKey]*download
}

type downloadKey struct {
	fetch sources.Fetch
	algo  hash.Algorithm
}

type download struct {
	done   chan struct{}
	result prefetch.Result
	err    error
}

func (e *Engine) newDownloads() *downloads {
	return &downloads{hash: e.Hash, runs: make(map[downloadKey]*download)}
}

func (d *downloads) do(ctx context.Context, f sources.Fetch, a hash.Algorithm, p prefetch.Progress) (prefetch.Result, error) {
	key := downloadKey{f, a}
	d.mu.Lock()
	run, underway := d.runs[key]
	if !underway {
		run = &download{done: make(chan struct{})}
		d.runs[key] = run
	}
	d.mu.Unlock()
	if !underway {
		p(0, -1)
		run.result, run.err = d.hash(ctx, f, a, p)
		close(run.done)
		return run.result, run.err
	}
	select {
	case <-run.done:
		return run.result, run.err
	case <-ctx.Done():
		return prefetch.Result{}, context.Cause(ctx)
	}
}

// unstableVersion is how nixpkgs writes the version of a commit that no release
// names (pkgs/README.md, "Versioning").
func unstableVersion(r sources.Resolution, date string) string {
	if r.Fetch.Rev == "" || date == "" || isTag(r.Ref) {
		return ""
	}
	return "0-unstable-" + date
}

func isTag(ref string) bool { return strings.HasPrefix(ref, "refs/tags/") }

func movedTag(old lock.Locked, r sources.Resolution) error {
	return sources.WithHint(
		fmt.Errorf("%s was %s and is %s: %w", strings.TrimPrefix(r.Ref, "refs/tags/"), old.Rev(), r.Fetch.Rev, ErrMovedTag),
		"ask upstream why; to accept the new commit run: pinfetch update --allow-moved-tag NAME")
}
