// Package vscode is the kind of source for extensions on the Visual Studio Marketplace. A pin is the file of an extension, as
// nixpkgs' vscode-utils.buildVscodeMarketplaceExtension fetches it
// (pkgs/applications/editors/vscode/extensions/mktplcExtRefToFetchArgs.nix). No digest is published.
package vscode

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/registry"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

const (
	marketplace = "https://marketplace.visualstudio.com/"
	query       = marketplace + "_apis/public/gallery/extensionquery"
	items       = marketplace + "items"
)

// Spec is one extension and which versions of it may be taken.
type Spec struct {
	Publisher string `json:"publisher"`
	Extension string `json:"extension"`
	registry.Platforms
	sources.Versions
	Name string `json:"name,omitzero"` // store name; default: EXTENSION-VERSION.zip
}

// Kind implements [sources.Spec].
func (Spec) Kind() string { return "vscode" }

// Title implements [sources.Spec] with the extension's name.
func (s Spec) Title() string { return s.Extension }

// Validate implements [sources.Spec].
func (s Spec) Validate() error {
	return cmp.Or(registry.ValidateExtension(s.Publisher, s.Extension), s.Platforms.Validate(), s.Versions.Validate(), s.calls("1.0.0")[0].Fetch.Validate())
}

// Accepts implements [sources.Spec].
func (s Spec) Accepts(r sources.Resolution) error { return registry.Expect(r, s.calls) }

func (s Spec) calls(number string) (calls []sources.Call) {
	for _, on := range s.List(registry.Universal) {
		address := fmt.Sprintf("https://%s.gallery.vsassets.io/_apis/public/gallery/publisher/%[1]s/extension/%s/%s/assetbyname/Microsoft.VisualStudio.Services.VSIXPackage",
			s.Publisher, s.Extension, number)
		if on.Platform != registry.Universal {
			address += "?targetPlatform=" + on.Platform
		}
		calls = append(calls, sources.Call{System: on.System, Fetch: sources.Fetch{
			Fetcher: sources.FetchURL, URL: address,
			Name: cmp.Or(sources.StoreName(s.Name), s.Extension+"-"+number+".zip"), // for unzip's hook
		}})
	}
	return calls
}

// Codec returns what the kind is.
func Codec() sources.Codec {
	return sources.Define(sources.Definition{
		Name: "VS Marketplace",
		References: []sources.Reference{
			{Form: "vscode:PUBLISHER/NAME", Help: "an extension of VS Code"},
			{Form: "pkg:vscode-extension/PUBLISHER/NAME", Help: "the same"},
		},
		Options: sources.PackageOptions("system"),
		Order:   version.Order(version.ParseSemantic),
	}, parse, ask)
}

func parse(r sources.Request) (s Spec, err error) {
	if u, err := url.Parse(r.Ref); err == nil && u.Query().Get("itemName") != "" && strings.HasPrefix(r.Ref, items+"?") {
		r.Ref = "vscode:" + u.Query().Get("itemName")
	}
	ref, err := registry.ParseReference(r.Ref, "vscode", "vscode-extension")
	if err == nil {
		err = ref.Only("platform")
	}
	if err != nil {
		return s, err
	}
	if s.Publisher, s.Extension, err = registry.SplitExtension(ref.Name); err != nil {
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
	return sources.Request{Ref: "vscode:" + s.Publisher + "/" + s.Extension + s.Query(), Systems: s.Systems.Words(), Tracking: s.Tracking(), StoreName: s.Name}
}

// platforms are those that a version has files for.
type platforms []string

// New returns the kind, which asks through transport.
func New(transport http.RoundTripper) sources.Kind {
	client := registry.Client{Transport: transport}
	return sources.NewKind(Codec(), registry.Registry[Spec, platforms]{
		Address: func(s Spec) string { return items + "?itemName=" + s.Publisher + "." + s.Extension },
		List: func(ctx context.Context, s Spec, page string) ([]registry.Version[platforms], error) {
			data, err := client.Post(ctx, query, "application/json;api-version=6.1-preview.1", wants(s.Publisher+"."+s.Extension))
			if err != nil {
				return nil, err
			}
			return list(data, page)
		},
		Missing: func(s Spec, v registry.Version[platforms]) string { return s.Missing(registry.Universal, v.Files) },
		Calls:   func(s Spec, v registry.Version[platforms]) ([]sources.Call, error) { return s.calls(v.Name), nil },
	}.Resolver())
}
