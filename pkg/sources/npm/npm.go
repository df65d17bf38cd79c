// Package npm is the kind of source for packages of the npm registry, and of registries with the same API. A pin is a package's
// tarball or what is in it: neither its dependencies nor what its scripts would make.
package npm

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/registry"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

const defaultHost = "registry.npmjs.org"

// Spec is one package and which versions of it may be taken.
type Spec struct {
	Host    string `json:"host,omitzero"` // default registry.npmjs.org
	Package string `json:"package"`       // "name" or "@scope/name"
	sources.Versions
	DistTag string `json:"distTag,omitzero"` // follow this tag, such as "next"; default: what is not newer than "latest"
	Unpack  bool   `json:"unpack,omitzero"`  // pin the contents of the tarball
	Name    string `json:"name,omitzero"`    // store name; default: nixpkgs' own if it is valid
}

// Kind implements [sources.Spec].
func (Spec) Kind() string { return "npm" }

// Title implements [sources.Spec] with the name without its scope.
func (s Spec) Title() string { return s.Package[strings.LastIndexByte(s.Package, '/')+1:] }

// Wanted implements [registry.Package]. A dist-tag may name a pre-release.
func (s Spec) Wanted() (sources.Range, string) {
	r, at := s.Versions.Wanted()
	r.Prerelease = r.Prerelease || s.DistTag != ""
	return r, at
}

var (
	// namePattern is the rule for names (docs.npmjs.com/cli/configuring-npm/package-json, "name"), with the capitals of old ones.
	namePattern = lazyregexp.New(`^(@[0-9A-Za-z~-][0-9A-Za-z._~-]*/)?[0-9A-Za-z][0-9A-Za-z._~-]*$`)
	tagPattern  = lazyregexp.New(`^[A-Za-z][0-9A-Za-z._-]{0,99}$`)
)

// Validate implements [sources.Spec].
func (s Spec) Validate() error {
	err := cmp.Or(registry.ValidateHost(s.Host), registry.ValidateName(s.Package, namePattern, "npm"), s.Versions.Validate(),
		s.fetch("https://"+defaultHost+"/a.tgz").Validate())
	switch {
	case err != nil || s.DistTag == "":
		return err
	case !tagPattern.MatchString(s.DistTag):
		return sources.Invalid("%q is not a dist-tag", redact.Reference(s.DistTag))
	case s.Version != "" || s.Constraint != "" || s.Prerelease:
		err := &sources.OptionError{Options: []string{"dist-tag"}, Problem: "names one version, and rev, constraint and prerelease others"}
		return sources.WithHint(err, "leave out the dist-tag or the others")
	}
	return nil
}

// Accepts implements [sources.Spec].
func (s Spec) Accepts(r sources.Resolution) error {
	return registry.Expect(r, func(version string) []sources.Call {
		address := s.tarball(version)
		if locked := r.Call().URL; s.serves(locked, version) {
			address = locked
		}
		return []sources.Call{{Fetch: s.fetch(address)}}
	})
}

func (s Spec) fetch(address string) sources.Fetch {
	f := sources.Fetch{Fetcher: sources.FetchURL, URL: address, Name: sources.StoreName(s.Name)}
	if s.Unpack {
		f.Fetcher, f.StripRoot, f.Extension = sources.FetchZip, true, "tar.gz"
		return f
	}
	f.Name = cmp.Or(f.Name, sources.FileStoreName(address))
	return f
}

// address is that of the document about the package.
func (s Spec) address() string {
	return "https://" + cmp.Or(s.Host, defaultHost) + "/" + strings.Replace(s.Package, "/", "%2f", 1)
}

// path is where registries have the tarball of a version, perhaps below another path.
func (s Spec) path(version string) string {
	return fmt.Sprintf("/%s/-/%s-%s.tgz", s.Package, s.Title(), version)
}

func (s Spec) tarball(version string) string {
	return "https://" + cmp.Or(s.Host, defaultHost) + s.path(version)
}

// serves reports whether an address is that of a version's tarball: on the registry's host, with the package and the version
// in its path, and with nothing that could be secret.
func (s Spec) serves(address, version string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "https" && u.Host == cmp.Or(s.Host, defaultHost) && u.User == nil && !strings.ContainsAny(address, "?#") &&
		strings.HasSuffix(u.Path, s.path(version)) && !strings.Contains(u.Path, "/../")
}

// Codec returns what the kind is.
func Codec() sources.Codec {
	return sources.Define(sources.Definition{
		Name: "npm",
		References: []sources.Reference{
			{Form: "npm:NAME", Help: "a package on npm"},
			{Form: "pkg:npm/NAME", Help: "the same"},
			{Form: "https://www.npmjs.com/package/NAME", Help: "the same"},
			{Form: "npm:NAME?host=HOST", Help: "another registry"},
		},
		Options: sources.PackageOptions("host", "dist-tag", "unpack"),
		Order:   version.Order(version.ParseSemantic),
	}, parse, ask)
}

var page = lazyregexp.New(`^https?://(?:www\.)?npmjs\.com/package/(?P<name>(?:@[^/]+/)?[^/@]+)(?:/v/(?P<version>[^/]+))?$`)

func parse(r sources.Request) (s Spec, err error) {
	ref, err := registry.ParseReference(r.Ref, "npm", "npm", page)
	if err == nil {
		err = ref.Only("host")
	}
	if err != nil {
		return s, err
	}
	s = Spec{Package: ref.Name, DistTag: r.DistTag, Unpack: r.Unpack, Name: r.StoreName}
	if s.Host, err = ref.Host(r.Host, defaultHost); err != nil {
		return s, err
	}
	s.Versions, err = ref.Stay(r.Tracking)
	return s, err
}

// ask is the inverse of parse.
func ask(s Spec) sources.Request {
	return sources.Request{
		Ref: "npm:" + s.Package, Host: s.Host, Tracking: s.Tracking(), DistTag: s.DistTag, Unpack: s.Unpack, StoreName: s.Name,
	}
}
