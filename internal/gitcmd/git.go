// Package gitcmd runs the git program: it makes checkouts ([Git.Checkout]), lists the refs of remotes that are not
// reached over http ([Git.Refs]), commits to branches of a remote ([Clone]), and runs git in the user's project ([Project]).
package gitcmd

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Git runs the git program, isolated from everything else that could influence it: no system or user configuration, no
// hooks, no prompts, and only the allowed transports.
type Git struct {
	Env         []string // variables that git and ssh may see: PATH, HOME, SSH_AUTH_SOCK, …
	SSH         string   // a shell command to run as ssh, as in GIT_SSH_COMMAND (git(1)); default "ssh"
	Proxy       []string // http_proxy and related variables, for git
	CAFile      string   // trusted certificate authorities for https; default: git's own
	Credentials web.Credentials
	TempDir     string        // for checkouts and clones; default: the system's
	Tries       int           // attempts at a transfer, the first included; default [retry.DefaultTries]
	Stall       time.Duration // time without a byte after which a connection fails; default [web.DefaultStall]
}

// stall returns Stall, and its number of whole seconds.
func (g *Git) stall() (time.Duration, int) {
	stall := cmp.Or(g.Stall, web.DefaultStall)
	return stall, int(math.Ceil(stall.Seconds()))
}

// command prepares git with a clean environment. config holds "key=value" settings, among them the allowed transports.
func (g *Git) command(ctx context.Context, dir string, config []string, args ...string) *exec.Cmd {
	env := absolute(g.Env)
	cmd := exec.CommandContext(ctx, find("git", env), args...)
	cmd.Dir = cmp.Or(dir, "/") // not the user's repository, whose settings git would read
	cmd.Env = append(append(env, g.Proxy...),
		"GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=", "SSH_ASKPASS=",
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_ATTR_NOSYSTEM=1",
		"GIT_SSH_COMMAND="+g.ssh(), "LC_ALL=C",
	)
	if g.CAFile != "" {
		cmd.Env = append(cmd.Env, "GIT_SSL_CAINFO="+g.CAFile)
	}
	_, seconds := g.stall()
	settings := append([]string{
		"safe.bareRepository=explicit", "core.hooksPath=" + os.DevNull, "core.fsmonitor=false", "submodule.recurse=false",
		"advice.detachedHead=false", "init.defaultBranch=main", "gc.auto=0", "maintenance.auto=false",
		"protocol.version=2", "protocol.allow=never", "http.followRedirects=true", "fetch.unpackLimit=1",
		"credential.helper=",
		"http.lowSpeedLimit=1", fmt.Sprintf("http.lowSpeedTime=%d", seconds),
	}, config...)
	cmd.Env = append(cmd.Env, fmt.Sprintf("GIT_CONFIG_COUNT=%d", len(settings)))
	for i, setting := range settings {
		key, value, _ := strings.Cut(setting, "=")
		cmd.Env = append(cmd.Env, fmt.Sprintf("GIT_CONFIG_KEY_%d=%s", i, key), fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", i, value))
	}
	// git starts helper processes: signal the whole group.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	killWithParent(cmd.SysProcAttr)
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// maxMessages limits git's messages in bytes: they repeat what a server says.
const maxMessages = 8 << 20

// boundedBuffer is a buffer that ends the program that writes too much to it.
type boundedBuffer struct {
	data []byte
	left int
	end  func() error // needed because git does not stop when its output is no longer read
}

var errEndless = fmt.Errorf("git printed too much: %w", gitrefs.ErrProtocol)

func (b *boundedBuffer) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errors.Join(errEndless, b.end())
	}
	b.data = append(b.data, p...)
	return len(p), nil
}

// run runs git and returns its output.
func (g *Git) run(ctx context.Context, cmd *exec.Cmd) ([]byte, error) {
	stdout := boundedBuffer{left: gitrefs.MaxResponse, end: cmd.Cancel}
	err := g.stream(ctx, cmd, &stdout)
	if err != nil && stdout.left < 0 && ctx.Err() == nil {
		err = errEndless
	}
	return stdout.data, err
}

// stream runs git and writes its output to stdout.
func (g *Git) stream(ctx context.Context, cmd *exec.Cmd, stdout io.Writer) error {
	stderr := boundedBuffer{left: maxMessages, end: cmd.Cancel}
	cmd.Stdout, cmd.Stderr = stdout, &stderr
	runtime.LockOSThread() // see killWithParent: git must not outlive the thread, nor the thread end before git
	err := cmd.Run()
	runtime.UnlockOSThread()
	switch {
	case err == nil && !unwritten.Match(stderr.data):
		return nil
	case cmd.Path == "":
		return ErrNoGit
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case stderr.left < 0: // err only says that git was terminated
		return errEndless
	}
	text := string(stderr.data)
	for _, dir := range temporary(cmd) { // no longer exists when the user reads this
		text = strings.ReplaceAll(strings.ReplaceAll(text, dir+"/", ""), dir, ".")
	}
	return g.explain(text)
}

func refTransports() []string {
	return []string{"protocol.ssh.allow=always", "protocol.file.allow=always"}
}

// temporary returns the temporary directories of a command, the inner ones first.
func temporary(cmd *exec.Cmd) (dirs []string) {
	if cmd.Dir != "/" {
		dirs = append(dirs, cmd.Dir)
	}
	for _, variable := range cmd.Env {
		if dir, found := strings.CutPrefix(variable, "GIT_DIR="); found {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// Refs lists the refs of a remote that is reached over ssh or the file system. It is a [gitrefs.Lister]. It ends with
// [web.ErrStalled] after ten times Stall.
func (g *Git) Refs(ctx context.Context, remoteURL string) (sources.Refs, error) {
	stall, _ := g.stall()
	ctx, cancel := context.WithTimeoutCause(ctx, patience*stall, web.ErrStalled) // git shows no progress before the end
	defer cancel()
	out, err := g.run(ctx, g.command(ctx, "", refTransports(), "ls-remote", "--symref", "--", remoteURL))
	if err != nil {
		return sources.Refs{}, err
	}
	return parseRefs(out)
}

// parseRefs reads what git ls-remote --symref prints.
func parseRefs(out []byte) (refs sources.Refs, err error) {
	for line := range bytes.Lines(out) {
		id, name, _ := strings.Cut(strings.TrimSuffix(string(line), "\n"), "\t")
		if target, found := strings.CutPrefix(id, "ref: "); found {
			if name == "HEAD" {
				refs.Head = target
			}
			continue
		}
		if err := gitrefs.AddAdvertised(&refs, id+" "+name, []string{""}); err != nil {
			return sources.Refs{}, err
		}
	}
	return refs, nil
}
