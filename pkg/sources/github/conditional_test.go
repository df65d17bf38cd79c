package github_test

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pinfetch/pinfetch/internal/cache"
	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/github"
	"github.com/pinfetch/pinfetch/test/dial"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// remembering runs the kind anew each time, over the cache in one directory.
type remembering struct {
	forge *forgetest.Forge
	dir   string
}

// release resolves a repository's newest release, and returns the statuses of the API's responses.
func (r remembering) release(t *testing.T, spec github.Spec, token string) (sources.Resolution, []int, error) {
	t.Helper()
	credentials := tokens(cmp.Or(spec.Host, "github.com"), token)
	w, g := dial.Forge(t, r.forge, credentials, withRateLimit)
	store := cache.Open(r.dir, cache.Options{Log: func(text string) { t.Error(text) }})
	kind := github.New(gitrefs.NewClient(w, g.Refs), web.Conditional(w.RoundTripper(), store, credentials))
	r.forge.ResetLog()
	spec.Tracking = sources.Tracking{Release: true}
	got, err := sources.NewSet(kind).Resolve(t.Context(), spec)
	var statuses []int
	for _, request := range r.forge.Requests() {
		if request.Host != "api.github.com" && !strings.HasPrefix(request.Path, "/api/") {
			continue
		}
		statuses = append(statuses, request.Status)
	}
	return got, statuses, err
}

func TestConditional(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	run := remembering{f, filepath.Join(t.TempDir(), "cache")}
	repo := f.Repo("o/r")
	tip := repo.Commit("main", forgetest.Files{"a": {Body: "1"}})
	publish := func(tag string, hour int) {
		repo.Tag(tag, tip)
		repo.Release(forgetest.Release{Tag: tag, Date: time.Date(2024, 1, 1, hour, 0, 0, 0, time.UTC)})
	}
	for i := range 150 { // two pages, so that Link must be kept too
		publish(fmt.Sprintf("v1.%d", i), i)
	}
	spec := github.Spec{Owner: "o", Repo: "r"}
	want := func(tag string, statuses ...int) {
		t.Helper()
		got, answers, err := run.release(t, spec, "")
		if err != nil || got.Ref != "refs/tags/"+tag || !slices.Equal(answers, statuses) {
			t.Errorf("got %s, %v after answers %v, want %s after %v", got.Ref, err, answers, tag, statuses)
		}
	}
	want("v1.149", 200, 200)
	want("v1.149", 304, 304)
	want("v1.149", 304, 304)
	publish("v2.0", 1000)
	want("v2.0", 200, 200) // at once, and what moved to the second page
	want("v2.0", 304, 304)

	entries, err := filepath.Glob(filepath.Join(run.dir, "*"))
	if err != nil || len(entries) != 2 {
		t.Fatalf("got %q, %v, want an entry for each page", entries, err)
	}
	for _, path := range entries {
		if err := os.Truncate(path, 500); err != nil {
			t.Fatal(err)
		}
	}
	want("v2.0", 200, 200)
	want("v2.0", 304, 304)

	// An answer that is kept is no answer where the server gives none.
	reset := time.Date(2099, 2, 3, 4, 5, 6, 0, time.UTC)
	f.RateLimit("api.github.com", reset)
	if _, answers, err := run.release(t, spec, ""); !errors.Is(err, web.ErrRateLimited) || !slices.Equal(answers, []int{403}) || !resetOf(err).Equal(reset) {
		t.Errorf("limited: got %v (reset %v) after %v, want %v", err, resetOf(err), answers, web.ErrRateLimited)
	}
	f.RateLimit("api.github.com", time.Time{})
	want("v2.0", 304, 304)
	f.Rename("o/r", "o/renamed")
	want("v2.0", 301, 200, 301, 200) // the new name is in every address
	want("v2.0", 301, 304, 301, 304)
}

// What one credential was told is not what another is told, and no credential is kept.
func TestConditionalCredentials(t *testing.T) {
	t.Parallel()
	const token = "ghp_c4n4ryc4n4ry"
	f := forgetest.New(t)
	run := remembering{f, filepath.Join(t.TempDir(), "cache")}
	for _, host := range []string{"github.com", "ghe.example.org"} {
		for _, name := range []string{"o/open", "o/hidden"} {
			repo := f.RepoOn(host, name)
			repo.Tag("v1.0", repo.Commit("main", forgetest.Files{"a": {Body: "1"}}))
			repo.Release(forgetest.Release{Tag: "v1.0"})
			if name == "o/hidden" {
				repo.Private(token)
			}
		}
	}
	for _, tt := range []struct {
		name, host, repo, token string
		want                    int
	}{
		{"first", "", "open", "", 200},
		{"again", "", "open", "", 304},
		{"with a token", "", "open", token, 200},
		{"with a token, again", "", "open", token, 304},
		{"with another token", "", "open", "other", 200},
		{"without one again", "", "open", "", 304},
		{"private", "", "hidden", token, 200},
		{"private, again", "", "hidden", token, 304},
		{"private, with another token", "", "hidden", "other", 404},
		{"private, without a token", "", "hidden", "", 404},
		{"another host", "ghe.example.org", "open", "", 200},
		{"another host, again", "ghe.example.org", "open", "", 304},
		{"another host, private", "ghe.example.org", "hidden", token, 200},
		{"another host, private, again", "ghe.example.org", "hidden", token, 304},
	} {
		_, answers, err := run.release(t, github.Spec{Host: tt.host, Owner: "o", Repo: tt.repo}, tt.token)
		if !slices.Equal(answers, []int{tt.want}) || (err == nil) != (tt.want < 400) {
			t.Errorf("%s: got %v, %v, want %d", tt.name, answers, err, tt.want)
		}
		for _, request := range f.Requests() {
			if tag := request.Header.Get("If-None-Match"); (tag != "") != (request.Status == 304) {
				t.Errorf("%s: the request for %s had the entity tag %q and was answered with %d", tt.name, request.Path, tag, request.Status)
			}
		}
	}
	entries, err := filepath.Glob(filepath.Join(run.dir, "*"))
	if err != nil || len(entries) != 6 {
		t.Fatalf("got %q, %v, want 6 entries", entries, err)
	}
	for _, path := range entries {
		data, err := os.ReadFile(path)
		if err != nil || bytes.Contains(data, []byte(token)) || bytes.Contains(bytes.ToLower(data), []byte("authorization")) {
			t.Errorf("%s shows the credential, %v: %s", path, err, data)
		}
	}
}

func TestConditionalNowhere(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := f.Repo("o/r")
	repo.Tag("v1.0", repo.Commit("main", forgetest.Files{"a": {Body: "1"}}))
	repo.Release(forgetest.Release{Tag: "v1.0"})
	w, g := dial.Forge(t, f, nil)
	set := sources.NewSet(github.New(gitrefs.NewClient(w, g.Refs), web.Conditional(w.RoundTripper(), (*cache.Store)(nil), nil)))
	for range 2 {
		if _, err := set.Resolve(t.Context(), github.Spec{Owner: "o", Repo: "r", Tracking: sources.Tracking{Release: true}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, request := range f.Requests() {
		if request.Status != 200 || request.Header.Get("If-None-Match") != "" {
			t.Errorf("%s: got %d, want a plain request and 200", request.Path, request.Status)
		}
	}
}
