package hash

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// blockSize is the unit of a tar in bytes.
const blockSize = 512

// maxExtended bounds an extended header or long name in bytes, 1 MiB.
const maxExtended = 1 << 20

// Types of members, as GNU tar names them (src/tar.h).
const (
	typeOldFile    = 0
	typeFile       = '0'
	typeHardLink   = '1'
	typeSymlink    = '2'
	typeCharacter  = '3'
	typeBlock      = '4'
	typeDir        = '5'
	typeFifo       = '6'
	typeContiguous = '7'
	typeDumpDir    = 'D'
	typeLongLink   = 'K'
	typeLongName   = 'L'
	typeMulti      = 'M'
	typeSparse     = 'S'
	typeVolume     = 'V'
	typeSolaris    = 'X'
	typeGlobal     = 'g'
	typeExtended   = 'x'
)

// member is one member of a tar, with its extended headers applied.
type member struct {
	name    string // as recorded, raw bytes
	link    string
	kind    byte
	mode    int64
	mtime   time.Time
	size    int64    // bytes of data in the archive
	sparse  bool     // data holds only the regions below
	regions []region // of a sparse file; off is not used
}

// tarReader reads members as GNU tar does: where archive/tar rejects what GNU tar
// takes, or the reverse, GNU tar is right, because it is what fetchzip runs.
type tarReader struct {
	in     *pipe
	limits Limits
	data   []byte // what is left of the current buffer
	read   int64  // bytes taken from the pipe
	global []record
	commit string // the comment of a global header
	begun  bool   // a good header was read
}

// record is one keyword and value of an extended header.
type record struct{ key, value string }

// block returns the next block, valid until the next call. The error is
// [io.EOF] at the end of the stream, also where that is in the middle of a block.
func (t *tarReader) block() ([]byte, error) {
	if len(t.data) < blockSize {
		// Buffers are full and a multiple of a block, but for the last.
		if err := t.fill(); err != nil {
			return nil, err
		}
		if len(t.data) < blockSize {
			t.data = nil
			return nil, t.in.err
		}
	}
	b := t.data[:blockSize]
	t.data = t.data[blockSize:]
	return b, nil
}

func (t *tarReader) fill() error {
	data, err := t.in.next()
	if err != nil {
		return err
	}
	t.data = data
	t.read += int64(len(data))
	if t.read > t.limits.Unpacked {
		return passed("of unpacked contents", t.limits.Unpacked, "bytes")
	}
	return nil
}

// dataBlock is block where the archive may not end.
func (t *tarReader) dataBlock() ([]byte, error) {
	b, err := t.block()
	return b, endOfData(err)
}

// endOfData makes an error of the end of the stream.
func endOfData(err error) error {
	if err == io.EOF {
		return corrupt("unexpected end of the archive")
	}
	return err
}

// copyData writes size bytes of data to w and skips to the next block.
func (t *tarReader) copyData(w io.Writer, size int64) error {
	for size > 0 {
		if len(t.data) == 0 {
			if err := t.fill(); err != nil {
				return endOfData(err)
			}
		}
		n := min(size, int64(len(t.data)))
		if _, err := w.Write(t.data[:n]); err != nil {
			return err
		}
		size -= n
		n += -n & (blockSize - 1)
		if n > int64(len(t.data)) { // the last block is not whole
			t.data = nil
			return endOfData(t.in.err)
		}
		t.data = t.data[n:]
	}
	return nil
}

