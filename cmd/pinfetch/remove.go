package main

import (
	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/pkg/lock"
)

func (p *program) removeCommand() *cli.Command {
	return &cli.Command{
		Name:      "remove",
		Usage:     "drop pins from the lock",
		UsageText: "pinfetch remove NAME…",
		Description: `Examples:

   pinfetch remove ripgrep
   pinfetch remove tree-sitter/`,
		Action: func(c *cli.Context) error {
			return p.editPins(c, "removed", func(f *lock.File, name string) bool {
				delete(f.Pins, name)
				return true
			})
		},
		BashComplete: p.completePins,
	}
}

// editPins applies an edit to the pins that the arguments select, and says which it changed.
func (p *program) editPins(c *cli.Context, done string, edit func(f *lock.File, name string) bool) error {
	if c.NArg() == 0 {
		return usage(c, "no pin is named")
	}
	path, err := p.lockPath(c)
	if err != nil {
		return err
	}
	if _, _, err := p.readLock(c); err != nil { // for its better words about a lock that is not there
		return err
	}
	var edited []string
	_, err = p.editLock(path, func(f *lock.File) error {
		selection, err := engine.Select(f, c.Args().Slice())
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
