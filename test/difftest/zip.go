package difftest

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/crc32"
	"strconv"
	"strings"
)

var le = binary.LittleEndian

// zipMember is a member to write.
type zipMember struct {
	name          string
	host, version byte
	needs         uint16
	flags         uint16
	method        uint16
	attrs         uint32
	data          []byte
	extra         []byte // of both headers
	zip64         bool
	gap           int // bytes between it and the next
}

// Bits of a member's flags.
const (
	flagDescriptor = 1 << 3
	flagUTF8       = 1 << 11
)

// zipWriter writes headers by hand, because no library writes the odd ones.
type zipWriter struct {
	r         *random
	local     bytes.Buffer
	directory [][]byte
	compress  compressor
}

// makeZip makes a zip.
func makeZip(r *random, c compressor) ([]byte, error) {
	z := &zipWriter{r: r, compress: c}
	next := z.tame
	n := 2 + r.IntN(10)
	if r.chance(6) {
		r.note("wild zip")
		next, n = z.wild, 1+r.IntN(7)
	}
	taken := make(map[string]bool)
	for range n {
		if err := z.write(next(taken)); err != nil {
			return nil, err
		}
	}
	return z.finish(), nil
}

// Modes and types that Unix programs record.
var unixAttrs = []uint32{0o100644, 0o100644, 0o100755, 0o100755, 0o100744, 0o100611, 0o100600, 0o100400, 0o104755, 0o644, 0o755, 0}

// tame is a member that does not conflict with another.
func (z *zipWriter) tame(taken map[string]bool) zipMember {
	r := z.r
	m := zipMember{host: pick[byte](r, 3, 3, 3, 3, 3, 0, 0, 10, 11, 14, 19, 7, 3, 0, 3, 0, 11, 3), needs: pick[uint16](r, 10, 20, 20, 45)}
	m.version = pick[byte](r, 20, 23, 25, 26, 30, 40, 50, 63)
	m.attrs = pick(r, unixAttrs...)<<16 | pick[uint32](r, 0, 0, 0, 1, 0x20, 0x21)
	m.data = r.data()
	m.name = z.freshName(taken)
	switch {
	case r.chance(6):
		m.name += "/"
		m.data = nil
		m.attrs = pick[uint32](r, 0o40755, 0o40555, 0o40700, 0)<<16 | 0x10
	case r.chance(6):
		r.note("zip symbolic link")
		m.attrs = pick[uint32](r, 0o120777, 0o120755, 0o120644)<<16 | pick[uint32](r, 0, 0x20)
		m.data = []byte(pick(r, "target", "../x", "/nowhere", "a//b/", "\xff", strings.Repeat("l/", 60), "n\nl"))
	}
	r.note("zip host " + strconv.Itoa(int(m.host)))
	z.method(&m)
	z.spelling(&m)
	if r.chance(5) {
		r.note("zip data descriptor")
		m.flags |= flagDescriptor
	}
	if r.chance(8) {
		r.note("zip64 field")
		m.zip64 = true
	}
	if r.chance(25) {
		r.note("zip gap")
		m.gap = pick(r, 1, 7, 8, 9, 16, 100)
	}
	if r.chance(30) {
		z.hazard(&m)
	}
	return m
}

// freshName returns an unused name.
func (z *zipWriter) freshName(taken map[string]bool) string {
	r := z.r
	for {
		name := "r"
		for range 1 + r.IntN(3) {
			name += "/" + pick(r, "a", "b", "c", "dir", "sub", "x-y", "m.c", "é", "\x82x", "-z", "..foo", "sp ", "f;1", "x;y", "\xc4")
		}
		name += strconv.Itoa(r.IntN(90))
		prefix := ""
		for i := range len(name) {
			if name[i] == '/' && taken[name[:i]+"\x00"] {
				prefix = name // a parent is a file
			}
		}
		if taken[name] || taken[name+"\x00"] || prefix != "" {
			continue
		}
		for i := range len(name) {
			if name[i] == '/' {
				taken[name[:i]] = true
			}
		}
		taken[name+"\x00"] = true
		if r.chance(30) {
			r.note("zip name with . or ..")
			name = pick(r, "./", "../", "r/../", "r/./") + name
		}
		return name
	}
}

func (z *zipWriter) method(m *zipMember) {
	m.method = pick[uint16](z.r, 0, 8, 8)
	if len(m.data) > 0 && z.r.chance(20) {
		m.method = 12
		z.r.note("zip bzip2")
	}
}

