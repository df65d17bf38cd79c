package github_test

import (
	"errors"
	"fmt"
	"sync"
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
			for i := range 4 {
				r := f.Repo(fmt.Sprintf("o/r%d", i))
				r.Tag("v1.0", r.Commit("main", forgetest.Files{"a": {Body: "1"}}))
				r.Release(forgetest.Release{Tag: "v1.0"})
			}
			set := sources.NewSet(newKind(t, f, nil))
			release := func(host, repo string) error {
				_, err := set.Resolve(t.Context(), github.Spec{Host: host, Owner: "o", Repo: repo, Tracking: sources.Tracking{Release: true}})
				return err
			}
			if err := release("", "r3"); err != nil { // another repository: this one is known for the rest of the run
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

// A published digest of the bytes that are hashed is the hash. Of other bytes it is checked when they are downloaded, and what is
// no digest is none.
func TestDigests(t *testing.T) {
	t.Parallel()
	const hex = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae" // of "foo", by sha256sum
	for _, tt := range []struct {
		name, digest string
		content      sources.Content
		hash         string
		digestOfFile string
	}{
		{"file", `"sha256:` + hex + `"`, sources.Content{}, "sha256-LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm564=", ""},
		{"executable", `"sha256:` + hex + `"`, sources.Content{Executable: true}, "", "sha256:" + hex},
		{"contents", `"sha256:` + hex + `"`, sources.Content{Unpack: true}, "", "sha256:" + hex},
		{"old file", `null`, sources.Content{}, "", ""},
		{"weak", `"md5:d41d8cd98f00b204e9800998ecf8427e"`, sources.Content{}, "", "md5:d41d8cd98f00b204e9800998ecf8427e"},
		{"short", `"sha256:00"`, sources.Content{}, "", ""},
		{"malformed", `"../x"`, sources.Content{}, "", ""},
	} {
		f := forgetest.New(t)
		f.File("api.github.com", "/repos/o/r/releases", forgetest.Content{ContentType: "application/json", Body: []byte(
			`[{"tag_name":"v1.0","assets":[{"name":"a","state":"starter"},{"name":"a","state":"uploaded","digest":` + tt.digest + `}]}]`)})
		spec := github.Spec{Owner: "o", Repo: "r", Tracking: sources.Tracking{Release: true}, File: sources.File{Asset: "a", Content: tt.content}}
		got, err := sources.NewSet(newKind(t, f, nil)).Resolve(t.Context(), spec)
		if call := got.Call(); err != nil || call.Hash.String() != tt.hash || string(call.Digest) != tt.digestOfFile {
			t.Errorf("%s: got %+v, %v, want hash %q or digest %q", tt.name, call, err, tt.hash, tt.digestOfFile)
		}
	}
}

// All pins of a repository share the list of its releases, from many goroutines.
func TestOneListForEachRepository(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("o/r")
	r.Tag("v1.0", r.Commit("main", forgetest.Files{"a": {Body: "1"}}))
	r.Release(forgetest.Release{Tag: "v1.0", Assets: []forgetest.Asset{{Name: "a-linux"}, {Name: "a-darwin"}}})
	set := sources.NewSet(newKind(t, f, nil))
	var all sync.WaitGroup
	for _, asset := range []string{"a-linux", "a-darwin", "a-{system}", ""} {
		spec := github.Spec{Owner: "o", Repo: "r", Tracking: sources.Tracking{Release: true}, File: sources.File{Asset: asset}}
		if asset == "a-{system}" {
			spec.Systems = sources.NewBySystem(map[string]string{"x86_64-linux": "linux", "aarch64-darwin": "darwin"})
		}
		all.Go(func() {
			if _, err := set.Resolve(t.Context(), spec); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	asked := 0
	for _, request := range f.Requests() {
		if request.Host == "api.github.com" {
			asked++
		}
	}
	if asked != 1 {
		t.Errorf("got %d requests for releases, want 1", asked)
	}
}

// A repository that moved shows in the addresses of its files; the locked ones stay.
func TestMovedRelease(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	f.Repo("o/r").Release(forgetest.Release{Tag: "v1.0", Assets: []forgetest.Asset{{Name: "a"}}})
	f.Rename("o/r", "o/new")
	spec := github.Spec{Owner: "o", Repo: "r", Tracking: sources.Tracking{Release: true}, File: sources.File{Asset: "a"}}
	got, err := sources.NewSet(newKind(t, f, nil)).Resolve(t.Context(), spec)
	if err != nil || got.Moved != "https://github.com/o/new.git" || got.Call().URL != "https://github.com/o/r/releases/download/v1.0/a" {
		t.Errorf("got %+v, %v, want the locked address and the new repository", got, err)
	}
}
