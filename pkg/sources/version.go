package sources

import "github.com/pinfetch/pinfetch/pkg/sources/internal/version"

// CompareVersions returns -1, 0 or +1 if version a comes before, with or after b, in the order by which kinds of source
// choose the newest version. ok is false if a or b is not a version.
func CompareVersions(a, b string) (order int, ok bool) {
	v, isVersion := version.Parse(a)
	w, isVersionToo := version.Parse(b)
	if !isVersion || !isVersionToo {
		return 0, false
	}
	return v.Compare(w), true
}

// SameScheme reports whether two versions have the same scheme: both are dates ("2024-01-31", "2024.1"), or both are
// not. Text that is no version has every scheme.
func SameScheme(a, b string) bool {
	v, isVersion := version.Parse(a)
	w, isVersionToo := version.Parse(b)
	return !isVersion || !isVersionToo || v.IsDate() == w.IsDate()
}

// TagVersion returns the version in the name of a tag: what follows a name prefix and "v". A name without a number is
// its own version.
func TagVersion(tag string) string {
	_, text := version.Split(tag)
	return text
}
