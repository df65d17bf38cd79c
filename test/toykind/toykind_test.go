package toykind_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/cache"
	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/internal/prefetch"
	"github.com/pinfetch/pinfetch/nix"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcestest"
	"github.com/pinfetch/pinfetch/test/dial"
	"github.com/pinfetch/pinfetch/test/forgetest"
	"github.com/pinfetch/pinfetch/test/nixtest"
	"github.com/pinfetch/pinfetch/test/toykind"
)

// Hashes of a directory with one file "a" that contains the word, from "nix hash path" of Nix 2.8.
const (
	sriOne = "sha256-HcVk3yGnJ0aROA+OzX83xl/QC1XCxc6FHYodFdU3sLg="
	sriTwo = "sha256-kbFqe2CRjuZiYgZtilX+++HI2vaxRgWCkF8L2JgMeq4="
)

func files(word string) forgetest.Files { return forgetest.Files{"a": {Body: word}} }

// run is one run of the program: an engine and a cache that earlier runs share.
type run struct {
	engine *engine.Engine
	cached *prefetch.Prefetcher
	kinds  *sources.Set
}

func newRun(t *testing.T, f *forgetest.Forge, cacheDir string) run {
	t.Helper()
	w, g := dial.Forge(t, f, nil)
	kinds := sources.NewSet(toykind.New(gitrefs.NewClient(w, g.Refs)))
	store := cache.Open(cacheDir, cache.Options{Log: func(text string) { t.Error(text) }})
	cached := &prefetch.Prefetcher{Web: w, Git: g, TempDir: t.TempDir(), Store: store}
	return run{&engine.Engine{Sources: kinds, Prefetch: cached.Prefetch}, cached, kinds}
}

// add returns the lock of one pin "a", and what adding it said.
func (r run) add(t *testing.T, request sources.Request) (*lock.File, engine.Outcome) {
	t.Helper()
	spec, err := r.kinds.Parse(request)
	if err != nil {
		t.Fatal(err)
	}
	o := r.engine.Add(t.Context(), []engine.NewPin{{Name: "a", Source: spec}})[0]
	return &lock.File{Pins: map[string]lock.Pin{"a": {Source: o.Source, Locked: o.New}}}, o
}

func (r run) update(t *testing.T, f *lock.File, o engine.UpdateOptions) engine.Outcome {
	t.Helper()
	return r.engine.Update(t.Context(), f, all(t, f), o)[0]
}

