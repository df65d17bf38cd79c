package main

import (
	"cmp"
	"strings"
	"text/tabwriter"

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
		Usage:     "list pins",
		UsageText: "pinfetch show [FLAG…] [NAME…]",
		Description: `Needs no network.

Examples:

   pinfetch show
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
	switch {
	case o.plain:
		for _, name := range selection.Names {
			p.ui.result("%s", name)
		}
		return nil
	case o.json:
		return p.showJSON(f, selection.Names)
	}
	p.showTable(f, selection.Names)
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

func (p *program) showTable(f *lock.File, names []string) {
	if len(names) == 0 {
		p.ui.note("the lock has no pins yet; add one: pinfetch add github:OWNER/REPO")
		return
	}
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	row := func(cells ...string) { table.Write([]byte(strings.Join(cells, "\t") + "\n")) }
	row("NAME", "VERSION", "DATE", "FETCHER", "SOURCE")
	for _, name := range names {
		pin := f.Pins[name]
		version := cmp.Or(pin.Locked.Version, shortRev(pin.Locked.Rev()), "-")
		if pin.Frozen {
			version += " (frozen)"
		}
		row(name, version, cmp.Or(pin.Locked.Date, "-"), string(pin.Locked.Calls[0].Fetcher), pin.Locked.Calls[0].Fetch.String())
	}
	table.Flush()
	p.ui.result("%s", strings.TrimSuffix(text.String(), "\n"))
}
