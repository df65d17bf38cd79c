// Package tree holds an unpacked archive in memory.
package tree

import (
	"slices"

	"github.com/pinfetch/pinfetch/pkg/hash/internal/fault"
)

// Kind is the type of a [Node].
type Kind uint8

const (
	Dir Kind = iota
	File
	Link
	Special // a fifo, or a file that only tar uses: the Nix store cannot hold it
)

// Permission bits of a directory's owner. The bits for group and others never change a result.
const (
	ModeRead   = 0o400
	ModeWrite  = 0o200
	ModeSearch = 0o100 // of a file: execute
	ModeOwner  = ModeRead | ModeWrite | ModeSearch
)

// Node is a directory, file or symbolic link. Two names of one node are hard links.
type Node struct {
	Kind     Kind
	Exec     bool             // of a file: its owner may execute it
	Mode     uint16           // of a directory: its owner's permission bits
	Target   string           // of a link: raw bytes
	Children map[string]*Node // of a directory, by raw name
	Size     int64            // of a file, in bytes
	Offset   int64            // of a file: where its contents begin; the unpacker that made the node decides in what
}

// Limits bounds a tree while it is unpacked.
type Limits struct {
	Unpacked int64 // bytes of all contents
	Entries  int   // members and the directories that their paths imply
	Path     int   // bytes of one path or link target
}

// Bounds on what the members of an archive imply. Both are far above those of any real archive.
const (
	meanText    = 256     // bytes of paths and link targets, on average for each entry that is allowed
	freeImplied = 1 << 16 // implied directories that any archive may have
	meanImplied = 16      // further implied directories for each member
)

// Usage counts what unpacking has taken so far, so that an archive takes no more memory than its members justify.
type Usage struct {
	Members int
	Implied int // directories that no member names
	Text    int // bytes of all paths and link targets
}

// Check returns a [fault.ErrLimit] if there is more than l allows.
func (u Usage) Check(l Limits) error {
	switch {
	case u.Members+u.Implied > l.Entries:
		return fault.Exceeded(fault.ErrLimit, int64(l.Entries), "entries in the archive")
	case u.Implied > freeImplied+meanImplied*u.Members:
		return fault.Exceeded(fault.ErrLimit, int64(freeImplied+meanImplied*u.Members), "directories implied by the archive's paths")
	case u.Text > meanText*l.Entries:
		return fault.Exceeded(fault.ErrLimit, int64(meanText*l.Entries), "bytes of paths in the archive")
	}
	return nil
}

// HoldsMore reports whether the files below n have more than limit bytes. A file counts once for each of its names.
func (n *Node) HoldsMore(limit int64) bool { return n.remaining(limit) < 0 }

// remaining subtracts the sizes of the files below n from limit. It stops below zero.
func (n *Node) remaining(limit int64) int64 {
	if n.Kind == File {
		limit -= n.Size
	}
	for _, child := range n.Children {
		if limit = child.remaining(limit); limit < 0 {
			break
		}
	}
	return limit
}

// NewDir returns an empty directory.
func NewDir(mode uint16) *Node {
	return &Node{Kind: Dir, Mode: mode & ModeOwner, Children: make(map[string]*Node)}
}

// Names returns the names in a directory in byte order, as a NAR lists them.
func (n *Node) Names() []string {
	names := make([]string, 0, len(n.Children))
	for name := range n.Children {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Join appends a name to the path of a directory; the root's path is empty.
func Join(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}
