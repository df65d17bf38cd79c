package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

var errCommit = errors.New("git commit")

// commit makes a git commit of one file, whatever else is staged or edited.
type commit struct {
	path      string // as the user knows it
	dir, file string
	secrets   []string // variables that git and the project's hooks do not get
}

// newCommit checks, before anything is fetched, that the commit can be made and would contain only the update.
func newCommit(ctx context.Context, path string, secrets []string) (*commit, error) {
	target, err := realPath(path)
	if err != nil {
		return nil, err
	}
	c := &commit{path: path, dir: filepath.Dir(target), file: filepath.Base(target), secrets: secrets}
	for _, check := range []func(context.Context) error{c.checkRepository, c.checkState, c.checkFile, c.checkIdentity} {
		if err := check(ctx); err != nil {
			return nil, fmt.Errorf("%w: %w", errCommit, err)
		}
	}
	return c, nil
}

// make commits the lock if pins were updated.
func (c *commit) make(ctx context.Context, outcomes []engine.Outcome, w lock.Writer) error {
	message := commitMessage(outcomes)
	if message == "" {
		return nil
	}
	if ctx.Err() != nil { // it ended the downloads, and commits what is complete
		ctx = context.WithoutCancel(ctx)
	}
	if _, err := c.git(ctx, message, "commit", "--quiet", "--file=-", "--only", "--", c.pathspec()); err != nil {
		return sources.WithHint(fmt.Errorf("%w: the lock is written but not committed: %w", errCommit, err),
			"fix what git reports, then commit the lock: %s", c.command(""))
	}
	c.settle(ctx, w)
	return nil
}

// settle leaves a clean work tree after a hook that rewrote the lock. What the hook added to the commit is missing in the
// index, since a commit of one file has an index of its own. What it only wrote to the file is undone, unless another
// process has changed the pins since. The commit is made, so errors are ignored.
func (c *commit) settle(ctx context.Context, w lock.Writer) {
	if status, err := c.status(ctx); err != nil || status == "" {
		return
	}
	if _, err := c.git(ctx, "", "reset", "--quiet", "HEAD", "--", c.pathspec()); err != nil {
		return
	}
	committed, err := c.git(ctx, "", "cat-file", "--filters", "HEAD:./"+c.file)
	if err != nil {
		return
	}
	path := filepath.Join(c.dir, c.file)
	current, err := lock.Read(path)
	if err == nil && string(current) != committed && samePins(current, []byte(committed)) {
		w.Write(ctx, path, current, []byte(committed))
	}
}

// samePins reports whether two locks differ at most in their layout.
func samePins(a, b []byte) bool {
	first, err := lock.Parse(a, codecs())
	if err != nil {
		return false
	}
	second, err := lock.Parse(b, codecs())
	return err == nil && slices.Equal(first.Names(), second.Names()) &&
		!slices.ContainsFunc(first.Names(), func(name string) bool { return !first.Pins[name].Equal(second.Pins[name]) })
}

// commitMessage is "ripgrep: 15.0.0 -> 15.1.0" and a compare link. For several pins it is a subject that counts
// them and one such line and link each. It is "" if nothing was updated.
func commitMessage(outcomes []engine.Outcome) string {
	var paragraphs []string
	for _, o := range outcomes {
		if isUpdated(o) {
			paragraphs = append(paragraphs, strings.ReplaceAll(updateLine(o), "\n  ", "\n\n"))
		}
	}
	switch len(paragraphs) {
	case 0:
		return ""
	case 1:
		return paragraphs[0] + "\n"
	}
	subject := fmt.Sprintf("pinfetch: update %d pins", len(paragraphs))
	return subject + "\n\n" + strings.ReplaceAll(strings.Join(paragraphs, "\n"), "\n\n", "\n") + "\n"
}
