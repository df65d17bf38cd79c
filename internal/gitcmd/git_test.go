package gitcmd_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// newGit returns a Git that reaches the forge under every host name, has its own HOME, and must
// leave no files behind.
func newGit(t *testing.T, f *forgetest.Forge) *gitcmd.Git {
	t.Helper()
	temp, home := t.TempDir(), t.TempDir()
	t.Cleanup(func() {
		left, err := os.ReadDir(temp)
		if err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	})
	return &gitcmd.Git{
		Env:     []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "GIT_SSL_CAPATH=" + f.CADir()},
		Proxy:   []string{"http_proxy=" + f.ProxyURL(), "https_proxy=" + f.ProxyURL()},
		CAFile:  f.CAFile(),
		TempDir: temp,
	}
}

// list lists refs with the git program.
func list(t *testing.T, g *gitcmd.Git, remote string) (sources.Refs, error) {
	t.Helper()
	return gitrefs.NewClient(nil, g.Refs).Refs(t.Context(), remote, "HEAD", "refs/")
}

// marker returns the path of a file that must not be created, and a shell command that creates it.
func marker(t *testing.T) (path, command string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "marker")
	t.Cleanup(func() {
		if _, err := os.Lstat(path); err == nil {
			t.Error("foreign code was run")
		}
	})
	return path, "touch " + path
}

func writeScript(t *testing.T, path, body string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestFileRemote(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo, one, two := demo(f, "acme/demo")
	spaced := filepath.Join(t.TempDir(), "with space.git")
	if err := os.Symlink(repo.Dir(), spaced); err != nil {
		t.Fatal(err)
	}
	for _, remote := range []string{"file://" + repo.Dir(), "file://" + spaced, repo.Dir()} {
		refs, err := list(t, newGit(t, f), remote)
		if err != nil {
			t.Errorf("%s: %v", remote, err)
			continue
		}
		if want := "refs/heads/main"; refs.Head != want || len(refs.List) != 8 {
			t.Errorf("%s: got HEAD %q and %d refs, want %q and 8", remote, refs.Head, len(refs.List), want)
		}
		wantRefs(t, refs, map[string]string{"refs/heads/main": two, "refs/tags/v1.0": one, "refs/tags/v2.0": two, "refs/tags/main": one})
	}
	if refs, err := list(t, newGit(t, f), "file://"+f.Repo("acme/empty").Dir()); err != nil || len(refs.List) != 0 || refs.Head != "" {
		t.Errorf("empty: got %v, %v", refs, err)
	}
	old := f.Repo("acme/sha256", forgetest.SHA256())
	commit := old.Commit("main", forgetest.Files{"a": {Body: "a"}})
	refs, err := list(t, newGit(t, f), "file://"+old.Dir())
	if err != nil {
		t.Fatal(err)
	}
	wantRefs(t, refs, map[string]string{"refs/heads/main": commit})
	if n := len(f.Requests()); n != 0 {
		t.Errorf("got %d requests, want 0", n)
	}
}

func TestGitRefuses(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	path, touch := marker(t)
	tests := []struct {
		name, remote string
		class        error
	}{
		{"no such directory", "file:///no/such/repository.git", gitrefs.ErrNotFound},
		{"not a repository", "file://" + t.TempDir(), gitrefs.ErrNotFound},
		{"any command", "ext::sh -c " + strings.ReplaceAll(touch, " ", "% "), gitcmd.ErrTransport},
		{"file descriptors", "fd::7", gitcmd.ErrTransport},
		{"unencrypted git", "git://git.example.org/acme/demo", gitcmd.ErrTransport},
		{"option", "--upload-pack=" + touch, nil},
		{"short option", "-u" + touch, nil},
		{"option as ssh host", "ssh://-oProxyCommand=touch%20" + path + "/acme/demo", nil},
		{"option as ssh host, short form", "-oProxyCommand=" + touch + ":acme/demo", nil},
		{"empty", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			refs, err := list(t, newGit(t, f), tt.remote)
			if err == nil || tt.class != nil && !errors.Is(err, tt.class) {
				t.Errorf("got %v, %v, want %v", refs, err, tt.class)
			}
		})
	}
}

