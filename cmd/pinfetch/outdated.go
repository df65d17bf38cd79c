package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

type outdatedOptions struct {
	exitCode, all, json bool
}

func (p *program) outdatedCommand() *cli.Command {
	o := &outdatedOptions{}
	return &cli.Command{
		Name:      "outdated",
		Usage:     "list what an update would change",
		UsageText: "pinfetch outdated [FLAG…] [NAME…]",
		Description: `Looks for newer versions only: downloads no source and writes nothing. Also
says what holds pins back, and what would be newer without it.

Examples:

   pinfetch outdated
   pinfetch outdated --all
   pinfetch outdated --exit-code >/dev/null || echo "time to update"`,
		Flags: []cli.Flag{
			boolFlag(&o.exitCode, "exit-code", "exit with 3 if something is outdated"),
			boolFlag(&o.all, "all", "look at frozen pins too"),
			jsonFlag(&o.json),
		},
		Action:       func(c *cli.Context) error { return p.outdated(c.Context, o, c.Args().Slice()) },
		BashComplete: p.completePins,
	}
}

// outdatedLine says what an update would change, and what holds the pin back.
func outdatedLine(o engine.Outcome) string {
	var lines []string
	for _, line := range []string{updateLine(o), heldBackLine(o)} {
		if line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// noteHeldBack says what holds pins back.
func (p *program) noteHeldBack(outcomes []engine.Outcome) {
	for _, o := range outcomes {
		if line := heldBackLine(o); line != "" && o.Err == nil {
			p.ui.note("%s", line)
		}
	}
}

// heldBackLine says what holds a pin back, if something newer is known.
func heldBackLine(o engine.Outcome) string {
	if o.HeldBack == nil {
		return ""
	}
	held, request := o.HeldBack, codecs().Request(o.Source)
	what := held.Available.Version
	switch held.By {
	case sources.ByMinAge:
		switch {
		case held.Until == "":
			return fmt.Sprintf("%s: %s has no date, so it is never taken with --min-age %s", o.Name, what, request.MinAge)
		case what == o.Old.Version:
			return fmt.Sprintf("%s: stays at %s, which is younger than --min-age %s until %s", o.Name, what, request.MinAge, held.Until)
		}
		return fmt.Sprintf("%s: %s waits until %s (--min-age %s)", o.Name, what, held.Until, request.MinAge)
	case sources.ByFiles:
		return fmt.Sprintf("%s: %s is not complete yet: %s", o.Name, what, held.Why)
	case sources.ByConstraint:
		return fmt.Sprintf("%s: --constraint %s holds back %s", o.Name, quote(request.Constraint), what)
	case sources.ByPrerelease:
		return fmt.Sprintf("%s: %s is a pre-release; to take it run: %s", o.Name, what, setCommand(o.Name, sources.Setting{Option: "prerelease"}))
	case sources.ByWithdrawal:
		if o.Lower != "" { // a warning says it
			return ""
		}
		return fmt.Sprintf("%s: upstream withdrew %s: %s", o.Name, what, held.Why)
	case sources.ByFrozen:
		if o.Status == engine.Outdated {
			return fmt.Sprintf("%s: frozen; to take it run: pinfetch update %s", o.Name, o.Name)
		}
	}
	return ""
}

func (p *program) outdated(ctx context.Context, o *outdatedOptions, words []string) error {
	_, f, selection, err := p.readSelection(words)
	if err != nil {
		return err
	}
	outcomes, err := p.runEngine(len(selection.Names), false, func(e *engine.Engine) []engine.Outcome {
		return e.Update(ctx, f, selection, engine.UpdateOptions{ResolveOnly: true, Frozen: o.all})
	})
	if err != nil {
		return err
	}
	if err := p.reportOutcomes(ctx, outcomes, o.json, outdatedLine); err != nil {
		return err
	}
	p.summarize(outcomes)
	isOutdated := func(o engine.Outcome) bool { return o.Status == engine.Outdated }
	if o.exitCode && slices.ContainsFunc(outcomes, isOutdated) {
		return exitError(exitOutdated)
	}
	return nil
}
