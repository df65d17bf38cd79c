package hash

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// DirOptions says how [Dir] hashes. The zero value is that of "nix hash path".
type DirOptions struct {
	// Skip leaves out every entry below path for whose base name it returns
	// true, at any depth, with all that is in it: fetchgit removes every ".git". nil leaves out nothing.
	Skip      func(name string) bool
	Algorithm Algorithm
}

// How a directory is read: one goroutine walks it and frames the NAR, some read files, one hashes.
const (
	batchFiles  = 32        // files of one batch
	batchFrame  = 64 << 10  // bytes of framing after which a batch goes on its way
	batchBytes  = 1 << 20   // bytes of contents of one batch
	inlineBytes = 256 << 10 // a larger file is read while it is hashed
	batches     = 12        // under way at once
	maxReaders  = 4         // goroutines that read files
)

// Dir returns the digest of the NAR of the directory, file or symbolic link at
// path, as "nix hash path" does. Names are raw bytes; a file is executable if its owner may execute it.
// The error is an [ErrRefused] where the tree holds a socket, fifo or device,
// or that of the file system or of ctx.
func Dir(ctx context.Context, path string, opt DirOptions) (SRI, error) {
	return hashDir(ctx, path, opt, nil)
}

func hashDir(ctx context.Context, path string, opt DirOptions, watch *dirWatcher) (SRI, error) {
	ctx, cancel := context.WithCancel(ctx)
	d := &dirHasher{
		ctx: ctx, opt: opt, watch: watch,
		free: make(chan *batch, batches), read: make(chan *batch, batches), ready: make(chan *batch, batches),
	}
	for range batches {
		d.free <- &batch{}
	}
	var work sync.WaitGroup
	work.Go(func() { d.walk(path) })
	for range min(maxReaders, runtime.GOMAXPROCS(0)) {
		work.Go(d.readFiles)
	}
	h := opt.Algorithm.New()
	err := d.hash(h)
	cancel()
	work.Wait()
	if err != nil {
		return SRI{}, err
	}
	return NewSRI(opt.Algorithm, h.Sum(nil)), nil
}

// dirHasher passes batches round: from free to the walker, from it to a reader and,
// in the NAR's order, to the hasher, and back to free.
type dirHasher struct {
	ctx   context.Context
	opt   DirOptions
	watch *dirWatcher // nil for none

	free, read, ready chan *batch
	batch             *batch // that the walker fills
}

// batch is a stretch of the NAR.
type batch struct {
	frame []byte // all but the files
	files []batchFile
	data  []byte // contents of the files that are inline
	done  chan struct{}
	err   error // of the walker or the reader
	last  bool
}

// batchFile is a file within a batch.
type batchFile struct {
	path   string
	at     int // its place in frame
	exec   bool
	size   int64
	inline bool // its contents are the next of data
}

// walk frames the tree at path.
func (d *dirHasher) walk(path string) {
	defer close(d.read)
	d.batch = d.next()
	err := error(nil)
	if d.batch != nil {
		d.batch.frame = append(d.batch.frame, narMagic...)
		err = d.walkNode(path)
	}
	if d.batch != nil {
		d.batch.err, d.batch.last = err, true
		d.send()
	}
	close(d.ready)
}

// next takes an empty batch, nil once the context is done.
func (d *dirHasher) next() *batch {
	select {
	case b := <-d.free:
		*b = batch{frame: b.frame[:0], files: b.files[:0], data: b.data[:0], done: make(chan struct{})}
		return b
	case <-d.ctx.Done():
		return nil
	}
}

// send sends the batch on its way. There are as many places as batches: it never blocks.
func (d *dirHasher) send() {
	d.read <- d.batch
	d.ready <- d.batch
	d.batch = nil
}

func (d *dirHasher) walkNode(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return fmt.Errorf("hash: %w", err)
	}
	return d.walkEntry(path, info.Mode().Type())
}

func (d *dirHasher) walkEntry(path string, mode fs.FileMode) error {
	b := d.batch
	switch mode {
	case 0:
		b.files = append(b.files, batchFile{path: path, at: len(b.frame)})
		return nil
	case fs.ModeSymlink:
		target, err := os.Readlink(path)
		if err != nil {
			return fmt.Errorf("hash: %w", err)
		}
		b.frame = append(appendString(append(b.frame, narLink...), target), narClose...)
		return nil
	case fs.ModeDir:
		return d.walkDir(path)
	}
	return refused(path, "a %s has no place in the Nix store", mode)
}

