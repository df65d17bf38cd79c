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

	"github.com/gofrs/flock"
	"github.com/google/renameio/v2"
)

// ErrConflict is the class of writes that found another content than the one they were to replace.
var ErrConflict = errors.New("the lock changed meanwhile")

// ErrIrregular means that something else than a file is where a lock should be: a folder, or a pipe that never ends.
var ErrIrregular = errors.New("not a regular file")

// Read returns a lock's bytes, up to [MaxSize].
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

// Write replaces a lock whose content is old by new, compare-and-swap: any other
// content is an [ErrConflict] and stays. A nil old means that there is no file yet.
// Equal contents touch nothing.
//
// The new bytes reach the disk under a temporary name and are then renamed, so that a
// reader, or a crash at any moment, finds the old file or the new one.
func Write(path string, old, new []byte) (changed bool, err error) {
	return exclusive(path, func(target string) (bool, error) { return swap(target, old, new) })
}

// Edit reads a lock, lets edit change it, and writes it back, all under the file
// lock: edits of concurrent processes follow one another and none is lost.
// If edit fails, or changes nothing, the file is not touched.
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
		if maps.EqualFunc(before, f.Pins, Pin.Equal) { // even if old is laid out in another way
			return false, nil
		}
		formatted, err := f.Format(codec)
		if err != nil {
			return false, err
		}
		return swap(target, old, formatted)
	})
}

// A Codec reads and writes Specs; [sources.Set] is one.
type Codec interface {
	Decoder
	Encoder
}

// exclusive runs a writer under the file lock. What is locked is the directory
// (flock(2) on it): a lock file of its own would stay behind in the user's
// repository, and the lock itself is replaced by every write.
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

// resolve follows symbolic links, so that a write replaces the file and not the link.
func resolve(path string) (string, error) {
	target, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		return resolveDangling(path)
	}
	if err != nil {
		if _, place := os.Stat(path); place != nil { // which names the path, and a loop of links
			err = place
		}
		return "", err
	}
	info, err := os.Stat(target)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("write %q: %w", path, ErrIrregular)
	}
	return target, nil
}

// resolveDangling follows a link to a file that is not there yet.
func resolveDangling(path string) (string, error) {
	link, err := os.Readlink(path)
	if err != nil { // no link: the path itself is where the file will be
		return path, nil
	}
	if !filepath.IsAbs(link) {
		link = filepath.Join(filepath.Dir(path), link)
	}
	return link, nil
}

func swap(target string, old, new []byte) (bool, error) {
	current, err := Read(target)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return false, err
	}
	switch {
	case missing != (old == nil) || !bytes.Equal(current, old):
		return false, fmt.Errorf("write %q: %w", target, ErrConflict)
	case old != nil && bytes.Equal(old, new):
		return false, nil
	}
	if err := replace(target, new); err != nil {
		return false, err
	}
	return true, nil
}

// replace writes a file and renames it over the target. Whoever calls it holds
// the lock, so a temporary file that is there belongs to a writer that was killed.
func replace(target string, data []byte) error {
	dir, base := filepath.Split(target)
	if dir == "" {
		dir = "."
	}
	sweep(dir, base)
	pending, err := renameio.NewPendingFile(target, renameio.WithTempDir(dir),
		renameio.WithPermissions(0o644), renameio.WithExistingPermissions())
	if err != nil {
		return writeError(target, err)
	}
	defer pending.Cleanup()
	if _, err := pending.Write(data); err != nil {
		return writeError(target, err)
	}
	if err := pending.CloseAtomicallyReplace(); err != nil {
		return writeError(target, err)
	}
	return nil
}

// writeError names the lock, and not the temporary file that was in between.
func writeError(target string, err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		err = path.Err
	case errors.As(err, &link):
		err = link.Err
	}
	return fmt.Errorf("write %q: %w", target, err)
}

// sweep removes temporary files of writers that were killed: renameio calls them
// ".BASE" and a number.
func sweep(dir, base string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return // the write itself will say so
	}
	for _, e := range entries {
		number, found := strings.CutPrefix(e.Name(), "."+base)
		if found && number != "" && strings.Trim(number, "0123456789") == "" && e.Type().IsRegular() {
			os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}
