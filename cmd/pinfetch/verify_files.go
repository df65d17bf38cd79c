package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/pinfetch/pinfetch/nix"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

var errStale = errors.New("not as this pinfetch writes it")

// checkFiles wants the lock in the form in which pinfetch writes it, and the reader beside it, if there is one, to be that
// of this pinfetch.
func checkFiles(path string, f *lock.File) error {
	return errors.Join(checkForm(path, f), checkReader(filepath.Join(filepath.Dir(path), filepath.Base(defaultReader))))
}

func checkForm(path string, f *lock.File) error {
	want, err := f.Format(codecs())
	if err != nil {
		return err
	}
	got, err := lock.Read(path)
	if err != nil || bytes.Equal(got, want) {
		return err
	}
	return sources.WithHint(fmt.Errorf("%q: %w", path, errStale), "the next command that changes a pin rewrites it, such as pinfetch freeze and unfreeze")
}

func checkReader(path string) error {
	got, err := lock.Read(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && (!nix.IsReader(got) || bytes.Equal(got, nix.Reader())) {
		return nil
	}
	if err != nil {
		return err
	}
	return sources.WithHint(fmt.Errorf("%q: %w", path, errStale), "run pinfetch init, which refreshes it")
}
