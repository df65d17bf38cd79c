package hash

import (
	"errors"
	"strings"
	"syscall"
)

// Bounds of Linux that an unpacker cannot pass.
const (
	maxName     = 255 // bytes of one name
	maxSymlinks = 40  // that one path may pass through
)

// errUnsafeLink is what a path meets that leads through a symbolic link out
// of the tree: GNU tar holds such links back until the end, as empty files.
var errUnsafeLink = errors.New("a symbolic link leads out of the archive")

// ErrUndetermined is in those errors of the class [ErrRefused] that are about archives of which GNU tar
// makes one thing on one file system and another on the next.
var ErrUndetermined = errors.New("depends on the file system")

// extraction imitates how GNU tar, as an ordinary user and with its
// default options, unpacks members on a file system (src/extract.c). It keeps a member's name as
// GNU tar spells it, because GNU tar compares names and not directories.
type extraction struct {
	root    *node
	delayed []*delayedMode          // the last is the latest
	modes   map[string]*delayedMode // the same by path
	links   *delayedLink            // the first is the latest
	linkOf  map[*node]*delayedLink  // by placeholder

	// GNU tar knows a placeholder by the number of its inode. Once a member has taken its place, the number
	// is free: ext4 gives it to the next file, tmpfs to none. So it depends
	// on the file system whether GNU tar takes what was made since then, the young, for the placeholder.
	gone    map[*node]int // placeholders that are no more, and the how manieth each was
	young   map[*node]int // what was made after that many were gone
	unknown string        // a path at which GNU tar looks for a placeholder, and one of the young is
}

// delayedMode is a directory whose mode GNU tar sets once it leaves it.
type delayedMode struct {
	path       string
	mode       uint16
	implied    bool // it was made as some member's parent
	afterLinks bool // it waits for the delayed links
	node       *node
}

// delayedLink is a link that GNU tar makes at the end.
type delayedLink struct {
	path, target string
	symbolic     bool
	placeholder  *node
	next         *delayedLink
}

func newExtraction() *extraction {
	return &extraction{
		root:   newDir(modeOwner),
		modes:  make(map[string]*delayedMode),
		linkOf: make(map[*node]*delayedLink),
		gone:   make(map[*node]int),
		young:  make(map[*node]int),
	}
}

// add unpacks one member. It calls file for a file's contents, and only then.
func (x *extraction) add(m *member, file func(*node) error) error {
	name, isDir := strings.TrimRight(m.name, "/"), strings.HasSuffix(m.name, "/")
	if name == "" && isDir {
		name, isDir = "/", false
	}
	if m.name != "" && hasDotDot(m.name) {
		return refused(m.name, "tar refuses a name with \"..\"")
	}
	path := safeName(name)
	if err := x.leave(path, false); err != nil {
		return err
	}
	switch m.kind {
	case typeOldFile, typeFile, typeContiguous:
		if isDir && !m.sparse {
			return x.dir(path, m.mode)
		}
		return x.file(path, m, file)
	case typeDir:
		return x.dir(path, m.mode)
	case typeDumpDir:
		if err := x.dir(path, m.mode); err != nil {
			return err
		}
		return file(&node{kind: kindFile}) // a list of what is in the directory, which tar skips
	case typeSymlink:
		return x.symlink(path, m.link)
	case typeHardLink:
		return x.hardLink(path, safeName(m.link))
	case typeFifo:
		return x.create(path, &node{kind: kindSpecial})
	case typeCharacter, typeBlock:
		return refused(m.name, "only root can make a device")
	case typeMulti:
		return refused(m.name, "tar cannot unpack what continues from another volume")
	default: // GNU tar warns of a type that it does not know, and makes a file
		return x.file(path, m, file)
	}
}

// finish sets what was delayed and returns the tree.
func (x *extraction) finish() (*node, error) {
	if err := x.leave("", false); err != nil {
		return nil, err
	}
	err := x.makeLinks()
	if x.unknown != "" {
		return nil, refused(x.unknown, "a link that leads out of the archive was there before, and what tar then makes %w", ErrUndetermined)
	}
	if err != nil {
		return nil, err
	}
	return x.root, x.leave("", true)
}

