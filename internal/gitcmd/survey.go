package gitcmd

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// list reads the tree of the commit before it is checked out: a small repository can contain a tree that is too
// large for any disk.
func (w *worktree) list() error {
	l := &listing{check: w.c.Check}
	err := w.git.stream(w.ctx, w.command("ls-tree", "-r", "-z", w.c.Rev, "--"), l)
	if l.err != nil {
		return l.err
	}
	if err == nil && !w.c.Submodules {
		w.made.EmptySubmodules = l.gitlinks
	}
	return err
}

// listing reads the output of "git ls-tree -z": MODE TYPE ID, a tab, the path, a NUL.
type listing struct {
	check    func(Size) error
	rest     []byte // an incomplete entry
	entries  int
	gitlinks []string
	err      error // of check
}

// checkEvery is the number of entries between two checks.
const checkEvery = 1 << 10

func (l *listing) Write(p []byte) (int, error) {
	l.rest = append(l.rest, p...)
	for {
		entry, rest, found := bytes.Cut(l.rest, []byte{0})
		if !found {
			return len(p), nil
		}
		l.entries++
		if facts, name, _ := bytes.Cut(entry, []byte{'\t'}); bytes.HasPrefix(facts, []byte("160000 ")) {
			l.gitlinks = append(l.gitlinks, string(name))
		}
		l.rest = rest
		if l.entries%checkEvery == 0 {
			if l.err = l.check(Size{Entries: l.entries}); l.err != nil {
				return 0, l.err
			}
		}
	}
}

// updateNone finds submodules with "update = none". Today's nix-prefetch-git overrides that setting with --checkout, so
// they are in the tree; the versions in nixpkgs before 25.11 leave them empty.
func (w *worktree) updateNone() error {
	if !w.c.Submodules {
		return nil
	}
	return w.updateNoneBelow("")
}

func (w *worktree) updateNoneBelow(dir string) error {
	out, err := w.output(nil, "-C", filepath.Join(w.dir, dir), "config", "-z", "--blob", "HEAD:.gitmodules",
		"--get-regexp", `^submodule\..*\.(path|update)$`)
	if w.ctx.Err() != nil {
		return err
	}
	if err != nil { // there is no .gitmodules
		return nil
	}
	paths, updates := make(map[string]string), make(map[string]string)
	for setting := range strings.SplitSeq(string(out), "\x00") {
		key, value, _ := strings.Cut(setting, "\n")
		if name, found := strings.CutSuffix(key, ".path"); found {
			paths[name] = value
		} else if name, found := strings.CutSuffix(key, ".update"); found {
			updates[name] = value
		}
	}
	for _, name := range slices.Sorted(maps.Keys(paths)) {
		sub := path.Join(dir, paths[name])
		if _, err := os.Lstat(filepath.Join(w.dir, sub, ".git")); errors.Is(err, os.ErrNotExist) {
			continue // in .gitmodules but not in the tree
		}
		if updates[name] == "none" {
			w.made.UpdateNone = append(w.made.UpdateNone, sub)
		}
		if err := w.updateNoneBelow(sub); err != nil {
			return err
		}
	}
	return nil
}

// missingDirs finds directories of the sparse checkout that the commit does not have. In cone mode their names are
// literal: "*" is not a glob.
func (w *worktree) missingDirs() error {
	if w.c.RootDir != "" {
		return nil
	}
	for _, dir := range w.c.SparseCheckout {
		name := strings.Trim(path.Clean("/"+strings.TrimSpace(dir)), "/")
		if name == "" {
			continue
		}
		out, err := w.output(nil, "ls-tree", "-z", w.c.Rev, "--", name)
		if err != nil {
			return err
		}
		if !bytes.HasPrefix(out, []byte("040000 ")) {
			w.made.MissingDirs = append(w.made.MissingDirs, dir)
		}
	}
	return nil
}
