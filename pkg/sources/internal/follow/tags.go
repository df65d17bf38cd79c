package follow

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/gobwas/glob"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

func resolveTags(refs sources.Refs, t sources.Tracking, keep func(version.Tag) bool) (sources.Facts, error) {
	newest, err := newestMatch(tagNames(refs), t, keep)
	if err != nil {
		return sources.Facts{}, fmt.Errorf("tags %q: %w", t.Tags, err)
	}
	ref, _ := refs.Lookup(tags + newest.Name)
	return tagFacts(ref), nil
}

// newestMatch returns the newest version that a Tracking allows among the tags that match its glob.
func newestMatch(names []string, t sources.Tracking, keep func(version.Tag) bool) (version.Tag, error) {
	matches, err := glob.Compile(t.Tags)
	if err != nil {
		return version.Tag{}, sources.Invalid("tag glob %q: %v", t.Tags, err)
	}
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !matches.Match(name) })
	t.Prerelease = t.Prerelease || asksForPrereleases(t.Tags)
	candidates, err := oneName(read(names, keep), literalPrefix(t.Tags))
	if err != nil {
		return version.Tag{}, err
	}
	return Newest(candidates, len(names), t)
}

// read returns the tags that have versions, those to keep.
func read(names []string, keep func(version.Tag) bool) (all []version.Tag) {
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

// Newest returns the newest version that a Tracking allows among tags, which are those with versions of a number of
// tags. Its errors are [sources.ErrInvalid], and [sources.ErrNotFound], which names a pre-release if there are only
// pre-releases.
func Newest(all []version.Tag, number int, t sources.Tracking) (version.Tag, error) {
	s, err := selection(t)
	if err != nil {
		return version.Tag{}, err
	}
	if newest, found := version.Newest(all, s); found {
		return newest, nil
	}
	s.Prerelease = true
	prerelease, found := version.Newest(all, s)
	problem := fmt.Sprintf("no version among %d tags", number)
	try := []sources.Setting{setting("tag"), setting("branch")}
	switch {
	case found:
		problem = fmt.Sprintf("only pre-releases such as %s among %d tags", prerelease.Name, number)
		try = []sources.Setting{setting("prerelease")}
	case t.Constraint != "":
		problem = fmt.Sprintf("none of %d tags satisfies %q", number, t.Constraint)
		try = []sources.Setting{setting("constraint")}
	}
	return version.Tag{}, sources.WithSettings(fmt.Errorf("%s: %w", problem, sources.ErrNotFound), try...)
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
	var names []string
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

var class = regexp.MustCompile(`\[[^\]]*\]`)

// asksForPrereleases reports whether a glob itself has the mark of a pre-release after its first number or wildcard:
// "v7.0-rc*", "*-beta.?".
func asksForPrereleases(pattern string) bool {
	like := strings.NewReplacer("*", "0", "?", "0", "{", "", ",", "-", "}", "", `\`, "")
	tag, ok := version.ReadTag(like.Replace(class.ReplaceAllString(pattern, "0")))
	return ok && tag.IsPrerelease()
}
