// Package tree holds an unpacked archive in memory.
package tree

import "slices"

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
	Entries  int
	Path     int // bytes of one path or link target
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
