package github

import (
	"context"
	"fmt"
	"strings"

	gogithub "github.com/google/go-github/v92/github"

	"github.com/pinfetch/pinfetch/internal/bot"
	"github.com/pinfetch/pinfetch/internal/web"
)

const (
	pageSize = 100 // GitHub's largest
	maxPages = 50  // of one list
)

// Open implements [bot.Forge].
func (f *Forge) Open(ctx context.Context, base, prefix string) ([]bot.Request, error) {
	all, err := pages(func(page gogithub.ListOptions) ([]*gogithub.PullRequest, *gogithub.Response, error) {
		return f.client.PullRequests.List(ctx, f.owner, f.repo, &gogithub.PullRequestListOptions{
			State: "open", Base: base, Sort: "created", Direction: "asc", ListOptions: page,
		})
	})
	if err != nil {
		return nil, f.explain(err, "list open pull requests into %q", base)
	}
	return requests(all, func(p *gogithub.PullRequest) bool {
		return p.GetState() == "open" && p.GetBase().GetRef() == base && strings.HasPrefix(p.GetHead().GetRef(), prefix)
	}), nil
}

// Closed implements [bot.Forge]. Most answers are in the first page of all closed requests, which is read once.
func (f *Forge) Closed(ctx context.Context, base, branch string) ([]bot.Request, error) {
	matches := func(p *gogithub.PullRequest) bool {
		return p.GetState() == "closed" && p.MergedAt == nil && p.GetBase().GetRef() == base && p.GetHead().GetRef() == branch
	}
	f.lately.Do(func() {
		var resp *gogithub.Response
		f.closed, resp, f.err = f.listClosed(ctx, "")
		f.isComplete = f.err == nil && resp.NextPage == 0
	})
	if f.err != nil {
		return nil, f.explain(f.err, "list closed pull requests")
	}
	found := requests(f.closed, matches)
	if len(found) > 0 || f.isComplete {
		return found, nil
	}
	// With a wrong owner, GitHub lists the requests of all branches.
	older, _, err := f.listClosed(ctx, f.owner+":"+branch)
	if err != nil {
		return nil, f.explain(err, "list closed pull requests of %q", branch)
	}
	return requests(older, matches), nil
}

// listClosed returns the newest closed requests, of one head unless it is "".
func (f *Forge) listClosed(ctx context.Context, head string) ([]*gogithub.PullRequest, *gogithub.Response, error) {
	all, resp, err := f.client.PullRequests.List(ctx, f.owner, f.repo, &gogithub.PullRequestListOptions{
		State: "closed", Head: head, Sort: "created", Direction: "desc", ListOptions: gogithub.ListOptions{PerPage: pageSize},
	})
	return all, resp, checkList(all, err)
}

// checkList refuses what is no list, even an empty one: an answer without a body, which go-github accepts.
func checkList[T any](list []T, err error) error {
	if err == nil && list == nil {
		return web.ErrProtocol
	}
	return err
}

// Comments implements [bot.Forge].
func (f *Forge) Comments(ctx context.Context, r bot.Request) ([]string, error) {
	all, err := pages(func(page gogithub.ListOptions) ([]*gogithub.IssueComment, *gogithub.Response, error) {
		return f.client.Issues.ListComments(ctx, f.owner, f.repo, r.Number, &gogithub.IssueListCommentsOptions{ListOptions: page})
	})
	if err != nil {
		return nil, f.explain(err, "list comments on pull request #%d", r.Number)
	}
	var texts []string
	for _, c := range all {
		texts = append(texts, c.GetBody())
	}
	return texts, nil
}

// pages reads all pages of a list.
func pages[T any](read func(gogithub.ListOptions) ([]T, *gogithub.Response, error)) (all []T, err error) {
	next := gogithub.ListOptions{PerPage: pageSize}
	for range maxPages {
		some, resp, err := read(next)
		if err := checkList(some, err); err != nil {
			return nil, err
		}
		all = append(all, some...)
		if next.Page = resp.NextPage; next.Page == 0 {
			return all, nil
		}
	}
	return nil, fmt.Errorf("list has more than %d pages of %d: %w", maxPages, pageSize, web.ErrTooLarge)
}

// requests returns those requests of the repository's own branches that match. A fork's branch may have any name.
func requests(all []*gogithub.PullRequest, matches func(*gogithub.PullRequest) bool) []bot.Request {
	var own []bot.Request
	for _, p := range all {
		head, base := p.GetHead().GetRepo().GetFullName(), p.GetBase().GetRepo().GetFullName()
		if head != "" && head == base && p.GetNumber() > 0 && matches(p) {
			own = append(own, request(p))
		}
	}
	return own
}

func request(p *gogithub.PullRequest) bot.Request {
	return bot.Request{
		Number: p.GetNumber(), ID: p.GetNodeID(), Branch: p.GetHead().GetRef(), Head: p.GetHead().GetSHA(),
		Title: p.GetTitle(), Body: p.GetBody(), URL: p.GetHTMLURL(), IsDraft: p.GetDraft(),
	}
}
