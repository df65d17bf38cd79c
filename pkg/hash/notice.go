package hash

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// MaxNotices is how many notices a result holds at most.
const MaxNotices = 100

// NoticeKind is what a [Notice] is about.
type NoticeKind uint8

const (
	ExportSubst   NoticeKind = iota // a .gitattributes sets export-subst: the content may change as refs are added
	LFSPointer                      // a Git LFS pointer stands in place of a file's content
	EmptyGitlink                    // a submodule's directory is empty
	NameCollision                   // two names are one on a case-insensitive or normalising file system
)

// String names the kind in lower case.
func (k NoticeKind) String() string {
	names := [...]string{"export-subst", "LFS pointer", "empty submodule", "name collision"}
	if int(k) >= len(names) {
		return fmt.Sprintf("notice %d", uint8(k))
	}
	return names[k]
}

// Notice is something about an archive that a user should know of, though its hash is right.
type Notice struct {
	Kind   NoticeKind
	Path   string // raw bytes, separated by slashes, relative to the output
	Detail string // a phrase for people; may be empty
}

// String describes the notice in one line.
func (n Notice) String() string {
	switch n.Kind {
	case ExportSubst:
		return fmt.Sprintf("%q sets export-subst: the archive's content may change as branches and tags are added", n.Path)
	case LFSPointer:
		return fmt.Sprintf("%q is a Git LFS pointer, not the file", n.Path)
	case EmptyGitlink:
		return fmt.Sprintf("%q is a submodule, and empty", n.Path)
	case NameCollision:
		return fmt.Sprintf("%q and %s are one name on macOS", n.Path, n.Detail)
	}
	return fmt.Sprintf("%q: %s", n.Path, n.Detail)
}

// Sizes of files that are looked into.
const (
	maxPointer = 1 << 10  // bytes of a Git LFS pointer (its specification)
	maxGitFile = 64 << 10 // bytes of a .gitattributes or .gitmodules that are read
)

const lfsVersion = "version https://git-lfs.github.com/spec/"

// watcher looks at files as they are hashed.
type watcher struct {
	found   []Notice
	modules string // the text of .gitmodules
	buf     bytes.Buffer
}

// watch returns contents that pass on those of next; w keeps the first bytes of files that may say
// something. A file may be watched more than once.
func (w *watcher) watch(next contents) contents {
	return func(out io.Writer, n *node, name string) error { return w.contents(next, out, n, name) }
}

func (w *watcher) contents(next contents, out io.Writer, n *node, name string) error {
	base := path.Base(name)
	isGitFile := base == ".gitattributes" || name == ".gitmodules"
	if n.size >= maxPointer && !isGitFile {
		return next(out, n, name)
	}
	w.buf.Reset()
	if err := next(io.MultiWriter(out, &prefixWriter{&w.buf, maxGitFile}), n, name); err != nil {
		return err
	}
	w.see(name, w.buf.Bytes())
	return nil
}

// see looks at the first bytes of a file that may say something.
func (w *watcher) see(name string, head []byte) {
	switch {
	case name == ".gitmodules":
		w.modules = string(head)
	case path.Base(name) == ".gitattributes":
		w.attributes(name, string(head))
	case bytes.HasPrefix(head, []byte(lfsVersion)):
		w.note(Notice{Kind: LFSPointer, Path: name})
	}
}

// prefixWriter keeps no more than the first bytes.
type prefixWriter struct {
	buf *bytes.Buffer
	max int
}

func (p *prefixWriter) Write(b []byte) (int, error) {
	p.buf.Write(b[:min(len(b), p.max-p.buf.Len())])
	return len(b), nil
}

// note adds a notice; beyond the bound only their number would be news, and that the content may change.
func (w *watcher) note(n Notice) {
	isKnown := func(other Notice) bool { return other.Kind == n.Kind }
	switch {
	case len(w.found) < MaxNotices:
		w.found = append(w.found, n)
	case n.Kind == ExportSubst && !slices.ContainsFunc(w.found, isKnown):
		w.found[MaxNotices-1] = n
	}
}

// attributes looks for lines that set export-subst (gitattributes(5)).
func (w *watcher) attributes(name, text string) {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if slices.Contains(fields[1:], "export-subst") {
			w.note(Notice{Kind: ExportSubst, Path: name, Detail: fields[0]})
			return
		}
	}
}

// submodules looks for paths in the .gitmodules that are empty directories.
func (w *watcher) submodules(isEmptyDir func(path string) bool) {
	for line := range strings.Lines(w.modules) {
		key, value, found := strings.Cut(line, "=")
		if !found || !strings.EqualFold(strings.TrimSpace(key), "path") {
			continue
		}
		if name := strings.Trim(strings.TrimSpace(value), `"`); isEmptyDir(name) {
			w.note(Notice{Kind: EmptyGitlink, Path: name})
		}
	}
}

// at returns the node at a path, nil if there is none.
func (n *node) at(name string) *node {
	for part := range strings.SplitSeq(name, "/") {
		if part != "" && n != nil {
			n = n.children[part]
		}
	}
	return n
}

// notices returns what was found, and what the tree at root tells, in order.
func (w *watcher) notices(root *node) []Notice {
	w.submodules(func(path string) bool {
		n := root.at(path)
		return n != nil && n.kind == kindDir && len(n.children) == 0
	})
	w.collisions(root, "", cases.Fold())
	return w.sorted()
}

func (w *watcher) sorted() []Notice {
	slices.SortFunc(w.found, func(a, b Notice) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Detail, b.Detail))
	})
	return slices.Compact(w.found)
}

func (w *watcher) collisions(dir *node, path string, fold cases.Caser) {
	names := dir.names()
	w.collide(path, names, fold)
	for _, name := range names {
		if n := dir.children[name]; n.kind == kindDir {
			w.collisions(n, join(path, name), fold)
		}
	}
}

// collide looks for names in one directory that APFS takes for one: those
// that are equal once folded and decomposed.
func (w *watcher) collide(dir string, names []string, fold cases.Caser) {
	if !slices.ContainsFunc(names, folds) {
		return
	}
	seen := make(map[string]string, len(names))
	for _, name := range names {
		key := foldName(name, fold)
		if other, ok := seen[key]; ok {
			w.note(Notice{Kind: NameCollision, Path: join(dir, other), Detail: fmt.Sprintf("%q", name)})
		} else {
			seen[key] = name
		}
	}
}

// folds reports whether a name may be equal to another one once folded and decomposed.
// Of two that collide, one does.
func folds(name string) bool {
	for i := range len(name) {
		if c := name[i]; c >= 0x80 || 'A' <= c && c <= 'Z' {
			return true
		}
	}
	return false
}

func foldName(name string, fold cases.Caser) string {
	for i := range len(name) {
		if name[i] >= 0x80 {
			return norm.NFD.String(fold.String(norm.NFD.String(name)))
		}
	}
	return strings.ToLower(name)
}
