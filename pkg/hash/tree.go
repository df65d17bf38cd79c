package hash

import (
	"fmt"
	"slices"
	"strings"
)

// kind is what a node of a tree is.
type kind uint8

const (
	kindDir kind = iota
	kindFile
	kindLink
	kindSpecial     // a fifo: no fetcher's output may hold one
	kindPlaceholder // an empty file where GNU tar will put a link at the end
)

// Owner's permission bits of a directory, the only ones that decide anything.
const (
	modeRead   = 0o400
	modeWrite  = 0o200
	modeSearch = 0o100
	modeOwner  = modeRead | modeWrite | modeSearch
)

// node is a directory, file or symbolic link of an unpacked archive or of a
// directory on disk. Two names of one node are hard links.
type node struct {
	kind   kind
	exec   bool   // of a file: the owner may execute it
	mode   uint16 // of a directory: the owner's permission bits
	target string // of a link: raw bytes

	children map[string]*node // of a directory, by raw name
	size     int64            // of a file, bytes
	off      int64            // of a file in a spool: where it begins there
	holes    *[]region        // of a sparse file in a spool: what is not zero, in order; off does not count
	member   *zipMember       // of a file in a zip
}

// region is a run of bytes of a file that lie in a spool.
type region struct {
	at   int64 // offset in the file
	off  int64 // offset in the spool
	size int64
}

// maxPath is PATH_MAX of Linux in bytes: Nix cannot read what lies deeper. Symbolic links let
// an archive write there.
const maxPath = 4096

func newDir(mode uint16) *node {
	return &node{kind: kindDir, mode: mode & modeOwner, children: make(map[string]*node)}
}

// names returns the names in a directory in the byte order of a NAR.
func (n *node) names() []string {
	names := make([]string, 0, len(n.children))
	for name := range n.children {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func join(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}

// writable imitates "chmod -R +w unpack", by which fetchzip lets itself move
// and delete what was unpacked: it must be able to list every directory and to reach
// what is in it. It also refuses what Nix refuses in an output.
func (n *node) writable(path string) error {
	if len(path) > maxPath {
		return refused(path[:80], "its path has more than %d bytes", maxPath)
	}
	switch n.kind {
	case kindSpecial:
		return refused(path, "a fifo or device has no place in the Nix store")
	case kindDir:
	default:
		return nil
	}
	if n.mode&modeRead == 0 || n.mode&modeSearch == 0 && len(n.children) > 0 {
		return refused(path, "its owner may not list the directory, so that chmod cannot descend into it")
	}
	for _, name := range n.names() {
		if err := n.children[name].writable(join(path, name)); err != nil {
			return err
		}
	}
	return nil
}

// strip imitates fetchzip's stripRoot = true: the one entry of the unpacked directory is
// the output if it is a directory, and becomes the only file of the output if it is a file.
func (n *node) strip() (*node, error) {
	names := n.names()
	if len(names) != 1 {
		return nil, fmt.Errorf("%q: stripRoot needs one top-level entry, not %d, hidden ones included: %w",
			names[:min(len(names), 3)], len(names), ErrRoots)
	}
	name := names[0]
	if strings.Contains(name, "\n") {
		return nil, refused(name, "fetchzip counts a line break in the name of the root as another entry")
	}
	switch root := n.children[name]; root.kind {
	case kindDir:
		return root, nil
	case kindFile:
		return n, nil
	default:
		return nil, refused(name, "the root is a symbolic link, which means nothing without what it points to")
	}
}
