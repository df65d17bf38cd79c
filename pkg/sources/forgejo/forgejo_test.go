package forgejo_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/forgejo"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcestest"
	"github.com/pinfetch/pinfetch/test/dial"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

const commit = "0123456789abcdef0123456789abcdef01234567"

// newKind returns the kind with clients that reach a forge with the repository o/r.
func newKind(t *testing.T) (sources.Kind, *forgetest.Repo) {
	t.Helper()
	f := forgetest.New(t)
	r := f.Repo("o/r")
	first := r.Commit("main", forgetest.Files{"a": {Body: "1"}})
	r.Tag("v1.0+b", first)
	r.AnnotatedTag("v1.1", first, "release")
	r.Release(forgetest.Release{Tag: "v1.1", Assets: []forgetest.Asset{{Name: "r-1.1"}, {Name: "r-1.1-linux.zip"}, {Name: "r-1.1-aarch64-darwin.zip"}}})
	r.Branch("feature/x", r.Commit("main", forgetest.Files{"a": {Body: "2"}}))
	return newForgeKind(t, f), r
}

func newForgeKind(t *testing.T, f *forgetest.Forge) sources.Kind {
	t.Helper()
	w, g := dial.Forge(t, f, nil)
	return forgejo.New(gitrefs.NewClient(w, g.Refs), w.RoundTripper())
}

func TestConformance(t *testing.T) {
	t.Parallel()
	kind, _ := newKind(t)
	var cases []sourcestest.Case
	add := func(r sources.Request, want forgejo.Spec, json string) {
		want.Owner, want.Repo = "o", "r"
		cases = append(cases, sourcestest.Case{Request: r, Spec: want, Title: "r", JSON: strings.Replace(json, "…", `"owner":"o","repo":"r"`, 1)})
	}
	for _, ref := range []string{
		"forgejo:o/r", "gitea:o/r", "codeberg:o/r", "codeberg:o/r.git/", "forgejo:codeberg.org/o/r", "codeberg:o/r?host=codeberg.org",
		"https://codeberg.org/o/r", "https://codeberg.org/o/r/", "http://codeberg.org/o/r#x", "https://codeberg.org/o/r/releases", "https://codeberg.org/o/r/src",
	} {
		add(sources.Request{Ref: ref}, forgejo.Spec{}, `{"type":"forgejo",…}`)
	}
	branch := forgejo.Spec{Tracking: sources.Tracking{Branch: "feature/x"}}
	add(sources.Request{Ref: "https://codeberg.org/o/r/src/branch/feature/x"}, branch, `{"type":"forgejo",…,"branch":"feature/x"}`)
	add(sources.Request{Ref: "forgejo:o/r", Tracking: branch.Tracking}, branch, `{"type":"forgejo",…,"branch":"feature/x"}`)
	tag := forgejo.Spec{Tracking: sources.Tracking{Rev: "v1.0+b"}}
	for _, ref := range []string{"https://codeberg.org/o/r/src/tag/v1.0+b", "https://codeberg.org/o/r/releases/tag/v1.0%2Bb"} {
		add(sources.Request{Ref: ref}, tag, `{"type":"forgejo",…,"rev":"v1.0+b"}`)
	}
	fixed := forgejo.Spec{Tracking: sources.Tracking{Rev: commit}}
	for _, ref := range []string{"https://codeberg.org/o/r/src/commit/" + commit, "https://codeberg.org/o/r/commit/" + strings.ToUpper(commit)} {
		add(sources.Request{Ref: ref}, fixed, `{"type":"forgejo",…,"rev":"`+commit+`"}`)
	}
	add(sources.Request{Ref: "codeberg:o/r", Tracking: sources.Tracking{Tags: "v1.*", Range: sources.Range{Constraint: "<2", Prerelease: true}}},
		forgejo.Spec{Tracking: sources.Tracking{Tags: "v1.*", Range: sources.Range{Constraint: "<2", Prerelease: true}}},
		`{"type":"forgejo",…,"tags":"v1.*","constraint":"<2","prerelease":true}`)
	all := sources.Checkout{Submodules: true, LFS: true, SparseCheckout: sources.NewPatterns("a", "b"), RootDir: "a/b"}
	add(sources.Request{Ref: "forgejo:o/r", Checkout: all, StoreName: "name"}, forgejo.Spec{Checkout: all, Name: "name"},
		`{"type":"forgejo",…,"submodules":true,"lfs":true,"sparseCheckout":["a","b"],"rootDir":"a/b","name":"name"}`)
	add(sources.Request{Ref: "forgejo:o/r", Access: sources.Access{Private: true}}, forgejo.Spec{Access: sources.Access{Private: true}}, `{"type":"forgejo",…,"private":true}`)
	for _, r := range []sources.Request{
		{Ref: "forgejo:o/r?host=git.example.org"},
		{Ref: "gitea:o/r", Host: "git.example.org"},
		{Ref: "forgejo:git.example.org/o/r"},
		{Ref: "gitea:git.example.org/o/r", Host: "git.example.org"},
	} {
		add(r, forgejo.Spec{Host: "git.example.org"}, `{"type":"forgejo","host":"git.example.org",…}`)
	}
	add(sources.Request{Ref: "https://git.example.org/o/r/src/commit/" + commit, Host: "git.example.org"},
		forgejo.Spec{Host: "git.example.org", Tracking: fixed.Tracking}, `{"type":"forgejo","host":"git.example.org",…,"rev":"`+commit+`"}`)
	add(sources.Request{Ref: "https://gitea.com/o/r"}, forgejo.Spec{Host: "gitea.com"}, `{"type":"forgejo","host":"gitea.com",…}`)
	add(sources.Request{Ref: "forgejo:localhost:3000/o/r"}, forgejo.Spec{Host: "localhost:3000"}, `{"type":"forgejo","host":"localhost:3000",…}`)
	add(sources.Request{Ref: "forgejo:o/r", Tracking: sources.Tracking{Release: true}, Asset: "r-{version}-{system}.zip", Systems: []string{"x86_64-linux=linux", "aarch64-darwin"}, Unpack: true, NoStripRoot: true, StoreName: "name"},
		forgejo.Spec{Tracking: sources.Tracking{Release: true}, Name: "name", File: sources.File{
			Asset: "r-{version}-{system}.zip", Systems: "aarch64-darwin aarch64-darwin\nx86_64-linux linux", Content: sources.Content{Unpack: true, NoStripRoot: true},
		}},
		`{"type":"forgejo",…,"release":true,"asset":"r-{version}-{system}.zip","systems":{"aarch64-darwin":"aarch64-darwin","x86_64-linux":"linux"},"unpack":true,"noStripRoot":true,"name":"name"}`)
	add(sources.Request{Ref: "forgejo:o/r", Tracking: sources.Tracking{Tags: "v*"}, Asset: "r?1.1", Executable: true},
		forgejo.Spec{Tracking: sources.Tracking{Tags: "v*"}, File: sources.File{Asset: "r?1.1", Content: sources.Content{Executable: true}}},
		`{"type":"forgejo",…,"tags":"v*","asset":"r?1.1","executable":true}`)
	add(sources.Request{Ref: "forgejo:o/r", Tracking: sources.Tracking{Rev: "v1.1"}, Asset: "r-{major.minor}"},
		forgejo.Spec{Tracking: sources.Tracking{Rev: "v1.1"}, File: sources.File{Asset: "r-{major.minor}"}}, `{"type":"forgejo",…,"rev":"v1.1","asset":"r-{major.minor}"}`)
	sourcestest.Conformance(t, kind, cases)
}

