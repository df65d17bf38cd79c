package markdown

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
)

// gap is a zero-width space. It breaks words for programs, but not for the eye.
const gap = "\u200b"

// clean drops what is neither printable nor white space: control characters, bidirectional controls, characters of no width,
// and invalid bytes. White space becomes ASCII spaces, but line feeds stay.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case unicode.IsSpace(r):
			return ' '
		case r == utf8.RuneError, !unicode.IsPrint(r), unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
			return -1
		}
		return r
	}, text)
}

var (
	// references matches what forges read as a reference before a number: "GH-1", GitLab's "GL-1", the address of an issue, and the key of
	// another tracker after a word that closes an issue.
	references = lazyregexp.New(`(?i)(\bG[HL]-|/(?:issues|pulls?|merge_requests|work_items|epics|discussions|milestones?|snippets)/|` +
		`\b(?:clos(?:e[sd]?|ing)|fix(?:e[sd]|ing)?|resolv(?:e[sd]?|ing)|implement(?:s|ed|ing)?)[: ]+[A-Z][A-Z0-9_]*-)([0-9])`)
	// bracketed matches GitLab's references with a word, such as "[vulnerability:1]" and "*iteration:1".
	bracketed = lazyregexp.New(`([\[*])([a-z_]+:)`)
	// commit matches a full commit ID. Its first part is too short for an abbreviation.
	commit = lazyregexp.New(`\b([0-9a-fA-F]{4})([0-9a-fA-F]{36}(?:[0-9a-fA-F]{24})?)\b`)
	// web matches what GitHub takes for an address though it has no scheme.
	web = lazyregexp.New(`(?i)(www)\.`)
	// emoji matches what becomes an image, such as ":octocat:".
	emoji = lazyregexp.New(`(?i):([a-z0-9_+-]+:)`)
)

// disarm puts a gap into everything in a clean line that a forge acts on.
func disarm(line string) string {
	line = references.ReplaceAllString(line, "${1}"+gap+"${2}")
	line = bracketed.ReplaceAllString(line, "${1}"+gap+"${2}")
	line = commit.ReplaceAllString(line, "${1}"+gap+"${2}")
	line = strings.ReplaceAll(line, "<!--", "<!-"+gap+"-") // a marker of the bot's own
	var b strings.Builder
	isFirst := true
	for i, r := range line {
		b.WriteRune(r)
		next, _ := utf8.DecodeRuneInString(line[i+utf8.RuneLen(r):])
		if isSigil(r, next) || isFirst && r == '/' {
			b.WriteString(gap)
		}
		isFirst = isFirst && r == ' '
	}
	return b.String()
}

// isSigil reports whether a character begins a mention or a reference if another one follows.
func isSigil(r, next rune) bool {
	isDigit := unicode.IsDigit(next)
	isWord := isDigit || unicode.IsLetter(next) || next == '_' || next == '"'
	switch r {
	case '@', '#', '~', '%': // people, issues and commands of trackers, labels, milestones
		return isWord
	case '!', '&', '$': // merge requests, epics, snippets
		return isDigit
	case '[': // Gitea's links to a wiki, even where brackets are escaped
		return next == '['
	}
	return false
}
