package version

import (
	"cmp"
	"strings"

	pep440 "github.com/aquasecurity/go-pep440-version"
)

// Python is a version of a Python package (packaging.python.org/specifications/version-specifiers, PEP 440), read by
// [ParsePython].
type Python struct {
	text   string
	parsed pep440.Version
}

// ParsePython reads a version in any spelling: "1.0b2", "v1.0-beta.2".
func ParsePython(text string) (Python, bool) {
	parsed, err := pep440.Parse(text)
	return Python{text, parsed}, err == nil && strings.TrimSpace(text) == text
}

// String returns the version as it was written.
func (v Python) String() string { return v.text }

// Core implements [Ordered]. It leaves out the epoch, because constraints cannot express one.
func (v Python) Core() string {
	base := v.parsed.BaseVersion()
	return base[strings.IndexByte(base, '!')+1:]
}

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
func (v Python) Compare(other Ordered) int {
	w := other.(Python)
	return cmp.Or(v.parsed.Compare(w.parsed), cmp.Compare(v.text, w.text))
}
