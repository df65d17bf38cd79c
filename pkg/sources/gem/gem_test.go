package gem_test

import (
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/gem"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/registry"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcestest"
	"github.com/pinfetch/pinfetch/test/dial"
	"github.com/pinfetch/pinfetch/test/forgetest"
	"github.com/pinfetch/pinfetch/test/registrytest"
)

const sum = "ed0b0f4a0a0a1f7dbf1d5ab6d6e3dc8bb1cbb7ec7b2ef4a53c4e0d52bd8c2a11"

// nokogiri has files for three platforms, and in its newest version not yet for all of them.
const nokogiri = `[
	{"number":"1.17.0.rc1","platform":"ruby","prerelease":true,"sha":"` + sum + `","created_at":"2024-03-01T10:00:00.000Z"},
	{"number":"1.16.1","platform":"ruby","prerelease":false,"sha":"` + sum + `","created_at":"2024-02-03T10:00:00.000Z"},
	{"number":"1.16.0","platform":"x86_64-linux","prerelease":false,"sha":"` + sum + `","created_at":"2024-01-03T10:00:00.000Z"},
	{"number":"1.16.0","platform":"arm64-darwin","prerelease":false,"sha":"` + sum + `","created_at":"2024-01-02T10:00:00.000Z"},
	{"number":"1.16.0","platform":"ruby","prerelease":false,"sha":"` + sum + `","created_at":"2024-01-02T23:00:00.000Z"}]`

func serve(t *testing.T) *forgetest.Forge {
	t.Helper()
	f := forgetest.New(t)
	f.File("", "/api/v1/versions/nokogiri.json", forgetest.Content{Body: []byte(nokogiri)})
	return f
}

func TestConformance(t *testing.T) {
	t.Parallel()
	w, _ := dial.Forge(t, serve(t), nil)
	systems := sources.BySystem("aarch64-darwin arm64-darwin\nx86_64-linux x86_64-linux")
	var cases []sourcestest.Case
	for _, tt := range []struct {
		request sources.Request
		spec    gem.Spec
		json    string
	}{
		{sources.Request{Ref: "gem:nokogiri"}, gem.Spec{}, ``},
		{sources.Request{Ref: "pkg:gem/nokogiri"}, gem.Spec{}, ``},
		{sources.Request{Ref: "https://rubygems.org/gems/nokogiri"}, gem.Spec{}, ``},
		{sources.Request{Ref: "https://rubygems.org/gems/nokogiri/versions/"}, gem.Spec{}, ``},
		{sources.Request{Ref: "pkg:gem/nokogiri@1.16.0"}, gem.Spec{Versions: sources.Versions{Version: "1.16.0"}}, `,"version":"1.16.0"`},
		{sources.Request{Ref: "https://rubygems.org/gems/nokogiri/versions/1.16.0"}, gem.Spec{Versions: sources.Versions{Version: "1.16.0"}}, `,"version":"1.16.0"`},
		{
			sources.Request{Ref: "https://rubygems.org/gems/nokogiri/versions/1.16.0-arm64-darwin"},
			gem.Spec{Versions: sources.Versions{Version: "1.16.0"}, Platforms: registry.Platforms{Platform: "arm64-darwin"}}, `,"platform":"arm64-darwin","version":"1.16.0"`,
		},
		{sources.Request{Ref: "pkg:gem/nokogiri?platform=x86_64-linux"}, gem.Spec{Platforms: registry.Platforms{Platform: "x86_64-linux"}}, `,"platform":"x86_64-linux"`},
		{
			sources.Request{Ref: "gem:nokogiri", Systems: []string{"x86_64-linux=x86_64-linux", "aarch64-darwin=arm64-darwin"}},
			gem.Spec{Platforms: registry.Platforms{Systems: systems}}, `,"systems":{"aarch64-darwin":"arm64-darwin","x86_64-linux":"x86_64-linux"}`,
		},
		{
			sources.Request{Ref: "gem:nokogiri", StoreName: "n", Tracking: sources.Tracking{Range: sources.Range{Constraint: "<2", Prerelease: true}}},
			gem.Spec{Name: "n", Versions: sources.Versions{Range: sources.Range{Constraint: "<2", Prerelease: true}}}, `,"constraint":"<2","prerelease":true,"name":"n"`,
		},
	} {
		tt.spec.Package = "nokogiri"
		cases = append(cases, sourcestest.Case{Request: tt.request, Spec: tt.spec, Title: "nokogiri", JSON: `{"type":"gem","package":"nokogiri"` + tt.json + `}`})
	}
	cases = append(cases, sourcestest.Case{
		Request: sources.Request{Ref: "gem:nokogiri?host=gems.example.org"}, Spec: gem.Spec{Host: "gems.example.org", Package: "nokogiri"},
		JSON: `{"type":"gem","host":"gems.example.org","package":"nokogiri"}`, Title: "nokogiri",
	})
	sourcestest.Conformance(t, gem.New(w.RoundTripper()), cases)
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	registrytest.Test(t, registrytest.Package{
		New: gem.New, Ref: "gem:a", Host: "rubygems.org", Path: "/api/v1/versions/a.json", Early: "2.0.0.rc1",
		List: registrytest.JSON(`[`, `{"number":"%s","platform":"ruby","sha":"`+sum+`","created_at":"2024-01-02T10:00:00Z"}`, `]`),
	})
}

