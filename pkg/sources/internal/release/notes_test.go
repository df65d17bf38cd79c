package release_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/forgejo"
	"github.com/pinfetch/pinfetch/pkg/sources/github"
	"github.com/pinfetch/pinfetch/pkg/sources/gitlab"
	"github.com/pinfetch/pinfetch/pkg/sources/url"
	"github.com/pinfetch/pinfetch/test/dial"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// forges have releases, each with an API of its own.
var forges = map[string]struct {
	kind    func(sources.RefLister, http.RoundTripper) sources.Kind
	spec    func(sources.Hosted) sources.Spec
	api     string // host
	note    string // path of the note of v1.1
	compare string // path of a comparison, without the revisions
	page    string
	text    string // how a note is written
	commits string // how commits are written
}{
	"github": {
		github.New, func(h sources.Hosted) sources.Spec { return github.Spec(h) }, "api.github.com",
		"/repos/o/r/releases/tags/v1.1", "/repos/o/r/compare/", "https://github.com/o/r/releases/tag/v1.1",
		`{"body":%q}`, `{"total_commits":1,"commits":[{"sha":%q,"commit":{"message":%q}}]}`,
	},
	"gitlab": {
		gitlab.New, func(h sources.Hosted) sources.Spec { return gitlab.Spec(h) }, "gitlab.com",
		"/api/v4/projects/o/r/releases/v1.1", "/api/v4/projects/o/r/repository/compare", "https://gitlab.com/o/r/-/releases/v1.1",
		`{"description":%q}`, `{"commits":[{"id":%q,"title":%q}]}`,
	},
	"forgejo": {
		forgejo.New, func(h sources.Hosted) sources.Spec { return forgejo.Spec(h) }, "codeberg.org",
		"/api/v1/repos/o/r/releases/tags/v1.1", "/api/v1/repos/o/r/compare/", "https://codeberg.org/o/r/releases/tag/v1.1",
		`{"body":%q}`, `{"total_commits":1,"commits":[{"sha":%q,"commit":{"message":%q}}]}`,
	},
}

// serve returns a forge whose repository o/r has v1.0, and two commits later v1.1, x/v1.1 and v1.2, of which the last one has no
// release.
func serve(t *testing.T) (*forgetest.Forge, *forgetest.Repo) {
	f := forgetest.New(t)
	r := f.Repo("o/r")
	commit := func(message string) string {
		return r.Commit("main", forgetest.Files{"a": {Body: message}}, forgetest.CommitOptions{Message: message})
	}
	r.Tag("v1.0", commit("one"))
	commit("two (#2)\n\nlonger")
	last := commit("three")
	for _, tag := range []string{"v1.1", "x/v1.1", "v1.2"} {
		r.Tag(tag, last)
	}
	r.Release(forgetest.Release{Tag: "v1.1", Body: "New: *a*\r\n@ada"})
	r.Release(forgetest.Release{Tag: "x/v1.1", Body: "slash"})
	return f, r
}

func newSet(t *testing.T, f *forgetest.Forge, name string) *sources.Set {
	w, g := dial.Forge(t, f, nil, func(o *web.Options) { o.RateLimit = github.RateLimit })
	kind := forges[name].kind(gitrefs.NewClient(w, g.Refs), w.RoundTripper())
	return sources.NewSet(kind, url.New(w, w.RoundTripper(), kind))
}

// at is what is locked of a ref. A file has no commit.
func at(ref, rev string) sources.Resolution {
	return sources.Resolution{Facts: sources.Facts{Ref: ref, Rev: rev}, Calls: []sources.Call{{Fetch: sources.Fetch{URL: "https://example.org/" + ref}}}}
}

