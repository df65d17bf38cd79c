package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pinfetch/pinfetch/test/forgetest"
	"github.com/pinfetch/pinfetch/test/forgetest/synthetic"
)

// What is updated.
const (
	distance     = 50 * time.Millisecond // round trip
	manyPins     = 1000
	mostPins     = 10_000
	fewRepos     = 50
	changedPins  = 200
	archiveFiles = 76     // files in an archive of about 200 KiB, compressed
	archiveSize  = 10_700 // mean size of each, in bytes
	shownPins    = 10
	starts       = 40 // runs of commands that take milliseconds
	gitAtOnce    = 5  // processes, like tools that start git for every pin
)

const updateTitle = "WORK\tPINFETCH\tCPU\tPEAK\tREF REQUESTS\tDOWNLOADS\tSENT\tCONNECTIONS\tIN FLIGHT\tYARDSTICK\tTIME\tRATIO\tMUST REACH\t"

// update measures updates.
func (b *bench) update() []part {
	return []part{
		{"repositories", b.manyRepositories}, {"refs", b.manyRefs}, {"linear", b.linear},
		{"mixed", b.mixed}, {"downloads", b.downloads}, {"lock", b.lock}, {"start", b.start},
	}
}

// goal is a condition that a figure should meet.
type goal struct {
	text    string
	reached bool
}

func atMost(got, limit int64, what string) goal {
	return goal{fmt.Sprintf("≤ %d %s", limit, what), got <= limit}
}

func within(got, limit time.Duration) goal {
	return goal{fmt.Sprintf("≤ %s", readable(limit)), got <= limit}
}

func faster(ours, theirs time.Duration, times float64) goal {
	return goal{fmt.Sprintf("≥ %g × faster", times), float64(theirs) >= times*float64(ours)}
}

func peak(f figures, mebibytes int64) goal { return atMost((f.peak+1<<20-1)>>20, mebibytes, "MiB") }

// line prints one kind of work.
func (b *bench) line(out *tabwriter.Writer, name string, ours figures, c *forgetest.Counts, against string, theirs time.Duration, goals ...goal) {
	asked := "\t\t\t\t" // no forge
	if c != nil {
		asked = fmt.Sprintf("%d\t%d\t%.1f MiB\t%d\t%d", c.RefRequests(), c.Downloads, float64(c.BytesOut)/(1<<20), c.Connections, c.MostInFlight)
	}
	memory := "" // unknown for part of a process
	if ours.peak > 0 {
		memory = fmt.Sprintf("%d MiB", ours.peak>>20)
	}
	wanted, verdict := b.judge(name, goals)
	fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", name, readable(ours.wall), readable(ours.cpu), memory, asked,
		against, readable(theirs), ratio(ours.wall, theirs), wanted, verdict)
}

// judge lists the goals of a kind of work and says which were missed.
func (b *bench) judge(name string, goals []goal) (wanted, verdict string) {
	var all, missed []string
	for _, g := range goals {
		all = append(all, g.text)
		if !g.reached {
			missed = append(missed, g.text)
		}
	}
	switch {
	case len(missed) > 0:
		verdict = "MISSED: " + strings.Join(missed, ", ")
		b.missed = append(b.missed, name)
	case len(all) > 0:
		verdict = "reached"
	}
	return strings.Join(all, ", "), verdict
}

// ratio compares our time with the yardstick's.
func ratio(ours, theirs time.Duration) string {
	if ours <= theirs {
		return fmt.Sprintf("%.1f × faster", theirs.Seconds()/ours.Seconds())
	}
	return fmt.Sprintf("%.1f × as long", ours.Seconds()/theirs.Seconds())
}

