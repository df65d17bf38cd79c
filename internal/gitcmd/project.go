package gitcmd

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// ErrEmbedded means that a directory is in a bare repository, which a project may contain as plain files.
var ErrEmbedded = errors.New("the directory is in a bare git repository, whose settings are not trusted")

// Project runs git in a project of the user's. git may run the hooks of the repository that contains Dir and the
// programs that the user's own configuration names, and no others. In particular it ignores a bare repository among
// the project's files, whose settings could name a program, such as core.fsmonitor (git-config(1),
// safe.bareRepository).
type Project struct {
	Env []string // default: the environment of this process
	Dir string   // a directory of the project, absolute and without symbolic links
	// Secrets are the names of variables that git and its hooks do not get.
	Secrets []string
}

// hookDelay is how long Run waits for programs that a hook left running.
const hookDelay = 2 * time.Second

// Run runs git with some input and returns its output. An error contains git's last messages, in English unless args[0]
// is commit: its hooks may need the user's locale. It is an [ErrNoGit] if git is not installed, and an [ErrEmbedded] if
// Dir is in a bare repository.
func (p Project) Run(ctx context.Context, stdin []byte, args ...string) ([]byte, error) {
	dir, err := p.run(ctx, nil, "rev-parse", "--absolute-git-dir")
	if err != nil && strings.Contains(err.Error(), "safe.bareRepository") || err == nil && p.isBelow(dir) {
		return nil, fmt.Errorf("%q: %w", p.Dir, ErrEmbedded)
	}
	if err != nil {
		return nil, err
	}
	return p.run(ctx, stdin, args...)
}

// isBelow reports whether Dir is in a git directory: git before 2.38 does not know safe.bareRepository.
func (p Project) isBelow(gitDir []byte) bool {
	inside, err := filepath.Rel(strings.TrimSuffix(string(gitDir), "\n"), p.Dir)
	return err == nil && filepath.IsLocal(inside)
}

func (p Project) run(ctx context.Context, stdin []byte, args ...string) ([]byte, error) {
	env := slices.DeleteFunc(absolute((&exec.Cmd{Dir: p.Dir, Env: p.Env}).Environ()), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return isLocal(variable) || slices.Contains(p.Secrets, name)
	})
	program := find("git", env)
	if program == "" {
		return nil, ErrNoGit
	}
	cmd := exec.CommandContext(ctx, program, append([]string{"-c", "safe.bareRepository=explicit"}, args...)...)
	cmd.Dir, cmd.Env, cmd.Stdin = p.Dir, env, bytes.NewReader(stdin)
	if args[0] != "commit" {
		cmd.Env = append(cmd.Env, "LC_ALL=C", "GIT_OPTIONAL_LOCKS=0") // a question leaves the index alone
	}
	// git removes its own locks when it is terminated. It stays in the terminal's foreground: a hook, or a program that
	// signs, may ask the user something.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = hookDelay
	var stdout bytes.Buffer
	var stderr tail
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay) && ctx.Err() == nil:
		return stdout.Bytes(), nil
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	}
	messages := cmp.Or(lastLines(string(stderr)), "no message; a hook may have refused")
	return nil, fmt.Errorf("git %s: %w: %s", args[0], err, messages)
}

// isLocal recognises variables that choose another repository, or another meaning of paths: a git hook that runs
// pinfetch sets some of them (git-rev-parse(1), --local-env-vars; git(1), GIT_LITERAL_PATHSPECS).
func isLocal(variable string) bool {
	name, _, _ := strings.Cut(variable, "=")
	return slices.Contains([]string{
		"GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX",
		"GIT_NAMESPACE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_GRAFT_FILE", "GIT_SHALLOW_FILE",
		"GIT_QUARANTINE_PATH", "GIT_REPLACE_REF_BASE", "GIT_NO_REPLACE_OBJECTS", "GIT_INTERNAL_SUPER_PREFIX",
		"GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS",
	}, name)
}

// maxTail limits in bytes what is kept of git's messages, which include those of hooks.
const maxTail = 16 << 10

// tail keeps the end of what is written to it.
type tail []byte

func (t *tail) Write(p []byte) (int, error) {
	all := append(*t, p...)
	*t = slices.Clone(all[max(0, len(all)-maxTail):])
	return len(p), nil
}
