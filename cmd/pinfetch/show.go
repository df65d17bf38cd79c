package main

import (
	"cmp"
	"strings"
	"text/tabwriter"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/pkg/lock"
)

func (p *program) showCommand() *cli.Command {
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
			&cli.BoolFlag{Name: "plain", Usage: "print names only, one a line"},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON document: the entries as they stand in the lock"},
		},
		Action:       p.show,
		BashComplete: p.completePins,
	}
}

func (p *program) show(c *cli.Context) error {
	if c.Bool("plain") && c.Bool("json") {
		return usage(c, "--plain and --json exclude each other")
	}
	_, f, selection, err := p.readSelection(c)
	if err != nil {
		return err
	}
	switch {
	case c.Bool("plain"):
		for _, name := range selection.Names {
			p.ui.result("%s", name)
		}
		return nil
	case c.Bool("json"):
		return p.showJSON(f, selection.Names)
	}
	return p.showTable(f, selection.Names)
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
		data, err := f.Pins[name].Format(kinds())
		if err != nil {
			return err
		}
		out.Pins = append(out.Pins, entry{name, data})
	}
	p.printJSON(out)
	return nil
}

func (p *program) showTable(f *lock.File, names []string) error {
	if len(names) == 0 {
		p.ui.note("the lock has no pins yet; pinfetch add github:OWNER/REPO adds one")
		return nil
	}
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	row := func(cells ...string) { table.Write([]byte(strings.Join(cells, "\t") + "\n")) }
	row("NAME", "VERSION", "DATE", "FETCHER", "SOURCE")
	for _, name := range names {
		pin := f.Pins[name]
		version := cmp.Or(pin.Locked.Version, short(pin.Locked.Rev()), "-")
		if pin.Frozen {
			version += " (frozen)"
		}
		row(name, version, cmp.Or(pin.Locked.Date, "-"), string(pin.Locked.Calls[0].Fetcher), pin.Locked.Calls[0].Fetch.String())
	}
	table.Flush()
	p.ui.result("%s", strings.TrimSuffix(text.String(), "\n"))
	return nil
}
