package version

import "time"

// Ordered is a version that can be compared with others of its scheme.
type Ordered interface {
	String() string
	// Core returns the numbers that constraints are about, joined by dots: "1.4.0" of "1.4.0-rc1".
	Core() string
	IsPrerelease() bool
	// Compare returns -1, 0 or +1 if the version comes before, with or after another one of the same scheme.
	Compare(other Ordered) int
}

// Release is a version that upstream offers, whatever lists it: git tags, releases of a forge, a registry, a page.
type Release struct {
	Ordered
	Name       string    // what upstream calls it: the tag or, if it has none, the version
	Date       time.Time // when it was published; zero if that is not known
	Prerelease bool      // upstream marks it as a pre-release, whatever its version
	Withdrawn  string    // why upstream withdrew it, "" if it did not
	Incomplete string    // which of its files is not there yet, "" if all are
}

// IsEarly reports whether a release is a pre-release by its version or by upstream's mark.
func (r Release) IsEarly() bool { return r.Prerelease || r.IsPrerelease() }

// Order makes a comparison of texts from a scheme's parser. ok is false if one of the texts is no version.
func Order[V Ordered](parse func(text string) (V, bool)) func(a, b string) (order int, ok bool) {
	return func(a, b string) (int, bool) {
		v, isVersion := parse(a)
		w, isVersionToo := parse(b)
		if !isVersion || !isVersionToo {
			return 0, false
		}
		return v.Compare(w), true
	}
}
