package difftest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// tarFormat is how a tar encodes values that do not fit its headers.
type tarFormat string

const (
	formatV7    tarFormat = "v7"
	formatUstar tarFormat = "ustar"
	formatGNU   tarFormat = "GNU"
	formatPax   tarFormat = "pax"
)

const blockSize = 512

// tarMember is a member to write.
type tarMember struct {
	name, link string
	kind       byte
	mode       int64
	data       []byte
	size       int // as recorded; if 0, that of data
}

// tarWriter writes headers by hand, because no library writes the odd ones.
type tarWriter struct {
	r      *random
	format tarFormat
	out    bytes.Buffer
	plain  bool // no oddities in the headers
}

func newTarWriter(r *random) *tarWriter {
	w := &tarWriter{r: r, format: pick(r, formatV7, formatUstar, formatUstar, formatGNU, formatGNU, formatPax, formatPax)}
	r.note("format " + string(w.format))
	return w
}

// odd is true with a probability of 1 in n, and never in a plain archive.
func (w *tarWriter) odd(n int) bool { return !w.plain && w.r.chance(n) }

func (w *tarWriter) pad() { w.out.Write(make([]byte, -w.out.Len()&(blockSize-1))) }

// write writes a member, with extended headers if a name is too long, and sometimes
// if it is not.
func (w *tarWriter) write(m tarMember) {
	var records []string
	if w.format == formatPax && w.odd(4) {
		w.r.note("pax records that mean nothing")
		records = append(records, pick(w.r, "mtime", "atime", "ctime"), "1234567.5", "SCHILY.xattr.user.x", "1",
			"LIBARCHIVE.creationtime", "1.5", "uid", "3000000", "comment", "c=d\n")
	}
	name, prefix := m.name, ""
	if len(name) > 100 || w.odd(10) {
		name, prefix, records = w.long(m.name, 'L', "path", records)
	}
	link := m.link
	if len(link) > 100 || link != "" && w.odd(10) {
		link, _, records = w.long(m.link, 'K', "linkpath", records)
	}
	size := m.size
	if size == 0 {
		size = len(m.data)
	}
	if size > 0 && w.format == formatPax && w.odd(10) {
		w.r.note("pax size")
		records = append(records, "size", strconv.Itoa(size))
		size = w.r.IntN(1000)
	}
	w.pax(records)
	w.header(m, name, prefix, link, size)
	w.out.Write(m.data)
	w.pad()
}

// long writes a name that does not fit, and returns what to put in the header.
func (w *tarWriter) long(name string, kind byte, key string, records []string) (string, string, []string) {
	cut := strings.IndexByte(name[min(len(name), max(0, len(name)-101)):], '/') + max(0, len(name)-101)
	switch {
	case w.format == formatPax && !strings.Contains(name, "\x00"):
		w.r.note("pax " + key)
		return "junk", "", append(records, key, name)
	case w.format == formatUstar && kind == 'L' && cut > 0 && cut <= 155 && len(name)-cut-1 <= 100 && len(name) > cut+1:
		w.r.note("ustar prefix")
		return name[cut+1:], name[:cut], records
	}
	w.r.note("GNU long name or link")
	data := name + "\x00"
	w.header(tarMember{kind: kind, mode: 0o644}, "././@LongLink", "", "", len(data))
	w.out.WriteString(data)
	w.pad()
	return name[:min(len(name), 100)], "", records
}

// pax writes an extended header of keys and values.
func (w *tarWriter) pax(records []string) {
	if len(records) > 0 {
		w.extended('x', records)
	}
}

func (w *tarWriter) extended(kind byte, records []string) {
	var data bytes.Buffer
	for i := 0; i < len(records); i += 2 {
		data.WriteString(paxRecord(records[i], records[i+1]))
	}
	w.header(tarMember{kind: kind, mode: 0o644}, pick(w.r, "PaxHeaders/x", "pax", "./@PaxHeader"), "", "", data.Len())
	w.out.Write(data.Bytes())
	w.pad()
}

// paxRecord spells "LENGTH KEY=VALUE\n", where the length counts itself.
func paxRecord(key, value string) string {
	text := " " + key + "=" + value + "\n"
	n := len(text)
	for n != len(strconv.Itoa(n))+len(text) {
		n = len(strconv.Itoa(n)) + len(text)
	}
	return strconv.Itoa(n) + text
}

func (w *tarWriter) header(m tarMember, name, prefix, link string, size int) {
	h := make([]byte, blockSize)
	copy(h[0:100], name)
	w.number(h[100:108], m.mode)
	w.number(h[108:116], int64(w.r.IntN(2000)))
	w.number(h[116:124], int64(w.r.IntN(2000)))
	w.number(h[124:136], int64(size))
	w.number(h[136:148], 1_000_000_000+int64(w.r.IntN(1<<29)))
	h[156] = m.kind
	copy(h[157:257], link)
	switch w.format {
	case formatUstar, formatPax:
		copy(h[257:], "ustar\x0000root")
		copy(h[297:], "root")
	case formatGNU:
		copy(h[257:], "ustar  \x00root")
		copy(h[297:], "root")
	}
	copy(h[345:500], prefix)
	w.sign(h)
	w.out.Write(h)
}

