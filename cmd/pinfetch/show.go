package main

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/pkg/lock"
)

type showOptions struct {
	plain, json bool
}

func (p *program) showCommand() *cli.Command {
	o := &showOptions{}
	return &cli.Command{
		Name:      "show",
		Aliases:   []string{"ls", "list"},
		Usage:     "list pins",
		UsageText: "pinfetch show [FLAG…] [NAME…]",
		Description: `Lists pins in a table; for one NAME, tells everything about it. Needs no
network.

Examples:

   pinfetch show
   pinfetch show ripgrep
   pinfetch show tree-sitter/ --plain
   pinfetch show ripgrep --json`,
		Flags: []cli.Flag{
			boolFlag(&o.plain, "plain", "print only names, one per line"),
			boolFlag(&o.json, "json", "print the lock's entries as one JSON document"),
		},
		Action:       func(c *cli.Context) error { return p.show(o, c.Args().Slice()) },
		BashComplete: p.completePins,
	}
}

func (p *program) show(o *showOptions, words []string) error {
	if o.plain && o.json {
		return usage("--plain and --json exclude each other")
	}
	_, f, selection, err := p.readSelection(words)
	if err != nil {
		return err
	}
	for _, name := range selection.Names {
		if err := f.Pins[name].Validate(); err != nil && !o.plain {
			p.ui.warn("%s: invalid in the lock: %v", name, err)
		}
	}
	switch {
	case o.plain && len(selection.Names) > 0:
		p.ui.result("%s", strings.Join(selection.Names, "\n"))
	case o.plain:
	case o.json:
		return p.showJSON(f, selection.Names)
	case len(words) == 1 && len(selection.Names) == 1 && words[0] == selection.Names[0]:
		p.ui.result("%s", pinFacts(words[0], f.Pins[words[0]]))
	case len(selection.Names) == 0:
		p.ui.note("the lock has no pins yet; add one: pinfetch add github:OWNER/REPO")
	default:
		p.ui.result("%s", pinTable(f, selection.Names, p.ui.width()))
	}
	return nil
}

func (p *program) showJSON(f *lock.File, names []string) error {
	type entry struct {
		Name string         `json:"name"`
		Pin  jsontext.Value `json:",embed"`
	}
	out := struct {
		Pins []entry `json:"pins"`
	}{Pins: []entry{}}
	for _, name := range names {
		data, err := f.Pins[name].Format(codecs())
		if err != nil {
			return err
		}
		out.Pins = append(out.Pins, entry{name, data})
	}
	p.printJSON(out)
	return nil
}
