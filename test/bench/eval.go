package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// What is evaluated and built.
const (
	evaluatedPins = 1000
	builtPins     = 100
	pinFiles      = 4    // files in a pin's archive, a few KiB
	pinFileSize   = 2000 // mean size of each, in bytes
	fewJobs       = 2
	someJobs      = 8 // builders mostly wait for the forge; Debian has ten users for them
)

// Releases of nixpkgs with different fetchers.
const (
	nixpkgsOld = "22.11" // sources cannot be overridden
	nixpkgsNew = "25.11"
)

const evalTitle = "WORK\tTIME\tCPU\tDOWNLOADS\tCALLS\tTHUNKS\tUPDATES\tENVS\tALLOCATED\tYARDSTICK\tRATIO\tMUST REACH\t"

// eval measures the readers of locks.
func (b *bench) eval() []part {
	return []part{{"readers", b.readers}, {"calls", b.calls}, {"one", b.one}, {"build", b.build}}
}

// cold evaluates an expression with empty caches, a distant forge, and perhaps a mirror that is as far away.
func (b *bench) cold(pins int, mirror string, evaluate func(*store, *forgeProcess) (evaluated, error)) (e evaluated, err error) {
	s, err := b.newStore()
	if err != nil {
		return e, err
	}
	defer func() { err = errors.Join(err, s.remove()) }()
	p, err := b.startForge(lockCurrent, pins, b.distance, mirror)
	if err != nil {
		return e, err
	}
	e, err = evaluate(s, p)
	asked, stopErr := p.stop()
	e.asked = asked
	if err := errors.Join(err, stopErr); err != nil {
		return e, err
	}
	if asked.Refused > 0 {
		return e, fmt.Errorf("the forge refused %d requests", asked.Refused)
	}
	return e, nil
}

// evalLine prints one evaluation.
func (b *bench) evalLine(out *tabwriter.Writer, name string, e evaluated, against, ratio string, goals ...goal) {
	wanted, verdict := b.judge(name, goals)
	const kibi = 1 << 10
	fmt.Fprintf(out, "%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d KiB\t%d KiB\t%s\t%s\t%s\t%s\n", name, readable(e.wall), readable(e.cpu), e.asked.Downloads,
		e.Calls, e.Thunks, e.Updates, e.Envs.Bytes/kibi, e.GC.Bytes/kibi, against, ratio, wanted, verdict)
}

// callRatio compares function calls with the yardstick's.
func callRatio(ours, theirs evaluated) float64 { return float64(ours.Calls) / float64(theirs.Calls) }

func atMostTimes(got, limit float64, what string) goal {
	return goal{fmt.Sprintf("≤ %g × %s", limit, what), got <= limit}
}

// readers evaluates all pins with each reader, then the first alone.
func (b *bench) readers(out *tabwriter.Writer) error {
	p, err := b.flatProject(evaluatedPins)
	if err != nil {
		return err
	}
	return b.compareReaders(out, p)
}

// flatProject is a project with so many pins and no scopes.
func (b *bench) flatProject(pins int) (project, error) {
	locked, err := b.realPins(pins)
	if err != nil {
		return project{}, err
	}
	flat, _, _ := layouts()
	return b.newProject(locked, flat)
}

func (b *bench) compareReaders(out *tabwriter.Writer, p project) error {
	ours, npins, niv, bare := readers()
	all, first := make(map[string]evaluated), make(map[string]evaluated)
	for _, r := range []reader{bare, ours, npins, niv} {
		fmt.Fprintf(os.Stderr, "bench: readers: %s\n", r.name)
		var err error
		if all[r.name], err = b.coldRuns(p, r, p.all(r, nixpkgsNew)); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		if first[r.name], err = b.coldRuns(p, r, p.first(r, nixpkgsNew)); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		if err := checkPaths(all[r.name].paths, p.pins); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		if r != niv && !slices.Equal(all[r.name].paths, all[bare.name].paths) { // niv gives its sources names
			return fmt.Errorf("%s: store paths differ from those of the bare calls", r.name)
		}
	}
	for _, r := range []reader{ours, npins, niv, bare} {
		var goals []goal
		if r == ours {
			goals = append(goals, atMost(all[r.name].asked.Downloads, 0, "downloads"), atMost(all[r.name].asked.Connections, 0, "connections"),
				atMostTimes(callRatio(all[r.name], all[bare.name]), 2, "the calls"))
		}
		b.evalLine(out, fmt.Sprintf("%s: %d pins", r.name, p.pins), all[r.name], bare.name, fmt.Sprintf("%.2f × the calls", callRatio(all[r.name], all[bare.name])), goals...)
	}
	for _, r := range []reader{ours, npins, niv, bare} {
		var goals []goal
		if r == ours {
			goals = append(goals, atMost(first[r.name].asked.Downloads, 0, "downloads"))
		}
		b.evalLine(out, fmt.Sprintf("%s: the first of %d", r.name, p.pins), first[r.name], "", "", goals...)
	}
	b.found.evaluatedPins, b.found.all, b.found.first = p.pins, all, first
	var err error
	b.found.nix, err = b.nixVersion()
	return err
}

