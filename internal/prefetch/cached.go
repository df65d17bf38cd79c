package prefetch

import (
	"cmp"
	"context"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/pinfetch/pinfetch/internal/cache"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// rules is the version of what this package computes. Raising it, whenever a result may differ from before, invalidates
// all older results.
const rules = 2

// Cached is a [Prefetcher] that hashes immutable content only once. It is safe for concurrent use.
//
// It keeps results whose job names a full commit ID, which determines the content: those of fetchgit and
// fetchFromGitHub, and those of fetchzip if the archive contains this commit ID. It does not keep results that drift,
// errors, or any other result: what a URL serves can change.
//
// It stores a hash, an extension, a date and warnings, under a hash of the job: no URL, and so no secret in one.
type Cached struct {
	Prefetcher *Prefetcher
	Store      *cache.Store // may be nil
	Log        func(string) // receives a line for each kept result that is used; may be nil
}

// kept is the part of a [Result] that is cached. The job completes it.
type kept struct {
	Hash      hash.SRI  `json:"hash"`
	Extension string    `json:"extension,omitzero"`
	Date      string    `json:"date,omitzero"`
	Warnings  []Warning `json:"warnings,omitzero"`
}

// Prefetch returns the kept result of the job. Without one it calls [Cached.Again].
func (c *Cached) Prefetch(ctx context.Context, j Job, report Progress) (Result, error) {
	if result, found := c.load(j); found {
		return result, nil
	}
	return c.Again(ctx, j, report)
}

// Again calls [Prefetcher.Prefetch], even if a result is kept, and keeps the new one.
func (c *Cached) Again(ctx context.Context, j Job, report Progress) (Result, error) {
	result, err := c.Prefetcher.Prefetch(ctx, j, report)
	if err == nil && j.isImmutable() && !result.Drifts && (j.Fetcher != sources.FetchZip || result.Commit != "") {
		c.save(j, result)
	}
	return result, err
}

// isImmutable reports whether the job's content is that of one commit. Nothing else is looked up.
func (j Job) isImmutable() bool { return j.Fetcher != sources.FetchURL && sources.IsCommit(j.Rev) }

func (c *Cached) load(j Job) (Result, bool) {
	if !j.isImmutable() {
		return Result{}, false
	}
	data, found := c.Store.Get(j.key())
	var k kept
	if !found || json.Unmarshal(data, &k) != nil || k.Hash.IsZero() || k.Hash.Algorithm() != j.Algorithm {
		return Result{}, false
	}
	if c.Log != nil {
		c.Log(fmt.Sprintf("%s %s: hashed before", j.Fetcher, j.describe()))
	}
	f := j.Fetch
	f.Extension = cmp.Or(f.Extension, k.Extension)
	return Result{Fetch: f, Hash: k.Hash, Commit: j.Rev, Date: k.Date, Warnings: k.Warnings}, true
}

func (c *Cached) save(j Job, r Result) {
	if data, err := json.Marshal(kept{r.Hash, r.Fetch.Extension, r.Date, r.Warnings}); err == nil {
		c.Store.Put(j.key(), data)
	}
}

// key identifies a job by everything in it, even by what does not change the hash, such as a store name.
func (j Job) key() string { return fmt.Sprintf("fetch %d %#v", rules, j) }

// describe names a call without what a URL's query may contain.
func (j Job) describe() string {
	if j.URL != "" {
		return redact.Address(j.URL) + "@" + j.Rev
	}
	return j.Fetch.String()
}
