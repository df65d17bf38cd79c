// Package version reads the names of tags as versions, and puts versions in order.
//
// The version of a tag is what follows a name prefix and an optional "v": "15.1.0", "2.2b1" of "v2.2b1", "3_2_10" of
// "release_3_2_10". [Split] finds it in every name. Only a version that [Parse] can read can be compared.
//
// Versions have the order of Debian's (deb-version(7)), number by number. A pre-release ("1.0-rc2", "2.2b1") comes before
// its release, any other suffix ("1.4.9a", "2023.06.17-1", "0.86.0+mer56") after it.
package version

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	goversion "github.com/hashicorp/go-version"
	debversion "github.com/knqyf263/go-deb-version"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
)

// Version is one version, read by [Parse].
type Version struct {
	text   string // "1.2.0-rc1"
	core   string // "1.2.0"
	suffix string // "-rc1"
}

var (
	// early matches suffixes that mark a pre-release.
	early = lazyregexp.New(`(?i)(^|[^a-z])(alpha|beta|rc|cr|pre|preview|prerelease|dev|devel|snapshot|nightly|canary|` +
		`next|test|testing|unstable|experimental|milestone|ea|wip|draft|insiders?)([^a-z]|$)` +
		`|(^|[^a-z])[abcm][.-]?[0-9]`)
	// late matches suffixes that are pre-releases in semantic versioning but not in practice.
	late = lazyregexp.New(`(?i)^([-._]?(p|pl|post|patch|r|rev|rel|sp|u|update|hotfix|hf|fix|final|ga|rtm|release|lts|` +
		`stable|security|ce|ee|oss|community|incubating)[-.]?[0-9]*|[a-z]|[-._][0-9][-._0-9]*)(\+.*)?$`)
	released = lazyregexp.New(`(?i)^[-._]?(rel|release|final|ga|rtm|stable)$`)
	// year matches numbers that begin with a year: "2024.1.31", "2024.1", "20240131".
	year = lazyregexp.New(`^(?:199[0-9]|20[0-9]{2})` +
		`(?:(?:0[1-9]|1[0-2])(?:(?:0[1-9]|[12][0-9]|3[01])[0-9]*)?)?(?:\.|$)`)
	// day matches numbers that begin with a whole date.
	day = lazyregexp.New(`^([0-9]{4})\.?([0-9]{2})\.?([0-9]{2})(?:[0-9]{4}|[0-9]{6})?(?:\.|$)`)
)

// Parse reads a version without a prefix or a leading "v": numbers joined by "." and "_", which may follow ones joined by
// dashes ("1-2-3", "2024-01-31"), and any suffix of letters, digits and "-+.~_". It is written by hand because a
// repository may have thousands of tags.
func Parse(text string) (Version, bool) {
	end := joined(text, 0, "-")
	if end == 0 || strings.ContainsFunc(text[end:], isForeign) {
		return Version{}, false
	}
	end = joined(text, end, "._")
	core := strings.Map(dot, text[:end])
	return Version{text: text, core: core, suffix: text[end:]}, true
}

