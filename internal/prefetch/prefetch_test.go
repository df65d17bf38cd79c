package prefetch_test

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/internal/prefetch"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/github"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// newPrefetcher returns a Prefetcher that reaches the forge under every host name and must leave no files behind.
func newPrefetcher(t *testing.T, f *forgetest.Forge, credentials web.Credentials) *prefetch.Prefetcher {
	t.Helper()
	pem, err := os.ReadFile(f.CAFile())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		t.Fatalf("%s holds no certificate", f.CAFile())
	}
	proxy, err := url.Parse(f.ProxyURL())
	if err != nil {
		t.Fatal(err)
	}
	temp := t.TempDir()
	t.Cleanup(func() {
		left, err := os.ReadDir(temp)
		if err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	})
	return &prefetch.Prefetcher{
		Web: web.New(web.Options{
			Roots: roots, Proxy: func(*url.URL) (*url.URL, error) { return proxy, nil },
			Credentials: credentials, Backoff: time.Millisecond, RateLimit: github.RateLimit,
		}),
		Git: &gitcmd.Git{
			Env:    []string{"PATH=" + os.Getenv("PATH"), "HOME=" + temp, "GIT_SSL_CAPATH=" + f.CADir()},
			Proxy:  []string{"http_proxy=" + f.ProxyURL(), "https_proxy=" + f.ProxyURL()},
			CAFile: f.CAFile(), Credentials: credentials, TempDir: temp,
		},
		TempDir: temp,
	}
}

// job returns the job for a call whose source names no other commit.
func job(f sources.Fetch, a hash.Algorithm) prefetch.Job {
	return prefetch.NewJob(sources.Resolution{}, sources.Call{Fetch: f}, a)
}

// hashOf hashes with SHA-256 and without progress.
func hashOf(t *testing.T, h *prefetch.Prefetcher, f sources.Fetch) (prefetch.Result, error) {
	t.Helper()
	return h.Prefetch(t.Context(), job(f, hash.SHA256), nil)
}

func readFile(t *testing.T, name ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(append([]string{"testdata"}, name...)...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestUnknownFetcher(t *testing.T) {
	t.Parallel()
	h := newPrefetcher(t, forgetest.New(t), nil)
	for _, fetcher := range []sources.Fetcher{"", "fetchtorrent"} {
		if result, err := hashOf(t, h, sources.Fetch{Fetcher: fetcher}); !errors.Is(err, sources.ErrInvalid) || result.Hash != (hash.SRI{}) {
			t.Errorf("%q: got %v, %v, want %v", fetcher, result, err, sources.ErrInvalid)
		}
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := f.Repo("acme/demo")
	rev := repo.Commit("main", forgetest.Files{"a": {Body: "a\n"}})
	f.File("files.example.org", "/base.tar.gz", forgetest.Content{Body: readFile(t, "archives", "base.tar.gz")})
	h := newPrefetcher(t, f, nil)
	for _, call := range []sources.Fetch{
		{Fetcher: sources.FetchURL, URL: "https://files.example.org/base.tar.gz"},
		{Fetcher: sources.FetchURL, URL: "https://files.example.org/base.tar.gz", Executable: true},
		{Fetcher: sources.FetchZip, URL: "https://files.example.org/base.tar.gz", StripRoot: true},
		{Fetcher: sources.FetchFromGitHub, Owner: "acme", Repo: "demo", Rev: rev},
	} {
		f.Fault(forgetest.Fault{Kind: forgetest.Stall(10), Match: func(r *http.Request) bool { return r.Host != "github.com" }}) // which only redirects
		reason := errors.New("the user said so")
		ctx, cancel := context.WithCancelCause(t.Context())
		_, err := h.Prefetch(ctx, job(call, hash.SHA256), func(got, _ int64) {
			if got >= 10 {
				cancel(reason)
			}
		})
		if !errors.Is(err, reason) {
			t.Errorf("%s: got %v, want %v", call.Fetcher, err, reason)
		}
		cancel(nil)
		f.ClearFaults()
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	const size = 3 << 20
	f.File("files.example.org", "/big", forgetest.Content{Body: make([]byte, size)})
	repo := f.Repo("acme/demo")
	rev := repo.Commit("main", forgetest.Files{"a": {Body: "a\n"}})
	h := newPrefetcher(t, f, nil)
	for _, tt := range []struct {
		call  sources.Fetch
		total int64
	}{
		{sources.Fetch{Fetcher: sources.FetchURL, URL: "https://files.example.org/big"}, size},
		{sources.Fetch{Fetcher: sources.FetchURL, URL: "http://files.example.org/big", Executable: true}, size},
		{sources.Fetch{Fetcher: sources.FetchFromGitHub, Owner: "acme", Repo: "demo", Rev: rev}, -1},
	} {
		// The race detector proves that calls of Progress do not overlap.
		var calls int
		var last int64
		_, err := h.Prefetch(t.Context(), job(tt.call, hash.SHA256), func(got, total int64) {
			calls++
			if got < last || total >= 0 && got > total {
				t.Errorf("%s: got %d of %d after %d", tt.call.Fetcher, got, total, last)
			}
			last = got
			if tt.total >= 0 && total != tt.total {
				t.Errorf("%s: got total %d, want %d", tt.call.Fetcher, total, tt.total)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if calls == 0 || tt.total >= 0 && last != tt.total || last == 0 {
			t.Errorf("%s: got %d bytes in %d calls, want %d", tt.call.Fetcher, last, calls, tt.total)
		}
	}
}

// A retry starts at zero again, and progress never exceeds the total.
func TestProgressOfRetry(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	const size = 1 << 20
	f.File("files.example.org", "/big", forgetest.Content{Body: make([]byte, size)})
	f.Fault(forgetest.Fault{Times: 1, Kind: forgetest.ResetBody(size / 2)})
	var last int64
	_, err := newPrefetcher(t, f, nil).Prefetch(t.Context(), job(sources.Fetch{Fetcher: sources.FetchURL, URL: "https://files.example.org/big"}, hash.SHA256), func(got, total int64) {
		if got > total || total != size {
			t.Errorf("got %d of %d", got, total)
		}
		last = got
	})
	if err != nil || last != size {
		t.Errorf("got %d bytes, %v, want %d", last, err, size)
	}
	if n := len(f.Requests()); n != 2 {
		t.Errorf("got %d requests, want 2", n)
	}
}
