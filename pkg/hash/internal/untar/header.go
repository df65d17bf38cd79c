package untar

import (
	"bytes"
	"math"
	"strings"
	"time"

	"github.com/pinfetch/pinfetch/pkg/hash/internal/fault"
)

// blockSize is the unit of a tar in bytes.
const blockSize = 512

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

// HeaderSize is how many bytes [IsHeader] and [IsUstar] look at.
const HeaderSize = blockSize

// IsEnd reports whether head is the end of an archive, which an empty tar begins with.
func IsEnd(head []byte) bool {
	return len(head) >= HeaderSize && (*header)(head).checksum() == checksumZero
}

// IsHeader reports whether head begins with a valid header of a member.
func IsHeader(head []byte) bool {
	return len(head) >= blockSize && (*header)(head).checksum() == checksumGood
}

// IsUstar reports whether head begins with a valid header that has the magic of ustar or GNU tar.
func IsUstar(head []byte) bool {
	return IsHeader(head) && ((*header)(head).isUstar() || (*header)(head).isGNU())
}

// header is the first block of a member.
type header [blockSize]byte

func (h *header) isUstar() bool { return string(h[257:263]) == "ustar\x00" }
func (h *header) isGNU() bool   { return string(h[257:265]) == "ustar  \x00" }

// isStar reports whether GNU tar takes a header for one of star (src/list.c, decode_header).
func (h *header) isStar() bool {
	isTime := func(field []byte) bool { return '0' <= field[0] && field[0] <= '7' && field[11] == ' ' }
	return h.isUstar() && h[475] == 0 && isTime(h[476:488]) && isTime(h[488:500])
}

func (h *header) kind() byte { return h[156] }

// checksum is the result of checking a header.
type checksum uint8

const (
	checksumBad checksum = iota
	checksumZero
	checksumGood
)

func (h *header) checksum() checksum {
	var unsigned, signed int64
	for _, b := range h {
		unsigned += int64(b)
		signed += int64(int8(b))
	}
	if unsigned == 0 {
		return checksumZero
	}
	for _, b := range h[148:156] {
		unsigned += ' ' - int64(b)
		signed += ' ' - int64(int8(b))
	}
	recorded, ok := parseOctal(h[148:156])
	if ok && (recorded == unsigned || recorded == signed) {
		return checksumGood
	}
	return checksumBad
}

func (h *header) size() (int64, error) {
	if h.kind() == typeHardLink {
		return 0, nil
	}
	size, ok := parseNumber(h[124:136])
	if !ok || size < 0 {
		return 0, fault.Corrupt("invalid size %q in a header", h[124:136])
	}
	return size, nil
}

// member returns the member that the header describes. A name or link of an extended header replaces its own.
func (h *header) member(ext extensions, size int64) (member, error) {
	m := member{name: cString(h[0:100]), link: cString(h[157:257]), kind: h.kind(), size: size}
	if h[345] != 0 && h.isUstar() {
		m.name = cString(h[345:500]) + "/" + m.name
	}
	if ext.name != nil {
		m.name = *ext.name
	}
	if ext.link != nil {
		m.link = *ext.link
	}
	var mtime, owner int64
	for _, field := range []struct {
		from, to int
		min, max int64
		value    *int64
	}{
		{100, 108, math.MinInt64, math.MaxInt64, &m.mode},
		{108, 116, 0, math.MaxUint32, &owner}, // user
		{116, 124, 0, math.MaxUint32, &owner}, // group
		{136, 148, math.MinInt64, math.MaxInt64, &mtime},
	} {
		n, ok := parseNumber(h[field.from:field.to])
		if !ok || n < field.min || n > field.max {
			return member{}, fault.Refused(m.name, "invalid number %q in its header", h[field.from:field.to])
		}
		*field.value = n
	}
	m.mtime = time.Unix(mtime, 0).UTC()
	return m, nil
}

func cString(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}

// trimNumber drops what may precede a number: one NUL, then white space.
func trimNumber(field []byte) []byte {
	if field[0] == 0 {
		field = field[1:]
	}
	return bytes.TrimLeft(field, " \t\n\v\f\r")
}

// parseOctal parses a number in octal digits that ends at a NUL, white space
// or the end of the field. It returns false for anything else, even for white space alone.
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
	return value, i == len(field) || strings.IndexByte("\x00 \t\n\v\f\r", field[i]) >= 0
}

// parseNumber parses a number in octal or in base 256 (src/list.c, from_header).
func parseNumber(field []byte) (int64, bool) {
	trimmed := trimNumber(field)
	if len(trimmed) == 0 || trimmed[0] != 0x80 && trimmed[0] != 0xff {
		return parseOctal(field)
	}
	value := int64(0) // 0x80 means a positive number
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
