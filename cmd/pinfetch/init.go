package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/nix"
	"github.com/pinfetch/pinfetch/pkg/lock"
)

func (p *program) initCommand() *cli.Command {
	return &cli.Command{
		Name:      "init",
		Usage:     "write an empty lock and the reader",
		UsageText: "pinfetch init",
		Description: `Writes pinfetch/pins.json, the lock, and pinfetch/default.nix, which turns it
into derivations. Run it again to update default.nix; an existing lock stays
unchanged. With --lock-file, only the lock is written.

Example:

   pinfetch init`,
		Action: func(c *cli.Context) error {
			if c.NArg() > 0 {
				return usage("want no arguments, got %q", c.Args().First())
			}
			return p.init()
		},
	}
}

func (p *program) init() error {
	if path := p.explicitLock(); path != "" {
		return p.initLock(path)
	}
	p.warnOuterLock()
	if err := os.MkdirAll(lockDir, 0o755); err != nil {
		return err
	}
	if err := p.initLock(filepath.Join(lockDir, lockName)); err != nil {
		return err
	}
	return p.initReader(filepath.Join(lockDir, readerName))
}

func (p *program) initLock(path string) error {
	data, err := lock.Read(path)
	if err == nil {
		if _, err := lock.Parse(data, codecs()); err != nil {
			return locate(path, err)
		}
		p.ui.note("%s already exists, left unchanged", path)
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	empty, err := (&lock.File{}).Format(codecs())
	if err != nil {
		return err
	}
	if _, err := lock.Write(path, nil, empty); err != nil {
		return err
	}
	p.ui.note("wrote %s", path)
	return nil
}

// readerMark is in the first lines of every version of the reader.
const readerMark = "pinfetch"

func (p *program) initReader(path string) error {
	reader := nix.Reader()
	current, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		current = nil
	case err != nil:
		return err
	case bytes.Equal(current, reader):
		p.ui.note("%s is up to date", path)
		return nil
	case !bytes.Contains(current, []byte(readerMark)):
		return fmt.Errorf("%q already exists: %w", path, errForeign)
	}
	if _, err := lock.Write(path, current, reader); err != nil {
		return err
	}
	p.ui.note("wrote %s", path)
	return nil
}

// warnOuterLock warns that the new lock will hide one in a parent directory.
func (p *program) warnOuterLock() {
	if outer, err := p.lockPath(); err == nil && outer != filepath.Join(lockDir, lockName) {
		p.ui.warn("%s also exists: commands in this directory and below will use the new lock", outer)
	}
}
