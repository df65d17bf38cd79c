package prefetch_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/cache"
	"github.com/pinfetch/pinfetch/internal/prefetch"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// newCached returns what another run would use with the cache in a directory.
func newCached(t *testing.T, f *forgetest.Forge, dir string, credentials web.Credentials) *prefetch.Prefetcher {
	t.Helper()
	p := newPrefetcher(t, f, credentials)
	p.Store = cache.Open(dir, cache.Options{Log: func(text string) { t.Error(text) }})
	return p
}

// hashed returns the result of a call and the number of requests for it.
func hashed(t *testing.T, f *forgetest.Forge, do func(context.Context, prefetch.Job, prefetch.Progress) (prefetch.Result, error), call sources.Fetch, a hash.Algorithm) (prefetch.Result, int) {
	t.Helper()
	f.ResetLog()
	result, err := do(t.Context(), job(call, a), nil)
	if err != nil {
		t.Fatalf("%s: %v", call, err)
	}
	return result, len(f.Requests())
}

func TestCached(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := f.Repo("acme/demo")
	files := tree()
	files["data.bin"] = forgetest.File{Body: "version https://git-lfs.github.com/spec/v1\noid sha256:" + strings.Repeat("0", 64) + "\nsize 5\n"}
	rev := repo.Commit("main", files)
	const address = "https://github.com/acme/demo.git"
	calls := []sources.Fetch{
		{Fetcher: sources.FetchFromGitHub, Owner: "acme", Repo: "demo", Rev: rev},
		{Fetcher: sources.FetchFromGitHub, Owner: "acme", Repo: "demo", Rev: rev, Name: "source-1"},
		{Fetcher: sources.FetchFromGitHub, Owner: "acme", Repo: "demo", Rev: rev, GithubBase: "github.example.org"},
		{Fetcher: sources.FetchFromGitHub, Owner: "acme", Repo: "demo", Rev: repo.Commit("main", forgetest.Files{"a": {Body: "a"}})},
		{Fetcher: sources.FetchGit, URL: address, Rev: rev},
		{Fetcher: sources.FetchGit, URL: address, Rev: rev, RootDir: "sub"},
		{Fetcher: sources.FetchGit, URL: address, Rev: rev, SparseCheckout: sources.NewPatterns("nowhere")},
		{Fetcher: sources.FetchGit, URL: "https://github.com/acme/demo", Rev: rev},
	}
	dir := filepath.Join(t.TempDir(), "cache")
	for _, a := range []hash.Algorithm{hash.SHA256, hash.SHA512} {
		if a == hash.SHA512 {
			calls = calls[:1]
		}
		for _, call := range calls {
			want, requests := hashed(t, f, newCached(t, f, dir, nil).Prefetch, call, a)
			if requests == 0 {
				t.Errorf("%+v with %s: the first run sent no request", call, a)
			}
			got, requests := hashed(t, f, newCached(t, f, dir, nil).Prefetch, call, a)
			if !reflect.DeepEqual(got, want) || requests != 0 {
				t.Errorf("%+v with %s: got %+v after %d requests, want %+v after none", call, a, got, requests, want)
			}
			got, requests = hashed(t, f, newCached(t, f, dir, nil).Again, call, a)
			if !reflect.DeepEqual(got, want) || requests == 0 {
				t.Errorf("%+v with %s again: got %+v after %d requests, want %+v after some", call, a, got, requests, want)
			}
		}
	}
	if got := hashWarnings(t, f, dir, calls[0]); got == 0 {
		t.Error("no warning was kept")
	}
}

func hashWarnings(t *testing.T, f *forgetest.Forge, dir string, call sources.Fetch) int {
	t.Helper()
	result, _ := hashed(t, f, newCached(t, f, dir, nil).Prefetch, call, hash.SHA256)
	return len(result.Warnings)
}

