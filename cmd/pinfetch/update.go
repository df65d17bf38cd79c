package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

type updateOptions struct {
	engine.UpdateOptions
	dryRun, commit, json bool
	summary, mirror      string
	exclude, from        []string
}

func (p *program) updateCommand() *cli.Command {
	o := &updateOptions{}
	return &cli.Command{
		Name:      "update",
		Usage:     "update pins to what their sources offer now",
		UsageText: "pinfetch update [FLAG…] [NAME…]",
		Description: `NAME is a pin, a scope ("tree-sitter/") or a glob ("tree-sitter/*"). Without
names, all pins except frozen ones are updated. A pin that fails keeps its
entry; the others are written.

Examples:

   pinfetch update
   pinfetch update ripgrep tree-sitter/ --dry-run
   pinfetch update ripgrep --at 14.1.1
   pinfetch update --exclude tree-sitter/
   pinfetch update --json --commit`,
		Flags: []cli.Flag{
			dryRunFlag(&o.dryRun),
			listFlag(func(word string) { o.exclude = append(o.exclude, word) }, "exclude", "leave out the pins `NAME`; repeatable"),
			atFlag(&o.At),
			boolFlag(&o.Rehash, "rehash", "recompute hashes instead of looking for newer versions"),
			boolFlag(&o.AllowDowngrade, "allow-downgrade", "accept a version lower than the locked one"),
			boolFlag(&o.AllowMovedTag, "allow-moved-tag", "accept the new commit of a tag that moved"),
			boolFlag(&o.commit, "commit", "commit the lock, and nothing else, with git"),
			boolFlag(&o.FailFast, "fail-fast", "start nothing new after a failure"),
			alongFlag(&o.mirror),
			listFlag(func(text string) { o.from = append(o.from, text) }, "from-mirror", fromMirrorHelp),
			stringFlag(&o.summary, "summary", "append a summary in Markdown to `FILE`"),
			jsonFlag(&o.json),
		},
		Action:       func(c *cli.Context) error { return p.update(c.Context, o, c.Args().Slice()) },
		BashComplete: p.completePins,
	}
}

func (p *program) update(ctx context.Context, o *updateOptions, words []string) error {
	path, f, selection, err := p.readSelection(words)
	if err != nil {
		return err
	}
	if selection, err = selection.Without(f, o.exclude); err != nil {
		return err
	}
	switch {
	case o.At != "" && len(selection.Names) != 1:
		return usage("--at locks one pin, but %d are selected", len(selection.Names))
	case o.At != "" && o.Rehash:
		return usage("--at and --rehash exclude each other")
	case len(o.from) > 0 && !o.Rehash:
		return usage("--from-mirror is for --rehash")
	}
	c, err := p.clients()
	if err != nil {
		return err
	}
	along, err := p.openAlong(ctx, o.mirror, o.dryRun)
	if err != nil {
		return err
	}
	fetch, err := p.rehashing(along.fetch(c, o.Rehash), c, o.from)
	if err != nil {
		return err
	}
	var commit *commit
	if o.commit && !o.dryRun {
		if commit, err = newCommit(ctx, path, p.secretVariables()); err != nil {
			return err
		}
	}
	outcomes := p.runWith(c, len(selection.Names), fetch, func(e *engine.Engine) []engine.Outcome {
		return e.Update(ctx, f, selection, o.UpdateOptions)
	})
	if !o.dryRun {
		if err := p.writeUpdated(ctx, path, f, outcomes); err != nil {
			return err
		}
	}
	var commitErr error
	if commit != nil {
		notice := time.AfterFunc(time.Second, func() { p.ui.note("waiting for git commit and its hooks") })
		commitErr = commit.make(ctx, outcomes, p.lockWriter())
		notice.Stop()
	}
	err = p.reportOutcomes(ctx, outcomes, o.json, updateLine)
	p.noteHeldBack(outcomes)
	p.summarize(outcomes)
	p.noteDryRun(o.dryRun)
	var summaryErr error
	if o.summary != "" {
		summaryErr = p.appendSummary(o.summary, summarize(outcomes))
	}
	err = p.reportLate(ctx, err, commitErr, summaryErr)
	return p.publishRest(ctx, along, outcomes, func(u engine.Outcome) bool { return isUpdated(u) || o.Rehash }, err)
}

func isUpdated(o engine.Outcome) bool { return o.Status == engine.Updated }

// writeUpdated writes the pins that changed, except those that were edited in the lock meanwhile.
func (p *program) writeUpdated(ctx context.Context, path string, read *lock.File, outcomes []engine.Outcome) error {
	if !slices.ContainsFunc(outcomes, isUpdated) {
		return nil
	}
	return p.editLock(ctx, path, func(f *lock.File) error {
		for i := range outcomes {
			if isUpdated(outcomes[i]) {
				writeUpdate(f, read, &outcomes[i])
			}
		}
		return nil
	})
}

// writeUpdate sets the new state of a pin in f, unless the pin is no longer the one that was read.
func writeUpdate(f, read *lock.File, o *engine.Outcome) {
	pin, found := f.Pins[o.Name]
	switch {
	case found && pin.Source == o.Source && pin.Locked.Equal(o.New): // by another update
	case found && pin.Equal(read.Pins[o.Name]):
		pin.Source, pin.Locked = o.Source, o.New
		f.Pins[o.Name] = pin
	default:
		*o = edited(*o)
	}
}

// edited returns the outcome of a pin that was edited in the lock meanwhile.
func edited(o engine.Outcome) engine.Outcome {
	o.Status, o.New, o.Compare = engine.Failed, o.Old, ""
	o.Err = sources.WithHint(fmt.Errorf("the pin was edited meanwhile: %w", lock.ErrConflict), "the edit was kept; run the command again")
	return o
}
