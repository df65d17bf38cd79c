package bitbucket_test

import (
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/bitbucket"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcestest"
	"github.com/pinfetch/pinfetch/test/dial"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// commit is some commit ID; a pin of a commit asks nobody.
const commit = "0123456789abcdef0123456789abcdef01234567"

func TestConformance(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("o/r")
	r.Tag("v1.0", r.Commit("main", forgetest.Files{"a": {Body: "1"}}))
	r.Branch("feature/x", r.Rev("main"))
	var cases []sourcestest.Case
	add := func(want bitbucket.Spec, json string, requests ...sources.Request) {
		want.Owner, want.Repo = "o", "r"
		for _, request := range requests {
			cases = append(cases, sourcestest.Case{Request: request, Spec: want, Title: "r", JSON: strings.Replace(json, "…", `"owner":"o","repo":"r"`, 1)})
		}
	}
	const page = "https://bitbucket.org/o/r"
	add(bitbucket.Spec{}, `{"type":"bitbucket",…}`,
		sources.Request{Ref: "bitbucket:o/r"}, sources.Request{Ref: "bitbucket:o/r/"}, sources.Request{Ref: "bitbucket:o/r.git"},
		sources.Request{Ref: page}, sources.Request{Ref: page + "/"}, sources.Request{Ref: page + ".git"}, sources.Request{Ref: page + "/src"},
		sources.Request{Ref: page + "/branches/"}, sources.Request{Ref: page + "/commits/"}, sources.Request{Ref: "http://www.bitbucket.org/o/r"})
	branch := sources.Tracking{Branch: "feature/x"}
	add(bitbucket.Spec{Tracking: branch}, `{"type":"bitbucket",…,"branch":"feature/x"}`,
		sources.Request{Ref: "bitbucket:o/r", Tracking: branch}, sources.Request{Ref: page + "/src/feature/x/"},
		sources.Request{Ref: page + "/branch/feature/x"}, sources.Request{Ref: page + "/commits/branch/feature%2Fx"})
	add(bitbucket.Spec{Tracking: sources.Tracking{Rev: "v1.0"}}, `{"type":"bitbucket",…,"rev":"v1.0"}`, sources.Request{Ref: page + "/commits/tag/v1.0"})
	add(bitbucket.Spec{Tracking: sources.Tracking{Rev: commit}}, `{"type":"bitbucket",…,"rev":"`+commit+`"}`,
		sources.Request{Ref: page + "/commits/" + commit}, sources.Request{Ref: page + "/src/" + commit + "/"}, sources.Request{Ref: page + "/src/" + commit + "/?at=main"})
	all := sources.Checkout{Submodules: true, LFS: true, SparseCheckout: sources.NewPatterns("a", "b"), RootDir: "a/b"}
	add(bitbucket.Spec{Checkout: all, Access: sources.Access{Private: true, VarPrefix: "X"}, Name: "name"},
		`{"type":"bitbucket",…,"submodules":true,"lfs":true,"sparseCheckout":["a","b"],"rootDir":"a/b","private":true,"varPrefix":"X","name":"name"}`,
		sources.Request{Ref: "bitbucket:o/r", Checkout: all, Access: sources.Access{Private: true, VarPrefix: "X"}, StoreName: "name"})
	w, g := dial.Forge(t, f, nil)
	sourcestest.Conformance(t, bitbucket.New(gitrefs.NewClient(w, g.Refs)), cases)
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		request sources.Request
		want    string // part of the message or of the hint
	}{
		{"no owner", sources.Request{Ref: "bitbucket:r"}, "OWNER/REPO"},
		{"directory above", sources.Request{Ref: "bitbucket:o/.."}, "not a repository"},
		{"flake's branch", sources.Request{Ref: "bitbucket:o/r/main"}, "branch=main"},
		{"flake's query", sources.Request{Ref: "bitbucket:o/r?ref=main"}, "branch=main"},
		{"host", sources.Request{Ref: "bitbucket:o/r", Host: "bitbucket.example.org"}, "host"},
		{"host in the query", sources.Request{Ref: "bitbucket:o/r?host=bitbucket.example.org"}, "git+https://bitbucket.example.org/scm/o/r.git"},
		{"releases", sources.Request{Ref: "bitbucket:o/r", Tracking: sources.Tracking{Release: true}}, "release"},
		{"file's page", sources.Request{Ref: "https://bitbucket.org/o/r/src/main/lib/a.c"}, "https://bitbucket.org/o/r/raw/main/lib/a.c bitbucket:o/r branch branch=main"},
		{"pull request", sources.Request{Ref: "https://bitbucket.org/o/r/pull-requests/5"}, "bitbucket:o/r"},
		{"two branches", sources.Request{Ref: "https://bitbucket.org/o/r/src/main/", Tracking: sources.Tracking{Branch: "dev"}}, "both say what to follow"},
		{"credentials", sources.Request{Ref: "https://me:s3cr3t@bitbucket.org/o/r"}, "netrc"},
	} {
		spec, err := sources.NewSet(bitbucket.New(nil)).Parse(tt.request)
		sourcestest.WantRefusal(t, tt.name, spec, err, tt.want)
	}
}

