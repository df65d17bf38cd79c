package main

import (
	"context"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/internal/engine"
)

type outdatedOptions struct {
	exitCode, json bool
}

func (p *program) outdatedCommand() *cli.Command {
	o := &outdatedOptions{}
	return &cli.Command{
		Name:      "outdated",
		Usage:     "list what an update would change",
		UsageText: "pinfetch outdated [FLAG…] [NAME…]",
		Description: `Looks for newer versions only: downloads no source and writes nothing.

Examples:

   pinfetch outdated
   pinfetch outdated --exit-code >/dev/null || echo "time to update"`,
		Flags: []cli.Flag{
			boolFlag(&o.exitCode, "exit-code", "exit with 3 if something is outdated"),
			jsonFlag(&o.json),
		},
		Action:       func(c *cli.Context) error { return p.outdated(c.Context, o, c.Args().Slice()) },
		BashComplete: p.completePins,
	}
}

func (p *program) outdated(ctx context.Context, o *outdatedOptions, words []string) error {
	_, f, selection, err := p.readSelection(words)
	if err != nil {
		return err
	}
	outcomes, err := p.runEngine(len(selection.Names), false, func(e *engine.Engine) []engine.Outcome {
		return e.Update(ctx, f, selection, engine.UpdateOptions{ResolveOnly: true})
	})
	if err != nil {
		return err
	}
	if err := p.reportOutcomes(ctx, outcomes, o.json, updateLine); err != nil {
		return err
	}
	p.summarize(outcomes)
	isOutdated := func(o engine.Outcome) bool { return o.Status == engine.Outdated }
	if o.exitCode && slices.ContainsFunc(outcomes, isOutdated) {
		return exitError(exitOutdated)
	}
	return nil
}
