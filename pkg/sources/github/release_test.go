package github_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/github"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcestest"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// After the first refusal no pin asks before the limit resets, and each says when that is; other hosts have limits
// of their own.
func TestLimitIsHeeded(t *testing.T) {
	t.Parallel()
	reset := time.Date(2099, 2, 3, 4, 5, 6, 0, time.UTC)
	for name, limit := range map[string]func(*forgetest.Forge){
		"quota": func(f *forgetest.Forge) { f.RateLimit("api.github.com", reset) },
		"secondary": func(f *forgetest.Forge) {
			f.Fault(forgetest.Fault{Host: "api.github.com", Kind: forgetest.SecondaryLimit(time.Hour)})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := forgetest.New(t)
			for i := range 3 {
				r := f.Repo(fmt.Sprintf("o/r%d", i))
				r.Tag("v1.0", r.Commit("main", forgetest.Files{"a": {Body: "1"}}))
				r.Release(forgetest.Release{Tag: "v1.0"})
			}
			set := sources.NewSet(newKind(t, f, nil))
			release := func(host, repo string) error {
				_, err := set.Resolve(t.Context(), github.Spec{Host: host, Owner: "o", Repo: repo, Tracking: sources.Tracking{Release: true}})
				return err
			}
			if err := release("", "r0"); err != nil {
				t.Fatal(err)
			}
			limit(f)
			f.ResetLog()
			for _, repo := range []string{"r0", "r1", "r2"} {
				err := release("", repo)
				if got := resetOf(err); !errors.Is(err, web.ErrRateLimited) || got.IsZero() || name == "quota" && !got.Equal(reset) {
					t.Errorf("%s: got %v (reset %v), want %v and when it ends", repo, err, got, web.ErrRateLimited)
				}
			}
			if got := len(f.Requests()); got != 1 {
				t.Errorf("got %d requests, want 1", got)
			}
			if err := release("ghe.example.org", "r1"); err != nil {
				t.Errorf("another host: %v", err)
			}
		})
	}
}

// A release whose tag has no usable name fails with that reason.
func TestReleaseWithInvalidTag(t *testing.T) {
	t.Parallel()
	for _, tag := range []string{"a b", `a\u001b[31m`, `\u202ea`, "-x", "a..b", "refs/heads/main"} {
		f := forgetest.New(t)
		f.Repo("o/r").Commit("main", forgetest.Files{"a": {Body: "1"}})
		f.File("api.github.com", "/repos/o/r/releases", forgetest.Content{ContentType: "application/json", Body: []byte(`[{"tag_name":"` + tag + `"}]`)})
		set := sources.NewSet(newKind(t, f, nil))
		spec := github.Spec{Owner: "o", Repo: "r", Tracking: sources.Tracking{Release: true}}
		_, err := set.Resolve(t.Context(), spec)
		sourcestest.WantRefusal(t, tag, spec, err, "newest release of o/r")
	}
}
