package hash

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/text/cases"
)

// DirResult is what [WatchDir] found.
type DirResult struct {
	SRI     SRI
	Notices []Notice // sorted by kind and path; at most [MaxNotices]
}

// WatchDir hashes as [Dir] does, and looks at what it hashes as [Archive] does. Attributes that
// only git archive obeys mean nothing in a directory: there is no [ExportSubst] among the notices.
func WatchDir(ctx context.Context, path string, opt DirOptions) (DirResult, error) {
	w := &dirWatcher{base: path, empty: make(map[string]bool), fold: cases.Fold()}
	sri, err := hashDir(ctx, path, opt, w)
	if err != nil {
		return DirResult{}, err
	}
	return DirResult{sri, w.notices()}, nil
}

// dirWatcher watches a directory as it is hashed. The walker and the hasher are two
// goroutines, each of which has its own part of it.
type dirWatcher struct {
	base string

	names watcher         // of the walker
	empty map[string]bool // of the walker: empty directories
	fold  cases.Caser     // of the walker

	files watcher // of the hasher
}

func (w *dirWatcher) inside(path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path, w.base), "/")
}

// walked is told a directory's names. A nil dirWatcher watches nothing.
func (w *dirWatcher) walked(path string, names []string) {
	if w == nil {
		return
	}
	w.empty[w.inside(path)] = len(names) == 0
	w.names.collide(w.inside(path), names, w.fold)
}

// hashed is told a file's contents.
func (w *dirWatcher) hashed(path string, contents []byte) {
	if w != nil {
		if name := w.inside(path); len(contents) < maxPointer || name == ".gitmodules" {
			w.files.see(name, contents[:min(len(contents), maxGitFile)])
		}
	}
}

// notices returns what was found, once both goroutines have ended.
func (w *dirWatcher) notices() []Notice {
	w.files.submodules(func(path string) bool { return w.empty[path] })
	w.files.found = append(w.files.found, w.names.found...)
	found := slices.DeleteFunc(w.files.sorted(), func(n Notice) bool { return n.Kind == ExportSubst })
	return found[:min(len(found), MaxNotices)]
}