// sign writes the checksum.
func (w *tarWriter) sign(h []byte) {
	copy(h[148:156], "        ")
	sum := 0
	signed := w.odd(30)
	for _, b := range h {
		if signed {
			sum += int(int8(b))
		} else {
			sum += int(b)
		}
	}
	if signed && sum > 0 {
		w.r.note("signed checksum")
	}
	copy(h[148:156], fmt.Sprintf("%06o\x00 ", max(sum, 0)))
}

// number writes a number in one of the encodings that GNU tar reads.
func (w *tarWriter) number(field []byte, n int64) {
	digits := len(field) - 1
	switch {
	case w.odd(25):
		w.r.note("base-256 number")
		binary.BigEndian.PutUint64(field[len(field)-8:], uint64(n))
		field[0] |= 0x80
	case w.odd(25):
		w.r.note("number with spaces")
		copy(field, fmt.Sprintf("%*o ", digits, n))
	case w.odd(25):
		w.r.note("number without an end")
		copy(field, fmt.Sprintf("%0*o", digits+1, n))
	default:
		copy(field, fmt.Sprintf("%0*o\x00", digits, n))
	}
}

// sparse writes a file with holes, in one of the four ways.
func (w *tarWriter) sparse(name string, mode int64) {
	type region struct{ at, size int }
	var regions []region
	var data []byte
	at := 0
	for range 1 + w.r.IntN(6) {
		at += pick(w.r, 0, 1, 512, 4096, 1+w.r.IntN(9000))
		size := pick(w.r, 0, 1, 512, 1+w.r.IntN(1500))
		regions = append(regions, region{at, size})
		data = append(data, w.r.bytes(size)...)
		at += size
	}
	if w.r.chance(2) { // a hole at the end
		at += w.r.IntN(5000)
		regions = append(regions, region{at, 0})
	}
	if w.format != formatPax {
		w.format = formatGNU
		w.r.note("sparse, old GNU")
		mark := w.out.Len()
		w.header(tarMember{kind: 'S', mode: mode}, name, "", "", len(data))
		b := w.out.Bytes()[mark:]
		entries := func(to []byte, n int) {
			for i := 0; i < n && len(regions) > 0; i++ {
				copy(to[24*i:], fmt.Sprintf("%011o\x00%011o\x00", regions[0].at, regions[0].size))
				regions = regions[1:]
			}
		}
		entries(b[386:], 4)
		copy(b[483:495], fmt.Sprintf("%011o\x00", at))
		if len(regions) > 0 {
			b[482] = 1
		}
		w.sign(b)
		for len(regions) > 0 {
			extra := make([]byte, blockSize)
			entries(extra, 21)
			if len(regions) > 0 {
				extra[504] = 1
			}
			w.out.Write(extra)
		}
		w.out.Write(data)
		w.pad()
		return
	}
	size := strconv.Itoa(at)
	records := []string{"GNU.sparse.size", size, "GNU.sparse.numblocks", strconv.Itoa(len(regions))}
	switch w.r.IntN(3) {
	case 0:
		w.r.note("sparse, pax 0.0")
		for _, r := range regions {
			records = append(records, "GNU.sparse.offset", strconv.Itoa(r.at), "GNU.sparse.numbytes", strconv.Itoa(r.size))
		}
	case 1:
		w.r.note("sparse, pax 0.1")
		var numbers []string
		for _, r := range regions {
			numbers = append(numbers, strconv.Itoa(r.at), strconv.Itoa(r.size))
		}
		records = append(records, "GNU.sparse.map", strings.Join(numbers, ","), "GNU.sparse.name", name)
		name = "GNUSparseFile.1/x"
	default:
		w.r.note("sparse, pax 1.0")
		records = []string{"GNU.sparse.major", "1", "GNU.sparse.minor", "0", "GNU.sparse.name", name, "GNU.sparse.realsize", size}
		text := fmt.Sprintf("%d\n", len(regions))
		for _, r := range regions {
			text += fmt.Sprintf("%d\n%d\n", r.at, r.size)
		}
		text += string(make([]byte, -len(text)&(blockSize-1)))
		data = append([]byte(text), data...)
		name = "GNUSparseFile.1/x"
	}
	w.pax(records)
	w.header(tarMember{kind: '0', mode: mode}, name, "", "", len(data))
	w.out.Write(data)
	w.pad()
}

// finish ends the archive in one of the ways that GNU tar accepts.
func (w *tarWriter) finish() []byte {
	switch end := w.r.IntN(10); {
	case w.plain || end < 5:
		w.out.Write(make([]byte, 2*blockSize))
	case end == 5:
		w.r.note("end of one block")
		w.out.Write(make([]byte, blockSize))
	case end == 6:
		w.r.note("no end")
	case end == 7:
		w.r.note("end up to a record")
		w.out.Write(make([]byte, 2*blockSize))
		w.out.Write(make([]byte, -w.out.Len()%10240+10240))
	case end == 8:
		w.r.note("garbage behind the end")
		w.out.Write(make([]byte, 2*blockSize))
		w.out.Write(w.r.bytes(w.r.IntN(2000)))
	default:
		w.r.note("another archive behind the end")
		first := bytes.Clone(w.out.Bytes())
		w.out.Write(make([]byte, 2*blockSize))
		w.out.Write(first)
	}
	return w.out.Bytes()
}
