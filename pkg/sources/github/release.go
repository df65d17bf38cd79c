package github

import (
	"context"
	"fmt"
	"slices"
	"time"

	gogithub "github.com/google/go-github/v57/github"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/follow"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

// GitHub lists the newest releases first. The first pages are read in any case, because the newest release of an older
// line may be listed first, and further ones only until a release that a Spec allows is found.
const (
	releasesPerPage = 100
	minReleasePages = 3
	maxReleasePages = 10
)

// release returns the tag of the newest release that a Spec allows. Versions that keep refuses do not count.
func (r releaseAPI) release(ctx context.Context, s Spec, keep func(version.Tag) bool) (string, error) {
	client, err := r.client(s)
	if err != nil {
		return "", err
	}
	var found releases
	options := &gogithub.ListOptions{PerPage: releasesPerPage}
	for number := 1; ; number++ {
		page, resp, err := client.Repositories.ListReleases(ctx, s.Owner, s.Repo, options)
		if err != nil {
			return "", fmt.Errorf("list releases of %s/%s at %s: %w", s.Owner, s.Repo, client.BaseURL, classify(err))
		}
		for _, release := range page {
			tag, isVersion := version.ReadTag(release.GetTagName())
			if !release.GetDraft() && (s.Prerelease || !release.GetPrerelease()) && (!isVersion || keep(tag)) {
				found.add(release)
			}
		}
		isLast := resp.NextPage == 0
		if isLast || number >= minReleasePages {
			if tag, err := found.newest(s); tag != "" || err != nil {
				return tag, err
			}
		}
		switch {
		case isLast:
			return found.lastResort(s)
		case number == maxReleasePages:
			return "", s.noRelease(fmt.Sprintf(" among the newest %d", maxReleasePages*releasesPerPage))
		}
		options.Page = resp.NextPage
	}
}

func (s Spec) noRelease(among string) error {
	what, try := "stable releases", []sources.Setting{{Option: "prerelease"}, {Option: "tag"}, {Option: "branch"}}
	if s.Prerelease {
		what, try = "releases", try[1:]
	}
	if s.Constraint != "" {
		what, try = fmt.Sprintf("%s that satisfy %q", what, s.Constraint), []sources.Setting{{Option: "constraint"}}
	}
	err := fmt.Errorf("%s of %s/%s%s: %w", what, s.Owner, s.Repo, among, sources.ErrNotFound)
	return sources.WithSettings(err, try...)
}

// releases are the tags of releases, and when each was published.
type releases struct {
	tags      []string
	published map[string]time.Time
}

func (all *releases) add(release *gogithub.RepositoryRelease) {
	if all.published == nil {
		all.published = make(map[string]time.Time)
	}
	all.tags = append(all.tags, release.GetTagName())
	all.published[release.GetTagName()] = release.GetPublishedAt().Time
}

// newest returns the tag with the greatest version, of the scheme that was published last. If none is a version of the
// repository's own, it is the tag that was published last, unless it names a pre-release. It is "" if there is none.
func (all releases) newest(s Spec) (string, error) {
	schemes, err := follow.Schemes(all.tags, s.Repo, s.Tracking)
	if err != nil {
		return "", err
	}
	var candidates []string
	for _, tag := range schemes {
		candidates = append(candidates, tag.Name)
	}
	if len(candidates) == 0 && s.Constraint == "" {
		candidates = slices.DeleteFunc(slices.Clone(all.tags), func(name string) bool {
			tag, isVersion := version.ReadTag(name)
			return isVersion && tag.IsPrerelease() && !s.Prerelease
		})
	}
	if len(candidates) == 0 {
		return "", nil
	}
	return slices.MaxFunc(candidates, func(a, b string) int { return all.published[a].Compare(all.published[b]) }), nil
}

// lastResort takes the tag of a pre-release that the forge calls a release, if there is nothing else.
func (all releases) lastResort(s Spec) (string, error) {
	named := s
	named.Prerelease = true
	tag, err := all.newest(named)
	if tag == "" && err == nil {
		err = s.noRelease("")
	}
	return tag, err
}
