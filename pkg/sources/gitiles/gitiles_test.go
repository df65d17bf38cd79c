package gitiles_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/gitiles"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcestest"
	"github.com/pinfetch/pinfetch/test/dial"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

const (
	// commit is some commit ID; a pin of a commit asks nobody.
	commit = "0123456789abcdef0123456789abcdef01234567"
	host   = "example.googlesource.com"
	page   = "https://" + host + "/g/r"
)

func newKind(t *testing.T, f *forgetest.Forge) sources.Kind {
	t.Helper()
	w, g := dial.Forge(t, f, nil)
	return gitiles.New(gitrefs.NewClient(w, g.Refs), w.RoundTripper())
}

func TestConformance(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	for _, name := range []string{"g/r", "r"} {
		r := f.Repo(name)
		r.Tag("v1.0", r.Commit("main", forgetest.Files{"a": {Body: "1"}}))
		r.Branch("feature/x", r.Rev("main"))
	}
	var cases []sourcestest.Case
	add := func(want gitiles.Spec, json string, requests ...sources.Request) {
		want.Host, want.Path = host, "g/r"
		for _, request := range requests {
			cases = append(cases, sourcestest.Case{Request: request, Spec: want, Title: "r", JSON: strings.Replace(json, "…", `"host":"`+host+`","path":"g/r"`, 1)})
		}
	}
	add(gitiles.Spec{}, `{"type":"gitiles",…}`,
		sources.Request{Ref: "gitiles:" + host + "/g/r"}, sources.Request{Ref: "gitiles:" + page}, sources.Request{Ref: page}, sources.Request{Ref: page + "/"},
		sources.Request{Ref: page + ".git"}, sources.Request{Ref: page + "/+refs"}, sources.Request{Ref: "http://EXAMPLE.googlesource.com/g/r"})
	branch := sources.Tracking{Branch: "feature/x"}
	add(gitiles.Spec{Tracking: branch}, `{"type":"gitiles",…,"branch":"feature/x"}`,
		sources.Request{Ref: page, Tracking: branch}, sources.Request{Ref: page + "/+/refs/heads/feature/x"}, sources.Request{Ref: "gitiles:" + host + "/g/r/+/refs/heads/feature/x"})
	add(gitiles.Spec{Tracking: sources.Tracking{Rev: "v1.0"}}, `{"type":"gitiles",…,"rev":"v1.0"}`, sources.Request{Ref: page + "/+/refs/tags/v1.0"})
	add(gitiles.Spec{Tracking: sources.Tracking{Rev: commit}}, `{"type":"gitiles",…,"rev":"`+commit+`"}`, sources.Request{Ref: page + "/+/" + commit})
	all := sources.Checkout{Submodules: true, LFS: true, SparseCheckout: sources.NewPatterns("a", "b"), RootDir: "a/b"}
	add(gitiles.Spec{Checkout: all, Name: "name"},
		`{"type":"gitiles",…,"submodules":true,"lfs":true,"sparseCheckout":["a","b"],"rootDir":"a/b","name":"name"}`,
		sources.Request{Ref: page, Checkout: all, StoreName: "name"})
	cases = append(cases, sourcestest.Case{
		Request: sources.Request{Ref: "gitiles:git.example.org/plugins/gitiles/r"}, Spec: gitiles.Spec{Host: "git.example.org", Path: "plugins/gitiles/r"},
		JSON: `{"type":"gitiles","host":"git.example.org","path":"plugins/gitiles/r"}`, Title: "r",
	}, sourcestest.Case{
		Request: sources.Request{Ref: "https://" + host + "/a/r", Access: sources.Access{Private: true}},
		Spec:    gitiles.Spec{Host: host, Path: "r", Access: sources.Access{Private: true}},
		JSON:    `{"type":"gitiles","host":"` + host + `","path":"r","private":true}`, Title: "r", Offline: true,
	})
	sourcestest.Conformance(t, newKind(t, f), cases)
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		request sources.Request
		want    string // part of the message or of the hint
	}{
		{"host alone", sources.Request{Ref: "gitiles:" + host}, "repository"},
		{"nothing", sources.Request{Ref: "gitiles:"}, "repository"},
		{"directory above", sources.Request{Ref: "gitiles:" + host + "/g/.."}, "repository"},
		{"host that is none", sources.Request{Ref: "gitiles:-x/r"}, "host"},
		{"query", sources.Request{Ref: page + "?ref=main"}, "branch=main"},
		{"host", sources.Request{Ref: page, Host: "git.example.org"}, "host"},
		{"releases", sources.Request{Ref: page, Tracking: sources.Tracking{Release: true}}, "release"},
		{"login", sources.Request{Ref: "https://" + host + "/a/r"}, "private="},
		{"log", sources.Request{Ref: page + "/+log/refs/heads/main"}, "gitiles:" + host + "/g/r"},
		{"directory", sources.Request{Ref: page + "/+/" + commit + "/src"}, "rev=" + commit},
		{"two branches", sources.Request{Ref: page + "/+/refs/heads/main", Tracking: sources.Tracking{Branch: "dev"}}, "both say what to follow"},
		{"credentials", sources.Request{Ref: "gitiles:me:s3cr3t@" + host + "/r"}, "netrc"},
	} {
		spec, err := sources.NewSet(gitiles.New(nil, nil)).Parse(tt.request)
		sourcestest.WantRefusal(t, tt.name, spec, err, tt.want)
	}
	for _, ref := range []string{page + "/+archive/v1.0.tar.gz", page + "/+/main/a?format=TEXT", "https://googlesource.com/r", "https://git.example.org/r"} {
		_, err := sources.NewSet(gitiles.New(nil, nil)).Parse(sources.Request{Ref: ref})
		if err == nil || !strings.Contains(err.Error(), "expected gitiles:HOST/PATH") {
			t.Errorf("%s: got %v, want it left to another kind", ref, err)
		}
	}
}

