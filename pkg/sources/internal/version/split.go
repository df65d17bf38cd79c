package version

import (
	"strings"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
)

var (
	numbers = lazyregexp.New(`[0-9]+(?:[._][0-9]+)*`)
	// digitName matches programs whose names begin with a digit, before a dotted version: "3proxy-0.9.4".
	digitName = lazyregexp.New(`^[0-9]+([A-Za-z]{2,})[-_/@][vV]?[0-9]+[._][0-9]`)
	// releaseWord matches words after which a number is a version, whatever follows it: "r25c".
	releaseWord = lazyregexp.New(`(?i)(^|[^a-z])(r|rel|release|ver|version|build|tag)$`)
	// update matches what follows the number of a Java release: "jdk8u402".
	update = lazyregexp.New(`^[uU][0-9]`)
)

// Split divides the name of a tag into a name prefix and a version, and drops the "v" between them. The version is
// everything from its first number on: it is never cut. A name without a number that can be a version is its own
// version.
func Split(tag string) (prefix, version string) {
	start := beginning(tag)
	if start < 0 {
		return "", tag
	}
	return cutV(tag[:start]), tag[start:]
}

// cutV drops the "v" before a version, which may be "vv" or "v." too, but not the end of a word.
func cutV(prefix string) string {
	rest := strings.TrimRight(strings.TrimSuffix(prefix, "."), "vV")
	v := prefix[len(rest):]
	if v == "." || len(v) > 2 || rest != "" && isLetter(rest[len(rest)-1]) {
		return prefix
	}
	return rest
}

// beginning returns where the version of a tag begins, -1 if it has none.
//
// What follows the last "/" or "@" has precedence over what precedes it, as in "@scope/name@1.2" and "1.x/1.2".
func beginning(tag string) int {
	last := strings.LastIndexAny(tag, "/@") + 1
	if i := leading(tag[last:]); i >= 0 {
		return last + i
	}
	if i := leading(tag); i >= 0 {
		return i
	}
	if i := inside(tag[last:]); i >= 0 {
		return last + i
	}
	return inside(tag)
}

// leading returns where the number is that text begins with, perhaps after a "v"; -1 if it begins with something else.
func leading(text string) int {
	i := strings.IndexAny(text, "0123456789")
	if i < 0 || cutV(text[:i]) != "" || isDigitName(text) {
		return -1
	}
	return i
}

func isDigitName(text string) bool {
	m := digitName.FindStringSubmatch(text)
	return m != nil && !early.MatchString(m[1]) && !late.MatchString(m[1])
}

// inside returns where a version begins in text that begins with a name, -1 if nowhere. Names have numbers too. The
// candidates are, the best first:
//
//   - a number with dots or underscores: "2.17.1" in "log4j-2.17.1", with numbers that are joined to it by dashes. Right
//     after a letter ("go1.22") it counts less than a later one ("lua5.1-foo-1.2"), unless that belongs to a pre-release
//     ("go1.22-rc.1.1");
//   - the first lone number that is not part of a word: "1-2-3" in "rel-1-2-3", "8u402" in "jdk8u402", none in "log4j".
func inside(text string) int {
	lone, joined, dotted := -1, -1, -1
	loneInWord := false
	for _, run := range numbers.FindAllStringIndex(text, -1) {
		start, end := run[0], run[1]
		if start == 0 {
			continue
		}
		inWord := isLetter(text[start-1]) && cutV(text[:start]) == text[:start]
		switch isDotted := strings.ContainsAny(text[start:end], "._"); {
		case !isDotted && lone < 0 && (!inWord || isVersionInWord(text, start)):
			lone, loneInWord = start, inWord
		case isDotted && dotted < 0 && inWord && joined < 0:
			joined = start
		case isDotted && dotted < 0 && !inWord:
			dotted = start
		}
	}
	if joined >= 0 && (dotted < joined || early.MatchString(text[joined:dotted])) {
		return joined
	}
	isJoined := lone >= 0 && !loneInWord && lone < dotted && strings.Trim(text[lone:dotted], "0123456789-") == ""
	if dotted >= 0 && !isJoined {
		return dotted
	}
	return lone
}

// isVersionInWord reports whether the number right after a letter begins a version: it does in "b1234", "jdk8u402" and
// "r25c", but not in "log4j" and "k3s".
func isVersionInWord(text string, start int) bool {
	v, ok := Parse(text[start:])
	return releaseWord.MatchString(text[:start]) || ok &&
		(v.suffix == "" || !isLetter(v.suffix[0]) || update.MatchString(v.suffix) || early.MatchString(v.suffix))
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
