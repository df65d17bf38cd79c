// Package unzip unpacks a zip into a tree in memory, as Info-ZIP's unzip 6.0 does for an ordinary user in a UTF-8
// locale (extract.c, unix/unix.c). It refuses whatever makes unzip warn or ask.
package unzip

import (
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"sort"
	"time"

	"github.com/pinfetch/pinfetch/pkg/hash/internal/fault"
	"github.com/pinfetch/pinfetch/pkg/hash/internal/inflate"
	"github.com/pinfetch/pinfetch/pkg/hash/internal/tree"
)

// Signatures and sizes of the records of a zip (APPNOTE.TXT, 4.3).
const (
	sigLocal    = "PK\x03\x04"
	sigCentral  = "PK\x01\x02"
	sigEnd      = "PK\x05\x06"
	sigEnd64    = "PK\x06\x06"
	sigLocate64 = "PK\x06\x07"

	sigDescriptor = "PK\x07\x08"

	lenLocal    = 30
	lenCentral  = 46
	lenEnd      = 22
	lenEnd64    = 56
	lenLocate64 = 20
)

// maxEndSearch is how many bytes before the end of a zip unzip searches for the end of its directory.
const maxEndSearch = 66000

// Systems on which zips are made (APPNOTE.TXT, 4.4.2), by Info-ZIP's numbers. unzip treats files of others, such as Amiga
// or THEOS, in ways that are not worth imitating: nobody publishes such zips.
const (
	hostFAT    = 0
	hostUnix   = 3
	hostMac    = 7
	hostWinNT  = 10
	hostNTFS   = 11
	hostVFAT   = 14
	hostDarwin = 19
)

// Compression methods.
const (
	methodStored    = 0
	methodShrunk    = 1
	methodImploded  = 6
	methodDeflate   = 8
	methodDeflate64 = 9
	methodBzip2     = 12
)

// Bits of a member's flags.
const (
	flagEncrypted  = 1 << 0
	flagDescriptor = 1 << 3 // only the central directory has the sizes
	flagUTF8       = 1 << 11
)

// Identifiers of extra fields.
const (
	extraZip64   = 0x0001
	extraVMS     = 0x000c
	extraTime    = 0x5455
	extraASiUnix = 0x756e
	extraUnicode = 0x7075
)

// member is one member of a zip, as the central directory describes it.
type member struct {
	name     string // as unzip decodes it, not yet mapped to a path
	raw      []byte // as recorded
	host     uint8  // the system on which it was made
	version  uint8  // of the program that made it, times 10
	needs    uint16 // version that is needed to unpack it, and a system
	flags    uint16
	method   uint16
	modified time.Time // zero without an extra field
	crc      uint32
	packed   int64
	size     int64
	attrs    uint32
	extra    []byte
	local    int64 // offset of the local header
	data     int64 // offset of the data
}

// Archive is an open zip.
type Archive struct {
	Comment string

	in      io.ReaderAt
	size    int64
	limits  tree.Limits
	members []*member // the offset of a node is an index

	// Recycled:
	head    []byte
	parents []string
	flate   *inflate.Decoder
	buf     *inflate.Buffer
	out     checked
}

// ErrNoDirectory is the error about a zip that is truncated, or is not a zip.
var ErrNoDirectory = fault.Corrupt("the zip has no central directory")

// IsZip reports whether head is the start of a zip. It is false for a program that ends in a zip.
func IsZip(head []byte) bool {
	return bytes.HasPrefix(head, []byte(sigLocal)) || bytes.HasPrefix(head, []byte(sigEnd))
}

// zipEnd is the end of the central directory.
type zipEnd struct {
	at      int64 // offset of this record
	entries uint64
	size    uint64 // bytes of the directory
	start   uint64 // its offset
}

// Open reads the directory and the headers of a zip of size bytes.
func Open(in io.ReaderAt, size int64, limits tree.Limits) (*Archive, error) {
	z := &Archive{in: in, size: size, limits: limits}
	end, err := z.readEnd()
	if err != nil {
		return nil, err
	}
	if end.entries == 0 && end.size == 0 {
		return nil, fault.Refused("", "unzip warns about an empty zip")
	}
	if err := z.readDirectory(end); err != nil {
		return nil, err
	}
	return z, z.findData(end)
}