// readable formats a duration without digits that are noise.
func readable(d time.Duration) string {
	if d < 200*time.Millisecond {
		return fmt.Sprintf("%.1f ms", d.Seconds()*1000)
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

func (b *bench) manyRepositories(out *tabwriter.Writer) error {
	path, err := b.makeLock(lockCurrent, manyPins, manyPins)
	if err != nil {
		return err
	}
	ours, asked, err := b.updates(path, lockCurrent, manyPins, distance, b.runs)
	if err != nil {
		return err
	}
	theirs, err := b.lsRemote(manyPins)
	if err != nil {
		return err
	}
	b.line(out, "1,000 pins on 1,000 repositories, unchanged, 50 ms", ours, &asked, "git ls-remote, 5 at a time", theirs,
		faster(ours.wall, theirs, 50), atMost(asked.RefRequests(), manyPins, "ref requests"), atMost(asked.Downloads, 0, "downloads"),
		atMost(asked.Connections, 2, "connections"), atMost(asked.MostInFlight, 100, "in flight"), peak(ours, 48))
	return nil
}

func (b *bench) manyRefs(out *tabwriter.Writer) error {
	path, err := b.makeLock(lockCurrent, manyPins, fewRepos)
	if err != nil {
		return err
	}
	ours, asked, err := b.updates(path, lockCurrent, fewRepos, distance, b.runs)
	if err != nil {
		return err
	}
	theirs, err := b.lsRemote(fewRepos)
	if err != nil {
		return err
	}
	b.line(out, "1,000 pins on 50 repositories, unchanged, 50 ms", ours, &asked, "git ls-remote of each repository, 5 at a time", theirs,
		atMost(asked.RefRequests(), fewRepos, "ref requests"), atMost(asked.Downloads, 0, "downloads"))
	return nil
}

func (b *bench) linear(out *tabwriter.Writer) error {
	few, err := b.makeLock(lockCurrent, manyPins, manyPins)
	if err != nil {
		return err
	}
	many, err := b.makeLock(lockCurrent, mostPins, mostPins)
	if err != nil {
		return err
	}
	var thousand, most []figures
	var asked forgetest.Counts
	for range b.runs { // alternately, so that other load on the machine affects both
		f, _, err := b.updateOnce(few, lockCurrent, manyPins, 0, nil)
		if err != nil {
			return err
		}
		g, c, err := b.updateOnce(many, lockCurrent, mostPins, 0, nil)
		if err != nil {
			return err
		}
		thousand, most, asked = append(thousand, f), append(most, g), highest(asked, c)
	}
	ours, theirs := median(most), median(thousand).wall
	const growth = 1.1 * mostPins / manyPins // linear, plus a tenth for noise
	linear := goal{fmt.Sprintf("≤ %.0f × as long", growth), ours.wall.Seconds() <= growth*theirs.Seconds()}
	b.line(out, "10,000 pins on 10,000 repositories, unchanged, 0 ms", ours, &asked, "1,000 pins", theirs,
		linear, atMost(asked.RefRequests(), mostPins, "ref requests"), peak(ours, 150))
	return nil
}

// mixed compares pins of many kinds with as many of one.
func (b *bench) mixed(out *tabwriter.Writer) error {
	path := b.path("mixed.json")
	lookups, err := makeMixed(path, manyPins)
	if err != nil {
		return err
	}
	one, err := b.makeLock(lockCurrent, manyPins, manyPins)
	if err != nil {
		return err
	}
	var mixed, plain []figures
	var asked forgetest.Counts
	for i := range b.runs + 1 { // alternately, so that other load on the machine affects both
		f, c, err := b.updateOnce(path, lockMixed, manyPins, distance, nil)
		if err != nil {
			return err
		}
		g, _, err := b.updateOnce(one, lockCurrent, manyPins, distance, nil)
		if err != nil {
			return err
		}
		if i > 0 { // the first run warms up
			mixed, plain, asked = append(mixed, f), append(plain, g), highest(asked, c)
		}
	}
	ours, theirs := median(mixed), median(plain).wall
	b.line(out, fmt.Sprintf("1,000 pins of %d kinds, unchanged, 50 ms", len(services())), ours, &asked, "1,000 pins of GitHub", theirs,
		goal{"≤ 1.5 × as long", ours.wall.Seconds() <= 1.5*theirs.Seconds()}, atMost(asked.Lookups(), int64(lookups), "lookups"),
		atMost(asked.Downloads, 0, "downloads"), atMost(asked.MostConnections, 2, "connections to a host"))
	return nil
}

// downloads compares with sequential downloads of pins that need no resolving.
func (b *bench) downloads(out *tabwriter.Writer) error {
	path, err := b.makeLock(lockOutdated, changedPins, changedPins)
	if err != nil {
		return err
	}
	ours, asked, err := b.updates(path, lockOutdated, changedPins, distance, b.runs)
	if err != nil {
		return err
	}
	if path, err = b.makeLock(lockCommits, changedPins, changedPins); err != nil {
		return err
	}
	theirs, _, err := b.updates(path, lockCommits, changedPins, distance, 1, "--jobs", "1")
	if err != nil {
		return err
	}
	b.line(out, "200 pins changed, archives of 200 KiB, 50 ms", ours, &asked, "one after the other", theirs.wall,
		faster(ours.wall, theirs.wall, 5), atMost(asked.Downloads, changedPins, "downloads"))
	return nil
}

func (b *bench) lock(out *tabwriter.Writer) error {
	path, err := b.makeLock(lockCurrent, mostPins, mostPins)
	if err != nil {
		return err
	}
	var all []rewritten
	var usage []figures
	for range b.runs + 1 { // the first run warms up
		cmd := b.command(b.self, "rewrite", path)
		text, err := cmd.Output()
		if err != nil {
			return err
		}
		var r rewritten
		if err := json.Unmarshal(text, &r); err != nil {
			return err
		}
		all, usage = append(all, r), append(usage, figuresOf(cmd, 0))
	}
	all, usage = all[1:], usage[1:]
	middle := func(of func(rewritten) lap) figures {
		laps := make([]figures, len(all))
		for i, r := range all {
			laps[i] = figures{wall: of(r).Wall, cpu: of(r).CPU}
		}
		return median(laps)
	}
	parse := middle(func(r rewritten) lap { return r.Parse })
	write := middle(func(r rewritten) lap { return r.Write })
	both := figures{wall: parse.wall + write.wall, cpu: parse.cpu + write.cpu, peak: median(usage).peak}
	edit := middle(func(r rewritten) lap { return r.Edit })
	plain := middle(func(r rewritten) lap { return r.Plain }).wall
	name := fmt.Sprintf("lock of 10,000 pins, %.1f MB", float64(all[0].Size)/1e6)
	const against = "writing its bytes, synced"
	b.line(out, name+": read, parse, check", parse, nil, against, plain)
	b.line(out, name+": check, format, write, synced", write, nil, against, plain)
	b.line(out, name+": both", both, nil, against, plain, within(both.wall, 100*time.Millisecond))
	b.line(out, name+": edited under the file lock", edit, nil, against, plain)
	return nil
}

func (b *bench) start(out *tabwriter.Writer) error {
	path, err := b.makeLock(lockCurrent, shownPins, shownPins)
	if err != nil {
		return err
	}
	empty := b.path("empty")
	if err := os.WriteFile(empty+".go", []byte(emptyProgram), 0o644); err != nil {
		return err
	}
	if err := b.compile(empty, empty+".go"); err != nil {
		return err
	}
	var ours, theirs []figures
	for range starts {
		mine, err := b.measure([]string{b.pinfetch, "--lock-file", path, "show", "--plain"}, nil)
		if err != nil {
			return err
		}
		other, err := b.measure([]string{empty}, nil)
		if err != nil {
			return err
		}
		ours, theirs = append(ours, mine), append(theirs, other)
	}
	mine, other := median(ours), median(theirs)
	b.line(out, "show --plain of ten pins", mine, nil, "empty program with net/http", other.wall,
		atMostTimes(mine.wall.Seconds()/other.wall.Seconds(), 1.9, "the empty program"))
	return nil
}

// emptyProgram pays what every program pays that can download.
const emptyProgram = `package main

import _ "net/http"

func main() {}
`

// makeLock makes a lock; see the function makeLock.
func (b *bench) makeLock(kind string, pins, repositories int) (path string, err error) {
	path = b.path(fmt.Sprintf("%s-%d-%d.json", kind, pins, repositories))
	return path, b.make(kind, path, pins, repositories)
}

// updates updates copies of a lock, each with a new forge and empty caches. The
// counts are the highest of all runs.
func (b *bench) updates(path, kind string, repositories int, roundTrip time.Duration, runs int, flags ...string) (figures, forgetest.Counts, error) {
	var all []figures
	var most forgetest.Counts
	for i := range runs + 1 {
		if runs == 1 && i == 0 {
			continue // slow runs need no warm-up
		}
		f, c, err := b.updateOnce(path, kind, repositories, roundTrip, flags)
		if err != nil {
			return figures{}, forgetest.Counts{}, err
		}
		if i > 0 { // the first run warms up
			all, most = append(all, f), highest(most, c)
		}
	}
	return median(all), most, nil
}

func (b *bench) updateOnce(path, kind string, repositories int, roundTrip time.Duration, flags []string) (f figures, c forgetest.Counts, err error) {
	home, err := os.MkdirTemp(b.dir, "home-")
	if err != nil {
		return f, c, err
	}
	defer os.RemoveAll(home)
	before, err := copyLock(path+".copy", path)
	if err != nil {
		return f, c, err
	}
	p, err := b.startForge(kind, repositories, roundTrip, "")
	if err != nil {
		return f, c, err
	}
	command := slices.Concat([]string{b.pinfetch, "--lock-file", path + ".copy"}, flags, []string{"update"})
	f, err = b.measure(command, p.env(home))
	c, stopErr := p.stop()
	if err := errors.Join(err, stopErr); err != nil {
		return f, c, err
	}
	after, err := os.Stat(path + ".copy")
	if err != nil {
		return f, c, err
	}
	// A lock that changes becomes a new file.
	if isSame := os.SameFile(before, after); isSame != (kind == lockCurrent || kind == lockMixed) {
		return f, c, fmt.Errorf("%q: the update left the lock as it was: %v", path, isSame)
	}
	if c.Refused > 0 {
		return f, c, fmt.Errorf("%q: the forge refused %d requests", path, c.Refused)
	}
	return f, c, nil
}

// copyLock copies a file without reading all of it into memory.
func copyLock(to, from string) (os.FileInfo, error) {
	r, err := os.Open(from)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	w, err := os.Create(to)
	if err != nil {
		return nil, err
	}
	defer w.Close()
	if _, err := io.Copy(w, r); err != nil {
		return nil, err
	}
	return w.Stat()
}

// lsRemote lists the refs of so many repositories, once, with one git process
// for each.
func (b *bench) lsRemote(repositories int) (time.Duration, error) {
	p, err := b.startForge(lockCurrent, repositories, distance, "")
	if err != nil {
		return 0, err
	}
	env := append(os.Environ(), p.env(b.dir)...)
	group, ctx := errgroup.WithContext(b.ctx)
	group.SetLimit(gitAtOnce)
	begin := time.Now()
	for i := range repositories {
		group.Go(func() error {
			url := "https://github.com/" + synthetic.Owner + "/" + synthetic.Name(i) + ".git"
			cmd := exec.CommandContext(ctx, "git", "ls-remote", url)
			cmd.Env, cmd.Stderr = env, os.Stderr
			return cmd.Run()
		})
	}
	err = group.Wait()
	wall := time.Since(begin)
	_, stopErr := p.stop()
	return wall, errors.Join(err, stopErr)
}
