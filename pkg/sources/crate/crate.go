// Package crate is the kind of source for Rust packages on crates.io. A pin is the contents of a crate, as nixpkgs' fetchCrate
// unpacks it (pkgs/build-support/rust/fetchcrate.nix), or its file.
package crate

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/registry"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

// The index of versions (doc.rust-lang.org/cargo/reference/registry-index.html), and the files. The API at crates.io, with which
// older fetchCrates download, refuses nixpkgs' curl.
const (
	indexAddress = "https://index.crates.io/"
	filesAddress = "https://static.crates.io/crates/"
)

// Spec is one crate and which versions of it may be taken.
type Spec struct {
	Package string `json:"package"`
	sources.Versions
	NoUnpack bool   `json:"noUnpack,omitzero"` // pin the file, not its contents
	Name     string `json:"name,omitzero"`     // store name; default: nixpkgs' own or, of a file, "NAME-VERSION.tar.gz"
}

// Kind implements [sources.Spec].
func (Spec) Kind() string { return "crate" }

// Title implements [sources.Spec] with the crate's name.
func (s Spec) Title() string { return s.Package }

// namePattern is the rule of crates.io (doc.rust-lang.org/cargo/reference/manifest.html, "name").
var namePattern = lazyregexp.New(`^[A-Za-z][A-Za-z0-9_-]{0,63}$`)

// Validate implements [sources.Spec].
func (s Spec) Validate() error {
	return cmp.Or(registry.ValidateName(s.Package, namePattern, "crates.io"), s.Versions.Validate(), s.fetch("1.0.0").Validate())
}

// Accepts implements [sources.Spec].
func (s Spec) Accepts(r sources.Resolution) error {
	return registry.Expect(r, func(version string) []sources.Call { return []sources.Call{{Fetch: s.fetch(version)}} })
}

func (s Spec) fetch(version string) sources.Fetch {
	file := s.Package + "-" + version
	f := sources.Fetch{
		Fetcher: sources.FetchZip, URL: filesAddress + s.Package + "/" + strings.ReplaceAll(file, "+", "%2B") + ".crate",
		StripRoot: true, Extension: "tar.gz", Name: sources.StoreName(s.Name),
	}
	if s.NoUnpack { // stdenv unpacks the file by the suffix of its name
		f.Fetcher, f.StripRoot, f.Extension, f.Name = sources.FetchURL, false, "", cmp.Or(f.Name, file+".tar.gz")
	}
	return f
}

// address is that of the crate in the index.
func (s Spec) address() string {
	name := strings.ToLower(s.Package)
	switch len(name) {
	case 1, 2:
		return indexAddress + string('0'+rune(len(name))) + "/" + name
	case 3:
		return indexAddress + "3/" + name[:1] + "/" + name
	}
	return indexAddress + name[:2] + "/" + name[2:4] + "/" + name
}

// Codec returns what the kind is.
func Codec() sources.Codec {
	return sources.Define(sources.Definition{
		Name: "crates.io",
		References: []sources.Reference{
			{Form: "crate:NAME", Help: "a Rust crate on crates.io"},
			{Form: "pkg:cargo/NAME", Help: "the same"},
			{Form: "https://crates.io/crates/NAME", Help: "the same"},
		},
		Options: sources.PackageOptions("no-unpack"),
		Order:   version.Order(version.ParseSemantic),
	}, parse, ask)
}

var page = lazyregexp.New(`^https?://(?:www\.)?crates\.io/crates/(?P<name>[^/]+)(?:/(?P<version>[0-9][^/]*))?(?:/[^0-9].*)?$`)

func parse(r sources.Request) (Spec, error) {
	ref, err := registry.ParseReference(r.Ref, "crate", "cargo", page)
	if err == nil {
		err = ref.Only()
	}
	if err != nil {
		return Spec{}, err
	}
	versions, err := ref.Stay(r.Tracking)
	return Spec{Package: ref.Name, Versions: versions, NoUnpack: r.NoUnpack, Name: r.StoreName}, err
}

// ask is the inverse of parse.
func ask(s Spec) sources.Request {
	return sources.Request{Ref: "crate:" + s.Package, Tracking: s.Tracking(), NoUnpack: s.NoUnpack, StoreName: s.Name}
}

// file is what the index says of a version's file.
type file struct{ crate, sha256 string }

// New returns the kind, which asks the index through transport.
func New(transport http.RoundTripper) sources.Kind {
	client := registry.Client{Transport: transport}
	return sources.NewKind(Codec(), registry.Registry[Spec, file]{
		Address: Spec.address,
		List: func(ctx context.Context, _ Spec, address string) ([]registry.Version[file], error) {
			data, err := client.Get(ctx, address, "")
			if err != nil {
				return nil, err
			}
			return list(data, address)
		},
		Calls: func(s Spec, v registry.Version[file]) ([]sources.Call, error) {
			if meant := s; v.Files.crate != s.Package { // the index ignores case, the files do not
				meant.Package = v.Files.crate
				return nil, sources.DidYouMean(sources.Invalid("crates.io writes it %q", meant.Package), ask(meant))
			}
			call, err := registry.Published(sources.Call{Fetch: s.fetch(v.Name)}, map[string]string{"sha256": v.Files.sha256})
			return []sources.Call{call}, err
		},
	}.Resolver())
}

// list reads the index of a crate: a JSON document a line, one for each version.
func list(data []byte, address string) (all []registry.Version[file], err error) {
	if len(data) == 0 {
		return nil, registry.Unexpected("index of a crate", address)
	}
	for line := range bytes.Lines(data) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		entry, err := registry.Decode[struct {
			Name    string    `json:"name"`
			Vers    string    `json:"vers"`
			Cksum   string    `json:"cksum"`
			Yanked  bool      `json:"yanked"`
			PubTime time.Time `json:"pubtime"`
		}](line, address)
		if err != nil {
			return nil, err
		}
		number, ok := version.ParseSemantic(entry.Vers)
		if !ok {
			continue
		}
		v := registry.Version[file]{Release: version.Release{Ordered: number, Name: entry.Vers, Date: entry.PubTime}, Files: file{entry.Name, entry.Cksum}}
		if entry.Yanked {
			v.Withdrawn = registry.NoReason
		}
		all = append(all, v)
	}
	return all, nil
}