func (d *dirHasher) walkDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("hash: %w", err)
	}
	entries, err := dir.ReadDir(-1)
	if err := errors.Join(err, dir.Close()); err != nil {
		return fmt.Errorf("hash: %w", err)
	}
	if d.opt.Skip != nil {
		entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return d.opt.Skip(e.Name()) })
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	if d.watch != nil {
		d.watch.walked(path, namesOf(entries))
	}
	d.batch.frame = append(d.batch.frame, narDir...)
	for _, entry := range entries {
		name := entry.Name()
		b := d.batch
		b.frame = append(appendString(append(b.frame, narEntry...), name), narNode...)
		if err := d.walkEntry(path+"/"+name, entry.Type()); err != nil {
			return err
		}
		b = d.batch
		b.frame = append(b.frame, narClose...)
		if len(b.files) >= batchFiles || len(b.frame) >= batchFrame {
			d.send()
			if d.batch = d.next(); d.batch == nil {
				return fmt.Errorf("hash: %w", context.Cause(d.ctx))
			}
		}
	}
	d.batch.frame = append(d.batch.frame, narClose...)
	return nil
}

func namesOf(entries []fs.DirEntry) []string {
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.Name()
	}
	return names
}

// readFiles reads the files of batches.
func (d *dirHasher) readFiles() {
	for b := range d.read {
		for i := range b.files {
			if b.err != nil || d.ctx.Err() != nil {
				break
			}
			if err := b.read(&b.files[i]); err != nil {
				b.err = fmt.Errorf("hash: %w", err)
			}
		}
		close(b.done)
	}
}

// read finds out what a file is, and reads it if it is small. It makes system calls of its own: package
// os would ask for each file whether it can be waited for.
func (b *batch) read(f *batchFile) error {
	fd, err := openFile(f.path)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	var info syscall.Stat_t
	if err := syscall.Fstat(fd, &info); err != nil {
		return &fs.PathError{Op: "stat", Path: f.path, Err: err}
	}
	if info.Mode&syscall.S_IFMT != syscall.S_IFREG {
		return changed(f.path)
	}
	f.exec, f.size = info.Mode&modeSearch != 0, info.Size
	if f.size > inlineBytes || int64(len(b.data))+f.size > batchBytes {
		return nil
	}
	f.inline = true
	start := len(b.data)
	b.data = slices.Grow(b.data, int(f.size)+1)
	buf := b.data[start : start+int(f.size)+1] // one more, to see that it does not grow
	n := 0
	for {
		m, err := syscall.Read(fd, buf[n:])
		switch {
		case err == syscall.EINTR:
			continue
		case err != nil:
			return &fs.PathError{Op: "read", Path: f.path, Err: err}
		}
		n += m
		if m == 0 || n == len(buf) {
			break
		}
	}
	if int64(n) != f.size {
		return changed(f.path)
	}
	b.data = b.data[:start+n]
	return nil
}

func openFile(path string) (int, error) {
	for {
		fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return -1, &fs.PathError{Op: "open", Path: path, Err: err}
		}
		return fd, nil
	}
}

func changed(path string) error { return fmt.Errorf("read %q: it changed meanwhile", path) }

// hash hashes batches in order.
func (d *dirHasher) hash(w io.Writer) error {
	buf := make([]byte, 0, narBuffer+4<<10)
	for b := range d.ready {
		<-b.done
		if b.err != nil {
			return b.err
		}
		if err := d.ctx.Err(); err != nil {
			return fmt.Errorf("hash: %w", context.Cause(d.ctx))
		}
		frame, data := 0, 0
		for i := range b.files {
			f := &b.files[i]
			buf = append(buf, b.frame[frame:f.at]...)
			frame = f.at
			buf = append(buf, fileFrame(f.exec)...)
			buf = binary.LittleEndian.AppendUint64(buf, uint64(f.size))
			if f.inline {
				contents := b.data[data : data+int(f.size)]
				data += len(contents)
				d.watch.hashed(f.path, contents)
				if len(buf)+len(contents) > narBuffer {
					w.Write(buf)
					buf = buf[:0]
				}
				if len(contents) > narBuffer {
					w.Write(contents)
				} else {
					buf = append(buf, contents...)
				}
			} else {
				w.Write(buf)
				buf = buf[:0]
				if err := d.stream(w, f); err != nil {
					return err
				}
			}
			buf = append(buf, zeros[:padding(f.size)]...)
			buf = append(buf, narClose...)
		}
		buf = append(buf, b.frame[frame:]...)
		w.Write(buf)
		buf = buf[:0]
		if b.last {
			return nil
		}
		d.free <- b
	}
	return fmt.Errorf("hash: %w", context.Cause(d.ctx)) // the walker stops without a last batch only then
}

// stream hashes a large file as it is read.
func (d *dirHasher) stream(w io.Writer, f *batchFile) error {
	file, err := os.Open(f.path)
	if err != nil {
		return fmt.Errorf("hash: %w", err)
	}
	defer file.Close()
	r := newSource(d.ctx, file, maxInt64)
	n, err := io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{r}, make([]byte, copyBuffer))
	if err != nil {
		return fmt.Errorf("hash %q: %w", f.path, err)
	}
	if n != f.size {
		return changed(f.path)
	}
	return nil
}

func fileFrame(exec bool) string {
	if exec {
		return narExecutable
	}
	return narFile
}