// hasDotDot reports whether a component of path is "..".
func hasDotDot(path string) bool {
	for part := range strings.SplitSeq(path, "/") {
		if part == ".." {
			return true
		}
	}
	return false
}

// safeName drops leading slashes, and everything up to the last "..".
func safeName(name string) string {
	for i := strings.LastIndex(name, ".."); i >= 0; i = strings.LastIndex(name[:i], "..") {
		if (i == 0 || name[i-1] == '/') && (i+2 == len(name) || name[i+2] == '/') {
			name = name[i+2:]
			break
		}
	}
	if name = strings.TrimLeft(name, "/"); name == "" {
		return "."
	}
	return name
}

// isRoot reports whether path is ".", however it is spelled.
func isRoot(path string) bool {
	for part := range strings.SplitSeq(path, "/") {
		if part != "" && part != "." {
			return false
		}
	}
	return true
}

// place is where a path leads: a name in a directory, and what is there.
type place struct {
	dir  *node
	name string // "." for the directory itself
	node *node  // nil if there is nothing
}

// lookup follows path through directories and symbolic links, but not
// through a link at its end.
func (x *extraction) lookup(path string) (place, error) {
	dir, rest, links := x.root, path, 0
	for {
		name, after, _ := strings.Cut(strings.TrimLeft(rest, "/"), "/")
		after = strings.TrimLeft(after, "/")
		last := after == ""
		switch {
		case dir.mode&modeSearch == 0:
			return place{}, syscall.EACCES
		case name == "" || name == ".":
			if last {
				return place{dir, ".", dir}, nil
			}
			rest = after
			continue
		case name == "..":
			return place{}, errUnsafeLink
		case len(name) > maxName:
			return place{}, syscall.ENAMETOOLONG
		}
		n := dir.children[name]
		if last {
			return place{dir, name, n}, nil
		}
		rest = after
		switch {
		case n == nil:
			return place{}, syscall.ENOENT
		case n.kind == kindDir:
			dir = n
		case n.kind != kindLink:
			return place{}, syscall.ENOTDIR
		case strings.HasPrefix(n.target, "/"):
			return place{}, errUnsafeLink
		default:
			if links++; links > maxSymlinks {
				return place{}, syscall.ELOOP
			}
			rest = n.target + "/" + after
		}
	}
}

// put makes n at path, as a system call does that never replaces anything.
func (x *extraction) put(path string, n *node) error {
	p, err := x.lookup(path)
	switch {
	case err != nil:
		return err
	case p.node != nil:
		return syscall.EEXIST
	case p.dir.mode&modeWrite == 0:
		return syscall.EACCES
	}
	p.dir.children[p.name] = n
	return nil
}

// make is put of a new node.
func (x *extraction) make(path string, n *node) error {
	err := x.put(path, n)
	if err == nil {
		x.born(n)
	}
	return err
}

func (x *extraction) born(n *node) {
	if len(x.gone) > 0 {
		x.young[n] = len(x.gone)
	}
}

// create makes n at path: it makes the parents that are missing, or removes
// what is there if it is no directory or an empty one.
func (x *extraction) create(path string, n *node) error {
	implied := false
	for {
		err := x.make(path, n)
		if err == nil {
			return nil
		}
		if !x.recover(path, err, &implied) {
			return refused(path, "tar cannot create it: %w", err)
		}
	}
}

// recover does what may let the next try succeed, and reports whether there should be one.
func (x *extraction) recover(path string, err error, implied *bool) bool {
	if *implied {
		return false
	}
	switch err {
	case syscall.EEXIST:
		if x.remove(path) {
			return true
		}
	case syscall.ENOENT:
	default:
		return false
	}
	return x.makeParents(path, implied) && *implied
}

// remove removes a file, link or empty directory.
func (x *extraction) remove(path string) bool {
	p, err := x.lookup(path)
	if err != nil || p.name == "." || p.dir.mode&modeWrite == 0 {
		return false
	}
	if p.node.kind == kindDir {
		if len(p.node.children) > 0 {
			return false
		}
		x.forget(path)
	}
	if p.node.kind == kindPlaceholder {
		x.gone[p.node] = len(x.gone) + 1
	}
	delete(p.dir.children, p.name)
	return true
}

