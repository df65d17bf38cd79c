// Package nar writes and hashes Nix archives (NAR).
package nar

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
)

// bufferSize is how much framing and how many small files are gathered before they are hashed, 32 KiB.
const bufferSize = 32 << 10

// The framing of a NAR, encoded once.
var (
	magic      = encode("nix-archive-1")
	file       = encode("(", "type", "regular", "contents")
	executable = encode("(", "type", "regular", "executable", "", "contents")
	symlink    = encode("(", "type", "symlink", "target")
	directory  = encode("(", "type", "directory")
	entry      = encode("entry", "(", "name")
	node       = encode("node")
	end        = encode(")")
)

func encode(tokens ...string) string {
	var b []byte
	for _, token := range tokens {
		b = appendString(b, token)
	}
	return string(b)
}

// appendString appends a string as a NAR has it: a little-endian 64-bit length, the bytes, and zeros up to a multiple
// of 8 (Nix, src/libutil/archive.cc).
func appendString(b []byte, s string) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(len(s)))
	b = append(b, s...)
	return append(b, padding(int64(len(s)))...)
}

var zeros [8]byte

func padding(size int64) []byte { return zeros[:-size&7] }

// Encoder writes the tokens of a NAR. The caller keeps the order that the format wants: every Open method is followed
// by what is in it and by the matching Close method, and names are sorted.
type Encoder struct {
	ctx     context.Context
	w       io.Writer // never fails, as it hashes
	buf     []byte
	written int64 // bytes of the contents of the open file
}

// NewEncoder begins a NAR on w, which must never fail, as a hash. The context ends the writing of files.
func NewEncoder(ctx context.Context, w io.Writer) *Encoder {
	return &Encoder{ctx: ctx, w: w, buf: append(make([]byte, 0, bufferSize+4<<10), magic...)}
}

// OpenDir begins a directory.
func (e *Encoder) OpenDir() { e.buf = append(e.buf, directory...) }

// CloseDir ends a directory.
func (e *Encoder) CloseDir() { e.buf = append(e.buf, end...) }

// OpenEntry begins an entry of the open directory. One node must follow.
func (e *Encoder) OpenEntry(name string) {
	e.buf = append(appendString(append(e.buf, entry...), name), node...)
}

// CloseEntry ends an entry.
func (e *Encoder) CloseEntry() {
	e.buf = append(e.buf, end...)
	if len(e.buf) >= bufferSize {
		e.Flush()
	}
}

// Link writes a symbolic link.
func (e *Encoder) Link(target string) {
	e.buf = append(appendString(append(e.buf, symlink...), target), end...)
}

// File writes a regular file. Its contents are what copyTo writes, which must be size bytes; copyTo is not called for an
// empty file. The error is that of copyTo or of the context.
func (e *Encoder) File(exec bool, size int64, copyTo func(io.Writer) error) error {
	if exec {
		e.buf = append(e.buf, executable...)
	} else {
		e.buf = append(e.buf, file...)
	}
	e.buf = binary.LittleEndian.AppendUint64(e.buf, uint64(size))
	e.written = 0
	if size > 0 {
		if err := copyTo((*body)(e)); err != nil {
			return err
		}
	}
	if e.written != size {
		return fmt.Errorf("file changed from %d to %d bytes while it was read", size, e.written)
	}
	e.buf = append(append(e.buf, padding(size)...), end...)
	return nil
}

// body is an encoder that writes the contents of a file.
type body Encoder

// Write gathers small files with the framing, and passes large writes on.
func (b *body) Write(p []byte) (int, error) {
	e := (*Encoder)(b)
	e.written += int64(len(p))
	if len(e.buf)+len(p) <= bufferSize {
		e.buf = append(e.buf, p...)
		return len(p), nil
	}
	if e.ctx.Err() != nil {
		return 0, fmt.Errorf("hash: %w", context.Cause(e.ctx))
	}
	e.Flush()
	return e.w.Write(p)
}

// Flush passes on what was gathered.
func (e *Encoder) Flush() {
	e.w.Write(e.buf)
	e.buf = e.buf[:0]
}
