package url_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/git"
	"github.com/pinfetch/pinfetch/pkg/sources/github"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/page"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcestest"
	"github.com/pinfetch/pinfetch/pkg/sources/url"
	"github.com/pinfetch/pinfetch/pkg/terminal"
	"github.com/pinfetch/pinfetch/test/dial"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// following returns the kind with two others that it can follow, all on a forge.
func following(t *testing.T, f *forgetest.Forge) sources.Kind {
	t.Helper()
	w, g := dial.Forge(t, f, nil)
	refs := gitrefs.NewClient(w, g.Refs)
	return url.New(w, w.RoundTripper(), github.New(refs, w.RoundTripper()), git.New(refs))
}

func serveVersions(t *testing.T) *forgetest.Forge {
	t.Helper()
	f := forgetest.New(t)
	r := f.Repo("o/r")
	for _, tag := range []string{"v1.9.0", "v1.10.2", "v2.0.0-rc1", "tool/v0.3+k3s1", "rel_4_5"} {
		r.Tag(tag, r.Commit("main", forgetest.Files{"a": {Body: tag}}))
	}
	r.Release(forgetest.Release{Tag: "v1.9.0"})
	f.File("example.org", "/list", forgetest.Content{Body: []byte(`{"all": ["1.0", "1.2"]}`)})
	return f
}

func TestFollowingConformance(t *testing.T) {
	t.Parallel()
	const address = "https://example.org/{version}/tool-{version}.zip"
	tracking := func(t sources.Tracking) sources.Request {
		return sources.Request{Ref: address, From: "github:o/r", Tracking: t}
	}
	repository := func(t sources.Tracking) sources.Spec { return github.Spec{Owner: "o", Repo: "r", Tracking: t} }
	early := sources.Tracking{Tags: "v*", Range: sources.Range{Constraint: "<2", Prerelease: true}}
	list := page.Spec{URL: "https://example.org/list", Path: "$.all[*]"}
	cases := []sourcestest.Case{
		{Request: tracking(sources.Tracking{}), Spec: url.Spec{URL: address, From: repository(sources.Tracking{})},
			JSON: `"url":"` + address + `","from":{"type":"github","owner":"o","repo":"r"}`},
		{Request: tracking(early), Spec: url.Spec{URL: address, From: repository(early)},
			JSON: `"url":"` + address + `","from":{"type":"github","owner":"o","repo":"r","tags":"v*","constraint":"<2","prerelease":true}`},
		{Request: tracking(sources.Tracking{Release: true}), Spec: url.Spec{URL: address, From: repository(sources.Tracking{Release: true})},
			JSON: `"url":"` + address + `","from":{"type":"github","owner":"o","repo":"r","release":true}`},
		{Request: sources.Request{Ref: address, From: "git+https://example.org/o/r", Tracking: sources.Tracking{Rev: "v1.9.0"}, Unpack: true, StoreName: "t-{major}"},
			Spec: url.Spec{URL: address, From: git.Spec{URL: "https://example.org/o/r", Tracking: sources.Tracking{Rev: "v1.9.0"}}, Content: sources.Content{Unpack: true}, Name: "t-{major}"},
			JSON: `"url":"` + address + `","from":{"type":"git","url":"https://example.org/o/r","rev":"v1.9.0"},"unpack":true,"name":"t-{major}"`},
		{Request: sources.Request{Ref: address, From: list.URL, Path: list.Path}, Spec: url.Spec{URL: address, From: list},
			JSON: `"url":"` + address + `","from":{"type":"page","url":"https://example.org/list","jsonPath":"$.all[*]"}`},
		{Request: sources.Request{Ref: "https://example.org/tool-{version}-{system}", From: "github:o/r", Systems: []string{"x86_64-linux=amd64", "aarch64-linux"}},
			Spec: url.Spec{Systems: "aarch64-linux https://example.org/tool-{version}-aarch64-linux\nx86_64-linux https://example.org/tool-{version}-amd64", From: repository(sources.Tracking{})},
			JSON: `"systems":{"aarch64-linux":"https://example.org/tool-{version}-aarch64-linux","x86_64-linux":"https://example.org/tool-{version}-amd64"},"from":{"type":"github","owner":"o","repo":"r"}`},
		{Request: sources.Request{Ref: "https://example.org/latest.zip", Redirect: true}, Spec: url.Spec{URL: "https://example.org/latest.zip", Redirect: true},
			JSON: `"url":"https://example.org/latest.zip","redirect":true`, Title: "latest", Offline: true},
	}
	for i := range cases {
		cases[i].JSON = `{"type":"url",` + cases[i].JSON + `}`
		if cases[i].Title == "" {
			cases[i].Title = "tool"
		}
	}
	sourcestest.Conformance(t, following(t, serveVersions(t)), cases)
}

