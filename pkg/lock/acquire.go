package lock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

var (
	// ErrBusy means that another process held a lock's directory for too long.
	ErrBusy = errors.New("another process has locked the directory")
	// ErrNoFileLock means that the file system does not support flock(2).
	ErrNoFileLock = errors.New("the file system does not support file locks")
)

// MaxWait limits how long a [Writer] waits for another process. A writer needs milliseconds.
const MaxWait = time.Minute

const (
	patience = time.Second           // before a wait is announced
	poll     = 10 * time.Millisecond // between two attempts: a blocked flock(2) could not be interrupted
)

// acquire locks a directory until release is called.
func (w Writer) acquire(ctx context.Context, dir string) (release func(), err error) {
	guard := flock.New(dir, flock.SetFlag(os.O_RDONLY))
	release = func() { guard.Close() } // an error is no reason to call a finished write a failure
	free, err := guard.TryLock()       // once even if ctx is done
	if err == nil && !free {
		err = w.wait(ctx, guard)
	}
	if err != nil {
		return nil, fmt.Errorf("lock directory %q: %w", dir, explain(err))
	}
	return release, nil
}

func (w Writer) wait(ctx context.Context, guard *flock.Flock) error {
	ctx, stop := context.WithTimeoutCause(ctx, MaxWait, fmt.Errorf("for more than %s", MaxWait))
	defer stop()
	brief, end := context.WithTimeout(ctx, patience)
	_, err := guard.TryLockContext(brief, poll)
	end()
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		if w.Waiting != nil {
			w.Waiting(guard.Path())
		}
		_, err = guard.TryLockContext(ctx, poll)
	}
	if ctx.Err() != nil && err != nil {
		return fmt.Errorf("%w: %w", ErrBusy, context.Cause(ctx))
	}
	return err
}

// explain adds [ErrNoFileLock] to an error of flock(2) itself. An error of opening the directory names a path.
func explain(err error) error {
	if errors.Is(err, syscall.EISDIR) { // package flock opens for writing after an EIO, which NFS may return
		err = syscall.EIO
	}
	if errno, isErrno := err.(syscall.Errno); isErrno {
		return fmt.Errorf("%w (%w)", ErrNoFileLock, errno)
	}
	return err
}
