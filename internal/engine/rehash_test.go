package engine_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/url"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// edited returns a lock whose pin "a" was edited by hand.
func edited(file *lock.File, edit func(*lock.Pin)) *lock.File {
	pin := file.Pins["a"]
	pin.Locked.Calls = append([]sources.Call{}, pin.Locked.Calls...)
	edit(&pin)
	return &lock.File{Pins: map[string]lock.Pin{"a": pin}}
}

func verifyOne(t *testing.T, f *forgetest.Forge, file *lock.File) engine.Outcome {
	t.Helper()
	selection, err := engine.Select(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	outcomes := newEngine(t, f).Verify(t.Context(), file, selection)
	if len(outcomes) != 1 {
		t.Fatalf("got %d outcomes, want 1", len(outcomes))
	}
	return outcomes[0]
}

// When a bot edits "rev" and runs a rehash, the facts of that commit are updated too.
func TestRehash(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("o/r")
	first := r.Commit("main", one())
	r.Tag("v1.0", first)
	second := r.Commit("main", two())
	r.Tag("v1.1", second)
	again := r.Commit("main", one()) // the tree of the first commit, two days later
	tags := add(t, f, map[string]sources.Spec{"a": following("r", sources.Tracking{Tags: "*", Range: sources.Range{Constraint: "<1.1"}})})
	branch := add(t, f, map[string]sources.Spec{"a": following("r", sources.Tracking{Branch: "main"})})
	newer := add(t, f, map[string]sources.Spec{"a": following("r", sources.Tracking{Tags: "*"})})
	other := func(p *lock.Pin) { p.Source = following("r", sources.Tracking{Tags: "v1.0*"}) }
	newest := func(p *lock.Pin) { p.Source = following("r", sources.Tracking{Tags: "*"}) }
	rev := func(id string) func(*lock.Pin) { return func(p *lock.Pin) { p.Locked.Calls[0].Rev = id } }
	for _, tt := range []struct {
		name   string
		file   *lock.File
		status engine.Status
		facts  sources.Facts
		rev    string
		sri    string
	}{
		{"nothing edited", tags, engine.Unchanged, tags.Pins["a"].Locked.Facts, first, sriOne},
		{"rev of what the source means now", edited(edited(tags, newest), rev(second)), engine.Updated,
			sources.Facts{Ref: "refs/tags/v1.1", Version: "1.1", Date: "2024-01-02"}, second, sriTwo},
		{"rev of a tag that the constraint excludes", edited(tags, rev(second)), engine.Updated,
			sources.Facts{Ref: "refs/tags/v1.1", Version: "1.1", Date: "2024-01-02"}, second, sriTwo},
		{"rev of an older tag", edited(edited(newer, newest), rev(first)), engine.Updated, tags.Pins["a"].Locked.Facts, first, sriOne},
		{"rev of a tag that the glob does not match", edited(edited(tags, other), rev(second)), engine.Updated,
			sources.Facts{Version: "0-unstable-2024-01-02", Date: "2024-01-02"}, second, sriTwo},
		{"rev of another commit of the branch", edited(branch, rev(second)), engine.Updated,
			sources.Facts{Ref: "refs/heads/main", Version: "0-unstable-2024-01-02", Date: "2024-01-02"}, second, sriTwo},
		{"rev of a commit with the same tree", edited(tags, rev(again)), engine.Updated,
			sources.Facts{Version: "0-unstable-2024-01-03", Date: "2024-01-03"}, again, sriOne},
		{"flipped hash", edited(tags, func(p *lock.Pin) { p.Locked.Calls[0].Hash = sri(sriTwo) }), engine.Updated, tags.Pins["a"].Locked.Facts, first, sriOne},
		{"stale facts", edited(tags, func(p *lock.Pin) {
			p.Locked.Facts = sources.Facts{Ref: "refs/tags/v0.9", Version: "0.9", Date: "2020-01-01"}
		}), engine.Updated, tags.Pins["a"].Locked.Facts, first, sriOne},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := updateOne(t, f, tt.file, engine.UpdateOptions{Rehash: true})
			if o.Err != nil || o.Status != tt.status || o.New.Facts != tt.facts || o.New.Rev() != tt.rev || o.New.Call().Hash != sri(tt.sri) {
				t.Errorf("got %s %+v, %v, want %s %+v, commit %s, %s", o.Status, o.New, o.Err, tt.status, tt.facts, tt.rev, tt.sri)
			}
			if o.Status == engine.Unchanged {
				wantKept(t, tt.file, o)
			}
		})
	}
}

