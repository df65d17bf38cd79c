package github_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/github"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcestest"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// wantNoAPI reports requests that have a quota.
func wantNoAPI(t *testing.T, f *forgetest.Forge) {
	t.Helper()
	for _, r := range f.Requests() {
		if r.Host == "api.github.com" || strings.HasPrefix(r.Path, "/api/") {
			t.Errorf("the API was asked: %s %s%s", r.Method, r.Host, r.Path)
		}
	}
}

// count returns how many requests to the forge asked for refs.
func count(f *forgetest.Forge) (refs int) {
	for _, r := range f.Requests() {
		if r.Command == "ls-refs" {
			refs++
		}
	}
	return refs
}

func TestResolve(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("o/r")
	v10 := r.Commit("main", forgetest.Files{"a": {Body: "1"}})
	r.Tag("v1.0", v10)
	v11 := r.Commit("main", forgetest.Files{"a": {Body: "2"}})
	r.AnnotatedTag("v1.1", v11, "annotated")
	v2rc := r.Commit("main", forgetest.Files{"a": {Body: "3"}})
	r.Tag("v2.0-rc1", v2rc)
	r.Tag("sub-v3.0", v10)
	tip := r.Commit("main", forgetest.Files{"a": {Body: "4"}})
	r.Branch("v1.0", tip)   // a branch named like a tag
	r.Tag("main", v10)      // and a tag named like the branch
	r.Branch("x/main", v11) // a suffix of which is the branch's name
	r.Tag("x/v9.0", v11)
	r.Branch("v10.0", tip) // a branch named like a version

	set := sources.NewSet(newKind(t, f, nil))
	for _, tt := range []struct {
		name     string
		tracking sources.Tracking
		checkout sources.Checkout
		want     sources.Facts
		rev      string
	}{
		{"branch", sources.Tracking{Branch: "main"}, sources.Checkout{}, sources.Facts{Ref: "refs/heads/main"}, tip},
		{"branch like a tag", sources.Tracking{Branch: "v1.0"}, sources.Checkout{}, sources.Facts{Ref: "refs/heads/v1.0"}, tip},
		{"tag", sources.Tracking{Rev: "v1.0"}, sources.Checkout{}, sources.Facts{Ref: "refs/tags/v1.0", Version: "1.0"}, v10},
		{"annotated tag", sources.Tracking{Rev: "v1.1"}, sources.Checkout{}, sources.Facts{Ref: "refs/tags/v1.1", Version: "1.1"}, v11},
		{"tag like a branch", sources.Tracking{Rev: "main"}, sources.Checkout{}, sources.Facts{Ref: "refs/tags/main", Version: "main"}, v10},
		{"newest tag", sources.Tracking{Tags: "*"}, sources.Checkout{}, sources.Facts{Ref: "refs/tags/v1.1", Version: "1.1"}, v11},
		{"pre-release", sources.Tracking{Tags: "*", Range: sources.Range{Prerelease: true}}, sources.Checkout{}, sources.Facts{Ref: "refs/tags/v2.0-rc1", Version: "2.0-rc1"}, v2rc},
		{"constraint", sources.Tracking{Tags: "*", Range: sources.Range{Constraint: "<1.1"}}, sources.Checkout{}, sources.Facts{Ref: "refs/tags/v1.0", Version: "1.0"}, v10},
		{"prefix", sources.Tracking{Tags: "sub-*"}, sources.Checkout{}, sources.Facts{Ref: "refs/tags/sub-v3.0", Version: "3.0"}, v10},
		{"commit", sources.Tracking{Rev: commit}, sources.Checkout{}, sources.Facts{}, commit},
		{"checkout", sources.Tracking{Rev: "v1.1"}, sources.Checkout{Submodules: true, RootDir: "a"}, sources.Facts{Ref: "refs/tags/v1.1", Version: "1.1"}, v11},
	} {
		spec := github.Spec{Owner: "o", Repo: "r", Tracking: tt.tracking, Checkout: tt.checkout}
		fetch := sources.Fetch{Fetcher: sources.FetchFromGitHub, Owner: "o", Repo: "r", Rev: tt.rev}
		if !tt.checkout.IsPlain() {
			fetch = sources.Fetch{Fetcher: sources.FetchGit, URL: "https://github.com/o/r.git", Rev: tt.rev, Submodules: true, RootDir: "a"}
		}
		want := sources.Resolution{Facts: tt.want, Calls: []sources.Call{{Fetch: fetch}}}
		if got, err := set.Resolve(t.Context(), spec); err != nil || !got.Equal(want) {
			t.Errorf("%s: got %+v, %v, want %+v", tt.name, got, err, want)
		}
	}
	wantNoAPI(t, f)
}

