package gitcmd_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

var bot = gitcmd.Person{Name: "Bot", Email: "bot@example.org"}

// project has a base with a lock, and two branches of the bot's.
func project(f *forgetest.Forge, opts ...forgetest.RepoOption) *forgetest.Repo {
	repo := f.RepoOn("git.example.org", "acme/demo", opts...)
	repo.Grant("t0ken", "bot", forgetest.MayPush)
	repo.Grant("reads", "eve")
	base := repo.Commit("main", forgetest.Files{
		"nix/pins.json": {Body: "one\n", Executable: true}, "README": {Body: "read me\n"}, "link": {Symlink: "README"},
	})
	for _, name := range []string{"pinfetch/a", "pinfetch/b", "feature"} {
		repo.Branch(name, base)
		repo.Commit(name, forgetest.Files{"nix/pins.json": {Body: name + "\n"}}, forgetest.CommitOptions{Author: "Bot <bot@example.org>"})
	}
	return repo
}

// pusher has a token that may push.
func pusher(t *testing.T, f *forgetest.Forge) *gitcmd.Git {
	t.Helper()
	g := newGit(t, f)
	g.Credentials = web.Credentials{"git.example.org": {User: "bot", Password: "t0ken"}}
	g.Tries = 1
	return g
}

func clone(t *testing.T, g *gitcmd.Git, url, base string) *gitcmd.Clone {
	t.Helper()
	c, err := g.Clone(t.Context(), url, base, "pinfetch/")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// build makes a commit of the lock onto the base.
func build(t *testing.T, c *gitcmd.Clone, lock string) gitcmd.Commit {
	t.Helper()
	made, err := c.Commit(t.Context(), gitcmd.NewCommit{
		Parent: c.Base(), Files: map[string][]byte{"nix/pins.json": []byte(lock)}, Author: bot,
		Message: "Update " + lock + "\n\nPinfetch-Bot: bot@example.org", Date: time.Date(2026, 1, 2, 3, 4, 5, 6, time.FixedZone("", 3600)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func push(t *testing.T, c *gitcmd.Clone, updates ...gitcmd.RefUpdate) []error {
	t.Helper()
	refused, err := c.Push(t.Context(), updates)
	if err != nil || len(refused) != len(updates) {
		t.Fatalf("push: got %d results, %v", len(refused), err)
	}
	return refused
}

func TestClone(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]forgetest.RepoOption{"sha1": nil, "sha256": {forgetest.SHA256()}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := forgetest.New(t)
			repo := project(f, opts...)
			repo.Private("t0ken")
			c := clone(t, pusher(t, f), repo.URL(), "")
			if c.BaseName() != "main" || c.Base().ID != repo.Rev("main") {
				t.Errorf("base: got %s %+v", c.BaseName(), c.Base())
			}
			branches := c.Branches()
			if got := slices.Sorted(maps.Keys(branches)); !slices.Equal(got, []string{"pinfetch/a", "pinfetch/b"}) {
				t.Errorf("got branches %q", got)
			}
			want := gitcmd.Commit{
				ID: repo.Rev("pinfetch/a"), Tree: objectOf(t, repo, "pinfetch/a^{tree}"), Parents: []string{repo.Rev("main")},
				Author: bot, Committer: bot, Date: time.Date(2024, 1, 2, 12, 0, 0, 0, time.UTC), Message: "commit 2\n",
			}
			if got := branches["pinfetch/a"]; !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v, want %+v", got, want)
			}
			before := len(f.Requests())
			for range 2 { // the second time, nothing is fetched
				got, err := c.Files(t.Context(), "nix/pins.json", c.Base(), branches["pinfetch/a"], branches["pinfetch/b"])
				if err != nil || len(got) != 3 || string(got[c.Base().ID]) != "one\n" || string(got[want.ID]) != "pinfetch/a\n" {
					t.Errorf("got files %q, %v", got, err)
				}
			}
			if n := len(f.Requests()) - before; n == 0 || n > 3 { // a question without the token, and one for all files
				t.Errorf("%d requests for files", n)
			}

			made := build(t, c, "new\n")
			again, date := build(t, c, "new\n"), time.Date(2026, 1, 2, 2, 4, 5, 0, time.UTC)
			if again.ID != made.ID || made.Date != date || made.Author != bot {
				t.Errorf("got %+v, then %s", made, again.ID)
			}
			for _, err := range push(t, c,
				gitcmd.RefUpdate{Branch: "pinfetch/a", Old: want.ID, New: made.ID},
				gitcmd.RefUpdate{Branch: "pinfetch/b", Old: branches["pinfetch/b"].ID},
				gitcmd.RefUpdate{Branch: "pinfetch/c", New: made.ID},
			) {
				if err != nil {
					t.Error(err)
				}
			}
			if repo.Rev("pinfetch/a") != made.ID || repo.Rev("pinfetch/c") != made.ID || repo.Rev("pinfetch/a^") != repo.Rev("main") {
				t.Error("the branches were not pushed")
			}
			diff := objectOf(t, repo, "pinfetch/a:nix/pins.json")
			if tree := entryOf(t, repo, "pinfetch/a", "nix/pins.json"); !strings.HasPrefix(tree, "100755 blob "+diff) {
				t.Errorf("got %q, want the mode of the base", tree)
			}
			after := clone(t, pusher(t, f), repo.URL(), "main")
			if got := slices.Sorted(maps.Keys(after.Branches())); !slices.Equal(got, []string{"pinfetch/a", "pinfetch/c"}) {
				t.Errorf("after the push: got branches %q", got)
			}
		})
	}
}

// A server without protocol version 2 and filters sends more, and that is all.
func TestCloneFromOldServer(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := project(f)
	g := newGit(t, f)
	g.Proxy = nil
	c := clone(t, g, oldServer(t, repo.Dir()), "")
	got, err := c.Files(t.Context(), "nix/pins.json", c.Base(), c.Branches()["pinfetch/b"])
	if err != nil || len(got) != 2 || string(got[c.Branches()["pinfetch/b"].ID]) != "pinfetch/b\n" {
		t.Errorf("got %q, %v", got, err)
	}
}

// With filters and without version 2, git cannot find out that the server has a base that moved.
func TestPushAfterBaseMoved(t *testing.T) {
	t.Parallel()
	for protocol, want := range map[string]error{"2": nil, "0": web.ErrTruncated} {
		f := forgetest.New(t)
		repo := project(f)
		f.Fault(forgetest.Fault{Kind: forgetest.HTML(), Match: func(r *http.Request) bool {
			if protocol == "0" {
				r.Header.Del("Git-Protocol")
			}
			return false
		}})
		c := clone(t, pusher(t, f), repo.URL(), "")
		if got, err := c.Files(t.Context(), "nix/pins.json", c.Base()); err != nil || string(got[c.Base().ID]) != "one\n" {
			t.Errorf("protocol %s: got %q, %v", protocol, got, err)
		}
		repo.DeleteRef("refs/heads/pinfetch/a")
		repo.DeleteRef("refs/heads/pinfetch/b")
		repo.DeleteRef("refs/heads/feature")
		repo.Commit("main", forgetest.Files{"nix/pins.json": {Body: "two\n"}})
		_, err := c.Push(t.Context(), []gitcmd.RefUpdate{{Branch: "pinfetch/c", New: build(t, c, "new\n").ID}})
		if !errors.Is(err, want) || want != nil && !strings.Contains(err.Error(), "the base was pushed meanwhile") {
			t.Errorf("protocol %s: got %v, want %v", protocol, err, want)
		}
	}
}

func TestCloneFails(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := project(f)
	f.Repo("acme/empty")
	headless := f.Repo("acme/headless")
	headless.Commit("other", forgetest.Files{"a": {Body: "a"}})
	for name, tt := range map[string]struct {
		url, base, prefix string
		want              error
	}{
		"missing base":       {repo.URL(), "mian", "pinfetch/", gitrefs.ErrNotFound},
		"empty repository":   {"https://github.com/acme/empty", "", "pinfetch/", gitrefs.ErrNotFound},
		"no default branch":  {headless.URL(), "", "pinfetch/", gitrefs.ErrNotFound},
		"no repository":      {"https://git.example.org/acme/none", "", "pinfetch/", gitrefs.ErrNotFound},
		"ssh":                {"git@git.example.org:acme/demo", "", "pinfetch/", gitcmd.ErrTransport},
		"file":               {repo.Dir(), "", "pinfetch/", gitcmd.ErrTransport},
		"a token in the URL": {"https://x:hunter2@git.example.org/acme/demo", "", "pinfetch/", sources.ErrCredentials},
		"a base of options":  {repo.URL(), "a:refs/heads/b", "pinfetch/", sources.ErrInvalid},
		"a prefix of globs":  {repo.URL(), "", "*", sources.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := newGit(t, f).Clone(t.Context(), tt.url, tt.base, tt.prefix)
			if !errors.Is(err, tt.want) || c != nil || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

// What is no plain file is neither read nor replaced. A path without a file is no error.
func TestFilesThatAreNone(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	c := clone(t, pusher(t, f), project(f).URL(), "")
	for path, want := range map[string]error{
		"link": gitcmd.ErrNotFile, "nix": gitcmd.ErrNotFile, "../README": sources.ErrInvalid, "": sources.ErrInvalid,
		"*": nil, "none/x": nil,
	} {
		if got, err := c.Files(t.Context(), path, c.Base()); !errors.Is(err, want) || len(got) > 0 {
			t.Errorf("files %q: got %q, %v, want %v", path, got, err, want)
		}
	}
	for path, want := range map[string]error{
		"link": gitcmd.ErrNotFile, "nix": gitcmd.ErrNotFile, "README/x": gitcmd.ErrNotFile, "link/x": gitcmd.ErrNotFile,
		"../x": sources.ErrInvalid, "new \"dir\"\n/x": nil, "nix/other": nil,
	} {
		n := gitcmd.NewCommit{Parent: c.Base(), Files: map[string][]byte{path: []byte("x")}, Author: bot, Message: "m"}
		made, err := c.Commit(t.Context(), n)
		if !errors.Is(err, want) {
			t.Errorf("commit %q: got %v, want %v", path, err, want)
			continue
		}
		if got, err := c.Files(t.Context(), path, made); want == nil && (err != nil || string(got[made.ID]) != "x") {
			t.Errorf("commit %q: got %q, %v", path, got, err)
		}
	}
	for _, author := range []gitcmd.Person{{}, {Name: "a <b>", Email: "c"}, {Name: "a", Email: "b\ncommitter x"}} {
		if _, err := c.Commit(t.Context(), gitcmd.NewCommit{Parent: c.Base(), Author: author}); !errors.Is(err, sources.ErrInvalid) {
			t.Errorf("author %q: got %v", author, err)
		}
	}
}

func TestPushLease(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := project(f)
	c := clone(t, pusher(t, f), repo.URL(), "")
	a, b, made := c.Branches()["pinfetch/a"], c.Branches()["pinfetch/b"], build(t, c, "new\n")
	person := repo.Commit("pinfetch/a", forgetest.Files{"x": {Body: "x"}})
	repo.DeleteRef("refs/heads/pinfetch/b")
	repo.Commit("main", forgetest.Files{"README": {Body: "the base moves, and nobody needs its files\n"}})
	repo.Branch("pinfetch/c", person)
	got := push(t, c,
		gitcmd.RefUpdate{Branch: "pinfetch/a", Old: a.ID, New: made.ID}, gitcmd.RefUpdate{Branch: "pinfetch/b", Old: b.ID},
		gitcmd.RefUpdate{Branch: "pinfetch/c", New: made.ID}, gitcmd.RefUpdate{Branch: "pinfetch/d", New: made.ID},
	)
	if !errors.Is(got[0], gitcmd.ErrLease) || got[1] != nil || !errors.Is(got[2], gitcmd.ErrLease) || got[3] != nil {
		t.Errorf("got %q, want a lost lease for a and c", got)
	}
	if repo.Rev("pinfetch/a") != person || repo.Rev("pinfetch/c") != person || repo.Rev("pinfetch/d") != made.ID {
		t.Error("a person's commit was overwritten")
	}
	if got := push(t, c, gitcmd.RefUpdate{Branch: "pinfetch/d", New: made.ID}); got[0] != nil {
		t.Errorf("a branch that is as wanted: got %v", got[0])
	}
	for _, branch := range []string{"a b", "a:b", "-x/..", "*"} {
		if _, err := c.Push(t.Context(), []gitcmd.RefUpdate{{Branch: branch, New: made.ID}}); !errors.Is(err, sources.ErrInvalid) {
			t.Errorf("branch %q: got %v", branch, err)
		}
	}
}

// Hooks of the server refuse a branch, or move it while it is pushed.
func TestPushRefused(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := project(f)
	c := clone(t, pusher(t, f), repo.URL(), "")
	a, made := c.Branches()["pinfetch/a"], build(t, c, "new\n")
	hook := func(name, script string) func() {
		file := filepath.Join(repo.Dir(), "hooks", name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		writeScript(t, file, script)
		return func() { os.Remove(file) }
	}
	tests := []struct {
		name, hook, script string
		update             gitcmd.RefUpdate
		want               error
		text               string
	}{
		{"all", "pre-receive", `printf 'GH006: \033[1mno t0ken\n' >&2; exit 1`,
			gitcmd.RefUpdate{Branch: "pinfetch/a", Old: a.ID, New: made.ID},
			gitcmd.ErrRefused, "no xxxxx; [remote rejected] (pre-receive hook declined)"},
		{"one", "update", "exit 1", gitcmd.RefUpdate{Branch: "pinfetch/a", Old: a.ID}, gitcmd.ErrRefused, "hook declined"},
		{"moved", "update", "git update-ref refs/heads/pinfetch/a " + repo.Rev("feature"),
			gitcmd.RefUpdate{Branch: "pinfetch/a", Old: a.ID, New: made.ID}, gitcmd.ErrLease, ""},
		{"a directory", "post-update", "", gitcmd.RefUpdate{Branch: "feature/x", New: made.ID},
			gitcmd.ErrRefused, "cannot create"},
	}
	for _, tt := range tests {
		remove := hook(tt.hook, tt.script)
		got := push(t, c, tt.update)
		if !errors.Is(got[0], tt.want) || !strings.Contains(got[0].Error(), tt.text) || strings.ContainsAny(got[0].Error(), "\x1b\n") {
			t.Errorf("%s: got %v, want %v with %q", tt.name, got[0], tt.want, tt.text)
		}
		remove()
	}
}

// A token without rights, and none.
func TestPushUnauthorized(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := project(f)
	for _, credentials := range []web.Credentials{nil, {"git.example.org": {User: "eve", Password: "reads"}}} {
		g := newGit(t, f)
		g.Credentials = credentials
		c := clone(t, g, repo.URL(), "")
		got, err := c.Push(t.Context(), []gitcmd.RefUpdate{{Branch: "pinfetch/new", New: build(t, c, "new\n").ID}})
		if !errors.Is(err, web.ErrUnauthorized) || got != nil {
			t.Errorf("got %v, %v, want %v", got, err, web.ErrUnauthorized)
		}
	}
}

// The connection is lost after the server took the push, or before.
func TestPushWithoutAnswer(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		kind    forgetest.Kind
		arrives bool
	}{
		"lost":  {forgetest.ResetBody(0), true},
		"empty": {forgetest.EmptyBody(), true},
		"early": {forgetest.ResetHeader(), false},
		"busy":  {forgetest.Status(502, nil, ""), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := forgetest.New(t)
			repo := project(f)
			c := clone(t, pusher(t, f), repo.URL(), "")
			made := build(t, c, "new\n")
			updates := []gitcmd.RefUpdate{
				{Branch: "pinfetch/new", New: made.ID}, {Branch: "pinfetch/a", Old: c.Branches()["pinfetch/a"].ID},
			}
			f.Fault(forgetest.Fault{Path: "/acme/demo/git-receive-pack", Kind: tt.kind})
			if got, err := c.Push(t.Context(), updates); tt.arrives && (err != nil || len(got) != 2 || got[0] != nil || got[1] != nil) ||
				!tt.arrives && (got != nil || !errors.Is(err, web.ErrTruncated) && !errors.Is(err, web.ErrServer)) {
				t.Errorf("got %v, %v", got, err)
			}
			if _, err := os.Stat(filepath.Join(repo.Dir(), "refs/heads/pinfetch/new")); (err == nil) != tt.arrives {
				t.Errorf("the branch: %v", err)
			}
			f.ClearFaults()
			if got := push(t, c, updates...); got[0] != nil || got[1] != nil {
				t.Errorf("again: got %v", got)
			}
		})
	}
}

// Tokens are in no argument, variable or file, also while git pushes, and go past a proxy to a server of this machine.
func TestPushOverHTTPOnLoopback(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := f.Repo("acme/demo")
	repo.Commit("main", forgetest.Files{"nix/pins.json": {Body: "one\n"}})
	repo.Private("hunter2hunter2")
	repo.Grant("hunter2hunter2", "bot", forgetest.MayPush)
	g := newGit(t, f)
	g.Proxy = []string{"http_proxy=http://127.0.0.1:1"}
	g.Credentials = web.Credentials{strings.TrimPrefix(f.URL(), "http://"): {User: "bot", Password: "hunter2hunter2"}}
	f.Fault(forgetest.Fault{Kind: forgetest.HTML(), Match: func(r *http.Request) bool {
		for _, place := range placesOf(t, "hunter2hunter2", g.TempDir) {
			t.Errorf("%s: %s contains the password", r.URL.Path, place)
		}
		return false
	}})
	c := clone(t, g, f.URL()+"/acme/demo", "")
	made := build(t, c, "new\n")
	const odd = "pinfetch/--upload-pack=x"
	if got := push(t, c, gitcmd.RefUpdate{Branch: odd, New: made.ID}); got[0] != nil || repo.Rev("refs/heads/"+odd) != made.ID {
		t.Errorf("got %v", got)
	}
	if again := clone(t, g, f.URL()+"/acme/demo", ""); again.Branches()[odd].ID != made.ID {
		t.Errorf("got branches %v", again.Branches())
	}
}

func TestCloneCanceled(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := project(f)
	g := pusher(t, f) // which looks for what is left
	ctx, cancel := context.WithCancel(t.Context())
	f.Fault(forgetest.Fault{Path: "/acme/demo/git-upload-pack", Skip: 1, Kind: forgetest.HTML(), Match: func(*http.Request) bool {
		cancel()
		return true
	}})
	if _, err := g.Clone(ctx, repo.URL(), "", "pinfetch/"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

// The number of git processes does not depend on the number of files.
func TestCloneOfManyFiles(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	files := forgetest.Files{"nix/pins.json": {Body: "one\n"}}
	for i := range 10_000 {
		files[fmt.Sprintf("dir%d/file%d", i%100, i)] = forgetest.File{Body: fmt.Sprint(i)}
	}
	repo := f.RepoOn("git.example.org", "acme/demo")
	repo.Grant("t0ken", "bot", forgetest.MayPush)
	repo.Commit("main", files)
	g := pusher(t, f)
	git, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	log := filepath.Join(bin, "log")
	writeScript(t, filepath.Join(bin, "git"), `echo "$@" >>`+log+`; exec `+git+` "$@"`)
	g.Env[0] = "PATH=" + bin + ":" + os.Getenv("PATH")
	c := clone(t, g, repo.URL(), "")
	if got, err := c.Files(t.Context(), "nix/pins.json", c.Base()); err != nil || string(got[c.Base().ID]) != "one\n" {
		t.Errorf("got %q, %v", got, err)
	}
	made := build(t, c, "new\n")
	if got := push(t, c, gitcmd.RefUpdate{Branch: "pinfetch/a", New: made.ID}); got[0] != nil {
		t.Error(got[0])
	}
	text, err := os.ReadFile(log)
	if n := strings.Count(string(text), "\n"); err != nil || n > 14 {
		t.Errorf("%d commands, %v:\n%s", n, err, text)
	}
}

// entryOf returns a file's line in the tree of a revision.
func entryOf(t *testing.T, repo *forgetest.Repo, revision, path string) string {
	t.Helper()
	out, err := exec.Command("git", "-C", repo.Dir(), "ls-tree", revision, path).Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
