package github_test

import (
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/github"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcestest"
	"github.com/pinfetch/pinfetch/test/dial"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// commit is some commit ID; a pin of a commit asks nobody.
const commit = "0123456789abcdef0123456789abcdef01234567"

// newKind returns the kind with clients that reach the forge.
func newKind(t *testing.T, f *forgetest.Forge, credentials web.Credentials) sources.Kind {
	t.Helper()
	w, g := dial.Forge(t, f, credentials, withRateLimit)
	return github.New(gitrefs.NewClient(w, g.Refs), w.RoundTripper())
}

// newForge returns a forge with the repository o/r, which every test of references asks.
func newForge(t *testing.T) (*forgetest.Forge, *forgetest.Repo) {
	t.Helper()
	f := forgetest.New(t)
	r := f.Repo("o/r")
	first := r.Commit("main", forgetest.Files{"a": {Body: "1"}})
	r.Tag("v1.0+b", first)
	r.AnnotatedTag("v1.1", first, "release")
	r.Release(forgetest.Release{Tag: "v1.1", Assets: []forgetest.Asset{{Name: "r-1.1"}, {Name: "r-1.1-linux.zip"}, {Name: "r-1.1-aarch64-darwin.zip"}}})
	r.Branch("feature/x", r.Commit("main", forgetest.Files{"a": {Body: "2"}}))
	return f, r
}

func TestConformance(t *testing.T) {
	t.Parallel()
	f, _ := newForge(t)
	var cases []sourcestest.Case
	add := func(r sources.Request, want github.Spec, json string) {
		want.Owner, want.Repo = "o", "r"
		cases = append(cases, sourcestest.Case{Request: r, Spec: want, Title: "r", JSON: strings.Replace(json, "…", `"owner":"o","repo":"r"`, 1)})
	}
	for _, ref := range []string{
		"github:o/r", "github:o/r/", "github:o/r.git", "github:o/r.git/", "github:o/r?host=github.com",
		"https://github.com/o/r", "https://github.com/o/r/", "https://github.com/o/r.git", "https://github.com/o/r.git/",
		"https://www.github.com/o/r", "http://github.com/o/r", "https://GitHub.com/o/r", "https://github.com/o/r#readme",
	} {
		add(sources.Request{Ref: ref}, github.Spec{}, `{"type":"github",…}`)
	}
	branch := github.Spec{Tracking: sources.Tracking{Branch: "feature/x"}}
	for _, ref := range []string{"https://github.com/o/r/tree/feature/x", "https://github.com/o/r/tree/feature/x/", "https://github.com/o/r/tree/feature%2Fx"} {
		add(sources.Request{Ref: ref}, branch, `{"type":"github",…,"branch":"feature/x"}`)
	}
	add(sources.Request{Ref: "github:o/r", Tracking: branch.Tracking}, branch, `{"type":"github",…,"branch":"feature/x"}`)
	tag := github.Spec{Tracking: sources.Tracking{Rev: "v1.0+b"}}
	for _, ref := range []string{"https://github.com/o/r/releases/tag/v1.0+b", "https://github.com/o/r/releases/tag/v1.0%2Bb", "https://www.github.com/o/r/releases/tag/v1.0+b/"} {
		add(sources.Request{Ref: ref}, tag, `{"type":"github",…,"rev":"v1.0+b"}`)
	}
	add(sources.Request{Ref: "github:o/r", Tracking: tag.Tracking}, tag, `{"type":"github",…,"rev":"v1.0+b"}`)
	fixed := github.Spec{Tracking: sources.Tracking{Rev: commit}}
	for _, ref := range []string{"https://github.com/o/r/commit/" + commit, "https://github.com/o/r/commit/" + strings.ToUpper(commit)} {
		add(sources.Request{Ref: ref}, fixed, `{"type":"github",…,"rev":"`+commit+`"}`)
	}
	add(sources.Request{Ref: "github:o/r", Tracking: sources.Tracking{Rev: strings.ToUpper(commit)}}, fixed, `{"type":"github",…,"rev":"`+commit+`"}`)
	add(sources.Request{Ref: "github:o/r", Tracking: sources.Tracking{Tags: "v1.*", Range: sources.Range{Constraint: "<2", Prerelease: true}}},
		github.Spec{Tracking: sources.Tracking{Tags: "v1.*", Range: sources.Range{Constraint: "<2", Prerelease: true}}},
		`{"type":"github",…,"tags":"v1.*","constraint":"<2","prerelease":true}`)
	add(sources.Request{Ref: "github:o/r", Tracking: sources.Tracking{Release: true}}, github.Spec{Tracking: sources.Tracking{Release: true}}, `{"type":"github",…,"release":true}`)
	all := sources.Checkout{Submodules: true, LFS: true, SparseCheckout: sources.NewPatterns("a", "b"), RootDir: "a/b"}
	add(sources.Request{Ref: "github:o/r", Checkout: all, StoreName: "name"}, github.Spec{Checkout: all, Name: "name"},
		`{"type":"github",…,"submodules":true,"lfs":true,"sparseCheckout":["a","b"],"rootDir":"a/b","name":"name"}`)
	ghe := github.Spec{Host: "ghe.example.org"}
	for _, r := range []sources.Request{
		{Ref: "github:o/r?host=ghe.example.org"},
		{Ref: "github:o/r", Host: "ghe.example.org"},
		{Ref: "github:o/r?host=ghe.example.org", Host: "ghe.example.org"},
		{Ref: "https://ghe.example.org/o/r", Host: "ghe.example.org"},
		{Ref: "https://ghe.example.org/o/r.git", Host: "ghe.example.org"},
	} {
		add(r, ghe, `{"type":"github","host":"ghe.example.org",…}`)
	}
	ghe.Branch = "feature/x"
	add(sources.Request{Ref: "https://ghe.example.org/o/r/tree/feature/x", Host: "ghe.example.org"}, ghe, `{"type":"github","host":"ghe.example.org",…,"branch":"feature/x"}`)
	add(sources.Request{Ref: "github:o/r", Tracking: sources.Tracking{Release: true}, Asset: "r-{version}-{system}.zip", Systems: []string{"x86_64-linux=linux", "aarch64-darwin"}, Unpack: true, NoStripRoot: true, StoreName: "name"},
		github.Spec{Tracking: sources.Tracking{Release: true}, Name: "name", File: sources.File{
			Asset: "r-{version}-{system}.zip", Systems: "aarch64-darwin aarch64-darwin\nx86_64-linux linux", Content: sources.Content{Unpack: true, NoStripRoot: true},
		}},
		`{"type":"github",…,"release":true,"asset":"r-{version}-{system}.zip","systems":{"aarch64-darwin":"aarch64-darwin","x86_64-linux":"linux"},"unpack":true,"noStripRoot":true,"name":"name"}`)
	add(sources.Request{Ref: "github:o/r", Tracking: sources.Tracking{Tags: "v*"}, Asset: "r?1.1", Executable: true},
		github.Spec{Tracking: sources.Tracking{Tags: "v*"}, File: sources.File{Asset: "r?1.1", Content: sources.Content{Executable: true}}},
		`{"type":"github",…,"tags":"v*","asset":"r?1.1","executable":true}`)
	add(sources.Request{Ref: "github:o/r", Tracking: sources.Tracking{Rev: "v1.1"}, Asset: "r-{major.minor}"},
		github.Spec{Tracking: sources.Tracking{Rev: "v1.1"}, File: sources.File{Asset: "r-{major.minor}"}}, `{"type":"github",…,"rev":"v1.1","asset":"r-{major.minor}"}`)
	sourcestest.Conformance(t, newKind(t, f, nil), cases)
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		request sources.Request
		want    string // part of the message or of the hint
	}{
		{"flake's branch", sources.Request{Ref: "github:o/r/main"}, "branch=main"},
		{"flake's query", sources.Request{Ref: "github:o/r?ref=main"}, "branch"},
		{"two hosts", sources.Request{Ref: "github:o/r?host=a.example", Host: "b.example"}, "contradicts"},
		{"the address's host and another", sources.Request{Ref: "https://github.com/o/r", Host: "ghe.example.org"}, "ghe.example.org"},
		{"the address's branch and another", sources.Request{Ref: "https://github.com/o/r/tree/main", Tracking: sources.Tracking{Branch: "dev"}}, "both say what to follow"},
		{"the address's commit and releases", sources.Request{Ref: "https://github.com/o/r/commit/" + commit, Tracking: sources.Tracking{Release: true}}, "both say what to follow"},
		{"query of an address", sources.Request{Ref: "https://github.com/o/r?ref=main"}, "query"},
		{"unpack", sources.Request{Ref: "github:o/r", Unpack: true}, "unpack"},
		{"executable", sources.Request{Ref: "github:o/r", Executable: true}, "executable"},
		{"fetch URL", sources.Request{Ref: "github:o/r", FetchURL: "https://example.org/r.git"}, "fetch-url"},
		{"store name", sources.Request{Ref: "github:o/r", StoreName: ".x/y"}, "store path"},
		{"host alone", sources.Request{Ref: "https://github.com/"}, "repository"},
		{"owner alone", sources.Request{Ref: "https://github.com/o"}, "repository"},
		{"directory above", sources.Request{Ref: "https://github.com/o/.."}, "repository"},
		{"option as branch", sources.Request{Ref: "https://github.com/o/r/tree/-x"}, "branch"},
		{"range as branch", sources.Request{Ref: "https://github.com/o/r/tree/a..b"}, "branch"},
		{"option as tag", sources.Request{Ref: "https://github.com/o/r/releases/tag/-x"}, "tag"},
		{"line break in a branch", sources.Request{Ref: "https://github.com/o/r/tree/a%0Ab"}, "branch"},
		{"escape in a branch", sources.Request{Ref: "https://github.com/o/r/tree/a%1B%5B31m"}, "branch"},
		{"option as commit", sources.Request{Ref: "https://github.com/o/r/commit/%2D%2Dx"}, "commit"},
		{"port that is none", sources.Request{Ref: "github:o/r", Host: "ghe.example.org:x"}, "host"},
	} {
		spec, err := sources.NewSet(github.New(nil, nil)).Parse(tt.request)
		sourcestest.WantRefusal(t, tt.name, spec, err, tt.want)
	}
}

