package nar

import (
	"context"
	"fmt"
	"io"

	"github.com/pinfetch/pinfetch/pkg/hash/internal/fault"
	"github.com/pinfetch/pinfetch/pkg/hash/internal/tree"
)

// Contents writes the n.Size bytes of the file n, which is at path, to w.
type Contents func(w io.Writer, n *tree.Node, path string) error

// Tree writes the tree at root.
func (e *Encoder) Tree(root *tree.Node, c Contents) error { return e.tree(root, "", c) }

func (e *Encoder) tree(n *tree.Node, path string, c Contents) error {
	switch n.Kind {
	case tree.File:
		return e.file(n, path, c)
	case tree.Link:
		e.Link(n.Target)
		return nil
	case tree.Dir:
		return e.dir(n, path, c)
	default:
		return fault.Refused(path, "the Nix store cannot hold a fifo or device")
	}
}

func (e *Encoder) dir(n *tree.Node, path string, c Contents) error {
	if e.ctx.Err() != nil {
		return fmt.Errorf("hash: %w", context.Cause(e.ctx))
	}
	e.OpenDir()
	for _, name := range n.Names() {
		e.OpenEntry(name)
		if err := e.tree(n.Children[name], tree.Join(path, name), c); err != nil {
			return err
		}
		e.CloseEntry()
	}
	e.CloseDir()
	return nil
}

func (e *Encoder) file(n *tree.Node, path string, c Contents) error {
	return e.File(n.Exec, n.Size, func(w io.Writer) error { return c(w, n, path) })
}
