package version

import (
	"slices"
	"strings"
)

// Tag is a tag whose version can be compared with others.
type Tag struct {
	Version
	Name   string // "foo-v1.2"
	Prefix string // "foo-"; see [Split]
}

// ReadTag reads the name of a tag.
func ReadTag(name string) (Tag, bool) {
	prefix, text := Split(name)
	v, ok := Parse(text)
	return Tag{v, name, prefix}, ok
}

// Selection says which versions may be chosen.
type Selection struct {
	Constraint Constraint
	Prerelease bool // allows pre-releases
}

// Serious returns the tags that may be versions of their own: without lone numbers if a tag has a version of several,
// because many repositories move a tag "v2" along, and without them if a tag is marked as a release, because then the
// others are none.
func Serious(tags []Tag) []Tag {
	if !slices.ContainsFunc(tags, func(t Tag) bool { return t.HasParts() || t.IsReleased() }) {
		return tags
	}
	return slices.DeleteFunc(slices.Clone(tags), func(t Tag) bool { return t.IsNumber() })
}

// Newest returns the [Serious] tag with the greatest version.
func Newest(tags []Tag, s Selection) (newest Tag, found bool) {
	for _, tag := range Serious(tags) {
		if s.Allows(tag) && (!found || newest.Compare(tag.Version) < 0) {
			newest, found = tag, true
		}
	}
	return newest, found
}

// Allows reports whether a tag may be chosen.
func (s Selection) Allows(t Tag) bool {
	return (s.Prerelease || !t.IsPrerelease()) && s.Constraint.Allows(t.Version)
}

// IsNamedPrerelease reports whether the prefix is nothing but a mark of pre-releases: "nightly-", "rc".
func (t Tag) IsNamedPrerelease() bool {
	word := strings.Trim(t.Prefix, "-_/@.")
	return word != "" && early.FindString(word) == word
}
