package hackage_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/hackage"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcestest"
	"github.com/pinfetch/pinfetch/test/dial"
	"github.com/pinfetch/pinfetch/test/forgetest"
	"github.com/pinfetch/pinfetch/test/registrytest"
)

func serve(t *testing.T) *forgetest.Forge {
	t.Helper()
	f := forgetest.New(t)
	for path, body := range map[string]string{
		"text-icu/preferred.json":      `{"normal-version":["0.8.0.5","0.8.0","0.7.1.0"],"unpreferred-version":["0.9"],"deprecated-version":["0.10.1","0.8.0.6"]}`,
		"text-icu-0.8.0.5/upload-time": "2024-01-02T10:00:00Z\n",
		"text-icu-0.8.0/upload-time":   "2023-01-02T10:00:00Z",
		"text-icu-0.10.1/upload-time":  "soon",
		"cryptonite/preferred.json":    `{"normal-version":["0.30"]}`,
		"cryptonite/deprecated.json":   `{"is-deprecated":true,"in-favour-of":["crypton"]}`,
		"text-icu/deprecated.json":     `{"is-deprecated":false,"in-favour-of":[]}`,
	} {
		f.File("", "/package/"+path, forgetest.Content{Body: []byte(body)})
	}
	return f
}

func TestConformance(t *testing.T) {
	t.Parallel()
	w, _ := dial.Forge(t, serve(t), nil)
	var cases []sourcestest.Case
	for _, tt := range []struct {
		request sources.Request
		spec    hackage.Spec
		json    string
	}{
		{sources.Request{Ref: "hackage:text-icu"}, hackage.Spec{}, ``},
		{sources.Request{Ref: "pkg:hackage/text-icu"}, hackage.Spec{}, ``},
		{sources.Request{Ref: "https://hackage.haskell.org/package/text-icu"}, hackage.Spec{}, ``},
		{sources.Request{Ref: "https://hackage.haskell.org/package/text-icu-0.8.0"}, hackage.Spec{Versions: sources.Versions{Version: "0.8.0"}}, `,"version":"0.8.0"`},
		{sources.Request{Ref: "pkg:hackage/text-icu@0.8.0"}, hackage.Spec{Versions: sources.Versions{Version: "0.8.0"}}, `,"version":"0.8.0"`},
		{sources.Request{Ref: "hackage:text-icu", Unpack: true}, hackage.Spec{Unpack: true}, `,"unpack":true`},
		{
			sources.Request{Ref: "hackage:text-icu", StoreName: "n", Tracking: sources.Tracking{Range: sources.Range{Constraint: "<0.8"}}},
			hackage.Spec{Name: "n", Versions: sources.Versions{Range: sources.Range{Constraint: "<0.8"}}}, `,"constraint":"<0.8","name":"n"`,
		},
	} {
		tt.spec.Package = "text-icu"
		cases = append(cases, sourcestest.Case{Request: tt.request, Spec: tt.spec, Title: "text-icu", JSON: `{"type":"hackage","package":"text-icu"` + tt.json + `}`})
	}
	cases = append(cases, sourcestest.Case{
		Request: sources.Request{Ref: "hackage:text-icu", Host: "hackage.example.org"}, Spec: hackage.Spec{Host: "hackage.example.org", Package: "text-icu"},
		JSON: `{"type":"hackage","host":"hackage.example.org","package":"text-icu"}`, Title: "text-icu",
	})
	sourcestest.Conformance(t, hackage.New(w.RoundTripper()), cases)
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	list := registrytest.JSON(`[`, `"%s"`, `]`)
	registrytest.Test(t, registrytest.Package{
		New: hackage.New, Ref: "hackage:a", Host: "hackage.haskell.org", Path: "/package/a/preferred.json", Withdrawn: "2.0.0",
		List: func(versions ...string) string {
			deprecated := []string{}
			normal := slices.DeleteFunc(slices.Clone(versions), func(v string) bool { return v == "2.0.0" })
			if len(normal) < len(versions) {
				deprecated = []string{"2.0.0"}
			}
			return `{"normal-version":` + list(normal...) + `,"deprecated-version":` + list(deprecated...) + `}`
		},
	})
}

func TestResolve(t *testing.T) {
	t.Parallel()
	const at = "https://hackage.haskell.org/package/"
	registrytest.Package{New: hackage.New}.Resolves(t, serve(t),
		registrytest.Wanted{
			Request: sources.Request{Ref: "hackage:text-icu"}, Version: "0.8.0.5", Date: "2024-01-02", Held: sources.ByWithdrawal, Calls: at + "text-icu-0.8.0.5/text-icu-0.8.0.5.tar.gz", Requests: 3,
		},
		registrytest.Wanted{
			Request: sources.Request{Ref: "hackage:text-icu", Tracking: sources.Tracking{Range: sources.Range{MinAge: "7d"}}}, Version: "0.8.0.5", Date: "2024-01-02",
			Calls: at + "text-icu-0.8.0.5/text-icu-0.8.0.5.tar.gz", Requests: 4,
		},
		registrytest.Wanted{
			Request: sources.Request{Ref: "pkg:hackage/text-icu@0.10.1"}, Version: "0.10.1", Notice: "deprecated", Calls: at + "text-icu-0.10.1/text-icu-0.10.1.tar.gz", Requests: 3,
		},
		registrytest.Wanted{
			Request: sources.Request{Ref: "hackage:cryptonite"}, Version: "0.30", Notice: "upstream deprecated the package in favour of crypton", Calls: at + "cryptonite-0.30/cryptonite-0.30.tar.gz", Requests: 3,
		},
	)
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	set := sources.NewSet(hackage.New(nil))
	for _, tt := range []struct {
		request sources.Request
		want    string
	}{
		{sources.Request{Ref: "hackage:../x"}, "cannot name a package"},
		{sources.Request{Ref: "hackage:a b"}, "cannot name a package"},
		{sources.Request{Ref: "hackage:" + strings.Repeat("a", 1<<12)}, "cannot name a package"},
		{sources.Request{Ref: "hackage:a?host=b/c"}, "not a host"},
		{sources.Request{Ref: "hackage:a", Tracking: sources.Tracking{Tags: "*"}}, "does not apply"},
	} {
		spec, err := set.Parse(tt.request)
		sourcestest.WantRefusal(t, tt.request.Ref[:min(20, len(tt.request.Ref))], spec, err, tt.want)
	}
}
