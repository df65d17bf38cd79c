package gitcmd

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/pinfetch/pinfetch/internal/gitrefs"
)

// A git that never stops writing, to stdout or stderr, is ended.
func TestEndlessOutput(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{"stderr": "exec yes >&2", "stdout": "exec yes"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "git"), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			g := &Git{Env: []string{"PATH=" + dir + ":" + os.Getenv("PATH")}}
			if _, err := g.run(t.Context(), g.command(t.Context(), "", nil, "status")); !errors.Is(err, errEndless) || !errors.Is(err, gitrefs.ErrProtocol) {
				t.Errorf("got %v, want %v", err, errEndless)
			}
		})
	}
}
