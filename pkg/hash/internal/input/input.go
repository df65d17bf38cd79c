// Package input reads streams that come from outside.
package input

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/pinfetch/pinfetch/pkg/hash/internal/fault"
)

// Unlimited is the limit of a stream that may have any length.
const Unlimited = math.MaxInt64

// Buffer sizes in bytes.
const (
	peekBuffer = 64 << 10
	copyBuffer = 256 << 10
)

// Reader reads a stream until its context is done or its limit is exceeded. It keeps
// the stream's own error, so that it can be told from the error that a decoder makes of it.
type Reader struct {
	*bufio.Reader
	source *source
}

// New returns a Reader of at most limit bytes of r. One byte more is an error of the class [fault.ErrDownload].
func New(ctx context.Context, r io.Reader, limit int64) *Reader {
	s := &source{ctx: ctx, r: r, limit: limit}
	return &Reader{bufio.NewReaderSize(s, peekBuffer), s}
}

// Err returns the error that ended the stream, nil at its regular end.
func (r *Reader) Err() error { return r.source.err }

// File returns the regular file that is being read and its size, if the stream is such a file, read from its beginning,
// and within the limit.
func (r *Reader) File() (*os.File, int64, bool) {
	file, ok := r.source.r.(*os.File)
	if !ok {
		return nil, 0, false
	}
	info, err := file.Stat()
	at, seekErr := file.Seek(0, io.SeekCurrent)
	if err != nil || seekErr != nil || !info.Mode().IsRegular() || at != r.source.n || info.Size() > r.source.limit {
		return nil, 0, false
	}
	return file, info.Size(), true
}

type source struct {
	ctx   context.Context
	r     io.Reader
	limit int64
	n     int64 // bytes read
	err   error // never io.EOF
}

func (s *source) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	if s.ctx.Err() != nil {
		s.err = fmt.Errorf("read: %w", context.Cause(s.ctx))
		return 0, s.err
	}
	n, err := s.r.Read(p)
	s.n += int64(n)
	if s.n > s.limit {
		s.err = fault.Exceeded(fault.ErrDownload, s.limit, "bytes of download")
		return 0, s.err
	}
	if err != nil && err != io.EOF {
		s.err = fmt.Errorf("read: %w", err)
		return n, s.err
	}
	return n, err
}

// Copy copies r to w through a buffer of 256 KiB. It hides their other methods, through which [io.Copy] would choose
// another size.
func Copy(w io.Writer, r io.Reader) (int64, error) {
	return io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{r}, make([]byte, copyBuffer))
}
