// Package openvsx is the kind of source for extensions of Visual Studio Code on open-vsx.org and on servers like it. A pin is
// the file of an extension, under a name with which nixpkgs' vscode-utils.buildVscodeMarketplaceExtension unpacks it
// (pkgs/applications/editors/vscode/extensions). Its hash is published, so nothing is downloaded.
package openvsx

import (
	"cmp"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/registry"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

const defaultHost = "open-vsx.org"

// Spec is one extension and which versions of it may be taken.
type Spec struct {
	Host      string `json:"host,omitzero"` // default open-vsx.org
	Namespace string `json:"namespace"`
	Extension string `json:"extension"`
	registry.Platforms
	sources.Versions
	Name string `json:"name,omitzero"` // store name; default: EXTENSION-VERSION.zip
}

// Kind implements [sources.Spec].
func (Spec) Kind() string { return "openvsx" }

// Title implements [sources.Spec] with the extension's name.
func (s Spec) Title() string { return s.Extension }

// Validate implements [sources.Spec].
func (s Spec) Validate() error {
	return cmp.Or(registry.ValidateHost(s.Host), registry.ValidateExtension(s.Namespace, s.Extension),
		s.Platforms.Validate(), s.Versions.Validate(), s.calls("1.0.0")[0].Fetch.Validate())
}

// Accepts implements [sources.Spec].
func (s Spec) Accepts(r sources.Resolution) error { return registry.Expect(r, s.calls) }

func (s Spec) calls(number string) (calls []sources.Call) {
	for _, on := range s.List(registry.Universal) {
		directory, file := number, s.Namespace+"."+s.Extension+"-"+number
		if on.Platform != registry.Universal {
			directory, file = on.Platform+"/"+number, file+"@"+on.Platform
		}
		calls = append(calls, sources.Call{System: on.System, Fetch: sources.Fetch{
			Fetcher: sources.FetchURL, URL: s.address() + "/" + directory + "/file/" + file + ".vsix",
			Name: cmp.Or(sources.StoreName(s.Name), s.Extension+"-"+number+".zip"), // for unzip's hook
		}})
	}
	return calls
}

func (s Spec) address() string {
	return "https://" + cmp.Or(s.Host, defaultHost) + "/api/" + s.Namespace + "/" + s.Extension
}

// Codec returns what the kind is.
func Codec() sources.Codec {
	return sources.Define(sources.Definition{
		Name: "Open VSX",
		References: []sources.Reference{
			{Form: "openvsx:NAMESPACE/NAME", Help: "an extension on Open VSX"},
			{Form: "https://open-vsx.org/extension/NAMESPACE/NAME", Help: "the same"},
		},
		Options: sources.PackageOptions("host", "system"),
		Order:   version.Order(version.ParseSemantic),
	}, parse, ask)
}

// page matches what a browser shows; a platform may stand before the version.
var page = lazyregexp.New(`^https://open-vsx\.org/extension/(?P<name>[^/]+/[^/]+)(?:/(?P<platform>[a-z]+-[a-z0-9]+))?(?:/(?P<version>[0-9][^/]*))?$`)

func parse(r sources.Request) (s Spec, err error) {
	ref, err := registry.ParseReference(r.Ref, "openvsx", "openvsx", page)
	if err == nil {
		err = ref.Only("host", "platform")
	}
	if err != nil {
		return s, err
	}
	if s.Namespace, s.Extension, err = registry.SplitExtension(ref.Name); err != nil {
		return s, err
	}
	if s.Host, err = ref.Host(r.Host, defaultHost); err != nil {
		return s, err
	}
	if s.Platforms, err = registry.ReadPlatforms(ref.Qualifiers["platform"], r.Systems); err != nil {
		return s, err
	}
	s.Name = r.StoreName
	s.Versions, err = ref.Stay(r.Tracking)
	return s, err
}

// ask is the inverse of parse.
func ask(s Spec) sources.Request {
	return sources.Request{
		Ref: "openvsx:" + s.Namespace + "/" + s.Extension + s.Query(), Host: s.Host, Systems: s.Systems.Words(), Tracking: s.Tracking(), StoreName: s.Name,
	}
}
