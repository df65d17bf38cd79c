package inflate

import (
	"encoding/binary"
	"io"
)

const (
	history = 32 << 10 // bytes that a distance reaches back

	// Size is how many bytes of a [Buffer] are returned at once, 256 KiB.
	Size = 256 << 10

	outEnd = history + Size

	// outSlack is how many bytes may be written after the end: two literals, a match, and what copying writes beyond it.
	outSlack = 320

	// codesMargin is how many bytes of input there must be for two literals and a match: more than 93 bits, of which 56 are
	// in the bit buffer.
	codesMargin = 8
)

// Buffer receives decoded bytes, after those of the buffer before that they may repeat.
type Buffer [outEnd + outSlack]byte

// Bytes returns the bytes of a buffer that hold output.
func (b *Buffer) Bytes() []byte { return b[history:outEnd] }

// Decoder decodes a deflate stream.
type Decoder struct {
	input
	acc   uint64 // bits that were taken from the input but not used; zeros above them
	count uint   // of these bits

	out   *Buffer
	pos   int // in out
	first int // in out: the first byte that may be repeated

	state  state
	final  bool // the block is the last
	stored int  // bytes left of a stored block
	err    error

	isFixed  bool // the tables are those of the fixed codes
	shortest uint // bits that are needed for any literal/length symbol
	lit      [litSize]uint32
	dist     [distSize]uint32
	lengths  [maxLit + maxDist]uint8

	litValues  [fixedLit]uint32
	distValues [fixedSym]uint32
}

// state is what comes next in a stream.
type state uint8

const (
	atHeader state = iota // of a block
	inStored
	inCodes
)

// NewDecoder returns a decoder of the stream that r begins with.
func NewDecoder(r io.Reader) *Decoder {
	d := new(Decoder)
	d.Reset(r)
	return d
}

// Reset begins another stream.
func (d *Decoder) Reset(r io.Reader) {
	d.reset(r)
	if d.litValues[0] == 0 {
		d.prepare()
	}
	d.out, d.err = nil, nil
	d.begin()
}

// prepare computes what is the same for all tables.
func (d *Decoder) prepare() {
	for symbol := range d.litValues {
		d.litValues[symbol] = litValue(uint32(symbol))
	}
	for symbol := range d.distValues {
		d.distValues[symbol] = distValue(uint32(symbol))
	}
}

// begin begins a stream at the position of the input and of the output.
func (d *Decoder) begin() {
	d.acc, d.count, d.state, d.final = 0, 0, atHeader, false
	d.first = d.pos
}

// Next decodes into b and returns the bytes there: [Size] of them, or less with an error, which is [io.EOF] at the end of
// the stream. b must not change until the next call has returned, which may get the same buffer.
func (d *Decoder) Next(b *Buffer) ([]byte, error) {
	d.turn(b)
	if d.err == nil {
		d.err = d.run()
	}
	return d.output()
}

// turn continues in another buffer, after the history and what was decoded beyond the end of the last buffer.
func (d *Decoder) turn(b *Buffer) {
	if d.out == nil {
		d.first, d.pos = history, history
	} else {
		copy(b[:], d.out[Size:d.pos])
		d.pos -= Size
		d.first = max(d.first-Size, 0)
	}
	d.out = b
}

// output returns the bytes in the buffer, and the error if they are the last.
func (d *Decoder) output() ([]byte, error) {
	if d.pos > outEnd {
		return d.out[history:outEnd], nil
	}
	return d.out[history:d.pos], d.err
}

// run decodes until the buffer is full. The error is [io.EOF] at the end of the stream.
func (d *Decoder) run() error {
	for d.pos < outEnd {
		done, err := d.step()
		if err != nil {
			return err
		}
		if done {
			d.state = atHeader
			if d.final {
				d.giveBack()
				return io.EOF
			}
		}
	}
	return nil
}

// step decodes a part of a block, and reports whether the block is done.
func (d *Decoder) step() (done bool, err error) {
	switch d.state {
	case atHeader:
		return false, d.header()
	case inStored:
		return d.copyStored()
	}
	d.more(4 * codesMargin)
	if d.end-d.in > 2*codesMargin {
		return d.codes()
	}
	return d.symbol()
}

// need makes sure that there are n bits. As long as there is enough input, it fills the bit buffer.
func (d *Decoder) need(n uint) error {
	for d.count < n {
		if d.end-d.in >= 8 {
			d.acc |= binary.LittleEndian.Uint64(d.buf[d.in:]) << d.count
			d.in += int((63 - d.count) / 8)
			d.count |= 56
			d.acc &= 1<<d.count - 1
			return nil
		}
		b, err := d.byte()
		if err != nil {
			return noEOF(err)
		}
		d.acc |= uint64(b) << d.count
		d.count += 8
	}
	return nil
}

// take returns the next n bits.
func (d *Decoder) take(n uint) (int, error) {
	if err := d.need(n); err != nil {
		return 0, err
	}
	v := d.acc & (1<<n - 1)
	d.acc >>= n
	d.count -= n
	return int(v), nil
}

// giveBack returns the whole bytes in the bit buffer to the input, and drops the rest of a byte.
func (d *Decoder) giveBack() {
	d.in -= int(d.count / 8)
	d.acc, d.count = 0, 0
}

// header reads the header of a block.
func (d *Decoder) header() error {
	head, err := d.take(3)
	if err != nil {
		return err
	}
	d.final = head&1 != 0
	switch head >> 1 {
	case 0:
		return d.storedHeader()
	case 1:
		d.fixed()
		return nil
	case 2:
		return d.dynamic()
	}
	return ErrCorrupt
}

func (d *Decoder) storedHeader() error {
	d.giveBack()
	var b [4]byte
	if err := d.read(b[:]); err != nil {
		return err
	}
	n := binary.LittleEndian.Uint16(b[:])
	if n != ^binary.LittleEndian.Uint16(b[2:]) {
		return ErrCorrupt
	}
	d.state, d.stored = inStored, int(n)
	return nil
}

// copyStored copies bytes of a stored block.
func (d *Decoder) copyStored() (done bool, err error) {
	if d.stored == 0 {
		return true, nil
	}
	d.more(1)
	n := copy(d.out[d.pos:min(d.pos+d.stored, outEnd)], d.buf[d.in:d.end])
	if n == 0 {
		return false, noEOF(d.readErr)
	}
	d.in += n
	d.pos += n
	d.stored -= n
	return d.stored == 0, nil
}

// fixed builds the tables of the fixed codes, unless they are there.
func (d *Decoder) fixed() {
	d.state = inCodes
	if d.isFixed {
		return
	}
	var lengths [fixedLit + fixedSym]uint8
	for i := range lengths {
		switch {
		case i < 144, i >= 280 && i < fixedLit:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		case i < 280:
			lengths[i] = 7
		default:
			lengths[i] = 5
		}
	}
	d.shortest, _ = build(d.lit[:], litBits, lengths[:fixedLit], d.litValues[:])
	build(d.dist[:], distBits, lengths[fixedLit:], d.distValues[:])
	d.isFixed = true
}
