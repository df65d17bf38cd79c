package binarycache

import (
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	unxz "github.com/mikelolasagasti/xz"
	"github.com/ulikunitz/xz"
)

// Compression is how NARs are compressed, as narinfos name it.
type Compression string

const (
	Zstd Compression = "zstd"
	XZ   Compression = "xz"
	None Compression = "none"
)

// extension is the end of a NAR's name.
func (c Compression) extension() string {
	switch c {
	case Zstd:
		return ".nar.zst"
	case XZ:
		return ".nar.xz"
	}
	return ".nar"
}

// zstdThreads is how many blocks are compressed at once. Each takes some MiB.
const zstdThreads = 2

// writer compresses what is written to it. Close ends the stream, not w.
func (c Compression) writer(w io.Writer) (io.WriteCloser, error) {
	switch c {
	case Zstd:
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(zstdThreads), zstd.WithWindowSize(1<<20))
	case XZ:
		return xz.NewWriter(w)
	case None:
		return plain{w}, nil
	}
	return nil, fmt.Errorf("compression %q: %w", c, ErrDamaged)
}

type plain struct{ io.Writer }

func (plain) Close() error { return nil }

// maxWindow bounds the memory that a NAR can make a reader use, in bytes; that of nix's own caches is 8 MiB.
const maxWindow = 64 << 20

// reader decompresses.
func (c Compression) reader(r io.Reader) (io.ReadCloser, error) {
	switch c {
	case Zstd:
		d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	case XZ:
		x, err := unxz.NewReader(r, maxWindow)
		return io.NopCloser(x), err
	case None:
		return io.NopCloser(r), nil
	}
	return nil, fmt.Errorf("compression %q: %w", c, ErrDamaged)
}
