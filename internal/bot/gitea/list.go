package gitea

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"code.gitea.io/sdk/gitea"

	"github.com/pinfetch/pinfetch/internal/bot"
	"github.com/pinfetch/pinfetch/internal/web"
)

// The bounds of lists.
const (
	pageSize    = 50  // what servers give at most by default: MAX_RESPONSE_ITEMS
	maxOpen     = 100 // pages of open requests
	maxClosed   = 20  // pages of closed requests
	maxLabelled = 20  // pages of labels
)

// Open implements [bot.Forge]. The API cannot filter by branch.
func (f *Forge) Open(ctx context.Context, base, prefix string) ([]bot.Request, error) {
	var found []bot.Request
	for page := 1; page != 0; {
		if page > maxOpen {
			return nil, fmt.Errorf("list pull requests of %s: more than %d are open: %w", f, maxOpen*pageSize, web.ErrTooLarge)
		}
		all, next, err := f.list(ctx, gitea.ListPullRequestsOptions{State: gitea.StateOpen, Sort: "oldest"}, page)
		if err != nil {
			return nil, err
		}
		for _, p := range all {
			if p.base == base && strings.HasPrefix(p.Branch, prefix) {
				found = append(found, p.Request)
			}
		}
		page = next
	}
	slices.SortFunc(found, func(a, b bot.Request) int { return cmp.Compare(a.Number, b.Number) })
	return slices.CompactFunc(found, sameNumber), nil
}

// history is what was read of the closed requests.
type history struct {
	mu   sync.Mutex
	read int // pages
	done bool
	all  []request // that were not merged, newest first
}

// Closed implements [bot.Forge]. The API cannot filter by branch, so that all branches share one list, of which is read as much
// as it takes to find the branch. Requests that are older than the latest thousand closed ones are missing.
func (f *Forge) Closed(ctx context.Context, base, branch string) ([]bot.Request, error) {
	h := &f.closed
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		var found []bot.Request
		for _, p := range h.all {
			if p.base == base && p.Branch == branch {
				found = append(found, p.Request)
			}
		}
		if len(found) > 0 || h.done {
			slices.SortFunc(found, func(a, b bot.Request) int { return cmp.Compare(b.Number, a.Number) })
			return slices.CompactFunc(found, sameNumber), nil // a request shows up twice if others were closed between two pages
		}
		all, next, err := f.list(ctx, gitea.ListPullRequestsOptions{State: gitea.StateClosed}, h.read+1)
		if err != nil {
			return nil, err
		}
		h.read++
		h.done = next == 0 || h.read == maxClosed
		h.all = append(h.all, slices.DeleteFunc(all, func(p request) bool { return p.isMerged })...)
	}
}

func sameNumber(a, b bot.Request) bool { return a.Number == b.Number }

// request is a request with what only lists need.
type request struct {
	bot.Request
	base     string
	isMerged bool
}

// list reads a page of the requests of the repository's own branches. next is the page after it, 0 if there is none.
func (f *Forge) list(ctx context.Context, o gitea.ListPullRequestsOptions, page int) (all []request, next int, err error) {
	o.ListOptions = gitea.ListOptions{Page: page, PageSize: pageSize}
	shown, resp, err := call(ctx, f, func(c *gitea.Client) ([]*gitea.PullRequest, *gitea.Response, error) {
		return c.ListRepoPullRequests(f.owner, f.repo, o)
	})
	if err != nil {
		return nil, 0, fmt.Errorf("list pull requests of %s: %w", f, err)
	}
	for _, p := range shown {
		if p != nil && p.Head != nil && p.Base != nil && p.Head.RepoID == p.Base.RepoID {
			all = append(all, request{read(p), p.Base.Ref, p.HasMerged})
		}
	}
	return all, following(resp, page), nil
}

// following is the page after a page, 0 if there is none.
func following(resp *gitea.Response, page int) int {
	if resp.NextPage <= page {
		return 0
	}
	return resp.NextPage
}

// read reads a request. Its branch is the head's label: the head's ref is refs/pull/N/head after the branch was deleted.
// Pushes to refs/for/BASE, which have no branch, have no label either (ToAPIPullRequest in services/convert/pull.go).
func read(p *gitea.PullRequest) bot.Request {
	r := bot.Request{Number: int(p.Index), Body: p.Body, URL: p.HTMLURL}
	if p.Head != nil {
		r.Branch, r.Head = p.Head.Name, p.Head.Sha
	}
	r.Title, r.IsDraft = cutDraft(p.Title)
	return r
}
