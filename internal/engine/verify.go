package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/pinfetch/pinfetch/internal/prefetch"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// MismatchError means that what is fetched now does not have the locked hash.
type MismatchError struct {
	Call sources.Call // as locked
	Got  hash.SRI
}

func (e *MismatchError) Error() string {
	return fmt.Sprintf("%s: expected %s, got %s: %v", e.Call.Fetch, e.Call.Hash, e.Got, ErrMismatch)
}

func (e *MismatchError) Unwrap() error { return ErrMismatch }

// Verify fetches what is locked again and compares the hashes.
func (e *Engine) Verify(ctx context.Context, f *lock.File, s Selection) []Outcome {
	d := e.newDownloads()
	untouched := unchanged(f)
	verify := func(name string) Outcome {
		out := untouched(name)
		for i, call := range out.Old.Calls {
			// Another commit in an archive is a mismatch too, so only the call itself names one.
			job := prefetch.NewJob(sources.Resolution{}, call, call.Hash.Algorithm())
			got, err := d.do(ctx, job, e.progress(name))
			if err != nil {
				out.Status, out.New, out.Err = Failed, out.Old, explain(call.System, err)
				return out
			}
			out.Warnings = append(out.Warnings, about(got)...)
			if got.Hash != call.Hash {
				out.Status, out.Err = Mismatch, errors.Join(out.Err, explain(call.System, &MismatchError{call, got.Hash}))
				out.New.Calls = slices.Clone(out.New.Calls)
				out.New.Calls[i].Hash = got.Hash
			}
		}
		return out
	}
	return e.each(ctx, s.Names, untouched, func(name string) (Outcome, download) {
		return Outcome{}, func() Outcome { return verify(name) }
	})
}
