package gitcmd

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"time"
)

// Size is the size of a checkout.
type Size struct {
	Download int64 // bytes of all files in git directories
	Unpacked int64 // bytes of all other files
	Entries  int   // files, links, directories and submodules of the tree
}

// measureEvery is the shortest time between two measurements.
const measureEvery = 250 * time.Millisecond

// guard calls check periodically and ends the context that it returns with the first error. release stops it. It waits
// ten times as long as a check takes, so that checks use at most a tenth of a core.
func guard(ctx context.Context, check func() error) (guarded context.Context, release func()) {
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

// measure passes the size on disk to Check and to the pace, while git may be writing and removing files.
func (w *worktree) measure() error {
	var size Size
	err := filepath.WalkDir(w.home, func(path string, entry fs.DirEntry, err error) error {
		isGit := path != w.made.Dir && !strings.HasPrefix(path, w.made.Dir+"/")
		switch {
		case errors.Is(err, fs.ErrNotExist), err != nil && isGit:
		case err != nil:
			return err
		case isGit:
			size.Download += sizeOf(entry)
		default:
			size.Entries++
			size.Unpacked += sizeOf(entry)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := w.pace.arrived(size.Download+size.Unpacked+int64(size.Entries)*entrySize, time.Now()); err != nil {
		return err
	}
	return w.c.Check(size)
}

// entrySize is what an entry counts for the pace, in bytes: git may be writing many empty files.
const entrySize = 1 << 10

func sizeOf(entry fs.DirEntry) int64 {
	if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
		return info.Size()
	}
	return 0
}
