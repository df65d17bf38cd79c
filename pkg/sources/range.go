package sources

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

// Range says which versions may be chosen. The zero value allows all but pre-releases.
type Range struct {
	Constraint string `json:"constraint,omitzero" option:"constraint" value:"RANGE" help:"accept only versions in RANGE, such as '>=1.4, <2'"`
	Prerelease bool   `json:"prerelease,omitzero" option:"prerelease" help:"also accept pre-releases"`
	// MinAge is how long a version has to be public, such as "7d"; units are h, d and w. A version without a date is never old
	// enough.
	MinAge string `json:"minAge,omitzero" option:"min-age" value:"AGE" help:"accept only versions at least AGE old, such as 7d"`
}

// Age returns MinAge as a duration, 0 if it is "" or malformed.
func (r Range) Age() time.Duration {
	age, _ := parseAge(r.MinAge)
	return age
}

var (
	agePattern = lazyregexp.New(`^([0-9]{1,4})([hdw])$`)
	// spelledAge matches what people write instead: "7", "7 days", "2weeks".
	spelledAge = lazyregexp.New(`^([1-9][0-9]{0,3}) ?(?:([hdw])(?:ours?|ays?|eeks?)?)?$`)
)

func parseAge(text string) (age time.Duration, ok bool) {
	m := agePattern.FindStringSubmatch(text)
	if m == nil {
		return 0, text == ""
	}
	number, _ := strconv.Atoi(m[1]) // has few digits
	unit := map[string]time.Duration{"h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}[m[2]]
	return time.Duration(number) * unit, number > 0
}

// Validate refuses a malformed constraint or age. The error is an [ErrInvalid].
func (r Range) Validate() error {
	if _, ok := parseAge(r.MinAge); !ok {
		err := Invalid("%q is not an age", shorten(r.MinAge))
		if m := spelledAge.FindStringSubmatch(r.MinAge); m != nil {
			return WithSettings(err, Setting{Option: "min-age", Value: m[1] + cmp.Or(m[2], "d")})
		}
		return WithHint(err, "write a number of hours, days or weeks, such as 12h, 7d or 2w")
	}
	_, err := version.ParseConstraint(r.Constraint)
	if err == nil {
		return nil
	}
	if same, found := conditions(r.Constraint); found {
		return WithSettings(Invalid("%v", err), Setting{Option: "constraint", Value: same})
	}
	return WithHint(Invalid("%v", err), `write conditions such as ">=1.4, <2"`)
}

// String names the rule, to be put after what is followed: ` that satisfy "<2"`.
func (r Range) String() string {
	text := ""
	if r.Constraint != "" {
		text += " that satisfy " + strconv.Quote(r.Constraint)
	}
	if r.MinAge != "" {
		text += " and are at least " + r.MinAge + " old"
		if r.Constraint == "" {
			text = strings.Replace(text, " and", " that", 1)
		}
	}
	if r.Prerelease {
		text += ", pre-releases among them"
	}
	return text
}

// ranges matches the ranges of npm and Cargo: "^1.2", "~1.2.3", "1.x".
var ranges = lazyregexp.New(`^([~^]?)v?([0-9]{1,9})(?:\.([0-9]{1,9}))?(?:\.([0-9]{1,9}))?(\.[xX*])?$`)

// conditions writes a range of npm or Cargo as conditions.
func conditions(text string) (string, bool) {
	m := ranges.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil || m[1] == "" && m[5] == "" {
		return "", false
	}
	var numbers []int
	for _, digits := range m[2:5] {
		if digits != "" {
			number, _ := strconv.Atoi(digits) // has few digits
			numbers = append(numbers, number)
		}
	}
	last := len(numbers) - 1 // the number that may not grow
	switch m[1] {
	case "~":
		last = min(last, 1)
	case "^":
		last = max(0, slices.IndexFunc(numbers, func(n int) bool { return n > 0 }))
	}
	low, high := dotted(numbers), slices.Clone(numbers[:last+1])
	high[last]++
	return ">=" + low + ", <" + dotted(high), true
}

func dotted(numbers []int) string {
	var words []string
	for _, number := range numbers {
		words = append(words, strconv.Itoa(number))
	}
	return strings.Join(words, ".")
}

// Versions says which version of a package is taken: the newest that Range allows, or one version for good.
type Versions struct {
	Range
	Version string `json:"version,omitzero"` // stays at this one
}

// VersionsOf returns what a Request's Tracking means for a package. Kinds of packages do not list the options that it
// ignores.
func VersionsOf(t Tracking) Versions { return Versions{t.Range, t.Rev} }

// Tracking is the inverse of [VersionsOf].
func (v Versions) Tracking() Tracking { return Tracking{Range: v.Range, Rev: v.Version} }

// Wanted returns which versions may be taken, and the one at which the source stays, "" if it moves.
func (v Versions) Wanted() (Range, string) { return v.Range, v.Version }

// Validate refuses a malformed range, a malformed version, and both. The error is an [ErrInvalid].
func (v Versions) Validate() error {
	switch {
	case v.Version == "":
		return v.Range.Validate()
	case !IsVersion(v.Version):
		return Invalid("%q is not a version of a package", shorten(v.Version))
	case v.Range != Range{}:
		return &OptionError{[]string{"constraint", "prerelease", "min-age"}, "choose among versions, and a fixed version leaves no choice"}
	}
	return nil
}

// maxVersion is the length in bytes of the longest version of a package.
const maxVersion = 128

var packageVersion = lazyregexp.New(`^[0-9A-Za-z][0-9A-Za-z._+!-]*$`)

// IsVersion reports whether text can stand for the version of a package in a URL and in a store name.
func IsVersion(text string) bool {
	return len(text) <= maxVersion && packageVersion.MatchString(text) && !strings.Contains(text, "..")
}