// What placeholders become, in the URL, in the store name, and in the pin's name.
func TestFollow(t *testing.T) {
	t.Parallel()
	set := sources.NewSet(following(t, serveVersions(t)))
	for _, tt := range []struct {
		ref, tags, url, name, title string
	}{
		{"https://example.org/tool-{version}.zip", "v*", "https://example.org/tool-1.10.2.zip", "", "tool"},
		{"https://example.org/{tag}/tool.zip", "v*", "https://example.org/v1.10.2/tool.zip", "tool-1.10.2.zip", "tool"},
		{"https://example.org/{tag}/tool.bin", "v*", "https://example.org/v1.10.2/tool.bin", "tool-1.10.2.bin", "tool.bin"},
		{"https://example.org/{major.minor}/{major}-{minor}-{patch}/{version}", "v*", "https://example.org/1.10/1-10-2/1.10.2", "", "r"},
		{"https://example.org/{tag}/tool", "tool/*", "https://example.org/tool%2Fv0.3%2Bk3s1/tool", "tool-0.3+k3s1", "tool"},
		{"https://example.org/get?v={version}", "tool/*", "https://example.org/get?v=0.3%2Bk3s1", "get-0.3+k3s1", "get"},
		{"https://example.org/a-{version}.tar.gz", "tool/*", "https://example.org/a-0.3%2Bk3s1.tar.gz", "a-0.3+k3s1.tar.gz", "a"},
		{"https://example.org/a-{version}", "rel_*", "https://example.org/a-4_5", "", "a"},
		{"https://example.org/a-{version_dot}-{version_dash}", "rel_*", "https://example.org/a-4.5-4-5", "", "a"},
		{"https://github.com/o/r/releases/download/{tag}/{version}.tar.gz", "v*", "https://github.com/o/r/releases/download/v1.10.2/1.10.2.tar.gz", "", "r"},
	} {
		spec, err := set.Parse(sources.Request{Ref: tt.ref, From: "github:o/r", Tracking: sources.Tracking{Tags: tt.tags}})
		if err != nil {
			t.Errorf("%s: %v", tt.ref, err)
			continue
		}
		got, err := set.Resolve(t.Context(), spec)
		if c := got.Call(); err != nil || c.URL != tt.url || c.Name != tt.name || spec.Title() != tt.title || got.Rev() != "" {
			t.Errorf("%s: got %+v, %v, title %q, want %q named %q, title %q", tt.ref, got, err, spec.Title(), tt.url, tt.name, tt.title)
		}
		if err := errors.Join(got.Validate(), spec.Accepts(got)); err != nil {
			t.Errorf("%s: %v", tt.ref, err)
		}
	}
}

// A version or tag that upstream chose leads nowhere else, and errors stay short.
func TestHostileVersions(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	set := sources.NewSet(following(t, f))
	for i, version := range []string{
		"../x", "1.0/../../x", "1.0 2", "1.0?x", "1.0#x", "1.0%2e%2e", "1.0&x=y", "1.0\n", "1.0\x1b[31m", "1.0@elsewhere.org", "https://elsewhere.org/1.0",
		"1..0", "", "-1.0", ".", "1.0\u202e", strings.Repeat("1", 1<<20), strings.Repeat("1.", 1<<19) + "0",
	} {
		path := fmt.Sprintf("/%d", i)
		f.File("example.org", path, forgetest.Content{Body: []byte("<" + version + ">")})
		spec, err := set.Parse(sources.Request{Ref: "https://example.org/a-{version}", From: "https://example.org" + path, Match: `(?s)<(.*)>`})
		if err != nil {
			t.Fatal(err)
		}
		got, err := set.Resolve(t.Context(), spec)
		if !errors.Is(err, sources.ErrNotFound) || len(err.Error()) > 500 || !terminal.IsSafe(err.Error()) {
			t.Errorf("%.40q: got %+v, %.600v, want a short ErrNotFound", version, got.Call().Fetch, err)
		}
		if got, err := set.At(t.Context(), spec, version); !errors.Is(err, sources.ErrInvalid) {
			t.Errorf("%.40q: got %+v, %.600v, want an ErrInvalid", version, got, err)
		}
		locked := sources.Resolution{Facts: sources.Facts{Version: version}, Calls: []sources.Call{
			{Fetch: sources.Fetch{Fetcher: sources.FetchURL, URL: "https://example.org/a-" + version}},
		}}
		if err := spec.Accepts(locked); !errors.Is(err, sources.ErrInvalid) {
			t.Errorf("%.40q in the lock: got %v, want an ErrInvalid", version, err)
		}
	}
}

