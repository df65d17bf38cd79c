package sourcehut_test

import (
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcehut"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcestest"
	"github.com/pinfetch/pinfetch/test/dial"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// commit is some commit ID; a pin of a commit asks nobody.
const commit = "0123456789abcdef0123456789abcdef01234567"

func TestConformance(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("~o/r")
	r.Tag("v1.0", r.Commit("main", forgetest.Files{"a": {Body: "1"}}))
	r.Branch("feature/x", r.Rev("main"))
	var cases []sourcestest.Case
	add := func(want sourcehut.Spec, json string, requests ...sources.Request) {
		want.Owner, want.Repo = "~o", "r"
		for _, request := range requests {
			cases = append(cases, sourcestest.Case{Request: request, Spec: want, Title: "r", JSON: strings.Replace(json, "…", `"owner":"~o","repo":"r"`, 1)})
		}
	}
	const page = "https://git.sr.ht/~o/r"
	add(sourcehut.Spec{}, `{"type":"sourcehut",…}`,
		sources.Request{Ref: "sourcehut:~o/r"}, sources.Request{Ref: "sourcehut:~o/r/"}, sources.Request{Ref: "sourcehut:~o/r?host=git.sr.ht"},
		sources.Request{Ref: page}, sources.Request{Ref: page + "/"}, sources.Request{Ref: page + ".git"}, sources.Request{Ref: page + "/refs"},
		sources.Request{Ref: page + "/tree"}, sources.Request{Ref: "https://GIT.sr.ht/~o/r"})
	branch := sources.Tracking{Branch: "feature/x"}
	add(sourcehut.Spec{Tracking: branch}, `{"type":"sourcehut",…,"branch":"feature/x"}`,
		sources.Request{Ref: "sourcehut:~o/r", Tracking: branch}, sources.Request{Ref: page + "/tree/feature/x"}, sources.Request{Ref: page + "/tree/feature%2Fx"})
	add(sourcehut.Spec{Tracking: sources.Tracking{Rev: "v1.0"}}, `{"type":"sourcehut",…,"rev":"v1.0"}`,
		sources.Request{Ref: page + "/refs/v1.0"}, sources.Request{Ref: "sourcehut:~o/r", Tracking: sources.Tracking{Rev: "v1.0"}})
	add(sourcehut.Spec{Tracking: sources.Tracking{Rev: commit}}, `{"type":"sourcehut",…,"rev":"`+commit+`"}`,
		sources.Request{Ref: page + "/commit/" + commit}, sources.Request{Ref: page + "/tree/" + commit})
	all := sources.Checkout{Submodules: true, LFS: true, SparseCheckout: sources.NewPatterns("a", "b"), RootDir: "a/b"}
	add(sourcehut.Spec{Checkout: all, Name: "name"},
		`{"type":"sourcehut",…,"submodules":true,"lfs":true,"sparseCheckout":["a","b"],"rootDir":"a/b","name":"name"}`,
		sources.Request{Ref: "sourcehut:~o/r", Checkout: all, StoreName: "name"})
	add(sourcehut.Spec{Host: "git.example.org"}, `{"type":"sourcehut","host":"git.example.org",…}`,
		sources.Request{Ref: "sourcehut:~o/r?host=git.example.org"}, sources.Request{Ref: "sourcehut:~o/r", Host: "git.example.org"},
		sources.Request{Ref: "https://git.example.org/~o/r/refs", Host: "git.example.org"})
	w, g := dial.Forge(t, f, nil)
	sourcestest.Conformance(t, sourcehut.New(gitrefs.NewClient(w, g.Refs)), cases)
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		request sources.Request
		want    string // part of the message or of the hint
	}{
		{"no tilde", sources.Request{Ref: "sourcehut:o/r"}, "tilde"},
		{"no owner", sources.Request{Ref: "sourcehut:r"}, "~OWNER/REPO"},
		{"directory above", sources.Request{Ref: "sourcehut:~o/.."}, "not a repository"},
		{"flake's branch", sources.Request{Ref: "sourcehut:~o/r/main"}, "branch=main"},
		{"flake's query", sources.Request{Ref: "sourcehut:~o/r?ref=main"}, "branch=main"},
		{"Mercurial", sources.Request{Ref: "https://hg.sr.ht/~o/r"}, "Mercurial"},
		{"flake's Mercurial", sources.Request{Ref: "sourcehut:~o/r?host=hg.sr.ht"}, "Mercurial"},
		{"releases", sources.Request{Ref: "sourcehut:~o/r", Tracking: sources.Tracking{Release: true}}, "release"},
		{"private", sources.Request{Ref: "sourcehut:~o/r", Access: sources.Access{Private: true}}, "git+ssh://git@git.sr.ht/~o/r"},
		{"file's page", sources.Request{Ref: "https://git.sr.ht/~o/r/tree/main/item/src/a.c"}, "sourcehut:~o/r branch branch=main"},
		{"log", sources.Request{Ref: "https://git.sr.ht/~o/r/log/main"}, "sourcehut:~o/r branch branch=main"},
		{"two branches", sources.Request{Ref: "https://git.sr.ht/~o/r/tree/main", Tracking: sources.Tracking{Branch: "dev"}}, "both say what to follow"},
		{"two hosts", sources.Request{Ref: "https://git.sr.ht/~o/r", Host: "git.example.org"}, "contradicts"},
		{"credentials", sources.Request{Ref: "https://me:s3cr3t@git.sr.ht/~o/r"}, "netrc"},
		{"host with a path", sources.Request{Ref: "sourcehut:~o/r", Host: "git.example.org/x"}, "host"},
	} {
		spec, err := sources.NewSet(sourcehut.New(nil)).Parse(tt.request)
		sourcestest.WantRefusal(t, tt.name, spec, err, tt.want)
	}
}

