package gitlab_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/gitlab"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcestest"
	"github.com/pinfetch/pinfetch/test/dial"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

const commit = "0123456789abcdef0123456789abcdef01234567"

// newKind returns the kind with clients that reach a forge with the repository g/s/r.
func newKind(t *testing.T) (sources.Kind, *forgetest.Repo) {
	t.Helper()
	f := forgetest.New(t)
	r := f.Repo("g/s/r")
	first := r.Commit("main", forgetest.Files{"a": {Body: "1"}})
	r.Tag("v1.0+b", first)
	r.AnnotatedTag("v1.1", first, "release")
	r.Release(forgetest.Release{Tag: "v1.1", Assets: []forgetest.Asset{
		{Name: "a file", URL: "https://files.example.org/r-1.1"}, {Name: "an archive", URL: "https://files.example.org/1/r-1.1-linux.zip"},
		{Name: "r-1.1-aarch64-darwin.zip", URL: "https://files.example.org/r-1.1-aarch64-darwin.zip"}, {Name: "r-1.1", URL: "http://files.example.org/r-1.1"},
	}})
	r.Branch("feature/x", r.Commit("main", forgetest.Files{"a": {Body: "2"}}))
	return newForgeKind(t, f), r
}

func newForgeKind(t *testing.T, f *forgetest.Forge) sources.Kind {
	t.Helper()
	w, g := dial.Forge(t, f, nil)
	return gitlab.New(gitrefs.NewClient(w, g.Refs), w.RoundTripper())
}

func TestConformance(t *testing.T) {
	t.Parallel()
	kind, _ := newKind(t)
	var cases []sourcestest.Case
	add := func(r sources.Request, want gitlab.Spec, json string) {
		want.Owner, want.Repo = "g/s", "r"
		cases = append(cases, sourcestest.Case{Request: r, Spec: want, Title: "r", AnyHost: want.Asset != "", JSON: strings.Replace(json, "…", `"owner":"g/s","repo":"r"`, 1)})
	}
	for _, ref := range []string{
		"gitlab:g/s/r", "gitlab:g/s/r/", "gitlab:g/s/r.git", "gitlab:g/s/r?host=gitlab.com",
		"https://gitlab.com/g/s/r", "https://gitlab.com/g/s/r/", "https://www.gitlab.com/g/s/r", "http://gitlab.com/g/s/r", "https://gitlab.com/g/s/r/-/releases",
		"https://gitlab.com/g/s/r/-/tree/HEAD", "https://gitlab.com/g/s/r#readme", "https://gitlab.com/g/s/r/-/",
	} {
		add(sources.Request{Ref: ref}, gitlab.Spec{}, `{"type":"gitlab",…}`)
	}
	branch := gitlab.Spec{Tracking: sources.Tracking{Branch: "feature/x"}}
	for _, ref := range []string{"https://gitlab.com/g/s/r/-/tree/feature/x", "https://gitlab.com/g/s/r/tree/feature/x", "https://gitlab.com/g/s/r/-/tree/feature%2Fx?ref_type=heads"} {
		add(sources.Request{Ref: ref}, branch, `{"type":"gitlab",…,"branch":"feature/x"}`)
	}
	add(sources.Request{Ref: "gitlab:g/s/r", Tracking: branch.Tracking}, branch, `{"type":"gitlab",…,"branch":"feature/x"}`)
	tag := gitlab.Spec{Tracking: sources.Tracking{Rev: "v1.0+b"}}
	for _, ref := range []string{"https://gitlab.com/g/s/r/-/tags/v1.0+b", "https://gitlab.com/g/s/r/-/releases/v1.0%2Bb", "https://gitlab.com/g/s/r/-/tree/v1.0+b?ref_type=tags"} {
		add(sources.Request{Ref: ref}, tag, `{"type":"gitlab",…,"rev":"v1.0+b"}`)
	}
	add(sources.Request{Ref: "https://gitlab.com/g/s/r/-/commit/" + commit}, gitlab.Spec{Tracking: sources.Tracking{Rev: commit}}, `{"type":"gitlab",…,"rev":"`+commit+`"}`)
	add(sources.Request{Ref: "gitlab:g/s/r", Tracking: sources.Tracking{Tags: "v1.*", Range: sources.Range{Constraint: "<2", Prerelease: true}}},
		gitlab.Spec{Tracking: sources.Tracking{Tags: "v1.*", Range: sources.Range{Constraint: "<2", Prerelease: true}}},
		`{"type":"gitlab",…,"tags":"v1.*","constraint":"<2","prerelease":true}`)
	all := sources.Checkout{Submodules: true, LFS: true, SparseCheckout: sources.NewPatterns("a", "b"), RootDir: "a/b"}
	add(sources.Request{Ref: "gitlab:g/s/r", Checkout: all, StoreName: "name"}, gitlab.Spec{Checkout: all, Name: "name"},
		`{"type":"gitlab",…,"submodules":true,"lfs":true,"sparseCheckout":["a","b"],"rootDir":"a/b","name":"name"}`)
	add(sources.Request{Ref: "gitlab:g/s/r", Access: sources.Access{Private: true}}, gitlab.Spec{Access: sources.Access{Private: true}}, `{"type":"gitlab",…,"private":true}`)
	own := gitlab.Spec{Host: "git.example.org"}
	for _, r := range []sources.Request{
		{Ref: "gitlab:g/s/r?host=git.example.org"},
		{Ref: "gitlab:g/s/r", Host: "git.example.org"},
		{Ref: "https://git.example.org/g/s/r/-/releases", Host: "git.example.org"},
	} {
		add(r, own, `{"type":"gitlab","host":"git.example.org",…}`)
	}
	for _, r := range []sources.Request{{Ref: "https://salsa.debian.org/g/s/r"}, {Ref: "https://salsa.debian.org/g/s/r.git", Host: "salsa.debian.org"}} {
		add(r, gitlab.Spec{Host: "salsa.debian.org"}, `{"type":"gitlab","host":"salsa.debian.org",…}`)
	}
	add(sources.Request{Ref: "gitlab:g/s/r", Tracking: sources.Tracking{Release: true}, Asset: "r-{version}-{system}.zip", Systems: []string{"x86_64-linux=linux", "aarch64-darwin"}, Unpack: true, NoStripRoot: true, StoreName: "name"},
		gitlab.Spec{Tracking: sources.Tracking{Release: true}, Name: "name", File: sources.File{
			Asset: "r-{version}-{system}.zip", Systems: "aarch64-darwin aarch64-darwin\nx86_64-linux linux", Content: sources.Content{Unpack: true, NoStripRoot: true},
		}},
		`{"type":"gitlab",…,"release":true,"asset":"r-{version}-{system}.zip","systems":{"aarch64-darwin":"aarch64-darwin","x86_64-linux":"linux"},"unpack":true,"noStripRoot":true,"name":"name"}`)
	add(sources.Request{Ref: "gitlab:g/s/r", Tracking: sources.Tracking{Tags: "v*"}, Asset: "r?1.1", Executable: true},
		gitlab.Spec{Tracking: sources.Tracking{Tags: "v*"}, File: sources.File{Asset: "r?1.1", Content: sources.Content{Executable: true}}},
		`{"type":"gitlab",…,"tags":"v*","asset":"r?1.1","executable":true}`)
	add(sources.Request{Ref: "gitlab:g/s/r", Tracking: sources.Tracking{Rev: "v1.1"}, Asset: "r-{major.minor}"},
		gitlab.Spec{Tracking: sources.Tracking{Rev: "v1.1"}, File: sources.File{Asset: "r-{major.minor}"}}, `{"type":"gitlab",…,"rev":"v1.1","asset":"r-{major.minor}"}`)
	sourcestest.Conformance(t, kind, cases)
}