// Date returns the time of the first member, zero if it has no extra field with the time.
func (z *Archive) Date() time.Time { return z.members[0].modified }

// read returns n bytes at off, valid until the next call. The error is an [fault.ErrCorrupt] if the zip ends before.
func (z *Archive) read(off, n int64) ([]byte, error) {
	if off < 0 || n < 0 || off > z.size-n {
		return nil, fault.Corrupt("the zip ends too early")
	}
	z.head = slices.Grow(z.head[:0], int(n))[:n]
	if _, err := z.in.ReadAt(z.head, off); err != nil {
		return nil, err
	}
	return z.head, nil
}

func (z *Archive) readEnd() (zipEnd, error) {
	tail, err := z.read(z.size-min(z.size, maxEndSearch), min(z.size, maxEndSearch))
	if err != nil {
		return zipEnd{}, err
	}
	i := bytes.LastIndex(tail, []byte(sigEnd))
	if i < 0 || len(tail)-i < lenEnd {
		return zipEnd{}, ErrNoDirectory
	}
	b := tail[i:]
	le := binary.LittleEndian
	end := zipEnd{
		at:      z.size - int64(len(b)),
		entries: uint64(le.Uint16(b[10:])),
		size:    uint64(le.Uint32(b[12:])),
		start:   uint64(le.Uint32(b[16:])),
	}
	disk, n := le.Uint16(b[4:]), int(le.Uint16(b[20:]))
	z.Comment = string(b[lenEnd:min(len(b), lenEnd+n)]) // unzip -qq does not read it, even if it is truncated
	if disk != 0 && disk != 0xffff {
		return zipEnd{}, fault.Refused("", "multi-part zips are not supported")
	}
	if err := z.readEnd64(&end); err != nil {
		return zipEnd{}, err
	}
	if end.size > uint64(end.at) || end.start > uint64(end.at)-end.size {
		return zipEnd{}, fault.Corrupt("the zip's central directory is out of bounds")
	}
	if extra := uint64(end.at) - end.size - end.start; extra != 0 {
		return zipEnd{}, fault.Refused("", "unzip warns about %d extra bytes before or in the zip", extra)
	}
	return end, nil
}

// readEnd64 replaces end with the zip64 record, if there is one.
func (z *Archive) readEnd64(end *zipEnd) error {
	if end.at < lenLocate64 {
		return nil
	}
	locator, err := z.read(end.at-lenLocate64, lenLocate64)
	if err != nil || !bytes.HasPrefix(locator, []byte(sigLocate64)) {
		return err
	}
	le := binary.LittleEndian
	at := int64(le.Uint64(locator[8:]))
	b, err := z.read(at, lenEnd64)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(b, []byte(sigEnd64)) {
		return fault.Corrupt("the zip64 record is not where its locator says")
	}
	if end.entries == 0xffff {
		end.entries = le.Uint64(b[32:])
	}
	if end.size == 0xffffffff {
		end.size = le.Uint64(b[40:])
	}
	if end.start == 0xffffffff {
		end.start = le.Uint64(b[48:])
	}
	end.at = at
	return nil
}

func (z *Archive) readDirectory(end zipEnd) error {
	if end.size > uint64(z.limits.Entries)*(lenCentral+uint64(z.limits.Path)) {
		return fault.Exceeded(fault.ErrLimit, int64(z.limits.Entries), "entries in the zip")
	}
	dir, err := z.read(int64(end.start), int64(end.size))
	if err != nil {
		return err
	}
	z.head = nil // members refer to it
	for bytes.HasPrefix(dir, []byte(sigCentral)) && len(dir) >= lenCentral {
		if len(z.members) >= z.limits.Entries {
			return fault.Exceeded(fault.ErrLimit, int64(z.limits.Entries), "entries in the zip")
		}
		m, n, err := parseCentral(dir)
		if err != nil {
			return err
		}
		if len(m.name) > z.limits.Path {
			return fault.Exceeded(fault.ErrLimit, int64(z.limits.Path), fmt.Sprintf("bytes in the path %.40q…", m.name))
		}
		z.members = append(z.members, m)
		dir = dir[n:]
	}
	if len(dir) > 0 || uint64(len(z.members)) != end.entries && uint64(len(z.members))&0xffff != end.entries {
		return fault.Corrupt("the zip's central directory has %d entries, not %d", len(z.members), end.entries)
	}
	return nil
}

