package pypi

import (
	"cmp"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

// file is one file of a version.
type file struct {
	name    string
	version version.Python
	tags    string // of a wheel, "py2.py3-none-any"; "" for an sdist
	build   int    // a wheel's build number: the higher one is preferred
	format  int    // an sdist's format: the lower one is preferred

	address string            // as the index gives it
	digests map[string]string // in hex, by algorithm
	yanked  string            // why it was yanked, "" if it was not
}

var (
	filePattern = lazyregexp.New(`^[0-9A-Za-z][0-9A-Za-z._+!-]{0,199}$`)
	leadingInt  = lazyregexp.New(`^[0-9]{1,9}`)
)

// sdists are the formats of source distributions, the one that fetchPypi assumes first.
var sdists = [...]string{".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz"}

// parseFile reads the name of a package's sdist or wheel (packaging.python.org/specifications/source-distribution-format and
// binary-distribution-format). Names of old sdists may spell the package, and have dashes in it, as they like.
func parseFile(name, pkg string) (f file, ok bool) {
	if !filePattern.MatchString(name) {
		return f, false
	}
	if base, isWheel := strings.CutSuffix(name, ".whl"); isWheel {
		parts := strings.Split(base, "-")
		if len(parts) != 5 && len(parts) != 6 || normalize(parts[0]) != pkg {
			return f, false
		}
		f = file{name: name, tags: strings.Join(parts[len(parts)-3:], "-")}
		if len(parts) == 6 {
			f.build, _ = strconv.Atoi(leadingInt.FindString(parts[2]))
		}
		f.version, ok = version.ParsePython(parts[1])
		return f, ok
	}
	for format, extension := range sdists {
		base, found := strings.CutSuffix(name, extension)
		for i := 0; found && i < len(base); i++ {
			if base[i] != '-' || normalize(base[:i]) != pkg {
				continue
			}
			if v, ok := version.ParsePython(base[i+1:]); ok {
				return file{name: name, version: v, format: format}, true
			}
		}
	}
	return f, false
}

// matches reports whether a file is a wheel for which some tags stand or, without tags, an sdist. A wheel may have several tags
// of each sort, of which one is enough, and tags may have wildcards.
func (f file) matches(tags string) bool {
	if tags == "" || f.tags == "" {
		return tags == f.tags
	}
	given := strings.Split(f.tags, "-")
	for i, part := range strings.Split(tags, "-") {
		for wanted := range strings.SplitSeq(part, ".") {
			isTag := func(tag string) bool { matched, _ := path.Match(wanted, tag); return matched }
			if i >= len(given) || !slices.ContainsFunc(strings.Split(given[i], "."), isTag) {
				return false
			}
		}
	}
	return true
}

// pick returns the file of a version that some tags mean, nil if there is none. A yanked file is taken only if all are.
func pick(files []file, tags string) (best *file) {
	isYanked := allYanked(files) != ""
	for i := range files {
		f := &files[i]
		if f.matches(tags) && (isYanked || f.yanked == "") && (best == nil || f.compare(*best, tags) < 0) {
			best = f
		}
	}
	return best
}

// compare puts the file first that is meant most likely.
func (f file) compare(other file, tags string) int {
	isExact := func(f file) int {
		if f.tags == tags {
			return 0
		}
		return 1
	}
	return cmp.Or(isExact(f)-isExact(other), f.format-other.format, other.build-f.build, cmp.Compare(f.name, other.name))
}

// allYanked returns why a version was withdrawn, "" if a file is left.
func allYanked(files []file) string {
	if slices.ContainsFunc(files, func(f file) bool { return f.yanked == "" }) {
		return ""
	}
	return files[0].yanked
}