// The calls are those of nixpkgs' fetchFromGitLab, and a checkout where its archive will not do.
func TestFetch(t *testing.T) {
	t.Parallel()
	archive := func(url string) sources.Fetch {
		return sources.Fetch{Fetcher: sources.FetchZip, URL: url + commit, StripRoot: true, Extension: "tar.gz"}
	}
	for _, tt := range []struct {
		spec gitlab.Spec
		want sources.Fetch
	}{
		{gitlab.Spec{Owner: "g/s", Repo: "r.x"}, archive("https://gitlab.com/api/v4/projects/g%2Fs%2Fr%2Ex/repository/archive.tar.gz?sha=")},
		{gitlab.Spec{Host: "h.example:8443", Owner: "g", Repo: "r"}, archive("https://h.example:8443/api/v4/projects/g%2Fr/repository/archive.tar.gz?sha=")},
		{
			gitlab.Spec{Owner: "g/s", Repo: "r", Access: sources.Access{Private: true, VarPrefix: "X"}},
			sources.Fetch{Fetcher: sources.FetchGit, URL: "https://gitlab.com/g/s/r.git", Rev: commit, Access: sources.Access{Private: true, VarPrefix: "X"}},
		},
		{
			gitlab.Spec{Owner: "g", Repo: "r", Checkout: sources.Checkout{Submodules: true}, Name: "n"},
			sources.Fetch{Fetcher: sources.FetchGit, URL: "https://gitlab.com/g/r.git", Rev: commit, Submodules: true, Name: "n"},
		},
	} {
		if got := tt.spec.Fetch(commit); got != tt.want {
			t.Errorf("%+v: got %+v, want %+v", tt.spec, got, tt.want)
		}
	}
}