// parseCentral parses the entry at the start of b and returns its length.
func parseCentral(b []byte) (*member, int, error) {
	le := binary.LittleEndian
	nameLen, extraLen, commentLen := int(le.Uint16(b[28:])), int(le.Uint16(b[30:])), int(le.Uint16(b[32:]))
	n := lenCentral + nameLen + extraLen + commentLen
	if n > len(b) {
		return nil, 0, fault.Corrupt("the zip's central directory is truncated")
	}
	name := b[lenCentral : lenCentral+nameLen]
	m := &member{
		raw:     name,
		version: b[4],
		host:    b[5],
		needs:   le.Uint16(b[6:]),
		flags:   le.Uint16(b[8:]),
		method:  le.Uint16(b[10:]),
		crc:     le.Uint32(b[16:]),
		packed:  int64(le.Uint32(b[20:])),
		size:    int64(le.Uint32(b[24:])),
		attrs:   le.Uint32(b[38:]),
		local:   int64(le.Uint32(b[42:])),
		extra:   b[lenCentral+nameLen : lenCentral+nameLen+extraLen],
	}
	if !widen(m.extra, &m.size, &m.packed, &m.local) || m.size < 0 || m.packed < 0 || m.local < 0 {
		return nil, 0, fault.Refused(string(name), "its zip64 sizes are damaged")
	}
	if !m.isHostSupported() {
		return nil, 0, fault.Unsupported(string(name), "the zip was made on system %d, not on DOS, Windows, Unix or macOS", m.host)
	}
	var err error
	m.name, err = m.decodeName(name, m.extra, false)
	if field, ok := findExtra(m.extra, extraTime); ok && len(field) >= 5 && field[0]&1 != 0 {
		m.modified = time.Unix(int64(int32(le.Uint32(field[1:]))), 0).UTC()
	}
	return m, n, err
}

func (m *member) isHostSupported() bool {
	switch m.host {
	case hostFAT, hostUnix, hostMac, hostWinNT, hostNTFS, hostVFAT, hostDarwin:
		return true
	}
	return false
}

// findExtra returns the first extra field with an identifier.
func findExtra(extra []byte, id uint16) ([]byte, bool) {
	field, _, ok := nextExtra(extra, id)
	return field, ok
}

// nextExtra is findExtra, and also returns the fields after it.
func nextExtra(extra []byte, id uint16) (field, rest []byte, ok bool) {
	le := binary.LittleEndian
	for len(extra) >= 4 {
		n := int(le.Uint16(extra[2:]))
		if n > len(extra)-4 {
			break
		}
		field, rest = extra[4:4+n], extra[4+n:]
		if le.Uint16(extra) == id {
			return field, rest, true
		}
		extra = rest
	}
	return nil, nil, false
}

// widen replaces those values that are all ones with the values of the zip64 extra field,
// which has no others. It returns false if the field is too short.
func widen(extra []byte, values ...*int64) bool {
	field, ok := findExtra(extra, extraZip64)
	if !ok {
		return true
	}
	for _, v := range values {
		if *v != 0xffffffff {
			continue
		}
		if len(field) < 8 {
			return false
		}
		*v = int64(binary.LittleEndian.Uint64(field))
		field = field[8:]
	}
	return true
}

// maxSpans bounds how many runs of members there may be at a time. In real zips, members follow each other in the order of the
// directory and form one run.
const maxSpans = 1 << 16

// dirBlock is how many directory entries unzip reads at a time.
const dirBlock = 16384

