package version

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
)

// Python is a version of a Python package (packaging.python.org/specifications/version-specifiers, PEP 440), read by
// [ParsePython].
type Python struct {
	text           string
	core           string   // "2.3.0" of "1!2.3.0rc1"
	canonical      string   // "1!2.3rc1"
	epoch          string   // "1", "0" if there is none
	numbers        []string // "2", "3"
	pre, post, dev stage
	local          []string // what follows "+"
}

// stage is what marks a pre-release, a post-release or a development release.
type stage struct {
	rank   int
	number string // "" if there is no mark
}

// pythonPattern is that of PEP 440, appendix B.
var pythonPattern = lazyregexp.New(`^v?(?:([0-9]+)!)?([0-9]+(?:\.[0-9]+)*)` +
	`(?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?([0-9]*))?` +
	`(-[0-9]+|[-_.]?(?:post|rev|r)[-_.]?[0-9]*)?` +
	`([-_.]?dev[-_.]?[0-9]*)?` +
	`(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?$`)

// pythonStages are the ranks of pre-releases. A development release that is no other release comes before them, and a
// release after them.
var pythonStages = map[string]int{"a": 1, "alpha": 1, "b": 2, "beta": 2, "c": 3, "rc": 3, "pre": 3, "preview": 3}

const onlyDev, noPre = 0, 4

// ParsePython reads a version in any spelling: "1.0b2", "v1.0-beta.2". The order is ours because go-pep440-version, when it
// compares, writes to memory that goroutines share.
func ParsePython(text string) (Python, bool) {
	m := pythonPattern.FindStringSubmatch(strings.ToLower(text))
	if m == nil {
		return Python{}, false
	}
	v := Python{text: text, epoch: number(m[1]), numbers: normal(m[2]), pre: stage{rank: noPre}, dev: stage{rank: 1}, local: normal(m[7])}
	v.core = strings.Join(v.numbers, ".")
	for last := len(v.numbers) - 1; last > 0 && v.numbers[last] == "0"; last-- {
		v.numbers = v.numbers[:last]
	}
	if m[5] != "" {
		v.post = stage{1, number(strings.TrimLeft(m[5], "-_.postrev"))}
	}
	if m[6] != "" {
		v.dev = stage{0, number(strings.TrimLeft(m[6], "-_.dev"))}
	}
	switch {
	case m[3] != "":
		v.pre = stage{pythonStages[m[3]], number(m[4])}
	case m[5] == "" && m[6] != "":
		v.pre.rank = onlyDev
	}
	v.canonical = v.spell()
	return v, true
}

// number returns digits without leading zeros, "0" for none.
func number(digits string) string { return cmp.Or(strings.TrimLeft(digits, "0"), "0") }

// normal returns the segments of text, and numbers among them without leading zeros.
func normal(text string) []string {
	segments := strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune("-_.", c) })
	for i, s := range segments {
		if isNumber(s) {
			segments[i] = number(s)
		}
	}
	return segments
}

func (v Python) spell() string {
	text := strings.Join(v.numbers, ".")
	if v.epoch != "0" {
		text = v.epoch + "!" + text
	}
	if v.pre.number != "" {
		text += []string{"", "a", "b", "rc"}[v.pre.rank] + v.pre.number
	}
	if v.post.number != "" {
		text += ".post" + v.post.number
	}
	if v.dev.number != "" {
		text += ".dev" + v.dev.number
	}
	if len(v.local) > 0 {
		text += "+" + strings.Join(v.local, ".")
	}
	return text
}

// String implements [Ordered].
func (v Python) String() string { return v.text }

// Core implements [Ordered]. It leaves out the epoch, because constraints cannot express one.
func (v Python) Core() string { return v.core }

// Canonical returns the spelling that equal versions share: "1" for "1.0" and "v1.0.0".
func (v Python) Canonical() string { return v.canonical }

// IsPrerelease reports whether the version is a pre-release or a development release.
func (v Python) IsPrerelease() bool { return v.pre.number != "" || v.dev.number != "" }

// Compare implements [Ordered]. Only versions that are the same text are equal. It panics if other is not a Python.
func (v Python) Compare(other Ordered) int {
	w := other.(Python)
	return cmp.Or(
		compareDigits(v.epoch, w.epoch), slices.CompareFunc(v.numbers, w.numbers, compareDigits),
		v.pre.compare(w.pre), v.post.compare(w.post), v.dev.compare(w.dev),
		slices.CompareFunc(v.local, w.local, compareSegments), cmp.Compare(v.text, w.text))
}

func (s stage) compare(t stage) int {
	return cmp.Or(cmp.Compare(s.rank, t.rank), compareDigits(s.number, t.number))
}