func (b *bench) nixVersion() (string, error) {
	out, err := b.command("nix-instantiate", "--version").Output()
	return strings.TrimPrefix(strings.TrimSpace(string(out)), "nix-instantiate (Nix) "), err
}

// coldRuns evaluates as often as --runs says, but slow readers only once.
func (b *bench) coldRuns(p project, r reader, expression string) (evaluated, error) {
	runs := b.runs
	if r.isFetching {
		runs = 1
	}
	var all []figures
	var last evaluated
	for range runs {
		e, err := b.cold(p.pins, "", func(s *store, f *forgeProcess) (evaluated, error) { return s.instantiate(b, f, expression) })
		if err != nil {
			return e, err
		}
		all, last = append(all, e.figures), e
	}
	last.figures = median(all)
	return last, nil
}

// checkPaths checks the store paths of so many sources.
func checkPaths(paths []string, pins int) error {
	distinct := make(map[string]bool, len(paths))
	for _, path := range paths {
		distinct[path] = true
	}
	if len(paths) != pins || len(distinct) != pins {
		return fmt.Errorf("%d store paths, %d of them distinct, for %d pins", len(paths), len(distinct), pins)
	}
	return nil
}

// calls counts the work of evaluation by the number of pins and their grouping.
// The yardstick is a file of handwritten calls: mapping over a parsed lock would
// add a call for each pin.
func (b *bench) calls(out *tabwriter.Writer) error { return b.countCalls(out, evaluatedPins) }

// countCalls compares half as many pins, as many, and twice as many.
func (b *bench) countCalls(out *tabwriter.Writer, pins int) error {
	s, err := b.newStore()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.remove()) }()
	ours, _, _, bare := readers()
	flat, scope, scopes := layouts()
	for _, release := range []string{nixpkgsNew, nixpkgsOld} {
		for _, l := range []layout{flat, scope, scopes} {
			var few, many evaluated // the previous result, and the one before it
			for i, count := range []int{pins / 2, pins, pins * 2} {
				p, err := b.newProject(madePins(count), l)
				if err != nil {
					return err
				}
				mine, err := s.evaluate(b, nil, p.all(ours, release))
				if err != nil {
					return err
				}
				other, err := s.evaluate(b, nil, p.all(bare, release))
				if err != nil {
					return err
				}
				if !slices.Equal(mine.paths, other.paths) {
					return fmt.Errorf("%s: store paths differ from those of the bare calls", l.name)
				}
				goals := []goal{atMostTimes(callRatio(mine, other), 2, "the calls")}
				if i == 2 {
					goals = append(goals, linear("calls", few.Calls, many.Calls, mine.Calls), linear("copies", few.Copied, many.Copied, mine.Copied),
						linear("allocations", few.GC.Bytes, many.GC.Bytes, mine.GC.Bytes))
				}
				b.evalLine(out, fmt.Sprintf("%d pins %s, nixpkgs %s", count, l.name, release), mine, fmt.Sprintf("%s: %d", bare.name, other.Calls),
					fmt.Sprintf("%.2f × (%.1f and %.1f calls each)", callRatio(mine, other), each(mine, count), each(other, count)), goals...)
				few, many = many, mine
			}
		}
	}
	return nil
}

func each(e evaluated, pins int) float64 { return float64(e.Calls) / float64(pins) }

// linear is the goal that a doubling of pins adds twice as much as the previous
// doubling did, plus a hundredth for values that grow in steps.
func linear(what string, half, whole, double int64) goal {
	return goal{what + " linear", float64(double-whole) <= 1.01*2*float64(whole-half)}
}

