package untar

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/pinfetch/pinfetch/pkg/hash/internal/fault"
	"github.com/pinfetch/pinfetch/pkg/hash/internal/tree"
)

// maxExtended bounds an extended header or long name in bytes, 1 MiB.
const maxExtended = 1 << 20

// maxGlobal bounds the global headers of an archive in bytes, counted again for each member that they apply to, 256 MiB.
const maxGlobal = 256 << 20

// member is one member of a tar, with its extended headers applied.
type member struct {
	name    string // as recorded, raw bytes
	link    string
	kind    byte
	mode    int64
	mtime   time.Time
	size    int64    // bytes of data in the archive
	sparse  bool     // the data holds only the regions
	regions []region // of a sparse file
}

// reader reads members as GNU tar does. It differs from archive/tar, which rejects some archives that
// GNU tar accepts, and the reverse.
type reader struct {
	in      Source
	limits  tree.Limits
	data    []byte // the rest of the current buffer
	read    int64  // bytes taken from in
	global  []record
	comment string
	member  member
	applied int64 // bytes of global headers; see maxGlobal
	started bool  // a valid header was read
}

// block returns the next block, valid until the next call. The error is
// [io.EOF] at the end of the stream, even in the middle of a block.
func (r *reader) block() ([]byte, error) {
	if len(r.data) < blockSize {
		if err := r.fill(); err != nil {
			return nil, err
		}
		if len(r.data) < blockSize { // only the last buffer is not a multiple of a block
			return nil, r.fill()
		}
	}
	b := r.data[:blockSize]
	r.data = r.data[blockSize:]
	return b, nil
}

func (r *reader) fill() error {
	data, err := r.in.Next()
	r.data = data
	if err != nil {
		return err
	}
	if r.read += int64(len(data)); r.read > r.limits.Unpacked {
		return fault.Exceeded(fault.ErrUnpacked, r.limits.Unpacked, "bytes of unpacked contents")
	}
	return nil
}

// dataBlock is block where the archive must not end.
func (r *reader) dataBlock() ([]byte, error) {
	b, err := r.block()
	return b, unexpectedEnd(err)
}

func unexpectedEnd(err error) error {
	if err == io.EOF {
		return fault.Corrupt("unexpected end of the archive")
	}
	return err
}

// copyData writes size bytes of data to w and skips to the next block.
func (r *reader) copyData(w io.Writer, size int64) error {
	for size > 0 {
		if len(r.data) == 0 {
			if err := r.fill(); err != nil {
				return unexpectedEnd(err)
			}
		}
		n := min(size, int64(len(r.data)))
		if _, err := w.Write(r.data[:n]); err != nil {
			return err
		}
		size -= n
		n += -n & (blockSize - 1)
		if n > int64(len(r.data)) { // the last block is incomplete
			return unexpectedEnd(r.fill())
		}
		r.data = r.data[n:]
	}
	return nil
}

