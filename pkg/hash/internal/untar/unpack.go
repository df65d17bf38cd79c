// Package untar unpacks a tar into a tree in memory, as GNU tar 1.34 does for an ordinary user.
package untar

import (
	"cmp"
	"io"
	"strings"
	"time"

	"github.com/pinfetch/pinfetch/pkg/hash/internal/spool"
	"github.com/pinfetch/pinfetch/pkg/hash/internal/tree"
)

// Source is the tar.
type Source interface {
	// Next returns the next bytes, valid until the next call, or [io.EOF] at the end. All results except
	// the last are a multiple of 512 bytes long.
	Next() ([]byte, error)
}

// Visitor learns of every entry as soon as it is unpacked, before it is known what later members do to it.
type Visitor interface {
	Dir(path string) error
	Link(path, target string) error
	// File calls copyTo once, which passes the file's contents.
	File(path string, n *tree.Node, copyTo func(io.Writer) error) error
	// Abandon is called for entries of any other kind.
	Abandon()
}

// Archive is an unpacked tar.
type Archive struct {
	Root    *tree.Node
	Comment string    // of the last pax global header that has one
	Date    time.Time // of the first member

	spool  *spool.Spool
	both   both // recycled
	sparse map[*tree.Node][]region
}

// Unpack reads a tar to the end of its stream. It keeps the contents of files in s.
func Unpack(in Source, s *spool.Spool, limits tree.Limits, v Visitor) (*Archive, error) {
	a := &Archive{spool: s, sparse: make(map[*tree.Node][]region)}
	r := &reader{in: in, limits: limits}
	x := newExtraction()
	for {
		m, err := r.next()
		if err == io.EOF {
			break
		}
		if err == nil {
			x.usage.Members++
			x.usage.Text += len(m.name) + len(m.link)
			err = cmp.Or(a.add(x, r, m, v), x.usage.Check(limits))
		}
		if err = cmp.Or(x.checkSteps(), err); err != nil {
			return nil, err
		}
	}
	var err error
	a.Root, err = x.finish()
	if err = cmp.Or(x.checkSteps(), err); err != nil {
		return nil, err
	}
	a.Comment = r.comment
	return a, r.drain()
}

// add unpacks a member and tells the visitor.
func (a *Archive) add(x *extraction, r *reader, m *member, v Visitor) error {
	if m.kind == typeVolume {
		return r.copyData(io.Discard, m.size)
	}
	if a.Date.IsZero() {
		a.Date = m.mtime
	}
	path := safeName(strings.TrimRight(m.name, "/"))
	err := x.add(m, func(n *tree.Node) error { return a.file(r, m, path, n, v) })
	switch {
	case err != nil:
		return err
	case m.kind == typeSymlink:
		return v.Link(path, m.link)
	case m.kind == typeDir:
		return v.Dir(path)
	case m.kind != typeFile && m.kind != typeOldFile:
		v.Abandon()
	}
	return nil
}

// file spools the contents of a file while the visitor sees them.
func (a *Archive) file(r *reader, m *member, path string, n *tree.Node, v Visitor) (err error) {
	if m.sparse {
		v.Abandon()
		a.sparse[n], n.Size, err = r.copySparse(m, a.spool)
		return err
	}
	n.Size, n.Offset = m.size, a.spool.Size()
	return v.File(path, n, func(w io.Writer) error {
		a.both = both{a.spool, w}
		return r.copyData(&a.both, m.size)
	})
}

// both spools what the visitor sees.
type both struct {
	spool   *spool.Spool
	visitor io.Writer
}

func (b *both) Write(p []byte) (int, error) {
	if n, err := b.spool.Write(p); err != nil {
		return n, err
	}
	return b.visitor.Write(p)
}

// Contents writes the contents of a file: of a sparse file its regions, and zeros between them.
func (a *Archive) Contents(w io.Writer, n *tree.Node, _ string) error {
	regions, isSparse := a.sparse[n]
	if !isSparse {
		return a.spool.CopyTo(w, n.Offset, n.Size)
	}
	at := int64(0)
	for _, r := range regions {
		if err := writeZeros(w, r.at-at); err != nil {
			return err
		}
		if err := a.spool.CopyTo(w, r.offset, r.size); err != nil {
			return err
		}
		at = r.at + r.size
	}
	return writeZeros(w, n.Size-at)
}

func writeZeros(w io.Writer, size int64) error {
	zeros := make([]byte, min(size, 32<<10))
	for size > 0 {
		n := min(size, int64(len(zeros)))
		if _, err := w.Write(zeros[:n]); err != nil {
			return err
		}
		size -= n
	}
	return nil
}
