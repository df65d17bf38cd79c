package follow

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gobwas/glob"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

// scheme is a way in which a repository names its own versions: a prefix of the tags' names, with dates, with lone
// numbers or with other versions after it.
type scheme struct {
	prefix string
	form   form
}

type form string

const (
	dotted form = "1.2"
	dates  form = "2024-01-31"
	lone   form = "20"
)

func schemeOf(t version.Tag) scheme {
	switch {
	case t.IsDate():
		return scheme{t.Prefix, dates}
	case !t.HasParts() && !t.IsReleased():
		return scheme{t.Prefix, lone}
	}
	return scheme{t.Prefix, dotted}
}

// Schemes returns the newest tag that t allows of each scheme of a repository's own versions, the likeliest scheme
// first. Tags of other names, such as the parts of a repository with several projects, are left out. So are lone
// numbers, unless the highest one is higher than the other versions and begins none: many repositories move a tag "v2"
// along.
func Schemes(names []string, repository string, t sources.Tracking) ([]version.Tag, error) {
	s, err := selection(t)
	if err != nil {
		return nil, err
	}
	groups := grouped(names, repository)
	var newest []version.Tag
	for key, group := range groups {
		tag, found := version.Newest(group, s)
		if found && (key.form != lone || isAbove(tag, groups[scheme{key.prefix, dotted}])) {
			newest = append(newest, tag)
		}
	}
	slices.SortFunc(newest, func(a, b version.Tag) int {
		return cmp.Or(
			cmp.Compare(rank(a.Prefix, repository), rank(b.Prefix, repository)), cmp.Compare(a.Prefix, b.Prefix),
			compareBools(b.HasParts(), a.HasParts()), b.Compare(a.Version))
	})
	return newest, nil
}

// Groups returns the tags of each scheme of a repository's own versions, pre-releases among them. Lone numbers are left out as
// [Schemes] does.
func Groups(names []string, repository string) (all [][]version.Tag) {
	groups := grouped(names, repository)
	for key, group := range groups {
		newest, _ := version.Newest(group, version.Selection{Prerelease: true})
		if key.form != lone || isAbove(newest, groups[scheme{key.prefix, dotted}]) {
			all = append(all, version.Serious(group))
		}
	}
	slices.SortFunc(all, func(a, b []version.Tag) int { return cmp.Compare(a[0].Name, b[0].Name) })
	return all
}

func grouped(names []string, repository string) map[scheme][]version.Tag {
	groups := make(map[scheme][]version.Tag)
	for _, tag := range Own(names, repository) {
		groups[schemeOf(tag)] = append(groups[schemeOf(tag)], tag)
	}
	return groups
}

// isAbove reports whether a lone number is higher than all other versions, and none of them begins with it or is marked
// as a release.
func isAbove(t version.Tag, others []version.Tag) bool {
	return !slices.ContainsFunc(others, func(other version.Tag) bool {
		return t.Compare(other.Version) < 0 || other.Begins(t.Version) || other.IsReleased()
	})
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// separators may stand between the words of a tag's name prefix.
const separators = "-_/@."

var oneLetter = lazyregexp.New(`^[A-Za-z][-_.]?$`)

// rank orders the prefixes of tags that are a repository's own versions, the likeliest first: none, the repository's
// name, a word for a release, a single letter. It is negative for the prefix of anything else.
func rank(prefix, repository string) int {
	isSeparator := func(r rune) bool { return strings.ContainsRune(separators, r) }
	words := strings.FieldsFunc(strings.ToLower(prefix), isSeparator)
	if strings.HasPrefix(prefix, "@") && len(words) > 0 { // "@scope/name@"
		words = words[1:]
	}
	rest := slices.DeleteFunc(slices.Clone(words), func(word string) bool {
		return slices.Contains([]string{"release", "releases", "version", "rel", "ver", "r", "v"}, word)
	})
	name := strings.FieldsFunc(strings.ToLower(repository), isSeparator)
	switch {
	case prefix == "":
		return 0
	case slices.Equal(words, name) || len(rest) > 0 && slices.Equal(rest, name):
		return 1
	case len(rest) == 0:
		return 2
	case oneLetter.MatchString(prefix):
		return 3
	}
	return -1
}

// globOf returns a glob with which t follows the scheme of a tag: the widest of a few that choose the tag and match the
// newest tag of no other scheme. Tags with another prefix are not chosen by any glob that does not spell it out.
func globOf(tag version.Tag, schemes []version.Tag, names []string, t sources.Tracking) string {
	patterns := globs(tag)
	t.MinAge = "" // which says when tags are taken, not which
	for _, t.Tags = range patterns {
		matches, err := glob.Compile(t.Tags)
		isMatchOfOther := func(other version.Tag) bool {
			return other.Name != tag.Name && (other.Prefix == tag.Prefix || t.Tags == "*") && matches.Match(other.Name)
		}
		if err != nil || slices.ContainsFunc(schemes, isMatchOfOther) {
			continue
		}
		if newest, _, err := newestMatch(names, t, anyTag, nil); err == nil && newest.Name == tag.Name {
			return t.Tags
		}
	}
	return patterns[0]
}

// globs returns globs that match a tag and those of its scheme, the widest first.
func globs(tag version.Tag) []string {
	number := tag.String()
	beforeNumber := strings.TrimSuffix(tag.Name, number)
	all := []string{tag.Prefix + "*", beforeNumber + "*"}
	switch schemeOf(tag).form {
	case dates:
		return append(all, beforeNumber+number[:2]+"*", beforeNumber+number[:3]+"*")
	case lone:
		return append(all, beforeNumber+strings.Repeat("[0-9]", len(number)))
	}
	return append(all, tag.Prefix+"[0-9]*", tag.Prefix+"{?,??,???}[._-]*", beforeNumber+"{?,??,???}[._-]*")
}
