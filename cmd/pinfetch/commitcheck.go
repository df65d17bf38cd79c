package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// pathspec names the file whatever characters its name has (gitglossary(7), "pathspec").
func (c *commit) pathspec() string { return ":(literal)" + c.file }

// command is a command for the user's shell that adds and commits the lock as it is. It names the lock without links,
// which git would add themselves, and in its own repository, which need not be that of the working directory.
func (c *commit) command(addFlags string) string {
	git, file := "git -C "+quote(c.dir), c.file
	if near, err := c.fromHere(); err == nil {
		git, file = "git", near
	}
	if strings.ContainsAny(file, `:*?[\`) {
		git += " --literal-pathspecs"
	}
	return fmt.Sprintf("%s add %s-- %s && %s commit -m 'pinfetch: change pins' -- %s", git, addFlags, quote(file), git, quote(file))
}

// fromHere is the lock's path from the working directory, if both are in one repository.
func (c *commit) fromHere() (string, error) {
	here, err := realPath(".")
	if err != nil {
		return "", err
	}
	root, err := projectRoot(here)
	if err != nil {
		return "", err
	}
	if other, err := projectRoot(c.dir); err != nil || other != root {
		return "", fmt.Errorf("%q is in another repository", c.dir)
	}
	return filepath.Rel(here, filepath.Join(c.dir, c.file))
}

// checkRepository wants a repository that git can use and write.
func (c *commit) checkRepository(ctx context.Context) error {
	paths, err := c.gitPaths(ctx, ".", "objects")
	if err != nil {
		return c.adviseRepository(err)
	}
	for _, path := range paths {
		if err := unix.Access(path, unix.W_OK); err != nil {
			return sources.WithHint(fmt.Errorf("cannot write to %q: %w", path, err), "make the repository writable, or leave out --commit")
		}
	}
	return nil
}

// adviseRepository tells apart why git refuses a directory.
func (c *commit) adviseRepository(err error) error {
	says := func(text string) bool { return strings.Contains(err.Error(), text) }
	switch {
	case errors.Is(err, gitcmd.ErrNoGit):
		return sources.WithHint(err, "install git, or leave out --commit")
	case errors.Is(err, gitcmd.ErrEmbedded):
		return sources.WithHint(err, "leave out --commit, and ask why the project contains a git repository among its files")
	case says("dubious ownership"), says("unsafe repository"): // before git 2.36.1
		root, rootErr := projectRoot(c.dir)
		if rootErr != nil {
			return rootErr
		}
		return sources.WithHint(fmt.Errorf("%q belongs to another user: %w", root, err),
			"if you trust it, run git config --global --add safe.directory %s", quote(root))
	case says("not a git repository"):
		return sources.WithHint(fmt.Errorf("%q is not in a git repository: %w", c.path, err), "leave out --commit, or run git init")
	case says("work tree"), says("bare repository"):
		return sources.WithHint(fmt.Errorf("%q is not in a work tree: %w", c.path, err), "leave out --commit, or use a lock in a work tree")
	}
	return sources.WithHint(err, "git status says the same; leave out --commit, or repair the repository")
}

// checkState wants no other git command to be in progress: a commit of one file would fail, or end it.
func (c *commit) checkState(ctx context.Context) error {
	files := []string{"MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "SQUASH_MSG", "rebase-merge", "rebase-apply", "index.lock"}
	progress := []string{"a merge", "a cherry-pick", "a revert", "a squash merge", "a rebase", "a rebase", "another git command"}
	paths, err := c.gitPaths(ctx, files...)
	if err != nil {
		return err
	}
	for i, path := range paths {
		if _, err := os.Lstat(path); err != nil {
			continue
		}
		hint := "finish or abort it first: git status says how"
		if files[i] == "index.lock" {
			hint = "wait for it; if none is running, remove " + path
		}
		return sources.WithHint(fmt.Errorf("%s is in progress", progress[i]), "%s", hint)
	}
	return nil
}

// checkFile wants a lock that git tracks and that has no changes.
func (c *commit) checkFile(ctx context.Context) error {
	status, err := c.status(ctx)
	switch {
	case err != nil:
		return err
	case status == "":
		return nil
	case status == "!!":
		return sources.WithHint(fmt.Errorf("%q is ignored by git and not tracked", c.path), "track it: %s", c.command("--force "))
	case status == "??":
		return sources.WithHint(fmt.Errorf("%q is not tracked by git", c.path), "track it: %s", c.command(""))
	}
	return sources.WithHint(fmt.Errorf("%q has uncommitted changes", c.path), "discard them, or commit them first: %s", c.command(""))
}

// status returns the two letters of git status --porcelain for the lock, "" if it is tracked and unchanged.
func (c *commit) status(ctx context.Context) (string, error) {
	out, err := c.git(ctx, "", "status", "--porcelain", "-z", "--untracked-files=all", "--ignored", "--", c.pathspec())
	return out[:min(len(out), 2)], err
}

// checkIdentity wants an author and a committer.
func (c *commit) checkIdentity(ctx context.Context) error {
	for _, who := range []string{"GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"} {
		if _, err := c.git(ctx, "", "var", who); err != nil {
			return sources.WithHint(fmt.Errorf("git does not know who commits: %w", err),
				"run git config --global user.name 'YOUR NAME' && git config --global user.email YOU@EXAMPLE.ORG")
		}
	}
	return nil
}

// gitPaths returns where files of the git directory are.
func (c *commit) gitPaths(ctx context.Context, names ...string) ([]string, error) {
	args := []string{"rev-parse", "--show-toplevel"} // fails outside of a work tree
	for _, name := range names {
		args = append(args, "--git-path", name)
	}
	out, err := c.git(ctx, "", args...)
	if err != nil {
		return nil, err
	}
	paths := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	paths = paths[len(paths)-len(names):]
	for i, path := range paths {
		if !filepath.IsAbs(path) {
			paths[i] = filepath.Join(c.dir, path)
		}
	}
	return paths, nil
}

func (c *commit) git(ctx context.Context, stdin string, args ...string) (string, error) {
	out, err := gitcmd.Project{Dir: c.dir, Secrets: c.secrets}.Run(ctx, []byte(stdin), args...)
	return string(out), err
}
