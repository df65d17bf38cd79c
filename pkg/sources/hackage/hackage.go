// Package hackage is the kind of source for Haskell packages on Hackage. A pin is the archive of a version, as nixpkgs'
// haskellPackages.mkDerivation fetches it (fetchurl), or its contents, as callHackageDirect does (fetchzip). Revisions of the
// .cabal file are not in it.
package hackage

import (
	"cmp"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/registry"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

const defaultHost = "hackage.haskell.org"

// Spec is one package and which versions of it may be taken.
type Spec struct {
	Host    string `json:"host,omitzero"` // default hackage.haskell.org
	Package string `json:"package"`
	Unpack  bool   `json:"unpack,omitzero"` // pin the contents of the archive
	sources.Versions
	Name string `json:"name,omitzero"` // store name; default: nixpkgs' own
}

// Kind implements [sources.Spec].
func (Spec) Kind() string { return "hackage" }

// Title implements [sources.Spec] with the package's name.
func (s Spec) Title() string { return s.Package }

// namePattern is the form of names of packages (Cabal, "Package names and versions").
var namePattern = lazyregexp.New(`^[0-9A-Za-z]+(-[0-9A-Za-z]+)*$`)

// Validate implements [sources.Spec].
func (s Spec) Validate() error {
	return cmp.Or(registry.ValidateHost(s.Host), registry.ValidateName(s.Package, namePattern, "Hackage"),
		s.Versions.Validate(), s.calls("1")[0].Fetch.Validate())
}

// Accepts implements [sources.Spec].
func (s Spec) Accepts(r sources.Resolution) error { return registry.Expect(r, s.calls) }

func (s Spec) calls(number string) []sources.Call {
	release := s.Package + "-" + number
	f := sources.Fetch{Fetcher: sources.FetchURL, URL: s.address(release + "/" + release + ".tar.gz"), Name: sources.StoreName(s.Name)}
	if s.Unpack {
		f.Fetcher, f.StripRoot, f.Extension = sources.FetchZip, true, "tar.gz"
	}
	return []sources.Call{{Fetch: f}}
}

func (s Spec) address(path string) string {
	return "https://" + cmp.Or(s.Host, defaultHost) + "/package/" + path
}

// Codec returns what the kind is.
func Codec() sources.Codec {
	return sources.Define(sources.Definition{
		Name: "Hackage",
		References: []sources.Reference{
			{Form: "hackage:NAME", Help: "a package on Hackage"},
			{Form: "pkg:hackage/NAME", Help: "the same"},
			{Form: "https://hackage.haskell.org/package/NAME", Help: "the same"},
		},
		Options: sources.PackageOptions("host", "unpack"),
		Order:   version.Order(version.ParseHaskell),
	}, parse, ask)
}

var page = lazyregexp.New(`^https://hackage\.haskell\.org/package/(?P<name>[^/]+?)(?:-(?P<version>[0-9.]+))?$`)

func parse(r sources.Request) (s Spec, err error) {
	ref, err := registry.ParseReference(r.Ref, "hackage", "hackage", page)
	if err == nil {
		err = ref.Only("host")
	}
	if err != nil {
		return s, err
	}
	s.Package, s.Unpack, s.Name = ref.Name, r.Unpack, r.StoreName
	if s.Host, err = ref.Host(r.Host, defaultHost); err != nil {
		return s, err
	}
	s.Versions, err = ref.Stay(r.Tracking)
	return s, err
}

// ask is the inverse of parse.
func ask(s Spec) sources.Request {
	return sources.Request{Ref: "hackage:" + s.Package, Host: s.Host, Unpack: s.Unpack, Tracking: s.Tracking(), StoreName: s.Name}
}
