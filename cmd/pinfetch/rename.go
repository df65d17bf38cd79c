package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

func (p *program) renameCommand() *cli.Command {
	return &cli.Command{
		Name:      "rename",
		Usage:     "rename a pin",
		UsageText: "pinfetch rename OLD NEW",
		Description: `Example:

   pinfetch rename tree-sitter-rust tree-sitter/rust`,
		Action: func(c *cli.Context) error {
			if c.NArg() != 2 {
				return usage("want the old and the new name, got %d arguments", c.NArg())
			}
			return p.rename(c.Args().Get(0), c.Args().Get(1))
		},
		BashComplete: p.completePins,
	}
}

func (p *program) rename(from, to string) error {
	const hint = "choose a name such as foo or scope/foo"
	if err := lock.ValidateName(to); err != nil {
		return sources.WithHint(err, hint)
	}
	path, f, err := p.readLock()
	if err != nil {
		return err
	}
	if _, err := engine.Select(f, []string{from}); err != nil {
		return err
	}
	err = p.editLock(path, func(f *lock.File) error {
		pin, found := f.Pins[from]
		if !found {
			return fmt.Errorf("%q: %w", from, engine.ErrUnknownName)
		}
		if _, taken := f.Pins[to]; taken {
			return sources.WithHint(nameTaken(to), "choose another name, or remove that pin first")
		}
		delete(f.Pins, from)
		f.Pins[to] = pin
		if err := f.Validate(); err != nil {
			return sources.WithHint(err, hint)
		}
		return nil
	})
	if err != nil {
		return err
	}
	p.ui.note("renamed %s to %s", from, to)
	return nil
}
