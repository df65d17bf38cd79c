package hash

import (
	"hash"
	"sync"
)

// Buffers between the goroutine that reads contents and the one that hashes them.
const (
	behindBuffers = 3 // that are recycled
	behindBuffer  = 256 << 10
)

// behind hashes on a goroutine of its own what is written to it. Write never fails.
type behind struct {
	sum  hash.Hash
	full chan []byte
	free chan []byte
	wait sync.WaitGroup
	buf  []byte // that is being filled
}

// hashBehind begins to hash. Its finish must be called.
func hashBehind(sum hash.Hash) *behind {
	b := &behind{sum: sum, full: make(chan []byte, behindBuffers), free: make(chan []byte, behindBuffers)}
	for range behindBuffers - 1 {
		b.free <- nil // made when it is needed: most trees are small
	}
	b.wait.Go(func() {
		for buf := range b.full {
			b.sum.Write(buf)
			b.free <- buf[:0]
		}
	})
	return b
}

func (b *behind) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		took := min(len(p), behindBuffer-len(b.buf))
		b.buf = append(b.buf, p[:took]...)
		p = p[took:]
		if len(b.buf) == behindBuffer {
			b.full <- b.buf
			b.buf = <-b.free
		}
	}
	return n, nil
}

// finish waits until all is hashed and returns the digest.
func (b *behind) finish() []byte {
	b.full <- b.buf
	close(b.full)
	b.wait.Wait()
	return b.sum.Sum(nil)
}
