package hash

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/mikelolasagasti/xz"
	"github.com/ulikunitz/xz/lzma"
)

// Bounds of decoders.
const (
	// maxDictionary bounds the memory that an xz, lzma or lzip stream may claim
	// for its dictionary, 128 MiB: twice that of "xz -9".
	maxDictionary = 128 << 20

	// maxWindow is the largest window of a zstd frame in bytes; "zstd -d" refuses larger ones.
	maxWindow = 128 << 20
)

// compression is how a tar is compressed, by the magic that GNU tar looks for (src/buffer.c).
type compression uint8

const (
	plain compression = iota
	gzipped
	bzipped
	xzipped
	lzmaAlone
	zstandard
	lzipped
)

// magics are the first bytes of compressed streams.
var magics = []struct {
	compression compression
	magic       string
}{
	{gzipped, "\x1f\x8b"},
	{bzipped, "BZh"},
	{lzipped, "LZIP"},
	{lzmaAlone, "\x5d\x00\x00"},
	{xzipped, "\xfd7zXZ"},
	{zstandard, "\x28\xb5\x2f\xfd"},
}

// recognise returns how a tar whose first bytes are head is compressed. It
// returns false if head is neither a tar's first block nor any of the magics. As in GNU tar (src/buffer.c)
// a header without ustar's magic comes after those of compressors.
func recognise(head []byte) (compression, bool) {
	isHeader := len(head) >= blockSize && headerSum([blockSize]byte(head)) == sumGood
	if isHeader && isUstar(head) {
		return plain, true
	}
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.magic)) {
			return m.compression, true
		}
	}
	return plain, isHeader
}

func isUstar(head []byte) bool {
	return bytes.HasPrefix(head[257:], []byte("ustar\x00")) || bytes.HasPrefix(head[257:], []byte("ustar  \x00"))
}

// namesCompression reports whether GNU tar runs a program for a file with this extension when its
// first bytes tell nothing (src/suffix.c).
func namesCompression(extension string) bool {
	switch extension[strings.LastIndexByte(extension, '.')+1:] {
	case "gz", "tgz", "taz", "Z", "taZ", "bz2", "tbz", "tbz2", "tz2", "lz", "lzma", "tlz", "lzo", "xz", "txz", "zst", "tzst":
		return true
	}
	return false
}

// extension returns fetchzip's extension of a tar that is compressed like this.
func (c compression) extension() string {
	return [...]string{"tar", "tar.gz", "tar.bz2", "tar.xz", "tar.lzma", "tar.zst", "tar.lz"}[c]
}

// open returns a reader of what is compressed in r. It accepts what may
// follow a stream exactly where the program that tar calls accepts it.
func (c compression) open(r *bufio.Reader) (io.ReadCloser, error) {
	switch c {
	case gzipped:
		return openGzip(r)
	case bzipped:
		return openBzip2(r), nil
	case xzipped:
		x, err := xz.NewReader(r, maxDictionary)
		return io.NopCloser(xzReader{x}), err
	case lzmaAlone:
		return openLZMA(r)
	case zstandard:
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	case lzipped:
		return io.NopCloser(&lzipReader{r: r}), nil
	default:
		return io.NopCloser(r), nil
	}
}

// gzipReader reads gzip members one after the other, and the zeros with which
// tapes are filled up after the last. "gzip -d" fails on anything else there.
type gzipReader struct {
	r *bufio.Reader
	z *gzip.Reader
}

func openGzip(r *bufio.Reader) (io.ReadCloser, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	z.Multistream(false)
	return &gzipReader{r, z}, nil
}

func (g *gzipReader) Read(p []byte) (int, error) {
	for {
		n, err := g.z.Read(p)
		if n > 0 || err != io.EOF {
			if err == io.EOF {
				err = nil
			}
			return n, err
		}
		if err := g.nextMember(); err != nil {
			return 0, err
		}
	}
}

// nextMember begins the next member; the error is [io.EOF] if there is none.
func (g *gzipReader) nextMember() error {
	head, err := g.r.Peek(1)
	if err != nil {
		return err
	}
	if head[0] != 0 {
		if err := g.z.Reset(g.r); err != nil {
			return fmt.Errorf("bytes after the end of the gzip stream: %w", err)
		}
		g.z.Multistream(false)
		return nil
	}
	for {
		b, err := g.r.ReadByte()
		if err != nil {
			return err
		}
		if b != 0 {
			return errors.New("bytes after the end of the gzip stream")
		}
	}
}

func (g *gzipReader) Close() error { return g.z.Close() }

// bzip2Reader ends where "bzip2 -d" does: it ignores what follows the last stream and does
// not begin like another.
type bzip2Reader struct {
	io.Reader
	begun bool
}

// openBzip2 appends two zeros to the stream: without them the library takes one byte behind
// the last stream for the beginning of another.
func openBzip2(r io.Reader) io.ReadCloser {
	padded := bufio.NewReader(io.MultiReader(r, bytes.NewReader(zeros[:2])))
	return io.NopCloser(&bzip2Reader{Reader: bzip2.NewReader(padded)})
}

func (b *bzip2Reader) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	switch err {
	case bzip2.StructuralError("bad magic value in continuation file"):
		err = io.EOF
	case bzip2.StructuralError("non-Huffman entropy encoding"), bzip2.StructuralError("invalid compression level"):
		if b.begun {
			err = io.EOF
		}
	}
	b.begun = b.begun || n > 0
	return n, err
}

// xzReader says which error is one of limits.
type xzReader struct{ io.Reader }

func (x xzReader) Read(p []byte) (int, error) {
	n, err := x.Reader.Read(p)
	if errors.Is(err, xz.ErrMemlimit) {
		err = passed("of dictionary of an xz stream", maxDictionary, "bytes")
	}
	return n, err
}

// openLZMA reads the old format of LZMA Utils: properties, dictionary size, size or -1.
func openLZMA(r *bufio.Reader) (io.ReadCloser, error) {
	head, err := r.Peek(lzma.HeaderLen)
	if err != nil {
		return nil, err
	}
	if binary.LittleEndian.Uint32(head[1:5]) > maxDictionary {
		return nil, passed("of dictionary of an lzma stream", maxDictionary, "bytes")
	}
	z, err := lzma.NewReader(r)
	if err != nil {
		return nil, err
	}
	return io.NopCloser(lzmaReader{z, r}), nil
}

// lzmaReader fails, as xz does, on anything behind the stream.
type lzmaReader struct {
	io.Reader
	rest *bufio.Reader
}

func (l lzmaReader) Read(p []byte) (int, error) {
	n, err := l.Reader.Read(p)
	if err == io.EOF {
		if _, after := l.rest.Peek(1); after != io.EOF {
			err = errors.New("bytes after the end of the lzma stream")
		}
	}
	return n, err
}
