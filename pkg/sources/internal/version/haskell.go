package version

import (
	"cmp"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
)

// Haskell is a version of a Haskell package. There are no pre-releases.
type Haskell string

var haskellPattern = lazyregexp.New(`^[0-9]+(\.[0-9]+)*$`)

// ParseHaskell reads a version. The order is that of the Package Versioning Policy (pvp.haskell.org): number by number, and
// "1.0" comes before "1.0.0".
func ParseHaskell(text string) (Haskell, bool) {
	return Haskell(text), haskellPattern.MatchString(text)
}

// String implements [Ordered].
func (v Haskell) String() string { return string(v) }

// Core implements [Ordered].
func (v Haskell) Core() string { return string(v) }

// IsPrerelease implements [Ordered].
func (v Haskell) IsPrerelease() bool { return false }

// Compare implements [Ordered]. It panics if other is not a Haskell.
func (v Haskell) Compare(other Ordered) int {
	w := other.(Haskell)
	if order := compareNumbers(string(v), string(w)); order != 0 {
		return order
	}
	return cmp.Compare(strings.Count(string(v), "."), strings.Count(string(w), "."))
}
