package engine_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/internal/prefetch"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/git"
	"github.com/pinfetch/pinfetch/pkg/sources/github"
	"github.com/pinfetch/pinfetch/pkg/sources/url"
	"github.com/pinfetch/pinfetch/test/dial"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// Hashes of a directory with one file "a" that contains the word, and of that file alone: "nix hash path" and
// "nix hash file" of Nix 2.8.
const (
	sriOne     = "sha256-HcVk3yGnJ0aROA+OzX83xl/QC1XCxc6FHYodFdU3sLg="
	sriTwo     = "sha256-kbFqe2CRjuZiYgZtilX+++HI2vaxRgWCkF8L2JgMeq4="
	sri512One  = "sha512-GaFHCCB+0kXhWz9MOeKWgiPmazyDgpQyjckrYotZSd7n5NObxcKz+iXix2Df86JpyGsIQCs7KbSHsNH4/c/BeA=="
	fileOne    = "sha256-dpLDrTVAu4A8Ags67mbNiIcSMjTqDG5xQ8Ct1z/0Me0="
	fileTwo    = "sha256-P8TM/nRYcOLA2Z9x8w/wZWyN7dQcwdfT03aw2+aF4vM="
	file512One = "sha512-BfcDQQeKz2oG1CPSFyD5ZD1flTYm2IoCY23DqeeVgq6wyCCFf9P43FAqqDYNLI+pephf2ltim4CcrRj/ti04mQ=="
)

// sri parses a valid hash.
func sri(text string) hash.SRI {
	parsed, err := hash.ParseSRI(text)
	if err != nil {
		panic(err)
	}
	return parsed
}

// one and two are trees of a commit.
func one() forgetest.Files { return forgetest.Files{"a": {Body: "one"}} }
func two() forgetest.Files { return forgetest.Files{"a": {Body: "two"}} }

// newEngine returns an engine with empty caches.
func newEngine(t *testing.T, f *forgetest.Forge) *engine.Engine {
	t.Helper()
	w, g := dial.Forge(t, f, nil)
	refs := gitrefs.NewClient(w, g.Refs)
	h := &prefetch.Prefetcher{Web: w, Git: g, TempDir: t.TempDir()}
	return &engine.Engine{Sources: sources.NewSet(github.New(refs, w.RoundTripper()), git.New(refs), url.New(nil, nil)), Prefetch: h.Prefetch}
}

// following returns a source that follows something in o/REPO.
func following(repo string, tracking sources.Tracking) github.Spec {
	return github.Spec{Owner: "o", Repo: repo, Tracking: tracking}
}

// add returns a lock with these pins, as the engine adds them.
func add(t *testing.T, f *forgetest.Forge, specs map[string]sources.Spec) *lock.File {
	t.Helper()
	var pins []engine.NewPin
	for name, spec := range specs {
		pins = append(pins, engine.NewPin{Name: name, Source: spec})
	}
	file := &lock.File{Pins: make(map[string]lock.Pin)}
	for _, o := range newEngine(t, f).Add(t.Context(), pins) {
		if o.Err != nil || o.Status != engine.Added {
			t.Fatalf("add %q: %s, %v", o.Name, o.Status, o.Err)
		}
		file.Pins[o.Name] = lock.Pin{Source: o.Source, Locked: o.New}
	}
	f.ResetLog()
	return file
}

// update updates with a new engine, like another run of the program.
func update(t *testing.T, f *forgetest.Forge, file *lock.File, o engine.UpdateOptions, words ...string) []engine.Outcome {
	t.Helper()
	selection, err := engine.Select(file, words)
	if err != nil {
		t.Fatal(err)
	}
	return newEngine(t, f).Update(t.Context(), file, selection, o)
}

// updateOne updates a lock of one pin.
func updateOne(t *testing.T, f *forgetest.Forge, file *lock.File, o engine.UpdateOptions) engine.Outcome {
	t.Helper()
	outcomes := update(t, f, file, o)
	if len(outcomes) != 1 {
		t.Fatalf("got %d outcomes, want 1", len(outcomes))
	}
	return outcomes[0]
}

// downloads returns the archives and files that were fetched.
func downloads(f *forgetest.Forge) (paths []string) {
	for _, r := range f.Requests() {
		isRefs := r.Command == "ls-refs" || strings.HasSuffix(r.Path, "/info/refs") || r.Host == "api.github.com"
		if !isRefs && r.Status == 200 {
			paths = append(paths, r.Host+r.Path)
		}
	}
	return paths
}