func TestNotes(t *testing.T) {
	t.Parallel()
	for name, forge := range forges {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, r := serve(t)
			set := newSet(t, f, name)
			one, three := r.Rev("v1.0"), r.Rev("v1.1")
			two := r.Rev("v1.1~1")
			plain := forge.spec(sources.Hosted{Owner: "o", Repo: "r"})
			both := []sources.CommitNote{{ID: three, Subject: "three"}, {ID: two, Subject: "two (#2)"}}
			for _, tt := range []struct {
				name     string
				spec     sources.Spec
				from, to sources.Resolution
				note     string
				commits  []sources.CommitNote
				requests int
			}{
				{"tag", plain, at("refs/tags/v1.0", one), at("refs/tags/v1.1", three), "New: *a*\r\n@ada", both, 2},
				{"tag with a slash", plain, at("refs/tags/v1.0", one), at("refs/tags/x/v1.1", three), "slash", both, 2},
				{"tag without a release", plain, at("refs/tags/v1.0", one), at("refs/tags/v1.2", three), "", both, 2},
				{"branch", plain, at("refs/heads/main", two), at("refs/heads/main", three), "", both[:1], 1},
				{"branch that went back", plain, at("refs/heads/main", three), at("refs/heads/main", two), "", nil, 1},
				{"unchanged", plain, at("refs/tags/v1.1", three), at("refs/tags/v1.1", three), "", nil, 0},
				{"file of a release", forge.spec(sources.Hosted{Owner: "o", Repo: "r", File: sources.File{Asset: "a"}}),
					at("refs/tags/v1.0", ""), at("refs/tags/v1.1", ""), "New: *a*\r\n@ada", both, 2},
				{"URL", url.Spec{URL: "https://example.org/{version}", From: plain}, at("refs/tags/v1.0", ""), at("refs/tags/v1.1", ""), "New: *a*\r\n@ada", both, 2},
				{"plain URL", url.Spec{URL: "https://example.org/"}, at("", ""), at("", ""), "", nil, 0},
				{"new pin", plain, sources.Resolution{}, at("refs/tags/v1.1", three), "", nil, 0},
			} {
				f.ResetLog()
				got, err := set.Notes(t.Context(), tt.spec, tt.from, tt.to)
				note := ""
				if len(got.Releases) == 1 {
					note = got.Releases[0].Text
					if tt.note != "slash" && got.Releases[0] != (sources.ReleaseNote{Tag: "v1.1", Text: tt.note, URL: forge.page}) {
						t.Errorf("%s: got %+v", tt.name, got.Releases[0])
					}
				}
				if err != nil || note != tt.note || !slices.Equal(got.Commits, tt.commits) || got.Total != len(tt.commits) || len(f.Requests()) != tt.requests {
					t.Errorf("%s: got %+v, %v, want note %q and commits %v with %d requests, not %d", tt.name, got, err, tt.note, tt.commits, tt.requests, len(f.Requests()))
				}
			}
			for _, tracking := range []sources.Tracking{{Release: true, Tags: "v*"}, {Tags: "v1.1"}, {Rev: "v1.1"}} {
				spec := forge.spec(sources.Hosted{Owner: "o", Repo: "r", Tracking: tracking})
				found, err := set.Resolve(t.Context(), spec)
				got, err2 := set.Notes(t.Context(), spec, at("refs/tags/v1.0", one), found)
				if err != nil || err2 != nil || len(got.Releases) != 1 || !slices.Equal(got.Commits, both) {
					t.Errorf("%+v: got %+v, %v, %v", tracking, got, err, err2)
				}
			}
			got, err := set.Notes(t.Context(), plain, at("refs/tags/v0", strings.Repeat("0", 40)), at("refs/tags/v1.1", three))
			if !errors.Is(err, sources.ErrNotFound) || len(got.Releases) != 1 {
				t.Errorf("old commit is gone: got %+v, %v, want the note, and an ErrNotFound", got, err)
			}
		})
	}
}

// Only the newest of many commits are kept, of a hundred that one answer has.
func TestManyCommits(t *testing.T) {
	t.Parallel()
	for name, forge := range forges {
		f := forgetest.New(t)
		r := f.Repo("o/r")
		first := r.Commit("main", forgetest.Files{"a": {Body: "0"}})
		last := ""
		for i := range 60 {
			last = r.Commit("main", forgetest.Files{"a": {Body: fmt.Sprint(i)}})
		}
		got, err := newSet(t, f, name).Notes(t.Context(), forge.spec(sources.Hosted{Owner: "o", Repo: "r"}), at("refs/heads/main", first), at("refs/heads/main", last))
		if err != nil || len(got.Commits) != 50 || got.Commits[0].ID != last || got.Total != 60 {
			t.Errorf("%s: got %d of %d commits, %v", name, len(got.Commits), got.Total, err)
		}
	}
}

