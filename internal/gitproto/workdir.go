package gitproto

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// workdirPattern names the folders of checkouts.
const workdirPattern = "pinfetch-git-*"

// workdir makes a folder for one checkout. It holds credentials and a tree, which [Git.Sweep] removes if this
// run is killed: whoever works in a folder holds a lock on it, which ends with the process.
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
		guard.Close() // another run was quicker, and took it for one that was left behind
	}
}

// Sweep removes the checkouts that killed runs left behind. What cannot be removed stays: it may be another user's.
func (g *Git) Sweep() {
	dirs, _ := filepath.Glob(filepath.Join(cmp.Or(g.TempDir, os.TempDir()), workdirPattern)) // the pattern is well-formed, unless parent is not
	for _, dir := range dirs {
		if info, err := os.Lstat(dir); err != nil || !info.IsDir() { // a pipe would be waited for
			continue
		}
		guard := flock.New(dir, flock.SetFlag(os.O_RDONLY))
		if free, err := guard.TryLock(); err == nil && free {
			os.RemoveAll(dir)
		}
		guard.Close()
	}
}
