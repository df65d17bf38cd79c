// Package nix holds the reader: fetchers.nix, the Nix half of pinfetch.
//
// The reader turns the lock into fixed-output derivations. It knows the lock's format and four nixpkgs fetchers
// (fetchurl, fetchzip, fetchgit and fetchFromGitHub); it does not know kinds of sources. A project keeps a copy as
// default.nix beside its pins.json, so evaluating and building the project do not need pinfetch.
package nix

import (
	"bytes"
	_ "embed"
)

//go:embed fetchers.nix
var reader []byte

// Reader returns the reader's text, which `pinfetch init` writes as default.nix
// beside the lock. The caller owns the copy.
func Reader() []byte { return bytes.Clone(reader) }

// firstLine begins the first line of every reader that init ever wrote.
const firstLine = "# The sources that this project is built from, as pinned in "

// IsReader reports whether a text is a reader, of this version or another.
func IsReader(text []byte) bool { return bytes.HasPrefix(text, []byte(firstLine)) }
