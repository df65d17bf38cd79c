package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/nix"
	"github.com/pinfetch/pinfetch/pkg/lock"
)

type initOptions struct {
	mergeDriver bool
}

func (p *program) initCommand() *cli.Command {
	o := &initOptions{}
	return &cli.Command{
		Name:      "init",
		Usage:     "write an empty lock and the reader",
		UsageText: "pinfetch init [FLAG…]",
		Description: `Writes pinfetch/pins.json, the lock, and pinfetch/default.nix, which turns it
into derivations. Run it again to update default.nix; an existing lock stays
unchanged. With --lock-file, only the lock is written.

With --merge-driver, git merges the lock pin by pin from now on: a line in
.gitattributes, for everyone, and two settings of this clone.

Examples:

   pinfetch init
   pinfetch init --merge-driver`,
		Flags: []cli.Flag{boolFlag(&o.mergeDriver, "merge-driver", "let git merge the lock pin by pin")},
		Action: func(c *cli.Context) error {
			if c.NArg() > 0 {
				return usage("want no arguments, got %q", c.Args().First())
			}
			return p.init(c.Context, o)
		},
	}
}

// plan is what init does to one file: nothing if old and next are equal.
type plan struct {
	path      string
	old, next []byte // old is nil if there is no file
	unchanged string // what to say of a file that stays
}

// init decides everything before it writes anything.
func (p *program) init(ctx context.Context, o *initOptions) error {
	if path := p.explicitLock(); path != "" {
		if o.mergeDriver {
			return usage("--merge-driver is about %s, not about --lock-file", defaultLock)
		}
		lockFile, err := planLock(path)
		if err != nil {
			return err
		}
		return p.write(ctx, lockFile)
	}
	for _, path := range []string{lockDir, defaultLock, defaultReader} {
		if err := checkLinks(".", path); err != nil {
			return err
		}
	}
	if err := checkLockDir(); err != nil {
		return err
	}
	lockFile, err := planLock(defaultLock)
	if err != nil {
		return err
	}
	reader, err := planReader(defaultReader)
	if err != nil {
		return err
	}
	plans := []plan{lockFile, reader}
	if o.mergeDriver {
		attributes, err := planAttributes()
		if err != nil {
			return err
		}
		plans = append(plans, attributes)
	}
	p.warnOuterLock()
	made := os.Mkdir(lockDir, 0o755)
	if made != nil && !errors.Is(made, fs.ErrExist) {
		return made
	}
	if err = p.write(ctx, plans...); err != nil && made == nil {
		os.Remove(lockDir) // if it is empty
	}
	if err != nil {
		return err
	}
	if o.mergeDriver {
		err = p.configureMergeDriver(ctx)
	}
	if p.wrote {
		p.noteFirstSteps()
	}
	return err
}

// noteFirstSteps says how to go on after init.
func (p *program) noteFirstSteps() {
	p.ui.note("in Nix, read the pins with: pins = callPackage ./%s { };", lockDir)
	if isGitWorkTree() {
		p.ui.note("flakes see only files that git tracks: git add %s", lockDir)
	}
	if files := p.importable(); len(files) > 0 {
		p.ui.note("to take over the pins of another tool run: pinfetch import %s", strings.Join(files, " "))
	}
}

// isGitWorkTree reports whether the working directory is in a git work tree.
func isGitWorkTree() bool {
	root, err := projectRoot(".")
	if err != nil {
		return false
	}
	_, err = os.Lstat(filepath.Join(root, ".git"))
	return err == nil
}

// checkLockDir refuses anything but a directory in place of the lock's directory.
func checkLockDir() error {
	if _, err := os.Lstat(lockDir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if info, err := os.Stat(lockDir); err != nil || !info.IsDir() {
		return fmt.Errorf("%q already exists and is not a directory: %w", lockDir, errForeign)
	}
	return nil
}

func (p *program) write(ctx context.Context, plans ...plan) error {
	for _, f := range plans {
		if f.old != nil && bytes.Equal(f.old, f.next) {
			p.ui.note("%s %s", f.path, f.unchanged)
			continue
		}
		if _, err := p.lockWriter().Write(ctx, f.path, f.old, f.next); err != nil {
			return err
		}
		p.wrote = true
		p.ui.note("wrote %s", f.path)
	}
	return nil
}

// planLock keeps a valid lock, in whatever layout.
func planLock(path string) (plan, error) {
	data, err := lock.Read(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		empty, err := (&lock.File{}).Format(codecs())
		return plan{path: path, next: empty}, err
	case err != nil:
		return plan{}, err
	}
	_, err = lock.Parse(data, codecs())
	return plan{path, data, data, "already exists, left unchanged"}, locate(path, err)
}

// planReader replaces only a reader.
func planReader(path string) (plan, error) {
	current, err := lock.Read(path) // bounded, and only of a file
	switch {
	case errors.Is(err, fs.ErrNotExist):
		current = nil
	case err != nil:
		return plan{}, err
	case !nix.IsReader(current):
		return plan{}, fmt.Errorf("%q already exists: %w", path, errForeign)
	}
	return plan{path, current, nix.Reader(), "is up to date"}, nil
}

// warnOuterLock warns that the new lock will hide one in a parent directory.
func (p *program) warnOuterLock() {
	if outer, err := p.lockPath(); err == nil && outer != defaultLock {
		p.ui.warn("%s also exists: commands in this directory and below will use the new lock", outer)
	}
}
