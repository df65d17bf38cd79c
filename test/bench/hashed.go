package main

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"
)

// hashed is what hash reports.
type hashed struct {
	nix  string  // its version; empty if nix-prefetch-url did not run
	rows []chart // one for each kind of work: our bar, then those of other programs
}

// add adds the times of one kind of work, which may have been measured beside
// another program before.
func (h *hashed) add(w work, ours, theirs time.Duration) {
	i := h.index(w.name)
	if i < 0 {
		i = len(h.rows)
		h.rows = append(h.rows, chart{w.name, []bar{{"pinfetch", ours, true}}})
	}
	h.rows[i].bars = append(h.rows[i].bars, bar{w.against, theirs, false})
}

func (h hashed) index(name string) int {
	return slices.IndexFunc(h.rows, func(c chart) bool { return c.title == name })
}

// hashReport reports on everything that was measured beside other programs.
func (b *bench) hashReport() report {
	if len(b.hashed.rows) == 0 {
		return report{}
	}
	return report{b.hashed.markdown(runtime.NumCPU(), b.runs), "Times to hash archives, a directory and a file", b.hashed.charts()}
}

// markdown is the table, with a cell for each other program.
func (h hashed) markdown(cores, runs int) string {
	var out strings.Builder
	out.WriteString("|  | pinfetch | other programs | |\n| --- | ---: | ---: | ---: |\n")
	for _, row := range h.rows {
		ours, others := row.bars[0], make([]string, 2)
		for i, b := range row.bars[1:] {
			others[i] = fmt.Sprintf("`%s`: %s (%s)", b.name, seconds(b.time), ratio(b.time, ours.time))
		}
		fmt.Fprintf(&out, "| %s | %s | %s |\n", row.title, seconds(ours.time), strings.Join(others, " | "))
	}
	fmt.Fprintf(&out, "\nMedians of %d runs, %d cores", runs, cores)
	if h.nix != "" {
		fmt.Fprintf(&out, ", Nix %s, `nix-prefetch-url` once", h.nix)
	}
	fmt.Fprintf(&out, ". Rows without a size are about a tree of %s files, %d MiB.\n", thousands(treeFiles), treeMiB)
	return out.String()
}

// charts shows the tar.gz beside all programs, then each kind of work beside a
// program that does no more than necessary.
func (h hashed) charts() []chart {
	all := chart{title: fmt.Sprintf("time to hash a tar.gz of %s files, %d MiB (less is better)", thousands(treeFiles), treeMiB)}
	pairs := chart{title: "beside programs that only decompress or only hash, on a larger scale"}
	for _, shown := range []struct{ work, name string }{{hashTarGz, "tar.gz"}, {hashZip, "zip"}, {hashDirectory, "directory"}, {hashFlat, "1 GiB file"}} {
		i := h.index(shown.work)
		if i < 0 {
			continue
		}
		bars := h.rows[i].bars
		if shown.work == hashTarGz {
			all.bars = bars
		}
		ours := bars[0]
		ours.name = shown.name + ": " + ours.name
		pairs.bars = append(pairs.bars, ours, bars[1])
	}
	return []chart{all, pairs}
}
