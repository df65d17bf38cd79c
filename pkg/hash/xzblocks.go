package hash

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"runtime"
	"sync"

	"github.com/mikelolasagasti/xz"
)

// The parts of an xz stream (xz-file-format.txt, version 1.2.0, sections 2 to 4).
const (
	xzMagic      = "\xfd7zXZ\x00"
	xzHeaderSize = 12
	xzFooterSize = 12
	xzMaxIndex   = 16 << 20 // bytes of an index that are read
	xzSizesFlags = 0xc0     // of a block header that says both sizes, as multi-threaded xz writes them
)

// xzBlock is one block of a stream, which can be decoded apart from the others.
type xzBlock struct {
	off, unpadded int64 // in the stream
	out, size     int64 // in what is decoded
}

// errNoBlocks means that a file is not one stream of several blocks.
var errNoBlocks = errors.New("not one xz stream of several blocks")

// xzBlocks reads the index of a file that is one xz stream of several blocks.
func xzBlocks(r io.ReaderAt, size int64) (blocks []xzBlock, header []byte, err error) {
	if size < xzHeaderSize+xzFooterSize {
		return nil, nil, errNoBlocks
	}
	header, footer := make([]byte, xzHeaderSize), make([]byte, xzFooterSize)
	if err := readAt(r, header, 0); err != nil {
		return nil, nil, err
	}
	if err := readAt(r, footer, size-xzFooterSize); err != nil {
		return nil, nil, err
	}
	indexSize := (int64(binary.LittleEndian.Uint32(footer[4:])) + 1) * 4
	if string(footer[10:]) != "YZ" || !bytes.Equal(footer[8:10], header[6:8]) || !sumMatches(footer[:4], footer[4:10]) ||
		!bytes.HasPrefix(header, []byte(xzMagic)) || !sumMatches(header[8:], header[6:8]) ||
		indexSize > xzMaxIndex || indexSize > size-xzHeaderSize-xzFooterSize {
		return nil, nil, errNoBlocks
	}
	index := make([]byte, indexSize)
	if err := readAt(r, index, size-xzFooterSize-indexSize); err != nil {
		return nil, nil, err
	}
	if !sumMatches(index[indexSize-4:], index[:indexSize-4]) || index[0] != 0 {
		return nil, nil, errNoBlocks
	}
	blocks, end, ok := parseXZIndex(index[1 : indexSize-4])
	if !ok || end != size-xzFooterSize-indexSize || len(blocks) < 2 {
		return nil, nil, errNoBlocks
	}
	return blocks, header, nil
}

func sumMatches(sum, data []byte) bool {
	return binary.LittleEndian.Uint32(sum) == crc32.ChecksumIEEE(data)
}

func readAt(r io.ReaderAt, p []byte, off int64) error {
	n, err := r.ReadAt(p, off)
	if n == len(p) {
		return nil
	}
	return err
}

// parseXZIndex reads the records of an index, and returns where the blocks end.
func parseXZIndex(index []byte) (blocks []xzBlock, end int64, ok bool) {
	next := func() (int64, bool) {
		v, n := binary.Uvarint(index)
		if n <= 0 || v > 1<<62 {
			return 0, false
		}
		index = index[n:]
		return int64(v), true
	}
	count, ok := next()
	if !ok || count > int64(len(index)) {
		return nil, 0, false
	}
	end = xzHeaderSize
	var out int64
	for range count {
		unpadded, ok := next()
		size, ok2 := next()
		if !ok || !ok2 || unpadded == 0 || end+unpadded < end || out+size < out {
			return nil, 0, false
		}
		blocks = append(blocks, xzBlock{end, unpadded, out, size})
		end += (unpadded + 3) &^ 3
		out += size
	}
	return blocks, end, len(bytes.Trim(index, "\x00")) == 0 && len(index) < 4
}

// stream returns the block as a stream of its own.
func (b xzBlock) stream(r io.ReaderAt, header []byte) io.Reader {
	index := []byte{0, 1}
	index = binary.AppendUvarint(index, uint64(b.unpadded))
	index = binary.AppendUvarint(index, uint64(b.size))
	index = append(index, zeros[:-len(index)&3]...)
	index = binary.LittleEndian.AppendUint32(index, crc32.ChecksumIEEE(index))
	footer := binary.LittleEndian.AppendUint32(nil, uint32(len(index)/4-1))
	footer = append(footer, header[6:8]...)
	footer = append(binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(footer)), footer...)
	return io.MultiReader(bytes.NewReader(header), io.NewSectionReader(r, b.off, (b.unpadded+3)&^3),
		bytes.NewReader(index), bytes.NewReader(append(footer, "YZ"...)))
}

// xzParallel decodes the blocks of a stream side by side into an unnamed file, and
// reads them from there in order as they become ready.
type xzParallel struct {
	in     io.ReaderAt
	header []byte
	blocks []xzBlock
	ready  []chan error
	file   *os.File
	cancel context.CancelFunc
	work   sync.WaitGroup

	block int   // that is read
	off   int64 // in file
}

