package decompress

import (
	"bufio"
	"context"
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/mikelolasagasti/xz"
	"github.com/ulikunitz/xz/lzma"

	"github.com/pinfetch/pinfetch/pkg/hash/internal/fault"
	"github.com/pinfetch/pinfetch/pkg/hash/internal/inflate"
	"github.com/pinfetch/pinfetch/pkg/hash/internal/input"
)

const (
	// maxDictionary bounds the memory in bytes that an xz, lzma or lzip stream may request for its dictionary. It is twice
	// what "xz -9" needs.
	maxDictionary = 128 << 20

	// maxWindow is the largest window of a zstd frame in bytes; "zstd -d" refuses larger ones.
	maxWindow = 128 << 20
)

func open(ctx context.Context, in *input.Reader, f Format, opt Options) (decoder, error) {
	if f == Gzip {
		g, err := inflate.NewGzip(in.Reader)
		return gzipDecoder{g}, err
	}
	r, err := openReader(ctx, in, f, opt)
	return readDecoder{r}, err
}

// gzipDecoder has nothing to close.
type gzipDecoder struct{ *inflate.Gzip }

func (gzipDecoder) Close() error { return nil }

// readDecoder fills buffers from a reader.
type readDecoder struct{ io.ReadCloser }

// Next implements [decoder]. Unlike [io.ReadFull] it keeps the reader's own error.
func (r readDecoder) Next(b *inflate.Buffer) ([]byte, error) {
	buf := b.Bytes()
	n, err := 0, error(nil)
	for n < len(buf) && err == nil {
		var m int
		m, err = r.Read(buf[n:])
		n += m
	}
	return buf[:n], err
}

func openReader(ctx context.Context, in *input.Reader, f Format, opt Options) (io.ReadCloser, error) {
	switch f {
	case Bzip2:
		return openBzip2(in.Reader), nil
	case Xz:
		return openXz(ctx, in, opt)
	case LZMA:
		return openLZMA(in.Reader)
	case Zstd:
		z, err := zstd.NewReader(in.Reader, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	case Lzip:
		return io.NopCloser(&lzipReader{r: in.Reader}), nil
	default:
		return io.NopCloser(in.Reader), nil
	}
}

// checkDictionary refuses dictionaries that need too much memory.
func checkDictionary(size uint32) error {
	if size > maxDictionary {
		return fault.Exceeded(fault.ErrLimit, maxDictionary, "bytes of dictionary")
	}
	return nil
}

// xzReader classifies the error of a dictionary that is too large.
type xzReader struct{ *xz.Reader }

func newXzReader(r io.Reader) (xzReader, error) {
	x, err := xz.NewReader(r, maxDictionary)
	return xzReader{x}, err
}

func (x xzReader) Read(p []byte) (int, error) {
	n, err := x.Reader.Read(p)
	if errors.Is(err, xz.ErrMemlimit) {
		err = checkDictionary(maxDictionary + 1)
	}
	return n, err
}

// lzmaReader reads the older format of LZMA Utils: properties, dictionary size, size or -1. As xz does, it fails
// if anything follows the stream.
type lzmaReader struct {
	*lzma.Reader
	rest *bufio.Reader
}

func openLZMA(r *bufio.Reader) (io.ReadCloser, error) {
	head, err := r.Peek(lzma.HeaderLen)
	if err != nil {
		return nil, err
	}
	if err := checkDictionary(le.Uint32(head[1:])); err != nil {
		return nil, err
	}
	z, err := lzma.NewReader(r)
	if err != nil {
		return nil, err
	}
	return io.NopCloser(lzmaReader{z, r}), nil
}

func (l lzmaReader) Read(p []byte) (int, error) {
	n, err := l.Reader.Read(p)
	if err == io.EOF {
		if _, after := l.rest.Peek(1); after != io.EOF {
			err = errors.New("bytes after the end of the stream")
		}
	}
	return n, err
}
