package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// The files of a project.
const (
	lockDir    = "pinfetch"
	lockName   = "pins.json"
	readerName = "default.nix"
)

// explicitLock returns the lock that the flag or the environment names, or "".
func (p *program) explicitLock() string {
	return cmp.Or(p.options.lockFile, p.getenv("PINFETCH_LOCK_FILE"))
}

// lockPath finds the lock: the explicit one, or pinfetch/pins.json in the current directory or its nearest parent.
func (p *program) lockPath() (string, error) {
	if path := p.explicitLock(); path != "" {
		return path, nil
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for prefix := ""; ; prefix = filepath.Join(prefix, "..") {
		path := filepath.Join(prefix, lockDir, lockName)
		if _, err := os.Lstat(path); err == nil {
			return path, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("%s/%s exists neither here nor in a parent directory: %w", lockDir, lockName, errNoLock)
		}
		dir = parent
	}
}

// readLock finds and parses the lock.
func (p *program) readLock() (path string, f *lock.File, err error) {
	if path, err = p.lockPath(); err != nil {
		return "", nil, err
	}
	data, err := lock.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		if target, linkErr := os.Readlink(path); linkErr == nil {
			return "", nil, sources.WithHint(fmt.Errorf("%q links to %q, which does not exist: %w", path, target, errNoLock), "fix the link, or remove it and run pinfetch init")
		}
		return "", nil, fmt.Errorf("%q does not exist: %w", path, errNoLock)
	}
	if err != nil {
		return "", nil, err
	}
	f, err = lock.Parse(data, codecs())
	return path, f, locate(path, err)
}

// readSelection reads the lock and finds the pins that the words select.
func (p *program) readSelection(words []string) (path string, f *lock.File, s engine.Selection, err error) {
	if path, f, err = p.readLock(); err != nil {
		return "", nil, s, err
	}
	s, err = engine.Select(f, words)
	return path, f, s, err
}

// editLock changes the lock under its file lock.
func (p *program) editLock(path string, edit func(*lock.File) error) error {
	_, err := lock.Edit(path, codecs(), edit)
	return locate(path, err)
}

// editPins applies an edit to the pins that the words select, and says which pins it changed.
func (p *program) editPins(words []string, done string, edit func(f *lock.File, name string) bool) error {
	if len(words) == 0 {
		return usage("no pin is given")
	}
	path, _, err := p.readLock() // has better errors than editLock for a missing lock
	if err != nil {
		return err
	}
	var edited []string
	err = p.editLock(path, func(f *lock.File) error {
		selection, err := engine.Select(f, words)
		if err != nil {
			return err
		}
		for _, name := range selection.Names {
			if edit(f, name) {
				edited = append(edited, name)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, name := range edited {
		p.ui.note("%s %s", done, name)
	}
	return nil
}