func TestRehashFails(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("o/r")
	r.Tag("v1.0", r.Commit("main", one()))
	file := add(t, f, map[string]sources.Spec{"a": following("r", sources.Tracking{Tags: "*"})})
	missing := edited(file, func(p *lock.Pin) { p.Locked.Calls[0].Rev = strings.Repeat("f", 40) })
	o := updateOne(t, f, missing, engine.UpdateOptions{Rehash: true})
	if o.Status != engine.Failed || !errors.Is(o.Err, sources.ErrNotFound) {
		t.Errorf("got %s, %v, want an ErrNotFound", o.Status, o.Err)
	}
	wantKept(t, missing, o)
}

// If the file at a URL changes in place, only a rehash accepts the new content.
func TestRehashFile(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	f.File("example.org", "/tool-1.5", forgetest.Content{Body: []byte("one")})
	file := add(t, f, map[string]sources.Spec{"a": url.Spec{URL: "https://example.org/tool-1.5"}})
	f.File("example.org", "/tool-1.5", forgetest.Content{Body: []byte("two")})
	if o := updateOne(t, f, file, engine.UpdateOptions{}); o.Status != engine.Unchanged {
		t.Errorf("update: got %s, %v, want it unchanged", o.Status, o.Err)
	}
	wantDownloads(t, f, 0)
	o := updateOne(t, f, file, engine.UpdateOptions{Rehash: true})
	want := file.Pins["a"].Locked.Facts
	if o.Err != nil || o.Status != engine.Updated || o.New.Call().Hash != sri(fileTwo) || o.New.Facts != want {
		t.Errorf("rehash: got %s %+v, %v, want %s and %+v", o.Status, o.New, o.Err, fileTwo, want)
	}
}

