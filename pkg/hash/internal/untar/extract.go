package untar

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"syscall"

	"github.com/pinfetch/pinfetch/pkg/hash/internal/fault"
	"github.com/pinfetch/pinfetch/pkg/hash/internal/tree"
)

// Limits of Linux.
const (
	maxName     = 255 // bytes of one name
	maxSymlinks = 40  // symbolic links that one path may pass through
)

// maxSteps bounds how many names are looked up in directories to unpack one archive. Symbolic links can make each path
// as long as 40 others. So many take about a second; a million members in real directories take a quarter of it.
const maxSteps = 1 << 26

// errUnsafeLink is the error of a path through a symbolic link that leads out of the
// tree. GNU tar makes such links at the end; until then they are empty files.
var errUnsafeLink = errors.New("a symbolic link leads out of the archive")

// extraction imitates how GNU tar, run by an ordinary user with default options, unpacks members on a file system
// (src/extract.c). It keeps a member's name as GNU tar spells it, because GNU tar compares names and not directories.
type extraction struct {
	root         *tree.Node
	delayed      []*delayedMode          // the last is the latest
	modes        map[string]*delayedMode // the same by path
	links        *delayedLink            // the first is the latest
	placeholders map[*tree.Node]*delayedLink

	// GNU tar identifies a placeholder by its inode number. Once another member replaces the placeholder, the number
	// is free: ext4 gives it to the next file, tmpfs never reuses it. So the file system decides
	// whether GNU tar takes a node that was made later for the placeholder.
	replaced  map[*tree.Node]int // replaced placeholders, numbered from 1 in order of replacement
	later     map[*tree.Node]int // nodes made after a replacement, and how many replacements came before
	ambiguous string             // a path at which GNU tar looks for a placeholder and finds a later node

	usage tree.Usage
	steps int // see maxSteps
}

// delayedMode is a directory whose mode GNU tar sets when it leaves the directory.
type delayedMode struct {
	path       string
	mode       uint16
	implied    bool // it was made as a parent of another member
	afterLinks bool // it waits for the delayed links
	node       *tree.Node
}

// delayedLink is a link that GNU tar makes at the end, in place of a placeholder: an empty file.
type delayedLink struct {
	path, target string
	symbolic     bool
	placeholder  *tree.Node
	next         *delayedLink
}

func newExtraction() *extraction {
	return &extraction{
		root:         tree.NewDir(tree.ModeOwner),
		modes:        make(map[string]*delayedMode),
		placeholders: make(map[*tree.Node]*delayedLink),
		replaced:     make(map[*tree.Node]int),
		later:        make(map[*tree.Node]int),
	}
}

// add unpacks one member. It calls file for the contents of a file.
func (x *extraction) add(m *member, file func(*tree.Node) error) error {
	name, isDir := strings.TrimRight(m.name, "/"), strings.HasSuffix(m.name, "/")
	if name == "" && isDir {
		name, isDir = "/", false
	}
	if m.name != "" && hasDotDot(m.name) {
		return fault.Refused(m.name, "tar refuses names with \"..\"")
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
		return file(&tree.Node{Kind: tree.File}) // tar skips the data, a list of the directory's entries
	case typeSymlink:
		return x.symlink(path, m.link)
	case typeHardLink:
		return x.hardLink(path, safeName(m.link))
	case typeFifo:
		return x.create(path, &tree.Node{Kind: tree.Special})
	case typeCharacter, typeBlock:
		return fault.Refused(m.name, "only root can create a device")
	case typeMulti:
		return fault.Refused(m.name, "tar cannot unpack a member that continues from another volume")
	default: // GNU tar warns about an unknown type and makes a file
		return x.file(path, m, file)
	}
}

