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

// Newest returns the tag with the greatest version. It ignores lone numbers if a tag has a version of several, because
// many repositories move a tag "v2" along, and if a tag is marked as a release, because then the others are none.
func Newest(tags []Tag, s Selection) (Tag, bool) {
	dotted := slices.ContainsFunc(tags, func(t Tag) bool { return t.HasParts() || t.IsReleased() })
	var newest Tag
	found := false
	for _, tag := range tags {
		if s.Allows(tag) && !(dotted && tag.IsNumber()) && (!found || newest.Compare(tag.Version) < 0) {
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
