package prefetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// fetchFromGitHub hashes GitHub's archive of a commit (nixpkgs, pkgs/build-support/fetchgithub: fetchzip of
// https://HOST/OWNER/REPO/archive/REV.tar.gz).
func (p *Prefetcher) fetchFromGitHub(ctx context.Context, j Job, report Progress) (Result, error) {
	url := fmt.Sprintf("https://%s/%s/%s/archive/%s.tar.gz", cmp.Or(j.GithubBase, "github.com"), j.Owner, j.Repo, j.Fetch.Rev)
	result, err := p.unpack(ctx, j, url, hash.ArchiveOptions{StripRoot: true, Extension: "tar.gz"}, report)
	if errors.Is(err, web.ErrNotFound) {
		err = fmt.Errorf("%w: %w", sources.ErrNotFound, err)
	}
	return result, err
}