// The commit stands in the facts of an archive, and in the call of a checkout.
func TestResolve(t *testing.T) {
	t.Parallel()
	kind, repo := newKind(t)
	set := sources.NewSet(kind)
	spec := gitlab.Spec{Owner: "g/s", Repo: "r", Tracking: sources.Tracking{Tags: "*"}}
	rev := repo.Rev("v1.1")
	for _, private := range []bool{false, true} {
		spec.Private = private
		got, err := set.Resolve(t.Context(), spec)
		if err != nil || got.Rev() != rev || got.Ref != "refs/tags/v1.1" || (got.Facts.Rev == "") != private {
			t.Errorf("private %v: got %+v, %v, want commit %s", private, got, err, rev)
		}
		if at, err := set.At(t.Context(), spec, commit); err != nil || at.Rev() != commit {
			t.Errorf("private %v: got %+v, %v at a commit", private, at, err)
		}
	}
	other := strings.Repeat("f", 40)
	at := func(rev string) sources.Resolution { return sources.Resolution{Facts: sources.Facts{Rev: rev}} }
	if got, want := set.Compare(spec, at(rev), at(other)), "https://gitlab.com/g/s/r/-/compare/"+rev+"..."+other; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	spec.Repo = "nope"
	if got, err := set.Resolve(t.Context(), spec); err == nil {
		t.Errorf("unknown repository: got %+v", got)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		request sources.Request
		want    string // part of the message or of the hint
	}{
		{"no group", sources.Request{Ref: "gitlab:r"}, "GROUP/REPO"},
		{"flake's query", sources.Request{Ref: "gitlab:g/r?ref=main"}, "branch=main"},
		{"two hosts", sources.Request{Ref: "gitlab:g/r?host=a.example", Host: "b.example"}, "contradicts"},
		{"the address's host and another", sources.Request{Ref: "https://gitlab.com/g/r", Host: "git.example.org"}, "contradicts"},
		{"the address's branch and another", sources.Request{Ref: "https://gitlab.com/g/r/-/tree/main", Tracking: sources.Tracking{Branch: "dev"}}, "both say what to follow"},
		{"file", sources.Request{Ref: "https://gitlab.com/g/r/-/blob/main/a"}, "https://gitlab.com/g/r/-/raw/main/a"},
		{"merge request", sources.Request{Ref: "https://gitlab.com/g/r/-/merge_requests/3"}, "rev=refs/merge-requests/3/head"},
		{"group alone", sources.Request{Ref: "https://gitlab.com/g"}, "repository"},
		{"directory above", sources.Request{Ref: "gitlab:g/../r"}, "repository"},
		{"escape", sources.Request{Ref: "gitlab:g%2Fs/r"}, "repository"},
		{"query in a name", sources.Request{Ref: "gitlab:g/r&x=y"}, "repository"},
		{"host with a path", sources.Request{Ref: "gitlab:g/r", Host: "h/x"}, "host"},
		{"credentials", sources.Request{Ref: "https://u:p@gitlab.com/g/r"}, "GITLAB_TOKEN"},
		{"unpack", sources.Request{Ref: "gitlab:g/r", Unpack: true}, "unpack"},
		{"control character", sources.Request{Ref: "gitlab:g/r\x1b[31m"}, "repository"},
	} {
		spec, err := sources.NewSet(gitlab.New(nil, nil)).Parse(tt.request)
		sourcestest.WantRefusal(t, tt.name, spec, err, tt.want)
	}
}

// Files, and git repositories that are named as such, belong to other kinds; so does a server that nothing says is GitLab.
func TestParseLeaves(t *testing.T) {
	t.Parallel()
	for _, r := range []sources.Request{
		{Ref: "https://gitlab.com/g/r.git"},
		{Ref: "https://gitlab.com/g/r/-/archive/v1/r-v1.tar.gz"},
		{Ref: "https://gitlab.com/g/r/-/raw/main/a"},
		{Ref: "https://gitlab.com/api/v4/projects/1/packages/generic/a/1/a.tar.gz"},
		{Ref: "https://git.example.org/g/r/-/tree/main"},
		{Ref: "https://git.example.org/g/r", Host: "git.example.org"},
		{Ref: "https://codeberg.org/g/r", Host: "codeberg.org"},
		{Ref: "https://notgitlab.com/g/r"},
	} {
		_, err := sources.NewSet(gitlab.New(nil, nil)).Parse(r)
		if !errors.Is(err, sources.ErrInvalid) || !strings.Contains(err.Error(), "expected gitlab:GROUP/REPO") {
			t.Errorf("%s: got %v, want it left to another kind", r.Ref, err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	set := sources.NewSet(gitlab.New(nil, nil))
	for name, text := range map[string]string{
		"no owner":     `{"type":"gitlab","repo":"r","tags":"*"}`,
		"no repo":      `{"type":"gitlab","owner":"g","tags":"*"}`,
		"dots":         `{"type":"gitlab","owner":"g/..","repo":"r","tags":"*"}`,
		"slash":        `{"type":"gitlab","owner":"g","repo":"s/r","tags":"*"}`,
		"empty group":  `{"type":"gitlab","owner":"g//s","repo":"r","tags":"*"}`,
		"host":         `{"type":"gitlab","host":"u@h","owner":"g","repo":"r","tags":"*"}`,
		"other kind's": `{"type":"gitlab","owner":"g","repo":"r","tags":"*","url":"https://example.org"}`,
	} {
		if spec, err := set.Decode([]byte(text)); err == nil && spec.Validate() == nil {
			t.Errorf("%s: got %+v, want an error", name, spec)
		}
	}
}
