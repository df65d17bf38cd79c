// Bench measures pinfetch as a whole program beside a yardstick, in one run on the machine at hand: shared
// machines are too noisy for anything but ratios.
//
//	go run ./internal/bench hash [--runs 5] [--only PART]
//
// It makes its data itself, in a temporary folder. A line is one kind of work: the medians of
// wall time and of peak memory, their ratio to the yardstick's, and what the ratio must reach.
package main

import (
	"bytes"
	"context"
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
	// A process that starts others lends them its peak of memory (exec(2) keeps it), so what needs
	// memory is done by processes of their own.
	if len(args) > 1 && args[0] == "make" {
		return makeData(args[1:])
	}
	if len(args) == 3 && args[0] == "decode" {
		return decode(args[1], args[2])
	}
	if len(args) == 0 || args[0] != "hash" {
		return fmt.Errorf("want the name of a benchmark: hash")
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	runs := flags.Int("runs", 5, "counted runs of each command")
	only := flags.String("only", "", "one part: tar.gz, large, tar.zst, tar.xz, directory, flat or small")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "pinfetch-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{ctx: ctx, dir: dir, runs: *runs, only: *only, pinfetch: filepath.Join(dir, "pinfetch")}
	if b.self, err = os.Executable(); err != nil {
		return err
	}
	if err := b.command("go", "build", "-o", b.pinfetch, "./cmd/pinfetch").Run(); err != nil {
		return fmt.Errorf("build pinfetch: %w", err)
	}
	return b.hash()
}

// bench is one run.
type bench struct {
	ctx            context.Context
	dir            string
	runs           int
	only           string
	pinfetch, self string
	missed         []string
}

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
	wall time.Duration
	peak int64 // bytes
}

// compare runs both commands in turn, and prints a line.
func (b *bench) compare(out *tabwriter.Writer, w work) error {
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
	return out.Flush()
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
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return figures{wall, 0}, nil
	}
	return figures{wall, usage.Maxrss << 10}, nil
}

func median(all []figures) figures {
	walls, peaks := make([]time.Duration, len(all)), make([]int64, len(all))
	for i, f := range all {
		walls[i], peaks[i] = f.wall, f.peak
	}
	slices.Sort(walls)
	slices.Sort(peaks)
	return figures{walls[len(all)/2], peaks[len(all)/2]}
}