// joined returns the end of the numbers, joined by one of some separators, that begin or continue at end.
func joined(text string, end int, separators string) int {
	isJoined := func(i int) bool { return i > 0 && isDigit(text[i-1]) && strings.IndexByte(separators, text[i]) >= 0 }
	for i := end; i < len(text) && (isDigit(text[i]) || isJoined(i)); i++ {
		if isDigit(text[i]) {
			end = i + 1
		}
	}
	return end
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isForeign reports whether a character does not belong to a version.
func isForeign(c rune) bool {
	return c >= utf8.RuneSelf || !isDigit(byte(c)) && !isLetter(byte(c)) && !strings.ContainsRune("-+.~_", c)
}

func dot(c rune) rune {
	if c == '_' || c == '-' {
		return '.'
	}
	return c
}

// String returns the version as the tag writes it.
func (v Version) String() string { return v.text }

// IsPrerelease reports whether the version is a pre-release. As in semantic versioning (semver.org, 9), an unknown suffix
// is one, but build metadata after "+" is not.
func (v Version) IsPrerelease() bool {
	if v.suffix == "" || strings.HasPrefix(v.suffix, "+") {
		return false
	}
	return early.MatchString(v.suffix) || !late.MatchString(v.suffix)
}

// IsDate reports whether the version is a date, or begins with a year as calendar versions do ("2024.1").
func (v Version) IsDate() bool { return year.MatchString(v.core) }

// Day returns the day that the version names: "2024-01-31", "2024.01.31.2", "20240131". ok is false if it names none.
func (v Version) Day() (_ time.Time, ok bool) {
	m := day.FindStringSubmatch(v.core)
	if m == nil || !v.IsDate() {
		return time.Time{}, false
	}
	date, err := time.Parse(time.DateOnly, strings.Join(m[1:], "-"))
	return date, err == nil
}

// IsNumber reports whether the version is a lone number, as of the tags "v2" and "20240101".
func (v Version) IsNumber() bool { return v.suffix == "" && !v.HasParts() }

// HasParts reports whether the version has several numbers: "1.2" and "2024-01-31", but not "257-rc1" and "2024a".
func (v Version) HasParts() bool { return strings.Contains(v.core, ".") }

// IsReleased reports whether the version is marked as a release: "704-rel".
func (v Version) IsReleased() bool { return released.MatchString(v.suffix) }

// Begins reports whether the version begins with the numbers of w: "2.1.3" with "2".
func (v Version) Begins(w Version) bool {
	return v.core == w.core || strings.HasPrefix(v.core, w.core+".")
}

// Core implements [Ordered].
func (v Version) Core() string { return v.core }

// Compare implements [Ordered]. It panics if other is not a Version.
func (v Version) Compare(other Ordered) int {
	w := other.(Version)
	order := compareNumbers(v.core, w.core)
	if order == 0 && (v.core != w.core || v.suffix != w.suffix) {
		a := v.debian()
		order = a.Compare(w.debian())
	}
	return cmp.Or(order, cmp.Compare(v.text, w.text))
}

// compareNumbers compares dotted numbers up to the end of the shorter one, as dpkg does. That is enough for most versions,
// and the library is slow for thousands of tags.
func compareNumbers(a, b string) int {
	for a != "" && b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		if order := compareDigits(x, y); order != 0 {
			return order
		}
	}
	return 0
}

// compareDigits compares numbers of any length.
func compareDigits(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

// debian returns the version in Debian's form, in which "~" sorts before everything, even the end.
func (v Version) debian() debversion.Version {
	separator := ""
	suffix := strings.ToLower(strings.ReplaceAll(v.suffix, "_", "."))
	if v.IsPrerelease() {
		separator, suffix = "~", strings.TrimLeft(suffix, "-.~")
	}
	d, err := debversion.NewVersion(v.core + separator + suffix)
	if err != nil { // cannot happen: dpkg accepts every character that Parse accepts
		panic(fmt.Sprintf("version %q: %v", v.text, err))
	}
	return d
}

// ErrConstraint is the class of malformed constraints.
var ErrConstraint = errors.New("malformed version constraint")

// Constraint is a condition on versions. The zero value allows all.
type Constraint struct {
	all goversion.Constraints
}

// ParseConstraint reads conditions such as ">=1.4, <2". Each is a version after one of = != < <= > >= ~>. Empty text is
// the zero Constraint. The error is an [ErrConstraint].
func ParseConstraint(text string) (Constraint, error) {
	if text == "" {
		return Constraint{}, nil
	}
	all, err := goversion.NewConstraint(text)
	if err != nil {
		return Constraint{}, fmt.Errorf(`constraint %q: expected conditions such as ">=1.4, <2": %w`, text, ErrConstraint)
	}
	return Constraint{all}, nil
}

// Allows reports whether a version satisfies every condition. Suffixes are ignored: "2.0-rc1" is not below 2.
func (c Constraint) Allows(v Ordered) bool {
	if len(c.all) == 0 {
		return true
	}
	core, err := goversion.NewVersion(v.Core())
	return err == nil && c.all.Check(core)
}
