package npm_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/npm"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcestest"
	"github.com/pinfetch/pinfetch/test/dial"
	"github.com/pinfetch/pinfetch/test/forgetest"
	"github.com/pinfetch/pinfetch/test/registrytest"
)

// What the registry publishes of left-pad-1.3.0.tgz.
const (
	integrity = "sha512-XI5MPzVNApjAyhQzphX8BkmKsKUxD4LdyK24iZeQGinBN9yTQT3bFlCBy/aVx2HrNcqQGsdot8ghrjyrvMCoEA=="
	sha1      = "5b8a3a7765dfe001261dde915589e782f8c94d1e"
	sha256    = "sha256-mdz9qusXyvblJvMrant4BGFRKrPx2ZIYeAFpTLpCdww="
)

const host = "https://registry.npmjs.org/"

// version writes a version of a package, with more members of "dist".
func version(address, number, dist string) string {
	return fmt.Sprintf(`"%s":{"dist":{"tarball":"%s"%s}}`, number, address, dist)
}

var all = `,"integrity":"` + integrity + `","shasum":"` + sha1 + `"`

// tool is a package with what is newer than "latest", pre-releases and old versions.
func tool(t *testing.T) *forgetest.Forge {
	t.Helper()
	f := forgetest.New(t)
	var versions []string
	for _, number := range []string{"1.0.0", "2.0.0", "2.1.0", "2.2.0-rc.1", "3.0.0", "3.1.0-beta.2"} {
		versions = append(versions, version(host+"@acme/tool/-/tool-"+number+".tgz", number, all))
	}
	versions = append(versions,
		`"1.1.0":{"dist":{"tarball":"`+host+`@acme/tool/-/tool-1.1.0.tgz","shasum":"`+sha1+`"},"deprecated":"use\u001b[31m 2"}`,
		`"1.2.0":{"dist":{"tarball":"`+host+`@acme/tool/-/tool-1.2.0.tgz","integrity":"sha1-AAAA `+sha256+`"},"deprecated":false}`,
		`"1.3.0":{"dist":{"tarball":"`+host+`@acme/tool/-/tool-1.3.0.tgz","integrity":"`+sha256+` `+integrity+`?x"}}`,
		`"1.4.0":{"dist":{"tarball":"`+host+`@acme/tool/-/tool-1.4.0.tgz"}}`,
	)
	body := `{"name":"@acme/tool","dist-tags":{"latest":"2.1.0","next":"3.1.0-beta.2","old":"1.0.0"},"versions":{` + strings.Join(versions, ",") + `}%s}`
	times := `,"time":{"created":"2020-01-01T00:00:00.000Z","unpublished":{},"1.0.0":"2020-01-01T00:00:00.000Z","2.0.0":"2021-01-01T00:00:00.000Z","2.1.0":"2999-01-01T00:00:00.000Z"}`
	f.File("registry.npmjs.org", "/@acme/tool", forgetest.Content{Body: fmt.Appendf(nil, body, "")})
	f.File("npm.example.org", "/@acme/tool", forgetest.Content{Body: fmt.Appendf(nil, strings.ReplaceAll(body, host, "https://npm.example.org/api/npm/"), times)})
	return f
}

func TestConformance(t *testing.T) {
	t.Parallel()
	w, _ := dial.Forge(t, tool(t), nil)
	var cases []sourcestest.Case
	for _, tt := range []struct {
		request sources.Request
		spec    npm.Spec
		json    string
	}{
		{sources.Request{Ref: "npm:@acme/tool"}, npm.Spec{}, ``},
		{sources.Request{Ref: "pkg:npm/%40acme/tool"}, npm.Spec{}, ``},
		{sources.Request{Ref: "https://www.npmjs.com/package/@acme/tool?activeTab=code"}, npm.Spec{}, ``},
		{sources.Request{Ref: "https://www.npmjs.com/package/@acme/tool/v/1.0.0"}, npm.Spec{Versions: sources.Versions{Version: "1.0.0"}}, `,"version":"1.0.0"`},
		{sources.Request{Ref: "pkg:npm/%40acme/tool@1.0.0"}, npm.Spec{Versions: sources.Versions{Version: "1.0.0"}}, `,"version":"1.0.0"`},
		{sources.Request{Ref: "npm:@acme/tool", DistTag: "next"}, npm.Spec{DistTag: "next"}, `,"distTag":"next"`},
		{sources.Request{Ref: "npm:@acme/tool", Unpack: true}, npm.Spec{Unpack: true}, `,"unpack":true`},
		{sources.Request{Ref: "npm:@acme/tool", StoreName: "n", Tracking: sources.Tracking{Range: sources.Range{Constraint: "<2"}}},
			npm.Spec{Name: "n", Versions: sources.Versions{Range: sources.Range{Constraint: "<2"}}}, `,"constraint":"<2","name":"n"`},
	} {
		tt.spec.Package = "@acme/tool"
		cases = append(cases, sourcestest.Case{Request: tt.request, Spec: tt.spec, Title: "tool", JSON: `{"type":"npm","package":"@acme/tool"` + tt.json + `}`})
	}
	cases = append(cases, sourcestest.Case{
		Request: sources.Request{Ref: "npm:@acme/tool?host=npm.example.org", Tracking: sources.Tracking{Range: sources.Range{MinAge: "2w"}}},
		Spec:    npm.Spec{Host: "npm.example.org", Package: "@acme/tool", Versions: sources.Versions{Range: sources.Range{MinAge: "2w"}}},
		JSON:    `{"type":"npm","host":"npm.example.org","package":"@acme/tool","minAge":"2w"}`, Title: "tool",
	})
	sourcestest.Conformance(t, npm.New(w.RoundTripper()), cases)
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	registrytest.Test(t, registrytest.Package{
		New: npm.New, Ref: "npm:a", Host: "registry.npmjs.org", Path: "/a", Early: "2.0.0-rc.1",
		List: registrytest.JSON(`{"dist-tags":{},"versions":{`, version(host+"a/-/a-%s.tgz", "%s", all), `}}`),
	})
}

