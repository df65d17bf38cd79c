// Package nixstore puts paths into the Nix store of this machine, without building anything. It runs the programs nix-store and
// nix, which know where the store is and whether a daemon owns it.
package nixstore

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/pinfetch/pinfetch/pkg/terminal"
)

var (
	// ErrNoNix means that Nix is not installed.
	ErrNoNix = errors.New("the Nix programs are not installed")
	// ErrCacheDir means that no URL can name the directory of a cache in every version of Nix.
	ErrCacheDir = errors.New("the path has a character that a file:// URL of Nix cannot have")
)

// Store is the store that Nix uses in an environment.
type Store struct {
	Env []string // default: the environment of this process
	// Secrets are the names of variables that Nix does not get.
	Secrets []string
}

const (
	// batch is how many store paths one command line names. Each has up to 260 bytes, and Linux allows 2 MiB.
	batch = 2000
	// stopDelay is how long an interrupted program may take to remove its locks.
	stopDelay = 5 * time.Second
	// maxMessage is how much of Nix's message an error repeats, in bytes.
	maxMessage = 400
)

// Missing returns those of the paths that are not in the store.
func (s Store) Missing(ctx context.Context, paths []string) (missing []string, err error) {
	for some := range slices.Chunk(paths, batch) {
		out, err := s.run(ctx, "nix-store", append([]string{"--check-validity", "--print-invalid"}, some...)...)
		if err != nil {
			return nil, err
		}
		missing = append(missing, strings.Fields(out)...)
	}
	return missing, nil
}

// plain are the characters that need no percent-encoding, which Nix 2.8 does not decode.
const plain = "/-._~+=0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// Copy copies paths from a binary cache in a directory, to which Nix may write. A daemon takes them from any user, because the
// cache's narinfos say how each path follows from its content: without that, only from a trusted one.
func (s Store) Copy(ctx context.Context, dir string, paths []string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if strings.Trim(dir, plain) != "" {
		return fmt.Errorf("%q: %w", dir, ErrCacheDir)
	}
	for some := range slices.Chunk(paths, batch) {
		args := []string{"--extra-experimental-features", "nix-command", "copy", "--from", "file://" + dir}
		if _, err := s.run(ctx, "nix", append(args, some...)...); err != nil {
			return err
		}
	}
	return nil
}

// run runs a program and returns its output. An error contains Nix's message.
func (s Store) run(ctx context.Context, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = slices.DeleteFunc((&exec.Cmd{Env: s.Env}).Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains(s.Secrets, name)
	})
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopDelay
	out, err := cmd.Output()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return string(out), nil
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, exec.ErrDot):
		return "", fmt.Errorf("%s: %w", program, ErrNoNix)
	case errors.As(err, &exit):
		return "", fmt.Errorf("%s: %w: %s", program, err, message(string(exit.Stderr)))
	}
	return "", fmt.Errorf("%s: %w", program, err)
}

// message is the error that Nix printed, as one line.
func message(stderr string) string {
	if _, text, found := strings.Cut(stderr, "error: "); found {
		stderr = text
	}
	return terminal.Shorten(terminal.Clean(strings.Join(strings.Fields(stderr), " "), ""), maxMessage)
}
