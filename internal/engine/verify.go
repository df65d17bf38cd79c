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

// MismatchError means that the content fetched now does not have the locked hash.
type MismatchError struct {
	Call sources.Call // as locked
	Got  hash.SRI
}

func (e *MismatchError) Error() string {
	return fmt.Sprintf("%s: expected %s, got %s: %v", e.Call.Fetch, e.Call.Hash, e.Got, ErrMismatch)
}

func (e *MismatchError) Unwrap() error { return ErrMismatch }

// Verify fetches what is locked again and compares the hashes. It fetches nothing for a pin that is invalid.
func (e *Engine) Verify(ctx context.Context, f *lock.File, s Selection) []Outcome {
	e = e.sharing()
	return e.each(ctx, unchanged(f, s), func(o Outcome) (Outcome, download) {
		if err := o.asLocked(); err != nil {
			return o.failed(err), nil
		}
		return o, func() Outcome { return e.verify(ctx, o) }
	})
}

// VerifyOffline checks what needs no network: that each pin is valid, so that its calls can be built and fetch what its
// source means.
func VerifyOffline(f *lock.File, s Selection) []Outcome {
	outcomes := unchanged(f, s)
	for i, o := range outcomes {
		if err := o.asLocked(); err != nil {
			outcomes[i] = o.failed(err)
		}
	}
	return outcomes
}

func (e *Engine) verify(ctx context.Context, o Outcome) Outcome {
	o.New.Calls = slices.Clone(o.New.Calls)
	for i, call := range o.Old.Calls {
		// Another commit in an archive is a mismatch too, so only the call itself names one.
		job := prefetch.NewJob(sources.Resolution{}, call, call.Hash.Algorithm()).Accepting(sources.AllowsHTML(o.Source), call.Hash)
		got, err := e.Prefetch(ctx, job, e.progress(o.Name))
		if err != nil {
			return o.failed(withSystem(call.System, err))
		}
		o.Warnings = append(o.Warnings, warnings(got)...)
		if got.Hash != call.Hash {
			o.Status = Mismatch
			o.Err = errors.Join(o.Err, withSystem(call.System, &MismatchError{call, got.Hash}))
			o.New.Calls[i].Hash = got.Hash
		}
	}
	return o
}
