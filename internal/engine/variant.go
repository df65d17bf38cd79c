package engine

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/pinfetch/pinfetch/internal/prefetch"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// variant is what a source means on one system. Most sources have one, for the system "": every one.
type variant struct {
	system string
	sources.Resolution
}

// variants resolves a source, in the order of systems.
func (e *Engine) variants(ctx context.Context, spec sources.Spec) ([]variant, error) {
	var bySystem map[string]sources.Spec
	if many, ok := spec.(sources.PerSystem); ok {
		bySystem = many.BySystem()
	}
	if len(bySystem) == 0 {
		r, err := e.Sources.Resolve(ctx, spec)
		return []variant{{"", r}}, err
	}
	var found []variant
	for _, system := range slices.Sorted(maps.Keys(bySystem)) {
		r, err := e.Sources.Resolve(ctx, bySystem[system])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", system, err)
		}
		found = append(found, variant{system, r})
	}
	return found, nil
}

// meansSame reports whether both are the same commit, or the same file, on one system.
func (v variant) meansSame(other *variant) bool {
	return v.system == other.system && v.Fetch.Rev == other.Fetch.Rev && (v.Fetch.Rev != "" || v.Fetch.URL == other.Fetch.URL)
}

// lockedVariants are those that a lock has.
func lockedVariants(l lock.Locked) []variant {
	var found []variant
	for _, call := range l.Calls {
		found = append(found, variant{call.System, sources.Resolution{Facts: sources.Facts{Rev: l.Facts.Rev}, Fetch: call.Fetch}})
	}
	return found
}

// commonFacts are the facts that hold for all variants.
func commonFacts(all []variant) sources.Facts {
	facts := all[0].Facts
	for _, v := range all[1:] {
		facts = sources.Facts{
			Rev: common(facts.Rev, v.Rev), Ref: common(facts.Ref, v.Ref),
			Version: common(facts.Version, v.Version), Date: common(facts.Date, v.Date),
		}
	}
	return facts
}

func common(a, b string) string {
	if a != b {
		return ""
	}
	return a
}

// lockDown hashes what a source means and completes the facts by what the contents told.
func (e *Engine) lockDown(ctx context.Context, name string, all []variant, d *downloads) (lock.Locked, []string, error) {
	var warnings []string
	locked := lock.Locked{Calls: make([]lock.Call, len(all))}
	all = slices.Clone(all)
	for i := range all {
		v := &all[i]
		result, err := d.do(ctx, v.Fetch, hash.SHA256, e.progress(name))
		if err != nil {
			return lock.Locked{}, nil, v.explain(err)
		}
		v.Date = cmp.Or(result.Date, v.Date)
		v.Version = cmp.Or(v.Version, unstableVersion(v.Resolution, v.Date))
		locked.Calls[i] = lock.Call{System: v.system, Fetch: result.Fetch, Hash: result.Hash}
		warnings = append(warnings, result.Warnings...)
	}
	locked.Facts = commonFacts(all)
	return locked, warnings, nil
}

// explain says which system an error is about.
func (v variant) explain(err error) error {
	if v.system == "" {
		return err
	}
	return fmt.Errorf("%s: %w", v.system, err)
}

// unhashed is what would be locked, without hashes.
func unhashed(all []variant) lock.Locked {
	locked := lock.Locked{Facts: commonFacts(all)}
	for _, v := range all {
		locked.Calls = append(locked.Calls, lock.Call{System: v.system, Fetch: v.Fetch})
	}
	return locked
}

// sameTarget reports whether a source means what is locked. What only the content
// could tell is taken over from the lock.
func sameTarget(old lock.Locked, all []variant) bool {
	return slices.EqualFunc(old.Calls, all, func(call lock.Call, v variant) bool {
		if v.Fetch.Extension == "" && v.Fetch.Fetcher == call.Fetcher {
			v.Fetch.Extension = call.Extension
		}
		return v.system == call.System && v.Fetch == call.Fetch
	})
}

func (e *Engine) progress(name string) prefetch.Progress {
	return func(bytes, total int64) {
		e.watch(Event{Name: name, Stage: Downloading, Bytes: bytes, Total: total})
	}
}