// One document serves every pin that names it, and one listing every pin of a repository.
func TestOneLookup(t *testing.T) {
	t.Parallel()
	f := serveVersions(t)
	set := sources.NewSet(following(t, f))
	for _, from := range []sources.Request{{From: "https://example.org/list", Path: "$.all[*]"}, {From: "github:o/r", Tracking: sources.Tracking{Tags: "v*"}}} {
		f.ResetLog()
		var specs []sources.Spec
		for i := range 100 {
			from.Ref = fmt.Sprintf("https://example.org/%d/tool-{version}", i)
			spec, err := set.Parse(from)
			if err != nil {
				t.Fatal(err)
			}
			set.Announce(spec)
			specs = append(specs, spec)
		}
		for _, spec := range specs {
			if _, err := set.Resolve(t.Context(), spec); err != nil {
				t.Fatal(err)
			}
		}
		if got := len(f.Requests()); got != 1 {
			t.Errorf("%s: got %d requests, want 1", from.From, got)
		}
	}
}

// The order of versions is that of the kind that lists them.
func TestOrderIsOfTheLister(t *testing.T) {
	t.Parallel()
	backwards := github.New(nil, nil)
	backwards.Order = func(a, b string) (int, bool) { return strings.Compare(b, a), true }
	set := sources.NewSet(backwards, url.New(nil, nil, backwards))
	followed := url.Spec{URL: "https://example.org/{version}", From: github.Spec{Owner: "o", Repo: "r"}}
	if order, ok := set.CompareVersions(followed, "1", "2"); order != 1 || !ok {
		t.Errorf("got %d, %v, want the order of the other kind", order, ok)
	}
	if order, ok := set.CompareVersions(url.Spec{}, "1", "2"); order != -1 || !ok {
		t.Errorf("got %d, %v, want the usual order", order, ok)
	}
}

func TestDecodeRefusesFollowing(t *testing.T) {
	t.Parallel()
	const rest = `"tags":"*"}}`
	set := sources.NewSet(url.New(nil, nil, github.New(nil, nil)))
	for name, text := range map[string]string{
		"open":           `{"type":"url","url":"https://example.org/{version}","from":{"type":"github","owner":"o","repo":"r"}}`,
		"itself":         `{"type":"url","url":"https://example.org/{version}","from":{"type":"url","url":"https://example.org/a"}}`,
		"unknown":        `{"type":"url","url":"https://example.org/{version}","from":{"type":"toy"}}`,
		"no type":        `{"type":"url","url":"https://example.org/{version}","from":{}}`,
		"null":           `{"type":"url","url":"https://example.org/{version}","from":null}`,
		"more":           `{"type":"url","url":"https://example.org/{version}","from":{"type":"github","x":1,"owner":"o","repo":"r",` + rest,
		"invalid":        `{"type":"url","url":"https://example.org/{version}","from":{"type":"github","owner":"..","repo":"r",` + rest,
		"constant":       `{"type":"url","url":"https://example.org/a","from":{"type":"github","owner":"o","repo":"r",` + rest,
		"alone":          `{"type":"url","url":"https://example.org/{version}"}`,
		"host":           `{"type":"url","url":"https://{version}/a","from":{"type":"github","owner":"o","repo":"r",` + rest,
		"system":         `{"type":"url","url":"https://example.org/{version}/{system}","from":{"type":"github","owner":"o","repo":"r",` + rest,
		"part":           `{"type":"url","url":"https://example.org/{minor}","from":{"type":"github","owner":"o","repo":"r",` + rest,
		"name":           `{"type":"url","url":"https://example.org/a","name":"a-{version}"}`,
		"page":           `{"type":"page","url":"https://example.org/a","match":"(a)"}`,
		"page's min-age": `{"type":"url","url":"https://example.org/{version}","from":{"type":"page","url":"https://example.org/a","match":"(a)","minAge":"7d"}}`,
		"redirect":       `{"type":"url","url":"https://example.org/{version}","redirect":true,"from":{"type":"github","owner":"o","repo":"r",` + rest,
	} {
		if spec, err := set.Decode([]byte(text)); err == nil && spec.Validate() == nil {
			t.Errorf("%s: got %+v, want an error", name, spec)
		}
	}
}
