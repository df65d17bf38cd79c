package hash

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
)

// DefaultMemory is how many bytes of contents are held in memory before the
// rest goes to one unnamed file: 8 MiB.
const DefaultMemory = 8 << 20

// spoolChunk is the unit of memory and of reads and writes of the file, 256 KiB.
const spoolChunk = 256 << 10

// spoolWindows is how many blocks of the file are held once they were read. A directory's files are
// near each other in an archive, if not in order: a block is read but once.
const spoolWindows = 16

// SpoolOptions says where contents are kept until they can be hashed.
type SpoolOptions struct {
	Limits  Limits
	TempDir string // where contents beyond Memory are spooled, in one unnamed file; default [os.TempDir]
	Memory  int64  // bytes held in memory; default [DefaultMemory]
}

// spool holds bytes in the order in which they were written: the first in
// memory, the rest in one file that has no name. It is not safe for concurrent use.
type spool struct {
	dir    string
	memory int64 // bytes that may stay in memory
	size   int64
	chunks [][]byte // full, but for the last

	file      *os.File // nil until memory is full
	fileStart int64    // offset of the file's first byte
	pending   []byte   // what is not yet in the file
	written   int64    // bytes in the file

	windows [spoolWindows]window // blocks of the file that were read: block n is in n % spoolWindows
}

// window is a block of the file, as far as it had been written when it was read.
type window struct {
	block int64
	data  []byte
}

func newSpool(dir string, memory int64) *spool {
	return &spool{dir: cmp.Or(dir, os.TempDir()), memory: cmp.Or(memory, DefaultMemory)}
}

// Write appends p. The error is that of the file.
func (s *spool) Write(p []byte) (int, error) {
	written := len(p)
	for len(p) > 0 {
		if s.file != nil {
			if err := s.writeFile(p); err != nil {
				return 0, err
			}
			break
		}
		last := len(s.chunks) - 1
		if last < 0 || len(s.chunks[last]) == spoolChunk {
			if int64(len(s.chunks)+1)*spoolChunk > s.memory {
				if err := s.openFile(); err != nil {
					return 0, err
				}
				continue
			}
			s.chunks = append(s.chunks, make([]byte, 0, min(spoolChunk, s.size)))
			last++
		}
		n := min(len(p), spoolChunk-len(s.chunks[last]))
		s.chunks[last] = append(grown(s.chunks[last], n), p[:n]...)
		s.size += int64(n)
		p = p[n:]
	}
	return written, nil
}

// grown returns a chunk with room for n more bytes. The first one doubles: most archives are small.
func grown(chunk []byte, n int) []byte {
	if cap(chunk)-len(chunk) >= n {
		return chunk
	}
	return slices.Grow(chunk, min(spoolChunk-len(chunk), max(n, len(chunk), 16<<10)))
}

func (s *spool) openFile() error {
	file, err := unnamedFile(s.dir)
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	s.file, s.fileStart = file, s.size
	s.pending = make([]byte, 0, spoolChunk)
	return nil
}

func (s *spool) writeFile(p []byte) error {
	s.size += int64(len(p))
	for len(p) > 0 {
		n := min(len(p), spoolChunk-len(s.pending))
		s.pending = append(s.pending, p[:n]...)
		p = p[n:]
		if len(s.pending) == spoolChunk {
			if err := s.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *spool) flush() error {
	n, err := s.file.WriteAt(s.pending, s.written)
	s.written += int64(n)
	s.pending = s.pending[:0]
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	return nil
}

// slice returns up to size bytes at off, valid until the next call, or [io.EOF] at the end.
func (s *spool) slice(off, size int64) ([]byte, error) {
	if off >= s.size {
		return nil, io.EOF
	}
	size = min(size, s.size-off)
	if s.file == nil || off < s.fileStart {
		chunk := s.chunks[off/spoolChunk][off%spoolChunk:]
		return chunk[:min(size, int64(len(chunk)))], nil
	}
	data, err := s.block((off - s.fileStart) / spoolChunk)
	if err != nil {
		return nil, err
	}
	data = data[(off-s.fileStart)%spoolChunk:]
	return data[:min(size, int64(len(data)))], nil
}

// block returns a block of the file, all of what has been written of it.
func (s *spool) block(n int64) ([]byte, error) {
	start := s.fileStart + n*spoolChunk
	size := min(spoolChunk, s.size-start)
	w := &s.windows[n%spoolWindows]
	if w.block == n && int64(len(w.data)) == size {
		return w.data, nil
	}
	if len(s.pending) > 0 {
		if err := s.flush(); err != nil {
			return nil, err
		}
	}
	if w.data == nil {
		w.data = make([]byte, spoolChunk)
	}
	w.block, w.data = n, w.data[:size]
	if _, err := s.file.ReadAt(w.data, n*spoolChunk); err != nil {
		w.data = w.data[:0]
		return nil, fmt.Errorf("read the spool: %w", err)
	}
	return w.data, nil
}

// ReadAt implements [io.ReaderAt].
func (s *spool) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	for n < len(p) {
		data, err := s.slice(off+int64(n), int64(len(p)-n))
		if err != nil {
			return n, err
		}
		n += copy(p[n:], data)
	}
	return n, nil
}

// copyTo writes size bytes at off to w.
func (s *spool) copyTo(w io.Writer, off, size int64) error {
	for size > 0 {
		data, err := s.slice(off, size)
		if err != nil {
			return err
		}
		if _, err := w.Write(data); err != nil {
			return err
		}
		off += int64(len(data))
		size -= int64(len(data))
	}
	return nil
}

// contents writes those of a spooled file; of a sparse one its regions, and zeros between them.
func (s *spool) contents(w io.Writer, n *node, _ string) error {
	if n.holes == nil {
		return s.copyTo(w, n.off, n.size)
	}
	at := int64(0)
	for _, r := range *n.holes {
		if err := writeZeros(w, r.at-at); err != nil {
			return err
		}
		if err := s.copyTo(w, r.off, r.size); err != nil {
			return err
		}
		at = r.at + r.size
	}
	return writeZeros(w, n.size-at)
}

func writeZeros(w io.Writer, size int64) error {
	for size > 0 {
		n := min(size, int64(len(zeros)))
		if _, err := w.Write(zeros[:n]); err != nil {
			return err
		}
		size -= n
	}
	return nil
}

// Close releases the memory and the file.
func (s *spool) Close() error {
	s.chunks, s.pending, s.windows = nil, nil, [spoolWindows]window{}
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

// unlinkedFile makes a file in dir and removes its name.
func unlinkedFile(dir string) (*os.File, error) {
	file, err := os.CreateTemp(dir, "pinfetch-spool-")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(file.Name()); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}
