package git_test

import (
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/git"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcestest"
	"github.com/pinfetch/pinfetch/test/dial"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

const commit = "0123456789abcdef0123456789abcdef01234567"

func newKind(t *testing.T, f *forgetest.Forge, credentials web.Credentials) sources.Kind {
	t.Helper()
	w, g := dial.Forge(t, f, credentials)
	return git.New(gitrefs.NewClient(w, g.Refs))
}

func TestConformance(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("o/r")
	first := r.Commit("main", forgetest.Files{"a": {Body: "1"}})
	r.Tag("v1.0", first)
	r.Branch("feature/x", r.Commit("main", forgetest.Files{"a": {Body: "2"}}))

	const fetchURL = "https://example.org/o/r.git"
	var cases []sourcestest.Case
	add := func(r sources.Request, title string, want git.Spec, json string) {
		offline := !strings.HasPrefix(want.URL, "http") && !sources.IsCommit(want.Rev)
		cases = append(cases, sourcestest.Case{Request: r, Spec: want, Title: title, JSON: json, Offline: offline})
	}
	for ref, url := range map[string]string{
		"git+https://example.org/o/r.git":    "https://example.org/o/r.git",
		"git+https://example.org/o/r":        "https://example.org/o/r",
		"git+https://example.org/o/r/":       "https://example.org/o/r/",
		"git+https://example.org:8443/o/r":   "https://example.org:8443/o/r",
		"git+http://example.org/o/r":         "http://example.org/o/r",
		"git+https://github.com/o/r":         "https://github.com/o/r",
		"https://example.org/o/r.git":        "https://example.org/o/r.git",
		"http://example.org/o/r.git":         "http://example.org/o/r.git",
		"git+https://EXAMPLE.org/o/r":        "https://EXAMPLE.org/o/r",
		"git+https://192.0.2.1/o/r":          "https://192.0.2.1/o/r",
		"git+https://[2001:db8::1]:8443/o/r": "https://[2001:db8::1]:8443/o/r",
	} {
		add(sources.Request{Ref: ref}, "r", git.Spec{URL: url}, `{"type":"git","url":"`+url+`"}`)
	}
	for ref, url := range map[string]string{
		"git+ssh://git@example.org/o/r.git":      "ssh://git@example.org/o/r.git",
		"git+ssh://example.org/o/r":              "ssh://example.org/o/r",
		"git+ssh://git@example.org:2222/o/r.git": "ssh://git@example.org:2222/o/r.git",
		"ssh://git@example.org/o/r.git":          "ssh://git@example.org/o/r.git",
		"git+file:///srv/git/r.git":              "file:///srv/git/r.git",
		"git+file:///srv/my git/r":               "file:///srv/my git/r",
	} {
		add(sources.Request{Ref: ref, FetchURL: fetchURL}, "r", git.Spec{URL: url, FetchURL: fetchURL},
			`{"type":"git","url":"`+url+`","fetchUrl":"`+fetchURL+`"}`)
	}
	base := git.Spec{URL: "https://example.org/o/r.git"}
	for _, tt := range []struct {
		tracking sources.Tracking
		json     string
	}{
		{sources.Tracking{Branch: "feature/x"}, `"branch":"feature/x"`},
		{sources.Tracking{Tags: "v*", Range: sources.Range{Constraint: "<2", Prerelease: true}}, `"tags":"v*","constraint":"<2","prerelease":true`},
		{sources.Tracking{Rev: "v1.0"}, `"rev":"v1.0"`},
		{sources.Tracking{Rev: commit}, `"rev":"` + commit + `"`},
	} {
		want := base
		want.Tracking = tt.tracking
		add(sources.Request{Ref: "git+" + base.URL, Tracking: tt.tracking}, "r", want, `{"type":"git","url":"`+base.URL+`",`+tt.json+`}`)
	}
	upper := base
	upper.Rev = commit
	add(sources.Request{Ref: base.URL, Tracking: sources.Tracking{Rev: strings.ToUpper(commit)}}, "r", upper, `{"type":"git","url":"`+base.URL+`","rev":"`+commit+`"}`)
	all := base
	all.Checkout = sources.Checkout{Submodules: true, LFS: true, SparseCheckout: sources.NewPatterns("a", "b"), RootDir: "a/b"}
	all.Name, all.FetchURL = "name", "https://mirror.example.org/r.git"
	add(sources.Request{Ref: base.URL, Checkout: all.Checkout, StoreName: "name", FetchURL: all.FetchURL}, "r", all,
		`{"type":"git","url":"`+base.URL+`","fetchUrl":"https://mirror.example.org/r.git","submodules":true,"lfs":true,"sparseCheckout":["a","b"],"rootDir":"a/b","name":"name"}`)
	sourcestest.Conformance(t, newKind(t, f, nil), cases)
}

// The short form of ssh addresses keeps user, host and path; nothing is known of how git spells it afterwards.
func TestParseShortAddress(t *testing.T) {
	t.Parallel()
	set := sources.NewSet(git.New(nil))
	for _, tt := range []struct{ ref, user, host, path, title string }{
		{"git@github.com:o/r.git", "git", "github.com", "o/r.git", "r"},
		{"git@example.org:r", "git", "example.org", "r", "r"},
		{"me@example.org:/srv/git/r.git", "me", "example.org", "/srv/git/r.git", "r"},
		{"git@example.org:~me/r.git", "git", "example.org", "~me/r.git", "r"},
	} {
		spec, err := set.Parse(sources.Request{Ref: tt.ref, FetchURL: "https://example.org/r.git", Tracking: sources.Tracking{Branch: "main"}})
		if err != nil {
			t.Errorf("%s: %v", tt.ref, err)
			continue
		}
		url := spec.(git.Spec).URL
		if !strings.Contains(url, tt.user+"@"+tt.host) || !strings.HasSuffix(url, tt.path) || spec.Title() != tt.title {
			t.Errorf("%s: got %q with title %q, want %s@%s, %s and title %q", tt.ref, url, spec.Title(), tt.user, tt.host, tt.path, tt.title)
		}
		data, err := set.Encode(spec)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := set.Decode(data); err != nil || again != spec {
			t.Errorf("%s: got %+v, %v from the lock, want %+v", tt.ref, again, err, spec)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		request sources.Request
		want    string // part of the message or of the hint
	}{
		{"ssh", sources.Request{Ref: "git+ssh://git@example.org/r.git"}, "fetch-url=https://"},
		{"bare ssh", sources.Request{Ref: "ssh://git@example.org/r.git"}, "fetch-url=https://"},
		{"short ssh", sources.Request{Ref: "git@example.org:o/r.git"}, "fetch-url=https://"},
		{"file", sources.Request{Ref: "git+file:///srv/r.git"}, "fetch-url=https://"},
		{"ssh to ssh", sources.Request{Ref: "git@example.org:r.git", FetchURL: "ssh://git@example.org/r.git"}, "http"},
		{"ssh to a file", sources.Request{Ref: "git@example.org:r.git", FetchURL: "file:///srv/r.git"}, "http"},
		{"ssh to a path", sources.Request{Ref: "git@example.org:r.git", FetchURL: "/srv/r.git"}, "http"},
		{"query", sources.Request{Ref: "git+https://example.org/r.git?ref=main"}, "branch"},
		{"fragment", sources.Request{Ref: "git+https://example.org/r.git#main"}, "branch"},
		{"query to fetch", sources.Request{Ref: "git@example.org:r.git", FetchURL: "https://example.org/r.git?x=1"}, "query"},
		{"releases", sources.Request{Ref: "git+https://example.org/r.git", Tracking: sources.Tracking{Release: true}}, "release"},
		{"host", sources.Request{Ref: "git+https://example.org/r.git", Host: "ghe.example.org"}, "host"},
		{"unpack", sources.Request{Ref: "https://example.org/r.git", Unpack: true}, "unpack"},
		{"no strip root", sources.Request{Ref: "https://example.org/r.git", NoStripRoot: true}, "no-strip-root"},
		{"executable", sources.Request{Ref: "https://example.org/r.git", Executable: true}, "executable"},
		{"git's own protocol", sources.Request{Ref: "git+git://example.org/r.git"}, "git URL"},
		{"credentials", sources.Request{Ref: "git+https://user:x@example.org/r.git"}, "~/.netrc"},
	} {
		spec, err := sources.NewSet(git.New(nil)).Parse(tt.request)
		sourcestest.WantRefusal(t, tt.name, spec, err, tt.want)
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	set := sources.NewSet(git.New(nil))
	for name, text := range map[string]string{
		"no URL":            `{"type":"git","branch":"main"}`,
		"ssh, nothing else": `{"type":"git","url":"ssh://git@example.org/r.git","branch":"main"}`,
		"file":              `{"type":"git","url":"file:///srv/r.git","branch":"main"}`,
		"command":           `{"type":"git","url":"ext::sh -c id","fetchUrl":"https://example.org/r.git","branch":"main"}`,
		"credentials":       `{"type":"git","url":"https://u:p@example.org/r.git","branch":"main"}`,
		"ssh password":      `{"type":"git","url":"ssh://u:p@example.org/r.git","fetchUrl":"https://example.org/r.git","branch":"main"}`,
		"fetch credentials": `{"type":"git","url":"https://example.org/r.git","fetchUrl":"https://u:p@example.org/r.git","branch":"main"}`,
		"option as host":    `{"type":"git","url":"ssh://-oProxyCommand=id/r.git","fetchUrl":"https://example.org/r.git","branch":"main"}`,
		"releases":          `{"type":"git","url":"https://example.org/r.git","release":true}`,
		"other kind's":      `{"type":"git","url":"https://example.org/r.git","branch":"main","owner":"o"}`,
	} {
		if spec, err := set.Decode([]byte(text)); err == nil && spec.Validate() == nil {
			t.Errorf("%s: got %+v, want an error", name, spec)
		}
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	set := sources.NewSet(git.New(nil))
	other := strings.Repeat("f", 40)
	for _, tt := range []struct{ url, want string }{
		{"https://codeberg.org/o/r.git", "https://codeberg.org/o/r/compare/" + commit + "..." + other},
		{"https://gitlab.com/g/s/r", "https://gitlab.com/g/s/r/-/compare/" + commit + "..." + other},
		{"https://github.com/o/r/", "https://github.com/o/r/compare/" + commit + "..." + other},
		{"https://example.org/o/r.git", ""},
	} {
		at := func(rev string) sources.Resolution {
			return sources.Resolution{Calls: []sources.Call{{Fetch: sources.Fetch{Fetcher: sources.FetchGit, URL: tt.url, Rev: rev}}}}
		}
		if got := set.Compare(git.Spec{URL: tt.url}, at(commit), at(other)); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.url, got, tt.want)
		}
		if got := set.Compare(git.Spec{URL: tt.url}, at(commit), at(commit)); got != "" {
			t.Errorf("%s: got %q for the same commit, want nothing", tt.url, got)
		}
	}
}
