package prefetch

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/pinfetch/pinfetch/internal/retry"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// fetchzip hashes an archive's contents (nixpkgs, pkgs/build-support/fetchzip). What
// the archive is, its content says, not its name; the call locks that as extension.
func (h *Hasher) fetchzip(ctx context.Context, f sources.Fetch, a hash.Algorithm, p Progress) (Result, error) {
	unpacked, err := h.unpack(ctx, f.URL, hash.ArchiveOptions{StripRoot: f.StripRoot, Algorithm: a}, p)
	if err != nil {
		return Result{}, err
	}
	f.Extension = unpacked.Extension
	return Result{Fetch: f, Hash: unpacked.SRI, Warnings: Warnings(f, unpacked.Notices)}, nil
}

// unpack downloads an archive and hashes its contents.
func (h *Hasher) unpack(ctx context.Context, url string, opt hash.ArchiveOptions, p Progress) (hash.Result, error) {
	opt.Limits, opt.TempDir = h.Limits, h.TempDir
	var result hash.Result
	err := h.download(ctx, url, p, func(body io.Reader) (err error) {
		result, err = hash.Archive(ctx, body, opt)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, hash.ErrCorrupt):
			return retry.Temporary(fmt.Errorf("%s: %w", redact.Address(url), err))
		case errors.Is(err, web.ErrTruncated), errors.Is(err, web.ErrStalled):
			return err
		}
		return retry.Permanent(fmt.Errorf("%s: %w", redact.Address(url), err))
	})
	return result, err
}
