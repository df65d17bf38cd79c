package unzip

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"

	"github.com/pinfetch/pinfetch/pkg/hash/internal/fault"
)

// decodeName returns a member's name as unzip spells it in a UTF-8 locale.
// unzip looks at the flag for UTF-8 only if there is an extra field, of whatever type.
func (m *member) decodeName(raw, extra []byte, local bool) (string, error) {
	if bytes.IndexByte(raw, 0) >= 0 {
		return "", fault.Refused(string(raw), "its name contains a NUL")
	}
	if len(extra) > 0 {
		if m.flags&flagUTF8 != 0 {
			return string(raw), nil
		}
		if name, ok := unicodeName(raw, extra); ok {
			return name, nil
		}
	}
	if m.isOEM(local) {
		return fromOEM(raw), nil
	}
	return string(raw), nil
}

// unicodeName returns the last Unicode name in extra. unzip stops at a field that has an unknown version or belongs to
// another raw name; it warns, but uses the fields before.
func unicodeName(raw, extra []byte) (name string, found bool) {
	if _, ok := findExtra(extra, extraUnicode); !ok {
		return "", false
	}
	sum := crc32.ChecksumIEEE(raw)
	for {
		field, rest, ok := nextExtra(extra, extraUnicode)
		if !ok || len(field) < 5 || field[0] > 1 || binary.LittleEndian.Uint32(field[1:]) != sum {
			return name, found
		}
		if name = cString(field[5:]); name == "" {
			name = string(raw)
		}
		extra, found = rest, true
	}
}

// isOEM reports whether unzip assumes the code page of DOS for a name.
func (m *member) isOEM(local bool) bool {
	switch m.host {
	case hostFAT:
		hasMode := m.attrs>>16 != 0
		return !((local || hasMode) && (m.version == 25 || m.version == 26 || m.version == 40))
	case hostNTFS:
		return m.version == 50
	}
	return false
}

// fromOEM converts code page 850 to Latin-1 as Info-ZIP does, byte by byte,
// with similar characters where Latin-1 has no equal (ebcdic.h, oem2iso_850).
func fromOEM(raw []byte) string {
	b := bytes.Clone(raw)
	for i, c := range b {
		if c >= 0x80 {
			b[i] = latin1[c-0x80]
		}
	}
	return string(b)
}

const latin1 = "" +
	"\xc7\xfc\xe9\xe2\xe4\xe0\xe5\xe7\xea\xeb\xe8\xef\xee\xec\xc4\xc5" +
	"\xc9\xe6\xc6\xf4\xf6\xf2\xfb\xf9\xff\xd6\xdc\xf8\xa3\xd8\xd7\x83" +
	"\xe1\xed\xf3\xfa\xf1\xd1\xaa\xba\xbf\xae\xac\xbd\xbc\xa1\xab\xbb" +
	"\xa6\xa6\xa6\xa6\xa6\xc1\xc2\xc0\xa9\xa6\xa6\x2b\x2b\xa2\xa5\x2b" +
	"\x2b\x2d\x2d\x2b\x2d\x2b\xe3\xc3\x2b\x2b\x2d\x2d\xa6\x2d\x2b\xa4" +
	"\xf0\xd0\xca\xcb\xc8\x69\xcd\xce\xcf\x2b\x2b\xa6\x5f\xa6\xcc\xaf" +
	"\xd3\xdf\xd4\xd2\xf5\xd5\xb5\xfe\xde\xda\xdb\xd9\xfd\xdd\xaf\xb4" +
	"\xad\xb1\x3d\xbe\xb6\xa7\xf7\xb8\xb0\xa8\xb7\xb9\xb3\xb2\xa6\xa0"