// spelling chooses flags and extra fields, which decide how a name is read.
func (z *zipWriter) spelling(m *zipMember) {
	r := z.r
	if r.chance(5) {
		r.note("zip UTF-8 flag")
		m.flags |= flagUTF8
	}
	if r.chance(3) {
		m.extra = append(m.extra, "UT\x05\x00\x03\x00\x00\x00\x10"...)
	}
	if r.chance(6) {
		m.extra = append(m.extra, "ux\x0b\x00\x01\x04\xe8\x03\x00\x00\x04\xe8\x03\x00\x00"...)
	}
	if r.chance(8) {
		r.note("zip Unicode name")
		name := m.name
		if !strings.HasSuffix(name, "/") {
			name += "-ü"
		}
		z.field(m, "up", "\x01"+string(le.AppendUint32(nil, crc32.ChecksumIEEE([]byte(m.name))))+name)
	}
	if r.chance(15) {
		r.note("zip ASi field")
		z.field(m, "nu", "\x00\x00\x00\x00"+string(le.AppendUint16(nil, pick[uint16](r, 0o100755, 0o100644)))+strings.Repeat("\x00", 8))
	}
}

func (z *zipWriter) field(m *zipMember, id, data string) {
	m.extra = le.AppendUint16(append(m.extra, id...), uint16(len(data)))
	m.extra = append(m.extra, data...)
}

// hazard makes a member that usually makes the archive fail.
func (z *zipWriter) hazard(m *zipMember) {
	r := z.r
	switch r.IntN(9) {
	case 0:
		r.note("zip encryption")
		m.flags |= 1
	case 1:
		r.note("zip method that unzip lacks")
		m.method = pick[uint16](r, 2, 5, 10, 14, 93, 95)
		if strings.HasSuffix(m.name, "/") {
			m.method = pick[uint16](r, 1, 6, 9, 14) // unzip accepts the first three if there is nothing to unpack
		}
	case 2:
		r.note("zip of a newer version")
		m.needs = pick[uint16](r, 46, 47, 51, 63)
	case 3:
		r.note("zip absolute name")
		m.name = "/" + m.name
	case 4:
		r.note("zip backslashes")
		m.name = strings.ReplaceAll(m.name, "/", "\\")
	case 5:
		r.note("zip Unicode name of another")
		z.field(m, "up", "\x01\x00\x00\x00\x00name")
	case 6:
		r.note("zip Unicode name of another version")
		z.field(m, "up", pick(r, "\x00", "\x02", "\xff")+string(le.AppendUint32(nil, crc32.ChecksumIEEE([]byte(m.name))))+"name")
	case 7:
		r.note("zip label or special file")
		m.attrs = pick[uint32](r, 8, 0o10644<<16, 0o140755<<16, 0o60644<<16)
	default:
		r.note("zip damaged extra field")
		m.zip64 = false // otherwise nothing gives the sizes, which unzip accepts
		m.extra = append(m.extra, pick(r, "U", "UT\xff\x00", "UT\x01\x00", "\x01\x00\x00\x00")...)
	}
}

