package main

import (
	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/internal/engine"
)

func (p *program) outdatedCommand() *cli.Command {
	return &cli.Command{
		Name:      "outdated",
		Usage:     "say what an update would change",
		UsageText: "pinfetch outdated [FLAG…] [NAME…]",
		Description: `Resolves only: downloads no source and writes nothing.

Examples:

   pinfetch outdated
   pinfetch outdated --exit-code >/dev/null || echo "time to update"`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "exit-code", Usage: "exit with 3 if something is outdated"},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON document"},
		},
		Action:       p.outdated,
		BashComplete: p.completePins,
	}
}

func (p *program) outdated(c *cli.Context) error {
	_, f, selection, err := p.readSelection(c)
	if err != nil {
		return err
	}
	k, err := p.connect(c)
	if err != nil {
		return err
	}
	e, stop := p.engine(c, k, len(selection.Names))
	outcomes := e.Update(c.Context, f, selection, engine.UpdateOptions{ResolveOnly: true})
	stop()
	if err := p.conclude(c.Context, outcomes, c.Bool("json"), updateLine); err != nil {
		return err
	}
	p.summarize(outcomes)
	for _, o := range outcomes {
		if o.Status == engine.Outdated && c.Bool("exit-code") {
			return exitError(exitOutdated)
		}
	}
	return nil
}