func TestNoGit(t *testing.T) {
	empty := t.TempDir()
	t.Setenv("PATH", empty)
	g := &gitcmd.Git{Env: []string{"PATH=" + empty}, TempDir: t.TempDir()}
	if _, err := list(t, g, "file:///srv/demo.git"); !errors.Is(err, gitcmd.ErrNoGit) {
		t.Errorf("refs: got %v, want %v", err, gitcmd.ErrNoGit)
	}
	err := g.Checkout(t.Context(), gitcmd.Checkout{URL: "https://github.com/acme/demo", Rev: strings.Repeat("1", 40)}, nil)
	if !errors.Is(err, gitcmd.ErrNoGit) {
		t.Errorf("checkout: got %v, want %v", err, gitcmd.ErrNoGit)
	}
}

// git is found in the PATH of Git.Env, not in that of this process.
func TestGitIsFoundInEnv(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo, _, _ := demo(f, "acme/demo")
	g := newGit(t, f)
	g.Env[0] = "PATH=" + t.TempDir()
	if _, err := list(t, g, "file://"+repo.Dir()); !errors.Is(err, gitcmd.ErrNoGit) {
		t.Errorf("got %v, want %v", err, gitcmd.ErrNoGit)
	}
}

// fakeSSH replaces ssh by a program that runs the remote command on this machine and records its
// arguments.
func fakeSSH(t *testing.T, g *gitcmd.Git) (log string) {
	t.Helper()
	bin := t.TempDir()
	log = filepath.Join(bin, "log")
	writeScript(t, filepath.Join(bin, "ssh"), `printf '%s\n' "$@" >>`+log+`
echo "BatchMode is on" >&2
for last; do :; done
exec sh -c "$last"`)
	g.Env[0] = "PATH=" + bin + ":" + os.Getenv("PATH")
	return log
}

func TestSSH(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo, one, two := demo(f, "acme/demo")
	for _, remote := range []string{"ssh://git@git.example.org" + repo.Dir(), "git@git.example.org:" + repo.Dir(), "ssh://git@git.example.org:2222" + repo.Dir()} {
		g := newGit(t, f)
		log := fakeSSH(t, g)
		refs, err := list(t, g, remote)
		if err != nil {
			t.Errorf("%s: %v", remote, err)
			continue
		}
		wantRefs(t, refs, map[string]string{"refs/heads/main": two, "refs/tags/v1.0": one, "refs/tags/v2.0": two})
		text, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		args := strings.Split(string(text), "\n")
		if !slices.Contains(args, "BatchMode=yes") || !slices.Contains(args, "git@git.example.org") {
			t.Errorf("%s: ssh was called with %q", remote, args)
		}
		if strings.Contains(remote, "2222") != slices.Contains(args, "2222") {
			t.Errorf("%s: ssh was called with %q", remote, args)
		}
	}
}

func TestSSHFails(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	for name, tt := range map[string]struct {
		script string
		class  error
	}{
		"key refused":   {"echo 'git@git.example.org: Permission denied (publickey).' >&2; exit 255", web.ErrUnauthorized},
		"no such host":  {"echo 'ssh: Could not resolve hostname git.example.org: Name or service not known' >&2; exit 255", web.ErrUnreachable},
		"refused":       {"echo 'ssh: connect to host git.example.org port 22: Connection refused' >&2; exit 255", web.ErrUnreachable},
		"timed out":     {"echo 'ssh: connect to host git.example.org port 22: Connection timed out' >&2; exit 255", web.ErrUnreachable},
		"no route":      {"echo 'ssh: connect to host git.example.org port 22: No route to host' >&2; exit 255", web.ErrUnreachable},
		"no repository": {`echo "fatal: '/acme/none' does not appear to be a git repository" >&2; exit 128`, gitrefs.ErrNotFound},
		"of GitHub":     {"echo 'ERROR: Repository not found.' >&2; exit 1", gitrefs.ErrNotFound},
		"terminal":      {"printf 'fatal: \\033[2J\\007 gone\\n' >&2; exit 1", gitcmd.ErrGit},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGit(t, f)
			bin := t.TempDir()
			writeScript(t, filepath.Join(bin, "ssh"), tt.script)
			g.Env[0] = "PATH=" + bin + ":" + os.Getenv("PATH")
			_, err := list(t, g, "ssh://git:hunter2@git.example.org/acme/none")
			if !errors.Is(err, tt.class) {
				t.Fatalf("got %v, want %v", err, tt.class)
			}
			if text := err.Error(); strings.Contains(text, "hunter2") || strings.ContainsAny(text, "\x1b\a") {
				t.Errorf("got %q", text)
			}
		})
	}
}

