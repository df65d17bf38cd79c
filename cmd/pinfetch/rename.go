package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

func (p *program) renameCommand() *cli.Command {
	return &cli.Command{
		Name:      "rename",
		Usage:     "rename a pin or a scope",
		UsageText: "pinfetch rename OLD NEW",
		Description: `A scope ends in a slash.

Examples:

   pinfetch rename tree-sitter-rust tree-sitter/rust
   pinfetch rename tree-sitter/ ts/`,
		Action: func(c *cli.Context) error {
			if c.NArg() != 2 {
				return usage("want the old and the new name, got %d arguments", c.NArg())
			}
			return p.rename(c.Context, c.Args().Get(0), c.Args().Get(1))
		},
		BashComplete: p.completePins,
	}
}

const nameHint = "choose a name such as foo or scope/foo"

// checkName refuses a name that no pin can have, and suggests one that is like it.
func checkName(name string) error {
	err := lock.ValidateName(name)
	if err == nil {
		return nil
	}
	var parts []string
	for part := range strings.SplitSeq(name, "/") {
		if clean := lock.CleanName(part); clean != "" {
			parts = append(parts, clean)
		}
	}
	if mapped := strings.Join(parts, "/"); lock.ValidateName(mapped) == nil {
		return sources.WithHint(err, "did you mean %s?", mapped)
	}
	return sources.WithHint(err, nameHint)
}

func (p *program) rename(ctx context.Context, from, to string) error {
	if err := checkName(strings.TrimSuffix(to, "/")); err != nil {
		return err
	}
	path, f, err := p.readLock()
	if err != nil {
		return err
	}
	if err := checkRename(f, from, to); err != nil {
		return err
	}
	if err := p.editLock(ctx, path, func(f *lock.File) error { return renamePins(f, from, to) }); err != nil {
		return err
	}
	p.ui.note("renamed %s to %s", from, to)
	return nil
}

// checkRename wants two pins or two scopes, the first of which exists.
func checkRename(f *lock.File, from, to string) error {
	if from == to {
		return nameTaken(to)
	}
	_, isPin := f.Pins[from]
	scope, toScope := strings.TrimSuffix(from, "/")+"/", strings.TrimSuffix(to, "/")+"/"
	switch {
	case isPin && to == toScope:
		return sources.WithHint(usage("%q is a pin and %q a scope", from, to), "run pinfetch rename %s %s%s", from, to, from[strings.LastIndex(from, "/")+1:])
	case len(renames(f, scope, toScope)) > 0 && !isPin && (from != scope || to != toScope):
		return sources.WithHint(usage("%q is a scope, not a pin", from), "to rename all pins in it, run pinfetch rename %s %s", scope, toScope)
	}
	_, err := engine.Select(f, []string{from})
	return err
}

// renamePins renames one pin, or all pins of a scope.
func renamePins(f *lock.File, from, to string) error {
	renamed := renames(f, from, to)
	if len(renamed) == 0 {
		return fmt.Errorf("%q: %w", from, engine.ErrUnknownName)
	}
	pins := make(map[string]lock.Pin)
	for name := range renamed {
		pins[name] = f.Pins[name]
		delete(f.Pins, name)
	}
	for name, pin := range pins {
		if _, taken := f.Pins[renamed[name]]; taken {
			return sources.WithHint(nameTaken(renamed[name]), "choose another name, or remove that pin first")
		}
		f.Pins[renamed[name]] = pin
	}
	if err := f.Validate(); err != nil {
		return sources.WithHint(err, nameHint)
	}
	return nil
}

// renames maps the names of the pins that a rename affects to their new names.
func renames(f *lock.File, from, to string) map[string]string {
	names := make(map[string]string)
	for name := range f.Pins {
		if rest, found := strings.CutPrefix(name, from); found && (rest == "" || strings.HasSuffix(from, "/")) {
			names[name] = to + rest
		}
	}
	return names
}
