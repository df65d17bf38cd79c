package gitcmd

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/gofrs/flock"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
)

// workdirPattern is the name pattern of the directories of checkouts and clones.
const workdirPattern = "pinfetch-git-*"

// workdirName matches the names that [os.MkdirTemp] makes of it.
var workdirName = lazyregexp.New(`^pinfetch-git-[0-9]+$`)

// workdir makes a directory for one checkout or clone and locks it. If this process is killed, the lock ends and [Git.Sweep] can
// remove the directory.
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

// Sweep removes checkouts of the user's processes that were killed. It ignores failures.
func (g *Git) Sweep() {
	// Glob fails only for a TempDir with pattern characters.
	dirs, _ := filepath.Glob(filepath.Join(cmp.Or(g.TempDir, os.TempDir()), workdirPattern))
	for _, dir := range dirs {
		info, err := os.Lstat(dir)
		if err != nil || !info.IsDir() || !workdirName.MatchString(filepath.Base(dir)) { // opening a pipe would block
			continue
		}
		if int(info.Sys().(*syscall.Stat_t).Uid) != os.Geteuid() {
			continue
		}
		guard := flock.New(dir, flock.SetFlag(os.O_RDONLY))
		if free, err := guard.TryLock(); err == nil && free {
			os.RemoveAll(dir)
		}
		guard.Close()
	}
}