// What is not there is named, with what to do about it.
func TestResolveMissing(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("o/r")
	tip := r.Commit("main", forgetest.Files{"a": {Body: "1"}})
	r.Branch("only-branch", tip)
	r.Tag("only-tag", tip)
	r.Tag("v2.0-rc1", tip)
	f.Repo("o/empty")
	f.Repo("o/secret").Commit("main", forgetest.Files{"a": {Body: "1"}})
	f.Private("o/secret", "t0ken")
	set := sources.NewSet(newKind(t, f, nil))
	for _, tt := range []struct {
		name, repo string
		tracking   sources.Tracking
		is         error
		hint       string
	}{
		{"branch", "r", sources.Tracking{Branch: "nope"}, sources.ErrNotFound, "spelling"},
		{"branch that is a tag", "r", sources.Tracking{Branch: "only-tag"}, sources.ErrNotFound, "rev=only-tag"},
		{"tag", "r", sources.Tracking{Rev: "nope"}, sources.ErrNotFound, "whole tag name"},
		{"tag that is a branch", "r", sources.Tracking{Rev: "only-branch"}, sources.ErrNotFound, "branch=only-branch"},
		{"short commit", "r", sources.Tracking{Rev: commit[:8]}, sources.ErrNotFound, "40 digits"},
		{"glob", "r", sources.Tracking{Tags: "nope-*"}, sources.ErrNotFound, "tag="},
		{"only a pre-release", "r", sources.Tracking{Tags: "*"}, sources.ErrNotFound, "prerelease"},
		{"constraint", "r", sources.Tracking{Tags: "*", Range: sources.Range{Prerelease: true, Constraint: ">3"}}, sources.ErrNotFound, "constraint="},
		{"no commits", "empty", sources.Tracking{Branch: "main"}, sources.ErrNotFound, "push a commit"},
		{"repository", "nope", sources.Tracking{Branch: "main"}, web.ErrUnauthorized, ""},
		{"private repository", "secret", sources.Tracking{Branch: "main"}, web.ErrUnauthorized, ""},
		{"releases of no repository", "nope", sources.Tracking{Release: true}, sources.ErrNotFound, ""},
		{"releases of a private repository", "secret", sources.Tracking{Release: true}, sources.ErrNotFound, ""},
		{"no releases", "r", sources.Tracking{Release: true}, sources.ErrNotFound, "tag"},
	} {
		_, err := set.Resolve(t.Context(), github.Spec{Owner: "o", Repo: tt.repo, Tracking: tt.tracking})
		if !errors.Is(err, tt.is) || !strings.Contains(sourcestest.AdviceOf(err), tt.hint) {
			t.Errorf("%s: got %v (hint %q), want %v with %q in the hint", tt.name, err, sourcestest.AdviceOf(err), tt.is, tt.hint)
		}
	}
	_, _, err := set.Choose(t.Context(), github.Spec{Owner: "o", Repo: "empty"})
	if !errors.Is(err, sources.ErrNotFound) || sourcestest.AdviceOf(err) == "" {
		t.Errorf("choose in an empty repository: got %v, want an ErrNotFound with a hint", err)
	}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	tagged, branched, candidates := f.Repo("o/tagged"), f.Repo("o/branched"), f.Repo("o/candidates")
	tagged.Tag("v1.0", tagged.Commit("main", forgetest.Files{"a": {Body: "1"}}))
	branched.Tag("latest", branched.Commit("trunk", forgetest.Files{"a": {Body: "1"}}))
	branched.DefaultBranch("trunk")
	candidates.Tag("v1.0-rc1", candidates.Commit("main", forgetest.Files{"a": {Body: "1"}}))
	set := sources.NewSet(newKind(t, f, nil))
	for _, tt := range []struct {
		repo     string
		tracking sources.Tracking
		want     sources.Tracking
		note     string
	}{
		{"tagged", sources.Tracking{}, sources.Tracking{Tags: "*"}, "v1.0"},
		{"tagged", sources.Tracking{Range: sources.Range{Constraint: "<2"}}, sources.Tracking{Tags: "*", Range: sources.Range{Constraint: "<2"}}, "v1.0"},
		{"tagged", sources.Tracking{Branch: "main"}, sources.Tracking{Branch: "main"}, ""},
		{"branched", sources.Tracking{}, sources.Tracking{Branch: "trunk"}, "trunk"},
		{"candidates", sources.Tracking{}, sources.Tracking{Branch: "main"}, "main"},
		{"candidates", sources.Tracking{Range: sources.Range{Prerelease: true}}, sources.Tracking{Tags: "*", Range: sources.Range{Prerelease: true}}, "v1.0-rc1"},
	} {
		got, choice, err := set.Choose(t.Context(), github.Spec{Owner: "o", Repo: tt.repo, Tracking: tt.tracking})
		note := choice.Note
		if want := (github.Spec{Owner: "o", Repo: tt.repo, Tracking: tt.want}); err != nil || got != want || !strings.Contains(note, tt.note) {
			t.Errorf("%s %+v: got %+v, %q, %v, want %+v and %q in the note", tt.repo, tt.tracking, got, note, err, want, tt.note)
		}
	}
	wantNoAPI(t, f)
}

