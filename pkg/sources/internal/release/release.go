// Package release follows the releases of forges, for the commits of their tags and for their files. All kinds of source
// whose forges have releases share it: one list for each repository, one choice of the newest, one explanation.
package release

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/follow"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

// Release is a published release of a forge. Drafts and announcements of releases are none.
type Release struct {
	Tag        string
	Published  time.Time
	Prerelease bool // the forge marks it as a pre-release
	Assets     []Asset
}

// Asset is a file of a release.
type Asset struct {
	Name   string
	URL    string      // its address as the forge tells it
	Digest hash.Digest // what the forge publishes of its bytes, or none
}

// Repository is a Spec of a repository on a forge with releases.
type Repository[S any] interface {
	follow.Repository[S]
	Hosted() sources.Hosted
}

// Forge is how the releases of a kind's repositories are read.
type Forge[S any] struct {
	// Page reads a page of a repository's releases, the newest release first. Pages are counted from 1.
	Page func(ctx context.Context, s S, number int) (releases []Release, isLast bool, err error)
	// Download returns the address of a file of a release. It is nil if tag and name do not determine that.
	Download func(s S, tag, name string) string
	// Ask returns a request that means a Spec.
	Ask func(S) sources.Request
}

// Resolver returns a Resolver for Specs that follow refs or releases. It lists branches and tags by refs.
func Resolver[S Repository[S]](refs sources.RefLister, forge Forge[S]) sources.Resolver[S] {
	git := follow.Resolver[S](refs)
	r := &resolver[S]{forge: forge, git: git, remotes: follow.Remotes{Refs: refs}}
	both := git
	both.Announce = func(s S) {
		if s.Hosted().Asset == "" {
			git.Announce(s)
		}
	}
	both.Resolve = func(ctx context.Context, s S) (sources.Resolution, error) { return r.resolve(ctx, s, "") }
	both.ResolveLike = r.resolve
	both.At = func(ctx context.Context, s S, at string) (sources.Resolution, error) {
		if s.Hosted().Asset == "" {
			return git.At(ctx, s, at)
		}
		return r.fileAt(ctx, s, at)
	}
	both.Name = func(ctx context.Context, s S, locked sources.Resolution) (sources.Facts, error) {
		if s.Hosted().Asset == "" {
			return git.Name(ctx, s, locked)
		}
		return sources.Facts{Ref: locked.Ref, Version: sources.TagVersion(tagOf(locked.Facts))}, nil
	}
	return both
}

type resolver[S Repository[S]] struct {
	forge   Forge[S]
	git     sources.Resolver[S]
	remotes follow.Remotes
	lists   sync.Map // a repository's URL for git to *list[S]
}

// resolve finds out what a Spec means among versions of the same scheme as a locked one, which may be "".
func (r *resolver[S]) resolve(ctx context.Context, s S, locked string) (sources.Resolution, error) {
	h := s.Hosted()
	switch {
	case h.Asset != "" && h.Rev != "":
		return r.fileAt(ctx, s, h.Rev)
	case h.Asset != "":
		return r.newestFile(ctx, s, locked)
	case !h.Release:
		return r.git.ResolveLike(ctx, s, locked)
	}
	chosen, held, err := r.newest(ctx, s, follow.Like(locked))
	if err != nil {
		return sources.Resolution{}, err
	}
	found, err := r.git.Resolve(ctx, s.Following(sources.Tracking{Rev: chosen.Tag}))
	found.Held = held
	return found, err
}

// newest returns the newest release that a Spec allows, and what is held back. Versions that keep refuses do not count.
func (r *resolver[S]) newest(ctx context.Context, s S, keep func(version.Tag) bool) (Release, []sources.HeldBack, error) {
	h := s.Hosted()
	for want := minReleases; ; want++ {
		all, isAll, err := r.list(s).read(ctx, want)
		if err != nil {
			return Release{}, nil, fmt.Errorf("list releases of %s/%s: %w", h.Owner, h.Repo, err)
		}
		want = max(want, len(all))
		chosen, held, err := choose(h, all, keep).newest()
		if err != nil && isAll && len(all) < maxReleases && !isWaiting(err) {
			last := choose(h, all, keep)
			last.trusting = true // take what upstream names a pre-release, but marks as none
			chosen, held, err = last.newest()
		}
		switch {
		case err == nil:
			err := sources.Tracking{Rev: chosen.Tag}.Validate() // upstream chose the name
			if err != nil {
				err = sources.WithSettings(fmt.Errorf("newest release of %s/%s: %w", h.Owner, h.Repo, err), sources.Setting{Option: "tag"}, sources.Setting{Option: "branch"})
			}
			return chosen, held, err
		case isAll:
			return Release{}, held, r.explain(s, all, err)
		}
	}
}

// tagOf returns the tag of what is locked, "" if there is none.
func tagOf(f sources.Facts) string {
	if len(f.Ref) > len(tags) && f.Ref[:len(tags)] == tags {
		return f.Ref[len(tags):]
	}
	return ""
}

const tags = "refs/tags/"

// factsOf returns what a release tells of its files.
func factsOf(r Release) sources.Facts {
	f := sources.Facts{Ref: tags + r.Tag, Version: sources.TagVersion(r.Tag)}
	if !r.Published.IsZero() {
		f.Date = r.Published.UTC().Format(time.DateOnly)
	}
	return f
}

// newestFile resolves a Spec of a file that follows versions.
func (r *resolver[S]) newestFile(ctx context.Context, s S, locked string) (sources.Resolution, error) {
	chosen, held, err := r.newest(ctx, s, follow.Like(locked))
	if r.canDoWithout(s, err) {
		return r.newestTag(ctx, s, locked, err)
	}
	if err != nil {
		return sources.Resolution{}, err
	}
	found, err := r.files(s, chosen)
	found.Held = held
	return found, err
}

// fileAt resolves a Spec of a file at a tag, a version or a commit that a tag names.
func (r *resolver[S]) fileAt(ctx context.Context, s S, at string) (sources.Resolution, error) {
	h := s.Hosted()
	at = follow.Short(sources.Tracking{Rev: at}).Rev
	if sources.IsCommit(at) {
		named, err := r.git.Name(ctx, s.Following(sources.Tracking{Tags: cmp.Or(h.Tags, "*")}), commit(at))
		if err != nil || named.Ref == "" {
			err = cmp.Or(err, fmt.Errorf("tag of commit %s: %w", at, sources.ErrNotFound))
			return sources.Resolution{}, sources.WithHint(err, "give a tag: a commit has no files of a release")
		}
		at = tagOf(named)
	}
	for want := 1; ; {
		all, isAll, err := r.list(s).read(ctx, want)
		if r.canDoWithout(s, err) {
			return r.tagAt(ctx, s, at, err)
		}
		if err != nil {
			return sources.Resolution{}, fmt.Errorf("list releases of %s/%s: %w", h.Owner, h.Repo, err)
		}
		if found, ok := lookup(all, h, at); ok {
			return r.files(s, found)
		}
		if isAll {
			err := fmt.Errorf("release %q among %s of %s/%s: %w", at, count(all), h.Owner, h.Repo, sources.ErrNotFound)
			if len(all) >= maxReleases && r.isDetermined(h) {
				return r.tagAt(ctx, s, at, err)
			}
			return sources.Resolution{}, sources.WithHint(err, "give the tag of a release, or its version")
		}
		want = len(all) + 1
	}
}

// commit returns a resolution of a commit.
func commit(rev string) sources.Resolution { return sources.Resolution{Facts: sources.Facts{Rev: rev}} }
