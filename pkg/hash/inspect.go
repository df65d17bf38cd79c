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

	"github.com/pinfetch/pinfetch/pkg/hash/internal/nar"
	"github.com/pinfetch/pinfetch/pkg/hash/internal/tree"
)

// Sizes of files that are inspected.
const (
	maxPointer = 1 << 10  // bytes of a Git LFS pointer (its specification)
	maxGitFile = 64 << 10 // bytes of a .gitattributes or .gitmodules that are read
)

const lfsVersion = "version https://git-lfs.github.com/spec/"

// inspector finds notices in what is hashed.
type inspector struct {
	found   []Notice
	modules string // the text of .gitmodules
	buf     bytes.Buffer
}

// observe returns contents that are those of next, and inspects them. A file may be observed more than once.
func (i *inspector) observe(next nar.Contents) nar.Contents {
	return func(w io.Writer, n *tree.Node, name string) error {
		if !mayHaveNotice(name, n.Size) {
			return next(w, n, name)
		}
		i.buf.Reset()
		if err := next(io.MultiWriter(w, &prefixWriter{&i.buf}), n, name); err != nil {
			return err
		}
		i.file(name, i.buf.Bytes())
		return nil
	}
}

// mayHaveNotice reports whether a file is worth inspecting.
func mayHaveNotice(name string, size int64) bool {
	return size < maxPointer || name == ".gitmodules" || path.Base(name) == ".gitattributes"
}

// prefixWriter keeps the first bytes.
type prefixWriter struct{ buf *bytes.Buffer }

func (p *prefixWriter) Write(b []byte) (int, error) {
	p.buf.Write(b[:min(len(b), maxGitFile-p.buf.Len())])
	return len(b), nil
}

// file inspects the first bytes of a file.
func (i *inspector) file(name string, head []byte) {
	switch {
	case name == ".gitmodules":
		i.modules = string(head)
	case path.Base(name) == ".gitattributes":
		i.attributes(name, string(head))
	case bytes.HasPrefix(head, []byte(lfsVersion)):
		i.add(Notice{Kind: LFSPointer, Path: name})
	}
}

// add adds a notice. If there are too many, only the first [ExportSubst] still replaces one, because it says that
// the hash may change.
func (i *inspector) add(n Notice) {
	isSameKind := func(other Notice) bool { return other.Kind == n.Kind }
	switch {
	case len(i.found) < MaxNotices:
		i.found = append(i.found, n)
	case n.Kind == ExportSubst && !slices.ContainsFunc(i.found, isSameKind):
		i.found[MaxNotices-1] = n
	}
}

// attributes looks for lines that set export-subst (gitattributes(5)).
func (i *inspector) attributes(name, text string) {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if slices.Contains(fields[1:], "export-subst") {
			i.add(Notice{Kind: ExportSubst, Path: name, Detail: fields[0]})
			return
		}
	}
}

// noticesOf returns the notices about the files that were observed and about the tree at root.
func (i *inspector) noticesOf(root *tree.Node) []Notice {
	i.dir(root, "", cases.Fold())
	return i.notices(func(name string) bool {
		n := root
		for part := range strings.SplitSeq(name, "/") {
			if n = n.Children[part]; n == nil {
				return false
			}
		}
		return n.Kind == tree.Dir && len(n.Children) == 0
	})
}

// notices returns everything that was found. isEmpty reports whether a path is that of an empty directory.
func (i *inspector) notices(isEmpty func(name string) bool) []Notice {
	i.submodules(isEmpty)
	slices.SortFunc(i.found, func(a, b Notice) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Detail, b.Detail))
	})
	return slices.Compact(i.found)
}

// submodules looks for paths in .gitmodules that are empty directories.
func (i *inspector) submodules(isEmpty func(name string) bool) {
	for line := range strings.Lines(i.modules) {
		key, value, found := strings.Cut(line, "=")
		if !found || !strings.EqualFold(strings.TrimSpace(key), "path") {
			continue
		}
		if name := strings.Trim(strings.TrimSpace(value), `"`); isEmpty(name) {
			i.add(Notice{Kind: EmptyGitlink, Path: name})
		}
	}
}

// dir inspects the names below a directory.
func (i *inspector) dir(dir *tree.Node, path string, fold cases.Caser) {
	names := dir.Names()
	i.names(path, names, fold)
	for _, name := range names {
		if n := dir.Children[name]; n.Kind == tree.Dir {
			i.dir(n, tree.Join(path, name), fold)
		}
	}
}

// names looks for names in one directory that collide on APFS, which ignores case and normalises.
func (i *inspector) names(dir string, names []string, fold cases.Caser) {
	if !slices.ContainsFunc(names, mayCollide) {
		return
	}
	seen := make(map[string]string, len(names))
	for _, name := range names {
		key := strings.ToLower(name)
		if !isASCII(name) {
			key = norm.NFD.String(fold.String(norm.NFD.String(name)))
		}
		if other, ok := seen[key]; ok {
			i.add(Notice{Kind: NameCollision, Path: tree.Join(dir, other), Detail: fmt.Sprintf("%q", name)})
		} else {
			seen[key] = name
		}
	}
}

// mayCollide is true for at least one of two names that collide.
func mayCollide(name string) bool {
	return !isASCII(name) || strings.ContainsFunc(name, func(r rune) bool { return 'A' <= r && r <= 'Z' })
}

func isASCII(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool { return r >= 0x80 })
}
