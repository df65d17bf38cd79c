package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/internal/engine"
)

func (p *program) verifyCommand() *cli.Command {
	return &cli.Command{
		Name:      "verify",
		Usage:     "download pins again and compare their hashes",
		UsageText: "pinfetch verify [FLAG…] [NAME…]",
		Description: `Writes nothing. Exits with 4 if a hash differs.

Examples:

   pinfetch verify
   pinfetch verify ripgrep --json`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "json", Usage: "print one JSON document"},
		},
		Action:       p.verify,
		BashComplete: p.completePins,
	}
}

func (p *program) verify(c *cli.Context) error {
	_, f, selection, err := p.readSelection(c)
	if err != nil {
		return err
	}
	k, err := p.connect(c)
	if err != nil {
		return err
	}
	e, stop := p.engine(c, k, len(selection.Names))
	e.Hash = k.hasher.Rehash
	outcomes := e.Verify(c.Context, f, selection)
	stop()
	err = p.conclude(c.Context, outcomes, c.Bool("json"), func(o engine.Outcome) string {
		if o.Err != nil {
			return ""
		}
		return fmt.Sprintf("%s: %s is right", o.Name, o.Old.Calls[0].Hash)
	})
	return mismatchFirst(c.Context, outcomes, err)
}

// mismatchFirst lets a mismatch decide the exit code, unless the run was interrupted.
func mismatchFirst(ctx context.Context, outcomes []engine.Outcome, err error) error {
	for _, o := range outcomes {
		if o.Status == engine.Mismatch && ctx.Err() == nil {
			return exitError(exitMismatch)
		}
	}
	return err
}
