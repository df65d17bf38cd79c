// Package retry repeats work that failed temporarily, with exponential backoff and jitter.
//
// An error is worth another attempt if it is marked with [Temporary] and not with [Permanent], anywhere in its chain. A
// class of errors can be marked too, for example
//
//	var ErrStalled = retry.Temporary(errors.New("connection stalled"))
package retry

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Temporary marks an error that another attempt may avoid.
func Temporary(err error) error { return &temporary{err, -1} }

// After is [Temporary] for an error after which the next attempt has to wait.
func After(err error, wait time.Duration) error { return &temporary{err, wait} }

type temporary struct {
	error
	wait time.Duration // before the next attempt; negative if the backoff decides
}

func (e *temporary) Unwrap() error { return e.error }

// Permanent marks an error that another attempt would only repeat.
func Permanent(err error) error { return backoff.Permanent(err) }

// IsPermanent reports whether an error is marked with [Permanent].
func IsPermanent(err error) bool {
	var mark *backoff.PermanentError
	return errors.As(err, &mark)
}

// Defaults of a [Policy].
const (
	DefaultTries   = 4
	DefaultBackoff = 500 * time.Millisecond
)

// Policy limits attempts. The zero value is usable.
type Policy struct {
	Tries   int           // attempts, including the first; default [DefaultTries]
	Backoff time.Duration // mean wait before the second attempt, doubled each time up to a minute; default [DefaultBackoff]
}

// Do calls f until it succeeds, returns an error that is not temporary, or has been called [Policy.Tries] times. It
// returns the last error of f, or the cause if ctx ended.
func Do(ctx context.Context, p Policy, f func() error) error {
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.Multiplier = cmp.Or(p.Backoff, DefaultBackoff), 2
	var last error
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		last = f()
		return struct{}{}, instruct(last)
	}, backoff.WithBackOff(wait), backoff.WithMaxTries(uint(cmp.Or(p.Tries, DefaultTries))), backoff.WithMaxElapsedTime(0))
	cause := context.Cause(ctx)
	if err != nil && cause != nil && !errors.Is(last, cause) {
		return cause
	}
	return last
}

// instruct translates an error into what package backoff understands.
func instruct(err error) error {
	var mark *temporary
	switch {
	case err == nil:
		return nil
	case IsPermanent(err) || !errors.As(err, &mark):
		return backoff.Permanent(err)
	case mark.wait >= 0:
		return &backoff.RetryAfterError{Duration: mark.wait}
	}
	return err
}
