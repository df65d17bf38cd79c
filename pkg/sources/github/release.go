package github

import (
	"context"
	"fmt"

	gogithub "github.com/google/go-github/v57/github"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/follow"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

// Only this many releases are considered. GitHub lists the newest first.
const (
	releasesPerPage = 100
	maxReleasePages = 3
)

// release returns the tag of the newest release that a Spec allows, and its version. If no tag is a version, that is the
// newest by date, as on GitHub's page, and its version is "".
func (r resolver) release(ctx context.Context, s Spec) (tag, number string, err error) {
	client, err := r.client(s)
	if err != nil {
		return "", "", err
	}
	var names []string
	options := &gogithub.ListOptions{PerPage: releasesPerPage}
	for range maxReleasePages {
		page, resp, err := client.Repositories.ListReleases(ctx, s.Owner, s.Repo, options)
		if err != nil {
			return "", "", fmt.Errorf("list releases of %s/%s at %s: %w", s.Owner, s.Repo, client.BaseURL, classify(err))
		}
		for _, release := range page {
			if !release.GetDraft() && (s.Prerelease || !release.GetPrerelease()) {
				names = append(names, release.GetTagName())
			}
		}
		if resp.NextPage == 0 {
			break
		}
		options.Page = resp.NextPage
	}
	if len(names) == 0 {
		err := fmt.Errorf("stable releases of %s/%s: %w", s.Owner, s.Repo, sources.ErrNotFound)
		return "", "", sources.WithSettings(err, sources.Setting{Option: "prerelease"}, sources.Setting{Option: "tag"}, sources.Setting{Option: "branch"})
	}
	newest, err := follow.Newest(names, version.Prefixes(s.Repo), s.Tracking)
	switch {
	case err == nil:
		return newest.Tag, newest.String(), nil
	case s.Constraint != "":
		return "", "", fmt.Errorf("releases of %s/%s: %w", s.Owner, s.Repo, err)
	}
	return names[0], "", nil
}
