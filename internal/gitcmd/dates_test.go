package gitcmd_test

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// tagsOf returns tags of a repository.
func tagsOf(t *testing.T, repo *forgetest.Repo, names ...string) (tags []sources.Ref) {
	t.Helper()
	for _, name := range names {
		ref := "refs/tags/" + name
		tags = append(tags, sources.Ref{Name: ref, ID: objectOf(t, repo, ref)})
	}
	return tags
}

func objectOf(t *testing.T, repo *forgetest.Repo, revision string) string {
	t.Helper()
	id, err := exec.Command("git", "-C", repo.Dir(), "rev-parse", revision).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(id))
}

// dated has a lightweight and an annotated tag, of commits of different days, and an annotated one without a tagger.
func dated(t *testing.T, f *forgetest.Forge) *forgetest.Repo {
	t.Helper()
	repo := f.RepoOn("git.example.org", "acme/demo")
	day := func(n int) forgetest.CommitOptions {
		return forgetest.CommitOptions{Date: time.Date(2020, 1, n, 12, 0, 0, 0, time.UTC)}
	}
	repo.Tag("v0.6.1", repo.Commit("main", forgetest.Files{"a": {Body: "1"}}, day(1)))
	repo.AnnotatedTag("n7.1", repo.Commit("main", forgetest.Files{"a": {Body: "2"}}, day(2)), "seven")
	hash := exec.Command("git", "-C", repo.Dir(), "hash-object", "-t", "tag", "-w", "--stdin")
	hash.Stdin = strings.NewReader("object " + repo.Rev("main") + "\ntype commit\ntag v0.6.0\n\nas git wrote them in 2005\n")
	id, err := hash.Output()
	if err != nil {
		t.Fatal(err)
	}
	repo.Tag("v0.6.0", strings.TrimSpace(string(id)))
	repo.Commit("main", forgetest.Files{"a": {Body: "3"}}, day(3))
	return repo
}

func TestTagDates(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := dated(t, f)
	repo.Private("t0ken")
	g := newGit(t, f)
	g.Credentials = web.Credentials{"git.example.org": {User: "me", Password: "t0ken"}}
	for _, remote := range []string{repo.URL(), "file://" + repo.Dir()} {
		got, err := g.TagDates(t.Context(), remote, tagsOf(t, repo, "v0.6.1", "n7.1", "v0.6.0"))
		if err != nil || len(got) != 3 || got[0] != time.Date(2020, 1, 1, 12, 0, 0, 0, time.UTC) || !got[1].After(got[0]) || !got[2].IsZero() {
			t.Errorf("%s: got %v, %v, want the day of v0.6.1, a later one of n7.1, and none", remote, got, err)
		}
	}
}

func TestTagDatesFails(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := dated(t, f)
	g := newGit(t, f)
	gone := sources.Ref{Name: "refs/tags/gone", ID: strings.Repeat("0", 40)}
	if got, err := g.TagDates(t.Context(), repo.URL(), []sources.Ref{gone}); !errors.Is(err, gitcmd.ErrGit) {
		t.Errorf("missing tag: got %v, %v, want %v", got, err, gitcmd.ErrGit)
	}
	if got, err := g.TagDates(t.Context(), "https://git.example.org/acme/none", []sources.Ref{gone}); !errors.Is(err, gitrefs.ErrNotFound) {
		t.Errorf("missing repository: got %v, %v, want %v", got, err, sources.ErrNotFound)
	}
	listed := tagsOf(t, repo, "v0.6.1")
	repo.MoveTag("v0.6.1", repo.Rev("main"))
	if got, err := g.TagDates(t.Context(), repo.URL(), listed); !errors.Is(err, gitrefs.ErrProtocol) {
		t.Errorf("moved tag: got %v, %v, want %v", got, err, gitrefs.ErrProtocol)
	}
	g.Env = []string{"PATH="}
	if got, err := g.TagDates(t.Context(), repo.URL(), listed); !errors.Is(err, gitcmd.ErrNoGit) {
		t.Errorf("no git: got %v, %v, want %v", got, err, gitcmd.ErrNoGit)
	}
}
