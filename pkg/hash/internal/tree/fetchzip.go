package tree

import (
	"fmt"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/hash/internal/fault"
)

// maxPath is PATH_MAX of Linux in bytes: Nix cannot read a longer path. An archive can create
// one through symbolic links.
const maxPath = 4096

// CheckWritable imitates "chmod -R +w unpack", with which fetchzip makes sure that it can move
// and delete what was unpacked. It also refuses what Nix refuses in an output.
func (n *Node) CheckWritable() error { return n.checkWritable("") }

func (n *Node) checkWritable(path string) error {
	if len(path) > maxPath {
		return fault.Refused(path[:80], "its path is longer than %d bytes", maxPath)
	}
	switch {
	case n.Kind == Special:
		return fault.Refused(path, "the Nix store cannot hold a fifo or device")
	case n.Kind != Dir:
		return nil
	case n.Mode&ModeRead == 0 || n.Mode&ModeSearch == 0 && len(n.Children) > 0:
		return fault.Refused(path, "chmod cannot descend into a directory that its owner may not read")
	}
	for _, name := range n.Names() {
		child := n.Children[name]
		if (child.Kind == File || child.Kind == Link) && len(path)+len("/")+len(name) <= maxPath {
			continue // which needs no path
		}
		if err := child.checkWritable(Join(path, name)); err != nil {
			return err
		}
	}
	return nil
}

// StripRoot imitates fetchzip's stripRoot = true. If the only top-level entry is a directory, it
// becomes the output; if it is a file, the output is a directory that holds this file.
func (n *Node) StripRoot() (*Node, error) {
	names := n.Names()
	if len(names) != 1 {
		return nil, fmt.Errorf("stripRoot needs one top-level entry, found %d, hidden ones included (%q): %w",
			len(names), names[:min(len(names), 3)], fault.ErrRoots)
	}
	name := names[0]
	if strings.Contains(name, "\n") {
		return nil, fault.Refused(name, "fetchzip counts the root twice because its name contains a line break")
	}
	switch root := n.Children[name]; root.Kind {
	case Dir:
		return root, nil
	case File:
		return n, nil
	default:
		return nil, fault.Refused(name, "the root is a symbolic link")
	}
}