// finish makes delayed links, sets delayed modes and returns the tree.
func (x *extraction) finish() (*tree.Node, error) {
	if err := x.leave("", false); err != nil {
		return nil, err
	}
	err := x.makeLinks()
	if x.ambiguous != "" {
		return nil, fault.Undetermined(x.ambiguous, "the member replaces a link that leads out of the archive")
	}
	if err != nil {
		return nil, err
	}
	return x.root, x.leave("", true)
}

// checkSteps returns a [fault.ErrLimit] after more than maxSteps steps.
func (x *extraction) checkSteps() error {
	if x.steps > maxSteps {
		return fault.Exceeded(fault.ErrLimit, maxSteps, "steps along the archive's paths")
	}
	return nil
}

// errSteps is the error of a lookup after more than maxSteps steps.
var errSteps = errors.New("too many steps")

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

// place is where a path leads: a name in a directory, and the node of this name.
type place struct {
	dir  *tree.Node
	name string     // "." for the directory itself
	node *tree.Node // nil if there is none
}

// lookup follows path through directories and symbolic links, but not through a link at its end.
func (x *extraction) lookup(path string) (place, error) {
	dir, rest, links := x.root, path, 0
	for {
		name, after, _ := strings.Cut(strings.TrimLeft(rest, "/"), "/")
		after = strings.TrimLeft(after, "/")
		last := after == ""
		x.steps++
		switch {
		case x.steps > maxSteps:
			return place{}, errSteps
		case dir.Mode&tree.ModeSearch == 0:
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
		n := dir.Children[name]
		if last {
			return place{dir, name, n}, nil
		}
		rest = after
		switch {
		case n == nil:
			return place{}, syscall.ENOENT
		case n.Kind == tree.Dir:
			dir = n
		case n.Kind != tree.Link:
			return place{}, syscall.ENOTDIR
		case strings.HasPrefix(n.Target, "/"):
			return place{}, errUnsafeLink
		default:
			if links++; links > maxSymlinks {
				return place{}, syscall.ELOOP
			}
			rest = n.Target + "/" + after
		}
	}
}

// put makes n at path, like a system call that never replaces anything.
func (x *extraction) put(path string, n *tree.Node) error {
	p, err := x.lookup(path)
	switch {
	case err != nil:
		return err
	case p.node != nil:
		return syscall.EEXIST
	case p.dir.Mode&tree.ModeWrite == 0:
		return syscall.EACCES
	}
	p.dir.Children[p.name] = n
	return nil
}

// make puts a new node at path.
func (x *extraction) make(path string, n *tree.Node) error {
	err := x.put(path, n)
	if err == nil {
		x.recordLater(n)
	}
	return err
}

func (x *extraction) recordLater(n *tree.Node) {
	if len(x.replaced) > 0 {
		x.later[n] = len(x.replaced)
	}
}

// create makes n at path. It makes missing parents, and removes
// an existing node unless it is a directory that is not empty.
func (x *extraction) create(path string, n *tree.Node) error {
	return x.retry(path, "create it", func() error { return x.make(path, n) })
}

// retry calls try until it succeeds or its error cannot be recovered from.
func (x *extraction) retry(path, what string, try func() error) error {
	implied := false
	for {
		err := try()
		if err == nil {
			return nil
		}
		if !x.recover(path, err, &implied) {
			return fault.Refused(path, "tar cannot %s: %w", what, err)
		}
	}
}

// recover removes the cause of a failure, and reports whether a retry may succeed. It sets implied once parents were made.
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
	if err != nil || p.name == "." || p.dir.Mode&tree.ModeWrite == 0 {
		return false
	}
	if p.node.Kind == tree.Dir {
		if len(p.node.Children) > 0 {
			return false
		}
		x.forget(path)
	}
	if x.placeholders[p.node] != nil {
		x.replaced[p.node] = len(x.replaced) + 1
	}
	delete(p.dir.Children, p.name)
	return true
}

