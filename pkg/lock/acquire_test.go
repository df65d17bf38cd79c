package lock_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gofrs/flock"

	"github.com/pinfetch/pinfetch/pkg/lock"
)

// hold locks a lock's directory as another process does, and returns what ends that.
func hold(t *testing.T, path string) (release func()) {
	t.Helper()
	other := flock.New(filepath.Dir(path), flock.SetFlag(os.O_RDONLY))
	if err := other.Lock(); err != nil {
		t.Fatal(err)
	}
	return func() { other.Close() }
}

// The time in these tests is not real.
func TestWait(t *testing.T) {
	t.Parallel()
	errStop := errors.New("stop")
	for _, tt := range []struct {
		name  string
		free  time.Duration // when the other process ends, 0 for never
		stop  time.Duration // when the context ends, 0 for never
		ends  time.Duration // when the write ends
		said  int           // how many times the writer says that it waits
		wants []error
	}{
		{"short", 500 * time.Millisecond, 0, 500 * time.Millisecond, 0, nil},
		{"long", 5 * time.Second, 0, 5 * time.Second, 1, nil},
		{"for ever", 0, 0, lock.MaxWait, 1, []error{lock.ErrBusy}},
		{"stopped", 0, 3 * time.Second, 3 * time.Second, 1, []error{lock.ErrBusy, errStop}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := newLock(t, "old")
			synctest.Test(t, func(t *testing.T) {
				release := hold(t, path)
				defer release()
				ctx, stop := context.WithCancelCause(t.Context())
				if tt.free > 0 {
					time.AfterFunc(tt.free, release)
				}
				if tt.stop > 0 {
					time.AfterFunc(tt.stop, func() { stop(errStop) })
				}
				said := 0
				w := lock.Writer{Waiting: func(dir string) {
					if said++; dir != filepath.Dir(path) {
						t.Errorf("waiting for %q, want %q", dir, filepath.Dir(path))
					}
				}}
				start := time.Now()
				changed, err := w.Write(ctx, path, []byte("old"), []byte("new"))
				if took := time.Since(start).Truncate(100 * time.Millisecond); took != tt.ends || said != tt.said {
					t.Errorf("ended after %s, said %d times that it waits, want %s and %d", took, said, tt.ends, tt.said)
				}
				if changed != (tt.wants == nil) || (err == nil) != (tt.wants == nil) {
					t.Errorf("got changed %v, %v", changed, err)
				}
				for _, want := range tt.wants {
					if !errors.Is(err, want) {
						t.Errorf("got %v, want %v", err, want)
					}
				}
				stop(nil)
			})
		})
	}
}

// A context that is done already ends a wait, but does not prevent a write that need not wait.
func TestWriteDone(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	path := newLock(t, "old")
	release := hold(t, path)
	if _, err := (lock.Writer{}).Write(ctx, path, []byte("old"), []byte("new")); !errors.Is(err, context.Canceled) || !errors.Is(err, lock.ErrBusy) {
		t.Errorf("got %v, want an ErrBusy that is also context.Canceled", err)
	}
	release()
	if changed, err := (lock.Writer{}).Write(ctx, path, []byte("old"), []byte("new")); err != nil || !changed {
		t.Errorf("got changed %v, %v, want a write", changed, err)
	}
}
