package main

import (
	"cmp"
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
	if why := whyHeldBack(o); why != "" {
		return o.Name + ": " + why
	}
	return ""
}

func whyHeldBack(o engine.Outcome) string {
	if o.HeldBack == nil {
		return ""
	}
	held, request := o.HeldBack, codecs().Request(o.Source)
	what, age := held.Available.Version, cmp.Or(o.MinAge, request.MinAge)
	switch held.By {
	case sources.ByMinAge:
		switch {
		case held.Until == "":
			return fmt.Sprintf("%s has no date, so it is never taken with --min-age %s", what, age)
		case what == o.Old.Version:
			return fmt.Sprintf("stays at %s, which is younger than --min-age %s until %s", what, age, held.Until)
		}
		return fmt.Sprintf("%s waits until %s (--min-age %s)", what, held.Until, age)
	case sources.ByFiles:
		return fmt.Sprintf("%s is not complete yet: %s", what, held.Why)
	case sources.ByConstraint:
		return fmt.Sprintf("--constraint %s holds back %s", quote(request.Constraint), what)
	case sources.ByPrerelease:
		return fmt.Sprintf("%s is a pre-release; to take it run: %s", what, setCommand(o.Name, sources.Setting{Option: "prerelease"}))
	case sources.ByWithdrawal:
		if o.Lower != "" { // a warning says it
			return ""
		}
		return fmt.Sprintf("upstream withdrew %s: %s", what, held.Why)
	case sources.ByFrozen:
		if o.Status == engine.Outdated {
			return "frozen; to take it run: pinfetch update " + o.Name
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
