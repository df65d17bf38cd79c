package prefetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/pinfetch/pinfetch/internal/retry"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// fetchzip hashes an archive's contents (nixpkgs, pkgs/build-support/fetchzip). The content, not the name,
// determines the archive's format, which the call locks as its extension. A call that has one must unpack the archive by
// it.
func (p *Prefetcher) fetchzip(ctx context.Context, j Job, report Progress) (Result, error) {
	result, err := p.unpack(ctx, j, j.URL, hash.ArchiveOptions{StripRoot: j.StripRoot}, report)
	switch {
	case err != nil || j.Extension == "":
		return result, err
	case !j.Unpacks(result.Fetch.Extension):
		return Result{}, fmt.Errorf("%s: the archive is a %s, and the extension is %q: %w",
			redact.Address(j.URL), result.Fetch.Extension, j.Extension, ErrExtension)
	}
	result.Fetch = j.Fetch
	return result, nil
}

// unpack downloads an archive and hashes its contents. An archive made by git contains its commit ID, which must
// be the job's.
func (p *Prefetcher) unpack(ctx context.Context, j Job, url string, opt hash.ArchiveOptions, report Progress) (Result, error) {
	opt.Algorithm, opt.Limits, opt.TempDir, opt.Memory = j.Algorithm, p.Limits, p.TempDir, p.memory()
	var unpacked hash.Result
	err := p.download(ctx, j, url, report, func(body io.Reader, _ http.Header) (err error) {
		opt.NAR = p.writer()
		unpacked, err = hash.Archive(ctx, body, opt)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, hash.ErrCorrupt):
			return retry.Temporary(fmt.Errorf("%s: %w", redact.Address(url), err))
		case errors.Is(err, web.ErrTruncated), errors.Is(err, web.ErrStalled), errors.Is(err, web.ErrSlow):
			return err
		}
		return retry.Permanent(fmt.Errorf("%s: %w", redact.Address(url), err))
	})
	if err != nil {
		return Result{}, err
	}
	if j.Rev != "" && unpacked.Commit != "" && unpacked.Commit != j.Rev {
		return Result{}, fmt.Errorf("%s: the archive is of commit %s: %w", redact.Address(url), unpacked.Commit, ErrWrongCommit)
	}
	f := j.Fetch
	if f.Fetcher == sources.FetchZip {
		f.Extension = unpacked.Extension
	}
	return Result{
		Fetch: f, Hash: unpacked.SRI, Commit: unpacked.Commit, Date: date(unpacked.Date), Warnings: Warnings(unpacked.Notices),
	}, nil
}
