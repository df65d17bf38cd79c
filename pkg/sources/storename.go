package sources

import (
	"cmp"
	"net/url"
	"path"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
)

// The lengths of the longest names, in bytes: of a store path (Nix, src/libstore/path.hh), of a derivation's output, which
// leaves room for ".drv" (nixpkgs, lib/strings.nix, sanitizeDerivationName), and of the names that [FileStoreName] leaves alone and
// makes, to which fetchers may add.
const (
	maxPathName    = 211
	maxStoreName   = maxPathName - len(".drv")
	maxDefaultName = 201
	maxOwnName     = 200
)

var (
	storeNamePattern = lazyregexp.New(`^[0-9a-zA-Z+\-_?=][0-9a-zA-Z+\-._?=]*$`)
	// defaultNames matches what fetchurl's default, baseNameOf of the whole URL, turns into a valid store name.
	defaultNames = lazyregexp.New(`^[0-9A-Za-z+_=-][0-9A-Za-z+._=-]*$`)
	storeForeign = lazyregexp.New(`[^0-9A-Za-z+._=-]+`)
)

// StoreName returns the store name to lock for the one that a user asked for: nixpkgs keeps the last 207 bytes of a longer
// name. A name that not even a store path can have is returned unchanged, and [Fetch.Validate] refuses it.
func StoreName(name string) string {
	if len(name) <= maxStoreName || len(name) > maxPathName {
		return name
	}
	return strings.TrimLeft(name[len(name)-maxStoreName:], ".")
}

// StoreWord returns text as a part of a store name: with a dash for what a store name cannot have.
func StoreWord(text string) string { return storeForeign.ReplaceAllString(text, "-") }

// FileStoreName returns the store name to lock for the file at a URL: "" if fetchurl's default would build.
func FileStoreName(address string) string {
	base := address[strings.LastIndexByte(address, '/')+1:]
	if len(base) <= maxDefaultName && defaultNames.MatchString(base) {
		return ""
	}
	if u, err := url.Parse(address); err == nil {
		base = path.Base(u.Path)
	}
	name := strings.TrimLeft(StoreWord(base), ".-")
	return cmp.Or(name[max(0, len(name)-maxOwnName):], "source")
}
