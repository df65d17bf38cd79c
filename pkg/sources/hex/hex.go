// Package hex is the kind of source for Erlang and Elixir packages on hex.pm. A pin is the archive of a version, as nixpkgs'
// fetchHex fetches it (pkgs/development/beam-modules/fetch-hex.nix). Its hash is published, so nothing is downloaded.
package hex

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/registry"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

const api = "https://hex.pm/api/packages/"

// Spec is one package and which versions of it may be taken.
type Spec struct {
	Package string `json:"package"`
	sources.Versions
	Name string `json:"name,omitzero"` // store name; default: the file's
}

// Kind implements [sources.Spec].
func (Spec) Kind() string { return "hex" }

// Title implements [sources.Spec] with the package's name.
func (s Spec) Title() string { return s.Package }

// namePattern is Hex's rule (hexpm, lib/hexpm/repository/package.ex).
var namePattern = lazyregexp.New(`^[a-z][0-9a-z_]*$`)

// Validate implements [sources.Spec].
func (s Spec) Validate() error {
	if err := registry.ValidateName(s.Package, namePattern, "Hex"); err != nil {
		return err
	}
	if err := s.Versions.Validate(); err != nil {
		return err
	}
	return s.calls("1.0.0")[0].Fetch.Validate()
}

// Accepts implements [sources.Spec].
func (s Spec) Accepts(r sources.Resolution) error { return registry.Expect(r, s.calls) }

func (s Spec) calls(number string) []sources.Call {
	return []sources.Call{{Fetch: sources.Fetch{
		Fetcher: sources.FetchURL, URL: "https://repo.hex.pm/tarballs/" + s.Package + "-" + number + ".tar", Name: sources.StoreName(s.Name),
	}}}
}

// Codec returns what the kind is.
func Codec() sources.Codec {
	return sources.Define(sources.Definition{
		Name: "Hex",
		References: []sources.Reference{
			{Form: "hex:NAME", Help: "an Elixir package on Hex"},
			{Form: "pkg:hex/NAME", Help: "the same"},
			{Form: "https://hex.pm/packages/NAME", Help: "the same"},
		},
		Options: sources.PackageOptions(),
		Order:   version.Order(version.ParseSemantic),
	}, parse, ask)
}

var page = lazyregexp.New(`^https://hex\.pm/packages/(?P<name>[^/]+)(?:/(?P<version>[0-9][^/]*))?$`)

func parse(r sources.Request) (s Spec, err error) {
	ref, err := registry.ParseReference(r.Ref, "hex", "hex", page)
	if err == nil {
		err = ref.Only()
	}
	if err != nil {
		return s, err
	}
	s.Package, s.Name = ref.Name, r.StoreName
	s.Versions, err = ref.Stay(r.Tracking)
	return s, err
}

// ask is the inverse of parse.
func ask(s Spec) sources.Request {
	return sources.Request{Ref: "hex:" + s.Package, Tracking: s.Tracking(), StoreName: s.Name}
}

type none = struct{}

// New returns the kind, which asks through transport.
func New(transport http.RoundTripper) sources.Kind {
	client := registry.Client{Transport: transport}
	resolver := registry.Registry[Spec, none]{
		Address: func(s Spec) string { return api + s.Package },
		List: func(ctx context.Context, _ Spec, address string) ([]registry.Version[none], error) {
			data, err := client.Get(ctx, address, "application/json")
			if err != nil {
				return nil, err
			}
			return list(data, address)
		},
		Calls: func(s Spec, v registry.Version[none]) ([]sources.Call, error) { return s.calls(v.Name), nil },
	}.Resolver()
	resolver.Publish = func(ctx context.Context, s Spec, r sources.Resolution) (sources.Resolution, error) {
		address := api + s.Package + "/releases/" + r.Version
		data, err := client.Get(ctx, address, "application/json")
		if errors.Is(err, sources.ErrNotFound) {
			return r, nil // the file tells
		}
		if err != nil {
			return r, err
		}
		release, err := registry.Decode[struct {
			Checksum string `json:"checksum"` // of the whole file
		}](data, address)
		if err == nil {
			r.Calls[0], err = registry.Published(r.Calls[0], map[string]string{"sha256": release.Checksum})
		}
		return r, err
	}
	return sources.NewKind(Codec(), resolver)
}

func list(data []byte, address string) (all []registry.Version[none], err error) {
	found, err := registry.Decode[struct {
		Releases []struct {
			Version  string    `json:"version"`
			Inserted time.Time `json:"inserted_at"`
		} `json:"releases"`
		Retirements map[string]struct {
			Reason  string `json:"reason"`
			Message string `json:"message"`
		} `json:"retirements"`
	}](data, address)
	for _, r := range found.Releases {
		v, isVersion := version.ParseSemantic(r.Version)
		if !isVersion {
			continue
		}
		release := version.Release{Ordered: v, Name: r.Version, Date: r.Inserted}
		if retired, isRetired := found.Retirements[r.Version]; isRetired {
			release.Withdrawn = registry.Line("retired " + retired.Reason + " " + retired.Message)
		}
		all = append(all, registry.Version[none]{Release: release})
	}
	return all, err
}
