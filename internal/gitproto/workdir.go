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

// workdir makes a folder for one checkout. It holds credentials and a tree, so what killed runs left
// behind is removed first: whoever works in a folder holds a lock on it, which ends with the process.
func (g *Git) workdir() (dir string, remove func() error, err error) {
	g.sweep.Do(func() { sweep(cmp.Or(g.TempDir, os.TempDir())) })
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

// sweep removes the folders that nobody holds. What cannot be removed stays: it may be another user's.
func sweep(parent string) {
	dirs, _ := filepath.Glob(filepath.Join(parent, workdirPattern)) // the pattern is well-formed, unless parent is not
	for _, dir := range dirs {
		guard := flock.New(dir, flock.SetFlag(os.O_RDONLY))
		if free, err := guard.TryLock(); err == nil && free {
			os.RemoveAll(dir)
		}
		guard.Close()
	}
}
