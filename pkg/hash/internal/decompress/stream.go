// Package decompress decodes compressed streams on a goroutine of its own.
//
// What may follow a stream is accepted exactly where the program that tar calls accepts it.
package decompress

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/pinfetch/pinfetch/pkg/hash/internal/fault"
	"github.com/pinfetch/pinfetch/pkg/hash/internal/inflate"
	"github.com/pinfetch/pinfetch/pkg/hash/internal/input"
)

// bufferCount is how many buffers are between the goroutine that decodes and the one that parses. They are recycled and
// have [inflate.Size] bytes. A tar.gz takes 8 % longer with four.
const bufferCount = 8

// Options are needed for xz streams of several blocks, which are decoded in parallel into a temporary file.
type Options struct {
	TempDir     string
	MaxUnpacked int64 // bytes that such a stream may decode to
}

// Stream is a decoded stream. It is read ahead into a few recycled buffers.
type Stream struct {
	ctx     context.Context
	in      *input.Reader
	format  Format
	decoder decoder

	full   chan filled
	free   chan *inflate.Buffer
	done   chan struct{}
	worker sync.WaitGroup

	current *inflate.Buffer // that the consumer uses
	err     error           // what ended the stream
}

// decoder decodes a stream into buffers.
type decoder interface {
	// Next fills a buffer and returns its bytes: [inflate.Size] of them, or less with an error, which is [io.EOF] at
	// the end of the stream. It may read the buffer before, but not write to it.
	Next(*inflate.Buffer) ([]byte, error)
	io.Closer
}

// filled is a buffer, its bytes, and the error that ended the stream, if any.
type filled struct {
	buf  *inflate.Buffer
	data []byte
	err  error
}

// Open begins to decode a stream. Every error, here and of [Stream.Next], is of the class [fault.ErrCorrupt] or
// [fault.ErrLimit], or that of the input, of the context or of the temporary file.
func Open(ctx context.Context, in *input.Reader, f Format, opt Options) (*Stream, error) {
	s := &Stream{
		ctx: ctx, in: in, format: f,
		full: make(chan filled, bufferCount),
		free: make(chan *inflate.Buffer, bufferCount),
		done: make(chan struct{}),
	}
	decoder, err := open(ctx, in, f, opt)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, s.classify(err)
	}
	s.decoder = decoder
	for range bufferCount {
		s.free <- nil // allocated when it is needed: most archives are small
	}
	s.worker.Go(s.readAhead)
	return s, nil
}

// classify distinguishes errors about damaged data from those of the input.
func (s *Stream) classify(err error) error {
	var fileError *ioError
	switch {
	case err == nil:
		return nil
	case s.in.Err() != nil:
		return s.in.Err()
	case s.ctx.Err() != nil:
		return context.Cause(s.ctx)
	case errors.As(err, &fileError):
		return fileError.err
	case err == io.EOF, errors.Is(err, fault.ErrLimit), errors.Is(err, fault.ErrCorrupt):
		return err
	case err == io.ErrUnexpectedEOF:
		return fault.Corrupt("the %v stream ends too early", s.format)
	}
	return fault.Corrupt("decode %v: %w", s.format, err)
}

// ioError is an error of a temporary file.
type ioError struct{ err error }

func (e *ioError) Error() string { return e.err.Error() }

// Next returns the next bytes, valid until the next call. All buffers except the last are full and a multiple of
// 512 bytes, a tar's block. At the end of the stream the error is [io.EOF].
func (s *Stream) Next() ([]byte, error) {
	if s.current != nil {
		s.free <- s.current
		s.current = nil
	}
	if s.err != nil {
		return nil, s.err
	}
	f := <-s.full
	s.err = f.err
	if len(f.data) == 0 {
		return nil, s.err
	}
	s.current = f.buf
	return f.data, nil
}

func (s *Stream) readAhead() {
	for {
		select {
		case <-s.done:
			return
		case buf := <-s.free:
			if buf == nil {
				buf = new(inflate.Buffer)
			}
			data, err := s.decoder.Next(buf)
			s.full <- filled{buf, data, s.classify(err)} // never blocks: it has room for every buffer
			if err != nil {
				return
			}
		}
	}
}

// Close ends the goroutine, waits for it and releases the decoder.
func (s *Stream) Close() error {
	close(s.done)
	s.worker.Wait()
	return s.decoder.Close()
}
