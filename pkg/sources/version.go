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
