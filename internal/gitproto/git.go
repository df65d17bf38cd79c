package gitproto

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/pinfetch/pinfetch/internal/web"
)

// Git runs the git program, cut off from whatever else could steer it: no system
// or user configuration, no hooks, no prompts, no transports but the allowed ones.
type Git struct {
	Env         []string // PATH, HOME, SSH_AUTH_SOCK, …: what git and ssh may see of the environment
	Proxy       []string // http_proxy and its kin, passed on
	CAFile      string   // trusted authorities for https; "" is git's own
	Credentials web.Credentials
	TempDir     string // where checkouts are made; "" is the system's
	Tries       int    // of a transfer that fails for a passing reason, the first included; default [web.DefaultTries]
}

// lowSpeedTime is after how many seconds without a byte git gives up on http.
const lowSpeedTime = 30

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
		"protocol.version=2", "protocol.allow=never", "http.followRedirects=true", "credential.helper=",
		"http.lowSpeedLimit=1", fmt.Sprintf("http.lowSpeedTime=%d", lowSpeedTime),
	}, config...)
	cmd.Env = append(cmd.Env, fmt.Sprintf("GIT_CONFIG_COUNT=%d", len(settings)))
	for i, setting := range settings {
		key, value, _ := strings.Cut(setting, "=")
		cmd.Env = append(cmd.Env, fmt.Sprintf("GIT_CONFIG_KEY_%d=%s", i, key), fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", i, value))
	}
	// git starts helpers of its own: a signal goes to all of them.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
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

// run runs git and returns what it printed.
func (g *Git) run(ctx context.Context, cmd *exec.Cmd) ([]byte, error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	switch {
	case err == nil:
		return stdout.Bytes(), nil
	case cmd.Path == "":
		return nil, ErrNoGit
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	}
	text := stderr.String()
	if cmd.Dir != "/" { // a temporary folder, gone when the user reads this
		text = strings.ReplaceAll(strings.ReplaceAll(text, cmd.Dir+"/", ""), cmd.Dir, ".")
	}
	return nil, g.explain(text)
}

// explain gives a failure of git its class, by what git printed.
func (g *Git) explain(stderr string) error {
	text := lastLines(stderr)
	for _, secret := range g.Credentials.Secrets() {
		text = strings.ReplaceAll(text, secret, "xxxxx")
	}
	class := ErrGit
	for _, known := range []struct {
		text  string
		class error
	}{
		{"git-lfs", ErrGit},
		{"not our ref", errUnadvertised},
		{"unadvertised object", errUnadvertised},
		{"couldn't find remote ref", errUnadvertised},
		{"dumb http transport does not support", errUnadvertised},
		{"not allowed", errTransport},
		{"certificate verification failed", web.ErrInsecure},
		{"certificate problem", web.ErrInsecure},
		{"The requested URL returned error: 429", web.ErrRateLimited},
		{"The requested URL returned error: 5", web.ErrServer},
		{"CONNECT tunnel failed", web.ErrUnreachable},
		{"early EOF", web.ErrTruncated},
		{"RPC failed", web.ErrTruncated},
		{"unexpected disconnect", web.ErrTruncated},
		{"hung up unexpectedly", web.ErrTruncated},
		{"Connection reset", web.ErrTruncated},
		{"Operation too slow", web.ErrStalled},
		{"could not read Username", web.ErrUnauthorized},
		{"Authentication failed", web.ErrUnauthorized},
		{"not found", ErrNotFound},
		{"does not appear to be a git repository", ErrNotFound},
		{"does not exist", ErrNotFound},
		{"Permission denied (", web.ErrUnauthorized},
		{"Host key verification failed", web.ErrInsecure},
		{"The requested URL returned error: 403", web.ErrUnauthorized},
		{"Could not resolve host", web.ErrUnreachable},
		{"Failed to connect", web.ErrUnreachable},
		{"Connection refused", web.ErrUnreachable},
		{"No route to host", web.ErrUnreachable},
		{"timed out", web.ErrUnreachable},
		{"unable to access", web.ErrUnreachable},
	} {
		if strings.Contains(stderr, known.text) {
			class = known.class
			break
		}
	}
	return fmt.Errorf("%w: %s", class, text)
}

var errUnadvertised = fmt.Errorf("the server does not hand out a commit by its ID: %w", ErrGit)

var errTransport = fmt.Errorf("transport refused: %w", ErrGit)

// maxErrorLines is how many lines of git's own words an error repeats.
const maxErrorLines = 4

// lastLines returns the end of git's output as one printable line.
func lastLines(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line[strings.LastIndexByte(strings.TrimRight(line, "\r\n"), '\r')+1:])
		line = strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
				return -1
			}
			return r
		}, line)
		if line != "" {
			lines = append(lines, excerpt(line))
		}
	}
	return strings.Join(lines[max(0, len(lines)-maxErrorLines):], "; ")
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
		if err := refs.addAdvertised(id + " " + name); err != nil {
			return Refs{}, err
		}
	}
	return refs, lines.Err()
}

