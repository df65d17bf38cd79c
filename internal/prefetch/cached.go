package prefetch

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// rules is the version of what this package computes. Raising it, whenever a result may differ from before, invalidates
// all older results.
const rules = 2

// kept is the part of a [Result] that is stored: no URL, and so no secret in one. The job completes it.
type kept struct {
	Hash      hash.SRI  `json:"hash"`
	Extension string    `json:"extension,omitzero"`
	Date      string    `json:"date,omitzero"`
	Warnings  []Warning `json:"warnings,omitzero"`
}

// isKept reports whether a result is stored. See [Prefetcher.Again].
func (r Result) isKept(j Job) bool {
	drifts := slices.ContainsFunc(r.Warnings, func(w Warning) bool { return w.Kind == ExportSubst })
	return j.isImmutable() && !drifts && (j.Fetcher != sources.FetchZip || r.Commit != "")
}

// isImmutable reports whether the job's content is that of one commit. Nothing else is looked up.
func (j Job) isImmutable() bool { return j.Fetcher != sources.FetchURL && sources.IsCommit(j.Rev) }

// Recall returns the stored result of a job.
func (p *Prefetcher) Recall(j Job) (Result, bool) {
	if !j.isImmutable() {
		return Result{}, false
	}
	data, found := p.Store.Get(j.key())
	var k kept
	if !found || json.Unmarshal(data, &k) != nil || k.Hash.IsZero() || k.Hash.Algorithm() != j.Algorithm {
		return Result{}, false
	}
	if p.Log != nil {
		p.Log(fmt.Sprintf("%s %s: hashed before", j.Fetcher, j.describe()))
	}
	f := j.Fetch
	f.Extension = cmp.Or(f.Extension, k.Extension)
	return Result{Fetch: f, Hash: k.Hash, Commit: j.Rev, Date: k.Date, Warnings: k.Warnings}, true
}

func (p *Prefetcher) save(j Job, r Result) {
	if data, err := json.Marshal(kept{r.Hash, r.Fetch.Extension, r.Date, r.Warnings}); err == nil {
		p.Store.Put(j.key(), data)
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