// drain reads what follows the end of the archive: GNU tar ignores it, but
// waits for the decoder, which must find its stream whole.
func (t *tarReader) drain() error {
	for {
		if err := t.fill(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// next returns the next member, or [io.EOF] at the end of the archive.
func (t *tarReader) next() (*member, error) {
	var longName, longLink string
	var records []record
	pending := false
	for {
		b, err := t.block()
		if err == io.EOF && pending {
			return nil, corrupt("the archive ends after an extended header")
		}
		if err == io.EOF && !t.begun {
			return nil, fmt.Errorf("the tar is empty: %w", ErrNotArchive)
		}
		if err != nil {
			return nil, err
		}
		h := (*header)(b)
		switch headerSum(*h) {
		case sumZero:
			// GNU tar ends at one block of zeros, and warns unless there are two.
			t.begun = true
			return nil, io.EOF
		case sumBad:
			if !t.begun {
				return nil, fmt.Errorf("the contents do not look like a tar: %w", ErrNotArchive)
			}
			return nil, corrupt("a header's checksum does not match")
		}
		t.begun = true
		size, err := h.size()
		if err != nil {
			return nil, err
		}
		switch h.kind() {
		case typeLongName, typeLongLink, typeExtended, typeSolaris, typeGlobal:
			pending = pending || h.kind() != typeGlobal
			err = t.extended(h.kind(), size, &longName, &longLink, &records)
			if err != nil {
				return nil, err
			}
		default:
			m, err := h.member(longName, longLink, size)
			if err != nil {
				return nil, err
			}
			return m, t.apply(m, *h, records)
		}
	}
}

// extended reads the data of a header that describes the next one.
func (t *tarReader) extended(kind byte, size int64, name, link *string, records *[]record) error {
	if size > maxExtended {
		return passed("of an extended header", maxExtended, "bytes")
	}
	var buf bytes.Buffer
	if err := t.copyData(&buf, size); err != nil {
		return err
	}
	switch kind {
	case typeLongName:
		*name = cString(buf.Bytes())
	case typeLongLink:
		*link = cString(buf.Bytes())
	case typeGlobal:
		global, err := parseRecords(buf.Bytes())
		if err != nil {
			return err
		}
		t.global = global
		for _, r := range global {
			if r.key == "comment" && isCommit(r.value) {
				t.commit = r.value
			}
		}
	default:
		parsed, err := parseRecords(buf.Bytes())
		if err != nil {
			return err
		}
		*records = parsed
	}
	return nil
}

// apply applies the extended headers to m and reads the map of a sparse file.
func (t *tarReader) apply(m *member, h header, records []record) error {
	var s sparseRecords
	for _, list := range [][]record{t.global, records} {
		for _, r := range list {
			if err := m.set(r, &s); err != nil {
				return err
			}
		}
	}
	for _, text := range []string{m.name, m.link} {
		if len(text) > t.limits.Path {
			return passed(fmt.Sprintf("of the path %.40q…", text), int64(t.limits.Path), "bytes")
		}
	}
	switch {
	case m.kind == typeSparse && string(h[257:265]) == "ustar  \x00":
		return t.oldSparse(m, h)
	case len(records) > 0 && s.major > 0:
		return t.readSparseMap(m)
	case len(records) > 0 && len(s.regions) > 0:
		m.sparse, m.regions = true, s.regions
	case m.kind == typeSparse:
		return refused(m.name, "its sparse format is not supported")
	}
	return nil
}

// header is a member's first block.
type header [blockSize]byte

// sum is what a header's checksum says of it.
type sum uint8

const (
	sumBad sum = iota
	sumZero
	sumGood
)

func headerSum(h [blockSize]byte) sum {
	var unsigned, signed int64
	for _, b := range h {
		unsigned += int64(b)
		signed += int64(int8(b))
	}
	if unsigned == 0 {
		return sumZero
	}
	for _, b := range h[148:156] {
		unsigned += ' ' - int64(b)
		signed += ' ' - int64(int8(b))
	}
	recorded, ok := parseOctal(h[148:156])
	if ok && (recorded == unsigned || recorded == signed) {
		return sumGood
	}
	return sumBad
}

func (h *header) kind() byte { return h[156] }

func (h *header) size() (int64, error) {
	if h.kind() == typeHardLink {
		return 0, nil
	}
	size, ok := parseNumber(h[124:136])
	if !ok || size < 0 {
		return 0, corrupt("a header's size %q is no number", h[124:136])
	}
	return size, nil
}

func (h *header) member(name, link string, size int64) (*member, error) {
	m := &member{name: name, link: link, kind: h.kind(), size: size}
	if name == "" {
		m.name = cString(h[0:100])
		if h[345] != 0 && string(h[257:263]) == "ustar\x00" {
			m.name = cString(h[345:500]) + "/" + m.name
		}
	}
	if link == "" {
		m.link = cString(h[157:257])
	}
	mtime, ok := int64(0), true
	for _, field := range []struct {
		from, to int
		max      int64
		value    *int64
	}{
		{100, 108, maxInt64, &m.mode},
		{108, 116, 1<<32 - 1, nil}, // user
		{116, 124, 1<<32 - 1, nil}, // group
		{136, 148, maxInt64, &mtime},
	} {
		var n int64
		n, ok = parseNumber(h[field.from:field.to])
		if !ok || field.value == nil && (n < 0 || n > field.max) {
			return nil, refused(m.name, "%q in its header is no number", h[field.from:field.to])
		}
		if field.value != nil {
			*field.value = n
		}
	}
	m.mtime = time.Unix(mtime, 0).UTC()
	return m, nil
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
		var seconds float64
		if seconds, err = strconv.ParseFloat(r.value, 64); err == nil {
			m.mtime = time.Unix(int64(seconds), 0).UTC()
		}
	case "atime", "ctime":
		_, err = strconv.ParseFloat(r.value, 64)
	case "uid", "gid":
		_, err = r.number()
	case "GNU.volume.filename", "GNU.volume.size", "GNU.volume.offset", "GNU.dumpdir":
		return refused(m.name, "archives of several volumes and dumps are not supported")
	default:
		return s.set(r)
	}
	if err != nil {
		return refused(m.name, "%s=%q in its extended header is no number", r.key, r.value)
	}
	return nil
}

func (r record) number() (int64, error) {
	n, err := strconv.ParseUint(cString([]byte(r.value)), 10, 63)
	return int64(n), err
}

// parseRecords parses "LENGTH KEY=VALUE\n", again and again.
func parseRecords(data []byte) ([]record, error) {
	var records []record
	for len(data) > 0 && data[0] != 0 {
		text, rest, found := bytes.Cut(bytes.TrimLeft(data, " \t"), []byte(" "))
		n, err := strconv.Atoi(string(text))
		if !found || err != nil || n <= 0 || n > len(data) || len(data)-len(rest) >= n || data[n-1] != '\n' {
			return nil, refused(string(data[:min(len(data), 40)]), "malformed extended header")
		}
		key, value, found := strings.Cut(strings.TrimLeft(string(data[len(data)-len(rest):n-1]), " \t"), "=")
		if !found {
			return nil, refused(key, "malformed extended header: no equal sign")
		}
		records = append(records, record{key, value})
		data = data[n:]
	}
	return records, nil
}

const maxInt64 = 1<<63 - 1

func cString(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}

func isSpace(b byte) bool { return b == ' ' || '\t' <= b && b <= '\r' }

// trimNumber drops what may stand before a number: one NUL, then white space.
func trimNumber(field []byte) []byte {
	if field[0] == 0 {
		field = field[1:]
	}
	return bytes.TrimLeft(field, " \t\n\v\f\r")
}

// parseOctal parses a number in octal digits that ends at a NUL, white space
// or the end of the field. It returns false for anything else, and for blanks alone.
func parseOctal(field []byte) (int64, bool) {
	field = trimNumber(field)
	if len(field) == 0 {
		return 0, false
	}
	var value int64
	i := 0
	for ; i < len(field) && '0' <= field[i] && field[i] <= '7'; i++ {
		value = value<<3 | int64(field[i]-'0')
	}
	return value, i == len(field) || field[i] == 0 || isSpace(field[i])
}

// parseNumber parses a number in octal or in base 256 (src/list.c, from_header).
func parseNumber(field []byte) (int64, bool) {
	trimmed := trimNumber(field)
	if len(trimmed) == 0 || trimmed[0] != 0x80 && trimmed[0] != 0xff {
		return parseOctal(field)
	}
	value := int64(0) // the sign of 0x80 is +
	if trimmed[0] == 0xff {
		value = -1
	}
	for _, b := range trimmed[1:] {
		if value>>55 != 0 && value>>55 != -1 {
			return 0, false
		}
		value = value<<8 | int64(b)
	}
	return value, true
}

// isCommit reports whether text is a full commit ID.
func isCommit(text string) bool {
	if len(text) != 40 && len(text) != 64 {
		return false
	}
	return strings.Trim(text, "0123456789abcdef") == ""
}
