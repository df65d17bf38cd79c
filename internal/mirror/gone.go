package mirror

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"

	"github.com/pinfetch/pinfetch/internal/binarycache"
	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/internal/prefetch"
	"github.com/pinfetch/pinfetch/internal/storepath"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// IsGone reports whether an error means that upstream does not have a content, or cannot or will not send it now. A server that
// sends something else is not gone. Forges hide repositories that were deleted behind a login.
func IsGone(err error) bool {
	is := func(class error) bool { return errors.Is(err, class) }
	return slices.ContainsFunc([]error{
		web.ErrNotFound, gitrefs.ErrNotFound, sources.ErrNotFound, web.ErrUnauthorized, web.ErrRateLimited,
		web.ErrUnreachable, web.ErrStalled, web.ErrSlow, web.ErrTruncated, web.ErrServer,
	}, is) && !slices.ContainsFunc([]error{context.Canceled, prefetch.ErrNoRootDir}, is)
}

// Origin is a cache to read from.
type Origin struct {
	Name  string // for people
	Cache *binarycache.Cache
}

// copy writes the NAR of a content, and compares it with its hash.
func (o Origin) copy(ctx context.Context, outputs []storepath.Output, nar func() io.Writer) (err error) {
	for _, output := range outputs {
		if err = o.Cache.Copy(ctx, output, nar()); err == nil || !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return err
}

// Fallback prefetches for an engine. It reads from caches what upstream no longer has.
//
// A cache finds a content by its hash, and cannot tell what a revision or a URL means. So Recall must know the hash of the very
// job, or the job fails.
type Fallback struct {
	Prefetch engine.PrefetchFunc
	Recall   func(prefetch.Job) (prefetch.Result, bool)
	Store    storepath.Store
	From     []Origin
	Unknown  string // a hint for what Recall does not know; may be ""
}

// Fetch is an [engine.PrefetchFunc]. A result from a cache has a warning.
func (f *Fallback) Fetch(ctx context.Context, j prefetch.Job, report prefetch.Progress) (prefetch.Result, error) {
	result, gone := f.Prefetch(ctx, j, report)
	if gone == nil || !IsGone(gone) {
		return result, gone
	}
	known, ok := f.Recall(j)
	if !ok && f.Unknown != "" {
		return result, sources.WithHint(gone, "%s", f.Unknown)
	}
	if !ok {
		return result, gone
	}
	outputs := f.Store.Outputs(sources.Call{Fetch: known.Fetch, Hash: known.Hash})
	for _, o := range f.From {
		if err := o.copy(ctx, outputs, func() io.Writer { return io.Discard }); err == nil {
			known.Warnings = append(slices.Clone(known.Warnings), prefetch.Warning{
				Kind: prefetch.FromMirror, Names: []string{o.Name, gone.Error()},
			})
			return known, nil
		}
	}
	return result, gone
}

// Locked recalls the hashes of calls as they are locked. It knows nothing of a call that is locked with several hashes.
func Locked(contents []Content) func(prefetch.Job) (prefetch.Result, bool) {
	known := make(map[prefetch.Job]prefetch.Result)
	for _, c := range contents {
		for _, f := range c.fetches {
			if _, twice := known[f.job]; twice {
				known[f.job] = prefetch.Result{}
				continue
			}
			known[f.job] = prefetch.Result{Fetch: f.call.Fetch, Hash: f.call.Hash}
		}
	}
	return func(j prefetch.Job) (prefetch.Result, bool) {
		result := known[j]
		return result, !result.Hash.IsZero()
	}
}