// A pin keeps the branch that was chosen for it when the repository moves its default.
func TestMovedDefaultBranch(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("o/r")
	old := r.Commit("master", forgetest.Files{"a": {Body: "1"}})
	r.DefaultBranch("master")
	spec, _, err := sources.NewSet(newKind(t, f, nil)).Choose(t.Context(), github.Spec{Owner: "o", Repo: "r"})
	if err != nil {
		t.Fatal(err)
	}
	r.Commit("main", forgetest.Files{"a": {Body: "2"}})
	r.DefaultBranch("main")
	later := sources.NewSet(newKind(t, f, nil))
	if got, err := later.Resolve(t.Context(), spec); err != nil || got.Rev() != old || got.Ref != "refs/heads/master" {
		t.Errorf("got %+v, %v, want %s on master", got, err, old)
	}
	r.DeleteRef("refs/heads/master")
	gone := sources.NewSet(newKind(t, f, nil))
	if got, err := gone.Resolve(t.Context(), spec); !errors.Is(err, sources.ErrNotFound) {
		t.Errorf("got %+v, %v after the branch was deleted, want an ErrNotFound", got, err)
	}
}

// One request for refs serves all pins of a repository that were announced, from many goroutines.
func TestAnnounce(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("o/r")
	tip := r.Commit("main", forgetest.Files{"a": {Body: "1"}})
	r.Tag("v1.0", tip)
	r.Branch("dev", tip)
	f.Repo("o/other").Commit("main", forgetest.Files{"a": {Body: "1"}})
	set := sources.NewSet(newKind(t, f, nil))
	specs := []github.Spec{
		{Owner: "o", Repo: "r", Tracking: sources.Tracking{Branch: "main"}},
		{Owner: "o", Repo: "r", Tracking: sources.Tracking{Branch: "dev"}},
		{Owner: "o", Repo: "r", Tracking: sources.Tracking{Tags: "v*"}},
		{Owner: "o", Repo: "r", Tracking: sources.Tracking{Rev: "v1.0"}},
		{Owner: "o", Repo: "r", Tracking: sources.Tracking{Branch: "main"}, Checkout: sources.Checkout{Submodules: true}},
		{Owner: "o", Repo: "r", Tracking: sources.Tracking{Rev: commit}},
	}
	for _, spec := range specs {
		set.Announce(spec)
	}
	if got := len(f.Requests()); got != 0 {
		t.Errorf("announcing made %d requests", got)
	}
	var all sync.WaitGroup
	for _, spec := range specs {
		all.Go(func() {
			if _, err := set.Resolve(t.Context(), spec); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := count(f); got != 1 {
		t.Errorf("got %d requests for refs, want 1", got)
	}
	if _, err := set.Resolve(t.Context(), github.Spec{Owner: "o", Repo: "other", Tracking: sources.Tracking{Branch: "main"}}); err != nil || count(f) != 2 {
		t.Errorf("got %v and %d requests for refs of two repositories, want 2", err, count(f))
	}
	wantNoAPI(t, f)
}

func TestReleases(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("o/r")
	commits := make(map[string]string)
	publish := func(tag string, release forgetest.Release) {
		commits[tag] = r.Commit("main", forgetest.Files{"a": {Body: tag}})
		r.Tag(tag, commits[tag])
		release.Tag = tag
		r.Release(release)
	}
	publish("v1.0", forgetest.Release{})
	publish("v1.10", forgetest.Release{})
	publish("v1.9", forgetest.Release{}) // a later release of an older line
	publish("v2.0-rc1", forgetest.Release{Prerelease: true})
	publish("v1.11", forgetest.Release{Prerelease: true}) // the forge says so, not the name
	publish("v3.0", forgetest.Release{Draft: true})
	r.Tag("v9.0", commits["v1.0"]) // no release
	named := f.Repo("o/named")
	for _, tag := range []string{"spring", "summer"} {
		named.Tag(tag, named.Commit("main", forgetest.Files{"a": {Body: tag}}))
		named.Release(forgetest.Release{Tag: tag})
	}
	set := sources.NewSet(newKind(t, f, nil))
	for _, tt := range []struct {
		name, repo string
		tracking   sources.Tracking
		want       sources.Facts
	}{
		{"newest", "r", sources.Tracking{Release: true}, sources.Facts{Ref: "refs/tags/v1.10", Version: "1.10"}},
		{"pre-releases", "r", sources.Tracking{Release: true, Range: sources.Range{Prerelease: true}}, sources.Facts{Ref: "refs/tags/v2.0-rc1", Version: "2.0-rc1"}},
		{"constraint", "r", sources.Tracking{Release: true, Range: sources.Range{Constraint: "<1.10"}}, sources.Facts{Ref: "refs/tags/v1.9", Version: "1.9"}},
		{"names that are no versions", "named", sources.Tracking{Release: true}, sources.Facts{Ref: "refs/tags/summer", Version: "summer"}},
	} {
		spec := github.Spec{Owner: "o", Repo: tt.repo, Tracking: tt.tracking}
		got, err := set.Resolve(t.Context(), spec)
		if err != nil || got.Facts != tt.want {
			t.Errorf("%s: got %+v, %v, want %+v", tt.name, got.Facts, err, tt.want)
		}
		if want := commits[strings.TrimPrefix(tt.want.Ref, "refs/tags/")]; tt.repo == "r" && got.Rev() != want {
			t.Errorf("%s: got commit %s, want %s", tt.name, got.Rev(), want)
		}
	}
	_, err := set.Resolve(t.Context(), github.Spec{Owner: "o", Repo: "r", Tracking: sources.Tracking{Release: true, Range: sources.Range{Constraint: ">5"}}})
	if !errors.Is(err, sources.ErrNotFound) || !strings.Contains(err.Error(), ">5") {
		t.Errorf("constraint without a match: got %v (hint %q), want an ErrNotFound whose hint names it", err, sourcestest.AdviceOf(err))
	}
}

// The newest version may stand on a later page: the forge sorts by date.
func TestReleasePages(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("o/r")
	tip := r.Commit("main", forgetest.Files{"a": {Body: "1"}})
	for i := range 150 {
		tag := fmt.Sprintf("v1.%d", i)
		if i == 0 {
			tag = "v2.0" // the oldest, on the last page
		}
		r.Tag(tag, tip)
		r.Release(forgetest.Release{Tag: tag, Date: time.Date(2024, 1, 1, i, 0, 0, 0, time.UTC)})
	}
	set := sources.NewSet(newKind(t, f, nil))
	got, err := set.Resolve(t.Context(), github.Spec{Owner: "o", Repo: "r", Tracking: sources.Tracking{Release: true}})
	if err != nil || got.Ref != "refs/tags/v2.0" {
		t.Errorf("got %+v, %v, want v2.0", got, err)
	}
	pages := 0
	for _, r := range f.Requests() {
		if r.Path == "/repos/o/r/releases" {
			pages++
		}
	}
	if pages != 2 {
		t.Errorf("got %d pages, want 2", pages)
	}
}

// A stable release is found behind pre-releases, but not behind any number of them.
func TestReleaseBehindPrereleases(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name        string
		prereleases int
		marked      bool // as pre-releases, not only named so
		pages       int
		want        string
	}{
		{"marked", 350, true, 4, "refs/tags/v1.6.5"},
		{"named", 350, false, 4, "refs/tags/v1.6.5"},
		{"the last that is looked at", 999, true, 10, "refs/tags/v1.6.5"},
		{"too many", 1000, true, 10, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := forgetest.New(t)
			r := f.Repo("o/r")
			r.Tag("v1.6.5", r.Commit("main", forgetest.Files{"a": {Body: "1"}}))
			for i := range tt.prereleases + 1 {
				release := forgetest.Release{Tag: fmt.Sprintf("v1.6.6-rc.%d", i), Prerelease: tt.marked, Date: time.Date(2024, 1, 1, i, 0, 0, 0, time.UTC)}
				if i == 0 {
					release.Tag, release.Prerelease = "v1.6.5", false
				}
				r.Release(release)
			}
			set := sources.NewSet(newKind(t, f, nil))
			got, err := set.Resolve(t.Context(), github.Spec{Owner: "o", Repo: "r", Tracking: sources.Tracking{Release: true}})
			if got.Ref != tt.want || (err == nil) != (tt.want != "") {
				t.Errorf("got %s, %v, want %q", got.Ref, err, tt.want)
			}
			if tt.want == "" && (!errors.Is(err, sources.ErrNotFound) || !strings.Contains(err.Error(), "newest 1000")) {
				t.Errorf("got %v, want an ErrNotFound that says how many releases were looked at", err)
			}
			pages := 0
			for _, r := range f.Requests() {
				if r.Path == "/repos/o/r/releases" {
					pages++
				}
			}
			if pages != tt.pages {
				t.Errorf("got %d pages, want %d", pages, tt.pages)
			}
		})
	}
}

// Releases have dates, by which schemes compete.
func TestReleaseSchemes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, tags, want string }{
		{"dates, then versions", "2025-06-20 v0.1.4 v1.2.0 v1.1.9", "v1.2.0"},
		{"versions, then dates", "v1.2.0 2025-06-20 2025-06-19", "2025-06-20"},
		{"name at version", "r@1.50.2 r@1.49.9 core@9.0.0", "r@1.50.2"},
		{"only other names", "core@9.0.0 cli@1.0.0", "cli@1.0.0"},
		{"pre-releases that the forge calls releases", "v1.0-beta1 v1.0-beta3 v1.0-beta2", "v1.0-beta3"},
		{"a stable one among them", "v1.0-beta1 v0.9 v1.0-beta3", "v0.9"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := forgetest.New(t)
			r := f.Repo("o/r")
			for tag := range strings.FieldsSeq(tt.tags) {
				r.Tag(tag, r.Commit("main", forgetest.Files{"a": {Body: tag}}))
				r.Release(forgetest.Release{Tag: tag})
			}
			set := sources.NewSet(newKind(t, f, nil))
			got, err := set.Resolve(t.Context(), github.Spec{Owner: "o", Repo: "r", Tracking: sources.Tracking{Release: true}})
			if want := sources.TagVersion(tt.want); err != nil || got.Ref != "refs/tags/"+tt.want || got.Version != want {
				t.Errorf("got %+v, %v, want %s, version %s", got.Facts, err, tt.want, want)
			}
		})
	}
}

