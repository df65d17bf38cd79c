// Package prefetch computes, without Nix, the hash that a call of a nixpkgs fetcher expects.
//
// Each of the four fetchers has one file, which names the nixpkgs file whose
// result it reproduces. What a fetcher downloads is hashed as it arrives and never kept.
package prefetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/internal/retry"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

var (
	// ErrWrongCommit means that an archive says it is another commit than the one asked for.
	ErrWrongCommit = errors.New("archive of another commit")
	// ErrHTML means that a web page came instead of the file.
	ErrHTML = errors.New("a web page instead of the file")
)

// Hasher hashes what fetchers fetch. It is safe for concurrent use.
type Hasher struct {
	Web     *web.Client
	Git     *gitcmd.Git
	Limits  hash.Limits
	TempDir string // for spooled contents; "" is the system's
}

// Result is a complete call.
type Result struct {
	Fetch    sources.Fetch // as asked for, with what only the content could tell: fetchzip's extension
	Hash     hash.SRI
	Date     string   // the commit's, YYYY-MM-DD in UTC; "" if unknown
	Warnings []string // what may make the hash differ elsewhere or later
	Drifts   bool     // the content may change though the revision does not (export-subst in an archive)
}

// Progress is told, now and then and from one goroutine at a time, how many bytes of a download have
// arrived, and how many are expected: -1 if unknown.
type Progress func(bytes, total int64)

// Hash fetches and hashes.
//
// Its errors are those of packages web, gitrefs, gitcmd and hash, and [ErrWrongCommit], [ErrHTML], [sources.ErrInvalid].
func (h *Hasher) Hash(ctx context.Context, f sources.Fetch, a hash.Algorithm, p Progress) (Result, error) {
	if p == nil {
		p = func(int64, int64) {}
	}
	var result Result
	var err error
	switch f.Fetcher {
	case sources.FetchURL:
		result, err = h.fetchurl(ctx, f, a, p)
	case sources.FetchZip:
		result, err = h.fetchzip(ctx, f, a, p)
	case sources.FetchGit:
		result, err = h.fetchgit(ctx, f, a)
	case sources.FetchFromGitHub:
		result, err = h.fetchFromGitHub(ctx, f, a, p)
	default:
		err = sources.Invalid("unknown fetcher %q", f.Fetcher)
	}
	if err != nil {
		return Result{}, fmt.Errorf("%s: %w", f.Fetcher, err)
	}
	return result, nil
}

// userAgent is close to what fetchurl's curl says, for servers that choose by it
// (SourceForge) or demand one (crates.io).
const userAgent = "curl/8.14.1 Nixpkgs/25.11 pinfetch"

// download hands a file's bytes to use, from the start again after a connection broke.
func (h *Hasher) download(ctx context.Context, url string, p Progress, use func(io.Reader) error) error {
	r := web.Request{URL: url, Header: http.Header{"User-Agent": {userAgent}, "Accept": {"*/*"}}}
	return h.Web.Do(ctx, r, func(resp *http.Response) error {
		return use(&counter{r: resp.Body, total: resp.ContentLength, limit: cmp.Or(h.Limits.Download, hash.DefaultDownload), report: p})
	})
}

// counter reports how much was read, and reads no more than a limit.
type counter struct {
	r                 io.Reader
	got, total, limit int64
	report            Progress
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.got += int64(n)
	c.report(c.got, c.total)
	if c.got > c.limit {
		return n, retry.Permanent(fmt.Errorf("more than %d bytes of download: %w", c.limit, hash.ErrDownload))
	}
	return n, err
}
