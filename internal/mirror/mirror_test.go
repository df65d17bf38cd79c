package mirror_test

import (
	"context"
	"errors"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/pinfetch/pinfetch/internal/binarycache"
	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/internal/mirror"
	"github.com/pinfetch/pinfetch/internal/prefetch"
	"github.com/pinfetch/pinfetch/internal/storepath"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/url"
	"github.com/pinfetch/pinfetch/test/dial"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// world is a forge with files, and pins of them.
type world struct {
	forge      *forgetest.Forge
	prefetcher *prefetch.Prefetcher
	pins       map[string]lock.Pin
	mirror     *mirror.Mirror
}

func newWorld(t *testing.T, bucket binarycache.Bucket, files ...string) *world {
	t.Helper()
	f := forgetest.New(t)
	web, git := dial.Forge(t, f, nil)
	w := &world{forge: f, prefetcher: &prefetch.Prefetcher{Web: web, Git: git, TempDir: t.TempDir()}, pins: make(map[string]lock.Pin)}
	w.mirror = &mirror.Mirror{
		Cache: &binarycache.Cache{Bucket: bucket, Store: storepath.Store(t.TempDir())}, Realise: w.prefetcher.Realise, TempDir: t.TempDir(),
	}
	for _, name := range files {
		f.File("example.org", "/"+name, forgetest.Content{Body: []byte(strings.TrimLeft(name, "0123456789"))})
		w.pin(t, name)
	}
	return w
}

// pin pins a file as it is now.
func (w *world) pin(t *testing.T, name string) {
	t.Helper()
	address := "https://example.org/" + name
	spec, err := sources.Codecs{url.Codec()}.Parse(sources.Request{Ref: address})
	if err != nil {
		t.Fatal(err)
	}
	call := sources.Call{Fetch: sources.Fetch{Fetcher: sources.FetchURL, URL: address}}
	got, err := w.prefetcher.Again(t.Context(), prefetch.NewJob(sources.Resolution{}, call, hash.SHA256), nil)
	if err != nil {
		t.Fatal(err)
	}
	call.Hash = got.Hash
	w.pins[name] = lock.Pin{Source: spec, Locked: sources.Resolution{Calls: []sources.Call{call}}}
}

func (w *world) contents() []mirror.Content { return mirror.Contents(w.mirror.Cache.Store, w.pins) }

// publish wants these statuses.
func (w *world) publish(t *testing.T, want ...mirror.Status) []mirror.Result {
	t.Helper()
	results := w.mirror.Publish(t.Context(), w.contents())
	var got []mirror.Status
	for _, r := range results {
		got = append(got, r.Status)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q: %+v", got, want, results)
	}
	return results
}

// buckets are an empty bucket of each kind.
func buckets(t *testing.T) map[string]binarycache.Bucket {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("mirror"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	s3, err := binarycache.NewS3("mirror", "", binarycache.S3Options{
		Endpoint: strings.TrimPrefix(server.URL, "http://"), Scheme: "http", AccessKey: "key", SecretKey: "secret", TempDir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return map[string]binarycache.Bucket{"dir": binarycache.Dir(filepath.Join(t.TempDir(), "new")), "s3": s3}
}

// Equal contents are one, with the names of all; what differs from the lock is not published; what failed is no news to others.
func TestPublish(t *testing.T) {
	t.Parallel()
	for name, bucket := range buckets(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, bucket, "1a", "2a", "b", "c")
			if got := w.contents(); len(got) != 3 || len(got[0].Outputs) != 2 || !slices.Equal(got[0].Pins, []string{"1a", "2a"}) {
				t.Fatalf("contents %+v", got)
			}
			w.forge.File("example.org", "/b", forgetest.Content{Body: []byte("another")})
			var mismatch *engine.MismatchError
			results := w.publish(t, mirror.Published, mirror.Failed, mirror.Published)
			if !errors.As(results[1].Err, &mismatch) || results[0].From != mirror.FromUpstream || results[0].Size == 0 {
				t.Errorf("%+v", results)
			}
			if s, err := w.mirror.Cache.Look(t.Context(), results[1].Outputs); err != nil || s.Held {
				t.Errorf("published although it differs: %+v, %v", s, err)
			}
			w.forge.File("example.org", "/b", forgetest.Content{Body: []byte("b")})
			w.publish(t, mirror.Present, mirror.Published, mirror.Present)
			w.mirror.Check = true
			w.publish(t, mirror.Present, mirror.Present, mirror.Present)
			// The first name of a content is published, and another one is not.
			delete(w.pins, "c")
			w.forge.File("example.org", "/3a", forgetest.Content{Body: []byte("a")})
			w.pin(t, "3a")
			w.publish(t, mirror.Aliased, mirror.Present)
		})
	}
}

// What is invalid in the lock, and what comes after the end, fails alone.
func TestPublishFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, binarycache.Dir(t.TempDir()), "a", "b")
	pin := w.pins["a"]
	pin.Locked.Calls = slices.Clone(pin.Locked.Calls)
	pin.Locked.Calls[0].URL = "https://elsewhere.example.org/a"
	w.pins["a"] = pin
	if results := w.publish(t, mirror.Failed, mirror.Published); !errors.Is(results[0].Err, engine.ErrInvalidPin) {
		t.Errorf("%v", results[0].Err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, r := range w.mirror.Publish(ctx, w.contents()) {
		if !errors.Is(r.Err, context.Canceled) {
			t.Errorf("%v", r.Err)
		}
	}
	if got := len(mirror.Outputs(w.mirror.Cache.Store, []*lock.File{{Pins: w.pins}})); got != 2 {
		t.Errorf("%d outputs to keep", got)
	}
}

// The store is asked first, mirrors last, and each only if what it has is right.
func TestOrigins(t *testing.T) {
	t.Parallel()
	w := newWorld(t, binarycache.Dir(t.TempDir()), "a", "b")
	path := w.contents()[0].Outputs[0].Path
	if err := os.WriteFile(path, []byte("a"), 0o444); err != nil {
		t.Fatal(err)
	}
	if results := w.publish(t, mirror.Published, mirror.Published); results[0].From != mirror.FromStore || results[1].From != mirror.FromUpstream {
		t.Errorf("%+v", results)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	full := mirror.Origin{Name: "full", Cache: w.mirror.Cache}
	w.forge.Fault(forgetest.Fault{Kind: forgetest.Status(404, nil, "")})
	empty := &binarycache.Cache{Bucket: binarycache.Dir(t.TempDir()), Store: w.mirror.Cache.Store}
	w.mirror.From = []mirror.Origin{{Name: "empty", Cache: empty}, full}
	w.mirror.Cache = &binarycache.Cache{Bucket: binarycache.Dir(t.TempDir()), Store: w.mirror.Cache.Store}
	w.mirror.DryRun = true
	w.publish(t, mirror.Missing, mirror.Missing)
	w.mirror.DryRun = false
	for _, r := range w.publish(t, mirror.Published, mirror.Published) {
		if r.From != "full" || r.Gone == nil {
			t.Errorf("%+v", r)
		}
	}
}

// What an engine hashes is published, and a cache that fails does not fail the engine.
func TestAlong(t *testing.T) {
	t.Parallel()
	w := newWorld(t, binarycache.Dir(t.TempDir()), "a")
	job := prefetch.NewJob(sources.Resolution{}, sources.Call{Fetch: w.pins["a"].Locked.Calls[0].Fetch}, hash.SHA256)
	for _, bucket := range []binarycache.Bucket{w.mirror.Cache.Bucket, brokenBucket{Dir: binarycache.Dir(t.TempDir())}, binarycache.HTTP{}} {
		w.mirror.Cache = &binarycache.Cache{Bucket: bucket, Store: w.mirror.Cache.Store}
		along := &mirror.Along{Mirror: w.mirror, Prefetch: w.prefetcher.Prefetch}
		for range 2 {
			got, err := along.Fetch(t.Context(), job, nil)
			if err != nil || got.Hash != w.pins["a"].Locked.Calls[0].Hash {
				t.Errorf("%T: %v, %v", bucket, got.Hash, err)
			}
		}
		if _, ok := bucket.(binarycache.Dir); ok {
			w.publish(t, mirror.Present)
		}
	}
}

// brokenBucket is full.
type brokenBucket struct{ binarycache.Dir }

func (b brokenBucket) Create(ctx context.Context) (binarycache.Upload, error) {
	u, err := b.Dir.Create(ctx)
	return brokenUpload{u}, err
}

type brokenUpload struct{ binarycache.Upload }

func (brokenUpload) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// A mirror serves if upstream is gone, if the hash is known, and not if upstream sends something else.
func TestFallback(t *testing.T) {
	t.Parallel()
	w := newWorld(t, binarycache.Dir(t.TempDir()), "a", "b")
	w.publish(t, mirror.Published, mirror.Published)
	f := &mirror.Fallback{
		Prefetch: w.prefetcher.Again, Recall: mirror.Locked(w.contents()[:1]), Store: w.mirror.Cache.Store,
		From: []mirror.Origin{{Name: "m", Cache: w.mirror.Cache}}, Unknown: "a hint",
	}
	jobOf := func(name string) prefetch.Job {
		call := w.pins[name].Locked.Calls[0]
		return prefetch.NewJob(sources.Resolution{}, call, hash.SHA256).Accepting(false, call.Hash)
	}
	w.forge.File("example.org", "/a", forgetest.Content{Body: []byte("another")})
	if got, err := f.Fetch(t.Context(), jobOf("a"), nil); err != nil || got.Hash == jobOf("a").Known || len(got.Warnings) > 0 {
		t.Errorf("what upstream sends: %+v, %v", got, err)
	}
	w.forge.Fault(forgetest.Fault{Kind: forgetest.Status(404, nil, "")})
	got, err := f.Fetch(t.Context(), jobOf("a"), nil)
	if err != nil || got.Hash != jobOf("a").Known || len(got.Warnings) != 1 || got.Warnings[0].Kind != prefetch.FromMirror {
		t.Errorf("%+v, %v", got, err)
	}
	var advised *sources.Advised
	if _, err := f.Fetch(t.Context(), jobOf("b"), nil); !errors.As(err, &advised) || advised.Next != "a hint" {
		t.Errorf("unknown: %v", err)
	}
}