// A commit is the archive that fetchFromGitiles fetches, or a checkout, for which Gerrit has other addresses.
func TestFetch(t *testing.T) {
	t.Parallel()
	private := sources.Access{Private: true}
	for _, tt := range []struct {
		spec gitiles.Spec
		want sources.Fetch
	}{
		{gitiles.Spec{Path: "g/r", Name: "n"}, sources.Fetch{Fetcher: sources.FetchZip, URL: page + "/+archive/" + commit + ".tar.gz", Extension: "tar.gz", Name: "n"}},
		{gitiles.Spec{Path: "g/r", Checkout: sources.Checkout{RootDir: "a"}}, sources.Fetch{Fetcher: sources.FetchGit, URL: page, Rev: commit, RootDir: "a"}},
		{gitiles.Spec{Path: "g/r", Access: private}, sources.Fetch{Fetcher: sources.FetchGit, URL: "https://" + host + "/a/g/r", Rev: commit, Access: private}},
		{gitiles.Spec{Path: "x/plugins/gitiles/g/r", Checkout: sources.Checkout{LFS: true}}, sources.Fetch{Fetcher: sources.FetchGit, URL: "https://" + host + "/x/g/r", Rev: commit, LFS: true}},
		{gitiles.Spec{Path: "plugins/gitiles/g/r", Access: private}, sources.Fetch{Fetcher: sources.FetchGit, URL: "https://" + host + "/a/g/r", Rev: commit, Access: private}},
	} {
		tt.spec.Host = host
		if got := tt.spec.Fetch(commit); got != tt.want || got.Validate() != nil {
			t.Errorf("%+v: got %+v, %v, want %+v", tt.spec, got, got.Validate(), tt.want)
		}
	}
}

// Gitiles tells the date that its archives do not tell.
func TestDate(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	rev := f.Repo("g/r").Commit("main", forgetest.Files{"a": {Body: "1"}})
	set, spec := sources.NewSet(newKind(t, f)), gitiles.Spec{Host: host, Path: "g/r"}
	if got, err := set.Date(t.Context(), spec, rev); err != nil || got != "2024-01-01" {
		t.Errorf("got %q, %v, want 2024-01-01", got, err)
	}
	if got, err := set.Date(t.Context(), spec, commit); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("unknown commit: got %q, %v, want a %v", got, err, web.ErrNotFound)
	}
	const good = `"commit":"` + commit + `"`
	for name, body := range map[string]string{
		"HTML":           "<!DOCTYPE html><title>Sign in</title>",
		"empty":          "",
		"no prefix":      `{` + good + `,"committer":{"time":"Mon Jan 01 12:00:00 2024 +0000"}}`,
		"another commit": ")]}'\n" + `{"commit":"` + rev + `","committer":{"time":"Mon Jan 01 12:00:00 2024 +0000"}}`,
		"no time":        ")]}'\n{" + good + "}",
		"other types":    ")]}'\n{" + good + `,"committer":7}`,
		"long time":      ")]}'\n{" + good + `,"committer":{"time":"` + strings.Repeat("x", 1<<20) + `"}}`,
	} {
		f.ClearFaults()
		f.Fault(forgetest.Fault{Path: "/g/r/+/", Kind: forgetest.Status(http.StatusOK, nil, body)})
		got, err := set.Date(t.Context(), spec, commit)
		if !errors.Is(err, sources.ErrAnswer) || len(err.Error()) > 300 {
			t.Errorf("%s: got %q, %v, want a short %v", name, got, err, sources.ErrAnswer)
		}
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	other := strings.Repeat("f", 40)
	at := func(rev string) sources.Resolution { return sources.Resolution{Facts: sources.Facts{Rev: rev}} }
	set, spec := sources.NewSet(gitiles.New(nil, nil)), gitiles.Spec{Host: host, Path: "g/r"}
	if got, want := set.Compare(spec, at(commit), at(other)), page+"/+log/"+commit+".."+other; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := set.Compare(spec, at(""), at(other)); got != "" {
		t.Errorf("got %q without an old commit, want nothing", got)
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	set := sources.NewSet(gitiles.New(nil, nil))
	for name, text := range map[string]string{
		"no host":        `{"type":"gitiles","path":"g/r","tags":"*"}`,
		"no path":        `{"type":"gitiles","host":"h.example.org","tags":"*"}`,
		"host with user": `{"type":"gitiles","host":"u@h","path":"g/r","tags":"*"}`,
		"path above":     `{"type":"gitiles","host":"h.example.org","path":"../r","tags":"*"}`,
		"page":           `{"type":"gitiles","host":"h.example.org","path":"g/r/+/main","tags":"*"}`,
		"releases":       `{"type":"gitiles","host":"h.example.org","path":"g/r","release":true}`,
	} {
		if spec, err := set.Decode([]byte(text)); err == nil && spec.Validate() == nil {
			t.Errorf("%s: got %+v, want an error", name, spec)
		}
	}
}
