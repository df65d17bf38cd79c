// Package pypi is the kind of source for Python packages on the Python Package Index, and on indexes with the same API. A pin is
// the source distribution of a package, as nixpkgs' fetchPypi fetches it (pkgs/build-support/fetchpypi), or a wheel. Its hash is
// published, so nothing is downloaded.
package pypi

import (
	"cmp"
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/registry"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

// The index, and the host of its files.
const (
	defaultHost = "pypi.org"
	filesHost   = "files.pythonhosted.org"
)

// Spec is one package and which versions of it may be taken.
type Spec struct {
	Host    string `json:"host,omitzero"` // of the index; default pypi.org
	Package string `json:"package"`       // normalized: "zope-interface"
	sources.Versions
	Wheel   string           `json:"wheel,omitzero"`   // tags of the wheel, such as "py3-none-any"; default: the sdist
	Systems sources.BySystem `json:"systems,omitzero"` // instead of Wheel: tags of a wheel for each system
	Name    string           `json:"name,omitzero"`    // store name; default: nixpkgs' own if it is valid
}

// Kind implements [sources.Spec].
func (Spec) Kind() string { return "pypi" }

// Title implements [sources.Spec] with the package's name.
func (s Spec) Title() string { return s.Package }

var (
	// namePattern is the rule for names, and separators is what is normalized in them
	// (packaging.python.org/specifications/name-normalization).
	namePattern = lazyregexp.New(`(?i)^[A-Z0-9]([A-Z0-9._-]*[A-Z0-9])?$`)
	separators  = lazyregexp.New(`[-_.]+`)
	tagsPattern = lazyregexp.New(`^[a-z0-9_.*?]{1,100}(-[a-z0-9_.*?]{1,100}){2}$`)
)

func normalize(name string) string {
	return strings.ToLower(separators.ReplaceAllString(name, "-"))
}

// Validate implements [sources.Spec].
func (s Spec) Validate() error {
	err := cmp.Or(registry.ValidateHost(s.Host), registry.ValidateName(s.Package, namePattern, "PyPI"), s.Versions.Validate(),
		s.fetch("https://"+filesHost+"/a.tar.gz").Validate())
	_, isVersion := version.ParsePython(s.Version)
	switch {
	case err != nil:
		return err
	case s.Package != normalize(s.Package):
		return sources.WithHint(sources.Invalid("package %q is not normalized", s.Package), "write %s", normalize(s.Package))
	case s.Version != "" && !isVersion:
		return sources.Invalid("%q is not a version of a Python package", redact.Reference(s.Version))
	case s.Wheel != "" && s.Systems != "":
		return &sources.OptionError{Options: []string{"wheel", "system"}, Problem: "exclude each other"}
	}
	for _, on := range s.files() {
		if on.System != "" {
			if err := sources.ValidateSystem(on.System); err != nil {
				return err
			}
		}
		if on.Platform != "" && !tagsPattern.MatchString(on.Platform) {
			return sources.WithHint(sources.Invalid("%q are not the tags of a wheel", redact.Reference(on.Platform)),
				"write tags such as py3-none-any, or cp312-cp312-manylinux*_x86_64")
		}
	}
	return nil
}

// files returns the tags of the wanted wheels, "" for the sdist.
func (s Spec) files() []registry.On {
	return registry.Platforms{Platform: s.Wheel, Systems: s.Systems}.List("")
}

// Accepts implements [sources.Spec].
func (s Spec) Accepts(r sources.Resolution) error {
	var want []sources.Call
	for i, on := range s.files() {
		address := s.page(r.Version)
		if i < len(r.Calls) && s.serves(r.Calls[i].URL, r.Version, on.Platform) {
			address = r.Calls[i].URL
		}
		want = append(want, sources.Call{System: on.System, Fetch: s.fetch(address)})
	}
	return r.Expect(want...)
}

func (s Spec) fetch(address string) sources.Fetch {
	return sources.Fetch{Fetcher: sources.FetchURL, URL: address, Name: cmp.Or(sources.StoreName(s.Name), sources.FileStoreName(address))}
}

// address is that of the package in the index's Simple API (packaging.python.org/specifications/simple-repository-api). The
// JSON API of PyPI, which other indexes lack, calls its own list of releases deprecated.
func (s Spec) address() string {
	return "https://" + cmp.Or(s.Host, defaultHost) + "/simple/" + s.Package + "/"
}

// page is what a browser shows of a version.
func (s Spec) page(version string) string {
	if s.Host != "" {
		return s.address()
	}
	return fmt.Sprintf("https://%s/project/%s/%s/", defaultHost, s.Package, version)
}

// hashedPath is where PyPI has a file: below its BLAKE2b digest. Mirrors of the index keep this path.
var hashedPath = lazyregexp.New(`^/packages/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{60}$`)

// locate returns the address to lock for a file whose address an index gives, perhaps relative to its own. Files of PyPI are
// always at its own host, those of another index at that one's.
func (s Spec) locate(address, name string) (string, error) {
	base, err := url.Parse(s.address())
	if err != nil {
		return "", err
	}
	u, err := base.Parse(address)
	if err == nil && s.Host == "" && hashedPath.MatchString(path.Dir(u.Path)) {
		return "https://" + filesHost + path.Dir(u.Path) + "/" + name, nil
	}
	if err == nil && s.Host == u.Host && u.Scheme == "https" && u.User == nil && u.RawQuery == "" && path.Base(u.Path) == name {
		return sources.EscapeURL("https://" + u.Host + u.EscapedPath()), nil
	}
	return "", fmt.Errorf("file %q is at %q: %w", name, redact.Address(address), sources.ErrAnswer)
}

// serves reports whether an address is that of a file of a version: of the wheel with some tags, or of the sdist.
func (s Spec) serves(address, number, tags string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	wanted, isVersion := version.ParsePython(number)
	f, isFile := parseFile(path.Base(u.Path), s.Package)
	isHere := s.Host == "" && u.Host == filesHost && hashedPath.MatchString(path.Dir(u.Path)) || s.Host != "" && u.Host == s.Host
	return isHere && u.Scheme == "https" && !strings.ContainsAny(address, "?#") && isVersion && isFile &&
		f.version.Canonical() == wanted.Canonical() && f.matches(tags)
}

// Codec returns what the kind is.
func Codec() sources.Codec {
	return sources.Define(sources.Definition{
		Name: "PyPI",
		References: []sources.Reference{
			{Form: "pypi:NAME", Help: "a Python package on PyPI"},
			{Form: "pkg:pypi/NAME", Help: "the same"},
			{Form: "https://pypi.org/project/NAME", Help: "the same"},
			{Form: "pypi:NAME?host=HOST", Help: "another index"},
		},
		Options: sources.PackageOptions("host", "wheel", "system"),
		Order:   version.Order(version.ParsePython),
	}, parse, ask)
}

var projectPage = lazyregexp.New(`^https?://(?:www\.)?pypi\.org/project/(?P<name>[^/]+)(?:/(?P<version>[^/]+))?$`)

func parse(r sources.Request) (s Spec, err error) {
	ref, err := registry.ParseReference(r.Ref, "pypi", "pypi", projectPage)
	if err == nil {
		err = ref.Only("host")
	}
	if err == nil {
		err = registry.ValidateName(ref.Name, namePattern, "PyPI")
	}
	if err != nil {
		return s, err
	}
	s = Spec{Package: normalize(ref.Name), Name: r.StoreName}
	if s.Host, err = ref.Host(r.Host, defaultHost); err != nil {
		return s, err
	}
	wheels, err := registry.ReadPlatforms(r.Wheel, r.Systems)
	if err != nil {
		return s, err
	}
	s.Wheel, s.Systems = wheels.Platform, wheels.Systems
	s.Versions, err = ref.Stay(r.Tracking)
	return s, err
}

// ask is the inverse of parse.
func ask(s Spec) sources.Request {
	return sources.Request{
		Ref: "pypi:" + s.Package, Host: s.Host, Tracking: s.Tracking(), Wheel: s.Wheel, Systems: s.Systems.Words(), StoreName: s.Name,
	}
}
