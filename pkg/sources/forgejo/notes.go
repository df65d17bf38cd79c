package forgejo

import (
	"context"
	"net/url"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/registry"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/release"
)

// history reads notes with the REST API.
func (r releaseAPI) history() release.History[Spec] {
	return release.History[Spec]{Note: r.note, Commits: r.commits, Page: func(s Spec, tag string) string {
		return s.page() + "/releases/tag/" + url.PathEscape(tag)
	}}
}

func (r releaseAPI) note(ctx context.Context, s Spec, tag string) (string, error) {
	found, err := registry.GetJSON[struct {
		Body string `json:"body"`
	}](ctx, r.client, s.api()+"/releases/tags/"+url.PathEscape(tag))
	return found.Body, err
}

// commits asks for a comparison, which lists the newest commit first.
func (r releaseAPI) commits(ctx context.Context, s Spec, from, to string) (commits []sources.CommitNote, total int, err error) {
	found, err := registry.GetJSON[struct {
		Total   int `json:"total_commits"`
		Commits []struct {
			ID     string `json:"sha"`
			Commit struct {
				Message string `json:"message"`
			} `json:"commit"`
		} `json:"commits"`
	}](ctx, r.client, s.api()+"/compare/"+url.PathEscape(from)+"..."+url.PathEscape(to))
	for _, c := range found.Commits {
		commits = append(commits, release.Commit(c.ID, c.Commit.Message))
	}
	return commits, found.Total, err
}
