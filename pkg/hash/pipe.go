package hash

import (
	"io"
	"sync"
)

// Buffers between the goroutine that decodes and the one that parses.
const (
	pipeBuffers = 4         // that are recycled
	pipeBuffer  = 256 << 10 // bytes of each, a multiple of a tar block
)

// pipe reads ahead on a goroutine of its own into a few recycled buffers.
type pipe struct {
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

// newPipe begins to read r. Every buffer is full but the last.
func newPipe(r io.Reader) *pipe {
	p := &pipe{
		full: make(chan filled, pipeBuffers),
		free: make(chan []byte, pipeBuffers),
		done: make(chan struct{}),
	}
	for range pipeBuffers {
		p.free <- nil
	}
	p.wait.Go(func() { p.fill(r) })
	return p
}

func (p *pipe) fill(r io.Reader) {
	for {
		select {
		case <-p.done:
			return
		case buf := <-p.free:
			if buf == nil {
				buf = make([]byte, pipeBuffer)
			}
			n, err := readFull(r, buf[:pipeBuffer])
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
	f := <-p.full
	p.err = f.err
	if len(f.data) == 0 {
		return nil, p.err
	}
	p.last = f.data
	return f.data, nil
}

// close ends the goroutine and waits for it.
func (p *pipe) close() {
	close(p.done)
	p.wait.Wait()
}
