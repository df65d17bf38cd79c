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
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// complete hashes the calls of a resolution whose hashes are not known, and adds the facts that the contents tell: the date of
// the commit and, for a source that names no commit, the commit of an archive that git made.
func (e *Engine) complete(ctx context.Context, name string, r sources.Resolution, d *downloads) (sources.Resolution, []Warning, error) {
	namesCommit := r.Rev() != ""
	var warnings []Warning
	told := make([]prefetch.Result, len(r.Calls))
	calls := slices.Clone(r.Calls)
	for i, call := range calls {
		if !call.Hash.IsZero() { // upstream publishes it
			continue
		}
		result, err := d.do(ctx, prefetch.NewJob(r, call, hash.SHA256), e.progress(name))
		if err != nil {
			return sources.Resolution{}, nil, explain(call.System, err)
		}
		told[i] = result
		calls[i].Fetch, calls[i].Hash = result.Fetch, result.Hash
		warnings = append(warnings, about(result)...)
	}
	r.Calls = calls
	r.Date = cmp.Or(common(told, func(t prefetch.Result) string { return t.Date }), r.Date)
	if namesCommit {
		r.Version = cmp.Or(r.Version, unstableVersion(r))
	} else {
		r.Facts.Rev = common(told, func(t prefetch.Result) string { return t.Commit })
	}
	return r, warnings, nil
}

// common returns the fact that all contents agree on, "" if they do not.
func common(told []prefetch.Result, fact func(prefetch.Result) string) string {
	first := fact(told[0])
	if slices.ContainsFunc(told, func(t prefetch.Result) bool { return fact(t) != first }) {
		return ""
	}
	return first
}

func about(result prefetch.Result) (warnings []Warning) {
	for _, w := range result.Warnings {
		warnings = append(warnings, Warning{result.Fetch, w})
	}
	return warnings
}

// explain names the system that an error is about.
func explain(system string, err error) error {
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

func isTag(ref string) bool { return strings.HasPrefix(ref, "refs/tags/") }

func (e *Engine) progress(name string) prefetch.Progress {
	return func(bytes, total int64) {
		e.report(Event{Name: name, Stage: Downloading, Bytes: bytes, Total: total})
	}
}

// downloads lets pins with equal jobs share one download.
type downloads struct {
	prefetch PrefetchFunc
	mu       sync.Mutex
	runs     map[prefetch.Job]*run
}

type run struct {
	done   chan struct{}
	result prefetch.Result
	err    error
}

func (e *Engine) newDownloads() *downloads {
	return &downloads{prefetch: e.Prefetch, runs: make(map[prefetch.Job]*run)}
}

func (d *downloads) do(ctx context.Context, j prefetch.Job, p prefetch.Progress) (prefetch.Result, error) {
	d.mu.Lock()
	r, underway := d.runs[j]
	if !underway {
		r = &run{done: make(chan struct{})}
		d.runs[j] = r
	}
	d.mu.Unlock()
	if !underway {
		p(0, -1)
		r.result, r.err = d.prefetch(ctx, j, p)
		close(r.done)
		return r.result, r.err
	}
	select {
	case <-r.done:
		return r.result, r.err
	case <-ctx.Done():
		return prefetch.Result{}, context.Cause(ctx)
	}
}
