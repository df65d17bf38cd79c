package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

var errCommit = errors.New("git commit")

// commit makes a git commit of one file, whatever else is staged or edited.
type commit struct {
	dir, file string
}

// prepareCommit checks, before anything is fetched, that the commit can be made and would contain only the update.
func prepareCommit(ctx context.Context, path string) (*commit, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if absolute, err = filepath.EvalSymlinks(absolute); err != nil {
		return nil, err
	}
	c := &commit{dir: filepath.Dir(absolute), file: filepath.Base(absolute)}
	status, err := c.git(ctx, nil, "status", "--porcelain", "--", c.file)
	if err != nil {
		return nil, sources.WithHint(fmt.Errorf("%w: %q is not in a git repository: %w", errCommit, path, err), "leave out --commit, or run git init")
	}
	if len(status) > 0 {
		return nil, sources.WithHint(fmt.Errorf("%w: %q has uncommitted changes", errCommit, path), "commit or discard them first: git commit %s", path)
	}
	return c, nil
}

func (c *commit) git(ctx context.Context, stdin []byte, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir, cmd.Stdin = c.dir, bytes.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("git %s: %w: %s", args[0], err, strings.TrimSpace(stderr.String()))
	}
	return stdout.Bytes(), nil
}

// make commits the lock if pins were updated.
func (c *commit) make(ctx context.Context, outcomes []engine.Outcome) error {
	message := commitMessage(outcomes)
	if message == "" {
		return nil
	}
	if _, err := c.git(ctx, []byte(message), "commit", "--quiet", "--file=-", "--only", "--", c.file); err != nil {
		return sources.WithHint(fmt.Errorf("%w: the lock is written but not committed: %w", errCommit, err), "commit it by hand: git commit %s", filepath.Join(c.dir, c.file))
	}
	return nil
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