// The calls are those of nixpkgs' fetchFromForgejo; only the API takes a builder's credentials.
func TestFetch(t *testing.T) {
	t.Parallel()
	private := sources.Access{Private: true, VarPrefix: "X"}
	archive := func(url string, access sources.Access) sources.Fetch {
		return sources.Fetch{Fetcher: sources.FetchZip, URL: url + commit + ".tar.gz", StripRoot: true, Extension: "tar.gz", Access: access}
	}
	for _, tt := range []struct {
		spec forgejo.Spec
		want sources.Fetch
	}{
		{forgejo.Spec{Owner: "o", Repo: "r"}, archive("https://codeberg.org/o/r/archive/", sources.Access{})},
		{forgejo.Spec{Host: "h.example:8443", Owner: "o", Repo: "r", Access: private}, archive("https://h.example:8443/api/v1/repos/o/r/archive/", private)},
		{
			forgejo.Spec{Owner: "o", Repo: "r", Checkout: sources.Checkout{LFS: true}, Access: private, Name: "n"},
			sources.Fetch{Fetcher: sources.FetchGit, URL: "https://codeberg.org/o/r.git", Rev: commit, LFS: true, Access: private, Name: "n"},
		},
	} {
		if got := tt.spec.Fetch(commit); got != tt.want {
			t.Errorf("%+v: got %+v, want %+v", tt.spec, got, tt.want)
		}
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	kind, repo := newKind(t)
	set := sources.NewSet(kind)
	spec := forgejo.Spec{Owner: "o", Repo: "r", Tracking: sources.Tracking{Tags: "*"}}
	rev := repo.Rev("v1.1")
	if got, err := set.Resolve(t.Context(), spec); err != nil || got.Facts != (sources.Facts{Rev: rev, Ref: "refs/tags/v1.1", Version: "1.1"}) {
		t.Errorf("got %+v, %v, want commit %s", got, err, rev)
	}
	other := strings.Repeat("f", 40)
	at := func(rev string) sources.Resolution { return sources.Resolution{Facts: sources.Facts{Rev: rev}} }
	if got, want := set.Compare(spec, at(rev), at(other)), "https://codeberg.org/o/r/compare/"+rev+"..."+other; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	git, found := sources.AsGit(spec)
	if want := (sources.Request{Ref: "git+https://codeberg.org/o/r.git", Tracking: spec.Tracking}); !found || git.Ref != want.Ref || git.Tracking != want.Tracking || git.Host != "" {
		t.Errorf("got %+v, want %+v", git, want)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		request sources.Request
		want    string // part of the message or of the hint
	}{
		{"no owner", sources.Request{Ref: "forgejo:r"}, "OWNER/REPO"},
		{"more", sources.Request{Ref: "forgejo:o/r/main"}, "branch=main"},
		{"flake's query", sources.Request{Ref: "gitea:o/r?ref=main"}, "branch=main"},
		{"another host than Codeberg", sources.Request{Ref: "codeberg:o/r?host=a.example"}, "contradicts"},
		{"another host than Codeberg as option", sources.Request{Ref: "codeberg:o/r", Host: "a.example"}, "contradicts"},
		{"two hosts", sources.Request{Ref: "forgejo:a.example/o/r", Host: "b.example"}, "contradicts"},
		{"two hosts in the reference", sources.Request{Ref: "forgejo:a.example/o/r?host=b.example"}, "contradicts"},
		{"pull request", sources.Request{Ref: "https://codeberg.org/o/r/pulls/3"}, "rev=refs/pull/3/head"},
		{"issues", sources.Request{Ref: "https://codeberg.org/o/r/issues"}, "web page"},
		{"owner alone", sources.Request{Ref: "https://codeberg.org/o"}, "repository"},
		{"directory above", sources.Request{Ref: "forgejo:../r"}, "repository"},
		{"groups", sources.Request{Ref: "forgejo:a.example/o/s/r"}, "more than OWNER/REPO"},
		{"credentials", sources.Request{Ref: "https://u:p@codeberg.org/o/r"}, "FORGEJO_TOKEN"},
		{"executable", sources.Request{Ref: "codeberg:o/r", Executable: true}, "executable"},
	} {
		spec, err := sources.NewSet(forgejo.New(nil, nil)).Parse(tt.request)
		sourcestest.WantRefusal(t, tt.name, spec, err, tt.want)
	}
}

func TestParseLeaves(t *testing.T) {
	t.Parallel()
	for _, r := range []sources.Request{
		{Ref: "https://codeberg.org/o/r.git"},
		{Ref: "https://codeberg.org/o/r/archive/v1.tar.gz"},
		{Ref: "https://codeberg.org/o/r/raw/branch/main/a"},
		{Ref: "https://codeberg.org/o/r/releases/download/v1/a"},
		{Ref: "https://git.example.org/o/r/src/branch/main"},
		{Ref: "https://ghe.example.org/o/r/releases/tag/v1", Host: "ghe.example.org"},
		{Ref: "https://gitlab.com/o/r", Host: "gitlab.com"},
	} {
		_, err := sources.NewSet(forgejo.New(nil, nil)).Parse(r)
		if !errors.Is(err, sources.ErrInvalid) || !strings.Contains(err.Error(), "expected forgejo:OWNER/REPO") {
			t.Errorf("%s: got %v, want it left to another kind", r.Ref, err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	set := sources.NewSet(forgejo.New(nil, nil))
	for name, text := range map[string]string{
		"no owner": `{"type":"forgejo","repo":"r","tags":"*"}`,
		"groups":   `{"type":"forgejo","owner":"o/p","repo":"r","tags":"*"}`,
		"dots":     `{"type":"forgejo","owner":"o","repo":"..","tags":"*"}`,
		"host":     `{"type":"forgejo","host":"h/x","owner":"o","repo":"r","tags":"*"}`,
	} {
		if spec, err := set.Decode([]byte(text)); err == nil && spec.Validate() == nil {
			t.Errorf("%s: got %+v, want an error", name, spec)
		}
	}
}
