package cache

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
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
	if !f.isTemporary() {
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
	stale := time.Now().Add(-staleAfter)
	var kept Usage
	return s.remove(func(f file) bool {
		if f.isTemporary() {
			return f.used.Before(stale)
		}
		kept.add(f)
		return kept.Bytes > s.options.Bytes || kept.Entries > s.options.Entries
	})
}

// Clear removes all entries and all temporary files, even those that are being written.
func (s *Store) Clear() (freed Usage, err error) {
	return s.remove(func(file) bool { return true })
}

// remove removes the unwanted files. It considers the most recently used first.
func (s *Store) remove(isUnwanted func(file) bool) (freed Usage, first error) {
	files, err := s.files()
	if err != nil {
		return Usage{}, err
	}
	slices.SortFunc(files, func(a, b file) int {
		return cmp.Or(b.used.Compare(a.used), strings.Compare(a.name, b.name))
	})
	for _, f := range files {
		if !isUnwanted(f) {
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
	name string
	size int64
	used time.Time
}

func (f file) isTemporary() bool { return strings.HasPrefix(f.name, ".") }

// ownName matches the names of entries and of temporary files, which renameio names ".ENTRY" and a number.
var ownName = lazyregexp.New(`^([0-9a-f]{64}|\.[0-9a-f]{64}[0-9]+)$`)

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
		if !e.Type().IsRegular() || !ownName.MatchString(e.Name()) {
			continue
		}
		if info, err := e.Info(); err == nil { // otherwise another process removed it
			files = append(files, file{e.Name(), info.Size(), info.ModTime()})
		}
	}
	return files, nil
}
