package hash

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"strings"
)

// Systems that make zips (APPNOTE.TXT, 4.4.2), by Info-ZIP's numbers.
const (
	hostFAT     = 0
	hostAmiga   = 1
	hostVMS     = 2
	hostUnix    = 3
	hostAtari   = 5
	hostHPFS    = 6
	hostNTFS    = 11
	hostQDOS    = 12
	hostAcorn   = 13
	hostBeOS    = 16
	hostTandem  = 17
	hostTHEOS   = 18
	hostAtheOS  = 30
	attrReadDOS = 1 << 0
	attrVolume  = 1 << 3
	attrDirDOS  = 1 << 4
)

// newestPKZIP is the version 4.6 up to which unzip unpacks, by what a member needs.
const newestPKZIP = 46

// Unix file types, in a member's mode.
const (
	modeType = 0o170000
	modeLink = 0o120000
)

// unpack imitates how Info-ZIP's unzip, as an ordinary user and in a UTF-8 locale,
// unpacks a zip (extract.c, unix/unix.c). Symbolic links come at the end.
func (z *zipReader) unpack() (*node, error) {
	root := newDir(modeOwner)
	modes := make(map[*node]uint16)
	unpacked := int64(0)
	for _, m := range z.members {
		if err := m.supported(); err != nil {
			return nil, err
		}
		unpacked += m.size
		if m.size > z.limits.Unpacked || unpacked > z.limits.Unpacked {
			return nil, passed("of unpacked contents", z.limits.Unpacked, "bytes")
		}
		if err := z.add(root, m, modes); err != nil {
			return nil, err
		}
	}
	if err := z.makeLinks(root); err != nil {
		return nil, err
	}
	for dir, mode := range modes {
		dir.mode = mode & modeOwner
	}
	return root, nil
}

func (m *zipMember) supported() error {
	switch {
	case m.flags&flagEncrypted != 0:
		return refused(m.name, "it is encrypted")
	case m.needs>>8 == hostVMS:
		return refused(m.name, "unzip asks before it unpacks files of VMS")
	case m.needs&0xff > newestPKZIP:
		return refused(m.name, "it needs version %d.%d of PKZIP", m.needs&0xff/10, m.needs&0xff%10)
	case m.isDir() && (m.method == methodShrunk || m.method == methodImploded || m.method == methodDeflate64):
		return nil // there is nothing to decompress
	case m.method != methodStored && m.method != methodDeflate && m.method != methodBzip2:
		return refused(m.name, "its compression method %d is not supported", m.method)
	case m.method == methodStored && !m.isDir() && m.packed != m.size:
		return refused(m.name, "it is stored with two sizes, of which unzip warns")
	}
	return nil
}

func (m *zipMember) isDir() bool { return strings.HasSuffix(m.name, "/") }

// isVolume reports whether a member is the label of a disk, which unzip skips.
func (m *zipMember) isVolume() bool {
	switch m.host {
	case hostFAT, hostHPFS, hostAtari, hostNTFS:
		return m.attrs&attrVolume != 0
	}
	return false
}

