package openvsx_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/registry"
	"github.com/pinfetch/pinfetch/pkg/sources/openvsx"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcestest"
	"github.com/pinfetch/pinfetch/test/dial"
	"github.com/pinfetch/pinfetch/test/forgetest"
	"github.com/pinfetch/pinfetch/test/registrytest"
)

const (
	digest = "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"
	sri    = "sha256-uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek="
	api    = "https://open-vsx.org/api/redhat/java/"
)

// serve serves an extension of which 1.30.0 is the newest version, a pre-release, and 1.29.0 lacks a platform.
func serve(t *testing.T) *forgetest.Forge {
	t.Helper()
	f := forgetest.New(t)
	for path, body := range map[string]string{
		"": `{"version":"1.30.0","preRelease":true,"timestamp":"2024-03-02T10:00:00.123Z","downloads":{"universal":"","linux-x64":"","linux-arm64":""},"files":{"sha256":"` + api + `1.30.0/file/x.sha256"},
			"allVersions":{"latest":"","pre-release":"","1.30.0":"","1.29.0":"","1.28.0":"","1.27.0":""}}`,
		"/1.29.0": `{"version":"1.29.0","timestamp":"2024-02-02T10:00:00Z","downloads":{"universal":"","linux-x64":""},"files":{"sha256":"` + api + `1.29.0/file/x.sha256"}}`,
		"/1.28.0": `{"version":"1.28.0","timestamp":"2024-01-02T10:00:00Z","downloads":{"linux-x64":"","linux-arm64":""}}`,
		"/1.27.0": `{"version":"1.27.0","targetPlatform":"linux-x64","timestamp":"2023-01-02T10:00:00Z"}`,

		"/1.29.0/file/x.sha256":             digest + "\n",
		"/linux-x64/1.28.0":                 `{"files":{"sha256":"` + api + `linux-x64/1.28.0/file/x.sha256"}}`,
		"/linux-x64/1.28.0/file/x.sha256":   digest,
		"/linux-arm64/1.28.0":               `{"files":{"sha256":"` + api + `linux-arm64/1.28.0/file/x.sha256"}}`,
		"/linux-arm64/1.28.0/file/x.sha256": digest,
	} {
		f.File("", "/api/redhat/java"+path, forgetest.Content{Body: []byte(body)})
	}
	return f
}

func TestConformance(t *testing.T) {
	t.Parallel()
	w, _ := dial.Forge(t, serve(t), nil)
	systems := sources.BySystem("aarch64-linux linux-arm64\nx86_64-linux linux-x64")
	var cases []sourcestest.Case
	for _, tt := range []struct {
		request    sources.Request
		spec       openvsx.Spec
		host, json string
	}{
		{sources.Request{Ref: "openvsx:redhat/java"}, openvsx.Spec{}, ``, ``},
		{sources.Request{Ref: "openvsx:redhat.java"}, openvsx.Spec{}, ``, ``},
		{sources.Request{Ref: "https://open-vsx.org/extension/redhat/java"}, openvsx.Spec{}, ``, ``},
		{sources.Request{Ref: "https://open-vsx.org/extension/redhat/java/1.29.0"}, openvsx.Spec{Versions: sources.Versions{Version: "1.29.0"}}, ``, `,"version":"1.29.0"`},
		{sources.Request{Ref: "https://open-vsx.org/extension/redhat/java/linux-x64"}, openvsx.Spec{Platforms: registry.Platforms{Platform: "linux-x64"}}, ``, `,"platform":"linux-x64"`},
		{sources.Request{Ref: "openvsx:redhat/java?platform=linux-x64"}, openvsx.Spec{Platforms: registry.Platforms{Platform: "linux-x64"}}, ``, `,"platform":"linux-x64"`},
		{
			sources.Request{Ref: "openvsx:redhat/java", Systems: []string{"x86_64-linux=linux-x64", "aarch64-linux=linux-arm64"}, StoreName: "n"},
			openvsx.Spec{Platforms: registry.Platforms{Systems: systems}, Name: "n"}, ``, `,"systems":{"aarch64-linux":"linux-arm64","x86_64-linux":"linux-x64"},"name":"n"`,
		},
		{sources.Request{Ref: "openvsx:redhat/java?host=vsx.example.org"}, openvsx.Spec{Host: "vsx.example.org"}, `"host":"vsx.example.org",`, ``},
	} {
		tt.spec.Namespace, tt.spec.Extension = "redhat", "java"
		cases = append(cases, sourcestest.Case{
			Request: tt.request, Spec: tt.spec, Title: "java", JSON: `{"type":"openvsx",` + tt.host + `"namespace":"redhat","extension":"java"` + tt.json + `}`,
		})
	}
	sourcestest.Conformance(t, openvsx.New(w.RoundTripper()), cases)
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	registrytest.Test(t, registrytest.Package{
		New: openvsx.New, Ref: "openvsx:n/a", Host: "open-vsx.org", Path: "/api/n/a", Early: "2.0.0-rc.1",
		List: registrytest.JSON(`{"timestamp":"2024-01-02T10:00:00Z","allVersions":{`, `"%s":""`, `}}`),
	})
}