// findData reads the local headers, compares them with the directory, and
// finds where the data of members begin and end. Members that overlap are a zip bomb.
//
// The unzip of Linux distributions has a bug: if the extra fields that it read last have a Unicode name, it assumes
// zip64 and therefore longer data descriptors, so that it finds zip bombs where there are none.
func (z *Archive) findData(end zipEnd) error {
	taken := spans{{int64(end.start), z.size}}
	long := false
	for i, m := range z.members {
		if i%dirBlock == 0 {
			for _, c := range z.members[i:min(i+dirBlock, len(z.members))] {
				long = c.looksLong(c.raw, c.extra, long)
			}
		}
		if taken.hold(m.local) {
			return fault.Refused(m.name, "members of the zip overlap")
		}
		local, err := z.readLocal(m)
		if err != nil {
			return err
		}
		long = m.looksLong(local.name, local.extra, long)
		if m.isDir() || m.isVolume() {
			continue // unzip does not look at the data
		}
		to := m.data + m.packed
		if local.flags&flagDescriptor != 0 {
			n, err := z.descriptor(m, to, long)
			if err != nil {
				return err
			}
			to += n
		}
		if to > z.size || !taken.add(m.local, to) {
			return fault.Refused(m.name, "unzip reports a zip bomb: members overlap, or the zip has Unicode names and data descriptors")
		}
		if len(taken) > maxSpans {
			return fault.Exceeded(fault.ErrLimit, maxSpans, "separate runs of members in the zip")
		}
	}
	return nil
}

// looksLong reports whether unzip, after it has read extra, takes the next data descriptor for a long one.
func (m *member) looksLong(raw, extra []byte, before bool) bool {
	if len(extra) == 0 {
		return before
	}
	_, ok := unicodeName(raw, extra)
	return ok && m.flags&flagUTF8 == 0
}

// descriptor returns the length that unzip assumes for the data descriptor at an offset. Its signature is
// optional, and the checksum may look like the signature.
func (z *Archive) descriptor(m *member, at int64, long bool) (int64, error) {
	b, err := z.read(at, 12)
	if err != nil {
		return 0, err
	}
	le := binary.LittleEndian
	signature := le.Uint32([]byte(sigDescriptor))
	is := func(field []byte) bool { return le.Uint32(field) == signature }
	last := uint32(m.size)
	if long {
		last = uint32(m.packed >> 32)
	}
	n := int64(12)
	if is(b) && (m.crc != signature || is(b[4:]) && (uint32(m.packed) != signature || is(b[8:]) && last != signature)) {
		n += 4
	}
	if long {
		n += 8
	}
	return n, nil
}

// spans are disjoint runs of bytes, in order.
type spans []struct{ from, to int64 }

// after returns the index of the first run that begins after an offset.
func (s spans) after(at int64) int {
	return sort.Search(len(s), func(i int) bool { return s[i].from > at })
}

func (s spans) hold(at int64) bool {
	i := s.after(at)
	return i > 0 && at < s[i-1].to
}

// add adds a run unless it overlaps another one. It joins adjacent runs, so that a zip without gaps is one run.
func (s *spans) add(from, to int64) bool {
	i := s.after(from)
	if i > 0 && from < (*s)[i-1].to || i < len(*s) && to > (*s)[i].from {
		return false
	}
	if i > 0 && from == (*s)[i-1].to {
		i--
		from = (*s)[i].from
		*s = slices.Delete(*s, i, i+1)
	}
	if i < len(*s) && to == (*s)[i].from {
		to = (*s)[i].to
		*s = slices.Delete(*s, i, i+1)
	}
	*s = slices.Insert(*s, i, struct{ from, to int64 }{from, to})
	return true
}

// likelyExtra is how many bytes of extra fields most local headers have at most: those of Info-ZIP have 28.
const likelyExtra = 32

// localHeader is the part of a local header that the directory does not repeat.
type localHeader struct {
	flags uint16
	name  []byte
	extra []byte
}

