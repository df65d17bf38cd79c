// Package gem is the kind of source for Ruby gems on rubygems.org and on servers like it. A pin is the file of a gem, as
// nixpkgs' buildRubyGem fetches it (pkgs/development/ruby-modules/gem). Its hash is published, so nothing is downloaded.
package gem

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/registry"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

const (
	defaultHost = "rubygems.org"
	// pure is the platform of gems without compiled parts, which RubyGems leaves out of the names of files.
	pure = "ruby"
)

// Spec is one gem and which versions of it may be taken.
type Spec struct {
	Host    string `json:"host,omitzero"` // default rubygems.org
	Package string `json:"package"`
	registry.Platforms
	sources.Versions
	Name string `json:"name,omitzero"` // store name; default: the file's
}

// Kind implements [sources.Spec].
func (Spec) Kind() string { return "gem" }

// Title implements [sources.Spec] with the gem's name.
func (s Spec) Title() string { return s.Package }

// namePattern is RubyGems' VALID_NAME_PATTERN (lib/rubygems/specification.rb), without names that hide files or are options.
var namePattern = lazyregexp.New(`^[0-9A-Za-z_][0-9A-Za-z._-]*$`)

// Validate implements [sources.Spec].
func (s Spec) Validate() error {
	return cmp.Or(registry.ValidateHost(s.Host), registry.ValidateName(s.Package, namePattern, "RubyGems"),
		s.Platforms.Validate(), s.Versions.Validate(), s.calls("1.0")[0].Fetch.Validate())
}

// Accepts implements [sources.Spec].
func (s Spec) Accepts(r sources.Resolution) error { return registry.Expect(r, s.calls) }

func (s Spec) calls(number string) (calls []sources.Call) {
	for _, on := range s.List(pure) {
		file := s.Package + "-" + number
		if on.Platform != pure {
			file += "-" + on.Platform
		}
		calls = append(calls, sources.Call{System: on.System, Fetch: sources.Fetch{
			Fetcher: sources.FetchURL, URL: s.address("downloads/" + file + ".gem"), Name: sources.StoreName(s.Name),
		}})
	}
	return calls
}

func (s Spec) address(path string) string {
	return "https://" + cmp.Or(s.Host, defaultHost) + "/" + path
}

// Codec returns what the kind is.
func Codec() sources.Codec {
	return sources.Define(sources.Definition{
		Name: "RubyGems",
		References: []sources.Reference{
			{Form: "gem:NAME", Help: "a Ruby gem"},
			{Form: "pkg:gem/NAME", Help: "the same"},
			{Form: "https://rubygems.org/gems/NAME", Help: "the same"},
		},
		Options: sources.PackageOptions("host", "system"),
		Order:   version.Order(version.ParseGem),
	}, parse, ask)
}

// page matches what a browser shows; the platform follows the version.
var page = lazyregexp.New(`^https://(?:www\.)?rubygems\.org/gems/(?P<name>[^/]+)(?:/versions(?:/(?P<version>[^/-]+)(?:-(?P<platform>[^/]+))?)?)?$`)

func parse(r sources.Request) (s Spec, err error) {
	ref, err := registry.ParseReference(r.Ref, "gem", "gem", page)
	if err == nil {
		err = ref.Only("host", "platform")
	}
	if err != nil {
		return s, err
	}
	s.Package, s.Name = ref.Name, r.StoreName
	if s.Host, err = ref.Host(r.Host, defaultHost); err != nil {
		return s, err
	}
	if s.Platforms, err = registry.ReadPlatforms(ref.Qualifiers["platform"], r.Systems); err != nil {
		return s, err
	}
	s.Versions, err = ref.Stay(r.Tracking)
	return s, err
}

// ask is the inverse of parse.
func ask(s Spec) sources.Request {
	return sources.Request{Ref: "gem:" + s.Package + s.Query(), Host: s.Host, Systems: s.Systems.Words(), Tracking: s.Tracking(), StoreName: s.Name}
}

// files are the digests of a version's files by platform.
type files map[string]string

// New returns the kind, which asks through transport.
func New(transport http.RoundTripper) sources.Kind {
	client := registry.Client{Transport: transport}
	return sources.NewKind(Codec(), registry.Registry[Spec, files]{
		Address: func(s Spec) string { return s.address("api/v1/versions/" + s.Package + ".json") },
		List: func(ctx context.Context, _ Spec, address string) ([]registry.Version[files], error) {
			data, err := client.Get(ctx, address, "")
			if err != nil {
				return nil, err
			}
			return list(data, address)
		},
		Missing: func(s Spec, v registry.Version[files]) string {
			return s.Missing(pure, slices.Collect(maps.Keys(v.Files)))
		},
		Calls: func(s Spec, v registry.Version[files]) (calls []sources.Call, err error) {
			calls = s.calls(v.Name)
			for i, on := range s.List(pure) {
				if calls[i], err = registry.Published(calls[i], map[string]string{"sha256": v.Files[on.Platform]}); err != nil {
					return nil, err
				}
			}
			return calls, nil
		},
	}.Resolver())
}

// list reads what the server says of a gem: one entry for each platform of each version. A version is as old as its oldest
// file.
func list(data []byte, address string) (all []registry.Version[files], err error) {
	entries, err := registry.Decode[[]struct {
		Number     string    `json:"number"`
		Platform   string    `json:"platform"`
		Prerelease bool      `json:"prerelease"`
		SHA        string    `json:"sha"`
		Created    time.Time `json:"created_at"`
	}](data, address)
	at := make(map[string]int)
	for _, e := range entries {
		i, known := at[e.Number]
		if !known {
			number, isVersion := version.ParseGem(e.Number)
			if !isVersion {
				continue
			}
			i, at[e.Number] = len(all), len(all)
			all = append(all, registry.Version[files]{Release: version.Release{Ordered: number, Name: e.Number, Date: e.Created, Prerelease: e.Prerelease}, Files: files{}})
		}
		all[i].Files[e.Platform] = e.SHA
		if e.Created.Before(all[i].Date) {
			all[i].Date = e.Created
		}
	}
	return all, err
}
