package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

func (p *program) updateCommand() *cli.Command {
	return &cli.Command{
		Name:      "update",
		Usage:     "move pins to what their sources now mean",
		UsageText: "pinfetch update [FLAG…] [NAME…]",
		Description: `A NAME is a pin, a scope ("tree-sitter/") or a glob ("tree-sitter/*"). None selects all pins but
frozen ones. A pin that fails keeps its entry; the others are written.

Examples:

   pinfetch update
   pinfetch update ripgrep tree-sitter/ --dry-run
   pinfetch update --json --commit`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "dry-run", Usage: "write nothing"},
			&cli.BoolFlag{Name: "rehash", Usage: "hash the locked revisions again instead of looking for newer ones"},
			&cli.BoolFlag{Name: "allow-downgrade", Usage: "take a version that is lower than the locked one"},
			&cli.BoolFlag{Name: "allow-moved-tag", Usage: "take the new commit of a tag that moved"},
			&cli.BoolFlag{Name: "commit", Usage: "commit the lock, and nothing else, with git"},
			&cli.BoolFlag{Name: "fail-fast", Usage: "begin nothing new after a failure"},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON document"},
		},
		Action:       p.update,
		BashComplete: p.completePins,
	}
}

func (p *program) update(c *cli.Context) error {
	path, f, selection, err := p.readSelection(c)
	if err != nil {
		return err
	}
	var commit *commit
	if c.Bool("commit") && !c.Bool("dry-run") {
		if commit, err = p.prepareCommit(c.Context, path); err != nil {
			return err
		}
	}
	k, err := p.connect(c)
	if err != nil {
		return err
	}
	e, stop := p.engine(c, k, len(selection.Names))
	if c.Bool("rehash") {
		e.Hash = k.hasher.Rehash
	}
	outcomes := e.Update(c.Context, f, selection, engine.UpdateOptions{
		AllowDowngrade: c.Bool("allow-downgrade"), AllowMovedTag: c.Bool("allow-moved-tag"),
		Rehash: c.Bool("rehash"), FailFast: c.Bool("fail-fast"),
	})
	stop()
	if !c.Bool("dry-run") {
		if err := p.storeUpdates(path, f, outcomes); err != nil {
			return err
		}
	}
	var commitErr error
	if commit != nil {
		commitErr = commit.make(context.WithoutCancel(c.Context), outcomes)
	}
	err = p.conclude(c.Context, outcomes, c.Bool("json"), updateLine)
	p.summarize(outcomes)
	return cmp.Or(commitErr, err)
}

func updateLine(o engine.Outcome) string {
	if o.Status != engine.Updated && o.Status != engine.Outdated {
		return ""
	}
	text := o.Name + ": " + change(o.Old, o.New)
	if o.Compare != "" {
		text += "\n  " + o.Compare
	}
	return text
}

// summarize counts what became of the pins.
func (p *program) summarize(outcomes []engine.Outcome) {
	count := make(map[engine.Status]int)
	for _, o := range outcomes {
		count[o.Status]++
	}
	text := fmt.Sprintf("%d pins", len(outcomes))
	if len(outcomes) == 1 {
		text = "1 pin"
	}
	separator := ": "
	for _, status := range []engine.Status{engine.Updated, engine.Outdated, engine.Unchanged, engine.Frozen, engine.Failed} {
		if count[status] > 0 {
			text += fmt.Sprintf("%s%d %s", separator, count[status], status)
			separator = ", "
		}
	}
	p.ui.note("%s", text)
}

// storeUpdates writes the pins that changed. One that somebody else changed meanwhile keeps what they wrote.
func (p *program) storeUpdates(path string, read *lock.File, outcomes []engine.Outcome) error {
	updated := 0
	for _, o := range outcomes {
		if o.Status == engine.Updated {
			updated++
		}
	}
	if updated == 0 {
		return nil
	}
	_, err := p.editLock(path, func(f *lock.File) error {
		for i := range outcomes {
			o := &outcomes[i]
			if o.Status != engine.Updated {
				continue
			}
			pin, found := f.Pins[o.Name]
			if found && pin.Source == o.Source && pin.Locked.Equal(o.New) { // by another update
				continue
			}
			if !found || !pin.Equal(read.Pins[o.Name]) {
				o.Status, o.New, o.Compare = engine.Failed, o.Old, ""
				o.Err = sources.WithHint(fmt.Errorf("the pin was edited during the update: %w", lock.ErrConflict),
					"what was written meanwhile is kept; run pinfetch update again")
				continue
			}
			pin.Locked = o.New
			f.Pins[o.Name] = pin
		}
		return nil
	})
	return err
}
