package gitproto

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/pinfetch/pinfetch/internal/web"
)

// Git runs the git program, cut off from whatever else could steer it: no system
// or user configuration, no hooks, no prompts, no transports but the allowed ones.
type Git struct {
	Env         []string // PATH, HOME, SSH_AUTH_SOCK, …: what git and ssh may see of the environment
	Proxy       []string // http_proxy and its kin, passed on
	CAFile      string   // trusted authorities for https; "" is git's own
	Credentials web.Credentials
	TempDir     string        // where checkouts are made; "" is the system's
	Tries       int           // of a transfer that fails for a passing reason, the first included; default [web.DefaultTries]
	Stall       time.Duration // without a byte, after which http is given up, in whole seconds; default [web.DefaultStall]
}

// command prepares git with a clean environment. config holds "key=value" settings, among
// them which transports are allowed.
func (g *Git) command(ctx context.Context, dir string, config []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, g.program(), args...)
	cmd.Dir = cmp.Or(dir, "/") // not in the user's own repository, whose settings git would read
	cmd.Env = append(append([]string{}, g.Env...), g.Proxy...)
	cmd.Env = append(cmd.Env,
		"GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=", "SSH_ASKPASS=",
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_ATTR_NOSYSTEM=1",
		"GIT_SSH_COMMAND=ssh -o BatchMode=yes", "LC_ALL=C",
	)
	if g.CAFile != "" {
		cmd.Env = append(cmd.Env, "GIT_SSL_CAINFO="+g.CAFile)
	}
	settings := append([]string{
		"core.hooksPath=" + os.DevNull, "advice.detachedHead=false", "init.defaultBranch=main", "gc.auto=0",
		"protocol.version=2", "protocol.allow=never", "http.followRedirects=true", "fetch.unpackLimit=1", "credential.helper=",
		"http.lowSpeedLimit=1", fmt.Sprintf("http.lowSpeedTime=%.0f", math.Ceil(cmp.Or(g.Stall, web.DefaultStall).Seconds())),
	}, config...)
	cmd.Env = append(cmd.Env, fmt.Sprintf("GIT_CONFIG_COUNT=%d", len(settings)))
	for i, setting := range settings {
		key, value, _ := strings.Cut(setting, "=")
		cmd.Env = append(cmd.Env, fmt.Sprintf("GIT_CONFIG_KEY_%d=%s", i, key), fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", i, value))
	}
	// git starts helpers of its own: a signal goes to all of them.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieTogether(cmd.SysProcAttr)
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// program finds git where Env says.
func (g *Git) program() string {
	for _, variable := range g.Env {
		list, found := strings.CutPrefix(variable, "PATH=")
		if !found {
			continue
		}
		for _, dir := range filepath.SplitList(list) {
			path := filepath.Join(dir, "git")
			if info, err := os.Stat(path); err == nil && filepath.IsAbs(dir) && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
				return path
			}
		}
	}
	return "" // starting it fails, as a program that is not there
}

// unwritten matches what git says of a file that it could not make (git, entry.c). "git checkout" then
// still ends as if all were well: a full disk would give a hash of what fitted.
var unwritten = regexp.MustCompile(`(?m)^error: (unable to|cannot) (create|write|read|unlink) `)

// maxMessages is how many bytes git may say: it repeats what a server says.
const maxMessages = 8 << 20

// bounded is a buffer that ends the program which writes too much to it.
type bounded struct {
	data []byte
	left int
	end  func() error // git goes on if nobody reads what it says
}

var errEndless = fmt.Errorf("git says more than it ever would: %w", ErrProtocol)

func (b *bounded) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errors.Join(errEndless, b.end())
	}
	b.data = append(b.data, p...)
	return len(p), nil
}

// run runs git and returns what it printed.
func (g *Git) run(ctx context.Context, cmd *exec.Cmd) ([]byte, error) {
	stdout := bounded{left: maxRefsAnswer, end: cmd.Cancel}
	err := g.stream(ctx, cmd, &stdout)
	switch {
	case err != nil && stdout.left < 0 && ctx.Err() == nil:
		return nil, errEndless
	case err != nil:
		return nil, err
	}
	return stdout.data, nil
}

// stream runs git and hands what it prints to stdout.
func (g *Git) stream(ctx context.Context, cmd *exec.Cmd, stdout io.Writer) error {
	stderr := bounded{left: maxMessages, end: cmd.Cancel}
	cmd.Stdout, cmd.Stderr = stdout, &stderr
	runtime.LockOSThread() // whose end would be git's, see dieTogether
	err := cmd.Run()
	runtime.UnlockOSThread()
	switch {
	case err == nil && !unwritten.Match(stderr.data):
		return nil
	case cmd.Path == "":
		return ErrNoGit
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case stderr.left < 0: // err says that git was ended for it
		return errEndless
	}
	text := string(stderr.data)
	if cmd.Dir != "/" { // a temporary folder, gone when the user reads this
		text = strings.ReplaceAll(strings.ReplaceAll(text, cmd.Dir+"/", ""), cmd.Dir, ".")
	}
	return g.explain(text)
}

// lsRemote lists the refs of a remote that is not reached over http.
func (g *Git) lsRemote(ctx context.Context, remoteURL string) (Refs, error) {
	transports := []string{"protocol.ssh.allow=always", "protocol.file.allow=always"}
	out, err := g.run(ctx, g.command(ctx, "", transports, "ls-remote", "--symref", "--", remoteURL))
	if err != nil {
		return Refs{}, err
	}
	var refs Refs
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		id, name, _ := strings.Cut(lines.Text(), "\t")
		if target, found := strings.CutPrefix(id, "ref: "); found {
			if name == "HEAD" {
				refs.Head = target
			}
			continue
		}
		if err := addAdvertised(&refs, id+" "+name, []string{""}); err != nil {
			return Refs{}, err
		}
	}
	return refs, lines.Err()
}
