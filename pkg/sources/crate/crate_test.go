package crate_test

import (
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/crate"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcestest"
	"github.com/pinfetch/pinfetch/test/dial"
	"github.com/pinfetch/pinfetch/test/forgetest"
	"github.com/pinfetch/pinfetch/test/registrytest"
)

// The checksum of nurl-0.3.0.crate, in hex and as nixpkgs writes it.
const (
	sum = "6cf959f266303433f2742b00ec1197261e3ecea0b02366adcbf6ca4c7ca01077"
	sri = "sha256-bPlZ8mYwNDPydCsA7BGXJh4+zqCwI2aty/bKTHygEHc="
)

// index writes the index of a crate: a line for each version, which "|" separates from more members. Its spacing differs
// between servers.
func index(name string) func(versions ...string) string {
	return func(versions ...string) string {
		var text strings.Builder
		for i, v := range versions {
			number, more, _ := strings.Cut(v, " | ")
			line := `{"name":"` + name + `","vers":"` + number + `","deps":[],"cksum":"` + sum + `","features":{}` + more + "}\n"
			if i%2 == 1 {
				line = strings.ReplaceAll(line, `":`, `": `)
			}
			text.WriteString(line)
		}
		return text.String() + "\n"
	}
}

func nurl(t *testing.T) *forgetest.Forge {
	t.Helper()
	f := forgetest.New(t)
	f.File("index.crates.io", "/nu/rl/nurl", forgetest.Content{Body: []byte(index("nurl")(
		`0.4.0-rc.1`, `0.2.0 | ,"yanked":false`, `0.3.1 | ,"yanked":true,"pubtime":"2023-02-01T00:00:00Z"`, `0.3.0 | ,"yanked":false,"pubtime":"2023-01-02T20:00:00Z"`, `0.1.0+1.8.1`,
	))})
	return f
}

func TestConformance(t *testing.T) {
	t.Parallel()
	w, _ := dial.Forge(t, nurl(t), nil)
	var cases []sourcestest.Case
	for _, tt := range []struct {
		request sources.Request
		spec    crate.Spec
		json    string
	}{
		{sources.Request{Ref: "crate:nurl"}, crate.Spec{}, ``},
		{sources.Request{Ref: "pkg:cargo/nurl"}, crate.Spec{}, ``},
		{sources.Request{Ref: "https://crates.io/crates/nurl"}, crate.Spec{}, ``},
		{sources.Request{Ref: "https://crates.io/crates/nurl/versions?sort=date"}, crate.Spec{}, ``},
		{sources.Request{Ref: "https://crates.io/crates/nurl/0.3.0"}, crate.Spec{Versions: sources.Versions{Version: "0.3.0"}}, `,"version":"0.3.0"`},
		{sources.Request{Ref: "https://crates.io/crates/nurl/0.3.0/dependencies"}, crate.Spec{Versions: sources.Versions{Version: "0.3.0"}}, `,"version":"0.3.0"`},
		{sources.Request{Ref: "pkg:cargo/nurl@0.1.0%2B1.8.1"}, crate.Spec{Versions: sources.Versions{Version: "0.1.0+1.8.1"}}, `,"version":"0.1.0+1.8.1"`},
		{sources.Request{Ref: "crate:nurl", NoUnpack: true}, crate.Spec{NoUnpack: true}, `,"noUnpack":true`},
		{sources.Request{Ref: "crate:nurl", StoreName: "n", Tracking: sources.Tracking{Range: sources.Range{Constraint: "<2", Prerelease: true}}},
			crate.Spec{Name: "n", Versions: sources.Versions{Range: sources.Range{Constraint: "<2", Prerelease: true}}}, `,"constraint":"<2","prerelease":true,"name":"n"`},
	} {
		tt.spec.Package = "nurl"
		cases = append(cases, sourcestest.Case{Request: tt.request, Spec: tt.spec, Title: "nurl", JSON: `{"type":"crate","package":"nurl"` + tt.json + `}`})
	}
	sourcestest.Conformance(t, crate.New(w.RoundTripper()), cases)
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	registrytest.Test(t, registrytest.Package{
		New: crate.New, Ref: "crate:abc", Host: "index.crates.io", Path: "/3/a/abc", Early: "2.0.0-rc.1", Withdrawn: `2.0.0 | ,"yanked":true`, List: index("abc"),
	})
}