// makeParents makes the directories above path that are missing.
func (x *extraction) makeParents(path string, made *bool) bool {
	for i := range len(path) {
		if path[i] != '/' || i == 0 || path[i-1] == '/' {
			continue
		}
		if name := path[strings.LastIndexByte(path[:i], '/')+1 : i]; name == "." {
			continue
		}
		dir := newDir(modeOwner)
		switch err := x.make(path[:i], dir); err {
		case nil:
			x.delay(&delayedMode{path: path[:i], mode: modeOwner, implied: true, node: dir})
			*made = true
		case syscall.EEXIST:
		default:
			return false
		}
	}
	return true
}

func (x *extraction) file(path string, m *member, contents func(*node) error) error {
	n := &node{kind: kindFile, exec: m.mode&modeSearch != 0}
	if err := x.create(path, n); err != nil {
		return err
	}
	return contents(n)
}

// dir makes a directory, or takes one that is there.
func (x *extraction) dir(path string, mode int64) error {
	// Until GNU tar leaves it, it can write there.
	dir := newDir(uint16(mode) | modeWrite | modeSearch)
	implied := false
	for {
		err := x.make(path, dir)
		if err == nil {
			break
		}
		if err == syscall.EEXIST {
			if p, err := x.lookup(path); err == nil && p.node.kind == kindDir {
				if implied {
					return x.repair(path, p.node, mode)
				}
				dir = p.node
				break
			}
		}
		if !x.recover(path, err, &implied) {
			return refused(path, "tar cannot make the directory: %w", err)
		}
	}
	x.delay(&delayedMode{path: path, mode: uint16(mode) & modeOwner, node: dir})
	return nil
}

// symlink makes a symbolic link, at once if it cannot lead out of the tree.
func (x *extraction) symlink(path, target string) error {
	switch {
	case target == "":
		return refused(path, "a symbolic link needs a target")
	case strings.HasPrefix(target, "/") || hasDotDot(target):
		return x.placeholder(path, target, true, nil)
	}
	return x.create(path, &node{kind: kindLink, target: target})
}

// hardLink gives what is at target another name.
func (x *extraction) hardLink(path, target string) error {
	if dl := x.linkAt(target); dl != nil {
		return x.placeholder(path, target, false, dl)
	}
	implied := false
	for {
		src, err := x.lookup(target)
		switch {
		case err != nil:
		case src.node == nil:
			err = syscall.ENOENT
		case src.node.kind == kindDir:
			err = syscall.EPERM
		default:
			if err = x.put(path, src.node); err == nil {
				return nil
			}
		}
		if dst, dstErr := x.lookup(path); dstErr == nil && src.node != nil && dst.node == src.node {
			return nil
		}
		if !x.recover(path, err, &implied) {
			return refused(path, "tar cannot link it to %q: %w", target, err)
		}
	}
}

// linkAt returns the delayed link whose placeholder is at path.
func (x *extraction) linkAt(path string) *delayedLink {
	p, err := x.lookup(path)
	if err != nil || p.node == nil {
		return nil
	}
	if x.young[p.node] > 0 {
		x.unknown = path
	}
	return x.linkOf[p.node]
}

// placeholder makes an empty file that a link will replace at the end; the
// link comes after that of prev, or first.
func (x *extraction) placeholder(path, target string, symbolic bool, prev *delayedLink) error {
	n := &node{kind: kindPlaceholder}
	implied := false
	for {
		err := x.make(path, n)
		if err == nil {
			break
		}
		if err == syscall.EEXIST && x.linkAt(path) != nil {
			return nil // the first of two such links wins
		}
		if !x.recover(path, err, &implied) {
			return refused(path, "tar cannot create it: %w", err)
		}
	}
	dl := &delayedLink{path: path, target: target, symbolic: symbolic, placeholder: n}
	x.linkOf[n] = dl
	if prev != nil {
		dl.next, prev.next = prev.next, dl
	} else {
		dl.next, x.links = x.links, dl
	}
	if i := strings.LastIndexByte(path, '/'); i > 0 {
		if d := x.modes[path[:i]]; d != nil && !d.afterLinks {
			x.waitForLinks(d)
		}
	}
	return nil
}

