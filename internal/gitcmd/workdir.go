package gitcmd

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// workdirPattern is the name pattern of checkouts' directories.
const workdirPattern = "pinfetch-git-*"

// workdir makes a directory for one checkout and locks it. It contains credentials and a tree; if this process is
// killed, the lock ends and [Git.Sweep] can remove the directory.
func (g *Git) workdir() (dir string, remove func() error, err error) {
	for {
		dir, err = os.MkdirTemp(g.TempDir, workdirPattern)
		if err != nil {
			return "", nil, err
		}
		guard := flock.New(dir, flock.SetFlag(os.O_RDONLY))
		if err := guard.Lock(); err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", nil, errors.Join(fmt.Errorf("lock %q: %w", dir, err), os.Remove(dir))
		}
		if _, err := os.Lstat(dir); err == nil {
			return dir, func() error { return errors.Join(os.RemoveAll(dir), guard.Close()) }, nil
		}
		guard.Close() // another process swept it before it was locked
	}
}

// Sweep removes checkouts of processes that were killed. It ignores failures: a directory may belong to another user.
func (g *Git) Sweep() {
	// Glob fails only for a TempDir with pattern characters.
	dirs, _ := filepath.Glob(filepath.Join(cmp.Or(g.TempDir, os.TempDir()), workdirPattern))
	for _, dir := range dirs {
		if info, err := os.Lstat(dir); err != nil || !info.IsDir() { // opening a pipe would block
			continue
		}
		guard := flock.New(dir, flock.SetFlag(os.O_RDONLY))
		if free, err := guard.TryLock(); err == nil && free {
			os.RemoveAll(dir)
		}
		guard.Close()
	}
}
