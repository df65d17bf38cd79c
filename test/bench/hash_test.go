package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// someHashed is a result whose numbers are easy to see.
func someHashed() hashed {
	h := hashed{nix: "2.8.0"}
	for _, row := range []struct {
		name, against string
		ours, theirs  time.Duration
	}{
		{"tar.gz, names in order", "gzip -dc", 400, 1200},
		{hashTarGz, "gzip -dc", 500, 1000},
		{hashTarGz, "nix-prefetch-url --unpack", 510, 20_000}, // measured again, reported once
		{hashZip, "unzip -tqq", 800, 2000},
		{hashFlat, "openssl dgst -sha256", 600, 500},
	} {
		h.add(work{name: row.name, against: row.against}, row.ours*time.Millisecond, row.theirs*time.Millisecond)
	}
	return h
}

func TestHashMarkdown(t *testing.T) {
	t.Parallel()
	const want = `|  | pinfetch | other programs | |
| --- | ---: | ---: | ---: |
| tar.gz, names in order | 0.40 s | BTgzip -dcBT: 1.2 s (3.0 × as long) |  |
| tar.gz, directory order | 0.50 s | BTgzip -dcBT: 1.0 s (2.0 × as long) | BTnix-prefetch-url --unpackBT: 20.0 s (40.0 × as long) |
| zip | 0.80 s | BTunzip -tqqBT: 2.0 s (2.5 × as long) |  |
| flat file, 1 GiB | 0.60 s | BTopenssl dgst -sha256BT: 0.50 s (1.2 × faster) |  |

Medians of 5 runs, 2 cores, Nix 2.8.0, BTnix-prefetch-urlBT once. `
	got := someHashed().markdown(2, 5)
	if want := strings.ReplaceAll(want, "BT", "`"); !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s\nwant it to begin with\n%s", got, want)
	}
}

// One chart shows all programs, the other one shows pairs on a scale of their own.
func TestHashPlot(t *testing.T) {
	t.Parallel()
	got := rects(t, plot("title", someHashed().charts()))
	// The room is 446 pixels: 0.5 s, 1 s and 20 s of 20 s; and 0.5 s and 1 s, 0.8 s and 2 s, 0.6 s and 0.5 s of 2 s.
	if want := []string{"11", "112", "178", "134"}; !slices.Equal(got["ours"], want) {
		t.Errorf("ours: got %q, want %q", got["ours"], want)
	}
	if want := []string{"22", "446", "223", "446", "112"}; !slices.Equal(got["other"], want) {
		t.Errorf("other: got %q, want %q", got["other"], want)
	}
}

// A part that fails ends the run, but what was measured before is printed.
func TestMeasureAll(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	b := &bench{missed: []string{"first"}}
	line := func(name string, err error) part {
		return part{name, func(out *tabwriter.Writer) error {
			fmt.Fprintf(out, "%s\t\n", name)
			return err
		}}
	}
	var out strings.Builder
	err := b.measureAll(&out, "WORK\t", []part{line("first", nil), line("second", broken), line("third", nil)})
	if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "second: ") {
		t.Errorf("got error %v, want that of the second part", err)
	}
	if got := strings.Fields(out.String()); !slices.Equal(got, []string{"WORK", "first", "second", "missed:", `["first"]`}) {
		t.Errorf("got %q", got)
	}
}
