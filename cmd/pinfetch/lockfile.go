package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/pkg/lock"
)

// The files of a project.
const (
	lockDir       = "pinfetch"
	defaultLock   = lockDir + "/pins.json"
	defaultReader = lockDir + "/default.nix"
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
		path := filepath.Join(prefix, defaultLock)
		if _, err := os.Lstat(path); err == nil {
			return path, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("%s exists neither here nor in a parent directory: %w", defaultLock, errNoLock)
		}
		dir = parent
	}
}

// findLock finds the lock, which must exist.
func (p *program) findLock() (path string, err error) {
	if path, err = p.lockPath(); err != nil {
		return "", err
	}
	if p.explicitLock() == "" {
		if err := checkLinks(filepath.Dir(filepath.Dir(path)), path); err != nil {
			return "", err
		}
	}
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%q does not exist: %w", path, errNoLock)
	}
	return path, nil
}

// readLock finds and parses the lock.
func (p *program) readLock() (path string, f *lock.File, err error) {
	if path, err = p.findLock(); err != nil {
		return "", nil, err
	}
	data, err := lock.Read(path)
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

// lastWait is how long an interrupted command waits for another process before it gives up what it has completed.
const lastWait = 2 * time.Second

// editLock changes the lock while no other process does.
func (p *program) editLock(ctx context.Context, path string, edit func(*lock.File) error) error {
	if ctx.Err() != nil {
		last, stop := context.WithTimeoutCause(context.WithoutCancel(ctx), lastWait, context.Cause(ctx))
		defer stop()
		ctx = last
	}
	changed, err := p.lockWriter().Edit(ctx, path, codecs(), edit)
	p.wrote = p.wrote || changed
	return locate(path, err)
}

func (p *program) lockWriter() lock.Writer {
	return lock.Writer{Waiting: func(dir string) {
		p.ui.warn("waiting for another process that has locked the directory %q", dir)
	}}
}

// editPins applies an edit to the pins that the words select, and says which pins it changed.
func (p *program) editPins(ctx context.Context, words []string, done string, edit func(f *lock.File, name string) bool) error {
	if len(words) == 0 {
		return usage("no pin is given")
	}
	path, err := p.findLock()
	if err != nil {
		return err
	}
	var edited []string
	err = p.editLock(ctx, path, func(f *lock.File) error {
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
