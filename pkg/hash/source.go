package hash

import (
	"context"
	"fmt"
	"io"
)

// source reads a stream from outside: it obeys the context, holds the limit,
// and keeps the stream's own error apart from those that a decoder makes of it.
type source struct {
	ctx   context.Context
	r     io.Reader
	limit int64
	n     int64
	err   error // nil until the stream fails or a limit is passed; never io.EOF
}

func newSource(ctx context.Context, r io.Reader, limit int64) *source {
	return &source{ctx: ctx, r: r, limit: limit}
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
		s.err = passed("of download", s.limit, "bytes")
		return 0, s.err
	}
	if err != nil && err != io.EOF {
		s.err = fmt.Errorf("read: %w", err)
		return n, s.err
	}
	return n, err
}
