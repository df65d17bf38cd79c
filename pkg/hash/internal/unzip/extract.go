package unzip

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"io"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/hash/internal/fault"
	"github.com/pinfetch/pinfetch/pkg/hash/internal/tree"
)

// maxName is the limit of Linux for one name in bytes.
const maxName = 255

// newestPKZIP is the latest version of PKZIP whose members unzip unpacks, 4.6.
const newestPKZIP = 46

// needsVMS is the system in the version that files of VMS need.
const needsVMS = 2

// Bits of DOS attributes.
const (
	attrReadOnly = 1 << 0
	attrVolume   = 1 << 3
	attrDir      = 1 << 4
)

// Unix file types, in a member's mode.
const (
	modeType = 0o170000
	modeLink = 0o120000
)

// Unpack unpacks the zip into a tree. Symbolic links are made last.
func (z *Archive) Unpack() (*tree.Node, error) {
	root := tree.NewDir(tree.ModeOwner)
	modes := make(map[*tree.Node]uint16)
	unpacked, usage := int64(0), tree.Usage{}
	for i, m := range z.members {
		if err := m.supported(); err != nil {
			return nil, err
		}
		unpacked += m.size
		if m.size > z.limits.Unpacked || unpacked > z.limits.Unpacked {
			return nil, fault.Exceeded(fault.ErrUnpacked, z.limits.Unpacked, "bytes of unpacked contents")
		}
		usage.Members++
		usage.Text += len(m.name)
		if err := cmp.Or(z.add(root, i, modes, &usage), usage.Check(z.limits)); err != nil {
			return nil, err
		}
	}
	if err := z.makeLinks(root, &usage); err != nil {
		return nil, err
	}
	for dir, mode := range modes {
		dir.Mode = mode & tree.ModeOwner
	}
	return root, nil
}

func (m *member) supported() error {
	switch {
	case m.flags&flagEncrypted != 0:
		return fault.Refused(m.name, "it is encrypted")
	case m.needs>>8 == needsVMS:
		return fault.Refused(m.name, "unzip asks for confirmation before it unpacks files of VMS")
	case m.needs&0xff > newestPKZIP:
		return fault.Refused(m.name, "it needs PKZIP %d.%d, which unzip does not support", m.needs&0xff/10, m.needs&0xff%10)
	case m.isDir() && (m.method == methodShrunk || m.method == methodImploded || m.method == methodDeflate64):
		return nil // it has nothing to decompress
	case m.method != methodStored && m.method != methodDeflate && m.method != methodBzip2:
		return fault.Refused(m.name, "its compression method %d is not supported", m.method)
	case m.method == methodStored && !m.isDir() && m.packed != m.size:
		return fault.Refused(m.name, "unzip warns about a stored member with two sizes")
	}
	return nil
}

func (m *member) isDir() bool { return strings.HasSuffix(m.name, "/") }

// isVolume reports whether a member is the label of a disk, which unzip skips.
func (m *member) isVolume() bool {
	return (m.host == hostFAT || m.host == hostNTFS) && m.attrs&attrVolume != 0
}

