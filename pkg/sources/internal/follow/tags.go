package follow

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gobwas/glob"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/newest"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

func resolveTags(refs sources.Refs, t sources.Tracking, keep func(version.Tag) bool, dates Dates) (sources.Facts, []sources.HeldBack, error) {
	newest, held, err := newestMatch(tagNames(refs), t, keep, dates)
	if err != nil {
		return sources.Facts{}, nil, fmt.Errorf("tags %q: %w", t.Tags, err)
	}
	ref, _ := refs.Lookup(tags + newest.Name)
	return tagFacts(ref), held, nil
}

// newestMatch returns the newest version that a Tracking allows among the tags that match its glob, and what is held back.
func newestMatch(
	names []string, t sources.Tracking, keep func(version.Tag) bool, dates Dates,
) (version.Release, []sources.HeldBack, error) {
	matching, number, err := Matching(names, &t, keep)
	if err != nil {
		return version.Release{}, nil, err
	}
	return list(matching, number, dates).Choose(t.Range)
}

// Matching returns the versions among the tags that match the glob of a Tracking, and how many tags match. It lets t accept
// pre-releases if the glob asks for them.
func Matching(names []string, t *sources.Tracking, keep func(version.Tag) bool) (matching []version.Tag, number int, err error) {
	matches, err := glob.Compile(t.Tags)
	if err != nil {
		return nil, 0, sources.Invalid("tag glob %q: %v", t.Tags, err)
	}
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !matches.Match(name) })
	t.Prerelease = t.Prerelease || asksForPrereleases(t.Tags)
	matching, err = oneName(read(names, keep), literalPrefix(t.Tags))
	return matching, len(names), err
}

// list returns the versions among a number of tags.
func list(candidates []version.Tag, number int, dates Dates) newest.List {
	serious := version.Serious(candidates)
	releases := make([]version.Release, len(serious))
	for i, tag := range serious {
		releases[i] = version.Release{Ordered: tag.Version, Name: tag.Name}
	}
	return newest.List{Releases: releases, Names: fmt.Sprintf("%d tags", number), RefOf: tags, Dates: dates}
}

// read returns the tags that have versions, those to keep.
func read(names []string, keep func(version.Tag) bool) []version.Tag {
	all := make([]version.Tag, 0, len(names))
	for _, name := range names {
		if tag, ok := version.ReadTag(name); ok && keep(tag) {
			all = append(all, tag)
		}
	}
	return all
}

func anyTag(version.Tag) bool { return true }

// Like returns the condition that a tag has the scheme of a locked version. Every tag has that of text that is no
// version.
func Like(locked string) func(version.Tag) bool {
	v, ok := version.Parse(locked)
	return func(t version.Tag) bool { return !ok || t.IsDate() == v.IsDate() }
}

// oneName returns the tags whose name the start of a glob spells out: "foo-1.0" but not "foo-cli-1.0" for "foo" and
// "foo-". If there are none, all tags must have one prefix.
func oneName(all []version.Tag, start string) ([]version.Tag, error) {
	spelled := slices.DeleteFunc(slices.Clone(all), func(t version.Tag) bool {
		return !strings.HasPrefix(start, strings.TrimRight(t.Prefix, separators))
	})
	if len(spelled) > 0 {
		return spelled, nil
	}
	all = slices.DeleteFunc(all, func(t version.Tag) bool { return t.IsNamedPrerelease() })
	for _, tag := range all {
		if tag.Prefix != all[0].Prefix {
			err := fmt.Errorf("one name among tags such as %s and %s: %w", all[0].Name, tag.Name, sources.ErrNotFound)
			return nil, sources.WithSettings(err, tagSetting(all[0].Prefix), tagSetting(tag.Prefix))
		}
	}
	return all, nil
}

func selection(t sources.Tracking) (version.Selection, error) {
	constraint, err := version.ParseConstraint(t.Constraint)
	if err != nil {
		return version.Selection{}, sources.Invalid("%v", err)
	}
	return version.Selection{Constraint: constraint, Prerelease: t.Prerelease}, nil
}

func setting(option string) sources.Setting { return sources.Setting{Option: option} }

func tagSetting(prefix string) sources.Setting {
	return sources.Setting{Option: "tag", Value: prefix + "*"}
}

func tagNames(refs sources.Refs) []string {
	names := make([]string, 0, len(refs.List))
	for _, ref := range refs.List {
		if tag, found := strings.CutPrefix(ref.Name, tags); found {
			names = append(names, tag)
		}
	}
	return names
}

// NameOf returns the facts of the tag that names a commit, among the tags that t can follow: the locked ref if it does,
// else the one with the greatest version. They are empty if no tag does.
func NameOf(refs sources.Refs, t sources.Tracking, rev, lockedRef string) sources.Facts {
	matches, err := glob.Compile(cmp.Or(t.Tags, "*"))
	if err != nil {
		return sources.Facts{}
	}
	var names []string
	for _, ref := range refs.List {
		tag, isTag := strings.CutPrefix(ref.Name, tags)
		if isTag && ref.Commit() == rev && matches.Match(tag) {
			names = append(names, tag)
			if ref.Name == lockedRef {
				return tagFacts(ref)
			}
		}
	}
	if len(names) == 0 {
		return sources.Facts{}
	}
	name := names[0]
	if newest, found := version.Newest(read(names, anyTag), version.Selection{Prerelease: true}); found {
		name = newest.Name
	}
	ref, _ := refs.Lookup(tags + name)
	return tagFacts(ref)
}

// literalPrefix returns the part of a glob before its first special character.
func literalPrefix(pattern string) string {
	if i := strings.IndexAny(pattern, `*?[]{}\!`); i >= 0 {
		return pattern[:i]
	}
	return pattern
}

var (
	class = lazyregexp.New(`\[[^\]]*\]`)
	// like makes a name that a glob matches.
	like = strings.NewReplacer("*", "0", "?", "0", "{", "", ",", "-", "}", "", `\`, "")
)

// asksForPrereleases reports whether a glob itself has the mark of a pre-release after its first number or wildcard:
// "v7.0-rc*", "*-beta.?".
func asksForPrereleases(pattern string) bool {
	tag, ok := version.ReadTag(like.Replace(class.ReplaceAllString(pattern, "0")))
	return ok && tag.IsPrerelease()
}
