package prefetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// fetchFromGitHub hashes GitHub's archive of a commit (nixpkgs, pkgs/build-support/fetchgithub: fetchzip of
// https://HOST/OWNER/REPO/archive/REV.tar.gz). The archive itself names the commit and its date.
func (h *Hasher) fetchFromGitHub(ctx context.Context, f sources.Fetch, a hash.Algorithm, p Progress) (Result, error) {
	url := fmt.Sprintf("https://%s/%s/%s/archive/%s.tar.gz", cmp.Or(f.GithubBase, "github.com"), f.Owner, f.Repo, f.Rev)
	unpacked, err := h.unpack(ctx, url, hash.ArchiveOptions{StripRoot: true, Extension: "tar.gz", Algorithm: a}, p)
	switch {
	case errors.Is(err, web.ErrNotFound):
		return Result{}, sources.WithHint(fmt.Errorf("%w: %w", sources.ErrNotFound, err),
			"check that the repository has the commit; for a private one set GITHUB_TOKEN or a netrc entry")
	case errors.Is(err, hash.ErrNotArchive):
		return Result{}, sources.WithHint(err, "open the address in a browser: the forge or a proxy may want a login")
	case err != nil:
		return Result{}, err
	case unpacked.Commit != "" && unpacked.Commit != f.Rev:
		return Result{}, fmt.Errorf("%s: it holds commit %s: %w", url, unpacked.Commit, ErrWrongCommit)
	}
	return Result{
		Fetch: f, Hash: unpacked.SRI, Date: date(unpacked.Date), Warnings: Warnings(f, unpacked.Notices),
		Drifts: slices.ContainsFunc(unpacked.Notices, func(n hash.Notice) bool { return n.Kind == hash.ExportSubst }),
	}, nil
}

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}