// add unpacks member i. It records the modes of directories, which unzip sets at the end.
func (z *Archive) add(root *tree.Node, i int, modes map[*tree.Node]uint16, usage *tree.Usage) error {
	m := z.members[i]
	if m.name == "" {
		return fault.Refused(m.name, "it has no name")
	}
	if strings.HasPrefix(m.name, "/") {
		return fault.Refused(m.name, "unzip warns about an absolute name")
	}
	if m.isVolume() {
		return nil
	}
	if m.host == hostFAT && !strings.Contains(m.name, "/") && strings.Contains(m.name, `\`) {
		return fault.Refused(m.name, "unzip warns about backslashes in the name")
	}
	var base string
	var isDir bool
	z.parents, base, isDir = mapName(m.name, z.parents[:0])
	dir, made := root, false
	for _, name := range z.parents {
		child := dir.Children[name]
		switch {
		case len(name) > maxName:
			return fault.Refused(m.name, "a name is longer than %d bytes", maxName)
		case child == nil:
			child, made = tree.NewDir(tree.ModeOwner), true
			dir.Children[name] = child
			usage.Implied++
		case child.Kind != tree.Dir:
			return fault.Refused(m.name, "%q already exists and is not a directory", name)
		}
		dir = child
	}
	mode, link := m.attributes()
	switch {
	case isDir && made:
		usage.Implied-- // it is the member itself
		modes[dir] = mode
		return nil
	case isDir: // it exists already, and keeps its mode
		return nil
	case base == "":
		return fault.Refused(m.name, "unzip cannot map its name")
	case len(base) > maxName:
		return fault.Refused(m.name, "a name is longer than %d bytes", maxName)
	case dir.Children[base] != nil:
		return fault.Refused(m.name, "it already exists, and unzip asks whether to replace it")
	}
	n := &tree.Node{Kind: tree.File, Exec: mode&tree.ModeSearch != 0, Size: m.size, Offset: int64(i)}
	switch {
	case link && m.size > 0:
		n.Kind = tree.Link
	case m.size == 0: // hashing does not read an empty file
		if err := z.copyTo(io.Discard, m); err != nil {
			return err
		}
	}
	dir.Children[base] = n
	return nil
}

// mapName splits a member's name into the names of its directories, which it appends to parents, and of the
// file. As unzip does, it drops ".", "..", control characters and VMS version numbers.
func mapName(name string, parents []string) (_ []string, base string, isDir bool) {
	for {
		part, rest, found := strings.Cut(name, "/")
		if !found {
			break
		}
		if part = printable(part); part != "" && part != "." && part != ".." {
			parents = append(parents, part)
		}
		name = rest
	}
	base = name
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
// is a symbolic link for unzip, which trusts only some systems.
func (m *member) attributes() (mode uint16, link bool) {
	mode = uint16(m.attrs >> 16)
	switch m.host {
	case hostFAT:
		return m.attributesDOS(mode)
	case hostUnix:
		if mode == 0 {
			asi, ok := findExtra(m.extra, extraASiUnix)
			if _, vms := findExtra(m.extra, extraVMS); len(asi) < 6 && (ok || vms) {
				return m.attributesDOS(0)
			}
			if ok {
				mode = binary.LittleEndian.Uint16(asi[4:])
			}
		}
		return mode, mode&modeType == modeLink
	default:
		return m.attributesDOS(0)
	}
}

// attributesDOS returns the Unix mode if it agrees with the DOS attributes, otherwise a mode derived from them.
func (m *member) attributesDOS(mode uint16) (uint16, bool) {
	owner := uint16(tree.ModeRead)
	if m.attrs&attrReadOnly == 0 {
		owner |= tree.ModeWrite
	}
	if m.attrs&attrDir != 0 || strings.HasSuffix(m.name, "/") {
		owner |= tree.ModeSearch
	}
	if mode&tree.ModeOwner == owner {
		return mode, mode&modeType == modeLink && m.host == hostFAT
	}
	return owner, false
}

// makeLinks reads the targets of the symbolic links below n.
func (z *Archive) makeLinks(n *tree.Node, usage *tree.Usage) error {
	for _, name := range n.Names() {
		child := n.Children[name]
		switch child.Kind {
		case tree.Dir:
			if err := z.makeLinks(child, usage); err != nil {
				return err
			}
		case tree.Link:
			m := z.members[child.Offset]
			usage.Text += int(m.size)
			if m.size > int64(z.limits.Path) {
				return fault.Refused(m.name, "its target is longer than %d bytes", z.limits.Path)
			}
			var target bytes.Buffer
			if err := cmp.Or(usage.Check(z.limits), z.copyTo(&target, m)); err != nil {
				return err
			}
			child.Target = cString(target.Bytes())
			if child.Target == "" {
				return fault.Refused(m.name, "a symbolic link without a target")
			}
		}
	}
	return nil
}
