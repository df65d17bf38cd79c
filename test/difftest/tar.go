package difftest

import (
	"path"
	"slices"
	"strings"
)

// makeTar makes a tar of few, odd members.
func makeTar(r *random) []byte {
	w := newTarWriter(r)
	if r.chance(6) {
		w.wild()
		return w.finish()
	}
	t := &tamer{r: r, tarWriter: w, root: pick(r, "r", "r", "r", "r", "./r", "r-1.0", ".hidden", "é", "/r", "", ".")}
	t.all(3 + r.IntN(14))
	return w.finish()
}

// Modes of files and of directories that an ordinary user can unpack.
var (
	fileModes = []int64{0o644, 0o644, 0o755, 0o755, 0o744, 0o654, 0o611, 0o511, 0o600, 0o000, 0o111, 0o4755, 0o2644, 0o1777, 0o100644, 0o100755}
	dirModes  = []int64{0o755, 0o755, 0o755, 0o775, 0o700, 0o777, 0o2755, 0o1777, 0o40755}
)

// tamer writes members that do not conflict.
type tamer struct {
	r *random
	*tarWriter
	root  string // before all names; may be empty
	dirs  []string
	files []string
	taken map[string]bool
}

func (t *tamer) all(n int) {
	t.taken = make(map[string]bool)
	t.dirs = []string{t.root}
	if t.r.chance(4) {
		t.global()
	}
	if strings.HasPrefix(t.root, "./") || t.root == "." {
		t.r.note("names with ./")
		if t.r.chance(2) {
			t.write(tarMember{name: "./", kind: '5', mode: pick(t.r, dirModes...)})
		}
	}
	if t.root != "" && t.root != "." && t.r.chance(2) {
		t.write(tarMember{name: t.root + "/", kind: '5', mode: pick(t.r, dirModes...)})
	}
	if strings.HasPrefix(t.root, "/") {
		t.r.note("absolute names")
	}
	if t.root == "" || t.root == "." {
		t.r.note("several roots")
	}
	if len(t.root) > 0 && t.r.chance(20) {
		t.lone()
		return
	}
	for range n {
		t.one()
	}
	if t.r.chance(12) {
		t.r.note("a second root")
		t.root, t.dirs = "s", []string{"s"}
		t.one()
	}
}

// lone writes a root that is not a directory.
func (t *tamer) lone() {
	t.out.Reset()
	t.r.note("a root that is no directory")
	if t.r.chance(4) {
		t.write(tarMember{name: t.root, link: pick(t.r, "x", "/nowhere", "../x"), kind: '2', mode: 0o777})
		return
	}
	t.write(tarMember{name: t.root, kind: '0', mode: pick(t.r, fileModes...), data: t.r.data()})
}

func (t *tamer) global() {
	t.r.note("pax global header")
	records := []string{"comment", strings.Repeat("0123456789", 4)}
	if t.r.chance(4) {
		records = append(records, pick(t.r, "mtime", "uid", "SCHILY.dev"), "12")
	}
	t.extended('g', records)
}

// fresh returns an unused path.
func (t *tamer) fresh() string {
	for {
		name := t.r.safeName()
		switch {
		case t.r.chance(20):
			name = strings.Repeat(name+"_", 120/len(name))
		case t.r.chance(60):
			name = (name + strings.Repeat("n", 255))[:255]
			t.r.note("name of 255 bytes")
		}
		dir := pick(t.r, t.dirs...)
		if t.r.chance(5) {
			t.r.note("implied parents")
			dir = join(dir, "implied"+pick(t.r, "", "2", "/deeper"))
		}
		if p := join(dir, name); !t.taken[p] && !strings.Contains(name, "/") && len(p) < 1500 {
			t.taken[p] = true
			return p
		}
	}
}

func join(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}

// spell returns another spelling of a path.
func (t *tamer) spell(p string) string {
	i := strings.LastIndexByte(p, '/')
	if i <= 0 || !t.odd(12) {
		return p
	}
	t.r.note("names with // and /./")
	return p[:i] + pick(t.r, "//", "/./", "///", "/.//") + p[i+1:]
}

func (t *tamer) one() {
	mode := pick(t.r, fileModes...)
	switch k := t.r.IntN(40); {
	case k < 14:
		t.file(t.fresh(), mode)
	case k < 20:
		t.dir()
	case k < 25:
		p := t.fresh()
		t.write(tarMember{name: t.spell(p), link: t.target(), kind: '2', mode: 0o777})
	case k < 29:
		t.hardLink(mode)
	case k < 31:
		t.throughLink(mode)
	case k < 34:
		t.duplicate(mode)
	case k < 36:
		if p := t.fresh(); len(p) <= 100 && t.format != formatV7 && t.format != formatUstar {
			t.sparse(p, mode)
		} else {
			t.file(p, mode)
		}
	case k < 37:
		t.r.note("type that GNU tar does not know")
		t.write(tarMember{name: t.fresh(), kind: pick[byte](t.r, 'Q', 'Z', '8'), mode: mode, data: t.r.data()})
	case k < 38:
		t.r.note("volume label")
		t.write(tarMember{name: "label", kind: 'V'})
	case k < 39 && t.r.chance(3):
		t.hazard(mode)
	default:
		t.file(t.fresh(), mode)
	}
}