// openXZBlocks begins to decode. close releases in, if it has to be.
func openXZBlocks(ctx context.Context, in io.ReaderAt, header []byte, blocks []xzBlock, dir string) (*xzParallel, error) {
	file, err := unnamedFile(dir)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	x := &xzParallel{in: in, header: header, blocks: blocks, file: file, cancel: cancel}
	queue := make(chan int, len(blocks))
	for i := range blocks {
		x.ready = append(x.ready, make(chan error, 1))
		queue <- i
	}
	close(queue)
	for range min(len(blocks), runtime.GOMAXPROCS(0)) {
		x.work.Go(func() {
			buf := make([]byte, copyBuffer)
			for i := range queue {
				x.ready[i] <- x.decode(ctx, blocks[i], buf)
			}
		})
	}
	return x, nil
}

func (x *xzParallel) decode(ctx context.Context, b xzBlock, buf []byte) error {
	in := bufio.NewReaderSize(newSource(ctx, b.stream(x.in, x.header), maxInt64), copyBuffer)
	r, err := xz.NewReader(in, maxDictionary)
	if err != nil {
		return err
	}
	out := io.NewOffsetWriter(x.file, b.out)
	// One byte more than promised is enough to see that the promise is broken.
	limited := io.LimitReader(xzReader{r}, b.size+1)
	n, err := io.CopyBuffer(struct{ io.Writer }{out}, struct{ io.Reader }{limited}, buf)
	if err == nil && n != b.size {
		err = corrupt("a block of the xz stream has another size than its index says")
	}
	return err
}

func (x *xzParallel) Read(p []byte) (int, error) {
	for {
		if x.block == len(x.blocks) {
			return 0, io.EOF
		}
		b := x.blocks[x.block]
		if x.off == b.out {
			if err := <-x.ready[x.block]; err != nil {
				x.ready[x.block] <- err
				return 0, err
			}
			x.ready[x.block] <- nil
		}
		if left := b.out + b.size - x.off; left > 0 {
			n, err := x.file.ReadAt(p[:min(int64(len(p)), left)], x.off)
			x.off += int64(n)
			if n > 0 {
				err = nil
			}
			return n, err
		}
		x.block++
	}
}

func (x *xzParallel) Close() error {
	x.cancel()
	x.work.Wait()
	return x.file.Close()
}

// hasBlockSizes reports whether the first block of an xz stream says its sizes: then there may be more blocks.
func hasBlockSizes(head []byte) bool {
	return len(head) > xzHeaderSize+1 && head[xzHeaderSize] != 0 && head[xzHeaderSize+1]&xzSizesFlags == xzSizesFlags
}

// xzBlockReader returns a decoder of the blocks of an xz stream side by side. It is nil if there is but one
// block, or no telling without reading the whole stream first; in then stands where it stood.
func (a *archive) xzBlockReader(in *bufio.Reader) (io.ReadCloser, error) {
	file, size, isOwn, err := a.wholeFile(in)
	if file == nil || err != nil {
		return nil, err
	}
	blocks, header, err := xzBlocks(file, size)
	if err == nil {
		last := blocks[len(blocks)-1]
		if err = a.fits(last.out + last.size); err == nil {
			var x *xzParallel
			if x, err = openXZBlocks(a.ctx, file, header, blocks, a.spool.dir); err == nil {
				return x, nil
			}
		}
	}
	if isOwn && errors.Is(err, errNoBlocks) { // the stream is in the file now
		in.Reset(io.NewSectionReader(file, 0, size))
	}
	if errors.Is(err, errNoBlocks) {
		err = nil
	}
	return nil, err
}

func (a *archive) fits(unpacked int64) error {
	if unpacked > a.limits.Unpacked {
		return passed("of unpacked contents", a.limits.Unpacked, "bytes")
	}
	return nil
}

// wholeFile returns the archive as a file, if it is one, or if it is worth to make it one.
func (a *archive) wholeFile(in *bufio.Reader) (file *os.File, size int64, isOwn bool, err error) {
	if own, ok := a.source.r.(*os.File); ok {
		info, err := own.Stat()
		at, seekErr := own.Seek(0, io.SeekCurrent)
		if err == nil && seekErr == nil && info.Mode().IsRegular() && at == a.source.n {
			return own, info.Size(), false, nil
		}
	}
	head, _ := in.Peek(xzHeaderSize + 2)
	if !hasBlockSizes(head) {
		return nil, 0, false, nil
	}
	file, err = unnamedFile(a.spool.dir)
	if err != nil {
		return nil, 0, false, err
	}
	a.compressed = file
	size, err = io.CopyBuffer(struct{ io.Writer }{file}, struct{ io.Reader }{in}, make([]byte, copyBuffer))
	return file, size, true, err
}
