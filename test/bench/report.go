package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"
)

// report is what a benchmark found, for readers of the README.
type report struct {
	table  string // in Markdown; empty if there is nothing to report
	title  string // of the plot
	charts []chart
}

// print prints the table, and writes the plot to a file if one is named.
func (r report) print(out io.Writer, svg string) error {
	if r.table == "" {
		return nil
	}
	fmt.Fprintf(out, "\n%s", r.table)
	if svg == "" {
		return nil
	}
	return os.WriteFile(svg, []byte(plot(r.title, r.charts)), 0o644)
}

// found is what eval reports, by reader; empty if a part did not run.
type found struct {
	nix                      string // its version
	evaluatedPins, builtPins int
	all, first, built        map[string]evaluated // built also has the mirror's names
}

// evalReport reports on readers if all were measured.
func (b *bench) evalReport() report {
	if b.found.all == nil || b.found.built == nil {
		return report{}
	}
	return report{b.found.markdown(runtime.NumCPU(), b.distance), b.found.title(), b.found.charts()}
}

func (f found) title() string {
	return fmt.Sprintf("Evaluation of %s pins, and %s sources in the store", thousands(f.evaluatedPins), thousands(f.builtPins))
}

// markdown is the table, with a column for each reader.
func (f found) markdown(cores int, roundTrip time.Duration) string {
	ours, npins, niv, bare := readers()
	order := []reader{ours, npins, niv}
	var out strings.Builder
	row := func(title string, cell func(reader) string) {
		fmt.Fprintf(&out, "| %s |", title)
		for _, r := range order {
			fmt.Fprintf(&out, " %s |", cell(r))
		}
		out.WriteByte('\n')
	}
	timed := func(title string, took func(reader) evaluated) {
		row(title, func(r reader) string {
			time := seconds(took(r).wall)
			if r != ours {
				return time
			}
			return fmt.Sprintf("%s (%s)", time, ratio(took(r).wall, min(took(npins).wall, took(niv).wall)))
		})
	}
	pins := thousands(f.evaluatedPins)
	row("", func(r reader) string { return r.name })
	row("---", func(reader) string { return "---:" })
	row("downloads while Nix evaluates "+pins+" pins", func(r reader) string { return thousands(int(f.all[r.name].asked.Downloads)) })
	timed("evaluating all "+pins, func(r reader) evaluated { return f.all[r.name] })
	timed("evaluating one of them", func(r reader) evaluated { return f.first[r.name] })
	for _, jobs := range []int{fewJobs, someJobs} {
		timed(fmt.Sprintf("%s sources in the store, `max-jobs = %d`", thousands(f.builtPins), jobs), func(r reader) evaluated { return f.builtBy(r, jobs) })
	}
	only := func(title, name string, jobs int) {
		row(title, func(r reader) string {
			if r != ours {
				return ""
			}
			return fmt.Sprintf("%s (%s)", seconds(f.built[name].wall), ratio(f.built[name].wall, f.fastest(jobs)))
		})
	}
	for _, jobs := range []int{fewJobs, someJobs} {
		only(fmt.Sprintf("the same from a mirror, `max-jobs = %d`", jobs), mirrorName(jobs), jobs)
	}
	only("the same by `pinfetch mirror --store`, then a build", storeName, someJobs)
	fmt.Fprintf(&out, "\nNothing cached, %d cores, Nix %s, a forge at %d ms for each connection, handshake and answer. Calls of functions in the tests' package set: "+
		"%.1f for a pin, %.1f for a bare `fetchFromGitHub`.\n",
		cores, f.nix, roundTrip.Milliseconds(), each(f.all[ours.name], f.evaluatedPins), each(f.all[bare.name], f.evaluatedPins))
	return out.String()
}

// builtBy is how a reader's sources get into the store. Evaluation has only one job.
func (f found) builtBy(r reader, jobs int) evaluated {
	if r.isFetching {
		return f.built[r.name]
	}
	return f.built[buildName(r, jobs)]
}

// fastest is the time of the fastest way without a mirror.
func (f found) fastest(jobs int) time.Duration {
	ours, npins, niv, _ := readers()
	return min(f.builtBy(ours, jobs).wall, f.builtBy(npins, jobs).wall, f.builtBy(niv, jobs).wall)
}

func (f found) charts() []chart {
	ours, npins, niv, _ := readers()
	first := chart{title: fmt.Sprintf("evaluation of %s pins", thousands(f.evaluatedPins))}
	for _, r := range []reader{ours, npins, niv} {
		first.bars = append(first.bars, bar{r.name, f.all[r.name].wall, r == ours})
	}
	second := chart{title: fmt.Sprintf("%s sources in the store", thousands(f.builtPins))}
	for _, jobs := range []int{fewJobs, someJobs} {
		second.bars = append(second.bars, bar{buildName(ours, jobs), f.builtBy(ours, jobs).wall, true})
	}
	for _, name := range []string{mirrorName(fewJobs), mirrorName(someJobs), storeName} {
		second.bars = append(second.bars, bar{name, f.built[name].wall, true})
	}
	for _, r := range []reader{npins, niv} {
		second.bars = append(second.bars, bar{r.name, f.builtBy(r, 1).wall, false})
	}
	return []chart{first, second}
}

func seconds(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%.2f s", d.Seconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// thousands formats a number below a million with a comma.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}
