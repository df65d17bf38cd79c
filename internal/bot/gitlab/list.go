package gitlab

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	gitlab "gitlab.com/gitlab-org/api/client-go"

	"github.com/pinfetch/pinfetch/internal/bot"
)

// Open implements [bot.Forge].
func (f *Forge) Open(ctx context.Context, base, prefix string) (open []bot.Request, err error) {
	options := filter("opened", base)
	err = each(ctx, f, f.path, options, &options.ListOptions, func(m mergeRequest) {
		if m.isOwn(prefix) {
			open = append(open, m.request())
		}
	})
	if err != nil {
		return nil, fmt.Errorf("list the open merge requests of %q: %w", f.project, err)
	}
	slices.SortFunc(open, func(a, b bot.Request) int { return a.Number - b.Number })
	return slices.CompactFunc(open, func(a, b bot.Request) bool { return a.Number == b.Number }), nil // pages overlap if requests are opened meanwhile
}

// page is the beginning of a list.
type page struct {
	requests []bot.Request
	isAll    bool
}

// Closed implements [bot.Forge]. It asks once for the newest of all branches, and for those of one branch only if they may be
// older.
func (f *Forge) Closed(ctx context.Context, base, branch string) ([]bot.Request, error) {
	p, err := f.recentlyClosed(ctx, base)
	if err == nil && !p.isAll && len(p.of(branch)) == 0 {
		options := filter("closed", base)
		options.SourceBranch = &branch
		p, err = f.page(ctx, options)
	}
	if err != nil {
		return nil, fmt.Errorf("list the closed merge requests of %q: %w", f.project, err)
	}
	return p.of(branch), nil
}

// recentlyClosed returns the newest closed requests of all branches.
func (f *Forge) recentlyClosed(ctx context.Context, base string) (page, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	known, found := f.closed[base]
	if found {
		return known, nil
	}
	first, err := f.page(ctx, filter("closed", base))
	if err == nil {
		f.closed[base] = first
	}
	return first, err
}

// page returns the first page of a list, newest first.
func (f *Forge) page(ctx context.Context, options *gitlab.ListProjectMergeRequestsOptions) (p page, err error) {
	var items []mergeRequest
	options.PerPage = perPage
	hasMore, err := f.call(ctx, http.MethodGet, f.path, options, &items)
	for _, m := range items {
		if m.isOwn("") {
			p.requests = append(p.requests, m.request())
		}
	}
	slices.SortFunc(p.requests, func(a, b bot.Request) int { return b.Number - a.Number })
	p.isAll = !hasMore
	return p, err
}

// of returns the requests of a branch.
func (p page) of(branch string) []bot.Request {
	return slices.DeleteFunc(slices.Clone(p.requests), func(r bot.Request) bool { return r.Branch != branch })
}

// filter selects requests into base, newest first.
func filter(state, base string) *gitlab.ListProjectMergeRequestsOptions {
	return &gitlab.ListProjectMergeRequestsOptions{State: &state, TargetBranch: &base, OrderBy: new("created_at"), Sort: new("desc")}
}

// Comments implements [bot.Forge]. It leaves out GitLab's own notes, such as that a label was added.
func (f *Forge) Comments(ctx context.Context, r bot.Request) (comments []string, err error) {
	options := &gitlab.ListMergeRequestNotesOptions{Sort: new("asc")}
	err = each(ctx, f, f.pathOf(r)+"/notes", options, &options.ListOptions, func(n struct {
		Body   string `json:"body"`
		System bool   `json:"system"`
	}) {
		if !n.System {
			comments = append(comments, n.Body)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("list the comments on merge request !%d of %q: %w", r.Number, f.project, err)
	}
	return comments, nil
}