// Content that can change is fetched each time: what a URL serves, and archives into which GitHub writes refs.
func TestCachedNever(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := f.Repo("acme/demo")
	drifting := repo.Commit("main", forgetest.Files{
		".gitattributes": {Body: "VERSION export-subst\n"}, "VERSION": {Body: "$Format:%d$\n"},
	})
	const file, archive = "https://files.example.org/a.txt", "https://files.example.org/base.tar.gz"
	f.File("files.example.org", "/a.txt", forgetest.Content{Body: []byte("one")})
	f.File("files.example.org", "/base.tar.gz", forgetest.Content{Body: readFile(t, "archives", "base.tar.gz")})
	dir := filepath.Join(t.TempDir(), "cache")
	for _, call := range []sources.Fetch{
		{Fetcher: sources.FetchURL, URL: file},
		{Fetcher: sources.FetchURL, URL: file, Executable: true},
		{Fetcher: sources.FetchURL, URL: file, Rev: drifting},
		{Fetcher: sources.FetchZip, URL: archive, StripRoot: true},
		{Fetcher: sources.FetchFromGitHub, Owner: "acme", Repo: "demo", Rev: drifting},
	} {
		for range 2 {
			if _, requests := hashed(t, f, newCached(t, f, dir, nil).Prefetch, call, hash.SHA256); requests == 0 {
				t.Errorf("%s: no request", call)
			}
		}
	}
	repo.Tag("v1.0", drifting)
	missing := sources.Fetch{Fetcher: sources.FetchFromGitHub, Owner: "acme", Repo: "demo", Rev: strings.Repeat("0", 40)}
	for range 2 {
		f.ResetLog()
		if _, err := newCached(t, f, dir, nil).Prefetch(t.Context(), job(missing, hash.SHA256), nil); !errors.Is(err, sources.ErrNotFound) || len(f.Requests()) == 0 {
			t.Errorf("got %v after %d requests, want %v after some", err, len(f.Requests()), sources.ErrNotFound)
		}
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("something was kept")
	}
	// The same checkout has no such lines, and does not drift.
	checkout := sources.Fetch{Fetcher: sources.FetchGit, URL: "https://github.com/acme/demo.git", Rev: drifting}
	hashed(t, f, newCached(t, f, dir, nil).Prefetch, checkout, hash.SHA256)
	if _, requests := hashed(t, f, newCached(t, f, dir, nil).Prefetch, checkout, hash.SHA256); requests != 0 {
		t.Errorf("a checkout: %d requests, want none", requests)
	}
}

