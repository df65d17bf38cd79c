package page_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/page"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcestest"
	"github.com/pinfetch/pinfetch/pkg/terminal"
	"github.com/pinfetch/pinfetch/test/dial"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

const address = "https://example.org/dl/list.html"

func newKind(t *testing.T, f *forgetest.Forge) sources.Kind {
	t.Helper()
	w, _ := dial.Forge(t, f, nil)
	return page.New(w.RoundTripper())
}

func TestConformance(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	f.File("example.org", "/dl/list.html", forgetest.Content{Body: []byte("tool-1.0.zip tool-1.1.zip tool-2.0.zip")})
	f.File("example.org", "/", forgetest.Content{Body: []byte(`["1.0", "1.1-rc1"]`)})
	limited := sources.Range{Constraint: "<2"}
	sourcestest.Conformance(t, newKind(t, f), []sourcestest.Case{
		{Request: sources.Request{Ref: address, Match: `tool-([0-9.]+)\.zip`}, Title: "list",
			Spec: page.Spec{URL: address, Match: `tool-([0-9.]+)\.zip`}, JSON: `{"type":"page","url":"` + address + `","match":"tool-([0-9.]+)\\.zip"}`},
		{Request: sources.Request{Ref: address, Match: `(?P<version>1.\d)`, Tracking: sources.Tracking{Range: limited}}, Title: "list",
			Spec: page.Spec{URL: address, Match: `(?P<version>1.\d)`, Versions: sources.Versions{Range: limited}},
			JSON: `{"type":"page","url":"` + address + `","match":"(?P<version>1.\\d)","constraint":"<2"}`},
		{Request: sources.Request{Ref: "http://example.org/", Path: "$[*]", Tracking: sources.Tracking{Rev: "0.1"}}, Title: "example.org",
			Spec: page.Spec{URL: "http://example.org/", Path: "$[*]", Versions: sources.Versions{Version: "0.1"}},
			JSON: `{"type":"page","url":"http://example.org/","jsonPath":"$[*]","version":"0.1"}`},
	})
}

func TestVersions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body string
		spec       page.Spec
		want       string // the version, or a part of the error
	}{
		{"newest by order", "v1.9 v1.10 v1.2", page.Spec{Match: `v([0-9.]+)`}, "1.10"},
		{"a prefix in the group", "go1.9 go1.10", page.Spec{Match: `(go[0-9.]+)`}, "1.10"},
		{"a named group among others", "a-1.2-x", page.Spec{Match: `(a)-(?P<version>[0-9.]+)-(x)`}, "1.2"},
		{"a group that does not take part", "a b-1.0", page.Spec{Match: `a|b-([0-9.]+)`}, "1.0"},
		{"dates", "2024-01-31 2023-12-01", page.Spec{Match: `([0-9]{4}-[0-9]{2}-[0-9]{2})`}, "2024-01-31"},
		{"lone numbers", "257 256", page.Spec{Match: `([0-9]+)`}, "257"},
		{"lines", "1.0\n2.0 old\n", page.Spec{Match: `(?m)^([0-9.]+)$`}, "1.0"},
		{"one line of a megabyte", strings.Repeat("x", 1<<20) + " 1.0 " + strings.Repeat("9", 1<<20), page.Spec{Match: `\b([0-9.]+)\b`}, "1.0"},
		{"no UTF-8", "\xff\xfe1.0\xff", page.Spec{Match: `([0-9.]+)`}, "1.0"},
		{"pre-release", "1.0 1.1-rc1", page.Spec{Match: `(1\S+)`}, "1.0"},
		{"pre-release wanted", "1.0 1.1-rc1", page.Spec{Match: `(1\S+)`, Versions: sources.Versions{Range: sources.Range{Prerelease: true}}}, "1.1-rc1"},
		{"numbers", `{"a":[{"v":1.10},{"v":1.9},{"v":true},{"v":["3"]}]}`, page.Spec{Path: "$.a[*].v"}, "1.10"},
		{"filter", `[{"v":"2","lts":false},{"v":"1","lts":"Iron"}]`, page.Spec{Path: "$[?@.lts != false].v"}, "1"},
		{"keys are no versions", `{"1.0":{}}`, page.Spec{Path: "$.*"}, "matches nothing in 10 bytes"},
		{"empty", "", page.Spec{Match: `([0-9.]+)`}, "matches nothing in 0 bytes"},
		{"HTML instead of JSON", "<!DOCTYPE html>", page.Spec{Path: "$"}, "15 bytes that are not one JSON document"},
		{"two documents", "1 2", page.Spec{Path: "$"}, "not one JSON document"},
		{"deep", strings.Repeat("[", 1<<20), page.Spec{Path: "$..v"}, "not one JSON document"},
		{"words", "one two", page.Spec{Match: `(\w+)`}, "no version among 2 matches"},
		{"too many", strings.Repeat("1 ", 100_000), page.Spec{Match: `(1)`}, "100000 matches or more"},
		{"too long", strings.Repeat("x", 8<<20) + "1", page.Spec{Match: `(1)`}, "more than 8 MiB"},
		{"held back", "2.0", page.Spec{Match: `([0-9.]+)`, Versions: sources.Versions{Range: sources.Range{Constraint: "<2"}}}, "satisfies"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := forgetest.New(t)
			f.File("example.org", "/dl/list.html", forgetest.Content{Body: []byte(tt.body)})
			tt.spec.URL = address
			got, err := sources.NewSet(newKind(t, f)).Resolve(t.Context(), tt.spec)
			switch {
			case err == nil && got.Version == tt.want:
			case err == nil || !strings.Contains(err.Error(), tt.want) || len(err.Error()) > 400 || !terminal.IsSafe(err.Error()):
				t.Errorf("got %q, %v, want %q", got.Version, err, tt.want)
			case !errors.Is(err, sources.ErrNotFound) && !errors.Is(err, sources.ErrAnswer) || sourcestest.AdviceOf(err) == "" && tt.name != "too long":
				t.Errorf("got %v without a class or advice", err)
			}
		})
	}
}
