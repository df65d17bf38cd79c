package version

import (
	"cmp"
	"strings"

	"golang.org/x/mod/semver"
)

// Semantic is a semantic version (semver.org), read by [ParseSemantic].
type Semantic string

// ParseSemantic reads a whole version, "1.2.3-rc.1+build", without a leading "v".
func ParseSemantic(text string) (Semantic, bool) {
	v := Semantic(text)
	return v, semver.IsValid("v"+text) && strings.Count(v.Core(), ".") == 2
}

// String implements [Ordered].
func (v Semantic) String() string { return string(v) }

// Core implements [Ordered].
func (v Semantic) Core() string {
	core, _, _ := strings.Cut(strings.TrimSuffix(string(v), "+"+v.build()), "-")
	return core
}

// build returns the build metadata.
func (v Semantic) build() string {
	_, build, _ := strings.Cut(string(v), "+")
	return build
}

// IsPrerelease implements [Ordered].
func (v Semantic) IsPrerelease() bool { return semver.Prerelease("v"+string(v)) != "" }

// Compare implements [Ordered]. Versions that semver.org calls equal have the order of their build metadata, identifier by
// identifier, as in Cargo (docs.rs/semver, BuildMetadata). It panics if other is not a Semantic.
func (v Semantic) Compare(other Ordered) int {
	w := other.(Semantic)
	return cmp.Or(semver.Compare("v"+string(v), "v"+string(w)), semver.Compare("v0.0.0-"+v.build(), "v0.0.0-"+w.build()), cmp.Compare(v, w))
}
