package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/pinfetch/pinfetch/internal/prefetch"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// complete hashes the calls of a resolution whose hashes are unknown, and adds the facts that only the content contains:
// the date of the commit, which some kinds have to ask for, and, for a source that names no commit, the commit of an archive
// that git made. It uses the hash algorithms of the calls in like, SHA-256 if like is nil. Hashes that upstream publishes are
// taken only if like is nil.
func (e *Engine) complete(ctx context.Context, o Outcome, r sources.Resolution, like []sources.Call) Outcome {
	namesCommit := r.Rev() != ""
	if like == nil {
		var err error
		if r, err = e.Sources.Publish(ctx, o.Source, r); err != nil {
			return o.failed(err)
		}
	}
	var found []Warning
	results := make([]prefetch.Result, len(r.Calls))
	calls := slices.Clone(r.Calls)
	for i, call := range calls {
		calls[i].Digest = ""
		if !call.Hash.IsZero() { // upstream publishes it
			continue
		}
		algorithm, known := hash.SHA256, hash.SRI{}
		if like != nil {
			algorithm, known = like[i].Hash.Algorithm(), like[i].Hash
		}
		job := prefetch.NewJob(r, call, algorithm).Accepting(sources.AllowsHTML(o.Source), known)
		result, err := e.Prefetch(ctx, job, e.progress(o.Name))
		if err != nil {
			return o.failed(withSystem(call.System, err))
		}
		results[i] = result
		calls[i].Fetch, calls[i].Hash = result.Fetch, result.Hash
		found = append(found, warnings(result)...)
	}
	r.Calls = calls
	r.Date = cmp.Or(common(results, func(result prefetch.Result) string { return result.Date }), r.Date)
	if namesCommit {
		if r.Date == "" {
			date, err := e.Sources.Date(ctx, o.Source, r.Rev())
			if err != nil {
				return o.failed(err)
			}
			r.Date = date
		}
		r.Version = cmp.Or(r.Version, unstableVersion(r))
	} else {
		r.Facts.Rev = common(results, func(result prefetch.Result) string { return result.Commit })
	}
	o.Warnings = found
	return o.lock(r)
}

// lock returns the outcome of a pin that is to be locked at r, or failed because no lock can hold that.
func (o Outcome) lock(r sources.Resolution) Outcome {
	if err := (lock.Pin{Source: o.Source, Locked: r}).Validate(); err != nil {
		return o.failed(fmt.Errorf("%w: %w", ErrUpstream, err))
	}
	o.New, o.New.Aside, o.Notice = r, sources.Aside{}, cmp.Or(r.Notice, o.Notice)
	return o
}

// resolve finds out what a valid source means at a revision or version, "" for what it follows. The error is an
// [ErrUpstream] if no lock can hold that.
func (e *Engine) resolve(ctx context.Context, o Outcome, at string) (r sources.Resolution, err error) {
	if at == "" {
		r, err = e.Sources.Resolve(ctx, o.Source)
	} else {
		r, err = e.at(ctx, o, at)
	}
	if err != nil {
		return sources.Resolution{}, err
	}
	if err := r.Facts.Validate(); err != nil {
		return sources.Resolution{}, fmt.Errorf("%w: %w", ErrUpstream, err)
	}
	return r, nil
}

// common returns the fact that all results agree on, "" if they do not.
func common(results []prefetch.Result, fact func(prefetch.Result) string) string {
	first := fact(results[0])
	if slices.ContainsFunc(results, func(r prefetch.Result) bool { return fact(r) != first }) {
		return ""
	}
	return first
}

func warnings(result prefetch.Result) (list []Warning) {
	for _, w := range result.Warnings {
		list = append(list, Warning{result.Fetch, w})
	}
	return list
}

// withSystem adds the system of a call to its error.
func withSystem(system string, err error) error {
	if system == "" {
		return err
	}
	return fmt.Errorf("%s: %w", system, err)
}

// unstableVersion is how nixpkgs writes the version of a commit that no release names (pkgs/README.md, "Versioning").
func unstableVersion(r sources.Resolution) string {
	if r.Rev() == "" || r.Date == "" || isTag(r.Ref) {
		return ""
	}
	return "0-unstable-" + r.Date
}

const tagsPrefix = "refs/tags/"

func isTag(ref string) bool { return strings.HasPrefix(ref, tagsPrefix) }

func (e *Engine) progress(name string) prefetch.Progress {
	return func(bytes, total int64) {
		e.report(Event{Name: name, Stage: Downloading, Bytes: bytes, Total: total})
	}
}

// sharing returns a copy of the engine in which equal jobs share one download.
func (e *Engine) sharing() *Engine {
	var downloads sync.Map // job to func() (prefetch.Result, error)
	shared := *e
	shared.Prefetch = func(ctx context.Context, j prefetch.Job, p prefetch.Progress) (prefetch.Result, error) {
		once, _ := downloads.LoadOrStore(j, sync.OnceValues(func() (prefetch.Result, error) {
			p(0, -1)
			return e.Prefetch(ctx, j, p)
		}))
		return once.(func() (prefetch.Result, error))()
	}
	return &shared
}
