package main

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/pinfetch/pinfetch/internal/web"
)

// Limits on files that the environment names, in bytes.
const (
	maxConfig       = 1 << 20  // a netrc or nix.conf
	maxCertificates = 16 << 20 // a bundle of certificate authorities
)

var errNotRegular = errors.New("not a regular file")

// readSmall reads a regular file of at most limit bytes. It does not wait for a pipe.
func readSmall(path string, limit int64) (string, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return "", err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("read %q: %w", path, errNotRegular)
	}
	data, err := web.ReadAll(file, limit)
	if err != nil {
		return "", fmt.Errorf("read %q: %w", path, err)
	}
	return string(data), nil
}
