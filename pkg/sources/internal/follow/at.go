package follow

import (
	"context"
	"fmt"

	"github.com/gobwas/glob"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

// At finds the commit that a revision or version means to someone who follows t: a full commit ID, the name of a tag, or
// the version of one of the tags that t allows. A full commit ID needs no request. The error is a [sources.ErrNotFound].
func (r Remotes) At(
	ctx context.Context, remoteURL string, t sources.Tracking, at string, fetch func(rev string) sources.Fetch,
) (sources.Resolution, error) {
	at = Short(sources.Tracking{Rev: at}).Rev
	if sources.IsCommit(at) {
		return resolutionOf(sources.Facts{Rev: at}, fetch), nil
	}
	refs, err := r.Refs.Refs(ctx, remoteURL, tags)
	if err != nil {
		return sources.Resolution{}, err
	}
	name, found := tagAt(refs, t, at)
	if !found {
		err := fmt.Errorf("no tag or version %q: %w", at, sources.ErrNotFound)
		return sources.Resolution{}, sources.WithHint(err, "give a version, a whole tag name or a full commit ID")
	}
	return r.Resolve(ctx, remoteURL, sources.Tracking{Rev: name}, fetch)
}

// tagAt returns the tag with a name, or the one with a version.
func tagAt(refs sources.Refs, t sources.Tracking, at string) (name string, found bool) {
	if _, isTag := refs.Lookup(tags + at); isTag {
		return at, true
	}
	matches, err := glob.Compile(t.Tags)
	for _, tag := range tagNames(refs) {
		if _, number := version.Split(tag); number == at && (t.Tags == "" || err == nil && matches.Match(tag)) {
			return tag, true
		}
	}
	return "", false
}