func (z *Archive) readLocal(m *member) (localHeader, error) {
	likely := min(lenLocal+int64(len(m.raw))+likelyExtra, z.size-m.local) // one read is enough for most headers
	b, err := z.read(m.local, max(likely, lenLocal))
	if err != nil {
		return localHeader{}, err
	}
	if !bytes.HasPrefix(b, []byte(sigLocal)) {
		return localHeader{}, fault.Corrupt("the zip's member %q is not where the directory says", m.name)
	}
	le := binary.LittleEndian
	flags, method, crc := le.Uint16(b[6:]), le.Uint16(b[8:]), le.Uint32(b[14:])
	packed, size := int64(le.Uint32(b[18:])), int64(le.Uint32(b[22:]))
	nameLen, extraLen := int64(le.Uint16(b[26:])), int64(le.Uint16(b[28:]))
	length := lenLocal + nameLen + extraLen
	m.data = m.local + length
	if length > int64(len(b)) {
		if b, err = z.read(m.local, length); err != nil {
			return localHeader{}, err
		}
	}
	rawName, extra := b[lenLocal:lenLocal+nameLen], b[lenLocal+nameLen:length]
	if !widen(extra, &size, &packed) {
		return localHeader{}, fault.Refused(m.name, "its zip64 sizes are damaged")
	}
	if flags&flagDescriptor != 0 {
		packed, size, crc = m.packed, m.size, m.crc
	}
	name, err := m.decodeName(rawName, extra, true)
	switch {
	case err != nil:
		return localHeader{}, err
	case name != m.name:
		return localHeader{}, fault.Refused(m.name, "unzip warns because its local header has another name, %q", name)
	case (flags^m.flags)&flagUTF8 != 0:
		return localHeader{}, fault.Refused(m.name, "unzip warns because only one of its headers says that the name is UTF-8")
	case packed != m.packed || size != m.size || crc != m.crc || method != m.method:
		return localHeader{}, fault.Refused(m.name, "its local header differs from the directory")
	}
	return localHeader{flags, rawName, extra}, nil
}

// copyTo writes a member's contents to w and checks its checksum.
func (z *Archive) copyTo(w io.Writer, m *member) error {
	if z.buf == nil {
		z.buf = new(inflate.Buffer)
	}
	z.out = checked{w: w}
	n, err := z.decode(&z.out, m)
	if err != nil {
		return decodeError(m, err)
	}
	if n != m.size || z.out.sum != m.crc {
		return fault.Corrupt("the zip's member %q does not match its size and checksum", m.name)
	}
	return nil
}

// checked computes the checksum of what it writes.
type checked struct {
	w   io.Writer
	sum uint32
}

func (c *checked) Write(p []byte) (int, error) {
	c.sum = crc32.Update(c.sum, crc32.IEEETable, p)
	return c.w.Write(p)
}

// decodeError distinguishes errors of a decoder from those of the reader and of the writer.
func decodeError(m *member, err error) error {
	var bzip2Error bzip2.StructuralError
	if err == inflate.ErrCorrupt || errors.As(err, &bzip2Error) || err == io.ErrUnexpectedEOF {
		return fault.Corrupt("the zip's member %q: %w", m.name, err)
	}
	return err
}

// decode writes a member's contents to w and returns their size. It stops after one byte more than there should be.
func (z *Archive) decode(w io.Writer, m *member) (int64, error) {
	var r io.Reader = io.NewSectionReader(z.in, m.data, m.packed)
	switch m.method {
	case methodDeflate:
		return z.inflate(w, r, m.size+1)
	case methodBzip2:
		r = bzip2.NewReader(r)
	}
	return io.CopyBuffer(w, io.LimitReader(r, m.size+1), z.buf.Bytes())
}

// inflate writes at most limit bytes of a deflate stream to w and returns their number.
func (z *Archive) inflate(w io.Writer, r io.Reader, limit int64) (n int64, err error) {
	if z.flate == nil {
		z.flate = new(inflate.Decoder)
	}
	z.flate.Reset(r)
	for n < limit && err == nil {
		var data []byte
		data, err = z.flate.Next(z.buf)
		data = data[:min(int64(len(data)), limit-n)]
		n += int64(len(data))
		if _, failed := w.Write(data); failed != nil {
			return n, failed
		}
	}
	if err == io.EOF {
		err = nil
	}
	return n, err
}

// Contents writes the contents of a file.
func (z *Archive) Contents(w io.Writer, n *tree.Node, _ string) error {
	return z.copyTo(w, z.members[n.Offset])
}

func cString(b []byte) string {
	before, _, _ := bytes.Cut(b, []byte{0})
	return string(before)
}
