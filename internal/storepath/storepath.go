// Package storepath computes where Nix puts what a fetcher fetches: the store paths of fixed outputs.
//
// The path depends on the output's name, its hash, and whether that is of the file (flat) or of its NAR (recursive): Nix,
// src/libstore/store-api.cc, makeFixedOutputPath. The name is the fetcher's, and nixpkgs has changed it over time, so that one
// call has several paths with the same content.
package storepath

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"strings"

	"github.com/nix-community/go-nix/pkg/nixbase32"
	"github.com/nix-community/go-nix/pkg/nixhash"

	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Store is the directory of a Nix store. It is part of what every path is computed from, so that paths of two directories have
// nothing in common.
type Store string

// Default is the directory of nearly every store, NIX_STORE_DIR that of others.
const Default Store = "/nix/store"

// Output is one fixed output.
type Output struct {
	Path string // "/nix/store/HASH-NAME"
	CA   string // as in a narinfo: "fixed:r:sha256:BASE32"
}

// Key is the hash part of the path, which names the output's narinfo.
func (o Output) Key() string {
	key, _, _ := strings.Cut(path.Base(o.Path), "-")
	return key
}

// Outputs returns the outputs of a call with its hash, that of nixpkgs' present default name first.
func (s Store) Outputs(c sources.Call) (outputs []Output) {
	for _, name := range Names(c.Fetch) {
		outputs = append(outputs, s.Of(name, c.Hash, IsRecursive(c.Fetch)))
	}
	return outputs
}

// Of returns the output of a name and a hash.
func (s Store) Of(name string, h hash.SRI, recursive bool) Output {
	algorithm, digest, mode := h.Algorithm().String(), h.Digest(), ""
	if recursive {
		mode = "r:"
	}
	kind, inner := "source", hex.EncodeToString(digest)
	if algorithm != "sha256" || !recursive {
		sum := sha256.Sum256([]byte("fixed:out:" + mode + algorithm + ":" + inner + ":"))
		kind, algorithm, inner = "output:out", "sha256", hex.EncodeToString(sum[:])
	}
	fingerprint := sha256.Sum256([]byte(strings.Join([]string{kind, algorithm, inner, string(s), name}, ":")))
	return Output{
		Path: string(s) + "/" + nixbase32.EncodeToString(nixhash.CompressHash(fingerprint[:], 20)) + "-" + name,
		CA:   fmt.Sprintf("fixed:%s%s:%s", mode, h.Algorithm(), nixbase32.EncodeToString(digest)),
	}
}

// IsRecursive reports whether a call's hash is of a NAR.
func IsRecursive(f sources.Fetch) bool { return f.Fetcher != sources.FetchURL || f.Executable }
