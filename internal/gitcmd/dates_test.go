package gitcmd_test

import (
	"errors"
	"testing"
	"time"

	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// dated has a lightweight and an annotated tag, of commits of different days.
func dated(f *forgetest.Forge) *forgetest.Repo {
	repo := f.RepoOn("git.example.org", "acme/demo")
	day := func(n int) forgetest.CommitOptions {
		return forgetest.CommitOptions{Date: time.Date(2020, 1, n, 12, 0, 0, 0, time.UTC)}
	}
	repo.Tag("v0.6.1", repo.Commit("main", forgetest.Files{"a": {Body: "1"}}, day(1)))
	repo.AnnotatedTag("n7.1", repo.Commit("main", forgetest.Files{"a": {Body: "2"}}, day(2)), "seven")
	repo.Commit("main", forgetest.Files{"a": {Body: "3"}}, day(3))
	return repo
}

func TestTagDates(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := dated(f)
	repo.Private("t0ken")
	g := newGit(t, f)
	g.Credentials = web.Credentials{"git.example.org": {User: "me", Password: "t0ken"}}
	for _, remote := range []string{repo.URL(), "file://" + repo.Dir()} {
		got, err := g.TagDates(t.Context(), remote, []string{"v0.6.1", "n7.1"})
		if err != nil || len(got) != 2 || got["v0.6.1"] != time.Date(2020, 1, 1, 12, 0, 0, 0, time.UTC) || !got["n7.1"].After(got["v0.6.1"]) {
			t.Errorf("%s: got %v, %v, want the day of v0.6.1 and a later one of n7.1", remote, got, err)
		}
	}
}

func TestTagDatesFails(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := dated(f)
	g := newGit(t, f)
	if got, err := g.TagDates(t.Context(), repo.URL(), []string{"v0.6.1", "gone"}); !errors.Is(err, gitcmd.ErrGit) {
		t.Errorf("missing tag: got %v, %v, want %v", got, err, gitcmd.ErrGit)
	}
	if got, err := g.TagDates(t.Context(), "https://git.example.org/acme/none", []string{"v1"}); !errors.Is(err, gitrefs.ErrNotFound) {
		t.Errorf("missing repository: got %v, %v, want %v", got, err, sources.ErrNotFound)
	}
	g.Env = []string{"PATH="}
	if got, err := g.TagDates(t.Context(), repo.URL(), []string{"v0.6.1"}); !errors.Is(err, gitcmd.ErrNoGit) {
		t.Errorf("no git: got %v, %v, want %v", got, err, gitcmd.ErrNoGit)
	}
}
