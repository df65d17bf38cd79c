package release

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

// isDetermined reports whether version and tag determine the addresses of the files, so that no release has to be read.
func (r *resolver[S]) isDetermined(h sources.Hosted) bool {
	return r.forge.Download != nil && !strings.ContainsAny(h.Asset, wildcards)
}

// canDoWithout reports whether the API refused to answer because its quota is used up or it wants credentials, and the files
// can be found without it.
func (r *resolver[S]) canDoWithout(s S, err error) bool {
	refusal, ok := errors.AsType[sources.Refusal](err)
	return err != nil && r.isDetermined(s.Hosted()) && (ok && refusal.IsRefusal() || !ok && errors.Is(err, fs.ErrPermission))
}

// newestTag takes the newest tag over the git protocol in place of the newest release.
func (r *resolver[S]) newestTag(ctx context.Context, s S, locked string, refusal error) (sources.Resolution, error) {
	t := s.Hosted().Tracking
	if t.Release {
		t.Release = false
		var err error
		if t, _, err = r.remotes.Choose(ctx, s.GitURL(), s.Title(), t); err != nil || t.Tags == "" {
			return sources.Resolution{}, refusal
		}
	}
	found, err := r.remotes.ResolveLike(ctx, s.GitURL(), t, locked, nothing)
	if err != nil {
		return sources.Resolution{}, errors.Join(refusal, err)
	}
	found.Notice = fmt.Sprintf("chose %s among tags, not among releases: %v", tagOf(found.Facts), refusal)
	return r.filesOfTag(s, found)
}

// tagAt takes a tag over the git protocol in place of its release.
func (r *resolver[S]) tagAt(ctx context.Context, s S, at string, refusal error) (sources.Resolution, error) {
	t := s.Hosted().Tracking
	found, err := r.remotes.At(ctx, s.GitURL(), sources.Tracking{Tags: t.Tags}, at, nothing)
	if err != nil {
		return sources.Resolution{}, errors.Join(refusal, err)
	}
	return r.filesOfTag(s, found)
}

// filesOfTag replaces the call for a tag's commit by those for the files of its release.
func (r *resolver[S]) filesOfTag(s S, found sources.Resolution) (sources.Resolution, error) {
	h := s.Hosted()
	found.Facts.Rev, found.Calls = "", nil
	for _, w := range wanted(h.File) {
		name, err := w.name(h.File, tagOf(found.Facts))
		if err != nil {
			return sources.Resolution{}, err
		}
		found.Calls = append(found.Calls, sources.Call{System: w.system, Fetch: h.Content.Fetch(r.forge.Download(s, tagOf(found.Facts), name), h.Name)})
	}
	return found, nil
}

// nothing fetches no commit.
func nothing(rev string) sources.Fetch { return sources.Fetch{Rev: rev} }
