// Package terminal tells which text is safe to show on a terminal, and makes other text safe.
//
// Unsafe are control characters, which can move the cursor or change the colors, and Unicode's bidirectional
// controls, which can make a line read as something else (Unicode Standard Annex 9).
package terminal

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// IsSafe reports whether text is UTF-8 and consists of printable characters and ASCII spaces. Line breaks and tabs
// are not safe.
func IsSafe(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}

// Clean replaces every control character, bidirectional control and invalid byte by U+FFFD. The characters of keep,
// such as "\n\t", stay.
func Clean(text, keep string) string {
	return strings.Map(func(r rune) rune {
		if (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) && !strings.ContainsRune(keep, r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// Shorten cuts text after at most limit bytes, between two characters, and marks the cut with "…".
func Shorten(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit] + "…"
}
