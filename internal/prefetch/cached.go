package prefetch

import (
	"context"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/pinfetch/pinfetch/internal/cache"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// rules is the version of what this package computes. It is raised when a result of a git-hosted call may come out
// otherwise than before: results of older versions are then no longer found.
const rules = 1

// Cached is a [Hasher] that hashes what cannot change once. It is safe for concurrent use.
//
// Kept are results of fetchgit and fetchFromGitHub, whose revision is a full commit ID and so determines the content,
// unless they drift. Never kept are those of fetchurl and fetchzip: a URL says nothing about what it will serve
// tomorrow, and a lock that is wrong from the start would only show when Nix builds. Neither are errors.
//
// What is kept is a hash, a date and warnings, under a hash of the call: no URL, and no secret that one could hold.
type Cached struct {
	Hasher *Hasher
	Store  *cache.Store // nil for none
	Log    func(string) // told what is not fetched; nil for nobody
}

// kept is a [Result] as the cache has it. The call that is asked for completes it.
type kept struct {
	Hash     hash.SRI `json:"hash"`
	Date     string   `json:"date,omitzero"`
	Warnings []string `json:"warnings,omitzero"`
}

// Hash returns the result of the call that was kept, or is [Cached.Rehash].
func (c *Cached) Hash(ctx context.Context, f sources.Fetch, a hash.Algorithm, p Progress) (Result, error) {
	if result, found := c.load(f, a); found {
		return result, nil
	}
	return c.Rehash(ctx, f, a, p)
}

// Rehash is [Hasher.Hash], whatever was kept, and keeps the result.
func (c *Cached) Rehash(ctx context.Context, f sources.Fetch, a hash.Algorithm, p Progress) (Result, error) {
	result, err := c.Hasher.Hash(ctx, f, a, p)
	if err == nil && isImmutable(f) && !result.Drifts {
		c.save(f, a, result)
	}
	return result, err
}

func isImmutable(f sources.Fetch) bool {
	return (f.Fetcher == sources.FetchGit || f.Fetcher == sources.FetchFromGitHub) && sources.IsCommit(f.Rev)
}

func (c *Cached) load(f sources.Fetch, a hash.Algorithm) (Result, bool) {
	if !isImmutable(f) {
		return Result{}, false
	}
	data, found := c.Store.Get(cacheKey(f, a))
	var k kept
	if !found || json.Unmarshal(data, &k) != nil || k.Hash.IsZero() || k.Hash.Algorithm() != a {
		return Result{}, false
	}
	if c.Log != nil {
		c.Log(fmt.Sprintf("%s %s: hashed before", f.Fetcher, describe(f)))
	}
	return Result{Fetch: f, Hash: k.Hash, Date: k.Date, Warnings: k.Warnings}, true
}

func (c *Cached) save(f sources.Fetch, a hash.Algorithm, result Result) {
	if data, err := json.Marshal(kept{result.Hash, result.Date, result.Warnings}); err == nil {
		c.Store.Put(cacheKey(f, a), data)
	}
}

// cacheKey names a complete call: even what does not change the hash, such as a store name, tells two calls apart.
func cacheKey(f sources.Fetch, a hash.Algorithm) string {
	return fmt.Sprintf("fetch %d %s %#v", rules, a, f)
}

// describe names a call without what a URL's query may hold.
func describe(f sources.Fetch) string {
	if f.URL != "" {
		return redact.Address(f.URL) + "@" + f.Rev
	}
	return f.String()
}
