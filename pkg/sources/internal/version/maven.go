package version

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
)

// Maven is a version of a Maven artifact.
type Maven struct {
	text   string
	tokens []mavenToken
}

// mavenToken is a number or a qualifier, and what precedes it.
type mavenToken struct {
	dot      bool   // a number after a dot, not after a hyphen
	isNumber bool   // text is digits without leading zeros, "" for zero
	text     string // in lower case
}

var mavenParts = lazyregexp.New(`[0-9]+|[^0-9.-]+|[.-]`)

// ParseMaven reads a version. Every text is one.
//
// The order is that of Maven 3.9 (maven.apache.org/pom.html, "Version Order Specification", and Maven's
// ComparableVersionTest). It is not from a library because the one that there is, go-mvn-version, has the order of older
// Mavens: it takes 1.0.0.RC1 for newer than 1.0.0-RC2.
func ParseMaven(text string) (Maven, bool) {
	v := Maven{text: text}
	parts := mavenParts.FindAllString(strings.ToLower(text), -1)
	dot := false
	for i, part := range parts {
		isSeparator := part == "." || part == "-"
		switch {
		case isSeparator:
			if i == 0 || parts[i-1] == "." || parts[i-1] == "-" { // an empty number
				v.add(mavenToken{dot, true, ""})
			}
			dot = part == "."
			continue
		case isDigit(part[0]):
			v.add(mavenToken{dot, true, strings.TrimLeft(part, "0")})
		default:
			v.add(mavenToken{text: mavenQualifier(part, i+1 < len(parts) && isDigit(parts[i+1][0]))})
		}
		dot = false // a change between digits and letters is a hyphen
	}
	v.trim()
	return v, true
}

// add appends a token. What follows a hyphen is compared without the zeros before it.
func (v *Maven) add(t mavenToken) {
	if !t.dot {
		v.trim()
	}
	v.tokens = append(v.tokens, t)
}

func (v *Maven) trim() {
	for last := len(v.tokens) - 1; last >= 0 && v.tokens[last].isNumber && v.tokens[last].text == ""; last-- {
		v.tokens = v.tokens[:last]
	}
}

// mavenQualifiers are the qualifiers with a place of their own. All others come after them, in alphabetical order.
var mavenQualifiers = []string{"alpha", "beta", "milestone", "rc", "snapshot", "", "sp"}

func mavenQualifier(text string, beforeNumber bool) string {
	switch {
	case text == "ga", text == "final", text == "release":
		return ""
	case text == "cr":
		return "rc"
	case beforeNumber && text == "a":
		return "alpha"
	case beforeNumber && text == "b":
		return "beta"
	case beforeNumber && text == "m":
		return "milestone"
	}
	return text
}

// rank orders tokens of different kinds, and qualifiers.
func (t mavenToken) rank() int {
	last := len(mavenQualifiers)
	switch {
	case t.isNumber && t.dot:
		return last + 2
	case t.isNumber:
		return last + 1
	}
	if place := slices.Index(mavenQualifiers, t.text); place >= 0 {
		return place
	}
	return last
}

func (t mavenToken) compare(other mavenToken) int {
	if order := cmp.Compare(t.rank(), other.rank()); order != 0 || !t.isNumber {
		return cmp.Or(order, cmp.Compare(t.text, other.text))
	}
	return compareDigits(t.text, other.text)
}

// String implements [Ordered].
func (v Maven) String() string { return v.text }

var leadingNumbers = lazyregexp.New(`^[0-9]+(\.[0-9]+)*`)

// Core implements [Ordered].
func (v Maven) Core() string { return leadingNumbers.FindString(v.text) }

// IsPrerelease implements [Ordered]: it is one by a qualifier that sorts before the release, or by a word that means one
// elsewhere, such as "preview".
func (v Maven) IsPrerelease() bool {
	release := slices.Index(mavenQualifiers, "")
	return slices.ContainsFunc(v.tokens, func(t mavenToken) bool { return t.rank() < release }) || early.MatchString(v.text[len(v.Core()):])
}

// IsSnapshot reports whether the version names files that change.
func (v Maven) IsSnapshot() bool {
	return slices.ContainsFunc(v.tokens, func(t mavenToken) bool { return t.text == "snapshot" })
}

// Compare implements [Ordered]. It panics if other is not a Maven.
func (v Maven) Compare(other Ordered) int {
	w := other.(Maven)
	for i := range max(len(v.tokens), len(w.tokens)) {
		if order := v.at(i, w).compare(w.at(i, v)); order != 0 {
			return order
		}
	}
	return 0
}

// at returns a token or, after the last one, the empty token that other's is compared with.
func (v Maven) at(i int, other Maven) mavenToken {
	if i < len(v.tokens) {
		return v.tokens[i]
	}
	return mavenToken{dot: other.tokens[i].dot, isNumber: other.tokens[i].dot}
}