// Results that were complete before an interruption are not fetched again.
func TestCachedInterrupted(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	done, broken := f.Repo("acme/done"), f.Repo("acme/broken")
	calls := []sources.Fetch{
		{Fetcher: sources.FetchFromGitHub, Owner: "acme", Repo: "done", Rev: done.Commit("main", forgetest.Files{"a": {Body: "a"}})},
		{Fetcher: sources.FetchFromGitHub, Owner: "acme", Repo: "broken", Rev: broken.Commit("main", forgetest.Files{"b": {Body: "b"}})},
	}
	f.Fault(forgetest.Fault{Host: "codeload.github.com", Path: "/acme/broken/", Kind: forgetest.Stall(10)})
	dir := filepath.Join(t.TempDir(), "cache")
	ctx, interrupt := context.WithCancel(t.Context())
	first := newCached(t, f, dir, nil)
	if _, err := first.Prefetch(ctx, job(calls[0], hash.SHA256), nil); err != nil {
		t.Fatal(err)
	}
	_, err := first.Prefetch(ctx, job(calls[1], hash.SHA256), func(got, _ int64) {
		if got > 0 {
			interrupt()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want %v", err, context.Canceled)
	}
	f.ClearFaults()
	second := newCached(t, f, dir, nil)
	if _, requests := hashed(t, f, second.Prefetch, calls[0], hash.SHA256); requests != 0 {
		t.Errorf("what was complete took %d requests, want none", requests)
	}
	if _, requests := hashed(t, f, second.Prefetch, calls[1], hash.SHA256); requests == 0 {
		t.Error("what was interrupted took no request")
	}
}

// A damaged entry, or one that this program never writes, is fetched again and replaced.
func TestCachedDamaged(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	rev := f.Repo("acme/demo").Commit("main", tree())
	call := sources.Fetch{Fetcher: sources.FetchFromGitHub, Owner: "acme", Repo: "demo", Rev: rev}
	dir := filepath.Join(t.TempDir(), "cache")
	hashed(t, f, newCached(t, f, dir, nil).Prefetch, call, hash.SHA256)
	entries, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(entries) != 1 {
		t.Fatalf("got %q, %v, want one entry", entries, err)
	}
	whole, err := os.ReadFile(entries[0])
	if err != nil {
		t.Fatal(err)
	}
	otherHash := bytes.Replace(whole, []byte("sha256-"), []byte("sha256-AAAA"), 1)
	for name, data := range map[string][]byte{"empty": nil, "truncated": whole[:len(whole)-3], "another hash": otherHash, "zeros": make([]byte, len(whole))} {
		if err := os.WriteFile(entries[0], data, 0o600); err != nil {
			t.Fatal(err)
		}
		result, requests := hashed(t, f, newCached(t, f, dir, nil).Prefetch, call, hash.SHA256)
		if got := result.Hash.String(); got != treeNAR || requests == 0 {
			t.Errorf("%s: got %s after %d requests, want %s after some", name, got, requests, treeNAR)
		}
		if _, requests := hashed(t, f, newCached(t, f, dir, nil).Prefetch, call, hash.SHA256); requests != 0 {
			t.Errorf("%s: got %d requests the next time, want none", name, requests)
		}
	}
}

// Neither entries nor their names reveal what was fetched, or a secret.
func TestCachedSecrets(t *testing.T) {
	t.Parallel()
	const token = "ghp_c4n4ryc4n4ry"
	f := forgetest.New(t)
	rev := f.Repo("acme/hidden").Commit("main", forgetest.Files{"a": {Body: "a"}, "A": {Body: "b"}})
	f.Private("acme/hidden", token)
	credentials := web.Credentials{"github.com": {User: "x-access-token", Password: token}}
	credentials["api.github.com"], credentials["codeload.github.com"] = credentials["github.com"], credentials["github.com"]
	dir := filepath.Join(t.TempDir(), "cache")
	for _, call := range []sources.Fetch{
		{Fetcher: sources.FetchFromGitHub, Owner: "acme", Repo: "hidden", Rev: rev, Access: sources.Access{Private: true, VarPrefix: "HIDDEN"}},
		{Fetcher: sources.FetchGit, URL: "https://github.com/acme/hidden.git", Rev: rev},
	} {
		hashed(t, f, newCached(t, f, dir, credentials).Prefetch, call, hash.SHA256)
	}
	entries, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(entries) != 2 {
		t.Fatalf("got %q, %v, want two entries", entries, err)
	}
	for _, path := range entries {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{token, "hidden", "acme", "HIDDEN", rev, "github"} {
			if bytes.Contains(data, []byte(secret)) || strings.Contains(filepath.Base(path), secret) {
				t.Errorf("%s shows %q: %s", filepath.Base(path), secret, data)
			}
		}
	}
}

// Without a store everything is fetched.
func TestCachedNowhere(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	rev := f.Repo("acme/demo").Commit("main", tree())
	call := sources.Fetch{Fetcher: sources.FetchFromGitHub, Owner: "acme", Repo: "demo", Rev: rev}
	cached := newPrefetcher(t, f, nil)
	for range 2 {
		if _, requests := hashed(t, f, cached.Prefetch, call, hash.SHA256); requests == 0 {
			t.Error("no request")
		}
	}
}
