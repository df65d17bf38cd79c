package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/pkg/lock"
)

func (p *program) removeCommand() *cli.Command {
	return &cli.Command{
		Name:      "remove",
		Aliases:   []string{"rm"},
		Usage:     "remove pins from the lock",
		UsageText: "pinfetch remove NAME…",
		Description: `Examples:

   pinfetch remove ripgrep
   pinfetch remove tree-sitter/`,
		Action:       func(c *cli.Context) error { return p.remove(c.Context, c.Args().Slice()) },
		BashComplete: p.completePins,
	}
}

func (p *program) remove(ctx context.Context, words []string) error {
	return p.editPins(ctx, words, "removed", func(f *lock.File, name string) bool {
		delete(f.Pins, name)
		return true
	})
}
