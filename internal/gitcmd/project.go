package gitcmd

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Project runs git in a project of the user's. Programs that may run are those of the user's own configuration and the
// hooks of the repository that contains Dir. A project's files may form a bare repository with settings that run a
// program, such as core.fsmonitor; git does not look at it (git-config(1), safe.bareRepository).
type Project struct {
	Env []string // default: the environment of this process
	Dir string   // a directory of the project, absolute and without symbolic links
}

// hookDelay is how long Run waits for programs that a hook left running.
const hookDelay = 2 * time.Second

// Run runs git with some input and returns its output. An error contains git's last messages, in English unless args[0]
// is commit: its hooks may need the user's locale. If git is not installed, the error is an [ErrNoGit].
func (p Project) Run(ctx context.Context, stdin []byte, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-c", "safe.bareRepository=explicit"}, args...)...)
	cmd.Dir, cmd.Env, cmd.Stdin = p.Dir, p.Env, bytes.NewReader(stdin)
	cmd.Env = slices.DeleteFunc(slices.Clone(cmd.Environ()), isLocal)
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
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, exec.ErrDot):
		return nil, ErrNoGit
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	}
	return nil, fmt.Errorf("git %s: %w: %s", args[0], err, cmp.Or(lastLines(string(stderr)), "no message; a hook may have refused"))
}

// isLocal recognises variables that choose another repository, or another meaning of paths: a git hook that runs
// pinfetch sets some of them (git-rev-parse(1), --local-env-vars; git(1), GIT_LITERAL_PATHSPECS).
func isLocal(variable string) bool {
	name, _, _ := strings.Cut(variable, "=")
	return slices.Contains([]string{
		"GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_NAMESPACE",
		"GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_GRAFT_FILE", "GIT_SHALLOW_FILE", "GIT_QUARANTINE_PATH",
		"GIT_REPLACE_REF_BASE", "GIT_NO_REPLACE_OBJECTS", "GIT_INTERNAL_SUPER_PREFIX",
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