// Addresses of files belong to the kind for files.
func TestParseLeavesFiles(t *testing.T) {
	t.Parallel()
	for _, ref := range []string{
		"https://bitbucket.org/o/r/get/v1.tar.gz", "https://bitbucket.org/o/r/raw/main/a", "https://bitbucket.org/o/r/downloads/a.zip", "https://bitbucket.example.org/o/r",
	} {
		_, err := sources.NewSet(bitbucket.New(nil)).Parse(sources.Request{Ref: ref})
		if err == nil || !strings.Contains(err.Error(), "expected bitbucket:OWNER/REPO") {
			t.Errorf("%s: got %v, want it left to another kind", ref, err)
		}
	}
}

// A commit is the archive that fetchFromBitbucket fetches, or a checkout.
func TestFetch(t *testing.T) {
	t.Parallel()
	private := sources.Access{Private: true, VarPrefix: "X"}
	for _, tt := range []struct {
		spec bitbucket.Spec
		want sources.Fetch
	}{
		{bitbucket.Spec{Name: "n"}, sources.Fetch{Fetcher: sources.FetchZip, URL: "https://bitbucket.org/o/r/get/" + commit + ".tar.gz", StripRoot: true, Extension: "tar.gz", Name: "n"}},
		{bitbucket.Spec{Checkout: sources.Checkout{RootDir: "a"}}, sources.Fetch{Fetcher: sources.FetchGit, URL: "https://bitbucket.org/o/r.git", Rev: commit, RootDir: "a"}},
		{bitbucket.Spec{Access: private}, sources.Fetch{Fetcher: sources.FetchGit, URL: "https://bitbucket.org/o/r.git", Rev: commit, Access: private}},
	} {
		tt.spec.Owner, tt.spec.Repo = "o", "r"
		if got := tt.spec.Fetch(commit); got != tt.want || got.Validate() != nil {
			t.Errorf("%+v: got %+v, %v, want %+v", tt.spec, got, got.Validate(), tt.want)
		}
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	other := strings.Repeat("f", 40)
	at := func(rev string) sources.Resolution { return sources.Resolution{Facts: sources.Facts{Rev: rev}} }
	set, spec := sources.NewSet(bitbucket.New(nil)), bitbucket.Spec{Owner: "o", Repo: "r"}
	if got, want := set.Compare(spec, at(commit), at(other)), "https://bitbucket.org/o/r/branches/compare/"+other+"%0D"+commit; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := set.Compare(spec, at(""), at(other)); got != "" {
		t.Errorf("got %q without an old commit, want nothing", got)
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	set := sources.NewSet(bitbucket.New(nil))
	for name, text := range map[string]string{
		"no owner":          `{"type":"bitbucket","repo":"r","tags":"*"}`,
		"owner with a path": `{"type":"bitbucket","owner":"o/p","repo":"r","tags":"*"}`,
		"query":             `{"type":"bitbucket","owner":"o","repo":"r?x","tags":"*"}`,
		"releases":          `{"type":"bitbucket","owner":"o","repo":"r","release":true}`,
		"host":              `{"type":"bitbucket","host":"bitbucket.example.org","owner":"o","repo":"r","tags":"*"}`,
	} {
		if spec, err := set.Decode([]byte(text)); err == nil && spec.Validate() == nil {
			t.Errorf("%s: got %+v, want an error", name, spec)
		}
	}
}
