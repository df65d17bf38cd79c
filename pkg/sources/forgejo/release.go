package forgejo

import (
	"context"
	"fmt"
	"time"

	"github.com/pinfetch/pinfetch/pkg/sources/internal/registry"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/release"
)

// releasesPerPage is the largest page that servers give by default.
const releasesPerPage = 50

// releaseAPI lists releases with the REST API. The client library asks each server for its version first, which a few fields
// of one answer do not need.
type releaseAPI struct{ client registry.Client }

// published is a release in an answer.
type published struct {
	Tag        string    `json:"tag_name"`
	Published  time.Time `json:"published_at"`
	Draft      bool      `json:"draft"`
	Prerelease bool      `json:"prerelease"`
	Assets     []struct {
		Name string `json:"name"`
		URL  string `json:"browser_download_url"`
	} `json:"assets"`
}

// page reads a page of a repository's releases.
func (r releaseAPI) page(ctx context.Context, s Spec, number int) (found []release.Release, isLast bool, err error) {
	address := fmt.Sprintf("%s/releases?draft=false&limit=%d&page=%d", s.api(), releasesPerPage, number)
	data, isLast, err := r.client.GetPage(ctx, address)
	if err != nil {
		return nil, false, err
	}
	all, err := registry.Decode[[]published](data, address)
	if err != nil {
		return nil, false, err
	}
	for _, one := range all {
		if one.Draft {
			continue
		}
		r := release.Release{Tag: one.Tag, Published: one.Published, Prerelease: one.Prerelease}
		for _, file := range one.Assets {
			r.Assets = append(r.Assets, release.Asset{Name: file.Name, URL: file.URL})
		}
		found = append(found, r)
	}
	return found, isLast, nil
}
