package hash

import (
	"context"
	"errors"
	"hash"
	"slices"
	"strings"
)

// How a speculation goes.
const (
	markEvery   = 32 << 10 // bytes hashed between two marks
	maxMarks    = 1024     // marks held: every other one is dropped beyond
	minGiveUp   = 4 << 20  // bytes hashed in vain that are always allowed
	giveUpShare = 4        // give up beyond a quarter of all bytes hashed in vain
)

// speculation hashes the NAR of an archive while its members still arrive, in
// the hope that they arrive nearly in the NAR's order. git archive's do: it has "foo.c"
// before "foo/", a NAR has them the other way round.
//
// A member that comes too late rolls the hash back to a mark before its place. What had been hashed
// behind that is hashed again, from the spool, once it is its turn.
//
// It may be wrong about anything: links, duplicates, modes. So it keeps a list of what it has hashed, and
// [speculation.finish] holds it against the tree that came of the archive.
type speculation struct {
	enc   *narEncoder
	sum   hash.Hash
	again contents // reads from the spool
	strip bool     // the one top-level directory is the root of the NAR
	root  string   // its name, with strip; "" until known
	over  bool     // given up

	done  []item   // hashed, in order
	ahead []item   // rolled back, in order: all come after done
	open  []string // the names of the directories that are not closed yet
	marks []mark

	total, vain int64 // bytes of contents hashed, and those of them that were rolled back
}

// item is one entry of the NAR below its root.
type item struct {
	path   string
	kind   kind
	node   *node  // of a file
	target string // of a link
}

// mark is a state to which the hash can be rolled back.
type mark struct {
	items int // how many were done
	bytes int64
	sum   hash.Cloner
}

// newSpeculation returns a speculation that hashes files whose contents are in the spool with again.
func newSpeculation(ctx context.Context, a Algorithm, strip bool, again contents) *speculation {
	sum := a.New()
	s := &speculation{
		sum: sum, strip: strip, again: again,
		enc: &narEncoder{ctx: ctx, w: sum, buf: make([]byte, 0, narBuffer+4<<10)},
	}
	s.enc.buf = append(append(s.enc.buf, narMagic...), narDir...)
	s.over = s.mark() != nil // a hash whose state cannot be kept
	return s
}

// add hashes an entry that has just been unpacked at path. The contents of a file arrive through
// live, which is called once, with a nil Writer if they are not hashed now.
func (s *speculation) add(path string, it item, live contents) error {
	it.path = s.inside(path, it.kind)
	skip := func() error {
		if it.kind == kindFile {
			return live(nil, it.node, path)
		}
		return nil
	}
	if s.over || it.path == "" {
		return skip()
	}
	if n := len(s.done); n > 0 && compare(s.done[n-1].path, it.path) >= 0 {
		if it.kind == kindDir && s.has(it.path) {
			return nil // made before as a parent
		}
		if s.rollBack(it.path); s.over {
			return skip()
		}
	}
	if err := s.catchUp(it.path); err != nil {
		return err
	}
	return s.write(it, live)
}

// inside returns a path below the NAR's root, "" for the root itself. It gives up at what cannot be foreseen.
func (s *speculation) inside(path string, k kind) string {
	if path == "." && k == kindDir {
		return ""
	}
	for part := range strings.SplitSeq(path, "/") {
		s.over = s.over || part == "" || part == "."
	}
	if !s.strip {
		return path
	}
	root, rest, _ := strings.Cut(path, "/")
	if s.root == "" {
		s.root = root
	}
	s.over = s.over || root != s.root || rest == "" && k != kindDir
	return rest
}

// compare orders paths as a NAR has them: by the names of their components.
func compare(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			switch byte('/') {
			case a[i]:
				return -1
			case b[i]:
				return 1
			}
			return int(a[i]) - int(b[i])
		}
	}
	return len(a) - len(b)
}

func byPath(it item, path string) int { return compare(it.path, path) }

func (s *speculation) has(path string) bool {
	_, found := slices.BinarySearchFunc(s.done, path, byPath)
	if !found {
		_, found = slices.BinarySearchFunc(s.ahead, path, byPath)
	}
	return found
}

// rollBack returns to the latest mark before path's place.
func (s *speculation) rollBack(path string) {
	place, duplicate := slices.BinarySearchFunc(s.done, path, byPath)
	if s.over = s.over || duplicate; s.over {
		return
	}
	i := len(s.marks) - 1
	for s.marks[i].items > place {
		i--
	}
	m := s.marks[i]
	s.marks = s.marks[:i+1]
	s.vain += s.total - m.bytes
	sum, err := m.sum.Clone()
	if err != nil || s.vain > minGiveUp && s.vain > s.total/giveUpShare {
		s.over = true
		return
	}
	s.sum, s.enc.w, s.enc.buf, s.total = sum, sum, s.enc.buf[:0], m.bytes
	s.ahead = append(slices.Clone(s.done[m.items:]), s.ahead...)
	s.done, s.open = s.done[:m.items], s.open[:0]
	if m.items > 0 {
		last := s.done[m.items-1]
		parts := strings.Split(last.path, "/")
		if last.kind != kindDir {
			parts = parts[:len(parts)-1]
		}
		s.open = append(s.open, parts...)
	}
}