func TestResolve(t *testing.T) {
	t.Parallel()
	const x64, arm64 = "linux-x64/1.28.0/file/redhat.java-1.28.0@linux-x64.vsix java-1.28.0.zip ", "linux-arm64/1.28.0/file/redhat.java-1.28.0@linux-arm64.vsix java-1.28.0.zip "
	registrytest.Package{New: openvsx.New}.Resolves(t, serve(t),
		registrytest.Wanted{Request: sources.Request{Ref: "openvsx:redhat/java"}, Version: "1.29.0", Date: "2024-02-02", Held: sources.ByPrerelease, Calls: api + "1.29.0/file/redhat.java-1.29.0.vsix java-1.29.0.zip " + sri, Requests: 4},
		registrytest.Wanted{
			Request: sources.Request{Ref: "openvsx:redhat/java", Systems: []string{"x86_64-linux=linux-x64", "aarch64-linux=linux-arm64"}}, Version: "1.28.0", Date: "2024-01-02", Held: sources.ByFiles,
			Calls: "aarch64-linux " + api + arm64 + sri + " | x86_64-linux " + api + x64 + sri, Requests: 7,
		},
		registrytest.Wanted{ // nothing lists the platforms, and no digest is published
			Request: sources.Request{Ref: "openvsx:redhat/java?platform=linux-x64", Tracking: sources.Tracking{Range: sources.Range{Constraint: "<1.28"}}}, Version: "1.27.0", Date: "2023-01-02", Held: sources.ByConstraint,
			Calls: api + "linux-x64/1.27.0/file/redhat.java-1.27.0@linux-x64.vsix java-1.27.0.zip", Requests: 3,
		},
	)
}

// A digest that is elsewhere, or none, fails the pin.
func TestDigest(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"files":{"sha256":"https://elsewhere.example.org/x"}}`, `{"files":{"sha256":"` + api + `1.29.0/file/bad"}}`, `<html>`} {
		f := serve(t)
		f.File("", "/api/redhat/java/1.29.0", forgetest.Content{Body: []byte(body)})
		f.File("", "/api/redhat/java/1.29.0/file/bad", forgetest.Content{Body: []byte("<html>")})
		_, err := registrytest.Package{New: openvsx.New}.Resolve(t, f, sources.Request{Ref: "openvsx:redhat/java", Tracking: sources.Tracking{Rev: "1.29.0"}})
		if !errors.Is(err, sources.ErrAnswer) {
			t.Errorf("%s: got %v, want %v", body, err, sources.ErrAnswer)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	set := sources.NewSet(openvsx.New(nil))
	for _, tt := range []struct {
		request sources.Request
		want    string
	}{
		{sources.Request{Ref: "openvsx:a"}, "is not PUBLISHER/NAME"},
		{sources.Request{Ref: "openvsx:../x"}, "cannot name a package"},
		{sources.Request{Ref: "openvsx:a/b c"}, "cannot name a package"},
		{sources.Request{Ref: "openvsx:a/" + strings.Repeat("b", 1<<12)}, "cannot name a package"},
		{sources.Request{Ref: "openvsx:a/b?host=-x"}, "not a host"},
		{sources.Request{Ref: "openvsx:a/b?platform=a/../b"}, "not a platform"},
	} {
		spec, err := set.Parse(tt.request)
		sourcestest.WantRefusal(t, tt.request.Ref[:min(20, len(tt.request.Ref))], spec, err, tt.want)
	}
}
