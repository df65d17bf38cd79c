// Package prefetch computes, without Nix, the hash that a call of a nixpkgs fetcher expects.
//
// Each of the four fetchers has one file, which names the nixpkgs file whose result it reproduces. Downloads are
// hashed as they arrive and not kept.
package prefetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/pinfetch/pinfetch/internal/cache"
	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/internal/retry"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

var (
	// ErrWrongCommit means that an archive is of a commit other than the requested one.
	ErrWrongCommit = errors.New("archive of another commit")
	// ErrExtension means that nixpkgs does not unpack an archive by the extension that the call names.
	ErrExtension = errors.New("nixpkgs cannot unpack it")
	// ErrHTML means that a web page arrived instead of the file, and the job does not accept one.
	ErrHTML = errors.New("a web page instead of the file")
	// ErrSHA256Commit means that nixpkgs' fetchgit cannot check out a commit with a SHA-256 ID.
	ErrSHA256Commit = errors.New("fetchgit supports SHA-1 commits only")
	// ErrNoRootDir means that a commit does not have the requested directory.
	ErrNoRootDir = errors.New("no such directory in the commit")
)

// Error is a failure to prefetch a call.
type Error struct {
	Fetch sources.Fetch
	Err   error
}

func (e *Error) Error() string { return string(e.Fetch.Fetcher) + ": " + e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// Prefetcher computes hashes. It is safe for concurrent use.
type Prefetcher struct {
	Web     *web.Client
	Git     *gitcmd.Git
	Limits  hash.Limits
	TempDir string       // for contents that do not fit into memory; default: the system's
	Store   *cache.Store // for results that cannot change; may be nil
	Log     func(string) // receives a line for each stored result that is used; may be nil

	nar func() io.Writer // see [Prefetcher.Realise]
}

// Job is one call to hash. It is comparable: equal jobs have equal results.
type Job struct {
	sources.Fetch
	Rev       string // the commit that the content must be of; "" if neither the call nor its source names one
	Algorithm hash.Algorithm
	Digest    hash.Digest // of a downloaded file; "" if upstream publishes none

	// Both are for fetchurl only; see [Job.Accepting].
	AllowHTML bool
	Known     hash.SRI
}

// NewJob returns the job for one call of a resolution.
func NewJob(r sources.Resolution, call sources.Call, a hash.Algorithm) Job {
	return Job{Fetch: call.Fetch, Rev: cmp.Or(r.Facts.Rev, call.Rev), Algorithm: a, Digest: call.Digest}
}

// Accepting returns a job that also accepts a web page instead of a file, if allowHTML is set, and content with a hash that
// is known from before, whatever it is. known may be zero.
func (j Job) Accepting(allowHTML bool, known hash.SRI) Job {
	if j.Fetcher == sources.FetchURL {
		j.AllowHTML, j.Known = allowHTML, known
	}
	return j
}

// Result is a call with its hash, and facts from the content.
type Result struct {
	Fetch    sources.Fetch // as in the job, with fetchzip's extension
	Hash     hash.SRI
	Commit   string    // the full commit ID that git wrote into an archive, or that was checked out; "" if unknown
	Date     string    // the commit's, YYYY-MM-DD in UTC; "" if unknown
	Warnings []Warning // what can change the hash later or on another machine
}

// Progress receives how many bytes of a download have arrived and how many are expected, -1 if unknown. Its calls do not
// overlap.
type Progress func(bytes, total int64)

// Prefetch returns the stored result of a job. If there is none, it calls [Prefetcher.Again].
func (p *Prefetcher) Prefetch(ctx context.Context, j Job, report Progress) (Result, error) {
	if result, found := p.Recall(j); found {
		return result, nil
	}
	return p.Again(ctx, j, report)
}

// Again downloads and hashes. It stores a result if the job names a full commit ID, which determines the content: that of
// fetchgit, of fetchFromGitHub, and of fetchzip if the archive contains this commit ID. It does not store results that
// export-subst can change, errors, or any other result: what a URL serves can change.
//
// Its errors are those of packages web, gitrefs, gitcmd and hash, and [ErrWrongCommit], [ErrExtension], [ErrHTML],
// [ErrSHA256Commit], [ErrNoRootDir], [sources.ErrInvalid], all in an [*Error].
func (p *Prefetcher) Again(ctx context.Context, j Job, report Progress) (result Result, err error) {
	if report == nil {
		report = func(int64, int64) {}
	}
	switch j.Fetcher {
	case sources.FetchURL:
		result, err = p.fetchurl(ctx, j, report)
	case sources.FetchZip:
		result, err = p.fetchzip(ctx, j, report)
	case sources.FetchGit:
		result, err = p.fetchgit(ctx, j)
	case sources.FetchFromGitHub:
		result, err = p.fetchFromGitHub(ctx, j, report)
	default:
		err = sources.Invalid("unknown fetcher %q", j.Fetcher)
	}
	if err != nil {
		return Result{}, &Error{j.Fetch, err}
	}
	if result.isKept(j) {
		p.save(j, result)
	}
	return result, nil
}

// Realise is [Prefetcher.Again] for a caller who also wants the NAR of what is fetched: what Nix would put into its store. It is
// written to what nar returns; a download that has to start over asks for another writer. Only the NAR of a call that succeeds is
// complete.
func (p *Prefetcher) Realise(ctx context.Context, j Job, nar func() io.Writer, report Progress) (Result, error) {
	realising := *p
	realising.nar = nar
	return realising.Again(ctx, j, report)
}

// realiseMemory is how many bytes of a content stay in memory while its NAR is written, where other memory is needed too.
const realiseMemory = 1 << 20

// memory is how many bytes of a content stay in memory, 0 for the default.
func (p *Prefetcher) memory() int64 {
	if p.nar == nil {
		return 0
	}
	return realiseMemory
}

// writer returns what receives the NAR, nil for nothing.
func (p *Prefetcher) writer() io.Writer {
	if p.nar == nil {
		return nil
	}
	return p.nar()
}

// userAgent is close to what fetchurl's curl sends, for servers that choose by it (SourceForge) or
// demand one (crates.io).
const userAgent = "curl/8.14.1 Nixpkgs/25.11 pinfetch"

// download passes a job's file to use, and compares it with its digest. If the connection breaks, use is called again and
// starts over.
func (p *Prefetcher) download(ctx context.Context, j Job, url string, report Progress, use func(io.Reader, http.Header) error) error {
	r := web.Request{URL: url, Header: http.Header{"User-Agent": {userAgent}, "Accept": {"*/*"}}}
	limit := cmp.Or(p.Limits.Download, hash.DefaultDownload)
	return p.Web.Do(ctx, r, func(resp *http.Response) error {
		counted := &counter{r: resp.Body, total: resp.ContentLength, limit: limit, report: report}
		body := j.Digest.Check(counted)
		err := use(body, resp.Header)
		if err == nil && j.Digest != "" {
			_, err = io.Copy(io.Discard, body) // use may not read what follows an archive
		}
		if errors.Is(err, hash.ErrDigest) {
			return retry.Temporary(fmt.Errorf("%s: %w", redact.Address(url), err))
		}
		return err
	})
}

// counter reports how many bytes were read, and fails if they exceed a limit.
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

// date returns a day, "" for none. It may be one that no lock can hold.
func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}
