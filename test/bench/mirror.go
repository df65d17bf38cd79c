package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/pinfetch/pinfetch/test/forgetest"
)

const (
	mirrorHost = "cache.example.org"
	// substitution must be so many times faster than the fastest other way.
	substitution = 3
)

// serveMirror serves the files of a binary cache.
func serveMirror(f *forgetest.Forge, dir string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		f.File(mirrorHost, "/"+filepath.ToSlash(name), forgetest.Content{Body: body})
		return err
	})
}

// pinfetchMirror is the command mirror for a project's lock.
func (b *bench) pinfetchMirror(p project, args ...string) []string {
	return append([]string{b.pinfetch, "--lock-file", filepath.Join(p.dir, "pinfetch", "pins.json"), "mirror"}, args...)
}

// publish makes a mirror of a project's pins, from a forge nearby.
func (b *bench) publish(p project) (dir string, err error) {
	s, err := b.newStore()
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, s.remove()) }()
	f, err := b.startForge(lockCurrent, p.pins, 0, "")
	if err != nil {
		return "", err
	}
	dir = filepath.Join(p.dir, "mirror")
	_, _, err = s.run(b, f, b.pinfetchMirror(p, dir)...)
	_, stopErr := f.stop()
	return dir, errors.Join(err, stopErr)
}

// mirrors gets the sources from a mirror, and into the store with `pinfetch mirror --store`, and compares that with how they were
// built.
func (b *bench) mirrors(out *tabwriter.Writer, p project, built map[string]evaluated) error {
	fmt.Fprintln(os.Stderr, "bench: build: mirror")
	dir, err := b.publish(p)
	if err != nil {
		return err
	}
	ours, _, _, _ := readers()
	list := p.list(ours, nixpkgsNew)
	for _, jobs := range []int{fewJobs, someJobs} {
		e, err := b.cold(p.pins, dir, func(s *store, f *forgeProcess) (evaluated, error) {
			return s.build(b, f, list, jobs, "--option", "substituters", "https://"+mirrorHost, "--option", "require-sigs", "true")
		})
		if err := errors.Join(err, checkPaths(e.paths, p.pins), checkExpected(e, 0)); err != nil {
			return err
		}
		fastest := found{built: built}.fastest(jobs)
		built[mirrorName(jobs)] = e
		b.evalLine(out, fmt.Sprintf("%s: %d sources in the store", mirrorName(jobs), p.pins), e, "fastest other", ratio(e.wall, fastest),
			goal{fmt.Sprintf("≥ %d × faster", substitution), e.wall*substitution <= fastest})
	}
	e, err := b.cold(p.pins, "", func(s *store, f *forgeProcess) (evaluated, error) {
		copied, _, err := s.run(b, f, b.pinfetchMirror(p, "--store")...)
		if err != nil {
			return evaluated{}, err
		}
		e, err := s.build(b, nil, list, fewJobs) // without a forge: everything is there
		e.wall, e.cpu = e.wall+copied.wall, e.cpu+copied.cpu
		return e, err
	})
	if err := errors.Join(err, checkPaths(e.paths, p.pins), checkExpected(e, p.pins)); err != nil {
		return err
	}
	built[storeName] = e
	b.evalLine(out, fmt.Sprintf("%s: %d sources in the store", storeName, p.pins), e, "fastest other", ratio(e.wall, found{built: built}.fastest(someJobs)))
	return nil
}

const storeName = "mirror --store"

func mirrorName(jobs int) string { return fmt.Sprintf("mirror, %d jobs", jobs) }
