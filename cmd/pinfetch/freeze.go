package main

import (
	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/pkg/lock"
)

func (p *program) freezeCommand() *cli.Command {
	return p.frozenCommand("freeze", "update pins only when they are named", "froze", true)
}

func (p *program) unfreezeCommand() *cli.Command {
	return p.frozenCommand("unfreeze", "let pins be updated again", "unfroze", false)
}

func (p *program) frozenCommand(name, text, done string, frozen bool) *cli.Command {
	return &cli.Command{
		Name:        name,
		Usage:       text,
		UsageText:   "pinfetch " + name + " NAME…",
		Description: "Example:\n\n   pinfetch " + name + " ripgrep",
		Action: func(c *cli.Context) error {
			return p.editPins(c.Context, c.Args().Slice(), done, func(f *lock.File, name string) bool {
				pin := f.Pins[name]
				changed := pin.Frozen != frozen
				pin.Frozen = frozen
				f.Pins[name] = pin
				return changed
			})
		},
		BashComplete: func(c *cli.Context) {
			p.completePinsThat(c, func(pin lock.Pin) bool { return pin.Frozen != frozen })
		},
	}
}
