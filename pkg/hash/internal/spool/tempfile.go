package spool

import (
	"cmp"
	"fmt"
	"os"
)

// TempFile opens a file in dir (default [os.TempDir]) that has no name, so that nothing is left behind however the
// program ends.
func TempFile(dir string) (*os.File, error) {
	dir = cmp.Or(dir, os.TempDir())
	if file, err := openUnnamed(dir); err == nil {
		return file, nil
	}
	file, err := os.CreateTemp(dir, "pinfetch-spool-")
	if err != nil {
		return nil, fmt.Errorf("create temporary file: %w", err)
	}
	if err := os.Remove(file.Name()); err != nil {
		file.Close()
		return nil, fmt.Errorf("create temporary file: %w", err)
	}
	return file, nil
}