func TestChoose(t *testing.T) {
	t.Parallel()
	f := tool(t)
	constraint := func(text string) sources.Tracking { return sources.Tracking{Range: sources.Range{Constraint: text}} }
	early := sources.Tracking{Range: sources.Range{Prerelease: true}}
	old := sources.Tracking{Range: sources.Range{MinAge: "7d"}}
	for _, tt := range []struct {
		name    string
		request sources.Request
		want    string // the version, and why newer ones are not taken
	}{
		{"latest", sources.Request{}, "2.1.0 prerelease 3.1.0-beta.2"},
		{"constraint that latest satisfies", sources.Request{Tracking: constraint(">=1.3")}, "2.1.0 prerelease 3.1.0-beta.2"},
		{"constraint that latest does not satisfy", sources.Request{Tracking: constraint(">=3")}, "3.0.0 prerelease 3.1.0-beta.2"},
		{"lower constraint", sources.Request{Tracking: constraint("<2")}, "1.4.0 constraint 3.0.0"},
		{"pre-releases", sources.Request{Tracking: early}, "3.1.0-beta.2"},
		{"dist-tag of a pre-release", sources.Request{DistTag: "next"}, "3.1.0-beta.2"},
		{"dist-tag of an old version", sources.Request{DistTag: "old"}, "1.0.0"},
		{"fixed", sources.Request{Tracking: sources.Tracking{Rev: "1.2.0"}}, "1.2.0"},
		{"old enough", sources.Request{Host: "npm.example.org", Tracking: old}, "2.0.0 min-age 2.1.0"},
		{"unknown dist-tag", sources.Request{DistTag: "beta"}, `error: package "tool": dist-tag "beta": not found; the package has latest, next, old`},
		{"no dates", sources.Request{Tracking: old}, `error: package "tool": no version among 10 versions has a date, so none is known to be at least 7d old; min-age=`},
		{"unknown version", sources.Request{Tracking: sources.Tracking{Rev: "9.0.0"}}, `error: version "9.0.0" of package "tool" among 10 versions: not found; give a version as the registry writes it`},
	} {
		tt.request.Ref = "npm:@acme/tool"
		found, err := registrytest.Package{New: npm.New}.Resolve(t, f, tt.request)
		got := found.Version
		if err != nil {
			got = "error: " + err.Error() + "; " + sourcestest.AdviceOf(err)
		} else if len(found.Held) > 0 {
			got += fmt.Sprintf(" %s %s", found.Held[0].By, found.Held[0].Available.Version)
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestCalls(t *testing.T) {
	t.Parallel()
	f := tool(t)
	file := func(number string) sources.Fetch {
		return sources.Fetch{Fetcher: sources.FetchURL, URL: host + "@acme/tool/-/tool-" + number + ".tgz"}
	}
	unpacked := sources.Fetch{Fetcher: sources.FetchZip, URL: file("2.1.0").URL, StripRoot: true, Extension: "tar.gz"}
	for _, tt := range []struct {
		version string
		unpack  bool
		fetch   sources.Fetch
		hash    string
		digest  string
	}{
		{"2.1.0", false, file("2.1.0"), integrity, ""},
		{"2.1.0", true, unpacked, "", "sha512:5c8e4c3f354d0298c0ca1433a615fc06498ab0a5310f82ddc8adb88997901a29c137dc93413ddb165081cbf695c761eb35ca901ac768b7c821ae3cabbcc0a810"},
		{"1.1.0", false, file("1.1.0"), "", "sha1:" + sha1},
		{"1.2.0", false, file("1.2.0"), sha256, ""},
		{"1.3.0", false, file("1.3.0"), integrity, ""},
		{"1.4.0", false, file("1.4.0"), "", ""},
	} {
		r := sources.Request{Ref: "npm:@acme/tool", Unpack: tt.unpack, Tracking: sources.Tracking{Rev: tt.version}}
		got, err := registrytest.Package{New: npm.New}.Resolve(t, f, r)
		c := got.Call()
		if err != nil || c.Fetch != tt.fetch || c.Hash.String() != tt.hash || string(c.Digest) != tt.digest {
			t.Errorf("%s: got %+v, hash %s, digest %s, %v", tt.version, c.Fetch, c.Hash, c.Digest, err)
		}
		notice := ""
		if tt.version == "1.1.0" {
			notice = "upstream deprecated 1.1.0: use\ufffd[31m 2"
		}
		if got.Notice != notice {
			t.Errorf("%s: got notice %q, want %q", tt.version, got.Notice, notice)
		}
	}
}

// A tarball is locked only if it is where a registry has it.
func TestTarballElsewhere(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"https://example.org/a/-/a-1.0.0.tgz", "http://registry.npmjs.org/a/-/a-1.0.0.tgz", "https://u:p@registry.npmjs.org/a/-/a-1.0.0.tgz", host + "a/-/a-1.0.0.tgz?token=x",
		host + "a/-/a-1.0.1.tgz", host + "b/-/b-1.0.0.tgz", host + "b/../a/-/a-1.0.0.tgz", "https://registry.npmjs.org:81/a/-/a-1.0.0.tgz", "file:///a/-/a-1.0.0.tgz", "", "%",
		host + strings.Repeat("x", 1<<20),
	} {
		f := forgetest.New(t)
		f.File("registry.npmjs.org", "/a", forgetest.Content{Body: []byte(`{"versions":{` + version(address, "1.0.0", all) + `}}`)})
		got, err := registrytest.Package{New: npm.New}.Resolve(t, f, sources.Request{Ref: "npm:a"})
		if err == nil || !strings.Contains(err.Error(), "its tarball is at") || len(err.Error()) > 1000 || strings.Contains(err.Error(), "u:p") {
			t.Errorf("%.50s: got %+v, %v", address, got, err)
		}
	}
}

// The document about a package is limited, and the error says so.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	f.File("registry.npmjs.org", "/a", forgetest.Content{Body: []byte(`{"readme":"` + strings.Repeat("x", 32<<20) + `"}`)})
	got, err := registrytest.Package{New: npm.New}.Resolve(t, f, sources.Request{Ref: "npm:a"})
	if !errors.Is(err, web.ErrTooLarge) || !strings.Contains(err.Error(), "more than 33554432 bytes") {
		t.Errorf("got %+v, %v, want the limit", got, err)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	set := sources.Codecs{npm.Codec()}
	for _, tt := range []struct {
		request sources.Request
		want    string
	}{
		{sources.Request{Ref: "npm:"}, "cannot name"},
		{sources.Request{Ref: "npm:../x"}, "cannot name"},
		{sources.Request{Ref: "npm:a b"}, "cannot name"},
		{sources.Request{Ref: "npm:.a"}, "cannot name"},
		{sources.Request{Ref: "npm:a/b"}, "cannot name"},
		{sources.Request{Ref: "npm:@a/.."}, "cannot name"},
		{sources.Request{Ref: "npm:@/a"}, "cannot name"},
		{sources.Request{Ref: "npm:@a/b/c"}, "cannot name"},
		{sources.Request{Ref: "npm:" + strings.Repeat("a", 215)}, "cannot name"},
		{sources.Request{Ref: "npm:express@4.17.1"}, "npm:express rev rev=4.17.1"},
		{sources.Request{Ref: "npm:@babel/core@7.0.0"}, "npm:@babel/core rev rev=7.0.0"},
		{sources.Request{Ref: "npm:a?host=b/c"}, "not a host"},
		{sources.Request{Ref: "npm:a?registry=b"}, "registry"},
		{sources.Request{Ref: "npm:a", DistTag: "a b"}, "not a dist-tag"},
		{sources.Request{Ref: "npm:a", DistTag: "next", Tracking: sources.Tracking{Range: sources.Range{Constraint: "<2"}}}, "dist-tag names one version"},
		{sources.Request{Ref: "npm:a", DistTag: "next", Tracking: sources.Tracking{Rev: "1.0.0"}}, "dist-tag names one version"},
		{sources.Request{Ref: "npm:a", Tracking: sources.Tracking{Range: sources.Range{Constraint: "^1.2"}}}, "constraint=>=1.2, <2"},
		{sources.Request{Ref: "npm:a", NoUnpack: true}, "no-unpack does not apply"},
	} {
		spec, err := set.Parse(tt.request)
		sourcestest.WantRefusal(t, tt.request.Ref, spec, err, tt.want)
	}
}
