package version

import (
	"cmp"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
)

// Gem is a version of a Ruby gem.
type Gem struct {
	text     string
	segments []string // digits or letters, without zeros that mean nothing
}

var (
	// gemPattern and gemSegments are those of RubyGems (lib/rubygems/version.rb).
	gemPattern  = lazyregexp.New(`^[0-9]+(\.[0-9a-zA-Z]+)*(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$`)
	gemSegments = lazyregexp.New(`[0-9]+|[a-zA-Z]+`)
)

// ParseGem reads a version. The order is that of RubyGems (lib/rubygems/version.rb, "<=>"). It is not from a library because
// go-gem-version takes letters one by one: for it, 1.0.pre is newer than 1.0.preview.
func ParseGem(text string) (Gem, bool) {
	v := Gem{text: text}
	for _, segment := range gemSegments.FindAllString(strings.ReplaceAll(text, "-", ".pre."), -1) {
		if !isDigit(segment[0]) && !v.IsPrerelease() {
			v.trim()
		}
		v.segments = append(v.segments, segment)
	}
	v.trim()
	return v, gemPattern.MatchString(text)
}

// trim removes zeros from the end.
func (v *Gem) trim() {
	for len(v.segments) > 0 && strings.Trim(v.segments[len(v.segments)-1], "0") == "" {
		v.segments = v.segments[:len(v.segments)-1]
	}
}

// String implements [Ordered].
func (v Gem) String() string { return v.text }

// Core implements [Ordered].
func (v Gem) Core() string { return leadingNumbers.FindString(v.text) }

// IsPrerelease implements [Ordered]: a version with a letter is one.
func (v Gem) IsPrerelease() bool {
	for _, segment := range v.segments {
		if !isDigit(segment[0]) {
			return true
		}
	}
	return false
}

// Compare implements [Ordered]. It panics if other is not a Gem.
func (v Gem) Compare(other Ordered) int {
	w := other.(Gem)
	for i := range max(len(v.segments), len(w.segments)) {
		if order := compareSegments(v.segment(i), w.segment(i)); order != 0 {
			return order
		}
	}
	return 0
}

func (v Gem) segment(i int) string {
	if i < len(v.segments) {
		return v.segments[i]
	}
	return "0"
}

// compareSegments compares numbers with numbers, words with words. Whatever is no number is a word. A word comes before every number.
func compareSegments(a, b string) int {
	switch {
	case isNumber(a) && isNumber(b):
		return compareDigits(a, b)
	case isNumber(a):
		return 1
	case isNumber(b):
		return -1
	}
	return cmp.Compare(a, b)
}

func isNumber(segment string) bool { return strings.Trim(segment, "0123456789") == "" }
