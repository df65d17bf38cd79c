package github

import (
	"context"

	gogithub "github.com/google/go-github/v92/github"

	"github.com/pinfetch/pinfetch/pkg/sources/internal/release"
)

const releasesPerPage = 100

// page reads a page of a repository's releases.
func (r releaseAPI) page(ctx context.Context, s Spec, number int) (found []release.Release, isLast bool, err error) {
	client, err := r.client(s)
	if err != nil {
		return nil, false, err
	}
	all, resp, err := client.Repositories.ListReleases(ctx, s.Owner, s.Repo, &gogithub.ListOptions{PerPage: releasesPerPage, Page: number})
	if err != nil {
		return nil, false, classify(client.BaseURL(), err)
	}
	for _, one := range all {
		if one == nil || one.Draft {
			continue
		}
		r := release.Release{Tag: one.TagName, Published: one.GetPublishedAt().Time, Prerelease: one.Prerelease}
		for _, asset := range one.Assets {
			if asset.GetState() == "uploaded" {
				r.Assets = append(r.Assets, release.Asset{Name: asset.GetName(), URL: asset.GetBrowserDownloadURL(), Digest: release.Hash(asset.GetDigest())})
			}
		}
		found = append(found, r)
	}
	return found, resp.NextPage == 0, nil
}
