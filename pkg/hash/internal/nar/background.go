package nar

import (
	"crypto"
	"hash"
	"io"
	"slices"
	"sync"
)

// Buffers between the goroutine that reads contents and the one that hashes them.
const (
	backgroundBuffers = 3         // recycled
	backgroundBuffer  = 256 << 10 // bytes of each
)

// Background hashes on its own goroutine what is written to it. Write never fails.
type Background struct {
	sum    hash.Hash
	full   chan []byte
	free   chan []byte
	worker sync.WaitGroup
	buf    []byte // being filled
}

// NewBackground starts the goroutine, which ends with [Background.Sum].
func NewBackground(h crypto.Hash) *Background {
	b := &Background{sum: h.New(), full: make(chan []byte, backgroundBuffers), free: make(chan []byte, backgroundBuffers)}
	for range backgroundBuffers - 1 {
		b.free <- nil // allocated when it is needed: most trees are small
	}
	b.worker.Go(func() {
		for buf := range b.full {
			b.sum.Write(buf)
			b.free <- buf[:0]
		}
	})
	return b
}

func (b *Background) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		taken := min(len(p), backgroundBuffer-len(b.buf))
		b.buf = append(b.buf, p[:taken]...)
		p = p[taken:]
		if len(b.buf) == backgroundBuffer {
			b.pass()
		}
	}
	return n, nil
}

// ReadFrom hashes all of r while it is read. The error is that of r.
func (b *Background) ReadFrom(r io.Reader) (n int64, err error) {
	for err == nil {
		b.buf = slices.Grow(b.buf, backgroundBuffer-len(b.buf))
		var m int
		m, err = r.Read(b.buf[len(b.buf):backgroundBuffer])
		b.buf = b.buf[:len(b.buf)+m]
		n += int64(m)
		if len(b.buf) == backgroundBuffer {
			b.pass()
		}
	}
	if err == io.EOF {
		err = nil
	}
	return n, err
}

// pass gives the full buffer to the goroutine.
func (b *Background) pass() {
	b.full <- b.buf
	if b.buf = <-b.free; b.buf == nil {
		b.buf = make([]byte, 0, backgroundBuffer) // now that the first one was full
	}
}

// Sum waits until everything is hashed and returns the digest. It must be called exactly once.
func (b *Background) Sum() []byte {
	b.full <- b.buf
	close(b.full)
	b.worker.Wait()
	return b.sum.Sum(nil)
}