// one reads one pin of a large lock and one of a small lock. The goal is about CPU
// time, which does not depend on other load.
func (b *bench) one(out *tabwriter.Writer) error { return b.readOne(out, evaluatedPins, starts) }

func (b *bench) readOne(out *tabwriter.Writer, pins, runs int) (err error) {
	s, err := b.newStore()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.remove()) }()
	flat, _, _ := layouts()
	ours, _, _, _ := readers()
	large, err := b.newProject(madePins(pins), flat)
	if err != nil {
		return err
	}
	small, err := b.newProject(madePins(1), flat)
	if err != nil {
		return err
	}
	const nothing = `""`
	expressions := []string{
		large.first(ours, nixpkgsNew), small.first(ours, nixpkgsNew),
		fmt.Sprintf(`builtins.seq (builtins.fromJSON (builtins.readFile %s/pinfetch/pins.json)) ""`, large.dir), nothing,
	}
	found, times := make([]evaluated, len(expressions)), make([][]figures, len(expressions))
	for run := range runs + 1 { // alternately, so that other load on the machine affects all
		for i, expression := range expressions {
			e, err := s.evaluate(b, nil, expression)
			if err != nil {
				return err
			}
			if found[i] = e; run > 0 { // the first run warms up
				times[i] = append(times[i], e.figures)
			}
		}
	}
	for i := range found {
		found[i].figures = median(times[i])
	}
	many, single, parse, empty := found[0], found[1], found[2], found[3]
	b.evalLine(out, "starting Nix", empty, "", "")
	b.evalLine(out, fmt.Sprintf("parsing a lock of %d", pins), parse, "", "")
	b.evalLine(out, "one pin of one", single, "", "")
	limit := time.Duration(1.2*float64(single.cpu)) + max(0, parse.cpu-empty.cpu)
	b.evalLine(out, fmt.Sprintf("one pin of %d", pins), many, "one of one", fmt.Sprintf("%.2f × the CPU", many.cpu.Seconds()/single.cpu.Seconds()),
		goal{fmt.Sprintf("≤ 1.2 × one of one + parsing: %s of CPU", readable(limit)), many.cpu <= limit})
	return nil
}

// build gets sources into the store: built by Nix, or downloaded during evaluation.
func (b *bench) build(out *tabwriter.Writer) error {
	p, err := b.flatProject(builtPins)
	if err != nil {
		return err
	}
	return b.compareBuilds(out, p)
}

func (b *bench) compareBuilds(out *tabwriter.Writer, p project) error {
	ours, npins, niv, _ := readers()
	built := make(map[string]evaluated)
	for _, r := range []reader{npins, niv} {
		fmt.Fprintf(os.Stderr, "bench: build: %s\n", r.name)
		e, err := b.coldRuns(p, r, p.all(r, nixpkgsNew))
		if err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		if err := errors.Join(checkPaths(e.paths, p.pins), checkExpected(e, p.pins)); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		built[r.name] = e
		b.evalLine(out, fmt.Sprintf("%s: %d sources in the store", r.name, p.pins), e, "", "")
	}
	fastest := npins
	if built[niv.name].wall < built[npins.name].wall {
		fastest = niv
	}
	for _, jobs := range []int{fewJobs, someJobs} {
		fmt.Fprintf(os.Stderr, "bench: build: %s, %d jobs\n", ours.name, jobs)
		e, err := b.cold(p.pins, "", func(s *store, f *forgeProcess) (evaluated, error) {
			return s.build(b, f, p.list(ours, nixpkgsNew), jobs)
		})
		if err != nil {
			return err
		}
		if err := errors.Join(checkPaths(e.paths, p.pins), checkExpected(e, p.pins)); err != nil {
			return err
		}
		built[buildName(ours, jobs)] = e
		b.evalLine(out, fmt.Sprintf("%s: %d sources in the store", buildName(ours, jobs), p.pins), e, fastest.name, ratio(e.wall, built[fastest.name].wall))
	}
	if err := b.mirrors(out, p, built); err != nil {
		return err
	}
	b.found.builtPins, b.found.built = p.pins, built
	return nil
}

func buildName(r reader, jobs int) string { return fmt.Sprintf("%s, %d jobs", r.name, jobs) }

func checkExpected(e evaluated, downloads int) error {
	if e.asked.Downloads != int64(downloads) {
		return fmt.Errorf("%d downloads for %d sources", e.asked.Downloads, downloads)
	}
	return nil
}