// makeLinks replaces the placeholders that are still there.
func (x *extraction) makeLinks() error {
	for dl := x.links; dl != nil; dl = dl.next {
		p, err := x.lookup(dl.path)
		if err == nil && p.node != nil && x.gone[dl.placeholder] > 0 && x.young[p.node] >= x.gone[dl.placeholder] {
			x.unknown = dl.path
		}
		if err != nil || p.node != dl.placeholder {
			continue
		}
		if p.dir.mode&modeWrite == 0 {
			return refused(dl.path, "tar cannot make the link: %w", syscall.EACCES)
		}
		if dl.symbolic {
			n := &node{kind: kindLink, target: dl.target}
			p.dir.children[p.name] = n
			x.born(n)
			continue
		}
		delete(p.dir.children, p.name)
		src, err := x.lookup(dl.target)
		switch {
		case err != nil:
		case src.node == nil:
			err = syscall.ENOENT
		case src.node.kind == kindDir:
			err = syscall.EPERM
		}
		if err != nil {
			return refused(dl.path, "tar cannot link it to %q: %w", dl.target, err)
		}
		p.dir.children[p.name] = src.node
	}
	return nil
}

// delay remembers the mode of a directory. One that is remembered already keeps its turn.
func (x *extraction) delay(d *delayedMode) {
	if known := x.modes[d.path]; known != nil {
		if known.implied {
			known.node = d.node
		}
		known.mode, known.implied = d.mode, d.implied
		d = known
	} else {
		x.delayed = append(x.delayed, d)
		x.modes[d.path] = d
	}
	if isRoot(d.path) {
		x.waitForLinks(d)
	}
}

// waitForLinks marks d and everything remembered before it, up to what is marked.
func (x *extraction) waitForLinks(d *delayedMode) {
	i := len(x.delayed) - 1
	for x.delayed[i] != d {
		i--
	}
	for first := true; i >= 0 && (first || !x.delayed[i].afterLinks); i-- {
		first = false
		x.delayed[i].afterLinks = true
		if p, err := x.lookup(x.delayed[i].path); err == nil {
			x.delayed[i].node = p.node
		}
	}
}

// forget drops the mode of a directory that is gone.
func (x *extraction) forget(path string) {
	for i, d := range x.delayed {
		if d.path == path {
			x.delayed = append(x.delayed[:i], x.delayed[i+1:]...)
			delete(x.modes, path)
			return
		}
	}
}

// repair gives an implied directory, that turned out to be the member itself, its mode.
func (x *extraction) repair(path string, dir *node, mode int64) error {
	for i := len(x.delayed) - 1; i >= 0; i-- {
		d := x.delayed[i]
		p, err := x.lookup(d.path)
		if err != nil || p.node == nil {
			return refused(d.path, "the directory is gone before tar can set its mode")
		}
		if p.node == dir {
			d.mode, d.implied = uint16(mode)&modeOwner, false
			return nil
		}
	}
	return refused(path, "tar finds it inconsistent")
}

// leave sets the modes of the latest directories until it meets one above path.
// Those that wait for links stay, and stop it, unless afterLinks.
func (x *extraction) leave(path string, afterLinks bool) error {
	for len(x.delayed) > 0 {
		last := len(x.delayed) - 1
		d := x.delayed[last]
		if d.afterLinks && !afterLinks || isAbove(d.path, path) {
			return nil
		}
		x.delayed = x.delayed[:last]
		delete(x.modes, d.path)
		if d.implied && !d.afterLinks {
			continue
		}
		p, err := x.lookup(d.path)
		if err != nil || p.node == nil || p.node.kind != kindDir || d.afterLinks && p.node != d.node {
			return refused(d.path, "the directory is gone before tar can set its mode")
		}
		if !d.implied {
			p.node.mode = d.mode
		}
	}
	return nil
}

// isAbove reports whether dir is a parent of path, by their spelling.
func isAbove(dir, path string) bool {
	n := len(dir)
	return n < len(path) && path[:n] == dir && (path[n] == '/' || n > 0 && path[n-1] == '/')
}
