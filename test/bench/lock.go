package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/github"
	"github.com/pinfetch/pinfetch/test/forgetest/synthetic"
)

// The kinds of locks that [makeLock] makes.
const (
	lockCurrent  = "current"  // every pin is up to date
	lockOutdated = "outdated" // no pin is up to date
	lockCommits  = "commits"  // no pin is up to date, and sources name commits, so nothing needs resolving
)

func kinds() *sources.Set { return sources.NewSet(github.New(nil, nil)) }

// makeLock writes a lock with pins of the forge's repositories: branches, version
// globs and tags in turn.
func makeLock(kind, path string, pins, repositories int) error {
	f := &lock.File{Pins: make(map[string]lock.Pin, pins)}
	for i := range pins {
		f.Pins[fmt.Sprintf("tree-sitter-grammars/language-%05d", i)] = makePin(kind, synthetic.Name(i%repositories), i, i/repositories)
	}
	data, err := f.Format(kinds())
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

// makePin makes the i-th pin of the lock, the n-th of its repository.
func makePin(kind, repository string, i, n int) lock.Pin {
	const heads, tags = "refs/heads/", "refs/tags/"
	spec := github.Spec{Owner: synthetic.Owner, Repo: repository, Name: repository}
	facts := sources.Facts{Date: synthetic.Date(), Version: "0-unstable-" + synthetic.Date()}
	newest := synthetic.Tag(synthetic.Tags - 1)
	switch {
	case n == 0 && i%2 == 1:
		spec.Tags, facts.Ref, facts.Version = "v*", tags+newest, newest[1:]
	case n%2 == 0:
		spec.Branch, facts.Ref = synthetic.Branch(n/2), heads+synthetic.Branch(n/2)
	default:
		spec.Rev, facts.Ref, facts.Version = synthetic.Tag(n/2), tags+synthetic.Tag(n/2), synthetic.Tag(n / 2)[1:]
	}
	commit := synthetic.Commit(repository, facts.Ref)
	locked := commit
	if kind != lockCurrent {
		locked = strings.Repeat("0", len(commit))
		facts.Version, facts.Date = "0-unstable-2020-01-01", "2020-01-01"
		if spec.Branch == "" {
			facts.Ref, facts.Version = tags+"v0.1.0", "0.1.0"
		}
	}
	if kind == lockCommits {
		spec.Tracking, facts = sources.Tracking{Rev: commit}, sources.Facts{Date: facts.Date}
	}
	digest := sha256.Sum256([]byte(locked))
	return lock.Pin{Source: spec, Locked: sources.Resolution{Facts: facts, Calls: []sources.Call{{
		Fetch: sources.Fetch{Fetcher: sources.FetchFromGitHub, Owner: spec.Owner, Repo: spec.Repo, Rev: locked, Name: spec.Name},
		Hash:  hash.NewSRI(hash.SHA256, digest[:]),
	}}}}
}

// rewritten is the time taken to read a lock and to write it changed.
type rewritten struct {
	Parse lap // read, parse, check
	Write lap // check, format, write, sync
	Edit  lap // everything as commands do it: under the file lock, with a check for changes
	Plain lap // write and sync the same bytes
	Size  int
	Pins  int
}

// lap is the time that a part of the process took.
type lap struct{ Wall, CPU time.Duration }

// stopwatch measures laps.
type stopwatch struct {
	wall time.Time
	cpu  time.Duration
}

func newStopwatch() *stopwatch { return &stopwatch{time.Now(), usedCPU()} }

// lap ends a lap and begins the next.
func (s *stopwatch) lap() lap {
	now, cpu := time.Now(), usedCPU()
	l := lap{now.Sub(s.wall), cpu - s.cpu}
	s.wall, s.cpu = now, cpu
	return l
}

// usedCPU is the CPU time of all threads of this process so far.
func usedCPU() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil { // it cannot fail
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// rewrite reads a lock, writes it changed, and prints a [rewritten] as JSON.
func rewrite(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("want a lock")
	}
	r, err := measureRewrite(args[0])
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

func measureRewrite(path string) (r rewritten, err error) {
	watch := newStopwatch()
	data, err := lock.Read(path)
	if err != nil {
		return r, err
	}
	f, err := lock.Parse(data, kinds())
	if err != nil {
		return r, err
	}
	r.Parse = watch.lap()
	r.Size, r.Pins = len(data), len(f.Pins)
	freeze(f)
	formatted, err := f.Format(kinds())
	if err != nil {
		return r, err
	}
	if changed, err := (lock.Writer{}).Write(context.Background(), path, data, formatted); err != nil || !changed {
		return r, fmt.Errorf("write: changed %v, %w", changed, err)
	}
	r.Write = watch.lap()
	if changed, err := (lock.Writer{}).Edit(context.Background(), path, kinds(), func(f *lock.File) error { freeze(f); return nil }); err != nil || !changed {
		return r, fmt.Errorf("edit: changed %v, %w", changed, err)
	}
	r.Edit = watch.lap()
	if err := writePlain(path+".plain", formatted); err != nil {
		return r, err
	}
	r.Plain = watch.lap()
	if after, err := lock.Read(path); err != nil || !bytes.Equal(after, data) {
		return r, fmt.Errorf("the second change did not undo the first: %w", err)
	}
	return r, nil
}

// freeze freezes or unfreezes the first pin.
func freeze(f *lock.File) {
	name := f.Names()[0]
	pin := f.Pins[name]
	pin.Frozen = !pin.Frozen
	f.Pins[name] = pin
}

// writePlain is the yardstick: what every writer must do.
func writePlain(path string, data []byte) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.Write(data); err != nil {
		return err
	}
	return file.Sync()
}
