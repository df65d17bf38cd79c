package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/internal/engine"
)

type verifyOptions struct {
	offline, json bool
	from          []string
}

func (p *program) verifyCommand() *cli.Command {
	o := &verifyOptions{}
	return &cli.Command{
		Name:      "verify",
		Usage:     "download pins again and compare their hashes",
		UsageText: "pinfetch verify [FLAG…] [NAME…]",
		Description: `Writes nothing. Exits with 4 if a hash differs.

With --offline, checks what needs no network: that the lock is as pinfetch
writes it, that every pin fetches what its source means and can be built, and
that default.nix beside it is up to date.

Examples:

   pinfetch verify
   pinfetch verify --offline
   pinfetch verify ripgrep --json`,
		Flags: []cli.Flag{
			boolFlag(&o.offline, "offline", "check what needs no network"),
			listFlag(func(text string) { o.from = append(o.from, text) }, "from-mirror", fromMirrorHelp),
			jsonFlag(&o.json),
		},
		Action:       func(c *cli.Context) error { return p.verify(c.Context, o, c.Args().Slice()) },
		BashComplete: p.completePins,
	}
}

func (p *program) verify(ctx context.Context, o *verifyOptions, words []string) error {
	if o.offline && len(o.from) > 0 {
		return usage("--offline and --from-mirror exclude each other")
	}
	path, f, selection, err := p.readSelection(words)
	if err != nil {
		return err
	}
	if o.offline {
		err := p.reportOutcomes(ctx, engine.VerifyOffline(f, selection), o.json, func(engine.Outcome) string { return "" })
		if fileErr := checkFiles(path, f); fileErr != nil {
			p.reportFailure(fileErr)
			err = cmp.Or(err, error(exitError(exitNothing)))
		}
		return err
	}
	c, err := p.clients()
	if err != nil {
		return err
	}
	fetch, err := p.verifying(c, f, o.from)
	if err != nil {
		return err
	}
	outcomes := p.runWith(c, len(selection.Names), fetch, func(e *engine.Engine) []engine.Outcome {
		return e.Verify(ctx, f, selection)
	})
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
