package gitcmd

import (
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// Directories that only look like a checkout's, and those of other users, stay.
func TestSweepRemovesOnlyItsOwn(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	stay := []string{"pinfetch-git-notes", "pinfetch-git-", "pinfetch-git-1.old"}
	if os.Geteuid() == 0 {
		stay = append(stay, "pinfetch-git-2")
	}
	for _, name := range stay {
		if err := os.Mkdir(filepath.Join(parent, name), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(filepath.Join(parent, "pinfetch-git-2"), 1234, 1234); err != nil {
			t.Fatal(err)
		}
	}
	(&Git{TempDir: parent}).Sweep()
	for _, name := range stay {
		if _, err := os.Lstat(filepath.Join(parent, name)); err != nil {
			t.Error(err)
		}
	}
}

func TestWorkdirsOfKilledRunsAreRemoved(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	left := filepath.Join(parent, "pinfetch-git-1")
	other := filepath.Join(parent, "somebody-elses")
	for _, dir := range []string{filepath.Join(left, "tree"), other} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(parent, "pinfetch-git-pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	git := &Git{TempDir: parent}
	git.Sweep()
	held, remove, err := git.workdir()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(left); err == nil {
		t.Error("a killed run's directory was not removed")
	}
	var all sync.WaitGroup
	for range 50 { // each sweeps, and removes no other's directory
		all.Go(func() {
			git.Sweep()
			dir, remove, err := git.workdir()
			if err != nil {
				t.Error(err)
				return
			}
			if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
				t.Error(err)
			}
			if err := remove(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if _, err := os.Lstat(held); err != nil {
		t.Errorf("the directory of a running checkout: %v", err)
	}
	if err := remove(); err != nil {
		t.Error(err)
	}
	rest, err := os.ReadDir(parent)
	if err != nil || len(rest) != 2 || rest[1].Name() != filepath.Base(other) {
		t.Errorf("got %v, %v left, want the pipe and %s alone", rest, err, filepath.Base(other))
	}
}
