package difftest

import (
	"slices"
	"strconv"
	"strings"
)

// entry is one entry of a tree to be written as a tar.
type entry struct {
	path string // below the root
	dir  bool
	m    tarMember
}

// makeOrdered makes a tar of a few MiB in one of several orders, so that a hash that is
// computed while members arrive must roll back: a little, a lot, or too far.
func makeOrdered(r *random) []byte {
	w := &tarWriter{r: r, format: pick(r, formatUstar, formatGNU, formatPax), plain: true}
	entries := growTree(r)
	order(r, entries)
	root := pick(r, "r/", "r/", "r/", "./r/", "./", "")
	if root == "./" || root == "" {
		r.note("ordered without a root")
	}
	if r.chance(3) {
		w.extended('g', []string{"comment", strings.Repeat("0123456789", 4)})
	}
	withDirs := r.chance(2)
	if withDirs && root != "" {
		r.note("ordered with directories")
		w.write(tarMember{name: root, kind: '5', mode: 0o755})
	}
	hazard := -1
	if r.chance(4) {
		hazard = r.IntN(len(entries))
	}
	for i, e := range entries {
		switch {
		case !e.dir:
			e.m.name = root + e.path
			w.write(e.m)
		case withDirs || r.chance(10):
			w.write(tarMember{name: root + e.path + "/", kind: '5', mode: pick[int64](r, 0o755, 0o755, 0o775)})
		}
		if i == hazard {
			surprise(r, w, root, entries[:i+1])
		}
	}
	return w.finish()
}

// growTree returns the entries of a tree. Names differ in characters that sort before
// and after a slash.
func growTree(r *random) []entry {
	var entries []entry
	taken := make(map[string]bool)
	dirs := []string{""}
	budget, n := pick(r, 200<<10, 1<<20, 3<<20, 6<<20), 10+r.IntN(200)
	if r.chance(100) {
		r.note("ordered, very big") // so that old checkpoints are dropped
		budget, n = 80<<20, 3000
	}
	for len(entries) < n {
		name := pick(r, "foo", "foo", "bar", "a", "b", "lib", "src", "x\xff") + pick(r, "", "", ".c", "-", "+", "0", ".", "/") + strconv.Itoa(r.IntN(12))
		name = strings.ReplaceAll(name, "/", "!")
		if r.chance(3) {
			name = strings.TrimRight(name, "0123456789")
		}
		p := join(pick(r, dirs...), name)
		if taken[p] {
			continue
		}
		taken[p] = true
		if r.chance(6) {
			entries = append(entries, entry{path: p, dir: true})
			dirs = append(dirs, p)
			continue
		}
		m := tarMember{kind: '0', mode: pick[int64](r, 0o644, 0o664, 0o755, 0o775)}
		switch {
		case r.chance(12):
			m.kind, m.link = '2', pick(r, "foo", "bar0", "a/b", "../up")
		case n == 3000:
			m.data = r.bytes(r.IntN(70_000))
		case r.chance(25) && budget > 0:
			m.data = r.bytes(r.IntN(1<<20 + 1<<19))
		case budget > 0:
			m.data = r.bytes(r.IntN(pick(r, 100, 5000, 40_000, 100_000)))
		}
		budget -= len(m.data)
		entries = append(entries, entry{path: p, m: m})
	}
	return entries
}

// order sorts the entries as one of several programs writes them.
func order(r *random, entries []entry) {
	byKey := func(key func(e entry) string) {
		slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(key(a), key(b)) })
	}
	switch r.IntN(7) {
	case 0:
		r.note("in the order of git archive") // a directory sorts as if its name ended in a slash
		byKey(func(e entry) string {
			if e.dir {
				return e.path + "/"
			}
			return e.path
		})
	case 1:
		r.note("in the order of a NAR")
		byKey(narKey)
	case 2:
		r.note("in the order of paths")
		byKey(func(e entry) string { return e.path })
	case 3:
		r.note("in the order of directories") // each in its own order, depth first
		byKey(func(e entry) string {
			parts := strings.Split(e.path, "/")
			for i, part := range parts {
				parts[i] = strconv.FormatUint(mix(part), 16) + part
			}
			return narKey(entry{path: strings.Join(parts, "/")})
		})
	case 4:
		r.note("in no order")
		r.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
	case 5:
		r.note("in reverse order")
		byKey(narKey)
		slices.Reverse(entries)
	default:
		r.note("nearly in order")
		byKey(narKey)
		for range 1 + r.IntN(6) {
			i := r.IntN(len(entries))
			j := max(0, i-1-r.IntN(30))
			moved := entries[i]
			copy(entries[j+1:i+1], entries[j:i])
			entries[j] = moved
		}
	}
}

func narKey(e entry) string { return strings.ReplaceAll(e.path, "/", "\x00") }

// mix orders names independently of their spelling.
func mix(name string) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range []byte(name) {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
}

// surprise writes a member that invalidates a hash computed in advance.
func surprise(r *random, w *tarWriter, root string, before []entry) {
	e := before[r.IntN(len(before))]
	i := slices.IndexFunc(before, func(e entry) bool { return !e.dir && e.m.kind == '0' })
	if i < 0 || e.dir {
		return
	}
	file := before[i]
	switch r.IntN(7) {
	case 0:
		r.note("surprise: duplicate")
		w.write(tarMember{name: root + e.path, kind: '0', mode: 0o755, data: r.bytes(r.IntN(300_000))})
	case 1:
		r.note("surprise: hard link")
		w.write(tarMember{name: root + e.path + "-hard", link: root + file.path, kind: '1'})
	case 2:
		r.note("surprise: directory in place of a file")
		w.write(tarMember{name: root + e.path + "/", kind: '5', mode: 0o755})
		w.write(tarMember{name: root + e.path + "/new", kind: '0', mode: 0o644, data: r.bytes(1000)})
	case 3:
		r.note("surprise: file behind a link")
		w.write(tarMember{name: root + "zz/", kind: '5', mode: 0o755})
		w.write(tarMember{name: root + "aa", kind: '2', link: "zz"})
		w.write(tarMember{name: root + "aa/file", kind: '0', mode: 0o644, data: r.bytes(1000)})
	case 4:
		r.note("surprise: contiguous file")
		w.write(tarMember{name: root + "contiguous", kind: '7', mode: 0o644, data: r.bytes(r.IntN(1 << 20))})
	case 5:
		r.note("surprise: sparse file")
		if w.format == formatUstar {
			w.format = formatGNU
		}
		w.sparse(root+"sparse", 0o644)
	default:
		r.note("surprise: the same again")
		w.write(tarMember{name: root + file.path, kind: '0', mode: file.m.mode, data: file.m.data})
	}
}
