package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestDemo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var out bytes.Buffer
	if err := run(t.Context(), dir, os.Getenv, &out); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	if err := wantEmpty(dir); err != nil {
		t.Error(err)
	}
	if !strings.Contains(out.String(), "\n# Next: ") {
		t.Errorf("the demo does not say what to do next:\n%s", &out)
	}
	if _, err := exec.LookPath("nix-build"); err == nil || os.Getenv("CI") == "true" {
		if !strings.Contains(out.String(), "$ ./result/bin/hello\n---") {
			t.Errorf("the demo built no package:\n%s", &out)
		}
	}
}

func TestInterrupt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	interrupted := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	out := &trigger{text: "$ pinfetch add", fire: func() { cancel(interrupted) }}
	if err := run(ctx, dir, os.Getenv, out); !errors.Is(err, interrupted) {
		t.Errorf("got error %v, want %v", err, interrupted)
	}
	if err := wantEmpty(dir); err != nil {
		t.Error(err)
	}
}

// An interrupt ends a command that waits forever, and everything it started.
func TestStageInterrupt(t *testing.T) {
	t.Parallel()
	interrupted := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	out := &trigger{text: "started", fire: func() { cancel(interrupted) }}
	err := newStage(t, out).play(ctx, []step{{command: "echo start''ed; tail -f /dev/null; true"}})
	if !errors.Is(err, interrupted) {
		t.Errorf("got error %v, want %v", err, interrupted)
	}
}

// trigger is a writer that fires when text is written to it.
type trigger struct {
	text string
	fire func()
}

func (t *trigger) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(t.text)) {
		t.fire()
	}
	return len(p), nil
}

// The stage must notice that a step does not do what it should.
func TestStageNotices(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		step step
		want string
	}{
		"failure":        {step{command: "exit 3"}, "exit code 3, want 0"},
		"success":        {step{command: "true", exit: 1}, "exit code 0, want 1"},
		"missing output": {step{command: "echo one", prints: []string{"one", "two"}}, `the output lacks "two"`},
		"changed lock":   {step{command: "echo >> lock", keeps: true}, "the lock has changed"},
		"removed lock":   {step{command: "rm lock", keeps: true}, "the lock has changed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, io.Discard)
			err := s.play(t.Context(), []step{{command: "true", keeps: true}, test.step})
			if err == nil || !strings.HasSuffix(err.Error(), test.want) {
				t.Errorf("got error %v, want %q", err, test.want)
			}
		})
	}
}

func TestStageShows(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	happened := false
	err := newStage(t, &out).play(t.Context(), []step{{
		say:     "one\ntwo",
		before:  func() { happened = true },
		command: "echo out; echo err >&2; exit 2",
		exit:    2,
		prints:  []string{"err", "out"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := "\n# one\n# two\n\n$ echo out; echo err >&2; exit 2\nout\nerr\n[exit code 2]\n"
	if got := out.String(); got != want || !happened {
		t.Errorf("got %q, want %q (happened: %t)", got, want, happened)
	}
}

func newStage(t *testing.T, out io.Writer) *stage {
	t.Helper()
	dir := t.TempDir()
	s := &stage{dir: dir, lock: filepath.Join(dir, "lock"), env: os.Environ(), out: out}
	if err := os.WriteFile(s.lock, []byte("{}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return s
}
