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

// staleAfter is how old a temporary file must be for its writer, who needs milliseconds, to be dead.
const staleAfter = time.Hour

// Usage is what a cache holds, or what was removed from it.
type Usage struct {
	Entries int
	Bytes   int64 // of files, temporary ones too
}

func (u *Usage) add(f file) {
	u.Bytes += f.size
	if !f.temporary {
		u.Entries++
	}
}

// Usage returns what is in the folder. The error is that of the file system; a folder that is not there is empty.
func (s *Store) Usage() (Usage, error) {
	var held Usage
	files, err := s.files()
	for _, f := range files {
		held.add(f)
	}
	return held, err
}

// Prune removes what is beyond the bounds, the least recently used first, and temporary files that nobody writes any
// more. The error is the first of the file system; as much is removed as can be.
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

// Clear removes all entries and temporary files. Whoever writes one at this moment loses it.
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
			first = cmp.Or(first, fmt.Errorf("prune the cache: %w", err))
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

// files lists the cache's own files; what else somebody put into the folder is left alone.
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
		if info, err := e.Info(); err == nil { // else it is gone
			files = append(files, file{e.Name(), info.Size(), info.ModTime(), temporary})
		}
	}
	return files, nil
}

// classify tells entries from temporary files, which renameio calls ".ENTRY" and a number.
func classify(name string) (temporary, own bool) {
	const digits = 2 * sha256.Size
	if rest, found := strings.CutPrefix(name, "."); found && len(rest) > digits {
		return true, isHex(rest[:digits]) && strings.Trim(rest[digits:], "0123456789") == ""
	}
	return false, len(name) == digits && isHex(name)
}

func isHex(text string) bool { return strings.Trim(text, "0123456789abcdef") == "" }