func TestReleaseFaults(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("o/r")
	r.Tag("v1.0", r.Commit("main", forgetest.Files{"a": {Body: "1"}}))
	r.Release(forgetest.Release{Tag: "v1.0"})
	spec := github.Spec{Owner: "o", Repo: "r", Tracking: sources.Tracking{Release: true}}
	reset := time.Date(2099, 2, 3, 4, 5, 6, 0, time.UTC)
	for _, tt := range []struct {
		name  string
		spoil func()
		is    error
		hint  string
	}{
		{"limit", func() { f.RateLimit("api.github.com", reset) }, web.ErrRateLimited, ""},
		{"secondary limit", func() { f.Fault(forgetest.Fault{Host: "api.github.com", Kind: forgetest.SecondaryLimit(time.Hour)}) }, web.ErrRateLimited, ""},
		{"bad token", func() {
			f.Fault(forgetest.Fault{Host: "api.github.com", Kind: forgetest.Status(401, nil, `{"message":"Bad credentials"}`)})
		}, web.ErrUnauthorized, ""},
		{"forbidden", func() {
			f.Fault(forgetest.Fault{Host: "api.github.com", Kind: forgetest.Status(403, nil, `{"message":"no"}`)})
		}, web.ErrUnauthorized, ""},
		{"broken server", func() { f.Fault(forgetest.Fault{Host: "api.github.com", Kind: forgetest.Status(500, nil, "")}) }, web.ErrServer, ""},
		{"unreachable", func() { f.Unreachable("api.github.com") }, web.ErrUnreachable, ""},
	} {
		tt.spoil()
		_, err := sources.NewSet(newKind(t, f, nil)).Resolve(t.Context(), spec)
		if !errors.Is(err, tt.is) || !strings.Contains(sourcestest.AdviceOf(err), tt.hint) {
			t.Errorf("%s: got %v (hint %q), want %v with %q in the hint", tt.name, err, sourcestest.AdviceOf(err), tt.is, tt.hint)
		}
		f.ClearFaults()
	}
	f.Fault(forgetest.Fault{Host: "api.github.com", Kind: forgetest.HTML()})
	if got, err := sources.NewSet(newKind(t, f, nil)).Resolve(t.Context(), spec); err == nil {
		t.Errorf("a web page instead of the API's answer: got %+v, want an error", got)
	}
	f.ClearFaults()
	f.Fault(forgetest.Fault{Host: "api.github.com", Kind: forgetest.Status(503, nil, ""), Times: 1})
	if _, err := sources.NewSet(newKind(t, f, nil)).Resolve(t.Context(), spec); err != nil {
		t.Errorf("one 503 and then the answer: got %v", err)
	}
}