// Checkout says which tree [Git.Checkout] makes, in the terms of nixpkgs' fetchgit.
type Checkout struct {
	URL            string // http or https
	Rev            string // full commit ID
	Submodules     bool
	LFS            bool
	SparseCheckout []string // cone mode
	RootDir        string   // checked out alone, as a non-cone pattern
}

// Checkout makes the working tree that nix-prefetch-git makes (nixpkgs,
// pkgs/build-support/fetchgit/nix-prefetch-git), hands its path and the commit's
// date to use, and removes it afterwards. The tree still holds the .git folders.
func (g *Git) Checkout(ctx context.Context, c Checkout, use func(dir string, committed time.Time) error) (err error) {
	parent, err := os.MkdirTemp(g.TempDir, "pinfetch-git-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(parent)) }()
	w := &worktree{git: g, ctx: ctx, dir: filepath.Join(parent, "tree"), home: parent, c: c}
	for _, step := range []func() error{w.credentials, w.init, w.sparse, w.fetch, w.checkout, w.submodules} {
		if err := step(); err != nil {
			return fmt.Errorf("check out %s of %s: %w", c.Rev, redact(c.URL), err)
		}
	}
	committed, err := w.date()
	if err != nil {
		return err
	}
	return use(w.dir, committed)
}

// worktree is one checkout in the making.
type worktree struct {
	git       *Git
	ctx       context.Context
	dir, home string
	c         Checkout
}

func (w *worktree) run(args ...string) error {
	_, err := w.output(nil, args...)
	return err
}

// transfer runs git over the network, again if it fails for a passing reason.
func (w *worktree) transfer(args ...string) error {
	_, err := backoff.Retry(w.ctx, func() (struct{}, error) {
		err := w.run(args...)
		if err != nil && !isTransient(err) {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithMaxTries(uint(cmp.Or(w.git.Tries, web.DefaultTries))), backoff.WithMaxElapsedTime(0))
	var permanent *backoff.PermanentError
	if errors.As(err, &permanent) {
		return permanent.Err
	}
	return err
}

func isTransient(err error) bool {
	for _, class := range []error{web.ErrUnreachable, web.ErrServer, web.ErrRateLimited, web.ErrTruncated, web.ErrStalled} {
		if errors.Is(err, class) {
			return true
		}
	}
	return false
}

func (w *worktree) output(stdin []byte, args ...string) ([]byte, error) {
	cmd := w.git.command(w.ctx, w.dir, w.config(), args...)
	cmd.Env = append(cmd.Env, "HOME="+w.home, "XDG_CONFIG_HOME="+w.home)
	cmd.Stdin = bytes.NewReader(stdin)
	return w.git.run(w.ctx, cmd)
}

// config is what stands in for the files that nix-prefetch-git's own git would read.
//
// A builder reaches http and https alone. "user" allows http for the repository itself, but not for what an
// https server redirects to; git cannot tell that from the address of a submodule.
func (w *worktree) config() []string {
	plain := "user"
	if w.c.Submodules || strings.HasPrefix(w.c.URL, "http:") {
		plain = "always"
	}
	config := []string{
		"core.autocrlf=false", "protocol.https.allow=always", "protocol.http.allow=" + plain,
		"credential.helper=store --file=" + quote(w.credentialFile()),
	}
	if w.c.LFS {
		config = append(config,
			"filter.lfs.clean=git-lfs clean -- %f", "filter.lfs.smudge=git-lfs smudge -- %f",
			"filter.lfs.process=git-lfs filter-process", "filter.lfs.required=true")
	}
	return config
}

func (w *worktree) credentialFile() string { return filepath.Join(w.home, "credentials") }

// quote quotes a word for the shell that git hands its helpers to.
func quote(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

// credentials writes what git-credential-store(1) reads: unlike a header of one's own, git
// sends these to no host that a redirect leads to.
func (w *worktree) credentials() error {
	var lines strings.Builder
	for host, credential := range w.git.Credentials {
		u := url.URL{Scheme: "https", Host: host, User: url.UserPassword(credential.User, credential.Password)}
		if !credential.Bearer {
			fmt.Fprintln(&lines, u.String())
		}
	}
	return os.WriteFile(w.credentialFile(), []byte(lines.String()), 0o600)
}

func (w *worktree) init() error {
	if err := os.Mkdir(w.dir, 0o755); err != nil {
		return err
	}
	format := "sha1"
	if len(w.c.Rev) == 64 {
		format = "sha256"
	}
	if err := w.run("init", "-q", "--object-format="+format, "--template="); err != nil {
		return err
	}
	return w.run("remote", "add", "--", "origin", w.c.URL)
}

func (w *worktree) sparse() error {
	patterns, mode := w.c.SparseCheckout, "--cone"
	if w.c.RootDir != "" {
		mode = "--no-cone"
		if len(patterns) == 0 {
			patterns = []string{w.c.RootDir}
		}
	}
	if len(patterns) == 0 {
		return nil
	}
	_, err := w.output([]byte(strings.Join(patterns, "\n")+"\n"), "sparse-checkout", "set", mode, "--stdin")
	return err
}

// fetch gets the one commit. A server that does not hand out commits by ID is
// asked for everything.
func (w *worktree) fetch() error {
	filter := []string{}
	if len(w.c.SparseCheckout) > 0 || w.c.RootDir != "" {
		filter = []string{"--filter=blob:none"}
	}
	one := append(append([]string{"fetch", "-q", "--depth=1", "--no-tags", "--no-recurse-submodules"}, filter...), "--", "origin", w.c.Rev)
	err := w.transfer(one...)
	if !errors.Is(err, errUnadvertised) {
		return err
	}
	all := w.transfer("fetch", "-q", "--no-recurse-submodules", "--", "origin",
		"+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")
	if all != nil {
		return all
	}
	if w.run("cat-file", "-e", w.c.Rev+"^{commit}") != nil {
		return fmt.Errorf("%w: no branch or tag holds the commit: %w", ErrNotFound, err)
	}
	return nil
}

func (w *worktree) checkout() error {
	return w.run("checkout", "-q", "--detach", w.c.Rev, "--")
}

// submodules follows nix-prefetch-git: recursively, each at its recorded commit.
func (w *worktree) submodules() error {
	if !w.c.Submodules {
		return nil
	}
	update := []string{"submodule", "update", "-q", "--init", "--recursive", "--checkout", "-j", "4"}
	err := w.transfer(append(update, "--depth=1")...)
	if !errors.Is(err, errUnadvertised) {
		return err
	}
	// Begin again, with everything.
	if err := os.RemoveAll(filepath.Join(w.dir, ".git", "modules")); err != nil {
		return err
	}
	if w.run("submodule", "deinit", "-q", "--force", "--all") != nil {
		return err
	}
	return w.transfer(update...)
}

func (w *worktree) date() (time.Time, error) {
	out, err := w.output(nil, "show", "-s", "--format=%ct", w.c.Rev, "--")
	if err != nil {
		return time.Time{}, err
	}
	var seconds int64
	if _, err := fmt.Sscan(string(out), &seconds); err != nil {
		return time.Time{}, fmt.Errorf("date of %s: %w", w.c.Rev, err)
	}
	return time.Unix(seconds, 0).UTC(), nil
}
