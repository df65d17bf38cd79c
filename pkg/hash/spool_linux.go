package hash

import (
	"os"

	"golang.org/x/sys/unix"
)

// unnamedFile opens a file in dir that never had a name, where the file system
// can do that, and else one whose name is gone at once.
func unnamedFile(dir string) (*os.File, error) {
	if file, err := os.OpenFile(dir, unix.O_TMPFILE|os.O_RDWR, 0o600); err == nil {
		return file, nil
	}
	return unlinkedFile(dir)
}
