//go:build !linux

package binarycache

import "os"

// unnamed makes a temporary file in a directory.
func unnamed(dir string) (*os.File, error) { return os.CreateTemp(dir, tempPattern) }

// place gives a file its name. It replaces another one.
func place(f *os.File, path string) error { return os.Rename(f.Name(), path) }

// discard closes a file, and removes it unless it has been placed.
func discard(f *os.File) {
	os.Remove(f.Name())
	f.Close()
}
