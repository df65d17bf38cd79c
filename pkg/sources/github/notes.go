package github

import (
	"context"
	"net/url"
	"slices"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/release"
)

// history reads notes with the REST API.
func (r releaseAPI) history() release.History[Spec] {
	return release.History[Spec]{Note: r.note, Commits: r.commits, Page: func(s Spec, tag string) string {
		return s.page() + "/releases/tag/" + url.PathEscape(tag)
	}}
}

func (r releaseAPI) note(ctx context.Context, s Spec, tag string) (string, error) {
	client, err := r.client(s)
	if err != nil {
		return "", err
	}
	found, _, err := client.Repositories.GetReleaseByTag(ctx, s.Owner, s.Repo, url.PathEscape(tag))
	if err != nil {
		return "", classify(client.BaseURL(), err)
	}
	return found.GetBody(), nil
}

// commits reads the first of GitHub's pages, which has the oldest 250 commits.
func (r releaseAPI) commits(ctx context.Context, s Spec, from, to string) (commits []sources.CommitNote, total int, err error) {
	client, err := r.client(s)
	if err != nil {
		return nil, 0, err
	}
	found, _, err := client.Repositories.CompareCommits(ctx, s.Owner, s.Repo, from, to, nil)
	if err != nil {
		return nil, 0, classify(client.BaseURL(), err)
	}
	if found == nil {
		return nil, 0, nil
	}
	for _, c := range slices.Backward(found.Commits) {
		commits = append(commits, release.Commit(c.GetSHA(), c.GetCommit().GetMessage()))
	}
	return commits, found.GetTotalCommits(), nil
}
