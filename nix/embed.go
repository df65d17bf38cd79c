// Package nix holds the reader: fetchers.nix, the Nix half of pinfetch.
//
// The reader turns the lock into fixed-output derivations. It knows the lock's
// format and the four nixpkgs fetchers that every source reduces to (fetchurl,
// fetchzip, fetchgit, fetchFromGitHub), and nothing of kinds of sources. A project
// keeps a copy as default.nix beside its pins.json, so that neither evaluating nor
// building the project needs pinfetch.
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
