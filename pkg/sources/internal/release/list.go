package release

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/terminal"
)

// Forges list the newest releases first. The first ones are read in any case, because the newest release of an older line
// may be listed first, and further ones only until one that a Spec allows is found.
const (
	minReleases = 300
	maxReleases = 1000
	maxPages    = 40 // whatever a server calls a page
)

// list is what is known of a repository's releases. All pins of the repository share it.
type list[S any] struct {
	page func(ctx context.Context, number int) ([]Release, bool, error)

	mu    sync.Mutex // held during a request, so that others wait for its response
	all   []Release
	pages int
	isAll bool
	err   error
}

func (r *resolver[S]) list(s S) *list[S] {
	shared, _ := r.lists.LoadOrStore(s.GitURL(), &list[S]{page: func(ctx context.Context, number int) ([]Release, bool, error) {
		return r.forge.Page(ctx, s, number)
	}})
	return shared.(*list[S])
}

// read returns at least some number of releases, or all that are looked at.
func (l *list[S]) read(ctx context.Context, want int) (all []Release, isAll bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.all) < want && !l.isAll && l.err == nil {
		page, isLast, err := l.page(ctx, l.pages+1)
		if ctx.Err() != nil {
			return nil, false, context.Cause(ctx) // not the fault of the forge
		}
		l.all, l.err = append(l.all, usable(page)...), err
		l.pages++
		l.isAll = isLast || len(l.all) >= maxReleases || l.pages >= maxPages
	}
	return l.all, l.isAll, l.err
}

// usable leaves out what cannot be a tag or the name of a file, whoever chose it.
func usable(page []Release) (kept []Release) {
	for _, r := range page {
		if r.Tag == "" || len(r.Tag) > maxName {
			continue
		}
		r.Assets = slices.DeleteFunc(r.Assets, func(a Asset) bool {
			return a.Name == "" || len(a.Name) > maxName || !terminal.IsSafe(a.Name) || strings.Contains(a.Name, "/")
		})
		kept = append(kept, r)
	}
	return kept
}

// lookup returns the release of a tag or of a version.
func lookup(all []Release, h sources.Hosted, at string) (Release, bool) {
	for _, r := range all {
		if r.Tag == at {
			return r, true
		}
	}
	for _, r := range all {
		if sources.TagVersion(r.Tag) == at && (h.Tags == "" || matches(h.Tags, r.Tag)) {
			return r, true
		}
	}
	return Release{}, false
}

// count says how many releases were looked at.
func count(all []Release) string {
	if len(all) >= maxReleases {
		return fmt.Sprintf("the newest %d releases", len(all))
	}
	if len(all) == 1 {
		return "1 release"
	}
	return fmt.Sprintf("%d releases", len(all))
}
