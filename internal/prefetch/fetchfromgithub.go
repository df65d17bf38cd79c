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
// https://HOST/OWNER/REPO/archive/REV.tar.gz). Like nixpkgs since 24.11, it asks the API for the archive of a private
// repository: GitHub refuses the other address to fine-grained tokens. Both archives have the same contents.
func (p *Prefetcher) fetchFromGitHub(ctx context.Context, j Job, report Progress) (Result, error) {
	host := cmp.Or(j.GithubBase, "github.com")
	url := fmt.Sprintf("https://%s/%s/%s/archive/%s.tar.gz", host, j.Owner, j.Repo, j.Fetch.Rev)
	if j.Private {
		api := "api.github.com"
		if host != "github.com" {
			api = host + "/api/v3"
		}
		url = fmt.Sprintf("https://%s/repos/%s/%s/tarball/%s", api, j.Owner, j.Repo, j.Fetch.Rev)
	}
	result, err := p.unpack(ctx, j, url, hash.ArchiveOptions{StripRoot: true, Extension: "tar.gz"}, report)
	if errors.Is(err, web.ErrNotFound) {
		err = fmt.Errorf("%w: %w", sources.ErrNotFound, err)
	}
	return result, err
}