// A sha512 hash written by hand passes verify, and rehashing unchanged content keeps the facts.
func TestSHA512(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("o/r")
	r.Tag("v1.0", r.Commit("main", one()))
	f.File("example.org", "/tool-1.5", forgetest.Content{Body: []byte("one")})
	f.File("example.org", "/a-1.5.tar.gz", forgetest.Content{Redirect: "https://codeload.github.com/o/r/tar.gz/refs/tags/v1.0"})
	for name, tt := range map[string]struct {
		spec           sources.Spec
		sha256, sha512 string
	}{
		"file":    {url.Spec{URL: "https://example.org/tool-1.5"}, fileOne, file512One},
		"archive": {url.Spec{URL: "https://example.org/a-1.5.tar.gz", Content: sources.Content{Unpack: true}}, sriOne, sri512One},
		"github":  {following("r", sources.Tracking{Tags: "*"}), sriOne, sri512One},
		"checkout": {func() sources.Spec {
			s := following("r", sources.Tracking{Tags: "*"})
			s.Submodules = true
			return s
		}(), sriOne, sri512One},
	} {
		file := add(t, f, map[string]sources.Spec{"a": tt.spec})
		if got := file.Pins["a"].Locked.Call().Hash; got != sri(tt.sha256) {
			t.Errorf("%s: got %s, want %s", name, got, tt.sha256)
		}
		long := edited(file, func(p *lock.Pin) { p.Locked.Calls[0].Hash = sri(tt.sha512) })
		if o := updateOne(t, f, long, engine.UpdateOptions{}); o.Err != nil || o.Status != engine.Unchanged {
			t.Errorf("%s: update: got %s, %v, want it unchanged", name, o.Status, o.Err)
		}
		if o := verifyOne(t, f, long); o.Err != nil || o.Status != engine.Unchanged {
			t.Errorf("%s: verify: got %s, %v, want it unchanged", name, o.Status, o.Err)
		}
		wrong := sri(tt.sha512).Digest()
		wrong[0] ^= 1
		flipped := edited(file, func(p *lock.Pin) { p.Locked.Calls[0].Hash = hash.NewSRI(hash.SHA512, wrong) })
		if o := verifyOne(t, f, flipped); o.Status != engine.Mismatch || !strings.Contains(o.Err.Error(), tt.sha512) {
			t.Errorf("%s: verify a flipped hash: got %s, %v, want a mismatch that names %s", name, o.Status, o.Err, tt.sha512)
		}
		o := updateOne(t, f, long, engine.UpdateOptions{Rehash: true})
		if got := o.New.Call().Hash; o.Err != nil || got != sri(tt.sha256) && got != sri(tt.sha512) || o.New.Facts != file.Pins["a"].Locked.Facts {
			t.Errorf("%s: rehash: got %s %+v, %v, want the same content and facts", name, o.Status, o.New, o.Err)
		}
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("o/r")
	r.Tag("v1.0", r.Commit("main", one()))
	f.File("example.org", "/tool", forgetest.Content{Body: []byte("one")})
	specs := map[string]sources.Spec{
		"commit": following("r", sources.Tracking{Tags: "*"}),
		"file":   url.Spec{URL: "https://example.org/tool"},
		"gone":   url.Spec{URL: "https://example.org/tool"},
		"right":  following("r", sources.Tracking{Branch: "main"}),
	}
	file := add(t, f, specs)
	for name, edit := range map[string]func(*sources.Call){
		"commit": func(c *sources.Call) { c.Hash = sri(sriTwo) },
		"file":   func(c *sources.Call) { c.Hash = sri(fileTwo) },
		"gone":   func(c *sources.Call) { c.URL = "https://example.org/gone" },
	} {
		pin := file.Pins[name]
		pin.Locked.Calls = append([]sources.Call{}, pin.Locked.Calls...)
		edit(&pin.Locked.Calls[0])
		file.Pins[name] = pin
	}
	selection, err := engine.Select(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	f.ResetLog()
	got := newEngine(t, f).Verify(t.Context(), file, selection)
	for i, want := range []struct {
		name          string
		status        engine.Status
		expected, got string
	}{
		{"commit", engine.Mismatch, sriTwo, sriOne},
		{"file", engine.Mismatch, fileTwo, fileOne},
		{"gone", engine.Failed, "", ""},
		{"right", engine.Unchanged, "", ""},
	} {
		o := got[i]
		if o.Name != want.name || o.Status != want.status || (o.Err != nil) != (want.status != engine.Unchanged) {
			t.Errorf("got %s %s, %v, want %s %s", o.Name, o.Status, o.Err, want.name, want.status)
			continue
		}
		if want.status != engine.Mismatch {
			wantKept(t, file, o)
			continue
		}
		if !errors.Is(o.Err, engine.ErrMismatch) || !strings.Contains(o.Err.Error(), want.expected) || !strings.Contains(o.Err.Error(), want.got) {
			t.Errorf("%s: got %v, want both hashes", o.Name, o.Err)
		}
		if o.New.Call().Hash != sri(want.got) || o.Old.Call().Hash != sri(want.expected) || file.Pins[o.Name].Locked.Call().Hash != sri(want.expected) {
			t.Errorf("%s: got old %v, new %v, locked %v", o.Name, o.Old, o.New, file.Pins[o.Name].Locked)
		}
	}
	for _, r := range f.Requests() {
		if r.Command == "ls-refs" {
			t.Error("verify asked what a source means now")
		}
	}
}
