package version

import (
	"slices"
	"strings"
)

// Candidate is a tag that is a version.
type Candidate struct {
	Tag string
	Version
}

// Selection says which versions may be chosen.
type Selection struct {
	Prefix     string // of the tags' names, not part of the versions
	Constraint Constraint
	Prerelease bool
}

// Newest returns the tag with the greatest version of a selection. Lone numbers count
// only if no tag has a version of two components: many repositories move a tag "v2" along.
func Newest(tags []string, s Selection) (Candidate, bool) {
	var candidates []Candidate
	dotted := false
	for _, tag := range tags {
		v, ok := ParseTag(s.Prefix, tag)
		if !ok {
			continue
		}
		dotted = dotted || !v.IsNumber()
		if (s.Prerelease || !v.IsPrerelease()) && s.Constraint.Allows(v) {
			candidates = append(candidates, Candidate{tag, v})
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

// Prefixes returns the name prefixes under which a repository's own versions are
// looked for, the likeliest first: none, then its name, then words for a release.
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
