package mirror

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"syscall"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/internal/prefetch"
	"github.com/pinfetch/pinfetch/internal/storepath"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Along prefetches for an engine, and publishes what it downloads. A cache that fails does not keep the engine from its hashes:
// from then on nothing is published. [Mirror.Publish] says why later, and publishes the rest.
type Along struct {
	Mirror   *Mirror
	Prefetch engine.PrefetchFunc                        // without publishing
	Recall   func(prefetch.Job) (prefetch.Result, bool) // what need not be downloaded; may be nil

	broken atomic.Bool
}

// Fetch is an [engine.PrefetchFunc].
func (a *Along) Fetch(ctx context.Context, j prefetch.Job, report prefetch.Progress) (result prefetch.Result, err error) {
	if a.Recall != nil {
		if known, ok := a.Recall(j); ok {
			return known, nil
		}
	}
	if a.broken.Load() {
		return a.Prefetch(ctx, j, report)
	}
	var fetchErr error
	_, err = a.Mirror.Cache.Add(ctx, func(nar func() io.Writer) ([]storepath.Output, error) {
		var lost error
		result, fetchErr = a.Mirror.Realise(ctx, j, func() io.Writer { return &forgiving{nar(), &lost} }, report)
		if fetchErr != nil || lost != nil {
			return nil, errors.Join(fetchErr, lost)
		}
		return a.Mirror.Cache.Store.Outputs(sources.Call{Fetch: result.Fetch, Hash: result.Hash}), nil
	})
	if err == nil || fetchErr != nil && !errors.Is(fetchErr, syscall.ENOSPC) { // a NAR needs more room than a hash
		return result, fetchErr
	}
	a.broken.Store(true)
	if result.Hash.IsZero() {
		return a.Prefetch(ctx, j, report)
	}
	return result, nil
}

// forgiving is a writer whose errors do not end the work of others.
type forgiving struct {
	w    io.Writer
	lost *error
}

func (f *forgiving) Write(p []byte) (int, error) {
	if *f.lost == nil {
		_, *f.lost = f.w.Write(p)
	}
	return len(p), nil
}
