package inflate

import (
	"encoding/binary"
	"hash/crc32"
	"io"
)

// Flags in the header of a member.
const (
	flagHeaderSum = 1 << 1
	flagExtra     = 1 << 2
	flagName      = 1 << 3
	flagComment   = 1 << 4
)

// maxString is how long a name or comment in a header may be in bytes, with its NUL.
const maxString = 512

// Gzip decodes the members of a gzip file.
type Gzip struct {
	d    Decoder
	sum  uint32 // of the member's bytes so far
	size uint32 // their number
}

// NewGzip reads the header of the first member. The error is [io.EOF] if r is empty.
func NewGzip(r io.Reader) (*Gzip, error) {
	g := new(Gzip)
	g.d.Reset(r)
	return g, g.member()
}

// Next is [Decoder.Next] for all members together.
func (g *Gzip) Next(b *Buffer) ([]byte, error) {
	d := &g.d
	for d.turn(b); d.err == nil && d.pos < outEnd; {
		from := d.pos
		d.err = d.run()
		g.sum = crc32.Update(g.sum, crc32.IEEETable, d.out[from:d.pos])
		g.size += uint32(d.pos - from)
		if d.err == io.EOF {
			d.err = g.next()
		}
	}
	return d.output()
}

// next checks the trailer of a member and begins the next one. The error is [io.EOF] if there is none.
func (g *Gzip) next() error {
	var trailer [8]byte
	if err := g.d.read(trailer[:]); err != nil {
		return err
	}
	if binary.LittleEndian.Uint32(trailer[:]) != g.sum || binary.LittleEndian.Uint32(trailer[4:]) != g.size {
		return ErrChecksum
	}
	head, err := g.d.byte()
	if err != nil {
		return err
	}
	if head == 0 {
		return g.zeros()
	}
	g.d.in-- // it is still in the buffer
	if err := g.member(); err != nil {
		return trailing{err}
	}
	return nil
}

// zeros reads zeros until the end of the input.
func (g *Gzip) zeros() error {
	for {
		b, err := g.d.byte()
		if err != nil {
			return err
		}
		if b != 0 {
			return ErrTrailing
		}
	}
}

// trailing is an [ErrTrailing]: what follows a member is not another one.
type trailing struct{ err error }

func (t trailing) Error() string   { return ErrTrailing.Error() + ": " + t.err.Error() }
func (t trailing) Unwrap() []error { return []error{ErrTrailing, t.err} }

// member reads the header of a member.
func (g *Gzip) member() error {
	g.sum, g.size = 0, 0
	g.d.begin()
	h := header{in: &g.d.input}
	return h.read()
}

// header reads the header of a member.
type header struct {
	in  *input
	sum uint32 // of the header so far
}

func (h *header) read() error {
	var fixed [10]byte
	first, err := h.in.byte()
	if err != nil {
		return err
	}
	h.in.in--
	if err := h.bytes(fixed[:]); err != nil {
		return err
	}
	if first != 0x1f || fixed[1] != 0x8b || fixed[2] != 8 {
		return ErrHeader
	}
	flags := fixed[3]
	if flags&flagExtra != 0 {
		if err := h.extra(); err != nil {
			return err
		}
	}
	for _, flag := range [...]byte{flagName, flagComment} {
		if flags&flag != 0 {
			if err := h.string(); err != nil {
				return err
			}
		}
	}
	if flags&flagHeaderSum != 0 {
		want := uint16(h.sum)
		var sum [2]byte
		if err := h.bytes(sum[:]); err != nil {
			return err
		}
		if binary.LittleEndian.Uint16(sum[:]) != want {
			return ErrHeader
		}
	}
	return nil
}

// bytes reads all of p.
func (h *header) bytes(p []byte) error {
	if err := h.in.read(p); err != nil {
		return err
	}
	h.sum = crc32.Update(h.sum, crc32.IEEETable, p)
	return nil
}

// extra skips the field that begins with its length.
func (h *header) extra() error {
	var b [2]byte
	if err := h.bytes(b[:]); err != nil {
		return err
	}
	return h.bytes(make([]byte, binary.LittleEndian.Uint16(b[:])))
}

// string skips a string that ends in a NUL.
func (h *header) string() error {
	var b [1]byte
	for range maxString {
		if err := h.bytes(b[:]); err != nil {
			return err
		}
		if b[0] == 0 {
			return nil
		}
	}
	return ErrHeader
}