func (t *tamer) file(p string, mode int64) {
	kind := pick[byte](t.r, '0', '0', '0', '0', 0, '7')
	if kind == '7' {
		t.r.note("contiguous file")
	}
	t.files = append(t.files, p)
	t.write(tarMember{name: t.spell(p), kind: kind, mode: mode, data: t.r.data()})
}

func (t *tamer) dir() {
	p, mode := t.fresh(), pick(t.r, dirModes...)
	kind := byte('5')
	if t.format == formatV7 && t.r.chance(2) {
		kind = 0
		t.r.note("directory by its name alone")
	}
	if t.r.chance(8) {
		t.r.note("directory without write permission")
		t.write(tarMember{name: p + "/", kind: kind, mode: pick[int64](t.r, 0o555, 0o500, 0o511)})
		for range t.r.IntN(3) {
			t.write(tarMember{name: join(p, t.r.safeName()), kind: '0', mode: 0o644, data: t.r.data()})
		}
		return
	}
	t.write(tarMember{name: t.spell(p) + pick(t.r, "/", "/", "/", "//"), kind: kind, mode: mode})
	t.dirs = append(t.dirs, p)
}

// target returns the target of a symbolic link.
func (t *tamer) target() string {
	switch t.r.IntN(8) {
	case 0:
		t.r.note("link that leads out")
		return pick(t.r, "/nowhere", "/etc/none", "/", "../../..", "..", "../up", "a/../b")
	case 1:
		t.r.note("long link")
		return strings.Repeat("l/", 20+t.r.IntN(100)) + "end"
	}
	t.r.note("symbolic link")
	return pick(t.r, "a", "b", "foo.c", "a//b/", ".", "./a", "x\xff", "n\nl", "implied/a")
}

func (t *tamer) hardLink(mode int64) {
	if len(t.files) == 0 {
		t.file(t.fresh(), mode)
	}
	to := pick(t.r, t.files...)
	if t.r.chance(4) {
		to = t.fresh()
		t.r.note("hard link to a symbolic link")
		t.write(tarMember{name: to, link: t.target(), kind: '2', mode: 0o777})
	}
	t.r.note("hard link")
	p := t.fresh()
	t.write(tarMember{name: t.spell(p), link: t.spell(to), kind: '1', mode: mode, size: pick(t.r, 0, 0, 0, 5)})
	t.files = append(t.files, p)
}

// throughLink writes a file behind a link to a directory.
func (t *tamer) throughLink(mode int64) {
	t.r.note("file behind a symbolic link")
	d := t.fresh()
	t.write(tarMember{name: d + "/", kind: '5', mode: 0o755})
	l := join(path.Dir(d), t.r.safeName()+"-link")
	if strings.HasPrefix(d, "./") {
		l = "./" + l
	}
	if t.taken[l] || path.Dir(d) == "." && !strings.HasPrefix(d, "./") {
		return
	}
	t.taken[l] = true
	t.write(tarMember{name: l, link: path.Base(d), kind: '2', mode: 0o777})
	t.write(tarMember{name: join(l, t.r.safeName()), kind: '0', mode: mode, data: t.r.data()})
	if t.r.chance(6) {
		t.r.note("directory in place of a symbolic link")
		t.write(tarMember{name: l + "/", kind: '5', mode: 0o755})
	}
}

// duplicate writes a member that replaces another.
func (t *tamer) duplicate(mode int64) {
	if len(t.files) == 0 {
		return
	}
	t.r.note("duplicate")
	i := t.r.IntN(len(t.files))
	p := t.files[i]
	switch t.r.IntN(6) {
	case 0:
		t.write(tarMember{name: p, link: t.target(), kind: '2', mode: 0o777})
		t.files = slices.Delete(t.files, i, i+1)
	case 1:
		t.r.note("directory in place of a file")
		t.write(tarMember{name: p + "/", kind: '5', mode: 0o755})
		t.files = slices.Delete(t.files, i, i+1)
	case 2:
		t.r.note("file in place of an empty directory")
		d := t.fresh()
		t.write(tarMember{name: d + "/", kind: '5', mode: 0o755})
		t.write(tarMember{name: d, kind: '0', mode: mode, data: t.r.data()})
	case 3:
		t.write(tarMember{name: p, link: pick(t.r, t.files...), kind: '1', mode: mode})
	default:
		t.write(tarMember{name: t.spell(p), kind: '0', mode: mode, data: t.r.data()})
	}
}

