package vscode_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/registry"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcestest"
	"github.com/pinfetch/pinfetch/pkg/sources/vscode"
	"github.com/pinfetch/pinfetch/test/dial"
	"github.com/pinfetch/pinfetch/test/forgetest"
	"github.com/pinfetch/pinfetch/test/registrytest"
)

const (
	gallery    = "/_apis/public/gallery/extensionquery"
	before     = `{"results":[{"extensions":[{"publisher":{"publisherName":"rust-lang"},"extensionName":"rust-analyzer","versions":[`
	after      = `]}]}]}`
	prerelease = `,"properties":[{"key":"Microsoft.VisualStudio.Code.Engine","value":"^1.80"},{"key":"Microsoft.VisualStudio.Code.PreRelease","value":"true"}]`
)

const analyzer = before + `
	{"version":"0.4.2000","targetPlatform":"linux-x64","lastUpdated":"2024-03-02T10:00:00Z"` + prerelease + `},
	{"version":"0.3.1850","targetPlatform":"linux-x64","lastUpdated":"2024-02-02T10:00:00.123Z"},
	{"version":"0.3.1840","targetPlatform":"linux-arm64","lastUpdated":"2024-01-03T10:00:00Z"},
	{"version":"0.3.1840","targetPlatform":"linux-x64","lastUpdated":"2024-01-02T10:00:00Z"},
	{"version":"0.2.9","lastUpdated":"2023-01-02T10:00:00Z"}` + after

func serve(t *testing.T, answer string) *forgetest.Forge {
	t.Helper()
	f := forgetest.New(t)
	f.File("marketplace.visualstudio.com", gallery, forgetest.Content{Body: []byte(answer)})
	return f
}

func TestConformance(t *testing.T) {
	t.Parallel()
	w, _ := dial.Forge(t, serve(t, analyzer), nil)
	systems := sources.BySystem("aarch64-linux linux-arm64\nx86_64-linux linux-x64")
	var cases []sourcestest.Case
	for _, tt := range []struct {
		request sources.Request
		spec    vscode.Spec
		json    string
	}{
		{sources.Request{Ref: "vscode:rust-lang/rust-analyzer"}, vscode.Spec{}, ``},
		{sources.Request{Ref: "vscode:rust-lang.rust-analyzer"}, vscode.Spec{}, ``},
		{sources.Request{Ref: "pkg:vscode-extension/rust-lang/rust-analyzer"}, vscode.Spec{}, ``},
		{sources.Request{Ref: "https://marketplace.visualstudio.com/items?itemName=rust-lang.rust-analyzer"}, vscode.Spec{}, ``},
		{sources.Request{Ref: "https://marketplace.visualstudio.com/items?itemName=rust-lang.rust-analyzer&ssr=false#overview"}, vscode.Spec{}, ``},
		{
			sources.Request{Ref: "pkg:vscode-extension/rust-lang/rust-analyzer@0.3.1840?platform=linux-x64"},
			vscode.Spec{Platforms: registry.Platforms{Platform: "linux-x64"}, Versions: sources.Versions{Version: "0.3.1840"}}, `,"platform":"linux-x64","version":"0.3.1840"`,
		},
		{
			sources.Request{Ref: "vscode:rust-lang/rust-analyzer", Systems: []string{"x86_64-linux=linux-x64", "aarch64-linux=linux-arm64"}, StoreName: "n"},
			vscode.Spec{Platforms: registry.Platforms{Systems: systems}, Name: "n"}, `,"systems":{"aarch64-linux":"linux-arm64","x86_64-linux":"linux-x64"},"name":"n"`,
		},
	} {
		tt.spec.Publisher, tt.spec.Extension = "rust-lang", "rust-analyzer"
		cases = append(cases, sourcestest.Case{
			Request: tt.request, Spec: tt.spec, Title: "rust-analyzer", JSON: `{"type":"vscode","publisher":"rust-lang","extension":"rust-analyzer"` + tt.json + `}`,
		})
	}
	sourcestest.Conformance(t, vscode.New(w.RoundTripper()), cases)
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	registrytest.Test(t, registrytest.Package{
		New: vscode.New, Ref: "vscode:p/a", Host: "marketplace.visualstudio.com", Path: gallery, Posts: true, Early: "2.0.0 | " + prerelease,
		List: registrytest.JSON(before, `{"version":"%s","lastUpdated":"2024-01-02T10:00:00Z"%m}`, after),
	})
}