// A token opens a private repository, for refs and for releases, and goes nowhere else.
func TestPrivate(t *testing.T) {
	t.Parallel()
	const token = "t0ken-of-github"
	f := forgetest.New(t)
	for _, host := range []string{"github.com", "ghe.example.org"} {
		r := f.RepoOn(host, "o/secret")
		r.Tag("v1.0", r.Commit("main", forgetest.Files{"a": {Body: "1"}}))
		r.Release(forgetest.Release{Tag: "v1.0"})
		r.Tag("v2.0", r.Rev("main"))
		r.Release(forgetest.Release{Tag: "v2.0", Draft: true}) // whoever has the token sees it
		r.Private(token)
	}
	open := f.Repo("o/open")
	open.Commit("main", forgetest.Files{"a": {Body: "1"}})
	for _, tt := range []struct {
		name, host string
		tokenFor   string
		works      bool
	}{
		{"github.com", "", "github.com", true},
		{"enterprise", "ghe.example.org", "ghe.example.org", true},
		{"github.com without a token", "", "", false},
		{"enterprise with github.com's token", "ghe.example.org", "github.com", false},
	} {
		f.ResetLog()
		set := sources.NewSet(newKind(t, f, tokens(tt.tokenFor, token)))
		for _, tracking := range []sources.Tracking{{Branch: "main"}, {Tags: "*"}, {Release: true}} {
			got, err := set.Resolve(t.Context(), github.Spec{Host: tt.host, Owner: "o", Repo: "secret", Tracking: tracking})
			if (err == nil) != tt.works {
				t.Errorf("%s, %+v: got %+v, %v, want success %v", tt.name, tracking, got, err, tt.works)
			}
			if tracking.Release && err == nil && got.Ref != "refs/tags/v1.0" {
				t.Errorf("%s: got release %s, want v1.0: the other one is a draft", tt.name, got.Ref)
			}
			if err != nil && strings.Contains(err.Error(), token) {
				t.Errorf("%s: the error repeats the token: %v", tt.name, err)
			}
		}
		if _, err := set.Resolve(t.Context(), github.Spec{Host: "other.example.org", Owner: "o", Repo: "open", Tracking: sources.Tracking{Branch: "main"}}); err != nil {
			t.Errorf("%s: another host: %v", tt.name, err)
		}
		for _, r := range f.Requests() {
			own := r.Host == tt.tokenFor || tt.tokenFor == "github.com" && r.Host == "api.github.com"
			if r.Header.Get("Authorization") != "" && (!own || !r.TLS) {
				t.Errorf("%s: a token went to %s", tt.name, r.Host)
			}
		}
	}
}
