// Package mirror decides what of a lock goes into a binary cache, and puts it there: each call of each pin, under every name that
// nixpkgs gives it, downloaded once and published only if it has the hash of the lock.
//
// It also reads from such caches what upstream no longer has.
package mirror

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/pinfetch/pinfetch/internal/binarycache"
	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/internal/prefetch"
	"github.com/pinfetch/pinfetch/internal/storepath"
)

// maxDownloads is how many contents are downloaded or read back at once: each holds some MiB of memory.
const maxDownloads = 16

// RealiseFunc downloads a call and writes its NAR. [prefetch.Prefetcher.Realise] is one.
type RealiseFunc func(ctx context.Context, j prefetch.Job, nar func() io.Writer, report prefetch.Progress) (prefetch.Result, error)

// Mirror publishes contents in a cache.
type Mirror struct {
	Cache   *binarycache.Cache
	Realise RealiseFunc
	From    []Origin           // asked for what upstream no longer has
	Jobs    int                // contents that are looked at at once; default [engine.DefaultJobs]
	TempDir string             // for contents that do not fit into memory; default: the system's
	Report  func(engine.Event) // receives progress, from many goroutines; may be nil

	DryRun bool // publish nothing
	Check  bool // read back what is there, and publish it again if it is damaged
}

// Status says what became of a content. Its text is part of the JSON output.
type Status string

const (
	Present   Status = "present"
	Published Status = "published"
	Aliased   Status = "aliased"  // names were added to a content that was there
	Repaired  Status = "repaired" // it was damaged, and is published again
	Missing   Status = "missing"  // with DryRun
	Damaged   Status = "damaged"  // with DryRun and Check
	Copied    Status = "copied"   // into the Nix store
	Failed    Status = "failed"
)

// Where a content came from, besides the names of an [Origin].
const (
	FromStore    = "store" // Nix's, of this machine
	FromUpstream = "upstream"
)

// Result is what became of one content.
type Result struct {
	Content
	Status Status
	From   string // where it came from, or would come from if that is known; "" if nowhere
	Size   int64  // of the file that was put, in bytes; of the NAR, or 0 for unknown, with Missing and Damaged
	Gone   error  // why it did not come from upstream, if it came from an Origin
	Damage error  // what Check found
	Err    error  // with Failed
}

func (r Result) failed(err error) Result {
	r.Status, r.Err = Failed, err
	return r
}

// Publish publishes contents, in parallel. Once ctx is done, no further work begins and the remaining contents fail.
func (m *Mirror) Publish(ctx context.Context, contents []Content) []Result {
	results := make([]Result, len(contents))
	slots := make(chan struct{}, maxDownloads)
	var group errgroup.Group // only for its limit
	group.SetLimit(cmp.Or(m.Jobs, engine.DefaultJobs))
	for i, c := range contents {
		group.Go(func() error {
			results[i] = m.publish(ctx, c, slots)
			m.report(engine.Event{Name: c.Label(), Stage: engine.Done, Err: results[i].Err})
			return nil
		})
	}
	_ = group.Wait()
	return results
}

func (m *Mirror) report(event engine.Event) {
	if m.Report != nil {
		m.Report(event)
	}
}

func (m *Mirror) publish(ctx context.Context, c Content, slots chan struct{}) Result {
	r := Result{Content: c, Status: Present}
	switch {
	case ctx.Err() != nil:
		return r.failed(context.Cause(ctx))
	case c.Err != nil:
		return r.failed(c.Err)
	}
	m.report(engine.Event{Name: c.Label(), Stage: engine.Resolving})
	state, err := m.Cache.Look(ctx, c.Outputs)
	if err != nil {
		return r.failed(err)
	}
	if len(state.Missing) == 0 && !m.Check {
		return r
	}
	m.report(engine.Event{Name: c.Label(), Stage: engine.Waiting})
	slots <- struct{}{}
	defer func() { <-slots }()
	if m.Check {
		if r.Damage, err = m.check(ctx, c, state); err != nil {
			return r.failed(err)
		}
	}
	switch {
	case ctx.Err() != nil:
		return r.failed(context.Cause(ctx))
	case r.Damage == nil && len(state.Missing) == 0:
		return r
	case m.DryRun:
		return m.describe(ctx, r, state)
	case r.Damage == nil && state.Held:
		if err := m.Cache.Alias(ctx, c.Outputs, state.Missing); err != nil {
			return r.failed(err)
		}
		r.Status = Aliased
		return r
	}
	return m.add(ctx, r)
}

