//go:build !linux

package hash

import "os"

// unnamedFile opens a file in dir whose name is gone at once.
func unnamedFile(dir string) (*os.File, error) { return unlinkedFile(dir) }