// wild is a member that may do anything to another.
func (z *zipWriter) wild(taken map[string]bool) zipMember {
	r := z.r
	name := pick(r, "r", "r", "r", "r", "r", "./r", "../r", "s")
	for range r.IntN(4) {
		name += pick(r, "/", "/", "/", "/", "/", "//", "/./", "/../")
		name += pick(r, "a", "b", "c", "d", "e", "f", "g", "h", "a;1", "c\x01", "\xff\xfe", "\x82x", "é", "back\\s", ";2", ".", "..", "x;y")
	}
	name += strconv.Itoa(r.IntN(50))
	if len(taken) > 0 && r.chance(8) {
		for used := range taken { // with several, map order would decide
			if name == "" || used < name {
				name = used
			}
		}
		name += pick(r, "", "/z")
	}
	name = pick(r, "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "/") + name + pick(r, "", "", "", "/")
	taken[name] = true
	m := zipMember{name: name, host: pick(r, 3, 3, 3, 3, 0, 0, 0, byte(r.IntN(32))), version: pick[byte](r, 20, 30, 25, 40, 50, 63)}
	m.needs = pick[uint16](r, 10, 20, 20, 45, 46)
	mode := pick[uint32](r, 0o100644, 0o100755, 0o100744, 0o100611, 0o120777, 0o120644, 0o40755, 0o40555, 0o40644, 0, 0o755, 0o600, 0o700, 0o120600)
	m.attrs = mode<<16 | pick[uint32](r, 0, 0, 0, 1, 0x10, 0x11, 0x20, 8)
	m.data = []byte(pick(r, "", "target", "a", "../x", "hello world hello world hello"))
	if strings.HasSuffix(name, "/") {
		m.data = nil
		if r.chance(2) {
			m.attrs = 0o40755<<16 | 0x10
		}
	}
	z.method(&m)
	z.spelling(&m)
	m.flags |= pick[uint16](r, 0, 0, 0, flagUTF8, flagDescriptor, flagUTF8|flagDescriptor)
	m.zip64 = r.chance(10)
	m.gap = pick(r, 0, 0, 0, 0, 0, 8, 20)
	if r.chance(10) {
		z.hazard(&m)
	}
	return m
}

func (z *zipWriter) write(m zipMember) error {
	packed := m.data
	switch m.method {
	case 8:
		var b bytes.Buffer
		w, err := flate.NewWriter(&b, 1+z.r.IntN(9))
		if err != nil {
			return err
		}
		w.Write(m.data)
		w.Close()
		packed = b.Bytes()
	case 12:
		var err error
		if packed, err = z.compress(m.data, "bzip2", "-c"); err != nil {
			return err
		}
	}
	sum := crc32.ChecksumIEEE(m.data)
	if z.r.chance(300) {
		z.r.note("zip checksum is wrong")
		sum++
	}
	at := z.local.Len()
	b := le.AppendUint16([]byte("PK\x03\x04"), m.needs)
	b = le.AppendUint16(b, m.flags)
	b = le.AppendUint16(b, m.method)
	b = append(b, 0, 0, 0x21, 0)
	extra := m.extra
	switch {
	case m.flags&flagDescriptor != 0:
		b = append(b, make([]byte, 12)...)
	case m.zip64:
		b = le.AppendUint32(b, sum)
		b = append(b, "\xff\xff\xff\xff\xff\xff\xff\xff"...)
		extra = z64(extra, len(m.data), len(packed))
	default:
		b = sizes(b, sum, packed, m.data)
	}
	b = le.AppendUint16(b, uint16(len(m.name)))
	b = le.AppendUint16(b, uint16(len(extra)))
	z.local.Write(b)
	z.local.WriteString(m.name)
	z.local.Write(extra)
	z.local.Write(packed)
	if m.flags&flagDescriptor != 0 {
		d := []byte("PK\x07\x08")
		if z.r.chance(4) {
			z.r.note("zip data descriptor without a signature")
			d = nil
		}
		if m.zip64 {
			d = le.AppendUint32(d, sum)
			d = le.AppendUint64(le.AppendUint64(d, uint64(len(packed))), uint64(len(m.data)))
		} else {
			d = sizes(d, sum, packed, m.data)
		}
		z.local.Write(d)
	}
	z.local.Write(make([]byte, m.gap))

	b = append([]byte("PK\x01\x02"), m.version, m.host)
	b = le.AppendUint16(b, m.needs)
	b = le.AppendUint16(b, m.flags)
	b = le.AppendUint16(b, m.method)
	b = append(b, 0, 0, 0x21, 0)
	extra = m.extra
	if m.zip64 {
		b = le.AppendUint32(b, sum)
		b = append(b, "\xff\xff\xff\xff\xff\xff\xff\xff"...)
		extra = z64(extra, len(m.data), len(packed))
	} else {
		b = sizes(b, sum, packed, m.data)
	}
	b = le.AppendUint16(b, uint16(len(m.name)))
	b = le.AppendUint16(b, uint16(len(extra)))
	b = append(b, 0, 0, 0, 0, 0, 0)
	b = le.AppendUint32(b, m.attrs)
	b = le.AppendUint32(b, uint32(at))
	b = append(b, m.name...)
	z.directory = append(z.directory, append(b, extra...))
	return nil
}

func sizes(b []byte, sum uint32, packed, data []byte) []byte {
	b = le.AppendUint32(b, sum)
	b = le.AppendUint32(b, uint32(len(packed)))
	return le.AppendUint32(b, uint32(len(data)))
}

func z64(extra []byte, size, packed int) []byte {
	field := append(bytes.Clone(extra), 1, 0, 16, 0)
	return le.AppendUint64(le.AppendUint64(field, uint64(size)), uint64(packed))
}

// finish writes the central directory and its end record.
func (z *zipWriter) finish() []byte {
	r := z.r
	if r.chance(12) {
		r.note("zip directory in another order")
		r.Shuffle(len(z.directory), func(i, j int) { z.directory[i], z.directory[j] = z.directory[j], z.directory[i] })
	}
	out := z.local.Bytes()
	if r.chance(150) {
		r.note("zip behind other bytes")
		out = append([]byte("#!/bin/sh\n"), out...)
	}
	directory := bytes.Join(z.directory, nil)
	n, start := uint16(len(z.directory)), uint32(z.local.Len())
	out = append(out, directory...)
	if r.chance(12) {
		r.note("zip64 end")
		at := len(out)
		out = append(out, "PK\x06\x06"...)
		out = le.AppendUint64(out, 44)
		out = append(out, 45, 3, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0)
		for _, v := range []int{int(n), int(n), len(directory), int(start)} {
			out = le.AppendUint64(out, uint64(v))
		}
		out = append(out, "PK\x06\x07\x00\x00\x00\x00"...)
		out = le.AppendUint64(out, uint64(at))
		out = append(out, 1, 0, 0, 0)
		if r.chance(2) {
			n, start = 0xffff, 0xffffffff
		}
	}
	out = append(out, "PK\x05\x06\x00\x00\x00\x00"...)
	out = le.AppendUint16(le.AppendUint16(out, n), n)
	out = le.AppendUint32(le.AppendUint32(out, uint32(len(directory))), start)
	switch {
	case r.chance(6):
		r.note("zip comment")
		comment := strings.Repeat("0123456789", 4)
		out = append(le.AppendUint16(out, uint16(len(comment))), comment...)
	case r.chance(30):
		r.note("bytes behind a zip")
		out = append(out, "\x00\x00behind"...)
	default:
		out = append(out, 0, 0)
	}
	return out
}
