package cache

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// staleAfter is the age at which a temporary file is abandoned: writing one takes milliseconds.
const staleAfter = time.Hour

// Usage is the size of a cache, or of what was removed from it.
type Usage struct {
	Entries int
	Bytes   int64 // of all files, temporary files included
}

func (u *Usage) add(f file) {
	u.Bytes += f.size
	if !f.temporary {
		u.Entries++
	}
}

// Usage returns the size of the cache. A directory that does not exist is empty.
func (s *Store) Usage() (Usage, error) {
	var total Usage
	files, err := s.files()
	for _, f := range files {
		total.add(f)
	}
	return total, err
}

// Prune removes the least recently used entries until the cache is within its limits, and abandoned temporary files. It
// continues after a failure and returns the first one.
func (s *Store) Prune() (freed Usage, err error) {
	files, err := s.files()
	if err != nil {
		return Usage{}, err
	}
	slices.SortFunc(files, func(a, b file) int { // the most recently used first
		return cmp.Or(b.used.Compare(a.used), strings.Compare(a.name, b.name))
	})
	stale := time.Now().Add(-staleAfter)
	var kept Usage
	return s.remove(files, func(f file) bool {
		if f.temporary {
			return f.used.Before(stale)
		}
		kept.add(f)
		return kept.Bytes > s.options.Bytes || kept.Entries > s.options.Entries
	})
}

// Clear removes all entries and temporary files, also those that are being written.
func (s *Store) Clear() (freed Usage, err error) {
	files, err := s.files()
	if err != nil {
		return Usage{}, err
	}
	return s.remove(files, func(file) bool { return true })
}

func (s *Store) remove(files []file, unwanted func(file) bool) (freed Usage, first error) {
	for _, f := range files {
		if !unwanted(f) {
			continue
		}
		switch err := os.Remove(filepath.Join(s.dir, f.name)); {
		case err == nil:
			freed.add(f)
		case !errors.Is(err, fs.ErrNotExist): // another process was faster
			first = cmp.Or(first, fmt.Errorf("remove from the cache: %w", err))
		}
	}
	return freed, first
}

// file is a file of the cache.
type file struct {
	name      string
	size      int64
	used      time.Time
	temporary bool
}

// files lists the cache's own files. Other files in the directory are ignored.
func (s *Store) files() ([]file, error) {
	if s == nil {
		return nil, nil
	}
	entries, err := os.ReadDir(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the cache: %w", err)
	}
	var files []file
	for _, e := range entries {
		temporary, own := classify(e.Name())
		if !own || !e.Type().IsRegular() {
			continue
		}
		if info, err := e.Info(); err == nil { // otherwise another process removed it
			files = append(files, file{e.Name(), info.Size(), info.ModTime(), temporary})
		}
	}
	return files, nil
}

// classify tells entries from temporary files, which renameio names ".ENTRY" and a number.
func classify(name string) (temporary, own bool) {
	const digits = 2 * sha256.Size
	if rest, found := strings.CutPrefix(name, "."); found && len(rest) > digits {
		return true, isHex(rest[:digits]) && strings.Trim(rest[digits:], "0123456789") == ""
	}
	return false, len(name) == digits && isHex(name)
}

func isHex(text string) bool { return strings.Trim(text, "0123456789abcdef") == "" }
