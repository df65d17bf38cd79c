package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/terminal"
)

// pinTable has a line for each pin. To fit into width columns, names, what pins follow and sources are shortened, the
// longest first; 0 means that there is no limit.
func pinTable(f *lock.File, names []string, width int) string {
	rows := [][]string{{"NAME", "VERSION", "DATE", "FOLLOWS", "SOURCE"}}
	for _, name := range names {
		pin := f.Pins[name]
		version := cmp.Or(pin.Locked.Version, engine.ShortRev(pin.Locked.Rev()), "-")
		rows = append(rows, []string{name, version, cmp.Or(pin.Locked.Date, "-"), follows(pin), sourceOf(pin)})
	}
	if width > 0 {
		shrink(rows, width, 0, 3, 4)
	}
	return align(rows)
}

const (
	columnGap = 2 // columns between two cells
	minCell   = 8 // columns that a shortened cell has at least
)

// shrink shortens the cells of some columns until rows fit into a width.
func shrink(rows [][]string, width int, columns ...int) {
	widths := make([]int, len(rows[0]))
	total := columnGap * (len(widths) - 1)
	for i := range widths {
		for _, row := range rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
		total += widths[i]
	}
	for ; total > width; total-- {
		widest := slices.MaxFunc(columns, func(a, b int) int { return widths[a] - widths[b] })
		if widths[widest] <= minCell {
			break
		}
		widths[widest]--
	}
	for _, row := range rows {
		for _, i := range columns {
			row[i] = shorten(row[i], widths[i])
		}
	}
}

// align aligns the columns of rows.
func align(rows [][]string) string {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, columnGap, ' ', 0)
	for _, row := range rows {
		for i, cell := range row {
			row[i] = terminal.Clean(cell, "")
		}
		fmt.Fprintln(table, strings.Join(row, "\t"))
	}
	table.Flush()
	return strings.TrimSuffix(text.String(), "\n")
}

// follows says what a pin follows, and why an update might leave it alone.
func follows(pin lock.Pin) string {
	request := codecs().Request(pin.Source)
	t, text := request.Tracking, "fixed"
	switch {
	case t.Branch != "":
		text = "branch " + t.Branch + " at " + engine.ShortRev(pin.Locked.Rev())
	case t.Tags != "":
		text = "tags " + t.Tags
	case t.Release:
		text = "releases"
	case t.Rev != "":
		text = "fixed at " + shortCommit(t.Rev)
	case isPackage(pin.Source):
		text, t.Constraint = strings.TrimSpace(versionsOf(request)+" "+t.Constraint), ""
	case request.From != "":
		text = "versions"
	case request.Redirect:
		text = "redirect"
	}
	text += of(request)
	add := func(isSo bool, what string) {
		if isSo {
			text += ", " + what
		}
	}
	add(t.Constraint != "", t.Constraint)
	add(t.Prerelease, "pre-releases")
	add(t.MinAge != "", t.MinAge+" old")
	add(pin.Frozen, "frozen")
	add(pin.Locked.Calls[0].Private, "private")
	return text
}

// isPackage reports whether a source has a list of versions and no refs.
func isPackage(spec sources.Spec) bool {
	_, ok := spec.(interface {
		Wanted() (sources.Range, string)
	})
	return ok
}

// versionsOf names the versions that a package follows.
func versionsOf(r sources.Request) string {
	if r.DistTag != "" {
		return "dist-tag " + r.DistTag
	}
	return "versions"
}

// of names the source from which a URL takes its versions, to be put after what is followed; "" if there is none.
func of(r sources.Request) string {
	if r.From == "" {
		return ""
	}
	return " of " + r.From
}

// shortCommit shortens a full commit ID, and no tag.
func shortCommit(rev string) string {
	if sources.IsCommit(rev) {
		return engine.ShortRev(rev)
	}
	return rev
}

// sourceOf is the reference that means the source, or the URL for the first system and how many there are more. Of a pin
// that fetches what its source cannot mean, it is what is fetched.
func sourceOf(pin lock.Pin) string {
	request := codecs().Request(pin.Source)
	switch more := len(pin.Locked.Calls) - 1; {
	case request.Ref == "" && more > 0:
		return fmt.Sprintf("%s and %d more", pin.Locked.Calls[0].Fetch, more)
	case request.Ref == "", pin.Source.Accepts(pin.Locked) != nil:
		return pin.Locked.Calls[0].Fetch.String()
	case request.Host != "":
		return request.Ref + "?host=" + request.Host
	}
	return request.Ref
}