// Addresses of github.com that are no repository's belong to the kind for files.
func TestParseLeavesFiles(t *testing.T) {
	t.Parallel()
	for _, ref := range []string{
		"https://github.com/o/r/releases/download/v1/a.tar.gz", "https://github.com/o/r/archive/refs/tags/v1.tar.gz", "https://github.com/o/r/raw/main/a",
		"https://raw.githubusercontent.com/o/r/main/a", "https://notgithub.com/o/r", "https://github.com.example.org/o/r", "https://ghe.example.org/o/r",
	} {
		_, err := sources.NewSet(github.New(nil, nil)).Parse(sources.Request{Ref: ref})
		if err == nil || !strings.Contains(err.Error(), "expected github:OWNER/REPO") {
			t.Errorf("%s: got %v, want it left to another kind", ref, err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	set := sources.NewSet(github.New(nil, nil))
	for name, text := range map[string]string{
		"no owner":        `{"type":"github","repo":"r","tags":"*"}`,
		"owner with path": `{"type":"github","owner":"o/p","repo":"r","tags":"*"}`,
		"dots":            `{"type":"github","owner":"o","repo":"..","tags":"*"}`,
		"host with user":  `{"type":"github","host":"u@h","owner":"o","repo":"r","tags":"*"}`,
		"two things":      `{"type":"github","owner":"o","repo":"r","tags":"*","branch":"main"}`,
		"nothing":         `{"type":"github","owner":"o","repo":"r"}`,
		"option":          `{"type":"github","owner":"o","repo":"r","branch":"--upload-pack=id"}`,
		"empty pattern":   `{"type":"github","owner":"o","repo":"r","tags":"*","sparseCheckout":[""]}`,
		"two in one":      `{"type":"github","owner":"o","repo":"r","tags":"*","sparseCheckout":["a\nb"]}`,
		"other kind's":    `{"type":"github","owner":"o","repo":"r","tags":"*","url":"https://example.org"}`,
		"other case":      `{"type":"github","Owner":"o","repo":"r","tags":"*"}`,
	} {
		if spec, err := set.Decode([]byte(text)); err == nil && spec.Validate() == nil {
			t.Errorf("%s: got %+v, want an error", name, spec)
		}
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	set := sources.NewSet(github.New(nil, nil))
	at := func(rev string) sources.Resolution {
		return sources.Resolution{Calls: []sources.Call{{Fetch: sources.Fetch{Fetcher: sources.FetchFromGitHub, Owner: "o", Repo: "r", Rev: rev}}}}
	}
	other := strings.Repeat("f", 40)
	for _, tt := range []struct {
		spec     github.Spec
		from, to string
		want     string
	}{
		{github.Spec{Owner: "o", Repo: "r"}, commit, other, "https://github.com/o/r/compare/" + commit + "..." + other},
		{github.Spec{Host: "ghe.example.org", Owner: "o", Repo: "r"}, commit, other, "https://ghe.example.org/o/r/compare/" + commit + "..." + other},
		{github.Spec{Owner: "o", Repo: "r"}, commit, commit, ""},
		{github.Spec{Owner: "o", Repo: "r"}, "", other, ""},
	} {
		if got := set.Compare(tt.spec, at(tt.from), at(tt.to)); got != tt.want {
			t.Errorf("%+v: got %q, want %q", tt.spec, got, tt.want)
		}
	}
}