// The settings of the user, and of the repository in which pinfetch is started, have no
// effect.
func TestSettingsAreIgnored(t *testing.T) {
	f := forgetest.New(t)
	repo, _, two := demo(f, "acme/demo")
	decoy := f.Repo("acme/decoy")
	decoy.Commit("main", forgetest.Files{"a": {Body: "decoy"}})
	_, touch := marker(t)
	settings := fmt.Sprintf("[url %q]\n\tinsteadOf = %q\n[core]\n\tsshCommand = %q\n\tfsmonitor = %q\n[credential]\n\thelper = %q\n[uploadpack]\n\tpackObjectsHook = %q\n",
		"file://"+decoy.Dir(), "file://"+repo.Dir(), touch, touch, "!"+touch, touch)

	g := newGit(t, f)
	home := strings.TrimPrefix(g.Env[1], "HOME=")
	if err := os.MkdirAll(filepath.Join(home, ".config", "git"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{".gitconfig", ".config/git/config"} {
		if err := os.WriteFile(filepath.Join(home, name), []byte(settings), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ask := filepath.Join(t.TempDir(), "ask")
	writeScript(t, ask, touch)
	g.Env = append(g.Env, "GIT_ASKPASS="+ask, "SSH_ASKPASS="+ask, "GIT_TERMINAL_PROMPT=1", "GIT_SSH="+ask, "GIT_SSH_COMMAND="+touch, "GIT_CONFIG_GLOBAL="+filepath.Join(home, ".gitconfig"))

	check := func(t *testing.T) {
		refs, err := list(t, g, "file://"+repo.Dir())
		if err != nil {
			t.Fatal(err)
		}
		wantRefs(t, refs, map[string]string{"refs/heads/main": two})
		fakeSSH(t, g)
		if _, err := list(t, g, "ssh://git.example.org"+repo.Dir()); err != nil {
			t.Error(err)
		}
		err = g.Checkout(t.Context(), gitcmd.Checkout{URL: "https://github.com/acme/none", Rev: two}, nil)
		if !errors.Is(err, web.ErrUnauthorized) {
			t.Errorf("checkout without credentials: got %v, want %v", err, web.ErrUnauthorized)
		}
	}
	t.Run("of the user", check)

	project := t.TempDir()
	if out, err := exec.Command("git", "init", "-q", project).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	config, err := os.OpenFile(filepath.Join(project, ".git", "config"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := config.WriteString(settings); err != nil {
		t.Fatal(err)
	}
	if err := config.Close(); err != nil {
		t.Fatal(err)
	}
	t.Chdir(project)
	t.Run("of the project", check)
}

func TestCancelSSH(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	g := newGit(t, f)
	bin := t.TempDir()
	fifo := filepath.Join(bin, "fifo")
	if err := exec.Command("mkfifo", fifo).Run(); err != nil {
		t.Fatal(err)
	}
	// It reports that it runs, and then waits forever.
	writeScript(t, filepath.Join(bin, "ssh"), "echo running >"+fifo+"\nread forever <"+fifo)
	g.Env[0] = "PATH=" + bin + ":" + os.Getenv("PATH")
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("the user said so")
	go func() {
		os.ReadFile(fifo) // until ssh runs
		cancel(reason)
	}()
	_, err := gitrefs.NewClient(nil, g.Refs).Refs(ctx, "ssh://git.example.org/acme/demo", "HEAD")
	if !errors.Is(err, reason) {
		t.Errorf("got %v, want %v", err, reason)
	}
}
