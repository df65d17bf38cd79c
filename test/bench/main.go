// Bench measures the whole program beside a yardstick, both in one run on the
// same machine: shared machines are too noisy for anything but ratios.
//
//	go run ./test/bench hash|update|eval [--runs 5] [--only PART]
//
// It makes its own data in a temporary directory. Each line of output is one kind
// of work: median wall time and peak memory, the yardstick's time, the ratio, and
// the goal. hash and eval end with a Markdown table, and --svg FILE writes a plot
// of it.
//
//   - hash compares hashing with gzip, Nix and others.
//   - update compares updates with git, against a local forge that answers after
//     a round trip, and measures what every command pays: starting, and reading
//     and writing the lock.
//   - eval compares the reader, evaluated by real Nix, with plain fetcher calls
//     and with readers that download during evaluation; then it compares builds,
//     also from a mirror.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
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
	// A child inherits its parent's peak memory (exec(2) keeps it), so whatever
	// needs memory runs in a separate process.
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
		return compare(ctx, name, args, benchmark{hashTitle, (*bench).hash, (*bench).hashReport})
	case "update":
		return compare(ctx, name, args, benchmark{updateTitle, (*bench).update, nil})
	case "eval":
		return compare(ctx, name, args, benchmark{evalTitle, (*bench).eval, (*bench).evalReport})
	}
	return errUsage
}

var errUsage = errors.New("name a benchmark: hash, update or eval")

// benchmark is what one command measures. Its report is nil if there is none.
type benchmark struct {
	title  string
	parts  func(*bench) []part
	report func(*bench) report
}

// part is one part of a benchmark. It prints its own lines.
type part struct {
	name    string
	measure func(*tabwriter.Writer) error
}

// compare runs a benchmark.
func compare(ctx context.Context, name string, args []string, what benchmark) error {
	b := &bench{ctx: ctx, root: ".", distance: distance}
	parts := what.parts(b)
	var names []string
	for _, part := range parts {
		names = append(names, part.name)
	}
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.IntVar(&b.runs, "runs", 5, "counted runs of each command")
	only := flags.String("only", "", "one `part`: "+strings.Join(names, ", "))
	usage, svg := "[--runs N] [--only PART]", ""
	if what.report != nil {
		flags.StringVar(&svg, "svg", "", "write a plot to `file`; needs all parts")
		usage += " [--svg FILE]"
	}
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	if svg != "" && *only != "" {
		return errors.New("--svg needs all parts: remove --only")
	}
	if flags.NArg() > 0 || b.runs < 1 || *only != "" && !slices.Contains(names, *only) {
		return fmt.Errorf("usage: %s %s; parts are %s", name, usage, strings.Join(names, ", "))
	}
	if *only != "" {
		parts = slices.DeleteFunc(parts, func(p part) bool { return p.name != *only })
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
	if err := b.compile(b.pinfetch, "./cmd/pinfetch"); err != nil {
		return err
	}
	if err := b.measureAll(os.Stdout, what.title, parts); err != nil || what.report == nil {
		return err
	}
	return what.report(b).print(os.Stdout, svg)
}

// compile builds a program with the flags that build pinfetch.
func (b *bench) compile(program, source string) error {
	if err := b.command("go", "build", "-tags", "urfave_cli_no_docs", "-o", program, source).Run(); err != nil {
		return fmt.Errorf("build %s: %w", source, err)
	}
	return nil
}

// measureAll prints the lines of parts. If one fails, it prints those before.
func (b *bench) measureAll(w io.Writer, title string, parts []part) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, title)
	var err error
	for _, part := range parts {
		fmt.Fprintf(os.Stderr, "bench: %s\n", part.name)
		if err = part.measure(out); err != nil {
			err = fmt.Errorf("%s: %w", part.name, err)
			break
		}
	}
	err = errors.Join(err, out.Flush())
	if len(b.missed) > 0 {
		fmt.Fprintf(w, "missed: %q\n", b.missed)
	}
	return err
}

// bench is one run.
type bench struct {
	ctx            context.Context
	root           string // of the repository
	dir            string
	runs           int
	distance       time.Duration // round trip to the forge of eval
	pinfetch, self string
	missed         []string
	found          found  // for the report of eval
	hashed         hashed // for the report of hash
}

func (b *bench) path(name string) string { return filepath.Join(b.dir, name) }

// work is something to measure: a command, its yardstick, and the goal.
type work struct {
	name      string
	ours      []string
	yardstick []string
	env       []string // of the yardstick
	against   string   // the yardstick, for people
	atMost    float64  // of the yardstick's time; 0 for no limit
	atLeast   float64  // the yardstick's time divided by ours; 0 for no limit
	peak      int64    // most bytes that ours may use; 0 for no limit
	slow      bool     // the yardstick is so slow that it runs once
	reported  bool     // in the report
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

// against runs both commands alternately and prints a line.
func (b *bench) against(out *tabwriter.Writer, w work) error {
	var ours, theirs []figures
	for i := range b.runs + 1 { // the first run warms up
		mine, err := b.measure(w.ours, nil)
		if err != nil {
			return err
		}
		if i > 0 {
			ours = append(ours, mine)
		}
		if w.slow && i != 1 {
			continue
		}
		other, err := b.measure(w.yardstick, w.env)
		if err != nil {
			return err
		}
		if i > 0 {
			theirs = append(theirs, other)
		}
	}
	mine, other := median(ours), median(theirs)
	if w.reported {
		b.hashed.add(w, mine.wall, other.wall)
	}
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