// add unpacks one member; it notes the modes of directories, which unzip sets at the end.
func (z *zipReader) add(root *node, m *zipMember, modes map[*node]uint16) error {
	if m.name == "" {
		return refused(m.name, "it has no name")
	}
	if strings.HasPrefix(m.name, "/") {
		return refused(m.name, "its name is absolute, of which unzip warns")
	}
	if m.isVolume() {
		return nil
	}
	if m.host == hostFAT && !strings.Contains(m.name, "/") && strings.Contains(m.name, `\`) {
		return refused(m.name, "its name has backslashes, of which unzip warns")
	}
	parents, base, isDir := mapName(m.name)
	dir, made := root, false
	for _, name := range parents {
		child := dir.children[name]
		switch {
		case len(name) > maxName:
			return refused(m.name, "a name has more than %d bytes", maxName)
		case child == nil:
			child, made = newDir(modeOwner), true
			dir.children[name] = child
		case child.kind != kindDir:
			return refused(m.name, "%q exists, but is no directory", name)
		}
		dir = child
	}
	mode, link := m.attributes()
	switch {
	case isDir && made:
		modes[dir] = mode
		return nil
	case isDir: // the first of two, or of a directory and what is in it, decides
		return nil
	case base == "":
		return refused(m.name, "unzip cannot make a name of it")
	case len(base) > maxName:
		return refused(m.name, "a name has more than %d bytes", maxName)
	case dir.children[base] != nil:
		return refused(m.name, "it is there already: unzip asks whether to replace it")
	}
	n := &node{kind: kindFile, exec: mode&modeSearch != 0, size: m.size, member: m}
	switch {
	case link && m.size > 0:
		n.kind = kindLink
	case m.size == 0: // nothing will be read when the tree is hashed
		if err := z.copyTo(io.Discard, m); err != nil {
			return err
		}
	}
	dir.children[base] = n
	return nil
}

// mapName splits a member's name into the names of directories and that of a
// file, without what unzip drops: ".", "..", control characters, and VMS version numbers.
func mapName(name string) (parents []string, base string, isDir bool) {
	parts := strings.Split(name, "/")
	for _, part := range parts[:len(parts)-1] {
		if part = printable(part); part != "" && part != "." && part != ".." {
			parents = append(parents, part)
		}
	}
	base = parts[len(parts)-1]
	if base == "" {
		return parents, "", true
	}
	base = printable(base)
	if i := strings.LastIndexByte(base, ';'); i >= 0 && strings.Trim(base[i+1:], "0123456789") == "" {
		base = base[:i]
	}
	switch base {
	case ".":
		base = "_"
	case "..":
		base = "__"
	}
	return parents, base, false
}

func printable(name string) string {
	ok := func(c byte) bool { return c >= ' ' && c != 0x7f && c != 0xff }
	for i := range len(name) {
		if !ok(name[i]) {
			b := []byte(name[:i])
			for _, c := range []byte(name[i:]) {
				if ok(c) {
					b = append(b, c)
				}
			}
			return string(b)
		}
	}
	return name
}

// attributes returns the Unix mode that unzip gives a member, and whether it
// takes it for a symbolic link. Only few systems are trusted with either.
func (m *zipMember) attributes() (mode uint16, link bool) {
	mode = uint16(m.attrs >> 16)
	switch m.host {
	case hostAmiga:
		return uint16(m.attrs>>17&7) << 6, false
	case hostUnix, hostVMS, hostAcorn, hostAtari, hostAtheOS, hostBeOS, hostQDOS, hostTandem, hostTHEOS:
		if m.host == hostTHEOS {
			mode = theosMode(m.attrs)
		}
		if mode == 0 {
			if asi, ok := findExtra(m.extra, extraASiUnix); ok && len(asi) >= 6 {
				mode = binary.LittleEndian.Uint16(asi[4:])
			} else if _, vms := findExtra(m.extra, extraVMS); ok || vms {
				return m.attributesDOS(0)
			}
		}
		switch m.host {
		case hostUnix, hostVMS, hostAtari, hostAtheOS, hostBeOS:
			link = mode&modeType == modeLink
		}
		return mode, link
	case hostFAT:
		return m.attributesDOS(mode)
	default:
		return m.attributesDOS(0)
	}
}

// attributesDOS returns the Unix mode where it agrees with the DOS attributes,
// and else one made of them.
func (m *zipMember) attributesDOS(mode uint16) (uint16, bool) {
	owner := uint16(modeRead)
	if m.attrs&attrReadDOS == 0 {
		owner |= modeWrite
	}
	if m.attrs&attrDirDOS != 0 || strings.HasSuffix(m.name, "/") {
		owner |= modeSearch
	}
	if mode&modeOwner == owner {
		return mode, mode&modeType == modeLink && m.host == hostFAT
	}
	return owner, false
}

func theosMode(attrs uint32) uint16 {
	attrs &= 0xf1ffffff
	if attrs&0xf0000000 != 0x40000000 {
		attrs &= 0x01ffffff
	} else {
		attrs &= 0x41ffffff
	}
	return uint16(attrs >> 16)
}

// makeLinks reads the targets of the symbolic links below n.
func (z *zipReader) makeLinks(n *node) error {
	for _, name := range n.names() {
		child := n.children[name]
		switch child.kind {
		case kindDir:
			if err := z.makeLinks(child); err != nil {
				return err
			}
		case kindLink:
			m := child.member
			if m.size > int64(z.limits.Path) {
				return refused(m.name, "its target has more than %d bytes", z.limits.Path)
			}
			var target bytes.Buffer
			if err := z.copyTo(&target, m); err != nil {
				return err
			}
			child.target = cString(target.Bytes())
			if child.target == "" {
				return refused(m.name, "a symbolic link needs a target")
			}
		}
	}
	return nil
}

// decodeName returns a member's name as unzip spells it in a UTF-8 locale.
// Only an extra field, whatever it holds, makes it look at the flag for UTF-8.
func (m *zipMember) decodeName(raw, extra []byte, flags uint16, local bool) (string, error) {
	if bytes.IndexByte(raw, 0) >= 0 {
		return "", refused(string(raw), "its name holds a NUL")
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

// unicodeName returns the last Unicode name in extra. unzip looks no further at one of a version that it does not
// know or that does not belong to the raw name, and says so, but goes on with what it has.
func unicodeName(raw, extra []byte) (name string, found bool) {
	for {
		field, rest, ok := nextExtra(extra, extraUnicode)
		if !ok || len(field) < 5 || field[0] > 1 || binary.LittleEndian.Uint32(field[1:]) != crc32.ChecksumIEEE(raw) {
			return name, found
		}
		if name = cString(field[5:]); name == "" {
			name = string(raw)
		}
		extra, found = rest, true
	}
}

// isOEM reports whether unzip takes a name for one in the code page of DOS.
func (m *zipMember) isOEM(local bool) bool {
	switch m.host {
	case hostFAT:
		hasMode := m.attrs>>16 != 0
		return !((local || hasMode) && (m.version == 25 || m.version == 26 || m.version == 40))
	case hostHPFS:
		return true
	case hostNTFS:
		return m.version == 50
	}
	return false
}

// fromOEM converts code page 850 to Latin-1 as Info-ZIP does, byte by byte,
// with look-alikes for what Latin-1 lacks (ebcdic.h, oem2iso_850).
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