// hazard writes a member that usually makes the archive fail, or its result hard to
// predict.
func (t *tamer) hazard(mode int64) {
	switch t.r.IntN(12) {
	case 10:
		t.r.note("dump of a directory")
		t.write(tarMember{name: t.fresh() + pick(t.r, "", "/"), kind: 'D', mode: 0o755, data: pick(t.r, nil, []byte("Ya\x00Nb\x00\x00"))})
	case 11:
		t.r.note("data of what has none")
		t.write(tarMember{name: t.fresh(), link: "x", kind: pick[byte](t.r, '2', '5', '6'), mode: 0o755, data: make([]byte, 1+t.r.IntN(600))})
	case 0:
		t.r.note("fifo")
		t.write(tarMember{name: t.fresh(), kind: '6', mode: mode})
	case 1:
		t.r.note("device")
		t.write(tarMember{name: t.fresh(), kind: pick[byte](t.r, '3', '4'), mode: mode})
	case 2:
		t.r.note("name with ..")
		t.write(tarMember{name: t.fresh() + pick(t.r, "/../q", "/.."), kind: '0', mode: mode})
	case 3:
		t.r.note("directory that cannot be entered")
		d := t.fresh()
		t.write(tarMember{name: d + "/", kind: '5', mode: pick[int64](t.r, 0o644, 0o000, 0o311, 0o600)})
		if t.r.chance(2) {
			t.write(tarMember{name: d + "/x", kind: '0', mode: mode})
		}
	case 4:
		t.r.note("hard link to nothing")
		t.write(tarMember{name: t.fresh(), link: "none", kind: '1'})
	case 5:
		t.r.note("member in place of a link that leads out")
		p := t.fresh()
		t.write(tarMember{name: p, link: "/nowhere", kind: '2'})
		if len(t.files) > 0 && t.r.chance(2) {
			t.write(tarMember{name: p, link: pick(t.r, t.files...), kind: '1'})
		} else {
			t.write(tarMember{name: p, link: pick(t.r, "", "x", "/other"), kind: pick[byte](t.r, '0', '2', '5')})
		}
	case 6:
		t.r.note("empty link")
		t.write(tarMember{name: t.fresh(), kind: '2'})
	case 7:
		t.r.note("damaged header")
		mark := t.out.Len()
		t.write(tarMember{name: t.fresh(), kind: '0', mode: mode})
		t.out.Bytes()[mark+t.r.IntN(blockSize)] ^= 1 << t.r.IntN(8)
	case 8:
		t.r.note("archive that is cut off")
		t.write(tarMember{name: t.fresh(), kind: '0', mode: mode, data: t.r.bytes(2000)})
		t.out.Truncate(t.out.Len() - t.r.IntN(2000))
	default:
		t.r.note("directory in use is replaced")
		d := t.fresh()
		t.write(tarMember{name: d + "/x", kind: '0', mode: mode})
		t.write(tarMember{name: d, kind: '0', mode: mode})
	}
}

// wild writes members that may do anything to each other.
func (w *tarWriter) wild() {
	r := w.r
	r.note("wild tar")
	var used []string
	name := func() string {
		return pick(r, "a", "a", "b", "b", "c", "d", "a.b", "a-", "..foo", "-x", "\xff\xfe", "n\nl", ".", "sp ", "é")
	}
	p := func() string {
		if len(used) > 0 && r.chance(3) {
			u := pick(r, used...)
			if r.chance(3) {
				u += "/" + name()
			}
			return u
		}
		u := pick(r, "r", "r", "r", "r", "r", "r", "r", "./r", "r/.", "r//.", "/r", "s")
		for range r.IntN(4) {
			u += pick(r, "/", "/", "/", "/", "/", "/", "//", "/./") + name()
		}
		used = append(used, u)
		return u
	}
	fileMode := func() int64 { return pick[int64](r, 0o644, 0o755, 0o744, 0o654, 0o611, 0o755, 0o700, 0o4755) }
	dirMode := func() int64 {
		return pick[int64](r, 0o755, 0o755, 0o755, 0o755, 0o755, 0o755, 0o555, 0o555, 0o700, 0o500, 0o775, 0o644, 0o311)
	}
	for range 1 + r.IntN(9) {
		switch k := r.IntN(20); {
		case k < 8:
			m := tarMember{name: p(), kind: pick[byte](r, '0', '0', '0', 0, '7', 'Q'), mode: fileMode(), data: r.data()}
			if r.chance(12) {
				m.name, m.data = m.name+"/", nil
			}
			w.write(m)
		case k < 12:
			w.write(tarMember{name: p() + pick(r, "", "/"), kind: '5', mode: dirMode()})
		case k < 15:
			link := pick(r, "a", "b", "c", ".", "a/b", "r", "x", "/abs", "../a", "..", "a/../b", "./a", "a/", "d")
			w.write(tarMember{name: p(), link: link, kind: '2', mode: 0o777})
		case k < 18:
			link := p()
			if len(used) > 0 {
				link = pick(r, used...)
			}
			link = pick(r, "", "", "", "", "", "", "", "", "", "x/../", "/") + link
			w.write(tarMember{name: p(), link: link, kind: '1', mode: fileMode(), size: pick(r, 0, 0, 5)})
		case k < 19:
			w.write(tarMember{name: pick(r, "./", "./", "/", "."), kind: '5', mode: dirMode()})
		default:
			w.write(tarMember{name: p(), kind: pick[byte](r, '6', 'x', 'D', 'M', 'N', 'V', '3', 'K', 'S'), mode: fileMode()})
		}
	}
}