// check reads back what the cache has. The damage it finds is no error.
func (m *Mirror) check(ctx context.Context, c Content, s binarycache.State) (damage, err error) {
	if s.Damage != nil {
		return s.Damage, nil
	}
	isMissing := func(o storepath.Output) bool { return slices.Contains(s.Missing, o) }
	err = m.Cache.Check(ctx, slices.DeleteFunc(slices.Clone(c.Outputs), isMissing))
	if errors.Is(err, binarycache.ErrDamaged) || errors.Is(err, fs.ErrNotExist) {
		return err, nil
	}
	return nil, err
}

// describe says what a run that writes would do, with the size if that is known without a download.
func (m *Mirror) describe(ctx context.Context, r Result, s binarycache.State) Result {
	r.Status = Missing
	switch {
	case r.Damage != nil:
		r.Status = Damaged
	case s.Held: // only names are missing
		return r
	}
	var size counter
	if err := m.fromStore(ctx, r.Content, func() io.Writer { size = 0; return &size }); err == nil {
		r.From, r.Size = FromStore, int64(size)
		return r
	}
	for _, o := range m.From {
		for _, output := range r.Outputs {
			if size, err := o.Cache.Size(ctx, output); err == nil {
				r.Size = size // upstream is asked first, so it may come from there
				return r
			}
		}
	}
	return r
}

type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// add publishes a content that the cache does not have, or has damaged.
func (m *Mirror) add(ctx context.Context, r Result) Result {
	put := m.Cache.Add
	r.Status = Published
	if r.Damage != nil {
		put, r.Status = m.Cache.Replace, Repaired
	}
	var err error
	r.Size, err = put(ctx, func(nar func() io.Writer) (outputs []storepath.Output, err error) {
		r.From, r.Gone, err = m.write(ctx, r.Content, nar)
		return r.Outputs, err
	})
	if err != nil {
		return r.failed(err)
	}
	return r
}

// write writes the NAR of a content from wherever it is, and says from where.
func (m *Mirror) write(ctx context.Context, c Content, nar func() io.Writer) (from string, gone, err error) {
	if err := m.fromStore(ctx, c, nar); err == nil {
		return FromStore, nil, nil
	}
	for _, f := range c.fetches {
		err := m.fromUpstream(ctx, c, f, nar)
		if err == nil {
			return FromUpstream, nil, nil
		}
		if gone = cmp.Or(gone, err); !IsGone(err) {
			return "", nil, err
		}
	}
	for _, o := range m.From {
		err := o.copy(ctx, c.Outputs, nar)
		if err == nil {
			return o.Name, gone, nil
		}
		gone = fmt.Errorf("%w; %s: %v", gone, o.Name, err)
	}
	return "", nil, gone
}

// fromUpstream downloads a content.
func (m *Mirror) fromUpstream(ctx context.Context, c Content, f fetch, nar func() io.Writer) error {
	got, err := m.Realise(ctx, f.job, nar, func(bytes, total int64) {
		m.report(engine.Event{Name: c.Label(), Stage: engine.Downloading, Bytes: bytes, Total: total})
	})
	if err == nil && got.Hash != f.call.Hash {
		err = &engine.MismatchError{Call: f.call, Got: got.Hash}
	}
	return err
}