func TestResolve(t *testing.T) {
	t.Parallel()
	f := nurl(t)
	const files = "https://static.crates.io/crates/nurl/nurl-"
	archive := func(version string) sources.Call {
		return sources.Call{Digest: "sha256:" + sum, Fetch: sources.Fetch{Fetcher: sources.FetchZip, URL: files + version + ".crate", StripRoot: true, Extension: "tar.gz"}}
	}
	file := sources.Call{Fetch: sources.Fetch{Fetcher: sources.FetchURL, URL: files + "0.3.0.crate", Name: "nurl-0.3.0.tar.gz"}}
	for _, tt := range []struct {
		name    string
		request sources.Request
		want    sources.Facts
		call    sources.Call
		sri     string
	}{
		{"contents", sources.Request{}, sources.Facts{Version: "0.3.0", Date: "2023-01-02"}, archive("0.3.0"), ""},
		{"file", sources.Request{NoUnpack: true}, sources.Facts{Version: "0.3.0", Date: "2023-01-02"}, file, sri},
		{"pre-release", sources.Request{Tracking: sources.Tracking{Range: sources.Range{Prerelease: true}}}, sources.Facts{Version: "0.4.0-rc.1"}, archive("0.4.0-rc.1"), ""},
		{"build metadata", sources.Request{Tracking: sources.Tracking{Rev: "0.1.0+1.8.1"}}, sources.Facts{Version: "0.1.0+1.8.1"}, archive("0.1.0%2B1.8.1"), ""},
		{"yanked, by its version", sources.Request{Tracking: sources.Tracking{Rev: "0.3.1"}}, sources.Facts{Version: "0.3.1", Date: "2023-02-01"}, archive("0.3.1"), ""},
		{"old enough", sources.Request{Tracking: sources.Tracking{Range: sources.Range{MinAge: "7d"}}}, sources.Facts{Version: "0.3.0", Date: "2023-01-02"}, archive("0.3.0"), ""},
	} {
		tt.request.Ref = "crate:nurl"
		got, err := registrytest.Package{New: crate.New}.Resolve(t, f, tt.request)
		call := got.Call()
		if hash := call.Hash.String(); err != nil || got.Facts != tt.want || hash != tt.sri {
			t.Errorf("%s: got %+v, hash %s, %v, want %+v, hash %s", tt.name, got.Facts, hash, err, tt.want, tt.sri)
		}
		call.Hash = tt.call.Hash
		if call != tt.call || (got.Notice != "") != strings.Contains(tt.name, "yanked") {
			t.Errorf("%s: got %+v, notice %q, want %+v", tt.name, call, got.Notice, tt.call)
		}
	}
}

// The index ignores case, but the files have the name as it was registered.
func TestName(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{"a": "/1/a", "AB": "/2/ab", "abC": "/3/a/abc", "Serde_Json": "/se/rd/serde_json"} {
		f := forgetest.New(t)
		f.File("index.crates.io", path, forgetest.Content{Body: []byte(index(name)("1.0.0"))})
		got, err := registrytest.Package{New: crate.New}.Resolve(t, f, sources.Request{Ref: "crate:" + name})
		if err != nil || got.Version != "1.0.0" {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
		other := strings.ToUpper(name)
		if other == name {
			other = strings.ToLower(name)
		}
		_, err = registrytest.Package{New: crate.New}.Resolve(t, f, sources.Request{Ref: "crate:" + other})
		sourcestest.WantRefusal(t, other, nil, err, "crate:"+name)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	set := sources.Codecs{crate.Codec()}
	for _, tt := range []struct {
		request sources.Request
		want    string
	}{
		{sources.Request{Ref: "crate:"}, "cannot name"},
		{sources.Request{Ref: "crate:../x"}, "cannot name"},
		{sources.Request{Ref: "crate:a b"}, "cannot name"},
		{sources.Request{Ref: "crate:1a"}, "cannot name"},
		{sources.Request{Ref: "crate:a.b"}, "cannot name"},
		{sources.Request{Ref: "crate:" + strings.Repeat("a", 1<<12)}, "cannot name"},
		{sources.Request{Ref: "crate:serde@1.0.0"}, "crate:serde rev rev=1.0.0"},
		{sources.Request{Ref: "crate:serde?host=example.org"}, "host"},
		{sources.Request{Ref: "pkg:cargo/serde@1.0.0", Tracking: sources.Tracking{Rev: "1.0.1"}}, "both"},
		{sources.Request{Ref: "crate:serde", Tracking: sources.Tracking{Rev: "../1.0"}}, "not a version"},
		{sources.Request{Ref: "crate:serde", Tracking: sources.Tracking{Rev: "1.0.0", Range: sources.Range{Constraint: "<2"}}}, "no choice"},
		{sources.Request{Ref: "crate:serde", Tracking: sources.Tracking{Tags: "*"}}, "tag does not apply"},
		{sources.Request{Ref: "crate:serde", Unpack: true}, "unpack does not apply"},
	} {
		spec, err := set.Parse(tt.request)
		sourcestest.WantRefusal(t, tt.request.Ref[:min(len(tt.request.Ref), 40)], spec, err, tt.want)
		if err != nil && len(err.Error()) > 2000 {
			t.Errorf("%.40s: an error of %d bytes", tt.request.Ref, len(err.Error()))
		}
	}
}