// What an API answers is bounded and valid UTF-8, or an error without it.
func TestHostileNotes(t *testing.T) {
	t.Parallel()
	const old, rev = "0123456789abcdef0123456789abcdef01234567", "1123456789abcdef0123456789abcdef01234567"
	long := strings.Repeat("é<b>@ada ", 1<<17)
	for name, forge := range forges {
		for what, tt := range map[string]struct{ note, compare string }{
			"long":           {fmt.Sprintf(forge.text, long), fmt.Sprintf(forge.commits, long, long)},
			"invalid UTF-8":  {strings.Replace(fmt.Sprintf(forge.text, "a?"), "?", "\xff", 1), strings.Replace(fmt.Sprintf(forge.commits, rev, "?"), "?", "\xff", 1)},
			"empty":          {`{}`, `{}`},
			"null":           {`null`, `{"commits":[null]}`},
			"HTML note":      {`<!DOCTYPE html><title>p4ss</title>`, `{}`},
			"HTML compare":   {`{}`, `<!DOCTYPE html><title>p4ss</title>`},
			"type of note":   {`["p4ss"]`, `{}`},
			"type of text":   {strings.Replace(fmt.Sprintf(forge.text, ""), `""`, `{"p4ss":1}`, 1), `{}`},
			"type of commit": {`{}`, `{"commits":{"p4ss":1}}`},
			"truncated":      {`{}`, `{"commits":[`},
		} {
			isValid := slices.Contains([]string{"long", "invalid UTF-8", "empty", "null"}, what)
			f := forgetest.New(t)
			path := forge.compare
			if strings.HasSuffix(path, "/") {
				path += old + "..." + rev
			}
			f.File(forge.api, forge.note, forgetest.Content{ContentType: "application/json", Body: []byte(tt.note)})
			f.File(forge.api, path, forgetest.Content{ContentType: "application/json", Body: []byte(tt.compare)})
			got, err := newSet(t, f, name).Notes(t.Context(), forge.spec(sources.Hosted{Owner: "o", Repo: "r"}), at("refs/tags/v1.0", old), at("refs/tags/v1.1", rev))
			if (err == nil) != isValid || err != nil && (strings.Contains(err.Error(), "p4ss") || !errors.Is(err, sources.ErrAnswer) && !errors.Is(err, github.ErrResponse)) {
				t.Errorf("%s, %s: got error %v, valid: %v", name, what, err, isValid)
			}
			if size := len(fmt.Sprint(got)); size > 70_000 || !utf8.ValidString(fmt.Sprint(got)) {
				t.Errorf("%s, %s: got %d bytes, valid UTF-8: %v", name, what, size, utf8.ValidString(fmt.Sprint(got)))
			}
		}
	}
}

// A refusal ends the search, and says what to wait for.
func TestNotesAreRefused(t *testing.T) {
	t.Parallel()
	for name, forge := range forges {
		f, r := serve(t)
		spec := forge.spec(sources.Hosted{Owner: "o", Repo: "r"})
		from, to := at("refs/tags/v1.0", r.Rev("v1.0")), at("refs/tags/v1.1", r.Rev("v1.1"))
		f.Fault(forgetest.Fault{Host: forge.api, Kind: forgetest.Status(http.StatusTooManyRequests, http.Header{"Retry-After": {"3600"}}, "later")})
		got, err := newSet(t, f, name).Notes(t.Context(), spec, from, to)
		if !errors.Is(err, web.ErrRateLimited) || len(f.Requests()) != 1 || len(got.Releases)+len(got.Commits) != 0 {
			t.Errorf("%s: got %+v, %v, want %v, after 1 request, not %d", name, got, err, web.ErrRateLimited, len(f.Requests()))
		}
	}
	f, r := serve(t)
	f.RateLimit("api.github.com", time.Date(2099, 2, 3, 4, 5, 6, 0, time.UTC))
	_, err := newSet(t, f, "github").Notes(t.Context(), forges["github"].spec(sources.Hosted{Owner: "o", Repo: "r"}),
		at("refs/heads/main", r.Rev("v1.0")), at("refs/heads/main", r.Rev("v1.1")))
	if !errors.Is(err, web.ErrRateLimited) {
		t.Errorf("quota: got %v, want %v", err, web.ErrRateLimited)
	}
}