func TestResolve(t *testing.T) {
	t.Parallel()
	const file, hash = "https://rubygems.org/downloads/nokogiri-", " sha256-7QsPSgoKH32/HVq21uPci7HLt+x7LvSlPE4NUr2MKhE="
	registrytest.Package{New: gem.New}.Resolves(t, serve(t),
		registrytest.Wanted{Request: sources.Request{Ref: "gem:nokogiri"}, Version: "1.16.1", Date: "2024-02-03", Held: sources.ByPrerelease, Calls: file + "1.16.1.gem" + hash, Requests: 1},
		registrytest.Wanted{
			Request: sources.Request{Ref: "gem:nokogiri", Tracking: sources.Tracking{Range: sources.Range{Prerelease: true}}}, Version: "1.17.0.rc1", Date: "2024-03-01", Calls: file + "1.17.0.rc1.gem" + hash, Requests: 1,
		},
		registrytest.Wanted{
			Request: sources.Request{Ref: "gem:nokogiri?platform=x86_64-linux"}, Version: "1.16.0", Date: "2024-01-02", Held: sources.ByFiles, Calls: file + "1.16.0-x86_64-linux.gem" + hash, Requests: 1,
		},
		registrytest.Wanted{
			Request: sources.Request{Ref: "gem:nokogiri", Systems: []string{"x86_64-linux=x86_64-linux", "aarch64-darwin=arm64-darwin", "aarch64-linux=ruby"}}, Version: "1.16.0", Date: "2024-01-02", Held: sources.ByFiles,
			Calls: "aarch64-darwin " + file + "1.16.0-arm64-darwin.gem" + hash + " | aarch64-linux " + file + "1.16.0.gem" + hash + " | x86_64-linux " + file + "1.16.0-x86_64-linux.gem" + hash, Requests: 1,
		},
	)
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	set := sources.NewSet(gem.New(nil))
	for _, tt := range []struct {
		request sources.Request
		want    string
	}{
		{sources.Request{Ref: "gem:../x"}, "cannot name a package"},
		{sources.Request{Ref: "gem:a b"}, "cannot name a package"},
		{sources.Request{Ref: "gem:" + strings.Repeat("a", 1<<12)}, "cannot name a package"},
		{sources.Request{Ref: "gem:"}, "cannot name a package"},
		{sources.Request{Ref: "pkg:gem/a/b"}, "cannot name a package"},
		{sources.Request{Ref: "gem:a?x=1"}, `"x"`},
		{sources.Request{Ref: "gem:a?host=-x"}, "not a host"},
		{sources.Request{Ref: "gem:a?platform=-x"}, "not a platform"},
		{sources.Request{Ref: "gem:a", Systems: []string{"x86_64-linux"}}, "x86_64-linux=PLATFORM"},
		{sources.Request{Ref: "gem:a", Systems: []string{"x86_64-linux=a", "x86_64-linux=b"}}, "twice"},
		{sources.Request{Ref: "gem:a", Systems: []string{"Linux=a"}}, "not a system"},
		{sources.Request{Ref: "pkg:gem/a@1.0", Tracking: sources.Tracking{Rev: "2"}}, "both"},
		{sources.Request{Ref: "pkg:gem/a@1.0%2f..", Tracking: sources.Tracking{}}, "not a version"},
		{sources.Request{Ref: "gem:a", Tracking: sources.Tracking{Branch: "main"}}, "does not apply"},
	} {
		spec, err := set.Parse(tt.request)
		sourcestest.WantRefusal(t, tt.request.Ref[:min(20, len(tt.request.Ref))], spec, err, tt.want)
	}
}