func all(t *testing.T, f *lock.File) engine.Selection {
	t.Helper()
	selection, err := engine.Select(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	return selection
}

// downloads counts the archives that were fetched since the log was reset.
func downloads(f *forgetest.Forge) (count int) {
	for _, r := range f.Requests() {
		if strings.Contains(r.Path, "/archive/") {
			count++
		}
	}
	return count
}

func TestConformance(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := f.Repo("o/r")
	repo.Tag("v1.0", repo.Commit("main", files("one")))
	w, g := dial.Forge(t, f, nil)
	sourcestest.Conformance(t, toykind.New(gitrefs.NewClient(w, g.Refs)), []sourcestest.Case{
		{Request: sources.Request{Ref: "toy:o/r"}, Spec: toykind.Spec{Repo: "o/r"}, JSON: `{"type":"toy","repo":"o/r"}`, Title: "r"},
		{
			Request: sources.Request{Ref: "toy:o/r", Tracking: sources.Tracking{Branch: "main"}}, Spec: toykind.Spec{Repo: "o/r", Branch: "main"},
			JSON: `{"type":"toy","repo":"o/r","branch":"main"}`, Title: "r",
		},
		{
			Request: sources.Request{Ref: "toy:o/r", Tracking: sources.Tracking{Tags: "v1.0"}, StoreName: "name"}, Spec: toykind.Spec{Repo: "o/r", Tag: "v1.0", Name: "name"},
			JSON: `{"type":"toy","repo":"o/r","tag":"v1.0","name":"name"}`, Title: "r",
		},
	})
}

// A commit on a branch gets its date from the archive and a version from the date, and moves with the branch.
func TestBranch(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo, dir := f.Repo("o/r"), t.TempDir()
	first := repo.Commit("main", files("one"))
	file, o := newRun(t, f, dir).add(t, sources.Request{Ref: "toy:o/r"})
	want := sources.Facts{Rev: first, Ref: "refs/heads/main", Version: "0-unstable-2024-01-01", Date: "2024-01-01"}
	if o.Err != nil || o.New.Facts != want || o.New.Rev() != first || o.New.Call().Hash.String() != sriOne || o.New.Call().Extension != "tar.gz" || o.Note == "" {
		t.Fatalf("add: got %+v, %v, want %+v and %s", o.New, o.Err, want, sriOne)
	}
	if o := newRun(t, f, dir).update(t, file, engine.UpdateOptions{}); o.Err != nil || o.Status != engine.Unchanged {
		t.Errorf("nothing new: got %s %+v, %v", o.Status, o.New, o.Err)
	}
	second := repo.Commit("main", files("two"))
	if o := newRun(t, f, dir).update(t, file, engine.UpdateOptions{ResolveOnly: true}); o.Err != nil || o.Status != engine.Outdated || o.New.Rev() != second {
		t.Errorf("outdated: got %s %+v, %v, want commit %s", o.Status, o.New, o.Err, second)
	}
	o = newRun(t, f, dir).update(t, file, engine.UpdateOptions{})
	want = sources.Facts{Rev: second, Ref: "refs/heads/main", Version: "0-unstable-2024-01-02", Date: "2024-01-02"}
	if o.Err != nil || o.Status != engine.Updated || o.New.Facts != want || o.New.Call().Hash.String() != sriTwo {
		t.Errorf("update: got %s %+v, %v, want %+v and %s", o.Status, o.New, o.Err, want, sriTwo)
	}
}

// A new store name is no new commit: no tag has moved. A tag that did move is refused.
func TestTag(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo, dir := f.Repo("o/r"), t.TempDir()
	first := repo.Commit("main", files("one"))
	repo.AnnotatedTag("v1.0", first, "release")
	file, o := newRun(t, f, dir).add(t, sources.Request{Ref: "toy:o/r", Tracking: sources.Tracking{Tags: "v1.0"}})
	if want := (sources.Facts{Rev: first, Ref: "refs/tags/v1.0", Version: "1.0", Date: "2024-01-01"}); o.Err != nil || o.New.Facts != want {
		t.Fatalf("add: got %+v, %v, want %+v", o.New, o.Err, want)
	}
	renamed := file.Pins["a"]
	renamed.Source = toykind.Spec{Repo: "o/r", Tag: "v1.0", Name: "renamed"}
	file = &lock.File{Pins: map[string]lock.Pin{"a": renamed}}
	o = newRun(t, f, dir).update(t, file, engine.UpdateOptions{})
	if o.Err != nil || o.Status != engine.Updated || o.Moved != nil || o.New.Call().Name != "renamed" || o.New.Rev() != first || o.New.Call().Hash.String() != sriOne {
		t.Errorf("renamed: got %s %+v, %v, want only the name changed", o.Status, o.New, o.Err)
	}
	repo.MoveTag("v1.0", repo.Commit("main", files("two")))
	if o = newRun(t, f, dir).update(t, file, engine.UpdateOptions{}); !errors.Is(o.Err, engine.ErrMovedTag) || !o.New.Equal(renamed.Locked) {
		t.Errorf("moved: got %s %+v, %v, want an ErrMovedTag", o.Status, o.New, o.Err)
	}
	if o = newRun(t, f, dir).update(t, file, engine.UpdateOptions{AllowMovedTag: true}); o.Err != nil || o.New.Call().Hash.String() != sriTwo {
		t.Errorf("moved and allowed: got %s %+v, %v", o.Status, o.New, o.Err)
	}
}

// A later run takes the hash of a commit from the cache, with everything that the archive told.
func TestCache(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	f.Repo("o/r").Commit("main", files("one"))
	dir := filepath.Join(t.TempDir(), "cache")
	for i, want := range []int{1, 0} {
		f.ResetLog()
		_, o := newRun(t, f, dir).add(t, sources.Request{Ref: "toy:o/r"})
		if o.Err != nil || o.New.Date != "2024-01-01" || o.New.Call().Extension != "tar.gz" || o.New.Call().Hash.String() != sriOne {
			t.Errorf("run %d: got %+v, %v", i, o.New, o.Err)
		}
		if got := downloads(f); got != want {
			t.Errorf("run %d: got %d downloads, want %d", i, got, want)
		}
	}
}

// An archive of another commit than the one that was resolved is refused.
func TestWrongCommit(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := f.Repo("o/r")
	other := repo.Commit("main", files("one"))
	rev := repo.Commit("main", files("two"))
	f.Fault(forgetest.Fault{Path: "/o/r/archive/" + rev + ".tar.gz", Kind: forgetest.RedirectTo("https://toy.example.org/o/r/archive/" + other + ".tar.gz")})
	_, o := newRun(t, f, t.TempDir()).add(t, sources.Request{Ref: "toy:o/r"})
	if !errors.Is(o.Err, prefetch.ErrWrongCommit) || !strings.Contains(o.Err.Error(), other) || !o.New.IsZero() {
		t.Errorf("got %+v, %v, want an ErrWrongCommit that names %s", o.New, o.Err, other)
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo, dir := f.Repo("o/r"), t.TempDir()
	first := repo.Commit("main", files("one"))
	file, _ := newRun(t, f, dir).add(t, sources.Request{Ref: "toy:o/r"})
	verify := func() engine.Outcome {
		r := newRun(t, f, dir)
		r.engine.Prefetch = r.cached.Again
		return r.engine.Verify(t.Context(), file, all(t, file))[0]
	}
	if o := verify(); o.Err != nil || o.Status != engine.Unchanged {
		t.Errorf("got %s, %v, want it unchanged", o.Status, o.Err)
	}
	other := repo.Commit("main", files("two"))
	f.Fault(forgetest.Fault{Path: "/o/r/archive/" + first + ".tar.gz", Kind: forgetest.RedirectTo("https://toy.example.org/o/r/archive/" + other + ".tar.gz")})
	if o := verify(); !errors.Is(o.Err, engine.ErrMismatch) || o.New.Call().Hash.String() != sriTwo {
		t.Errorf("replaced: got %s %+v, %v, want a mismatch", o.Status, o.New, o.Err)
	}
}

// The lock survives reading and writing, and real Nix builds the pin through the reader.
func TestReader(t *testing.T) {
	t.Parallel()
	n := nixtest.New(t)
	f := forgetest.New(t)
	rev := f.Repo("o/r").Commit("main", files("one"))
	file, o := newRun(t, f, t.TempDir()).add(t, sources.Request{Ref: "toy:o/r"})
	if o.Err != nil {
		t.Fatal(o.Err)
	}
	codecs := sources.Codecs{toykind.Codec()}
	data, err := file.Format(codecs)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := lock.Parse(data, codecs); err != nil || !again.Pins["a"].Equal(file.Pins["a"]) {
		t.Fatalf("got %+v, %v from the lock, want %+v", again, err, file.Pins["a"])
	}
	pkgs, err := os.ReadFile(filepath.Join("..", "..", "nix", "tests", "pkgs.nix"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{
		"default.nix": nix.Reader(), "pins.json": data, "pkgs.nix": pkgs,
		"pins.nix": []byte("(import ./pkgs.nix { release = \"25.11\"; }).callPackage ./. { }\n"),
	} {
		if err := os.WriteFile(filepath.Join(n.Dir(), name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	n = n.In(n.Dir()).With(f.Env()...)
	paths, err := n.Build("pins.nix", "-A", "a")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(paths[0], "a")); err != nil || string(got) != "one" {
		t.Errorf("got %q, %v, want the file of the commit", got, err)
	}
	if got, err := n.Eval(`let a = (import ./pins.nix).a; in [ a.rev a.version a.date ]`); err != nil || got != `["`+rev+`","0-unstable-2024-01-01","2024-01-01"]` {
		t.Errorf("got %s, %v, want the facts", got, err)
	}
}