// makeParents makes the missing parents of path.
func (x *extraction) makeParents(path string, made *bool) bool {
	parents := parentsOf(path)
	isMissing := func(i int) bool {
		p, err := x.lookup(parents[i])
		return err != nil || p.node == nil
	}
	var above *tree.Node // the parent that was made last
	for _, parent := range parents[sort.Search(len(parents), isMissing):] {
		dir, name := tree.NewDir(tree.ModeOwner), parent[strings.LastIndexByte(parent, '/')+1:]
		switch {
		case above == nil && x.make(parent, dir) != nil, len(name) > maxName:
			return false
		case above != nil:
			above.Children[name] = dir
			x.recordLater(dir)
		}
		x.delay(&delayedMode{path: parent, mode: tree.ModeOwner, implied: true, node: dir})
		x.usage.Implied++
		above, *made = dir, true
	}
	return true
}

// parentsOf returns the parents of path, the uppermost first. They share its memory.
func parentsOf(path string) (parents []string) {
	start := 0
	for i := range len(path) {
		if path[i] != '/' {
			continue
		}
		if name := path[start:i]; name != "" && name != "." {
			parents = append(parents, path[:i])
		}
		start = i + 1
	}
	return parents
}

func (x *extraction) file(path string, m *member, contents func(*tree.Node) error) error {
	n := &tree.Node{Kind: tree.File, Exec: m.mode&tree.ModeSearch != 0}
	if err := x.create(path, n); err != nil {
		return err
	}
	return contents(n)
}

// dir makes a directory or reuses an existing one.
func (x *extraction) dir(path string, mode int64) error {
	// GNU tar can write to it until it leaves it.
	dir := tree.NewDir(uint16(mode) | tree.ModeWrite | tree.ModeSearch)
	implied := false
	for {
		err := x.make(path, dir)
		if err == nil {
			break
		}
		if err == syscall.EEXIST {
			if p, err := x.lookup(path); err == nil && p.node.Kind == tree.Dir {
				if implied {
					return x.repair(path, p.node, mode)
				}
				dir = p.node
				break
			}
		}
		if !x.recover(path, err, &implied) {
			return fault.Refused(path, "tar cannot create the directory: %w", err)
		}
	}
	x.delay(&delayedMode{path: path, mode: uint16(mode) & tree.ModeOwner, node: dir})
	return nil
}

// symlink makes a symbolic link: now if it cannot lead out of the tree, otherwise at the end.
func (x *extraction) symlink(path, target string) error {
	switch {
	case target == "":
		return fault.Refused(path, "a symbolic link without a target")
	case strings.HasPrefix(target, "/") || hasDotDot(target):
		return x.placeholder(path, target, true, nil)
	}
	return x.create(path, &tree.Node{Kind: tree.Link, Target: target})
}

// hardLink gives the node at target another name.
func (x *extraction) hardLink(path, target string) error {
	if dl := x.linkAt(target); dl != nil {
		return x.placeholder(path, target, false, dl)
	}
	return x.retry(path, fmt.Sprintf("link it to %q", target), func() error {
		src, err := x.linkTarget(target)
		if err == nil {
			err = x.put(path, src)
		}
		if dst, dstErr := x.lookup(path); err != nil && dstErr == nil && src != nil && dst.node == src {
			return nil
		}
		return err
	})
}

// linkTarget returns the node at path, to which a hard link is made.
func (x *extraction) linkTarget(path string) (*tree.Node, error) {
	p, err := x.lookup(path)
	switch {
	case err != nil:
		return nil, err
	case p.node == nil:
		return nil, syscall.ENOENT
	case p.node.Kind == tree.Dir:
		return p.node, syscall.EPERM
	}
	return p.node, nil
}

// linkAt returns the delayed link whose placeholder is at path, nil if there is none.
func (x *extraction) linkAt(path string) *delayedLink {
	p, err := x.lookup(path)
	if err != nil || p.node == nil {
		return nil
	}
	if x.later[p.node] > 0 {
		x.ambiguous = path
	}
	return x.placeholders[p.node]
}

