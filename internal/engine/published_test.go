package engine_test

import (
	"cmp"
	"context"
	"errors"
	"testing"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/internal/prefetch"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/test/dial"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// published is a package whose upstream publishes the SHA-512 of one of its two files. Its newest version is 2.0.
type published struct{ Version string }

func (published) Kind() string                     { return "published" }
func (published) Title() string                    { return "tool" }
func (published) Accepts(sources.Resolution) error { return nil }
func (published) Validate() error                  { return nil }

func publishedKind(hash string) sources.Kind {
	parse := func(sources.Request) (published, error) { return published{}, sources.ErrOtherKind }
	ask := func(published) sources.Request { return sources.Request{} }
	at := func(_ context.Context, _ published, version string) (sources.Resolution, error) {
		file := func(system string) sources.Fetch {
			return sources.Fetch{Fetcher: sources.FetchURL, URL: "https://example.org/" + version + "/" + system}
		}
		return sources.Resolution{Facts: sources.Facts{Version: version, Date: "2024-01-0" + version[:1]}, Calls: []sources.Call{
			{System: "aarch64-linux", Fetch: file("aarch64-linux"), Hash: sri(hash)},
			{System: "x86_64-linux", Fetch: file("x86_64-linux")},
		}}, nil
	}
	return sources.NewKind(sources.Define(sources.Definition{Name: "published"}, parse, ask), sources.Resolver[published]{
		Resolve: func(ctx context.Context, s published) (sources.Resolution, error) {
			return at(ctx, s, cmp.Or(s.Version, "2.0"))
		},
		At: at,
	})
}

// All systems come from one resolution. A hash that upstream publishes is locked without a download; verify and rehash
// still download, and keep its algorithm.
func TestPublishedHash(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	for _, system := range []string{"aarch64-linux", "x86_64-linux"} {
		f.File("example.org", "/1.0/"+system, forgetest.Content{Body: []byte("one")})
	}
	run := func(hash string) *engine.Engine {
		w, g := dial.Forge(t, f, nil)
		p := &prefetch.Prefetcher{Web: w, Git: g, TempDir: t.TempDir()}
		return &engine.Engine{Sources: sources.NewSet(publishedKind(hash)), Prefetch: p.Prefetch}
	}
	o := run(file512One).Add(t.Context(), []engine.NewPin{{Name: "tool", Source: published{"1.0"}}})[0]
	if o.Err != nil || len(o.New.Calls) != 2 || o.New.Calls[0].Hash != sri(file512One) || o.New.Calls[1].Hash != sri(fileOne) {
		t.Fatalf("add: got %+v, %v, want both hashes", o.New, o.Err)
	}
	wantDownloads(t, f, 1)
	file := &lock.File{Pins: map[string]lock.Pin{"tool": {Source: o.Source, Locked: o.New}}}
	everything, err := engine.Select(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name      string
		hash      string
		options   engine.UpdateOptions
		status    engine.Status
		downloads int
	}{
		{"nothing new", file512One, engine.UpdateOptions{}, engine.Unchanged, 0},
		{"rehash", file512One, engine.UpdateOptions{Rehash: true}, engine.Unchanged, 2},
		{"another hash is published", sri512One, engine.UpdateOptions{}, engine.Failed, 0},
		{"another hash is accepted", sri512One, engine.UpdateOptions{AllowMovedTag: true}, engine.Updated, 1},
	} {
		f.ResetLog()
		o := run(tt.hash).Update(t.Context(), file, everything, tt.options)[0]
		isRefused := tt.status == engine.Failed
		if errors.Is(o.Err, engine.ErrMovedTag) != isRefused || o.Status != tt.status || o.New.Calls[0].Hash != sri(tt.hash) != isRefused {
			t.Errorf("%s: got %s %+v, %v, want %s", tt.name, o.Status, o.New, o.Err, tt.status)
		}
		wantDownloads(t, f, tt.downloads)
	}
	f.ResetLog()
	if o := run(file512One).Verify(t.Context(), file, everything)[0]; o.Err != nil || o.Status != engine.Unchanged {
		t.Errorf("verify: got %s, %v", o.Status, o.Err)
	}
	wantDownloads(t, f, 2)
}

// What names no commit keeps its version and date wherever its URL stays, and gets those of another version with it.
func TestFactsOfPackages(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	for _, path := range []string{"/1.0/aarch64-linux", "/1.0/x86_64-linux", "/2.0/aarch64-linux", "/2.0/x86_64-linux"} {
		f.File("example.org", path, forgetest.Content{Body: []byte("one")})
	}
	w, g := dial.Forge(t, f, nil)
	p := &prefetch.Prefetcher{Web: w, Git: g, TempDir: t.TempDir()}
	e := &engine.Engine{Sources: sources.NewSet(publishedKind(file512One)), Prefetch: p.Prefetch}
	older, newer := sources.Facts{Version: "1.0", Date: "2024-01-01"}, sources.Facts{Version: "2.0", Date: "2024-01-02"}
	o := e.Add(t.Context(), []engine.NewPin{{Name: "tool", Source: published{}, At: "1.0"}})[0]
	if o.Err != nil || o.New.Facts != older {
		t.Fatalf("add: got %+v, %v, want %+v", o.New.Facts, o.Err, older)
	}
	file := &lock.File{Pins: map[string]lock.Pin{"tool": {Source: o.Source, Locked: o.New}}}
	everything, err := engine.Select(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	if o := e.Update(t.Context(), file, everything, engine.UpdateOptions{Rehash: true})[0]; o.Status != engine.Unchanged {
		t.Errorf("rehash: got %s %+v, %v, want no change", o.Status, o.New.Facts, o.Err)
	}
	for stay, want := range map[bool]sources.Facts{true: older, false: newer} {
		if o := e.Set(t.Context(), file, []engine.Change{{Name: "tool", Source: published{}, Stay: stay}})[0]; o.Err != nil || o.New.Facts != want {
			t.Errorf("set, staying %v: got %+v, %v, want %+v", stay, o.New.Facts, o.Err, want)
		}
	}
}
