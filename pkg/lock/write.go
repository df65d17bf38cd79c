package lock

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/gofrs/flock"
	"github.com/google/renameio/v2"
)

var (
	// ErrConflict is the class of writes that were refused because another program changed the lock.
	ErrConflict = errors.New("the lock changed meanwhile")
	// ErrIrregular means that a lock's path names a directory, a pipe or anything else that is not a file.
	ErrIrregular = errors.New("not a regular file")
)

// Read returns a lock's bytes. Of a file larger than [MaxSize] it returns one byte more than that, which [Parse] refuses.
func Read(path string) ([]byte, error) {
	info, err := os.Stat(path)
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
	data, err := io.ReadAll(io.LimitReader(file, MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", path, err)
	}
	return data, nil
}

// Write replaces the content old of a lock by new. If the lock has any other content, it stays and the error is an
// [ErrConflict]. A nil old means that the file must not exist. If old and new are equal, the file is not touched.
//
// The new bytes are synced to disk under a temporary name, which is then renamed. A reader, even after a crash, finds
// either the old file or the new one.
func Write(path string, old, new []byte) (changed bool, err error) {
	return exclusive(path, func(target string) (bool, error) { return swap(target, old, new) })
}

// Edit reads a lock, calls edit to change it, and writes it back, all under the file lock, so that no edit of a concurrent
// process is lost. If edit fails or changes nothing, the file is not touched.
func Edit(path string, codec Codec, edit func(*File) error) (changed bool, err error) {
	return exclusive(path, func(target string) (bool, error) {
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

// exclusive calls write under the file lock, with links in path resolved. The file lock is flock(2) on the directory: a
// separate lock file would stay behind in the user's repository, and every write replaces the lock itself.
func exclusive(path string, write func(target string) (bool, error)) (changed bool, err error) {
	target, err := resolve(path)
	if err != nil {
		return false, err
	}
	guard := flock.New(filepath.Dir(target), flock.SetFlag(os.O_RDONLY))
	if err := guard.Lock(); err != nil {
		return false, fmt.Errorf("lock the directory of %q: %w", path, err)
	}
	defer func() { err = errors.Join(err, guard.Close()) }()
	return write(target)
}

// resolve follows symbolic links, also to a file that does not exist yet, so that a write replaces the file and not the
// link.
func resolve(path string) (string, error) {
	target, err := filepath.EvalSymlinks(path)
	if err == nil {
		return target, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		if _, statErr := os.Stat(path); statErr != nil { // names the path, and reports a loop of links as such
			err = statErr
		}
		return "", err
	}
	link, err := os.Readlink(path)
	if err != nil { // not a link: the file will be at the path itself
		return path, nil
	}
	if !filepath.IsAbs(link) {
		link = filepath.Join(filepath.Dir(path), link)
	}
	return link, nil
}

// swap is [Write] for a caller that holds the file lock.
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
	dir := filepath.Dir(target)
	sweep(dir, filepath.Base(target))
	err = renameio.WriteFile(target, new, 0o644, renameio.WithTempDir(dir))
	if errno := syscall.Errno(0); errors.As(err, &errno) {
		err = errno // without the name of the temporary file
	}
	if err != nil {
		return false, fmt.Errorf("write %q: %w", target, err)
	}
	return true, nil
}

// sweep removes the temporary files of killed writers: since the caller holds the file lock, no running writer has one.
// renameio names them ".BASE" and a number.
func sweep(dir, base string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return // the write will fail with a better error
	}
	for _, e := range entries {
		number, found := strings.CutPrefix(e.Name(), "."+base)
		if found && number != "" && strings.Trim(number, "0123456789") == "" && e.Type().IsRegular() {
			os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}
