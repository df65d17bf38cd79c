package main

import (
	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/pkg/lock"
)

func (p *program) freezeCommand() *cli.Command {
	return &cli.Command{
		Name:      "freeze",
		Usage:     "update pins only when they are named",
		UsageText: "pinfetch freeze NAME…",
		Description: `Example:

   pinfetch freeze ripgrep`,
		Action:       func(c *cli.Context) error { return p.setFrozen("pinfetch freeze", c.Args().Slice(), "froze", true) },
		BashComplete: p.completePins,
	}
}

func (p *program) unfreezeCommand() *cli.Command {
	return &cli.Command{
		Name:      "unfreeze",
		Usage:     "let pins be updated again",
		UsageText: "pinfetch unfreeze NAME…",
		Description: `Example:

   pinfetch unfreeze ripgrep`,
		Action: func(c *cli.Context) error {
			return p.setFrozen("pinfetch unfreeze", c.Args().Slice(), "unfroze", false)
		},
		BashComplete: p.completePins,
	}
}

func (p *program) setFrozen(command string, words []string, done string, frozen bool) error {
	return p.editPins(command, words, done, func(f *lock.File, name string) bool {
		pin := f.Pins[name]
		changed := pin.Frozen != frozen
		pin.Frozen = frozen
		f.Pins[name] = pin
		return changed
	})
}
