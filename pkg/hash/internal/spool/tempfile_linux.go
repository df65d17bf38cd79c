package spool

import (
	"os"

	"golang.org/x/sys/unix"
)

// openUnnamed opens a file in dir that never had a name. Not every file system can do that.
func openUnnamed(dir string) (*os.File, error) {
	return os.OpenFile(dir, unix.O_TMPFILE|os.O_RDWR, 0o600)
}
