// Demo shows pinfetch at work on a local forge, without the internet:
//
//	go run ./test/demo
//
// It pins four sources, updates them after upstream changes, lets an update fail,
// verifies the lock, and, if Nix is installed, builds a package from the pins: first
// from upstream, then from a mirror. It runs each command as shown and checks its
// result: if a command does not do what it should, demo exits with 1. All files are in
// one temporary directory, which is always removed.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/pinfetch/pinfetch/test/forgetest"
)

const module = "github.com/pinfetch/pinfetch"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	// If the reader of stdout exits, as head does, writing fails; SIGPIPE would end
	// the demo before it has cleaned up.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	err := run(ctx, os.TempDir(), os.Getenv, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "demo: %v\n", err)
		os.Exit(1)
	}
}

// run plays the demo in a new directory below parent.
func run(ctx context.Context, parent string, getenv func(string) string, stdout io.Writer) (err error) {
	// Nix refuses a store below a symbolic link, which /tmp is on some systems.
	if parent, err = filepath.EvalSymlinks(parent); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(parent, "pinfetch-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, removeAll(dir)) }()
	for _, name := range []string{"bin", "home", "tmp", "nixpkgs", "project"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			return err
		}
	}

	fmt.Fprintln(stdout, "Building pinfetch and starting a forge on this machine; this needs no internet.")
	root, err := build(ctx, filepath.Join(dir, "bin", "pinfetch"))
	if err != nil {
		return err
	}
	forge, err := forgetest.Start(forgetest.Options{Dir: dir})
	if err != nil {
		return err
	}
	defer forge.Stop()
	s := &stage{
		dir:  filepath.Join(dir, "project"),
		lock: filepath.Join(dir, "project", "pinfetch", "pins.json"),
		env:  environment(dir, forge, getenv),
		out:  stdout,
	}
	if err := pin(ctx, s, forge); err != nil {
		return err
	}
	if err := wantEmpty(filepath.Join(dir, "tmp")); err != nil {
		return err
	}
	if _, err := exec.LookPath("nix-build"); err != nil {
		s.say("Nix is not installed (Debian: apt install nix-bin), so the demo ends before the build.")
	} else if err := s.build(ctx, root, forge); err != nil {
		return err
	}
	s.say("Next: install with  go install ./cmd/pinfetch  and in your project run\n" +
		"pinfetch init && pinfetch add github:BurntSushi/ripgrep")
	return nil
}

// pin plays the part of the story that does not need Nix.
func pin(ctx context.Context, s *stage, forge *forgetest.Forge) (err error) {
	defer func() {
		// The forge panics if its git fails; an interrupt from a terminal also reaches git.
		if cause := recover(); cause != nil {
			if ctx.Err() == nil {
				panic(cause)
			}
			err = context.Cause(ctx)
		}
	}()
	return s.play(ctx, pinning(newUpstream(forge)))
}

// wantEmpty checks that pinfetch removed its temporary files.
func wantEmpty(dir string) error {
	left, err := os.ReadDir(dir)
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("temporary files were left behind: %v", left)
	}
	return err
}

// build builds pinfetch from the sources of the demo itself, and returns their
// directory.
func build(ctx context.Context, program string) (root string, err error) {
	out, err := output(ctx, "go", "list", "-m", "-f", "{{.Dir}}", module)
	if err != nil {
		return "", err
	}
	_, err = output(ctx, "go", "build", "-ldflags=-s -w", "-o", program, module+"/cmd/pinfetch")
	return strings.TrimSpace(out), err
}

func output(ctx context.Context, program string, args ...string) (string, error) {
	var stderr strings.Builder
	cmd := command(ctx, program, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", program, args[0], err, stderr.String())
	}
	return string(out), nil
}

// environment makes the forge the user's github.com. Only PATH is taken from the real
// environment, which may contain tokens and settings.
func environment(dir string, forge *forgetest.Forge, getenv func(string) string) []string {
	env := []string{
		"PATH=" + filepath.Join(dir, "bin") + string(os.PathListSeparator) + getenv("PATH"),
		"HOME=" + filepath.Join(dir, "home"),
		"TMPDIR=" + filepath.Join(dir, "tmp"),
		"LANG=C.UTF-8",
	}
	return append(append(env, forge.Env()...), nixEnvironment(dir, forge)...)
}

// removeAll also removes the read-only directories of a Nix store.
func removeAll(dir string) error {
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		return os.Chmod(path, 0o755)
	})
	return errors.Join(err, os.RemoveAll(dir))
}
