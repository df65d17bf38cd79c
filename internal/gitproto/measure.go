package gitproto

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"time"
)

// Size is how much a checkout holds.
type Size struct {
	Download int64 // bytes of all files below a .git
	Unpacked int64 // bytes of all other files
	Entries  int   // files, links, folders and submodules, those below a .git left out
}

// measureEvery is the least time between two looks at a checkout.
const measureEvery = 250 * time.Millisecond

// guard returns a context that ends with check's error, and a function that stops looking. It looks
// again after ten times as long as a look takes, so that it costs a tenth of a core at most.
func guard(ctx context.Context, check func() error) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			start := time.Now()
			if err := check(); err != nil {
				cancel(err)
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(max(measureEvery, 10*time.Since(start))):
			}
		}
	}()
	return ctx, func() {
		cancel(nil)
		<-ended
	}
}

// measure lets Check judge what lies on disk, while git is at work there.
func (w *worktree) measure() error {
	var size Size
	err := filepath.WalkDir(w.dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist): // it was there a moment ago
			return nil
		case err != nil:
			return err
		case entry.Name() == ".git":
			size.Download += sizeBelow(path)
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		size.Entries++
		size.Unpacked += sizeOf(entry)
		return nil
	})
	if err != nil {
		return err
	}
	return w.c.Check(size)
}

// sizeBelow adds up what can be seen below a path.
func sizeBelow(path string) (size int64) {
	_ = filepath.WalkDir(path, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil {
			size += sizeOf(entry)
		}
		return nil // whatever git has just removed
	})
	return size
}

func sizeOf(entry fs.DirEntry) int64 {
	if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
		return info.Size()
	}
	return 0
}
