package decompress

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
)

var le = binary.LittleEndian

// The parts of an xz stream (xz-file-format.txt, version 1.2.0, sections 2 to 4).
const (
	xzMagic      = "\xfd7zXZ\x00"
	xzHeaderSize = 12
	xzFooterSize = 12
	xzMaxIndex   = 16 << 20 // bytes of an index that are read
	xzSizesFlags = 0xc0     // in a block header: both sizes are recorded, as multi-threaded xz does
)

// xzBlock is one block of a stream. It can be decoded independently of the others.
type xzBlock struct {
	offset, unpadded int64 // in the stream
	out, size        int64 // in the decoded data
}

// errNoBlocks means that a file is not one stream of several blocks.
var errNoBlocks = errors.New("not one xz stream of several blocks")

// hasBlockSizes reports whether the first block of an xz stream records its sizes, which means that there may be more blocks.
func hasBlockSizes(head []byte) bool {
	return len(head) > xzHeaderSize+1 && head[xzHeaderSize] != 0 && head[xzHeaderSize+1]&xzSizesFlags == xzSizesFlags
}

// readBlocks reads the index of a file that is one xz stream of several blocks, and the stream's header.
func readBlocks(r io.ReaderAt, size int64) (blocks []xzBlock, header []byte, err error) {
	if size < xzHeaderSize+xzFooterSize {
		return nil, nil, errNoBlocks
	}
	header, footer := make([]byte, xzHeaderSize), make([]byte, xzFooterSize)
	if err := readAt(r, header, 0); err != nil {
		return nil, nil, err
	}
	if err := readAt(r, footer, size-xzFooterSize); err != nil {
		return nil, nil, err
	}
	indexSize := (int64(le.Uint32(footer[4:])) + 1) * 4
	if string(footer[10:]) != "YZ" || !bytes.Equal(footer[8:10], header[6:8]) || !sumMatches(footer[:4], footer[4:10]) ||
		!bytes.HasPrefix(header, []byte(xzMagic)) || !sumMatches(header[8:], header[6:8]) ||
		indexSize > xzMaxIndex || indexSize > size-xzHeaderSize-xzFooterSize {
		return nil, nil, errNoBlocks
	}
	index := make([]byte, indexSize)
	if err := readAt(r, index, size-xzFooterSize-indexSize); err != nil {
		return nil, nil, err
	}
	if !sumMatches(index[indexSize-4:], index[:indexSize-4]) || index[0] != 0 {
		return nil, nil, errNoBlocks
	}
	blocks, end, ok := parseIndex(index[1 : indexSize-4])
	if !ok || end != size-xzFooterSize-indexSize || len(blocks) < 2 {
		return nil, nil, errNoBlocks
	}
	return blocks, header, nil
}

func sumMatches(sum, data []byte) bool { return le.Uint32(sum) == crc32.ChecksumIEEE(data) }

func readAt(r io.ReaderAt, p []byte, off int64) error {
	n, err := r.ReadAt(p, off)
	if n == len(p) {
		return nil
	}
	return &ioError{err}
}

// parseIndex parses the records of an index, and returns where the blocks end.
func parseIndex(index []byte) (blocks []xzBlock, end int64, ok bool) {
	next := func() (int64, bool) {
		v, n := binary.Uvarint(index)
		if n <= 0 || v > 1<<62 {
			return 0, false
		}
		index = index[n:]
		return int64(v), true
	}
	count, ok := next()
	if !ok || count > int64(len(index)) {
		return nil, 0, false
	}
	end = xzHeaderSize
	var out int64
	for range count {
		unpadded, ok := next()
		size, ok2 := next()
		if !ok || !ok2 || unpadded == 0 || end+unpadded < end || out+size < out {
			return nil, 0, false
		}
		blocks = append(blocks, xzBlock{end, unpadded, out, size})
		end += (unpadded + 3) &^ 3
		out += size
	}
	return blocks, end, len(bytes.Trim(index, "\x00")) == 0 && len(index) < 4
}

// stream returns the block as a separate stream.
func (b xzBlock) stream(r io.ReaderAt, header []byte) io.Reader {
	index := []byte{0, 1}
	index = binary.AppendUvarint(index, uint64(b.unpadded))
	index = binary.AppendUvarint(index, uint64(b.size))
	index = append(index, make([]byte, -len(index)&3)...)
	index = le.AppendUint32(index, crc32.ChecksumIEEE(index))
	footer := le.AppendUint32(nil, uint32(len(index)/4-1))
	footer = append(footer, header[6:8]...)
	footer = append(le.AppendUint32(nil, crc32.ChecksumIEEE(footer)), footer...)
	return io.MultiReader(bytes.NewReader(header), io.NewSectionReader(r, b.offset, (b.unpadded+3)&^3),
		bytes.NewReader(index), bytes.NewReader(append(footer, "YZ"...)))
}
