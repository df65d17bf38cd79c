package hash

import (
	"io"
	"sync"
)

// Buffers between the goroutine that decodes and the one that parses.
const (
	pipeBuffers = 4         // that are recycled
	pipeBuffer  = 256 << 10 // bytes of each, a multiple of a tar block
	firstBuffer = 96 << 10  // bytes of the first, for which there is no goroutine
)

// pipe reads ahead on a goroutine of its own into a few recycled buffers. A stream that ends within the first
// needs no goroutine: small archives are hashed side by side.
type pipe struct {
	r    io.Reader // nil once it is read ahead
	full chan filled
	free chan []byte
	done chan struct{}
	wait sync.WaitGroup

	last []byte // the buffer that the consumer holds
	err  error  // what ended the stream
}

// filled is a buffer with bytes, and the error that ended the stream, if any.
type filled struct {
	data []byte
	err  error
}

// newPipe returns a pipe that reads r. Every buffer is full but the last.
func newPipe(r io.Reader) *pipe {
	return &pipe{
		r:    r,
		full: make(chan filled, pipeBuffers),
		free: make(chan []byte, pipeBuffers),
		done: make(chan struct{}),
	}
}

// first reads the first buffer, and begins to read ahead if there may be more.
func (p *pipe) first() filled {
	r := p.r
	p.r = nil
	buf := make([]byte, firstBuffer)
	n, err := readFull(r, buf)
	if err == nil {
		for range pipeBuffers - 1 {
			p.free <- make([]byte, pipeBuffer)
		}
		p.wait.Go(func() { p.fill(r) })
	}
	return filled{buf[:n], err}
}

func (p *pipe) fill(r io.Reader) {
	for {
		select {
		case <-p.done:
			return
		case buf := <-p.free:
			buf = buf[:cap(buf)]
			n, err := readFull(r, buf)
			p.full <- filled{buf[:n], err} // never blocks: there are as many places as buffers
			if err != nil {
				return
			}
		}
	}
}

// readFull is [io.ReadFull] that keeps the reader's own error.
func readFull(r io.Reader, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var m int
		m, err = r.Read(p[n:])
		n += m
	}
	return n, err
}

// next returns the next bytes, valid until the next call. At the end of the
// stream the error is [io.EOF].
func (p *pipe) next() ([]byte, error) {
	if p.last != nil {
		p.free <- p.last
		p.last = nil
	}
	if p.err != nil {
		return nil, p.err
	}
	f := p.take()
	p.err = f.err
	if len(f.data) == 0 {
		return nil, p.err
	}
	p.last = f.data
	return f.data, nil
}

func (p *pipe) take() filled {
	if p.r != nil {
		return p.first()
	}
	return <-p.full
}

// close ends the goroutine and waits for it.
func (p *pipe) close() {
	close(p.done)
	p.wait.Wait()
}
