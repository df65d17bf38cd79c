package release

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

// maxListed is how many files of a release an error names.
const maxListed = 8

// explain adds to the error about releases that all lack a wanted file what the newest one has instead. all are the releases
// that were looked at.
func (r *resolver[S]) explain(s S, all []Release, err error) error {
	waiting, ok := errors.AsType[*sources.WaitingError](err)
	if !ok || waiting.By != sources.ByFiles {
		return err
	}
	newest, found := lookup(all, sources.Hosted{}, tagOf(waiting.Available))
	if !found {
		return err
	}
	detailed := *waiting
	detailed.Problem = problemOf(s.Hosted(), newest, waiting.Why)
	return r.propose(s, newest, &detailed)
}

// noFile is the error about a release that lacks a wanted file.
func (r *resolver[S]) noFile(s S, from Release, problem string) error {
	return r.propose(s, from, fmt.Errorf("%s: %w", problemOf(s.Hosted(), from, problem), sources.ErrNotFound))
}

func problemOf(h sources.Hosted, from Release, problem string) string {
	text := fmt.Sprintf("release %q of %s/%s: %s", from.Tag, h.Owner, h.Repo, problem)
	if len(from.Assets) == 0 {
		return text + "; it has no files"
	}
	names := byDistance(h, from)
	listed := strings.Join(names[:min(len(names), maxListed)], ", ")
	if more := len(names) - maxListed; more > 0 {
		listed += fmt.Sprintf(" and %d more", more)
	}
	return text + "; it has " + listed
}

// byDistance returns the names of a release's files, those first that are the most like a wanted one.
func byDistance(h sources.Hosted, from Release) []string {
	distance := make(map[string]int)
	var names []string
	for _, asset := range from.Assets {
		names = append(names, asset.Name)
		for i, w := range wanted(h.File) {
			name, _ := w.name(h.File, from.Tag)
			if d := levenshtein.ComputeDistance(name, asset.Name); i == 0 || d < distance[asset.Name] {
				distance[asset.Name] = d
			}
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(distance[a], distance[b]), cmp.Compare(a, b)) })
	return names
}

// propose adds to an error the template, and the words for systems, that fit the files of a release. Nothing but the user's
// word makes them count.
func (r *resolver[S]) propose(s S, from Release, err error) error {
	h := s.Hosted()
	best, words, distance := "", sources.BySystem(""), 0
	for template, fit := range templates(h.File, from) {
		d := levenshtein.ComputeDistance(template, h.Asset)
		if best == "" || d < distance || d == distance && template < best {
			best, words, distance = template, fit, d
		}
	}
	if best == "" {
		return sources.WithHint(err, "check the name, or try again later if upstream is still adding files")
	}
	request := r.forge.Ask(s)
	request.Asset, request.Systems = best, words.Words()
	return sources.DidYouMean(err, request)
}
