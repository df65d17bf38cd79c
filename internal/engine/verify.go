package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/pinfetch/pinfetch/internal/prefetch"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Verify fetches what is locked again and compares the hashes.
func (e *Engine) Verify(ctx context.Context, f *lock.File, s Selection) []Outcome {
	d := e.newDownloads()
	blank := untouched(f)
	verify := func(name string) Outcome {
		pin, out := f.Pins[name], blank(name)
		for i, call := range pin.Locked.Calls {
			got, err := e.verify(ctx, name, call, d)
			if err != nil {
				out.Status, out.New, out.Err = Failed, pin.Locked, variant{system: call.System}.explain(err)
				return out
			}
			out.Warnings = append(out.Warnings, got.Warnings...)
			if got.Hash != call.Hash {
				out.Status, out.Err = Mismatch, errors.Join(out.Err, variant{system: call.System}.explain(mismatch(call, got)))
				out.New.Calls = slices.Clone(out.New.Calls)
				out.New.Calls[i].Hash = got.Hash
			}
		}
		return out
	}
	return e.each(ctx, s.Names, blank, func(name string) (Outcome, hashing) {
		return Outcome{}, func() Outcome { return verify(name) }
	})
}

func (e *Engine) verify(ctx context.Context, name string, call lock.Call, d *downloads) (prefetch.Result, error) {
	return d.do(ctx, call.Fetch, call.Hash.Algorithm(), e.progress(name))
}

func mismatch(call lock.Call, got prefetch.Result) error {
	err := fmt.Errorf("%s: expected %s, got %s: %w", call.Fetch, call.Hash, got.Hash, ErrMismatch)
	if call.Rev != "" {
		return sources.WithHint(err, "a commit's content cannot change: either the lock was edited by hand, or what is served for "+
			"this commit drifts (export-subst in .gitattributes does that). Compare the revision with upstream's, then run: pinfetch update --rehash NAME")
	}
	return sources.WithHint(err, "the file behind the URL changed: upstream replaced it, or someone tampers with it. "+
		"Check with upstream, then run: pinfetch update --rehash NAME")
}
