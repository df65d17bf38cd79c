package lock

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"syscall"
)

var (
	// ErrConflict is the class of writes that were refused because another program changed the lock.
	ErrConflict = errors.New("the lock changed meanwhile")
	// ErrIrregular means that a lock's path names a directory, a pipe or anything else that is not a file.
	ErrIrregular = errors.New("not a regular file")
	// ErrDangling means that a lock's path is a link to a file that does not exist.
	ErrDangling = errors.New("which does not exist")
)

// Read returns a lock's bytes. Of a file larger than [MaxSize] it returns one byte more than that, which [Parse] refuses.
func Read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if link, linkErr := os.Readlink(path); linkErr == nil && errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%q links to %q, %w", path, link, ErrDangling)
	}
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read %q: %w", path, ErrIrregular)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var data bytes.Buffer
	data.Grow(int(min(info.Size(), MaxSize)) + bytes.MinRead)
	if _, err := data.ReadFrom(io.LimitReader(file, MaxSize+1)); err != nil {
		return nil, fmt.Errorf("read %q: %w", path, err)
	}
	return data.Bytes(), nil
}

// Writer writes locks, one process at a time: it holds flock(2) on the lock's directory meanwhile. A separate lock file
// would stay behind in the user's repository, and every write replaces the lock itself.
type Writer struct {
	// Waiting is called once per write, after another process has held the directory for a second. It may be nil.
	Waiting func(dir string)
}

// Write replaces the content old of a lock by new. If the lock has any other content, it stays and the error is an
// [ErrConflict]. A nil old means that the file must not exist. If old and new are equal, the file is not touched.
//
// The new bytes are synced to disk under a temporary name, which is then renamed. A reader, even after a crash, finds
// either the old file or the new one. The file's mode stays, and as far as the system allows its owner and group.
//
// If another process holds the directory, Write waits for at most [MaxWait] and fails with an [ErrBusy], at once when ctx
// is done. A file system without flock(2) is an [ErrNoFileLock].
func (w Writer) Write(ctx context.Context, path string, old, new []byte) (changed bool, err error) {
	return w.exclusive(ctx, path, func(target string) (bool, error) { return swap(target, old, new) })
}

// Edit reads a lock, calls edit to change it, and writes it back, all while it holds the lock's directory, so that no edit
// of a concurrent process is lost. If edit fails or changes nothing, the file is not touched. Edit waits as Write does.
func (w Writer) Edit(ctx context.Context, path string, codec Codec, edit func(*File) error) (changed bool, err error) {
	return w.exclusive(ctx, path, func(target string) (bool, error) {
		old, err := Read(target)
		if err != nil {
			return false, err
		}
		f, err := Parse(old, codec)
		if err != nil {
			return false, err
		}
		before := maps.Clone(f.Pins)
		if err := edit(f); err != nil {
			return false, err
		}
		if maps.EqualFunc(before, f.Pins, Pin.Equal) { // even if the layout of old differs
			return false, nil
		}
		formatted, err := f.Format(codec)
		if err != nil {
			return false, err
		}
		return swap(target, old, formatted)
	})
}

// exclusive calls write while it holds the lock's directory, with links in path resolved.
func (w Writer) exclusive(ctx context.Context, path string, write func(target string) (bool, error)) (changed bool, err error) {
	target, err := resolve(path)
	if err != nil {
		return false, err
	}
	release, err := w.acquire(ctx, filepath.Dir(target))
	if err != nil {
		return false, err
	}
	defer release()
	return write(target)
}

// resolve follows symbolic links, so that a write replaces the file and not the link. A link to a file that does not exist
// is refused: whoever made the link would choose where a new file appears.
func resolve(path string) (string, error) {
	target, err := filepath.EvalSymlinks(path)
	switch _, statErr := os.Stat(path); {
	case err == nil:
		return target, nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", cmp.Or(statErr, err) // names the path, and reports a loop of links as such
	}
	if link, err := os.Readlink(path); err == nil {
		return "", fmt.Errorf("%q links to %q, %w", path, link, ErrDangling)
	}
	return path, nil // a new file
}

// swap is [Writer.Write] for a caller that holds the directory.
func swap(target string, old, new []byte) (changed bool, err error) {
	current, err := Read(target)
	missing := errors.Is(err, fs.ErrNotExist)
	switch {
	case err != nil && !missing:
		return false, err
	case missing != (old == nil) || !bytes.Equal(current, old):
		return false, fmt.Errorf("write %q: %w", target, ErrConflict)
	case old != nil && bytes.Equal(old, new):
		return false, nil
	}
	sweep(target)
	err = replace(target, new)
	if errno := syscall.Errno(0); errors.As(err, &errno) {
		err = errno // without the name of the temporary file
	}
	if err != nil {
		return false, fmt.Errorf("write %q: %w", target, err)
	}
	return true, nil
}
