package gitrefs

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
)

// Packets without data (gitprotocol-common(5), gitprotocol-v2(5)).
const (
	flushPacket     = "0000"
	delimiterPacket = "0001"
)

// maxPacket is the longest packet in bytes, its length prefix included.
const maxPacket = 65520

var errEmpty = fmt.Errorf("empty response: %w", errUnsupported)

// packet formats one line of data.
func packet(text string) string { return fmt.Sprintf("%04x%s", len(text)+4, text) }

// packetReader reads packets.
type packetReader struct {
	r   *bufio.Reader
	buf []byte // grows with the packets: most are short
}

func newPacketReader(r io.Reader) *packetReader { return &packetReader{r: bufio.NewReader(r)} }

// next returns the data of the next packet without a final newline, valid until the next call. For a flush or delimiter
// packet data is nil. At the end the error is io.EOF.
func (p *packetReader) next() (data []byte, err error) {
	p.buf = slices.Grow(p.buf[:0], 4)
	if _, err := io.ReadFull(p.r, p.buf[:4]); err != nil {
		if err == io.ErrUnexpectedEOF {
			err = fmt.Errorf("packet is cut off within its length: %w", ErrProtocol)
		}
		return nil, err
	}
	size, err := strconv.ParseUint(string(p.buf[:4]), 16, 16)
	switch {
	case err != nil:
		return nil, fmt.Errorf("invalid packet length %q: %w", p.buf[:4], ErrProtocol)
	case size < 4:
		return nil, nil
	case size > maxPacket:
		return nil, fmt.Errorf("packet of %d bytes is too long: %w", size, ErrProtocol)
	}
	p.buf = slices.Grow(p.buf[:0], int(size))
	data = p.buf[4:size]
	if _, err := io.ReadFull(p.r, data); err != nil {
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			err = fmt.Errorf("packet of %d bytes is cut off: %w", size, ErrProtocol)
		}
		return nil, err
	}
	if n := len(data); n > 0 && data[n-1] == '\n' {
		data = data[:n-1]
	}
	return data, nil
}

// lines yields the data of the packets up to the next flush packet. It ends with an error if the response does not have
// that packet, or if the remote reports an error.
func (p *packetReader) lines() iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for isFirst := true; ; isFirst = false {
			data, err := p.next()
			message, isError := bytes.CutPrefix(data, []byte("ERR "))
			switch {
			case err == io.EOF && isFirst:
				// git http-backend responds like this if the object format is not the repository's, or if a proxy
				// dropped the header with the protocol version.
				err = errEmpty
			case err == io.EOF:
				err = fmt.Errorf("the response has no end: %w", ErrProtocol)
			case isError:
				err = fmt.Errorf("the remote says %q: %w", excerpt(string(message)), errUnsupported)
			case err == nil && data == nil:
				return
			}
			if !yield(string(data), err) || err != nil {
				return
			}
		}
	}
}

// skipService skips the name of the service and a flush packet, with which a response to info/refs may begin.
func (p *packetReader) skipService() error {
	const prefix = "# service="
	if start, _ := p.r.Peek(4 + len(prefix)); !strings.HasSuffix(string(start), prefix) {
		return nil
	}
	if _, err := p.next(); err != nil {
		return err
	}
	if data, err := p.next(); err != nil || data != nil {
		return fmt.Errorf("no flush packet after the service: %w", ErrProtocol)
	}
	return nil
}
