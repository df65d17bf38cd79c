package main

import (
	"context"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const bundle = "../../testdata/plain.bundle"

func TestParse(t *testing.T) {
	t.Parallel()
	host, repos, command, err := parse([]string{"a/b=x", "--host", "h.example", "c/d=y=z", "--", "git", "--host", "--"}, nil)
	if err != nil || host != "h.example" || !slices.Equal(repos, []string{"a/b=x", "c/d=y=z"}) || !slices.Equal(command, []string{"git", "--host", "--"}) {
		t.Errorf("got %q %q %q %v", host, repos, command, err)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"a/b"}, {"ab=x"}, {"a/b="}, {"--what", "a/b=" + bundle}, {"a/b=" + bundle, "--"}, {"a/b=no such file"}, {"a/b=" + bundle, "--", "/no such program"}} {
		var stdout, stderr strings.Builder
		if got := run(t.Context(), args, &stdout, &stderr); got != 1 || stdout.Len() > 0 || stderr.Len() == 0 {
			t.Errorf("%q: got %d, stdout %q, stderr %q", args, got, stdout.String(), stderr.String())
		}
	}
	var stdout, stderr strings.Builder
	if got := run(t.Context(), []string{"-h"}, &stdout, &stderr); got != 0 || !strings.Contains(stderr.String(), "usage") {
		t.Errorf("-h: got %d, stderr %q", got, stderr.String())
	}
}

func TestCommand(t *testing.T) {
	t.Parallel()
	var stdout, stderr strings.Builder
	script := `git ls-remote https://git.example.org/acme/plain refs/tags/v1.0; git ls-remote https://github.com/acme/plain; exit 7`
	args := []string{"acme/plain=" + bundle, "--host=git.example.org", "--", "sh", "-c", script}
	if got := run(t.Context(), args, &stdout, &stderr); got != 7 {
		t.Errorf("got status %d, want 7", got)
	}
	if got, want := stdout.String(), "1f04432453bf2f83ea2611c81f6d46184234abba\trefs/tags/v1.0\n"; got != want {
		t.Errorf("got %q, want %q; stderr %s", got, want, stderr.String())
	}
}

// A writer that reports its first line.
type lines struct{ got chan string }

func (l lines) Write(p []byte) (int, error) {
	l.got <- string(p)
	return len(p), nil
}

func TestServe(t *testing.T) {
	t.Parallel()
	repo := filepath.Join(t.TempDir(), "repo")
	if out, err := exec.Command("git", "clone", "-q", "--bare", bundle, repo).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	ctx, cancel := context.WithCancel(t.Context())
	stdout := lines{make(chan string, 100)}
	done := make(chan int)
	go func() { done <- run(ctx, []string{"acme/plain=" + repo}, stdout, &strings.Builder{}) }()
	if got := <-stdout.got; !strings.HasPrefix(got, "export GIT_TERMINAL_PROMPT=0\n") {
		t.Errorf("got %q", got)
	}
	cancel()
	if got := <-done; got != 0 {
		t.Errorf("got status %d, want 0", got)
	}
}
