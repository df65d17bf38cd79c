package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/internal/engine"
)

type verifyOptions struct {
	json bool
}

func (p *program) verifyCommand() *cli.Command {
	o := &verifyOptions{}
	return &cli.Command{
		Name:      "verify",
		Usage:     "download pins again and compare their hashes",
		UsageText: "pinfetch verify [FLAG…] [NAME…]",
		Description: `Writes nothing. Exits with 4 if a hash differs.

Examples:

   pinfetch verify
   pinfetch verify ripgrep --json`,
		Flags:        []cli.Flag{jsonFlag(&o.json)},
		Action:       func(c *cli.Context) error { return p.verify(c.Context, o, c.Args().Slice()) },
		BashComplete: p.completePins,
	}
}

func (p *program) verify(ctx context.Context, o *verifyOptions, words []string) error {
	_, f, selection, err := p.readSelection(words)
	if err != nil {
		return err
	}
	outcomes, err := p.runEngine(len(selection.Names), true, func(e *engine.Engine) []engine.Outcome {
		return e.Verify(ctx, f, selection)
	})
	if err != nil {
		return err
	}
	err = p.reportOutcomes(ctx, outcomes, o.json, verifyLine)
	isMismatch := func(o engine.Outcome) bool { return o.Status == engine.Mismatch }
	if ctx.Err() == nil && slices.ContainsFunc(outcomes, isMismatch) {
		return exitError(exitMismatch)
	}
	return err
}

func verifyLine(o engine.Outcome) string {
	if o.Err != nil {
		return ""
	}
	var hashes []string
	for _, call := range o.Old.Calls {
		hashes = append(hashes, strings.TrimSpace(call.System+" "+call.Hash.String()))
	}
	return fmt.Sprintf("%s: %s %s", o.Name, strings.Join(hashes, ", "), choose(len(hashes) == 1, "matches", "match"))
}
