// Difftest compares pkg/hash with GNU tar, unzip and Nix on random archives and trees:
//
//	difftest [-seed FIRST] [-v] COUNT
//	difftest [-seed FIRST] -keep DIR COUNT
//
// It prints how many comparisons agreed and every one that did not; then it exits with
// 1. With -keep it compares nothing: it writes the archives of the seeds, and the results
// of the programs, to a new directory.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"syscall"

	"github.com/pinfetch/pinfetch/test/difftest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("difftest", flag.ContinueOnError)
	flags.SetOutput(stderr)
	seed := flags.Uint64("seed", 1, "the first seed")
	features := flags.Bool("v", false, "also print how often each feature occurred")
	keep := flags.String("keep", "", "write the archives and a table of results to a new `directory`; compare nothing")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	count, err := strconv.Atoi(flags.Arg(0))
	if err != nil || count < 1 || flags.NArg() != 1 {
		fmt.Fprintf(stderr, "difftest: invalid number of seeds: %q\n", flags.Args())
		return 2
	}
	opt := difftest.Options{First: *seed, Count: count}
	if *keep != "" {
		if err := difftest.Keep(ctx, opt, *keep); err != nil {
			fmt.Fprintf(stderr, "difftest: %v\n", err)
			return 1
		}
		return 0
	}
	report, err := difftest.Run(ctx, opt)
	if err != nil {
		fmt.Fprintf(stderr, "difftest: %v\n", err)
		return 1
	}
	if *features {
		for _, name := range slices.Sorted(maps.Keys(report.Features)) {
			f := report.Features[name]
			fmt.Fprintf(stdout, "%6d seeds, %6d hashed: %s\n", f.Seeds, f.Hashed, name)
		}
	}
	for _, d := range report.Differences {
		fmt.Fprintf(stdout, "%v\n\tagain: ./dev fuzz --diff 1 --seed %d\n", d, d.Seed)
	}
	if len(report.Undetermined) > 0 {
		fmt.Fprintf(stdout, "undetermined: %d\n", slices.Compact(report.Undetermined))
	}
	fmt.Fprintf(stdout, "%d seeds from %d, %d comparisons: %d same hash, %d refused by both, %d undetermined, %d unsupported, %d differ\n",
		count, *seed, report.Compared(), report.Agreed, report.Refused, len(report.Undetermined), report.Unsupported, len(report.Differences))
	if len(report.Differences) > 0 {
		return 1
	}
	return 0
}
