// Bench measures pinfetch as a whole program beside a yardstick, in one run on the machine at hand: shared
// machines are too noisy for anything but ratios.
//
//	go run ./test/bench hash|update|eval [--runs 5] [--only PART]
//
// It makes its data itself, in a temporary folder. A line is one kind of work: the medians of
// wall time and of peak memory, their ratio to the yardstick's, and what must be reached.
//
// hash compares hashing with gzip, Nix and others. update compares updates with git, against a forge on
// loopback that can be a round trip away (package forge), and measures what every command pays: starting,
// and reading and writing the lock. eval compares the reader of locks, evaluated by real Nix, with bare calls
// of the fetchers and with readers that download while Nix evaluates; then the same when Nix builds. It ends
// with a table in Markdown, and --svg FILE writes a plot of it.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errUsage
	}
	// A process that starts others lends them its peak of memory (exec(2) keeps it), so what needs
	// memory is done by processes of their own.
	switch name, args := args[0], args[1:]; name {
	case "make":
		return makeData(args)
	case "decode":
		return decode(args)
	case "rewrite":
		return rewrite(args)
	case "forge":
		return runForge(ctx, args, os.Stdin, os.Stdout)
	case "hash":
		return compare(ctx, name, args, "WORK\tPINFETCH\tPEAK\tYARDSTICK\tTIME\tRATIO\tMUST REACH\t", (*bench).hash)
	case "update":
		return compare(ctx, name, args, updateTitle, (*bench).update)
	case "eval":
		return compare(ctx, name, args, evalTitle, (*bench).eval)
	}
	return errUsage
}

var errUsage = errors.New("want the name of a benchmark: hash, update or eval")

// part is a part of a benchmark, which prints its lines.
type part struct {
	name    string
	measure func(*tabwriter.Writer) error
}

// compare runs a benchmark.
func compare(ctx context.Context, name string, args []string, title string, parts func(*bench) []part) error {
	b := &bench{ctx: ctx, root: ".", distance: distance}
	var names []string
	for _, part := range parts(b) {
		names = append(names, part.name)
	}
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.IntVar(&b.runs, "runs", 5, "counted runs of each command")
	only := flags.String("only", "", "one `part`: "+strings.Join(names, ", "))
	if name == "eval" {
		flags.StringVar(&b.svg, "svg", "", "where to write a plot `file`; all parts must run")
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	if b.svg != "" && *only != "" {
		return errors.New("--svg needs all parts: leave out --only")
	}
	if flags.NArg() > 0 || b.runs < 1 || *only != "" && !slices.Contains(names, *only) {
		return fmt.Errorf("usage: %s [--runs N] [--only PART]; parts are %s", name, strings.Join(names, ", "))
	}
	var err error
	if b.self, err = os.Executable(); err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp("", "pinfetch-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	b.pinfetch = b.path("pinfetch")
	if err := b.command("go", "build", "-o", b.pinfetch, "./cmd/pinfetch").Run(); err != nil {
		return fmt.Errorf("build pinfetch: %w", err)
	}
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, title)
	for _, part := range parts(b) {
		if *only != "" && *only != part.name {
			continue
		}
		fmt.Fprintf(os.Stderr, "bench: %s\n", part.name)
		if err := part.measure(out); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", part.name, err), out.Flush())
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if len(b.missed) > 0 {
		fmt.Printf("missed: %q\n", b.missed)
	}
	return b.report(os.Stdout)
}

// bench is one run.
type bench struct {
	ctx            context.Context
	root           string // of the repository
	dir            string
	runs           int
	distance       time.Duration // of the forge of eval, a round trip
	pinfetch, self string
	missed         []string
	svg            string // where to write a plot, if anywhere
	found          found  // for the report
}

func (b *bench) path(name string) string { return filepath.Join(b.dir, name) }

// work is something to measure: a command, its yardstick, and what their ratio must reach.
type work struct {
	name      string
	ours      []string
	oursEnv   []string
	yardstick []string
	against   string  // what the yardstick is, for people
	atMost    float64 // of the yardstick's time; 0 for no bound
	atLeast   float64 // the yardstick's time over ours; 0 for no bound
	peak      int64   // bytes that ours may use at most; 0 for no bound
	slow      bool    // the yardstick takes so long that one run must do
}

func (b *bench) command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(b.ctx, name, args...)
	cmd.Stderr = os.Stderr
	return cmd
}

// figures are the medians of one command.
type figures struct {
	wall, cpu time.Duration
	peak      int64 // bytes
}

// against runs both commands in turn, and prints a line.
func (b *bench) against(out *tabwriter.Writer, w work) error {
	var ours, theirs []figures
	runs := b.runs + 1
	if w.slow {
		runs = 2
	}
	for i := range runs {
		mine, err := b.measure(w.ours, w.oursEnv)
		if err != nil {
			return err
		}
		other, err := b.measure(w.yardstick, nil)
		if err != nil {
			return err
		}
		if i > 0 { // the first warms up
			ours, theirs = append(ours, mine), append(theirs, other)
		}
	}
	mine, other := median(ours), median(theirs)
	ratio := mine.wall.Seconds() / other.wall.Seconds()
	text, good := fmt.Sprintf("%.2f ×", ratio), true
	goal := ""
	switch {
	case w.atMost > 0:
		goal, good = fmt.Sprintf("≤ %.2f ×", w.atMost), ratio <= w.atMost
	case w.atLeast > 0:
		text, goal, good = fmt.Sprintf("%.1f × faster", 1/ratio), fmt.Sprintf("≥ %.1f × faster", w.atLeast), 1/ratio >= w.atLeast
	}
	if w.peak > 0 {
		goal += fmt.Sprintf(", ≤ %d MiB", w.peak>>20)
		good = good && mine.peak <= w.peak
	}
	verdict := "reached"
	if !good {
		verdict = "MISSED"
		b.missed = append(b.missed, w.name)
	}
	fmt.Fprintf(out, "%s\t%.3f s\t%d MiB\t%s\t%.3f s\t%s\t%s\t%s\n",
		w.name, mine.wall.Seconds(), mine.peak>>20, w.against, other.wall.Seconds(), text, goal, verdict)
	return nil
}

// measure runs a command once, as a whole process.
func (b *bench) measure(args, env []string) (figures, error) {
	cmd := exec.CommandContext(b.ctx, args[0], args[1:]...)
	cmd.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr // and stdout goes to /dev/null
	begin := time.Now()
	err := cmd.Run()
	wall := time.Since(begin)
	if err != nil {
		return figures{}, fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, &stderr)
	}
	return figuresOf(cmd, wall), nil
}

// figuresOf are the figures of a process that has ended.
func figuresOf(cmd *exec.Cmd, wall time.Duration) figures {
	f := figures{wall: wall, cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		f.peak = usage.Maxrss << 10
	}
	return f
}

func median(all []figures) figures {
	walls, cpus, peaks := make([]time.Duration, len(all)), make([]time.Duration, len(all)), make([]int64, len(all))
	for i, f := range all {
		walls[i], cpus[i], peaks[i] = f.wall, f.cpu, f.peak
	}
	slices.Sort(walls)
	slices.Sort(cpus)
	slices.Sort(peaks)
	return figures{walls[len(all)/2], cpus[len(all)/2], peaks[len(all)/2]}
}
