package forgejo_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/forgejo"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcestest"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

var (
	releases = sources.Tracking{Release: true}
	tool     = sources.File{Asset: "tool-{version}"}
)

const api = "/api/v1/repos/o/r/releases"

// answer lets the API of codeberg.org answer with a document.
func answer(f *forgetest.Forge, body string) {
	f.File("codeberg.org", api, forgetest.Content{ContentType: "application/json", Body: []byte(body)})
}

// The answer of a real Gitea: a draft, a pre-release and a release, whose addresses name another host.
func TestRecordedAnswer(t *testing.T) {
	t.Parallel()
	body, err := os.ReadFile("testdata/releases.json")
	if err != nil {
		t.Fatal(err)
	}
	f := forgetest.New(t)
	r := f.Repo("o/r")
	r.Tag("v1.1.0", r.Commit("main", forgetest.Files{"a": {Body: "1"}}))
	answer(f, string(body))
	set := sources.NewSet(newForgeKind(t, f))
	got, err := set.Resolve(t.Context(), forgejo.Spec{Owner: "o", Repo: "r", Tracking: releases})
	if err != nil || got.Ref != "refs/tags/v1.1.0" || len(got.Held) != 0 {
		t.Errorf("got %+v, %v, want v1.1.0", got, err)
	}
	file, err := set.Resolve(t.Context(), forgejo.Spec{Owner: "o", Repo: "r", Tracking: releases, File: sources.File{Asset: "tool-linux-*.tar.gz"}})
	want := sources.Facts{Ref: "refs/tags/v1.1.0", Version: "1.1.0", Date: "2026-11-26"}
	if err != nil || file.Facts != want || file.Call().URL != "https://codeberg.org/o/r/releases/download/v1.1.0/tool-linux-amd64.tar.gz" {
		t.Errorf("got %+v, %v, want the file of %+v", file, err, want)
	}
}

// Servers give pages of 50 releases at most, and say with a link that there are more.
func TestReleasePages(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("o/r")
	for i := range 1200 {
		name := "other"
		if i == 80 {
			name = "tool-1.80"
		}
		r.Release(forgetest.Release{Tag: fmt.Sprintf("v1.%d", i), Date: time.Date(2024, 1, 1, -i, 0, 0, 0, time.UTC), Assets: []forgetest.Asset{{Name: name}}})
	}
	set := sources.NewSet(newForgeKind(t, f))
	for _, tt := range []struct {
		tracking sources.Tracking
		asset    string
		want     string
		pages    int
	}{
		{sources.Tracking{Rev: "v1.80"}, "tool-*", "v1.80", 2},
		{releases, "tool-{version}", "v1.80", 6},
		{releases, "nothing", "", 20},
		{releases, "tool-1.80", "v1.80", 20}, // which are known by now
		{sources.Tracking{Rev: "v1.1100"}, "tool-*", "", 20},
	} {
		got, err := set.Resolve(t.Context(), forgejo.Spec{Owner: "o", Repo: "r", Tracking: tt.tracking, File: sources.File{Asset: tt.asset}})
		if strings.TrimPrefix(got.Ref, "refs/tags/") != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s: got %+v, %v, want %q", tt.asset, got, err, tt.want)
		}
		if pages := len(f.Requests()); pages != tt.pages {
			t.Errorf("%s: got %d pages, want %d", tt.asset, pages, tt.pages)
		}
	}
}

// What a server should not answer is an error of bounded length.
func TestHostileAnswers(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 1<<20)
	for name, body := range map[string]string{
		"page": "<!DOCTYPE html><title>Sign in</title>", "empty": "", "object": `{"message":"no"}`, "null": "null", "number": `[1]`, "no releases": "[]", "cut": `[{"tag_name":`,
		"number as a tag": `[{"tag_name":1}]`, "list as a tag": `[{"tag_name":["v1"]}]`, "no tag": `[{}]`, "null in it": `[null]`, "date": `[{"tag_name":"v1","published_at":"yesterday"}]`,
		"files that are none": `[{"tag_name":"v1","assets":"tool-1"}]`, "file without a name": `[{"tag_name":"v1","assets":[{},null]}]`,
		"long tag": `[{"tag_name":"v1` + long + `","assets":[{"name":"tool-1` + long + `"}]}]`, "path": `[{"tag_name":"../x","assets":[{"name":"tool-../x"}]}]`,
		"spaces": `[{"tag_name":"v1 0","assets":[{"name":"tool-1 0"}]}]`, "escape": `[{"tag_name":"v1\u001b[31m","assets":[{"name":"tool-1\u001b[31m"}]}]`,
		"option": `[{"tag_name":"-x1","assets":[{"name":"tool-1"}]}]`, "long name": `[{"tag_name":"v1","assets":[{"name":"` + long + `"}]}]`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := forgetest.New(t)
			answer(f, body)
			set := sources.NewSet(newForgeKind(t, f))
			got, err := set.Resolve(t.Context(), forgejo.Spec{Owner: "o", Repo: "r", Tracking: releases, File: tool})
			if err == nil || len(err.Error()) > 1000 || strings.Contains(err.Error(), "\x1b") {
				t.Errorf("got %+v, %.2000v, want a short error", got, err)
			}
		})
	}
}

