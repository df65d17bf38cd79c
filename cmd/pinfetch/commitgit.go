package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// pathspec names the file whatever characters its name has (gitglossary(7), "pathspec").
func (c *commit) pathspec() string { return ":(literal)" + c.file }

// command is a command for the user that adds and commits the lock as it is.
func (c *commit) command(addFlags string) string {
	git := "git"
	if strings.ContainsAny(c.path, `:*?[\`) {
		git += " --literal-pathspecs"
	}
	path := quoteShell(c.path)
	return fmt.Sprintf("%s add %s-- %s && %s commit -m 'pinfetch: change pins' -- %s", git, addFlags, path, git, path)
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
	case says("dubious ownership"), says("unsafe repository"): // before git 2.36.1
		root, rootErr := projectRoot(c.dir)
		if rootErr != nil {
			return rootErr
		}
		return sources.WithHint(fmt.Errorf("%q belongs to another user: %w", root, err),
			"if you trust it, run git config --global --add safe.directory %s", quoteShell(root))
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
	out, err := c.git(ctx, "", "--no-optional-locks", "status", "--porcelain", "-z", "--untracked-files=all", "--ignored", "--", c.pathspec())
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

// git runs git as the user's program, with the user's configuration and hooks, in the repository around the lock.
func (c *commit) git(ctx context.Context, stdin string, args ...string) (string, error) {
	verb := args[slices.IndexFunc(args, func(arg string) bool { return !strings.HasPrefix(arg, "-") })]
	cmd := exec.CommandContext(ctx, "git", append([]string{"-c", "safe.bareRepository=explicit"}, args...)...)
	cmd.Dir, cmd.Stdin = c.dir, strings.NewReader(stdin)
	cmd.Env = withoutRepository(cmd.Environ())
	if verb != "commit" { // whose hooks may need the user's locale
		cmd.Env = append(cmd.Env, "LC_ALL=C") // for adviseRepository
	}
	// git removes its own locks when it is terminated. It stays in the terminal's foreground: a hook, or a program that
	// signs, may ask the user something.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 2 * time.Second // for what a hook left running
	var stdout strings.Builder
	var stderr tail
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay) && ctx.Err() == nil:
		return stdout.String(), nil
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, exec.ErrDot):
		return "", gitcmd.ErrNoGit
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	}
	return "", fmt.Errorf("git %s: %w: %s", verb, err, cmp.Or(gitcmd.LastLines(string(stderr)), "no message; a hook may have refused"))
}

// withoutRepository drops the variables that name another repository than the one around the lock, as git sets them for
// hooks (git rev-parse --local-env-vars), and those that change the meaning of a pathspec.
func withoutRepository(environ []string) []string {
	dropped := []string{
		"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
		"GIT_NAMESPACE", "GIT_PREFIX", "GIT_IMPLICIT_WORK_TREE", "GIT_GRAFT_FILE", "GIT_SHALLOW_FILE", "GIT_NO_REPLACE_OBJECTS",
		"GIT_REPLACE_REF_BASE", "GIT_INTERNAL_SUPER_PREFIX", "GIT_QUARANTINE_PATH",
		"GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS",
	}
	return slices.DeleteFunc(environ, func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains(dropped, name)
	})
}

// maxTail limits in bytes what is kept of git's messages, which include those of hooks.
const maxTail = 16 << 10

// tail keeps the end of what is written to it.
type tail []byte

func (t *tail) Write(p []byte) (int, error) {
	*t = append(*t, p...)
	*t = slices.Clone((*t)[max(0, len(*t)-maxTail):])
	return len(p), nil
}
