package binarycache

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// unnamed makes a file without a name in the file system of a directory, or a temporary one where there is no such thing.
func unnamed(dir string) (*os.File, error) {
	fd, err := unix.Open(dir, unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o644)
	if err == nil {
		return os.NewFile(uintptr(fd), ""), nil
	}
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EISDIR) {
		return os.CreateTemp(dir, tempPattern)
	}
	return nil, &os.PathError{Op: "create a file in", Path: dir, Err: err}
}

// place gives a file its name. It replaces another one.
func place(f *os.File, path string) error {
	if f.Name() != "" {
		return os.Rename(f.Name(), path)
	}
	self := fmt.Sprintf("/proc/self/fd/%d", f.Fd())
	err := unix.Linkat(unix.AT_FDCWD, self, unix.AT_FDCWD, path, unix.AT_SYMLINK_FOLLOW)
	if !errors.Is(err, unix.EEXIST) {
		return wrap(err, path)
	}
	temp := filepath.Join(filepath.Dir(path), strings.Replace(tempPattern, "*", filepath.Base(path), 1))
	os.Remove(temp) // of a process that was killed
	if err := unix.Linkat(unix.AT_FDCWD, self, unix.AT_FDCWD, temp, unix.AT_SYMLINK_FOLLOW); err != nil {
		return wrap(err, temp)
	}
	return os.Rename(temp, path)
}

func wrap(err error, path string) error {
	if err == nil {
		return nil
	}
	return &os.PathError{Op: "link", Path: path, Err: err}
}

// discard closes a file, and removes it unless it has been placed.
func discard(f *os.File) {
	if f.Name() != "" {
		os.Remove(f.Name())
	}
	f.Close()
}