// A used-up quota or missing credentials cost no pin whose files tag and version name.
func TestWithoutAPI(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("o/r")
	r.Tag("v1.0", r.Commit("main", forgetest.Files{"a": {Body: "1"}}))
	r.Tag("v2.0-rc1", r.Rev("main"))
	f.Fault(forgetest.Fault{Host: "codeberg.org", Path: "/api/", Kind: forgetest.Status(429, nil, "")})
	f.Fault(forgetest.Fault{Host: "gitea.com", Path: "/api/", Kind: forgetest.Status(401, nil, "")})
	f.Fault(forgetest.Fault{Host: "forgejo.example.org", Path: "/api/", Kind: forgetest.Status(500, nil, "")})
	for _, tt := range []struct {
		host, asset string
		tracking    sources.Tracking
		is          error // nil if it works
	}{
		{"", "tool-{version}", releases, nil},
		{"", "tool-{version}", sources.Tracking{Tags: "v*"}, nil},
		{"", "tool-{version}", sources.Tracking{Rev: "v1.0"}, nil},
		{"", "tool-*", releases, web.ErrRateLimited},
		{"", "tool-{version}", sources.Tracking{Rev: "v9.0"}, sources.ErrNotFound},
		{"", "tool-{version}", sources.Tracking{Tags: "w*"}, web.ErrRateLimited},
		{"gitea.com", "tool-{version}", releases, nil},
		{"gitea.com", "tool-?.0", releases, web.ErrUnauthorized},
		{"forgejo.example.org", "tool-{version}", releases, web.ErrServer},
	} {
		spec := forgejo.Spec{Host: tt.host, Owner: "o", Repo: "r", Tracking: tt.tracking, File: sources.File{Asset: tt.asset}}
		got, err := sources.NewSet(newForgeKind(t, f)).Resolve(t.Context(), spec)
		if !errors.Is(err, tt.is) || err == nil && (got.Ref != "refs/tags/v1.0" || !strings.HasSuffix(got.Call().URL, "/o/r/releases/download/v1.0/tool-1.0") || spec.Accepts(got) != nil) {
			t.Errorf("%s %+v: got %+v, %v, want v1.0 or %v", tt.asset, tt.tracking, got, err, tt.is)
		}
	}
}

// A tag may have any name: the address is escaped, and the store name is one.
func TestFileNames(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("o/r")
	r.Release(forgetest.Release{Tag: "cli/v1.0+b", Assets: []forgetest.Asset{{Name: "tool 1.0+b@x64.zip"}}})
	set := sources.NewSet(newForgeKind(t, f))
	spec := forgejo.Spec{Owner: "o", Repo: "r", Tracking: releases, File: sources.File{Asset: "tool {version}@x64.zip"}}
	got, err := set.Resolve(t.Context(), spec)
	want := sources.Fetch{Fetcher: sources.FetchURL, URL: "https://codeberg.org/o/r/releases/download/cli%2Fv1.0+b/tool%201.0+b@x64.zip", Name: "tool-1.0+b-x64.zip"}
	if err != nil || got.Call().Fetch != want || want.Validate() != nil || got.Version != "1.0+b" {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if err := spec.Accepts(got); err != nil {
		t.Error(err)
	}
	other := got
	other.Ref = "refs/tags/cli/v1.1"
	other.Calls = slices.Clone(got.Calls)
	if err := spec.Accepts(other); err == nil {
		t.Error("accepts the file of another tag")
	}
	other.Ref = "refs/heads/main"
	sourcestest.WantRefusal(t, "branch", spec, spec.Accepts(other), "no tag")
}