func wantDownloads(t *testing.T, f *forgetest.Forge, want int) {
	t.Helper()
	if got := downloads(f); len(got) != want {
		t.Errorf("got %d downloads %q, want %d", len(got), got, want)
	}
}

// wantKept fails if an outcome differs from the lock.
func wantKept(t *testing.T, file *lock.File, o engine.Outcome) {
	t.Helper()
	if want := file.Pins[o.Name]; !o.New.Equal(want.Locked) || !o.Old.Equal(want.Locked) || o.Source != want.Source {
		t.Errorf("%s: got source %+v, old %+v, new %+v, want what is locked: %+v", o.Name, o.Source, o.Old, o.New, want)
	}
}

func TestAdd(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("o/r")
	first := r.Commit("main", one())
	r.AnnotatedTag("v1.0", first, "annotated")
	tip := r.Commit("main", two())
	f.File("example.org", "/tool-1.5", forgetest.Content{Body: []byte("one")})
	pins := []engine.NewPin{
		{Name: "tool", Source: url.Spec{URL: "https://example.org/tool-1.5"}},
		{Name: "open", Source: following("r", sources.Tracking{})},
		{Name: "fixed", Source: following("r", sources.Tracking{Rev: tip})},
		{Name: "checkout", Source: git.Spec{URL: "https://example.org/o/r.git", Tracking: sources.Tracking{Branch: "main"}}},
	}
	want := []engine.Outcome{
		{Name: "checkout", Status: engine.Added, Source: pins[3].Source, New: sources.Resolution{
			Facts: sources.Facts{Ref: "refs/heads/main", Version: "0-unstable-2024-01-02", Date: "2024-01-02"},
			Calls: []sources.Call{{Fetch: sources.Fetch{Fetcher: sources.FetchGit, URL: "https://example.org/o/r.git", Rev: tip}, Hash: sri(sriTwo)}},
		}},
		{Name: "fixed", Status: engine.Added, Source: pins[2].Source, New: sources.Resolution{
			Facts: sources.Facts{Version: "0-unstable-2024-01-02", Date: "2024-01-02"},
			Calls: []sources.Call{{Fetch: sources.Fetch{Fetcher: sources.FetchFromGitHub, Owner: "o", Repo: "r", Rev: tip}, Hash: sri(sriTwo)}},
		}},
		{Name: "open", Status: engine.Added, Source: following("r", sources.Tracking{Tags: "*"}), New: sources.Resolution{
			Facts: sources.Facts{Ref: "refs/tags/v1.0", Version: "1.0", Date: "2024-01-01"},
			Calls: []sources.Call{{Fetch: sources.Fetch{Fetcher: sources.FetchFromGitHub, Owner: "o", Repo: "r", Rev: first}, Hash: sri(sriOne)}},
		}},
		{Name: "tool", Status: engine.Added, Source: pins[0].Source, New: sources.Resolution{
			Facts: sources.Facts{Version: "1.5"},
			Calls: []sources.Call{{Fetch: sources.Fetch{Fetcher: sources.FetchURL, URL: "https://example.org/tool-1.5"}, Hash: sri(fileOne)}},
		}},
	}
	got := newEngine(t, f).Add(t.Context(), pins)
	if len(got) != len(want) {
		t.Fatalf("got %d outcomes, want %d", len(got), len(want))
	}
	for i := range want {
		note := got[i].Note
		got[i].Note = ""
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("got  %+v\nwant %+v", got[i], want[i])
		}
		if (note != "") != (got[i].Name == "open") {
			t.Errorf("%s: got note %q, want one for the open source alone", got[i].Name, note)
		}
	}
}

// forest makes a forge with many repositories, some of which fail, and the pins for them.
func forest(t *testing.T) (*forgetest.Forge, []engine.NewPin) {
	t.Helper()
	f := forgetest.New(t)
	var pins []engine.NewPin
	for i := range 12 {
		repo := fmt.Sprintf("r%d", i)
		name := fmt.Sprintf("pin%d", (i*7)%12)
		if i%4 != 3 {
			r := f.Repo("o/" + repo)
			r.Tag("v1.0", r.Commit("main", forgetest.Files{"a": {Body: repo}}))
		}
		spec := following(repo, sources.Tracking{})
		if i%4 == 2 {
			spec.Rev = "nope"
		}
		pins = append(pins, engine.NewPin{Name: name, Source: spec})
	}
	return f, pins
}

