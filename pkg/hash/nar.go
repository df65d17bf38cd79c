package hash

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
)

// contents writes the n.size bytes of the file n, which is at path, to w.
type contents func(w io.Writer, n *node, path string) error

// narBuffer is how much framing is gathered before it is hashed, 32 KiB.
const narBuffer = 32 << 10

// narEncoder writes the Nix archive of a tree: strings are a little-endian
// 64-bit length, the bytes, and zeros up to a multiple of 8 (Nix, src/libutil/archive.cc).
type narEncoder struct {
	ctx      context.Context
	w        io.Writer
	contents contents
	buf      []byte
}

// framed joins the NAR encodings of several strings.
func framed(tokens ...string) string {
	var b []byte
	for _, token := range tokens {
		b = appendString(b, token)
	}
	return string(b)
}

// The framing of a NAR, encoded once.
var (
	narMagic      = framed("nix-archive-1")
	narFile       = framed("(", "type", "regular", "contents")
	narExecutable = framed("(", "type", "regular", "executable", "", "contents")
	narLink       = framed("(", "type", "symlink", "target")
	narDir        = framed("(", "type", "directory")
	narEntry      = framed("entry", "(", "name")
	narNode       = framed("node")
	narClose      = framed(")")
)

var zeros [32 << 10]byte

func appendString(b []byte, s string) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(len(s)))
	b = append(b, s...)
	return append(b, zeros[:padding(int64(len(s)))]...)
}

// padding returns how many zeros follow size bytes.
func padding(size int64) int64 { return -size & 7 }

// writeNAR writes the NAR of the tree at root to w.
func writeNAR(ctx context.Context, w io.Writer, root *node, c contents) error {
	e := &narEncoder{ctx: ctx, w: w, contents: c, buf: make([]byte, 0, narBuffer+4<<10)}
	e.buf = append(e.buf, narMagic...)
	if err := e.node(root, ""); err != nil {
		return err
	}
	return e.flush()
}

func (e *narEncoder) node(n *node, path string) error {
	switch n.kind {
	case kindFile:
		return e.file(n, path)
	case kindLink:
		e.buf = append(e.buf, narLink...)
		e.buf = appendString(e.buf, n.target)
		e.buf = append(e.buf, narClose...)
		return nil
	case kindDir:
		return e.dir(n, path)
	default:
		return refused(path, "a fifo or device has no place in the Nix store")
	}
}

func (e *narEncoder) dir(n *node, path string) error {
	e.buf = append(e.buf, narDir...)
	for _, name := range n.names() {
		e.buf = append(e.buf, narEntry...)
		e.buf = appendString(e.buf, name)
		e.buf = append(e.buf, narNode...)
		if err := e.node(n.children[name], join(path, name)); err != nil {
			return err
		}
		e.buf = append(e.buf, narClose...)
		if len(e.buf) >= narBuffer {
			if err := e.flush(); err != nil {
				return err
			}
		}
	}
	e.buf = append(e.buf, narClose...)
	return nil
}

func (e *narEncoder) file(n *node, path string) error {
	e.buf = append(e.buf, fileFrame(n.exec)...)
	e.buf = binary.LittleEndian.AppendUint64(e.buf, uint64(n.size))
	if n.size > 0 {
		if err := e.body(n, path); err != nil {
			return err
		}
	}
	e.buf = append(e.buf, zeros[:padding(n.size)]...)
	e.buf = append(e.buf, narClose...)
	return nil
}

// body writes a file's bytes, and checks that there are as many as promised.
func (e *narEncoder) body(n *node, path string) error {
	body := &bodyWriter{e: e}
	if err := e.contents(body, n, path); err != nil {
		return err
	}
	if body.n != n.size {
		return fmt.Errorf("read %q: it changed from %d to %d bytes meanwhile", path, n.size, body.n)
	}
	return nil
}

// bodyWriter gathers small files with the framing and hashes big ones as they come.
type bodyWriter struct {
	e *narEncoder
	n int64
}

func (b *bodyWriter) Write(p []byte) (int, error) {
	b.n += int64(len(p))
	e := b.e
	if len(e.buf)+len(p) <= narBuffer {
		e.buf = append(e.buf, p...)
		return len(p), nil
	}
	if err := e.flush(); err != nil {
		return 0, err
	}
	return e.w.Write(p)
}

func (e *narEncoder) flush() error {
	if err := e.ctx.Err(); err != nil {
		return fmt.Errorf("hash: %w", context.Cause(e.ctx))
	}
	_, err := e.w.Write(e.buf)
	e.buf = e.buf[:0]
	return err
}
