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
		Description: `Writes pinfetch/pins.json, the lock, and pinfetch/default.nix, which turns it into derivations.
Run again, it brings default.nix up to date and leaves the lock alone. With --lock-file it writes only the lock.

Example:

   pinfetch init`,
		Action: p.init,
	}
}

func (p *program) init(c *cli.Context) error {
	if c.NArg() > 0 {
		return usage(c, "init takes no arguments, got %q", c.Args().First())
	}
	if path := p.explicitLock(c); path != "" {
		return p.initLock(path)
	}
	p.noteOuterLock(c)
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
		if _, err := lock.Parse(data, kinds()); err != nil {
			return placed(path, err)
		}
		p.ui.note("%s is there, left alone", path)
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	empty, err := (&lock.File{}).Format(kinds())
	if err != nil {
		return err
	}
	if _, err := lock.Write(path, nil, empty); err != nil {
		return err
	}
	p.ui.note("wrote %s", path)
	return nil
}

// readerMark stands in the first lines of every version of the reader.
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
		return fmt.Errorf("%q is in the way: %w", path, errForeign)
	}
	if _, err := lock.Write(path, current, reader); err != nil {
		return err
	}
	p.ui.note("wrote %s", path)
	return nil
}

// noteOuterLock says that a new lock would hide one that stands further up.
func (p *program) noteOuterLock(c *cli.Context) {
	if outer, err := p.lockPath(c); err == nil && outer != filepath.Join(lockDir, lockName) {
		p.ui.warn("%s is there too: commands here and below will use the new lock", outer)
	}
}
