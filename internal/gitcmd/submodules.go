package gitcmd

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/pinfetch/pinfetch/pkg/redact"
)

const (
	maxSubmodules = 1024 // in a checkout, at all depths
	maxDepth      = 16   // of submodules in submodules
	parallel      = 4    // submodules that are fetched at once
)

// ErrSubmodules means that a checkout has too many submodules, or that they are nested too deeply.
var ErrSubmodules = fmt.Errorf("more than %d submodules, or more than %d levels of them", maxSubmodules, maxDepth)

// submodule is a directory of a commit where another commit belongs.
type submodule struct {
	source
	path string // relative to the repository's place
	none bool   // .gitmodules says "update = none"
}

// place is a path of the tree where a repository is checked out.
type place struct {
	path string
	repo *repository
}

// submodules checks out submodules as nix-prefetch-git does: recursively, each at its recorded commit. It fetches them
// level by level, so that it counts a level before it fetches it. Equal ones are fetched once.
func (w *worktree) submodules(top *repository) error {
	if !w.c.Submodules {
		w.made.EmptySubmodules = slices.Sorted(maps.Keys(top.gitlinks))
		return nil
	}
	known := map[source]*repository{top.source: top}
	var again []place // after the place that contains it
	level, count := []place{{"", top}}, 0
	for depth := 1; len(level) > 0; depth++ {
		var next, fetched []place
		for _, p := range level {
			for _, s := range p.repo.submodules {
				at := path.Join(p.path, s.path)
				if count++; count > maxSubmodules || depth > maxDepth {
					return fmt.Errorf("submodule %q: %w", at, ErrSubmodules)
				}
				if s.none {
					w.made.UpdateNone = append(w.made.UpdateNone, at)
				}
				repo, found := known[s.source]
				if found {
					again = append(again, place{at, repo})
				} else {
					var err error
					if repo, err = w.newRepository(s.source); err != nil {
						return fmt.Errorf("submodule %q: %w", at, err)
					}
					known[s.source] = repo
					fetched = append(fetched, place{at, repo})
				}
				next = append(next, place{at, repo})
			}
		}
		if err := each(fetched, parallel, (*repository).make); err != nil {
			return err
		}
		level = next
	}
	slices.Sort(w.made.UpdateNone)
	return each(again, 1, (*repository).checkOutAgain)
}

// each calls do for every place, some at once, until one fails.
func each(places []place, atOnce int, do func(*repository, string) error) error {
	var group errgroup.Group
	group.SetLimit(atOnce)
	failed := make(chan struct{}, len(places))
	for _, p := range places {
		if len(failed) > 0 {
			break
		}
		group.Go(func() error {
			if err := do(p.repo, p.path); err != nil {
				failed <- struct{}{}
				return fmt.Errorf("submodule %q, %s of %s: %w", p.path, p.repo.rev, redact.Address(p.repo.url), err)
			}
			return nil
		})
	}
	return group.Wait()
}

// findSubmodules lets git read and check .gitmodules and resolve relative addresses (gitmodules(5)).
func (r *repository) findSubmodules() error {
	if !r.w.c.Submodules || len(r.gitlinks) == 0 {
		return nil
	}
	if err := r.run("submodule", "-q", "init"); err != nil {
		return err
	}
	addresses, err := r.settings(`^submodule\..*\.url$`)
	if err != nil {
		return err
	}
	modules, err := r.settings(`^submodule\..*\.(path|update)$`, "--blob", r.rev+":.gitmodules")
	if err != nil {
		return err
	}
	names := make(map[string]string)
	for key, at := range modules {
		if name, found := strings.CutSuffix(key, ".path"); found && addresses[name+".url"] != "" {
			names[at] = name
		}
	}
	for _, at := range slices.Sorted(maps.Keys(r.gitlinks)) {
		name, found := names[at]
		if !found {
			return fmt.Errorf("submodule %q has no address in .gitmodules: %w", at, ErrGit)
		}
		r.submodules = append(r.submodules, submodule{
			source: source{addresses[name+".url"], r.gitlinks[at]}, path: at, none: modules[name+".update"] == "none",
		})
	}
	return nil
}

// settings returns the settings whose keys match a pattern. The last value of a key counts.
func (r *repository) settings(pattern string, from ...string) (map[string]string, error) {
	out, err := r.output(nil, append(append([]string{"config", "-z", "--no-includes"}, from...), "--get-regexp", pattern)...)
	if err != nil {
		return nil, err
	}
	settings := make(map[string]string)
	for setting := range strings.SplitSeq(string(out), "\x00") {
		key, value, _ := strings.Cut(setting, "\n")
		settings[key] = value
	}
	return settings, nil
}

// enter makes the directory for a checkout at a path of the tree, which must be empty. It does not follow links.
func (w *worktree) enter(at string) (string, error) {
	dir := w.made.Dir
	for name := range strings.SplitSeq(at, "/") {
		dir = filepath.Join(dir, name)
		if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return "", err
		}
		if info, err := os.Lstat(dir); err != nil || !info.IsDir() {
			return "", fmt.Errorf("%q is not a directory: %w", at, errors.Join(ErrGit, err))
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		return "", fmt.Errorf("%q is not an empty directory: %w", at, errors.Join(ErrGit, err))
	}
	return dir, nil
}
