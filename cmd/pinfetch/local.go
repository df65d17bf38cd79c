package main

import (
	"errors"
	"io/fs"

	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// adviseLocal says what helps where a file of the user's own cannot be hashed; what most
// errors advise is about downloads.
func adviseLocal(err error) error {
	for _, known := range []struct {
		class error
		hint  string
	}{
		{hash.ErrNotArchive, "pinfetch hash file hashes the bytes of any file, pinfetch hash path a file or folder as Nix stores it"},
		{hash.ErrCorrupt, "the file is incomplete or damaged: get it again"},
		{fs.ErrPermission, "make it readable for yourself"},
	} {
		if errors.Is(err, known.class) {
			return sources.WithHint(err, "%s", known.hint)
		}
	}
	return err
}
