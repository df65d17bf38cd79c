package retry_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pinfetch/pinfetch/internal/retry"
)

func TestMarks(t *testing.T) {
	t.Parallel()
	plain := errors.New("plain")
	class := retry.Temporary(errors.New("class"))
	for _, tt := range []struct {
		name  string
		err   error
		calls int
	}{
		{"success", nil, 1},
		{"unmarked", plain, 1},
		{"temporary", retry.Temporary(plain), 3},
		{"temporary, wrapped", fmt.Errorf("a: %w", retry.Temporary(plain)), 3},
		{"a temporary class", fmt.Errorf("a: %w: %w", plain, class), 3},
		{"permanent", retry.Permanent(plain), 1},
		{"permanent around temporary", retry.Permanent(retry.Temporary(plain)), 1},
		{"temporary around permanent", retry.Temporary(fmt.Errorf("a: %w", retry.Permanent(plain))), 1},
		{"after", retry.After(plain, 0), 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			err := retry.Do(t.Context(), retry.Policy{Tries: 3, Backoff: time.Nanosecond}, func() error {
				calls++
				return tt.err
			})
			if !errors.Is(err, tt.err) || tt.err != nil && err.Error() != tt.err.Error() {
				t.Errorf("got %v, want %v", err, tt.err)
			}
			if calls != tt.calls {
				t.Errorf("got %d calls, want %d", calls, tt.calls)
			}
		})
	}
	if retry.IsPermanent(plain) || retry.IsPermanent(class) || !retry.IsPermanent(fmt.Errorf("a: %w", retry.Permanent(plain))) {
		t.Error("IsPermanent is wrong")
	}
}

func TestSuccessAfterFailure(t *testing.T) {
	t.Parallel()
	calls := 0
	err := retry.Do(t.Context(), retry.Policy{Backoff: time.Nanosecond}, func() error {
		if calls++; calls < retry.DefaultTries {
			return retry.Temporary(errors.New("not yet"))
		}
		return nil
	})
	if err != nil || calls != retry.DefaultTries {
		t.Errorf("got %v after %d calls, want success after %d", err, calls, retry.DefaultTries)
	}
}

func TestWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		retry.Do(t.Context(), retry.Policy{}, func() error {
			if at = append(at, time.Now()); len(at) == 3 {
				return retry.After(errors.New("later"), 42*time.Second)
			}
			return retry.Temporary(errors.New("again"))
		})
		if len(at) != retry.DefaultTries {
			t.Fatalf("got %d attempts, want %d", len(at), retry.DefaultTries)
		}
		for i, mean := range []time.Duration{retry.DefaultBackoff, 2 * retry.DefaultBackoff} {
			if got := at[i+1].Sub(at[i]); got < mean/2 || got > mean*2 {
				t.Errorf("wait %d: got %v, want about %v", i+1, got, mean)
			}
		}
		if got := at[3].Sub(at[2]); got != 42*time.Second {
			t.Errorf("got a wait of %v, want 42s", got)
		}
	})
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	reason := errors.New("interrupted by the user")
	for name, result := range map[string]func(context.Context) error{
		"while it waits": func(context.Context) error { return retry.Temporary(errors.New("again")) },
		"while it works": func(ctx context.Context) error { return fmt.Errorf("work: %w", context.Cause(ctx)) },
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		calls := 0
		err := retry.Do(ctx, retry.Policy{Backoff: time.Hour}, func() error {
			calls++
			cancel(reason)
			return result(ctx)
		})
		if !errors.Is(err, reason) || calls != 1 {
			t.Errorf("%s: got %v after %d calls, want %v after 1", name, err, calls, reason)
		}
	}
}
