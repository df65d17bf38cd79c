package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Where a project keeps its two files.
const (
	lockDir    = "pinfetch"
	lockName   = "pins.json"
	readerName = "default.nix"
)

// explicitLock returns the lock that a flag or the environment names, "" if neither does.
func (p *program) explicitLock(c *cli.Context) string {
	if path := c.String("lock-file"); path != "" {
		return path
	}
	return p.getenv("PINFETCH_LOCK_FILE")
}

// lockPath finds the lock: the explicit one, or pinfetch/pins.json here or in the nearest parent folder.
func (p *program) lockPath(c *cli.Context) (string, error) {
	if path := p.explicitLock(c); path != "" {
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
			return "", fmt.Errorf("%s/%s is neither here nor in a parent folder: %w", lockDir, lockName, errNoLock)
		}
		dir = parent
	}
}

// readLock finds and parses the lock.
func (p *program) readLock(c *cli.Context) (path string, f *lock.File, err error) {
	if path, err = p.lockPath(c); err != nil {
		return "", nil, err
	}
	data, err := lock.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		if target, linkErr := os.Readlink(path); linkErr == nil {
			return "", nil, sources.WithHint(fmt.Errorf("%q links to %q, which does not exist: %w", path, target, errNoLock), "mend the link, or remove it and run pinfetch init")
		}
		return "", nil, fmt.Errorf("%q does not exist: %w", path, errNoLock)
	}
	if err != nil {
		return "", nil, err
	}
	f, err = lock.Parse(data, kinds())
	return path, f, placed(path, err)
}

// readSelection reads the lock and finds the pins that the arguments select.
func (p *program) readSelection(c *cli.Context) (path string, f *lock.File, s engine.Selection, err error) {
	if path, f, err = p.readLock(c); err != nil {
		return "", nil, s, err
	}
	s, err = engine.Select(f, c.Args().Slice())
	return path, f, s, err
}

// editLock changes the lock under its file lock.
func (p *program) editLock(path string, edit func(*lock.File) error) (changed bool, err error) {
	changed, err = lock.Edit(path, kinds(), edit)
	return changed, placed(path, err)
}

// placed puts the file's name before a position in it, and into the advice.
func placed(path string, err error) error {
	if !errors.Is(err, lock.ErrSyntax) {
		return err
	}
	separator := " "
	var parse *lock.ParseError
	if errors.As(err, &parse) {
		separator = ""
	}
	_, hint := classify(err)
	return sources.WithHint(fmt.Errorf("%s:%s%w", path, separator, err), "%s", strings.ReplaceAll(hint, "FILE", path))
}
