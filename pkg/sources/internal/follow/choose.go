package follow

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

// ErrUndated means that nothing can tell when a remote's tags were made.
var ErrUndated = errors.New("the dates of tags are unknown")

// Dates returns when tags were made.
type Dates func(tags []string) (map[string]time.Time, error)

// Choose decides what an open Tracking follows: version tags if the repository has a stable one, otherwise the default
// branch. Only if several schemes of versions stand side by side does it ask for dates, those of the newest tag of
// each: it chooses the scheme with the newest tag, and without dates the likeliest. Its errors are
// [sources.ErrNotFound] and [sources.ErrInvalid].
func Choose(
	refs sources.Refs, repository string, t sources.Tracking, dates Dates,
) (sources.Tracking, sources.Choice, error) {
	names := tagNames(refs)
	newest, err := Schemes(names, repository, t)
	switch {
	case err != nil:
		return t, sources.Choice{}, err
	case len(newest) == 0:
		return chooseBranch(refs, repository, t)
	}
	var choice sources.Choice
	if len(newest) > 1 {
		var made map[string]time.Time
		if made, choice.Undated = datesOf(newest, dates); choice.Undated == nil {
			slices.SortStableFunc(newest, func(a, b version.Tag) int { return made[b.Name].Compare(made[a.Name]) })
		}
		for _, tag := range newest[1:] {
			other := sources.Scheme{Tags: globOf(tag, newest, names, t), Newest: tag.Name, Date: made[tag.Name]}
			choice.Others = append(choice.Others, other)
		}
	}
	t.Tags = globOf(newest[0], newest, names, t)
	choice.Note = fmt.Sprintf("follows %s", t)
	if t.MinAge == "" { // else it may wait
		choice.Note += ", newest " + newest[0].Name
	}
	return t, choice, nil
}

// datesOf returns when the tags were made. A name that is a date is older than what a rewritten history says.
func datesOf(all []version.Tag, dates Dates) (map[string]time.Time, error) {
	var names []string
	for _, tag := range all {
		names = append(names, tag.Name)
	}
	made, err := dates(names)
	if err != nil {
		return nil, err
	}
	for _, tag := range all {
		at := made[tag.Name]
		if at.IsZero() {
			return nil, ErrUndated
		}
		if day, ok := tag.Day(); ok && day.Before(at) {
			made[tag.Name] = day
		}
	}
	return made, nil
}

func chooseBranch(refs sources.Refs, repository string, t sources.Tracking) (sources.Tracking, sources.Choice, error) {
	if t.Range != (sources.Range{}) {
		names := tagNames(refs)
		_, _, err := list(Own(names, repository), len(names), nil).Choose(t.Range)
		return t, sources.Choice{}, err
	}
	branch, found := strings.CutPrefix(refs.Head, heads)
	if !found {
		err := fmt.Errorf("no version tags and no default branch: %w", sources.ErrNotFound)
		return t, sources.Choice{}, sources.WithSettings(err, setting("branch"), setting("tag"), setting("rev"))
	}
	t.Branch = branch
	if err := t.Validate(); err != nil {
		err = fmt.Errorf("no version tags, and the default branch: %w", err)
		return t, sources.Choice{}, sources.WithSettings(err, setting("branch"), setting("tag"), setting("rev"))
	}
	note := fmt.Sprintf("no version tags, follows the default branch %q", branch)
	others := foreign(tagNames(refs))
	if len(others) > 0 {
		note = fmt.Sprintf("no version tags named after %q, follows the default branch %q", repository, branch)
	}
	return t, sources.Choice{Note: note, Others: others}, nil
}

// foreign returns the scheme that most version tags of any name have, or nothing.
func foreign(names []string) []sources.Scheme {
	groups := make(map[string][]version.Tag)
	var most []version.Tag
	for _, tag := range read(names, func(t version.Tag) bool { return !t.IsPrerelease() && !t.IsNamedPrerelease() }) {
		groups[tag.Prefix] = append(groups[tag.Prefix], tag)
		if group := groups[tag.Prefix]; len(group) > len(most) {
			most = group
		}
	}
	newest, found := version.Newest(most, version.Selection{})
	if !found || newest.Prefix == "" {
		return nil
	}
	return []sources.Scheme{{Tags: newest.Prefix + "*", Newest: newest.Name}}
}

// Own returns the tags that are a repository's own versions.
func Own(names []string, repository string) []version.Tag {
	return read(names, func(t version.Tag) bool { return rank(t.Prefix, repository) >= 0 })
}