// drain reads what follows the end of the archive. GNU tar ignores it, but
// waits for the decoder, which fails if its stream is damaged.
func (r *reader) drain() error {
	for {
		if err := r.fill(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// extensions are the headers that describe the next member.
type extensions struct {
	name, link *string // nil if the member's own counts; an empty one counts too
	records    []record
	any        bool
}

// next returns the next member, valid until the next call, or [io.EOF] at the end of the archive.
func (r *reader) next() (*member, error) {
	var ext extensions
	for {
		h, err := r.header(ext.any)
		if err != nil {
			return nil, err
		}
		size, err := h.size()
		if err != nil {
			return nil, err
		}
		switch h.kind() {
		case typeLongName, typeLongLink, typeExtended, typeSolaris, typeGlobal:
			if err := r.extension(h.kind(), size, &ext); err != nil {
				return nil, err
			}
		default:
			if r.member, err = h.member(ext, size); err != nil {
				return nil, err
			}
			return &r.member, r.apply(&r.member, *h, ext.records)
		}
	}
}

// header reads a header block, or returns [io.EOF] at the end of the archive.
func (r *reader) header(isExtended bool) (*header, error) {
	b, err := r.block()
	switch {
	case err == io.EOF && isExtended:
		return nil, fault.Corrupt("the archive ends after an extended header")
	case err == io.EOF && !r.started:
		return nil, fmt.Errorf("the tar is empty: %w", fault.ErrNotArchive)
	case err != nil:
		return nil, err
	}
	h := (*header)(b)
	switch h.checksum() {
	case checksumZero: // GNU tar ends at one block of zeros, and warns unless there are two
		r.started = true
		return nil, io.EOF
	case checksumBad:
		if !r.started {
			return nil, fmt.Errorf("the contents do not look like a tar: %w", fault.ErrNotArchive)
		}
		return nil, fault.Corrupt("the checksum of a header does not match")
	}
	r.started = true
	return h, nil
}

// extension reads the data of a header that describes the next member, or all members.
func (r *reader) extension(kind byte, size int64, ext *extensions) error {
	if size > maxExtended {
		return fault.Exceeded(fault.ErrLimit, maxExtended, "bytes of an extended header")
	}
	var buf bytes.Buffer
	if err := r.copyData(&buf, size); err != nil {
		return err
	}
	ext.any = ext.any || kind != typeGlobal
	var err error
	switch kind {
	case typeLongName:
		ext.name = new(cString(buf.Bytes()))
	case typeLongLink:
		ext.link = new(cString(buf.Bytes()))
	case typeGlobal:
		if r.global, err = parseRecords(buf.Bytes()); err != nil {
			return err
		}
		for _, rec := range r.global {
			if rec.key == "comment" {
				r.comment = rec.value
			}
		}
	default:
		ext.records, err = parseRecords(buf.Bytes())
	}
	return err
}

// apply applies the extended headers to m and reads the map of a sparse file.
func (r *reader) apply(m *member, h header, records []record) error {
	for _, rec := range r.global {
		r.applied += int64(len(rec.key) + len(rec.value))
	}
	if r.applied > maxGlobal {
		return fault.Exceeded(fault.ErrLimit, maxGlobal, "bytes of global headers, counted for each member")
	}
	var s sparseRecords
	for _, list := range [][]record{r.global, records} {
		for _, rec := range list {
			if err := m.set(rec, &s); err != nil {
				return err
			}
		}
	}
	for _, text := range []string{m.name, m.link} {
		if len(text) > r.limits.Path {
			return fault.Exceeded(fault.ErrLimit, int64(r.limits.Path), fmt.Sprintf("bytes in the path %.40q…", text))
		}
	}
	hasMap := len(records) > 0 && (s.major > 0 || len(s.regions) > 0)
	switch {
	case s.isSized && !hasMap && s.size != m.size: // GNU tar makes a file of that size, and then expects as many bytes
		return fault.Refused(m.name, "its size differs from that of the sparse file")
	case hasMap && !h.isUstar(), h.isStar() && (hasMap || m.kind == typeSparse):
		return fault.Refused(m.name, "its sparse format is not supported")
	case m.kind == typeSparse && h.isGNU():
		return r.readOldSparse(m, h)
	case hasMap && s.major > 0:
		return r.readSparseMap(m)
	case hasMap:
		m.sparse, m.regions = true, s.regions
	}
	return nil // GNU tar extracts any other member of this type like a regular file (src/sparse.c, sparse_select_optab)
}

// set applies one record of an extended header.
func (m *member) set(r record, s *sparseRecords) (err error) {
	switch r.key {
	case "path":
		if !s.named {
			m.name = cString([]byte(r.value))
		}
	case "GNU.sparse.name":
		m.name, s.named = cString([]byte(r.value)), true
	case "linkpath":
		m.link = cString([]byte(r.value))
	case "size":
		m.size, err = r.number()
	case "mtime":
		var seconds int64
		if seconds, err = r.seconds(); err == nil {
			m.mtime = time.Unix(seconds, 0).UTC()
		}
	case "atime", "ctime":
		_, err = r.seconds()
	case "uid", "gid":
		var id int64
		if id, err = r.number(); id > math.MaxUint32 {
			err = strconv.ErrRange
		}
	case "GNU.volume.filename", "GNU.volume.size", "GNU.volume.offset", "GNU.dumpdir":
		return fault.Refused(m.name, "multi-volume archives and dumps are not supported")
	default:
		return s.set(r)
	}
	if err != nil {
		return fault.Refused(m.name, "invalid number %s=%q in its extended header", r.key, r.value)
	}
	return nil
}
