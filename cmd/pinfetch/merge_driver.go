package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/terminal"
)

// The names of the sides in conflict markers.
const (
	ourSide   = "ours"
	theirSide = "theirs"
)

func (p *program) mergeDriverCommand() *cli.Command {
	return &cli.Command{
		Name:      "merge-driver",
		Usage:     "merge locks for git, pin by pin",
		UsageText: "pinfetch merge-driver BASE OURS THEIRS PATH",
		Description: `Git runs this to merge two locks. It keeps both sides' changes. If a pin
moved on both sides, it takes the newer version. What it cannot decide is
left between git's conflict markers, around that pin only, and it exits with
1, as git expects. The merged lock is written to OURS.

Example, once in each clone:

   echo 'pinfetch/pins.json merge=pinfetch' >>.gitattributes
   git config merge.pinfetch.name 'merge locks pin by pin'
   git config merge.pinfetch.driver 'pinfetch merge-driver %O %A %B %P'`,
		Action: func(c *cli.Context) error {
			if c.NArg() != 4 {
				return usage("want BASE OURS THEIRS PATH, got %d arguments", c.NArg())
			}
			m := mergeFiles{c.Args().Get(0), c.Args().Get(1), c.Args().Get(2), c.Args().Get(3)}
			return p.mergeDriver(c.Context, m)
		},
	}
}

// mergeFiles are the arguments of git's merge drivers (gitattributes(5)).
type mergeFiles struct {
	base, ours, theirs string
	path               string // of the lock, for messages
}

func (p *program) mergeDriver(ctx context.Context, files mergeFiles) error {
	path := terminal.Clean(files.path, "")
	base, ours, theirs, err := files.read()
	if errors.Is(err, lock.ErrSyntax) {
		p.ui.warn("%s cannot be merged pin by pin, only line by line: %v", path, err)
		return files.mergeText(ctx, path)
	}
	if err != nil {
		return err
	}
	m := lock.Merge(codecs(), base, ours, theirs)
	text, err := m.Format(codecs(), ourSide, theirSide)
	if err != nil {
		return err
	}
	if err := os.WriteFile(files.ours, text, 0o666); err != nil {
		return err
	}
	for _, name := range m.Moved {
		p.ui.note("%s: %s moved on both sides; took %s", path, name, engine.NameOf(m.Ours.Pins[name].Locked))
	}
	if len(m.Conflicts) > 0 {
		return fmt.Errorf("%s: %w: %s", path, errMerge, strings.Join(m.Conflicts, ", "))
	}
	return nil
}

// read reads the three locks. The base is empty if both sides added the file.
func (m mergeFiles) read() (base, ours, theirs *lock.File, err error) {
	read := func(path string) *lock.File {
		var data []byte
		if err == nil {
			data, err = lock.Read(path)
		}
		if err != nil || len(data) == 0 && path == m.base {
			return &lock.File{}
		}
		var f *lock.File
		f, err = lock.Parse(data, codecs())
		return f
	}
	return read(m.base), read(m.ours), read(m.theirs), err
}

// mergeText merges line by line, as git does without a driver.
func (m mergeFiles) mergeText(ctx context.Context, path string) error {
	dir, err := realPath(".")
	if err != nil {
		return err
	}
	_, err = gitcmd.Project{Dir: dir}.Run(ctx, nil, "merge-file", "-q", "-L", ourSide, "-L", "base", "-L", theirSide, "--", m.ours, m.base, m.theirs)
	if exit, ok := errors.AsType[interface {
		error
		ExitCode() int
	}](err); ok && exit.ExitCode() > 0 && exit.ExitCode() < 128 { // the number of conflicts
		return fmt.Errorf("%s: %w", path, errMerge)
	}
	return err
}