// placeholder makes an empty file that a link replaces at the end. The
// link is made after prev, or first if prev is nil.
func (x *extraction) placeholder(path, target string, symbolic bool, prev *delayedLink) error {
	n, isSecond := &tree.Node{Kind: tree.Special}, false
	err := x.retry(path, "create it", func() error {
		err := x.make(path, n)
		if isSecond = err == syscall.EEXIST && x.linkAt(path) != nil; isSecond {
			return nil // the first of two such links stays
		}
		return err
	})
	if err != nil || isSecond {
		return err
	}
	dl := &delayedLink{path: path, target: target, symbolic: symbolic, placeholder: n}
	x.placeholders[n] = dl
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

// makeLinks replaces the placeholders that still exist.
func (x *extraction) makeLinks() error {
	for dl := x.links; dl != nil; dl = dl.next {
		p, err := x.lookup(dl.path)
		if err == nil && p.node != nil && x.replaced[dl.placeholder] > 0 && x.later[p.node] >= x.replaced[dl.placeholder] {
			x.ambiguous = dl.path
		}
		if err != nil || p.node != dl.placeholder {
			continue
		}
		if p.dir.Mode&tree.ModeWrite == 0 {
			return fault.Refused(dl.path, "tar cannot create the link: %w", syscall.EACCES)
		}
		if dl.symbolic {
			n := &tree.Node{Kind: tree.Link, Target: dl.target}
			p.dir.Children[p.name] = n
			x.recordLater(n)
			continue
		}
		delete(p.dir.Children, p.name)
		src, err := x.linkTarget(dl.target)
		if err != nil {
			return fault.Refused(dl.path, "tar cannot link it to %q: %w", dl.target, err)
		}
		p.dir.Children[p.name] = src
	}
	return nil
}

// delay remembers the mode of a directory. A directory that is already remembered keeps its position.
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

// waitForLinks marks d and the directories remembered before it, up to one that is already marked.
func (x *extraction) waitForLinks(d *delayedMode) {
	i := len(x.delayed) - 1
	for x.delayed[i] != d {
		i--
	}
	x.steps += len(x.delayed) - i
	for first := true; i >= 0 && (first || !x.delayed[i].afterLinks); i-- {
		first = false
		x.delayed[i].afterLinks = true
		if p, err := x.lookup(x.delayed[i].path); err == nil {
			x.delayed[i].node = p.node
		}
	}
}

// forget drops the mode of a directory that was removed.
func (x *extraction) forget(path string) {
	x.steps += len(x.delayed)
	x.delayed = slices.DeleteFunc(x.delayed, func(d *delayedMode) bool { return d.path == path })
	delete(x.modes, path)
}

// repair sets the mode of a directory that was made as a parent of the member and turns out to be the member itself.
func (x *extraction) repair(path string, dir *tree.Node, mode int64) error {
	for i := len(x.delayed) - 1; i >= 0; i-- {
		d := x.delayed[i]
		p, err := x.lookup(d.path)
		if err != nil || p.node == nil {
			return fault.Refused(d.path, "tar cannot set the mode of the directory: it was replaced")
		}
		if p.node == dir {
			d.mode, d.implied = uint16(mode)&tree.ModeOwner, false
			return nil
		}
	}
	return fault.Refused(path, "tar finds the directory inconsistent")
}

// leave sets the modes of the latest directories up to the first that is a parent of path.
// A directory that waits for links also ends it, unless afterLinks is set.
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
		if err != nil || p.node == nil || p.node.Kind != tree.Dir || d.afterLinks && p.node != d.node {
			return fault.Refused(d.path, "tar cannot set the mode of the directory: it was replaced")
		}
		if !d.implied {
			p.node.Mode = d.mode
		}
	}
	return nil
}

// isAbove reports whether dir is a parent of path, judging by their spelling.
func isAbove(dir, path string) bool {
	n := len(dir)
	return n < len(path) && path[:n] == dir && (path[n] == '/' || n > 0 && path[n-1] == '/')
}