// Addresses of files belong to the kind for files.
func TestParseLeavesFiles(t *testing.T) {
	t.Parallel()
	for _, ref := range []string{
		"https://git.sr.ht/~o/r/archive/v1.tar.gz", "https://git.sr.ht/~o/r/blob/main/a", "https://git.sr.ht/~o/r/refs/download/v1/a.tar.gz", "https://git.example.org/~o/r",
	} {
		_, err := sources.NewSet(sourcehut.New(nil)).Parse(sources.Request{Ref: ref})
		if err == nil || !strings.Contains(err.Error(), "expected sourcehut:~OWNER/REPO") {
			t.Errorf("%s: got %v, want it left to another kind", ref, err)
		}
	}
}

// A commit is the archive that fetchFromSourcehut fetches, or a checkout.
func TestFetch(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		spec sourcehut.Spec
		want sources.Fetch
	}{
		{sourcehut.Spec{Owner: "~o", Repo: "r.x"}, sources.Fetch{Fetcher: sources.FetchZip, URL: "https://git.sr.ht/~o/r.x/archive/" + commit + ".tar.gz", StripRoot: true, Extension: "tar.gz"}},
		{sourcehut.Spec{Host: "git.example.org", Owner: "~o", Repo: "r", Name: "n"}, sources.Fetch{Fetcher: sources.FetchZip, URL: "https://git.example.org/~o/r/archive/" + commit + ".tar.gz", StripRoot: true, Extension: "tar.gz", Name: "n"}},
		{sourcehut.Spec{Owner: "~o", Repo: "r", Checkout: sources.Checkout{Submodules: true}}, sources.Fetch{Fetcher: sources.FetchGit, URL: "https://git.sr.ht/~o/r", Rev: commit, Submodules: true}},
	} {
		if got := tt.spec.Fetch(commit); got != tt.want || got.Validate() != nil {
			t.Errorf("%+v: got %+v, %v, want %+v", tt.spec, got, got.Validate(), tt.want)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	set := sources.NewSet(sourcehut.New(nil))
	for name, text := range map[string]string{
		"no owner":          `{"type":"sourcehut","repo":"r","tags":"*"}`,
		"owner with a path": `{"type":"sourcehut","owner":"~o/p","repo":"r","tags":"*"}`,
		"query":             `{"type":"sourcehut","owner":"~o","repo":"r?x","tags":"*"}`,
		"releases":          `{"type":"sourcehut","owner":"~o","repo":"r","release":true}`,
		"private":           `{"type":"sourcehut","owner":"~o","repo":"r","tags":"*","private":true}`,
		"host with user":    `{"type":"sourcehut","host":"u@h","owner":"~o","repo":"r","tags":"*"}`,
	} {
		if spec, err := set.Decode([]byte(text)); err == nil && spec.Validate() == nil {
			t.Errorf("%s: got %+v, want an error", name, spec)
		}
	}
}
