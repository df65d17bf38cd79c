package lock

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
)

// Temporary files are named after the file that they replace: ".pins.json.pinfetch-" and a [rand.Text].
const mark = ".pinfetch-"

var randomText = lazyregexp.New(`^[A-Z2-7]{26}$`)

func temporaryPrefix(target string) string { return "." + filepath.Base(target) + mark }

// kept are the bits of a file's mode that stay.
const kept = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky

// replace writes a temporary file, syncs it, and renames it to target.
func replace(target string, data []byte) (err error) {
	old, err := os.Lstat(target)
	perm := fs.FileMode(0o600) // until it has the old mode, below
	if errors.Is(err, fs.ErrNotExist) {
		perm = 0o644
	} else if err != nil {
		return err
	}
	name := filepath.Join(filepath.Dir(target), temporaryPrefix(target)+rand.Text())
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			file.Close()
			os.Remove(name)
		}
	}()
	if old != nil {
		if err := imitate(file, old); err != nil {
			return err
		}
	}
	if _, err := file.Write(data); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(name, target)
}

// imitate gives a new file the owner, group and mode of the old one. Only root may give a file away, and others may
// choose among their own groups; a file that cannot have the old owner or group is still the right one.
func imitate(file *os.File, old fs.FileInfo) error {
	stat := old.Sys().(*syscall.Stat_t)
	if file.Chown(int(stat.Uid), int(stat.Gid)) != nil {
		file.Chown(-1, int(stat.Gid))
	}
	// After chown(2), which clears the setuid and setgid bits.
	return file.Chmod(old.Mode() & kept)
}

// sweep removes the temporary files of killed writers: since the caller holds the directory, no running writer has one.
// It leaves whatever another user owns.
func sweep(target string) {
	dir, prefix := filepath.Dir(target), temporaryPrefix(target)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return // the write will fail with a better error
	}
	for _, e := range entries {
		random, found := strings.CutPrefix(e.Name(), prefix)
		if !found || !randomText.MatchString(random) {
			continue
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && int(info.Sys().(*syscall.Stat_t).Uid) == os.Geteuid() {
			os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}
