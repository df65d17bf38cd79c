package version

import (
	"slices"
	"strings"
)

// Candidate is a tag that is a version.
type Candidate struct {
	Version
	Tag    string
	Prefix string // of the tag's name, not part of the version
}

// Selection says which versions may be chosen.
type Selection struct {
	Prefixes   []string // of tags' names, in order of preference
	Constraint Constraint
	Prerelease bool // allows pre-releases
}

// Newest returns the tag with the greatest version, among the tags with the first prefix for which there is one.
func Newest(tags []string, s Selection) (Candidate, bool) {
	for _, prefix := range s.Prefixes {
		if newest, found := s.newest(tags, prefix); found {
			return newest, true
		}
	}
	return Candidate{}, false
}

// newest ignores lone numbers if a tag has a version of two components: many repositories move a tag "v2" along.
func (s Selection) newest(tags []string, prefix string) (Candidate, bool) {
	var candidates []Candidate
	dotted := false
	for _, tag := range tags {
		v, ok := ParseTag(prefix, tag)
		if !ok {
			continue
		}
		dotted = dotted || !v.IsNumber()
		if (s.Prerelease || !v.IsPrerelease()) && s.Constraint.Allows(v) {
			candidates = append(candidates, Candidate{v, tag, prefix})
		}
	}
	if dotted {
		candidates = slices.DeleteFunc(candidates, func(c Candidate) bool { return c.IsNumber() })
	}
	if len(candidates) == 0 {
		return Candidate{}, false
	}
	return slices.MaxFunc(candidates, func(a, b Candidate) int { return a.Compare(b.Version) }), true
}

// Prefixes returns the prefixes that tags of a repository's own versions may have, the likeliest first: none, the
// repository's name, and words for a release.
func Prefixes(repository string) []string {
	prefixes := []string{""}
	for _, word := range []string{repository, strings.ToLower(repository), "release", "version", "rel", "ver", "r"} {
		for _, separator := range []string{"-", "_", "/", ""} {
			if prefix := word + separator; word != "" && (separator != "" || len(word) > 1) && !slices.Contains(prefixes, prefix) {
				prefixes = append(prefixes, prefix)
			}
		}
	}
	return prefixes
}
