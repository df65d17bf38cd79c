package main

import (
	"context"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/pinfetch/pinfetch/internal/cache"
	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// remotes lists refs without the git program, which only the dates of tags need. The dates are kept for later runs, because
// the IDs of tags determine them.
type remotes struct {
	*gitrefs.Client
	git   *gitcmd.Git
	store *cache.Store
}

// TagDates lets sources choose among several schemes of versions, and by age.
func (r remotes) TagDates(ctx context.Context, remoteURL string, tags []sources.Ref) ([]time.Time, error) {
	var key strings.Builder
	key.WriteString("dates of tags")
	for _, tag := range tags {
		key.WriteString("\n" + tag.ID)
	}
	var dates []time.Time
	if data, found := r.store.Get(key.String()); found && json.Unmarshal(data, &dates) == nil && len(dates) == len(tags) {
		return dates, nil
	}
	dates, err := r.git.TagDates(ctx, remoteURL, tags)
	if err != nil {
		return nil, err
	}
	if data, err := json.Marshal(dates); err == nil { // it fails with years that RFC 3339 does not have
		r.store.Put(key.String(), data)
	}
	return dates, nil
}
