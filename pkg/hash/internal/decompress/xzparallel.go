package decompress

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"sync"

	"github.com/pinfetch/pinfetch/pkg/hash/internal/fault"
	"github.com/pinfetch/pinfetch/pkg/hash/internal/input"
	"github.com/pinfetch/pinfetch/pkg/hash/internal/spool"
)

// openXz returns a decoder of an xz stream, a parallel one if the stream has several blocks.
func openXz(ctx context.Context, in *input.Reader, opt Options) (io.ReadCloser, error) {
	file, size, ok := in.File()
	if ok {
		x, err := openParallel(ctx, file, size, opt)
		if !errors.Is(err, errNoBlocks) {
			return x, err
		}
	} else if head, _ := in.Peek(xzHeaderSize + 2); hasBlockSizes(head) {
		return openSpooled(ctx, in, opt)
	}
	x, err := newXzReader(in)
	return io.NopCloser(x), err
}

// openSpooled writes a stream that is likely to have several blocks to a temporary file, because its index is at its end.
func openSpooled(ctx context.Context, in *input.Reader, opt Options) (io.ReadCloser, error) {
	file, err := spool.TempFile(opt.TempDir)
	if err != nil {
		return nil, &ioError{err}
	}
	var decoder io.ReadCloser
	size, err := input.Copy(file, in)
	if err != nil {
		err = &ioError{err}
	} else if decoder, err = openParallel(ctx, file, size, opt); errors.Is(err, errNoBlocks) {
		in.Reset(io.NewSectionReader(file, 0, size))
		var x xzReader
		x, err = newXzReader(in)
		decoder = io.NopCloser(x)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return &spooled{decoder, file}, nil
}

// spooled is a decoder of a temporary file.
type spooled struct {
	io.ReadCloser
	file *os.File
}

func (s *spooled) Close() error { return errors.Join(s.ReadCloser.Close(), s.file.Close()) }

// parallel decodes the blocks of a stream in parallel into a temporary file, and
// reads them from there in order as they become ready.
//
// On two cores a stream of ten blocks, as multi-threaded xz writes them, takes half as long as decoding it in sequence.
type parallel struct {
	in     io.ReaderAt
	header []byte
	blocks []xzBlock
	ready  []chan struct{} // closed once a block is decoded
	errs   []error
	file   *os.File
	cancel context.CancelFunc
	worker sync.WaitGroup

	block  int // being read
	offset int64
}

// openParallel begins to decode a file. The error is [errNoBlocks] if it is not a stream of several blocks.
func openParallel(ctx context.Context, in io.ReaderAt, size int64, opt Options) (io.ReadCloser, error) {
	blocks, header, err := readBlocks(in, size)
	if err != nil {
		return nil, err
	}
	last := blocks[len(blocks)-1]
	if last.out+last.size > opt.MaxUnpacked {
		return nil, fault.Exceeded(fault.ErrUnpacked, opt.MaxUnpacked, "bytes of unpacked contents")
	}
	file, err := spool.TempFile(opt.TempDir)
	if err != nil {
		return nil, &ioError{err}
	}
	ctx, cancel := context.WithCancel(ctx)
	p := &parallel{in: in, header: header, blocks: blocks, errs: make([]error, len(blocks)), file: file, cancel: cancel}
	queue := make(chan int, len(blocks))
	for i := range blocks {
		p.ready = append(p.ready, make(chan struct{}))
		queue <- i
	}
	close(queue)
	for range min(len(blocks), runtime.GOMAXPROCS(0)) {
		p.worker.Go(func() {
			for i := range queue {
				p.errs[i] = p.decode(ctx, blocks[i])
				close(p.ready[i])
			}
		})
	}
	return p, nil
}

func (p *parallel) decode(ctx context.Context, b xzBlock) error {
	in := input.New(ctx, b.stream(p.in, p.header), input.Unlimited)
	r, err := newXzReader(in)
	if err != nil {
		return err
	}
	out := &outFile{io.NewOffsetWriter(p.file, b.out)}
	// One byte more than recorded is enough to detect a wrong record.
	n, err := input.Copy(out, io.LimitReader(r, b.size+1))
	switch {
	case in.Err() != nil:
		return &ioError{in.Err()}
	case err == nil && n != b.size:
		return fault.Corrupt("a block of the xz stream does not have the size in its index")
	}
	return err
}

// outFile marks the errors of a temporary file.
type outFile struct{ io.Writer }

func (o *outFile) Write(p []byte) (int, error) {
	n, err := o.Writer.Write(p)
	if err != nil {
		err = &ioError{err}
	}
	return n, err
}

func (p *parallel) Read(buf []byte) (int, error) {
	for ; p.block < len(p.blocks); p.block++ {
		b := p.blocks[p.block]
		<-p.ready[p.block]
		if err := p.errs[p.block]; err != nil {
			return 0, err
		}
		if left := b.out + b.size - p.offset; left > 0 {
			n, err := p.file.ReadAt(buf[:min(int64(len(buf)), left)], p.offset)
			p.offset += int64(n)
			if n > 0 {
				return n, nil
			}
			return 0, &ioError{err}
		}
	}
	return 0, io.EOF
}

func (p *parallel) Close() error {
	p.cancel()
	p.worker.Wait()
	return p.file.Close()
}