func TestResolve(t *testing.T) {
	t.Parallel()
	call := func(number, platform string) string {
		return "https://rust-lang.gallery.vsassets.io/_apis/public/gallery/publisher/rust-lang/extension/rust-analyzer/" + number +
			"/assetbyname/Microsoft.VisualStudio.Services.VSIXPackage" + platform + " rust-analyzer-" + number + ".zip"
	}
	const x64, arm64 = "?targetPlatform=linux-x64", "?targetPlatform=linux-arm64"
	registrytest.Package{New: vscode.New}.Resolves(t, serve(t, analyzer),
		registrytest.Wanted{
			Request: sources.Request{Ref: "vscode:rust-lang/rust-analyzer?platform=linux-x64"}, Version: "0.3.1850", Date: "2024-02-02", Held: sources.ByPrerelease, Calls: call("0.3.1850", x64), Requests: 1,
		},
		registrytest.Wanted{
			Request: sources.Request{Ref: "vscode:rust-lang/rust-analyzer?platform=linux-x64", Tracking: sources.Tracking{Range: sources.Range{Prerelease: true}}},
			Version: "0.4.2000", Date: "2024-03-02", Calls: call("0.4.2000", x64), Requests: 1,
		},
		registrytest.Wanted{
			Request: sources.Request{Ref: "vscode:rust-lang/rust-analyzer", Systems: []string{"x86_64-linux=linux-x64", "aarch64-linux=linux-arm64"}},
			Version: "0.3.1840", Date: "2024-01-02", Held: sources.ByFiles, Calls: "aarch64-linux " + call("0.3.1840", arm64) + " | x86_64-linux " + call("0.3.1840", x64), Requests: 1,
		},
		registrytest.Wanted{Request: sources.Request{Ref: "vscode:rust-lang/rust-analyzer"}, Version: "0.2.9", Date: "2023-01-02", Held: sources.ByFiles, Calls: call("0.2.9", ""), Requests: 1},
	)
}

func TestUnknown(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{`{"results":[{"extensions":[],"pagingToken":null}]}`, `{"results":[]}`, `{}`} {
		_, err := registrytest.Package{New: vscode.New}.Resolve(t, serve(t, answer), sources.Request{Ref: "vscode:p/a"})
		if !errors.Is(err, sources.ErrNotFound) || !strings.Contains(err.Error(), "itemName=p.a") {
			t.Errorf("%s: got %v, want %v", answer, err, sources.ErrNotFound)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	set := sources.NewSet(vscode.New(nil))
	for _, tt := range []struct {
		request sources.Request
		want    string
	}{
		{sources.Request{Ref: "vscode:a"}, "is not PUBLISHER/NAME"},
		{sources.Request{Ref: "vscode:a/b/c"}, "cannot name a package"},
		{sources.Request{Ref: "vscode:../x"}, "cannot name a package"},
		{sources.Request{Ref: "vscode:a/b c"}, "cannot name a package"},
		{sources.Request{Ref: "vscode:a/" + strings.Repeat("b", 1<<12)}, "cannot name a package"},
		{sources.Request{Ref: "vscode:a.example.org@/b"}, "cannot name a package"},
		{sources.Request{Ref: "vscode:a/b", Systems: []string{"x86_64-linux"}}, "has no platform"},
		{sources.Request{Ref: "vscode:a/b", Host: "b"}, "does not apply"},
	} {
		spec, err := set.Parse(tt.request)
		sourcestest.WantRefusal(t, tt.request.Ref[:min(20, len(tt.request.Ref))], spec, err, tt.want)
	}
}
