package decompress

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"io"
)

// bzip2Reader ends where "bzip2 -d" does: it ignores what follows the last stream and does
// not begin like another one.
type bzip2Reader struct {
	io.Reader
	started bool
}

// openBzip2 appends two zeros to the stream. Without them the library takes one byte after
// the last stream for the beginning of another.
func openBzip2(r io.Reader) io.ReadCloser {
	padded := bufio.NewReader(io.MultiReader(r, bytes.NewReader(make([]byte, 2))))
	return io.NopCloser(&bzip2Reader{Reader: bzip2.NewReader(padded)})
}

func (b *bzip2Reader) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	switch err {
	case bzip2.StructuralError("bad magic value in continuation file"):
		err = io.EOF
	case bzip2.StructuralError("non-Huffman entropy encoding"), bzip2.StructuralError("invalid compression level"):
		if b.started {
			err = io.EOF
		}
	}
	b.started = b.started || n > 0
	return n, err
}
