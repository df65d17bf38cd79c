// Package version reads the names of tags as versions, and puts versions in order.
//
// A tag is a version if, behind a name prefix and an optional "v", it begins with a
// number: "15.1.0", "v2.2b1", "release_3_2_10" with the prefix "release_". Its version is what
// is left without them.
//
// Versions are ordered as Debian orders them (deb-version(7)), number by number; a
// pre-release ("1.0-rc2", "2.2b1") comes before its release. A suffix that says nothing of
// the kind ("1.4.9a", "2023.06.17-1", "0.86.0+mer56") comes after it.
package version

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strings"

	goversion "github.com/hashicorp/go-version"
	debversion "github.com/knqyf263/go-deb-version"
)

// Version is one version, read by [Parse].
type Version struct {
	text   string // "1.2.0-rc1"
	core   string // "1.2.0"
	suffix string // "-rc1"
}

var (
	versionPattern = regexp.MustCompile(`^([0-9]+(?:[._][0-9]+)*)(|[-+.~_a-zA-Z][-+.~_0-9a-zA-Z]*)$`)
	// early matches suffixes that mark a pre-release.
	early = regexp.MustCompile(`(?i)(^|[^a-z])(alpha|beta|rc|cr|pre|preview|prerelease|dev|devel|snapshot|nightly|canary|` +
		`next|test|testing|unstable|experimental|milestone|ea|wip|draft|insiders?)([^a-z]|$)` +
		`|(^|[^a-z])[abcm][.-]?[0-9]`)
	// late matches suffixes that semantic versioning takes for a pre-release and people do not.
	late = regexp.MustCompile(`(?i)^([-._]?(p|pl|post|patch|r|rev|sp|u|update|hotfix|fix|final|ga|release|lts|stable)[-.]?[0-9]*|[a-z]|[-._][0-9][-._0-9]*)(\+.*)?$`)
)

// Parse reads a version. A leading "v" is not part of one.
func Parse(text string) (Version, bool) {
	m := versionPattern.FindStringSubmatch(text)
	if m == nil {
		return Version{}, false
	}
	return Version{text: text, core: strings.ReplaceAll(m[1], "_", "."), suffix: m[2]}, true
}

// ParseTag reads a tag below a name prefix, "" for none: "foo-v1.2" with prefix "foo-" is "1.2".
func ParseTag(prefix, tag string) (Version, bool) {
	rest, found := strings.CutPrefix(tag, prefix)
	if !found {
		return Version{}, false
	}
	if v, ok := Parse(rest); ok {
		return v, true
	}
	rest = strings.TrimPrefix(strings.TrimLeft(rest, "vV"), ".")
	if len(tag)-len(prefix)-len(rest) > 2 {
		return Version{}, false
	}
	return Parse(rest)
}

// String returns the version as the tag writes it.
func (v Version) String() string { return v.text }

// IsPrerelease reports whether the version is one that only those who ask for it get. As in
// semantic versioning (semver.org, 9) an unknown word behind a hyphen counts as a pre-release.
func (v Version) IsPrerelease() bool {
	switch {
	case v.suffix == "" || strings.HasPrefix(v.suffix, "+"):
		return false
	case early.MatchString(v.suffix):
		return true
	case late.MatchString(v.suffix):
		return false
	}
	return true
}

// IsNumber reports whether the version is a lone number, as tags like "v2" or "20240101" are.
func (v Version) IsNumber() bool { return v.suffix == "" && !strings.Contains(v.core, ".") }

// Compare returns -1, 0 or +1 as v comes before, with or after w.
func (v Version) Compare(w Version) int {
	order := compareNumbers(v.core, w.core)
	if order == 0 && (v.core != w.core || v.suffix != w.suffix) {
		a := v.debian()
		order = a.Compare(w.debian())
	}
	return cmp.Or(order, cmp.Compare(v.text, w.text))
}

// compareNumbers compares dotted numbers up to where the shorter one ends, as dpkg does. Most versions
// are told apart by that, and the library is slow for lists of thousands of tags.
func compareNumbers(a, b string) int {
	for a != "" && b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		x, y = strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
		if order := cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y)); order != 0 {
			return order
		}
	}
	return 0
}

// debian gives the form that dpkg orders: "~" sorts before everything, the end included.
func (v Version) debian() debversion.Version {
	separator := ""
	suffix := strings.ToLower(strings.ReplaceAll(v.suffix, "_", "."))
	if v.IsPrerelease() {
		separator, suffix = "~", strings.TrimLeft(suffix, "-.~")
	}
	d, err := debversion.NewVersion(v.core + separator + suffix)
	if err != nil { // the alphabet of a Version is a part of dpkg's
		panic(fmt.Sprintf("version %q: %v", v.text, err))
	}
	return d
}

// ErrConstraint is the class of text that is no constraint.
var ErrConstraint = errors.New("malformed version constraint")

// Constraint is a condition on versions. The zero value holds for all.
type Constraint struct {
	all goversion.Constraints
}

// ParseConstraint reads conditions separated by commas, each an operator of
// = != < <= > >= ~> and a version: ">=1.4, <2". Empty text is the zero Constraint.
func ParseConstraint(text string) (Constraint, error) {
	if text == "" {
		return Constraint{}, nil
	}
	all, err := goversion.NewConstraint(text)
	if err != nil {
		return Constraint{}, fmt.Errorf(`constraint %q: want conditions such as ">=1.4, <2": %w`, text, ErrConstraint)
	}
	return Constraint{all}, nil
}

// Allows reports whether a version satisfies every condition. Suffixes do not
// count: "2.0-rc1" is not below 2.
func (c Constraint) Allows(v Version) bool {
	if len(c.all) == 0 {
		return true
	}
	core, err := goversion.NewVersion(v.core)
	return err == nil && c.all.Check(core)
}