// Outcomes are in name order and do not depend on the number of jobs; a failure does not affect other pins.
func TestJobs(t *testing.T) {
	t.Parallel()
	f, pins := forest(t)
	var all [][]string
	for _, jobs := range []int{1, 32} {
		e := newEngine(t, f)
		e.Jobs = jobs
		var lines []string
		failed := 0
		file := &lock.File{Pins: make(map[string]lock.Pin)}
		for _, o := range e.Add(t.Context(), pins) {
			lines = append(lines, fmt.Sprintf("%s %s %q %+v %v", o.Name, o.Status, o.Note, o.New, o.Err))
			if o.Err != nil {
				failed++
				continue
			}
			file.Pins[o.Name] = lock.Pin{Source: o.Source, Locked: o.New}
		}
		if failed != 6 || len(file.Pins) != 6 {
			t.Errorf("%d jobs: got %d failed and %d added, want 6 each", jobs, failed, len(file.Pins))
		}
		if !slices.IsSortedFunc(lines, func(a, b string) int {
			return strings.Compare(strings.Fields(a)[0], strings.Fields(b)[0])
		}) {
			t.Errorf("%d jobs: outcomes are not in name order: %q", jobs, lines)
		}
		selection, err := engine.Select(file, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range e.Update(t.Context(), file, selection, engine.UpdateOptions{}) {
			lines = append(lines, fmt.Sprintf("%s %s %+v %v", o.Name, o.Status, o.New, o.Err))
		}
		for _, o := range e.Verify(t.Context(), file, selection) {
			lines = append(lines, fmt.Sprintf("%s %s %+v %v", o.Name, o.Status, o.New, o.Err))
		}
		all = append(all, lines)
	}
	if !slices.Equal(all[0], all[1]) {
		t.Errorf("one job:\n%s\nmany:\n%s", strings.Join(all[0], "\n"), strings.Join(all[1], "\n"))
	}
}

// Pins with equal calls share a download; pins of one repository share a request for refs.
func TestSharedDownload(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("o/r")
	tip := r.Commit("main", one())
	r.Tag("v1.0", tip)
	f.File("example.org", "/a.bin", forgetest.Content{Body: []byte("one")})
	file := add(t, f, map[string]sources.Spec{"z": following("r", sources.Tracking{Branch: "main"})})
	outcomes := newEngine(t, f).Add(t.Context(), []engine.NewPin{
		{Name: "a", Source: following("r", sources.Tracking{Branch: "main"})},
		{Name: "b", Source: following("r", sources.Tracking{Tags: "*"})},
		{Name: "c", Source: following("r", sources.Tracking{Rev: tip})},
		{Name: "d", Source: url.Spec{URL: "https://example.org/a.bin"}},
		{Name: "e", Source: url.Spec{URL: "https://example.org/a.bin"}},
	})
	for _, o := range outcomes {
		if o.Err != nil {
			t.Errorf("%s: %v", o.Name, o.Err)
		}
	}
	wantDownloads(t, f, 2)
	refs := 0
	for _, r := range f.Requests() {
		if r.Command == "ls-refs" {
			refs++
		}
	}
	if refs != 1 {
		t.Errorf("got %d requests for refs, want 1", refs)
	}
	// A failed download fails all pins that share it.
	r.Commit("main", two())
	file.Pins["y"] = file.Pins["z"]
	f.Fault(forgetest.Fault{Host: "codeload.github.com", Kind: forgetest.HTML()})
	for _, o := range update(t, f, file, engine.UpdateOptions{}) {
		if o.Status != engine.Failed || !errors.Is(o.Err, hash.ErrNotArchive) {
			t.Errorf("%s: got %s, %v, want it to have failed", o.Name, o.Status, o.Err)
		}
		wantKept(t, file, o)
	}
}

func TestUpdateUnchanged(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("o/r")
	r.Tag("v1.0", r.Commit("main", one()))
	f.File("example.org", "/a-1.0.tar.gz", forgetest.Content{Redirect: "https://codeload.github.com/o/r/tar.gz/refs/tags/v1.0"})
	file := add(t, f, map[string]sources.Spec{
		"branch":   following("r", sources.Tracking{Branch: "main"}),
		"tags":     following("r", sources.Tracking{Tags: "*"}),
		"tag":      following("r", sources.Tracking{Rev: "v1.0"}),
		"commit":   following("r", sources.Tracking{Rev: r.Rev("main")}),
		"archive":  url.Spec{URL: "https://example.org/a-1.0.tar.gz", Content: sources.Content{Unpack: true}},
		"checkout": git.Spec{URL: "https://example.org/o/r", Tracking: sources.Tracking{Branch: "main"}},
	})
	for _, o := range update(t, f, file, engine.UpdateOptions{}) {
		if o.Status != engine.Unchanged || o.Err != nil || len(o.Warnings) != 0 || o.Moved != nil || o.Lower != "" || o.Compare != "" {
			t.Errorf("%s: got %s, %v, %q, %q, want it unchanged", o.Name, o.Status, o.Err, fmt.Sprint(o.Warnings), o.Compare)
		}
		wantKept(t, file, o)
	}
	wantDownloads(t, f, 0)
}

func TestUpdateMoves(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("o/r")
	first := r.Commit("main", one())
	r.Tag("v1.0", first)
	file := add(t, f, map[string]sources.Spec{
		"branch": following("r", sources.Tracking{Branch: "main"}),
		"tags":   following("r", sources.Tracking{Tags: "*"}),
		"fixed":  following("r", sources.Tracking{Rev: "v1.0"}),
	})
	second := r.Commit("main", two())
	r.Tag("v1.1", second)
	want := map[string]engine.Outcome{
		"branch": {Status: engine.Updated, New: sources.Resolution{Facts: sources.Facts{Ref: "refs/heads/main", Version: "0-unstable-2024-01-02", Date: "2024-01-02"}}},
		"tags":   {Status: engine.Updated, New: sources.Resolution{Facts: sources.Facts{Ref: "refs/tags/v1.1", Version: "1.1", Date: "2024-01-02"}}},
		"fixed":  {Status: engine.Unchanged, New: file.Pins["fixed"].Locked},
	}
	compare := "https://github.com/o/r/compare/" + first + "..." + second
	for _, o := range update(t, f, file, engine.UpdateOptions{}) {
		w := want[o.Name]
		if o.Err != nil || o.Status != w.Status || o.New.Facts != w.New.Facts {
			t.Errorf("%s: got %s %+v, %v, want %s %+v", o.Name, o.Status, o.New.Facts, o.Err, w.Status, w.New.Facts)
		}
		if o.Status == engine.Updated && (o.New.Rev() != second || o.New.Call().Hash != sri(sriTwo) || o.Compare != compare) {
			t.Errorf("%s: got %+v, %q, want commit %s, hash %s and a page that compares", o.Name, o.New, o.Compare, second, sriTwo)
		}
		if !o.Old.Equal(file.Pins[o.Name].Locked) {
			t.Errorf("%s: got old %+v, want what is locked", o.Name, o.Old)
		}
	}
	wantDownloads(t, f, 1)
}

// What another lock has hashed is not downloaded again. What it has of another commit or name does not count.
func TestUpdateKnown(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("o/r")
	r.Tag("v1.0", r.Commit("main", one()))
	file := add(t, f, map[string]sources.Spec{"a": following("r", sources.Tracking{Tags: "*"})})
	r.Tag("v1.1", r.Commit("main", two()))
	want := updateOne(t, f, file, engine.UpdateOptions{}).New
	for _, tt := range []struct {
		known     map[string][]sources.Resolution
		downloads int
	}{
		{map[string][]sources.Resolution{"a": {file.Pins["a"].Locked, want}}, 0},
		{map[string][]sources.Resolution{"a": {file.Pins["a"].Locked}, "b": {want}}, 1},
	} {
		f.ResetLog()
		o := updateOne(t, f, file, engine.UpdateOptions{Known: tt.known})
		if o.Err != nil || o.Status != engine.Updated || !o.New.Equal(want) || o.Compare == "" {
			t.Errorf("got %s %+v, %v, %q, want updated %+v", o.Status, o.New, o.Err, o.Compare, want)
		}
		wantDownloads(t, f, tt.downloads)
	}
}

// A new name for the locked commit changes facts without a download.
func TestUpdateFacts(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("o/r")
	tip := r.Commit("main", one())
	r.Tag("v1.0-rc1", tip)
	file := add(t, f, map[string]sources.Spec{"a": following("r", sources.Tracking{Tags: "*", Range: sources.Range{Prerelease: true}})})
	r.Tag("v1.0", tip)
	o := updateOne(t, f, file, engine.UpdateOptions{})
	want := file.Pins["a"].Locked
	want.Ref, want.Version = "refs/tags/v1.0", "1.0"
	if o.Err != nil || o.Status != engine.Updated || !o.New.Equal(want) || o.Compare != "" {
		t.Errorf("got %s %+v, %v, %q, want updated %+v", o.Status, o.New, o.Err, o.Compare, want)
	}
	wantDownloads(t, f, 0)
}

func TestUpdateMovedTag(t *testing.T) {
	t.Parallel()
	for _, wish := range []sources.Tracking{{Tags: "*"}, {Rev: "v1.0"}} {
		f := forgetest.New(t)
		r := f.Repo("o/r")
		first := r.Commit("main", one())
		r.Tag("v1.0", first)
		file := add(t, f, map[string]sources.Spec{"a": following("r", wish)})
		second := r.Commit("main", two())
		r.MoveTag("v1.0", second)

		o := updateOne(t, f, file, engine.UpdateOptions{})
		if o.Status != engine.Failed || !errors.Is(o.Err, engine.ErrMovedTag) || !strings.Contains(o.Err.Error(), first) || !strings.Contains(o.Err.Error(), second) {
			t.Errorf("%+v: got %s, %v, want an ErrMovedTag that names both commits", wish, o.Status, o.Err)
		}
		wantKept(t, file, o)
		if o = updateOne(t, f, file, engine.UpdateOptions{ResolveOnly: true}); o.Err != nil || o.Status != engine.Outdated || o.Moved == nil {
			t.Errorf("%+v, resolving only: got %s, %v, %q, want it outdated with a warning", wish, o.Status, o.Err, fmt.Sprint(o.Moved))
		}
		wantDownloads(t, f, 0)
		o = updateOne(t, f, file, engine.UpdateOptions{AllowMovedTag: true})
		if o.Err != nil || o.Status != engine.Updated || o.New.Rev() != second || o.New.Call().Hash != sri(sriTwo) || o.Moved == nil {
			t.Errorf("%+v, allowed: got %s %+v, %v, %q, want it updated with a warning", wish, o.Status, o.New, o.Err, fmt.Sprint(o.Moved))
		}
	}
}

func TestUpdateDowngrade(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("o/r")
	r.Tag("v1.9", r.Commit("main", one()))
	r.Tag("v1.10", r.Commit("main", two()))
	file := add(t, f, map[string]sources.Spec{"a": following("r", sources.Tracking{Tags: "*"})})
	r.DeleteRef("refs/tags/v1.10")
	for _, o := range []engine.Outcome{
		updateOne(t, f, file, engine.UpdateOptions{}),
		updateOne(t, f, file, engine.UpdateOptions{ResolveOnly: true}),
	} {
		if o.Err != nil || o.Status != engine.Unchanged || o.Lower != "1.9" || o.Old.Version != "1.10" {
			t.Errorf("got %s, %v, %q, want it unchanged, and the lower version named", o.Status, o.Err, o.Lower)
		}
		wantKept(t, file, o)
	}
	wantDownloads(t, f, 0)
	o := updateOne(t, f, file, engine.UpdateOptions{AllowDowngrade: true})
	if o.Err != nil || o.Status != engine.Updated || o.New.Version != "1.9" || o.New.Call().Hash != sri(sriOne) {
		t.Errorf("allowed: got %s %+v, %v, want 1.9", o.Status, o.New, o.Err)
	}
}

func TestUpdateFrozen(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	for _, repo := range []string{"o/frozen", "o/free"} {
		f.Repo(repo).Commit("main", one())
	}
	file := add(t, f, map[string]sources.Spec{
		"frozen": following("frozen", sources.Tracking{Branch: "main"}),
		"free":   following("free", sources.Tracking{Branch: "main"}),
	})
	pin := file.Pins["frozen"]
	pin.Frozen = true
	file.Pins["frozen"] = pin
	f.Repo("o/frozen").Commit("main", two())
	f.Repo("o/free").Commit("main", two())
	f.ResetLog()
	outcomes := update(t, f, file, engine.UpdateOptions{})
	if len(outcomes) != 2 || outcomes[0].Status != engine.Updated || outcomes[1].Status != engine.Frozen {
		t.Fatalf("got %+v, want free updated and frozen frozen", outcomes)
	}
	wantKept(t, file, outcomes[1])
	for _, r := range f.Requests() {
		if strings.Contains(r.Path, "/frozen") {
			t.Errorf("%s%s was asked for a frozen pin", r.Host, r.Path)
		}
	}
	if o := update(t, f, file, engine.UpdateOptions{Rehash: true})[1]; o.Status != engine.Frozen {
		t.Errorf("rehash: got %s, want it frozen", o.Status)
	}
	if o := update(t, f, file, engine.UpdateOptions{}, "frozen")[0]; o.Err != nil || o.Status != engine.Updated {
		t.Errorf("named: got %s, %v, want it updated", o.Status, o.Err)
	}
}

func TestUpdateFails(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	for _, repo := range []string{"a", "b", "c", "d"} {
		f.Repo("o/"+repo).Commit("main", one())
	}
	specs := make(map[string]sources.Spec)
	for _, repo := range []string{"a", "b", "c", "d"} {
		specs[repo] = following(repo, sources.Tracking{Branch: "main"})
	}
	file := add(t, f, specs)
	for _, repo := range []string{"a", "c", "d"} {
		f.Repo("o/"+repo).Commit("main", two())
	}
	f.Repo("o/b").DeleteRef("refs/heads/main")
	f.Fault(forgetest.Fault{Host: "codeload.github.com", Path: "/o/c/", Kind: forgetest.Status(404, nil, "404: Not Found")})
	f.Fault(forgetest.Fault{Path: "/o/d.git/", Kind: forgetest.Status(500, nil, "")})
	want := map[string]error{"a": nil, "b": sources.ErrNotFound, "c": sources.ErrNotFound, "d": web.ErrServer}
	for _, o := range update(t, f, file, engine.UpdateOptions{}) {
		if is := want[o.Name]; is != nil {
			if o.Status != engine.Failed || !errors.Is(o.Err, is) || o.Compare != "" {
				t.Errorf("%s: got %s, %v, %q, want %v", o.Name, o.Status, o.Err, o.Compare, is)
			}
			wantKept(t, file, o)
		} else if o.Err != nil || o.Status != engine.Updated || o.New.Call().Hash != sri(sriTwo) {
			t.Errorf("%s: got %s %+v, %v, want it updated", o.Name, o.Status, o.New, o.Err)
		}
	}
}

// A source with a different file for each system is one pin with a call for each.
func TestSystems(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	for _, name := range []string{"x86_64-linux", "aarch64-darwin"} {
		f.File("example.org", "/tool-1.0-"+name, forgetest.Content{Body: []byte("one")})
	}
	f.File("example.org", "/tool-1.1-x86_64-linux", forgetest.Content{Body: []byte("one")})
	spec := func(linux string) sources.Spec {
		spec, err := sources.NewSet(url.New(nil, nil)).Parse(sources.Request{Systems: []string{
			"x86_64-linux=https://example.org/tool-" + linux + "-x86_64-linux", "aarch64-darwin=https://example.org/tool-1.0-aarch64-darwin",
		}})
		if err != nil {
			t.Fatal(err)
		}
		return spec
	}
	file := add(t, f, map[string]sources.Spec{"a": spec("1.0")})
	want := []sources.Call{
		{System: "aarch64-darwin", Fetch: sources.Fetch{Fetcher: sources.FetchURL, URL: "https://example.org/tool-1.0-aarch64-darwin"}, Hash: sri(fileOne)},
		{System: "x86_64-linux", Fetch: sources.Fetch{Fetcher: sources.FetchURL, URL: "https://example.org/tool-1.0-x86_64-linux"}, Hash: sri(fileOne)},
	}
	if got := file.Pins["a"].Locked; !slices.Equal(got.Calls, want) || got.Version != "1.0" {
		t.Errorf("add: got %+v, want %+v and version 1.0", got, want)
	}
	f.ResetLog()
	for _, o := range []engine.UpdateOptions{{}, {Rehash: true}, {ResolveOnly: true}} {
		if got := updateOne(t, f, file, o); got.Err != nil || got.Status != engine.Unchanged {
			t.Errorf("%+v: got %s, %v, want it unchanged", o, got.Status, got.Err)
		}
	}
	if o := verifyOne(t, f, file); o.Err != nil || o.Status != engine.Unchanged {
		t.Errorf("verify: got %s, %v, want it unchanged", o.Status, o.Err)
	}
	wantDownloads(t, f, 4) // two systems, hashed again and verified

	wrong := file.Pins["a"]
	wrong.Locked.Calls = slices.Clone(wrong.Locked.Calls)
	for i := range wrong.Locked.Calls {
		wrong.Locked.Calls[i].Hash = sri(sriTwo)
	}
	o := verifyOne(t, f, &lock.File{Pins: map[string]lock.Pin{"a": wrong}})
	if o.Status != engine.Mismatch || !slices.Equal(o.New.Calls, want) ||
		!strings.Contains(o.Err.Error(), "aarch64-darwin: ") || !strings.Contains(o.Err.Error(), "x86_64-linux: ") {
		t.Errorf("verify: got %s %+v, %v, want both systems' mismatches", o.Status, o.New, o.Err)
	}

	pin := file.Pins["a"]
	pin.Source = spec("1.1") // edited by hand, for one system only
	file.Pins["a"] = pin
	got := updateOne(t, f, file, engine.UpdateOptions{})
	want[1].URL = "https://example.org/tool-1.1-x86_64-linux"
	if got.Err != nil || got.Status != engine.Updated || !slices.Equal(got.New.Calls, want) || got.New.Version != "" {
		t.Errorf("update: got %s %+v, %v, want %+v and no version that both have", got.Status, got.New, got.Err, want)
	}
	pin.Source = url.Spec{URL: "https://example.org/tool-1.0-x86_64-linux"}
	pin.Locked.Calls = []sources.Call{{Fetch: sources.Fetch{Fetcher: sources.FetchURL, URL: "https://example.org/tool-1.1-x86_64-linux"}, Hash: sri(fileOne)}}
	file.Pins["a"] = pin // the call was edited by hand, and the source does not mean this file
	if got := updateOne(t, f, file, engine.UpdateOptions{Rehash: true}); !errors.Is(got.Err, engine.ErrInvalidPin) {
		t.Errorf("rehash: got %s, %v, want an ErrInvalidPin", got.Status, got.Err)
	}
	pin.Source = spec("1.2")
	file.Pins["a"] = pin
	got = updateOne(t, f, file, engine.UpdateOptions{})
	if got.Status != engine.Failed || !strings.Contains(got.Err.Error(), "x86_64-linux") {
		t.Errorf("update: got %s, %v, want an error about x86_64-linux", got.Status, got.Err)
	}
	wantKept(t, file, got)
}

func TestResolveOnly(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("o/r")
	r.Tag("v1.0", r.Commit("main", one()))
	file := add(t, f, map[string]sources.Spec{
		"branch": following("r", sources.Tracking{Branch: "main"}),
		"tags":   following("r", sources.Tracking{Tags: "*"}),
		"fixed":  following("r", sources.Tracking{Rev: "v1.0"}),
	})
	second := r.Commit("main", two())
	r.Tag("v1.1", second)
	for _, o := range update(t, f, file, engine.UpdateOptions{ResolveOnly: true}) {
		if o.Name == "fixed" {
			if o.Status != engine.Unchanged {
				t.Errorf("fixed: got %s, want it unchanged", o.Status)
			}
			continue
		}
		if o.Err != nil || o.Status != engine.Outdated || o.New.Rev() != second || !o.New.Calls[0].Hash.IsZero() || o.Compare == "" {
			t.Errorf("%s: got %s %+v, %v, %q, want it outdated, without a hash", o.Name, o.Status, o.New, o.Err, o.Compare)
		}
	}
	wantDownloads(t, f, 0)
}

// After an interruption, complete pins are kept; the others fail and keep their old entries.
func TestCancel(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	specs := make(map[string]sources.Spec)
	for _, repo := range []string{"a", "b", "c", "d"} {
		f.Repo("o/"+repo).Commit("main", one())
		specs[repo] = following(repo, sources.Tracking{Branch: "main"})
	}
	file := add(t, f, specs)
	for repo := range specs {
		f.Repo("o/"+repo).Commit("main", two())
	}
	ctx, cancel := context.WithCancel(t.Context())
	e := newEngine(t, f)
	e.Jobs = 1
	plain := e.Prefetch
	count := 0
	e.Prefetch = func(ctx context.Context, j prefetch.Job, p prefetch.Progress) (prefetch.Result, error) {
		result, err := plain(ctx, j, p)
		if count++; count == 2 {
			cancel()
		}
		return result, err
	}
	selection, err := engine.Select(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	updated := 0
	for _, o := range e.Update(ctx, file, selection, engine.UpdateOptions{}) {
		if o.Err == nil {
			updated++
			if o.Status != engine.Updated || o.New.Call().Hash != sri(sriTwo) {
				t.Errorf("%s: got %s %+v, want it updated", o.Name, o.Status, o.New)
			}
			continue
		}
		if o.Status != engine.Failed || !errors.Is(o.Err, context.Canceled) {
			t.Errorf("%s: got %s, %v, want it canceled", o.Name, o.Status, o.Err)
		}
		wantKept(t, file, o)
	}
	if updated != 2 {
		t.Errorf("got %d updated, want 2", updated)
	}
	for _, o := range e.Verify(ctx, file, selection) {
		if o.Status != engine.Failed || !errors.Is(o.Err, context.Canceled) {
			t.Errorf("verify %s: got %s, %v, want it canceled", o.Name, o.Status, o.Err)
		}
		wantKept(t, file, o)
	}
	for _, o := range e.Add(ctx, []engine.NewPin{{Name: "x", Source: specs["a"]}}) {
		if o.Name != "x" || o.Status != engine.Failed || !errors.Is(o.Err, context.Canceled) || o.Source != specs["a"] || !o.New.IsZero() {
			t.Errorf("add: got %+v, want it canceled", o)
		}
	}
}

func TestFailFast(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	specs := make(map[string]sources.Spec)
	for _, repo := range []string{"a", "b", "c"} {
		f.Repo("o/"+repo).Commit("main", one())
		specs[repo] = following(repo, sources.Tracking{Branch: "main"})
	}
	file := add(t, f, specs)
	f.Repo("o/a").Commit("main", two())
	f.Repo("o/b").DeleteRef("refs/heads/main")
	f.Repo("o/c").Commit("main", two())
	f.ResetLog()
	e := newEngine(t, f)
	e.Jobs = 1
	selection, err := engine.Select(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	outcomes := e.Update(t.Context(), file, selection, engine.UpdateOptions{FailFast: true})
	if len(outcomes) != 3 || !errors.Is(outcomes[1].Err, sources.ErrNotFound) {
		t.Fatalf("got %+v, want b failed", outcomes)
	}
	for _, i := range []int{0, 2} { // a was resolved before b, but downloads come after resolutions
		o := outcomes[i]
		if o.Status != engine.Failed || !errors.Is(o.Err, engine.ErrStopped) || !strings.Contains(o.Err.Error(), `"b"`) {
			t.Errorf("%s: got %s, %v, want it stopped because of b", o.Name, o.Status, o.Err)
		}
		wantKept(t, file, o)
	}
	for _, r := range f.Requests() {
		if strings.Contains(r.Path, "/o/c") || strings.Contains(r.Path, "/archive/") {
			t.Errorf("%s was asked for after a failure", r.Path)
		}
	}
}

// "Begin nothing new": work that is running when another pin fails is finished.
func TestFailFastFinishes(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	f.Repo("o/a").Commit("main", one())
	f.Repo("o/b").Commit("main", one())
	file := add(t, f, map[string]sources.Spec{
		"a": following("a", sources.Tracking{Branch: "main"}),
		"b": following("b", sources.Tracking{Branch: "main"}),
	})
	f.Repo("o/a").Commit("main", two())
	f.Repo("o/b").Commit("main", two())
	e := newEngine(t, f)
	e.Jobs = 2
	plain := e.Prefetch
	underway, failed := make(chan struct{}), make(chan struct{})
	broken := errors.New("broken")
	e.Prefetch = func(ctx context.Context, j prefetch.Job, p prefetch.Progress) (prefetch.Result, error) {
		if j.Repo == "a" {
			<-underway
			return prefetch.Result{}, broken
		}
		close(underway)
		<-failed
		return plain(ctx, j, p)
	}
	e.Report = func(event engine.Event) {
		if event.Stage == engine.Done && errors.Is(event.Err, broken) {
			close(failed)
		}
	}
	selection, err := engine.Select(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	outcomes := e.Update(t.Context(), file, selection, engine.UpdateOptions{FailFast: true})
	if !errors.Is(outcomes[0].Err, broken) || outcomes[1].Err != nil || outcomes[1].Status != engine.Updated {
		t.Errorf("got %v and %s, %v, want a failed and b, which was under way, updated", outcomes[0].Err, outcomes[1].Status, outcomes[1].Err)
	}
}

// Report receives the beginning and the end of the work on every pin.
func TestReport(t *testing.T) {
	t.Parallel()
	f, pins := forest(t)
	e := newEngine(t, f)
	var mu sync.Mutex
	stages := make(map[string][]engine.Stage)
	failed := make(map[string]bool)
	e.Report = func(event engine.Event) {
		mu.Lock()
		defer mu.Unlock()
		seen := stages[event.Name]
		if len(seen) == 0 || seen[len(seen)-1] != event.Stage {
			stages[event.Name] = append(seen, event.Stage)
		}
		if event.Stage == engine.Downloading && (event.Bytes < 0 || event.Total < -1 || event.Total >= 0 && event.Bytes > event.Total) {
			t.Errorf("%s: got %d of %d bytes", event.Name, event.Bytes, event.Total)
		}
		failed[event.Name] = event.Err != nil
	}
	for _, o := range e.Add(t.Context(), pins) {
		seen := stages[o.Name]
		if len(seen) < 2 || seen[0] != engine.Resolving || seen[len(seen)-1] != engine.Done || failed[o.Name] != (o.Err != nil) {
			t.Errorf("%s: got stages %q, failed %v, want resolving to done, failed %v", o.Name, seen, failed[o.Name], o.Err != nil)
		}
		if o.Err == nil && !slices.Contains(seen, engine.Downloading) {
			t.Errorf("%s: got stages %q, want a download", o.Name, seen)
		}
	}
}
