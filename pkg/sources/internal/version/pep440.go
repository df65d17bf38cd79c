package version

import (
	"cmp"
	"strings"

	pep440 "github.com/aquasecurity/go-pep440-version"
)

// Python is a version of a Python package (packaging.python.org/specifications/version-specifiers, PEP 440), read by
// [ParsePython].
type Python struct {
	text    string
	epoch   string // "1" of "1!2.3.0rc1", "" of "2.3.0rc1"
	core    string // "2.3.0"
	numbers string // "2.3"
	parsed  pep440.Version
}

// ParsePython reads a version in any spelling: "1.0b2", "v1.0-beta.2".
func ParsePython(text string) (Python, bool) {
	parsed, err := pep440.Parse(text)
	if err != nil || strings.TrimSpace(text) != text {
		return Python{}, false
	}
	v := Python{text: text, parsed: parsed}
	v.epoch, v.core = splitEpoch(parsed)
	v.parsed, err = pep440.Parse(v.Canonical()) // see Compare
	_, v.numbers = splitEpoch(v.parsed)
	return v, err == nil
}

func splitEpoch(v pep440.Version) (epoch, numbers string) {
	if before, after, hasEpoch := strings.Cut(v.BaseVersion(), "!"); hasEpoch {
		return before, after
	}
	return "", v.BaseVersion()
}

// String returns the version as it was written.
func (v Python) String() string { return v.text }

// Core implements [Ordered]. It leaves out the epoch, because constraints cannot express one.
func (v Python) Core() string { return v.core }

// Canonical returns the spelling that equal versions share: "1" for "1.0" and "v1.0.0".
func (v Python) Canonical() string {
	base, public := v.parsed.BaseVersion(), v.parsed.String()
	numbers := base
	for numbers != "0" && strings.HasSuffix(numbers, ".0") {
		numbers = strings.TrimSuffix(numbers, ".0")
	}
	return numbers + strings.TrimPrefix(public, base)
}

// IsPrerelease reports whether the version is a pre-release or a development release.
func (v Python) IsPrerelease() bool { return v.parsed.IsPreRelease() }

// Compare implements [Ordered]. Only versions that are the same text are equal. It panics if other is not a Python.
//
// The library compares only what follows equal numbers: to compare others, it appends to a slice that goroutines share.
func (v Python) Compare(other Ordered) int {
	w := other.(Python)
	order := cmp.Or(compareNumbers(v.epoch, w.epoch), len(v.epoch)-len(w.epoch),
		compareNumbers(v.numbers, w.numbers), strings.Count(v.numbers, ".")-strings.Count(w.numbers, "."))
	if order == 0 {
		order = cmp.Or(v.parsed.Compare(w.parsed), cmp.Compare(v.text, w.text))
	}
	return cmp.Compare(order, 0)
}
