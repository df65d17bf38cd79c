package decompress

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"

	"github.com/ulikunitz/xz/lzma"

	"github.com/pinfetch/pinfetch/pkg/hash/internal/fault"
)

// Sizes of the parts of a lzip member (the manual of lzip, "File format").
const (
	lzipHeader  = 6  // "LZIP", version 1, coded dictionary size
	lzipTrailer = 20 // CRC-32 of the data, size of the data, size of the member
)

// lzipReader reads the members of a lzip file one after the other and checks
// the trailer of each. Like "lzip -d" it ignores what follows the last member.
type lzipReader struct {
	r       *bufio.Reader
	member  *lzma.Reader // nil between members
	started bool         // a member was read
	crc     uint32
	size    uint64

	dictionaries, decoded int64 // bytes of all members so far
}

// Bounds on the bytes of dictionary of all members, which take time to allocate. "lzip -9" with the smallest members makes
// 320 for each byte.
const (
	freeDictionaries = 1 << 30
	meanDictionaries = 1024 // for each decoded byte
)

func (l *lzipReader) Read(p []byte) (int, error) {
	for {
		if l.member == nil {
			if err := l.open(); err != nil {
				return 0, err
			}
		}
		n, err := l.member.Read(p)
		l.crc = crc32.Update(l.crc, crc32.IEEETable, p[:n])
		l.size += uint64(n)
		l.decoded += int64(n)
		if err == io.EOF {
			err = l.check()
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// open begins the next member; the error is [io.EOF] if there is none.
func (l *lzipReader) open() error {
	head, err := l.r.Peek(lzipHeader)
	if l.started && !bytes.HasPrefix(head, []byte("LZIP")) {
		return io.EOF
	}
	if err != nil {
		return io.ErrUnexpectedEOF
	}
	if head[4] != 1 {
		return errors.New("unknown version")
	}
	dictionary := uint32(1) << (head[5] & 0x1f)
	dictionary -= dictionary / 16 * uint32(head[5]>>5)
	if err := checkDictionary(dictionary); err != nil {
		return err
	}
	if l.dictionaries += int64(dictionary); l.dictionaries > freeDictionaries+meanDictionaries*l.decoded {
		return fault.Exceeded(fault.ErrLimit, freeDictionaries, "bytes of dictionaries")
	}
	if _, err := l.r.Discard(lzipHeader); err != nil {
		return err
	}
	// The payload is an LZMA stream with fixed properties and an end marker. It gets the
	// header of the older format, with an unknown size.
	header := []byte{lzma.Properties{LC: 3, LP: 0, PB: 2}.Code()}
	header = binary.LittleEndian.AppendUint32(header, dictionary)
	header = binary.LittleEndian.AppendUint64(header, ^uint64(0))
	l.member, err = lzma.NewReader(&prefixed{header, l.r})
	l.started, l.crc, l.size = true, 0, 0
	return err
}

// check compares a member with its trailer.
func (l *lzipReader) check() error {
	var trailer [lzipTrailer]byte
	if _, err := io.ReadFull(l.r, trailer[:]); err != nil {
		return io.ErrUnexpectedEOF
	}
	if le.Uint32(trailer[:]) != l.crc || le.Uint64(trailer[4:]) != l.size {
		return errors.New("checksum or size does not match")
	}
	l.member = nil
	return nil
}

// prefixed reads head before r. It can read single bytes, so that the decoder takes no more than belongs to it.
type prefixed struct {
	head []byte
	r    *bufio.Reader
}

func (p *prefixed) ReadByte() (byte, error) {
	if len(p.head) == 0 {
		return p.r.ReadByte()
	}
	b := p.head[0]
	p.head = p.head[1:]
	return b, nil
}

func (p *prefixed) Read(b []byte) (int, error) {
	if len(p.head) == 0 {
		return p.r.Read(b)
	}
	n := copy(b, p.head)
	p.head = p.head[n:]
	return n, nil
}