// catchUp hashes what was rolled back and comes before path.
func (s *speculation) catchUp(path string) error {
	for len(s.ahead) > 0 && compare(s.ahead[0].path, path) < 0 {
		it := s.ahead[0]
		s.ahead = s.ahead[1:]
		if err := s.write(it, s.again); err != nil {
			return err
		}
	}
	return nil
}

// write hashes an entry behind the last one: it closes directories and opens those that lead to it.
func (s *speculation) write(it item, c contents) error {
	parts := strings.Split(it.path, "/")
	name, parents := parts[len(parts)-1], parts[:len(parts)-1]
	same := 0
	for same < len(parents) && same < len(s.open) && parents[same] == s.open[same] {
		same++
	}
	s.close(same)
	for i := same; i < len(parents); i++ {
		s.openDir(parents[i])
		s.done = append(s.done, item{path: strings.Join(parts[:i+1], "/"), kind: kindDir})
	}
	switch it.kind {
	case kindDir:
		s.openDir(name)
	case kindLink:
		s.entry(name)
		if err := s.enc.node(&node{kind: kindLink, target: it.target}, it.path); err != nil {
			return err
		}
		s.enc.buf = append(s.enc.buf, narClose...)
	default:
		s.entry(name)
		s.enc.contents = c
		if err := s.enc.file(it.node, it.path); err != nil {
			return err
		}
		s.enc.buf = append(s.enc.buf, narClose...)
		s.total += it.node.size
	}
	s.done = append(s.done, it)
	if s.total-s.marks[len(s.marks)-1].bytes >= markEvery {
		return s.mark()
	}
	return nil
}

func (s *speculation) entry(name string) {
	s.enc.buf = append(s.enc.buf, narEntry...)
	s.enc.buf = appendString(s.enc.buf, name)
	s.enc.buf = append(s.enc.buf, narNode...)
}

func (s *speculation) openDir(name string) {
	s.entry(name)
	s.enc.buf = append(s.enc.buf, narDir...)
	s.open = append(s.open, name)
}

// close closes directories until depth are left.
func (s *speculation) close(depth int) {
	for range len(s.open) - depth {
		s.enc.buf = append(append(s.enc.buf, narClose...), narClose...)
	}
	s.open = s.open[:depth]
}

// mark keeps the present state. Marks grow sparser with their number, so that they stay few.
func (s *speculation) mark() error {
	if err := s.enc.flush(); err != nil {
		return err
	}
	cloner, ok := s.sum.(hash.Cloner)
	if !ok {
		return errors.ErrUnsupported
	}
	sum, err := cloner.Clone()
	if err != nil {
		return err
	}
	if len(s.marks) == maxMarks {
		for i := range maxMarks / 2 {
			s.marks[i] = s.marks[2*i]
		}
		s.marks = s.marks[:maxMarks/2]
	}
	s.marks = append(s.marks, mark{len(s.done), s.total, sum})
	return nil
}

// finish returns the hash, and whether it is that of the tree at root.
func (s *speculation) finish(a Algorithm, root *node) (SRI, bool, error) {
	if s.over || root.kind != kindDir {
		return SRI{}, false, nil
	}
	for _, it := range s.ahead {
		if err := s.write(it, s.again); err != nil {
			return SRI{}, false, err
		}
	}
	s.close(0)
	s.enc.buf = append(s.enc.buf, narClose...)
	if err := s.enc.flush(); err != nil {
		return SRI{}, false, err
	}
	rest := s.done
	if !matches(root, "", &rest) || len(rest) > 0 {
		return SRI{}, false, nil
	}
	return NewSRI(a, s.sum.Sum(nil)), true, nil
}

// matches holds the entries that were hashed against a directory, and takes those off that are its own.
func matches(dir *node, path string, rest *[]item) bool {
	for _, name := range dir.names() {
		n, at := dir.children[name], join(path, name)
		if len(*rest) == 0 {
			return false
		}
		it := (*rest)[0]
		*rest = (*rest)[1:]
		if it.path != at || it.kind != n.kind || it.node != nil && it.node != n || it.target != n.target {
			return false
		}
		if n.kind == kindDir && !matches(n, at, rest) {
			return false
		}
	}
	return true
}
