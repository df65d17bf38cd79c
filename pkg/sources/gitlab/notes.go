package gitlab

import (
	"context"
	"net/url"
	"slices"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/registry"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/release"
)

// history reads notes with the REST API.
func (r releaseAPI) history() release.History[Spec] {
	return release.History[Spec]{Note: r.note, Commits: r.commits, Page: func(s Spec, tag string) string {
		return s.page() + "/-/releases/" + url.PathEscape(tag)
	}}
}

// note asks docs.gitlab.com/api/releases, "Get a release by a tag name".
func (r releaseAPI) note(ctx context.Context, s Spec, tag string) (string, error) {
	found, err := registry.GetJSON[struct {
		Description string `json:"description"`
	}](ctx, r.client, s.api()+"/releases/"+url.PathEscape(tag))
	return found.Description, err
}

// commits asks docs.gitlab.com/api/repositories, "Compare branches, tags or commits", which lists the oldest commit first.
func (r releaseAPI) commits(ctx context.Context, s Spec, from, to string) (commits []sources.CommitNote, total int, err error) {
	query := url.Values{"from": {from}, "to": {to}}
	found, err := registry.GetJSON[struct {
		Commits []struct {
			ID    string `json:"id"`
			Title string `json:"title"`
		} `json:"commits"`
	}](ctx, r.client, s.api()+"/repository/compare?"+query.Encode())
	for _, c := range slices.Backward(found.Commits) {
		commits = append(commits, release.Commit(c.ID, c.Title))
	}
	return commits, 0, err
}
