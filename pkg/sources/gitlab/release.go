package gitlab

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/registry"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/release"
)

const releasesPerPage = 100

// releaseAPI lists releases with the REST API (docs.gitlab.com/api/releases). A client library would bring its own retries
// and limits of rate for four fields of one answer.
type releaseAPI struct{ client registry.Client }

// published is a release in an answer.
type published struct {
	Tag      string    `json:"tag_name"`
	Released time.Time `json:"released_at"`
	Upcoming bool      `json:"upcoming_release"` // it is announced for the future
	Assets   struct {
		Links []struct {
			Name   string `json:"name"`
			URL    string `json:"url"`
			Direct string `json:"direct_asset_url"`
		} `json:"links"`
	} `json:"assets"`
}

// page reads a page of a project's releases.
func (r releaseAPI) page(ctx context.Context, s Spec, number int) (found []release.Release, isLast bool, err error) {
	address := fmt.Sprintf("%s/releases?per_page=%d&page=%d", s.api(), releasesPerPage, number)
	data, isLast, err := r.client.GetPage(ctx, address)
	if err != nil {
		return nil, false, err
	}
	all, err := registry.Decode[[]published](data, address)
	if err != nil {
		return nil, false, err
	}
	for _, one := range all {
		if one.Upcoming {
			continue
		}
		r := release.Release{Tag: one.Tag, Published: one.Released}
		for _, link := range one.Assets.Links {
			address, name := cmp.Or(link.Direct, link.URL), link.Name
			if !s.isOwn(address) {
				name = sources.FileName(address)
			}
			if isLasting(address) {
				r.Assets = append(r.Assets, release.Asset{Name: name, URL: address})
			}
		}
		found = append(found, r)
	}
	return found, isLast, nil
}

// isOwn reports whether the server itself has the file at an address. Such a file has the name of its link, any other one that
// of its address.
func (s Spec) isOwn(address string) bool {
	return strings.HasPrefix(address, s.page()+"/-/") || strings.HasPrefix(address, s.root()+APIPath+"projects/")
}

// isFile is the [release.IsFile] of a Spec.
func (s Spec) isFile(address, _ string, hasName func(string) bool) bool {
	return isLasting(address) && (s.isOwn(address) || hasName(sources.FileName(address)))
}

// signature matches the parameters of addresses that work for some time only.
var signature = lazyregexp.New(`(?i)(^|[-_])(signature|sig|expires?|token|se|key|credential)$`)

// isLasting reports whether a lock may record the address of a file: it is https, and holds neither credentials nor an expiry.
func isLasting(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Fragment != "" || sources.ValidateURL(address) != nil {
		return false
	}
	for name := range u.Query() {
		if signature.MatchString(name) {
			return false
		}
	}
	return true
}
