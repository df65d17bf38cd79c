package hash_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/hash"
)

// maxAllocated is what unpacking one of these archives may allocate in bytes, garbage included.
const maxAllocated = 512 << 20

// Each of these archives, which are small when they are compressed, once took minutes or gigabytes.
func TestArchiveBombs(t *testing.T) { // not in parallel: it measures memory
	deep := func(i int) string { return fmt.Sprintf("x/%06d/", i) + strings.Repeat("a/", 2030) + "f" }
	for _, test := range []struct {
		name string
		data []byte
		want error // nil if the archive is hashed
	}{
		{"implied directories in a tar", tarBomb(4000, func(i int) member { return member{name: deep(i)} }), hash.ErrLimit},
		{"implied directories in a zip", zipBomb(t, 200, deep), hash.ErrLimit},
		{"few deep paths", tarBomb(20, func(i int) member { return member{name: deep(i)} }), nil},
		{"empty files in reverse order", tarBomb(100_000, func(i int) member {
			return member{name: fmt.Sprintf("x/%06d", 999_999-i)}
		}), nil},
		{"hard links to a large file", tarBomb(3000, func(i int) member {
			if i == 0 {
				return member{name: "0", data: string(make([]byte, 8<<20))}
			}
			return member{name: fmt.Sprint(i), kind: tar.TypeLink, link: "0"}
		}), hash.ErrUnpacked},
		{"large sparse files", tarBomb(4, func(i int) member {
			if i%2 == 0 {
				return member{name: "h", kind: tar.TypeXHeader, data: "32 GNU.sparse.map=12884901888,0\n"}
			}
			return member{name: fmt.Sprint(i)}
		}), hash.ErrUnpacked},
		{"paths through symbolic links", tarBomb(1000, func(i int) member {
			switch {
			case i < 40:
				return member{name: fmt.Sprintf("l%d", i), kind: tar.TypeSymlink, link: strings.Repeat("./", 2000) + fmt.Sprintf("l%d", i+1)}
			case i == 40:
				return member{name: "l40", kind: tar.TypeDir}
			}
			return member{name: fmt.Sprintf("l0/%d", i)}
		}), hash.ErrLimit},
		{"a global header for many members", tarBomb(1000, func(i int) member {
			if i == 0 {
				return member{name: "g", kind: tar.TypeXGlobalHeader, data: "900000 comment=" + strings.Repeat("x", 900_000-16) + "\n"}
			}
			return member{name: fmt.Sprint(i)}
		}), hash.ErrLimit},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := hash.Archive(t.Context(), bytes.NewReader(test.data), hash.ArchiveOptions{TempDir: t.TempDir()})
		runtime.ReadMemStats(&after)
		if !errors.Is(err, test.want) {
			t.Errorf("%s, %d bytes: got %v, want %v", test.name, len(test.data), err, test.want)
		}
		if allocated := after.TotalAlloc - before.TotalAlloc; allocated > maxAllocated {
			t.Errorf("%s, %d bytes: allocated %d bytes, want at most %d", test.name, len(test.data), allocated, maxAllocated)
		}
	}
}

// member is a member of a tar that archive/tar may refuse to write.
type member struct {
	name, link, data string
	kind             byte // default: a file
}

// tarBomb returns a tar of n members.
func tarBomb(n int, describe func(i int) member) []byte {
	var out bytes.Buffer
	for i := range n {
		m := describe(i)
		if len(m.name) > 100 {
			appendMember(&out, member{name: "././@LongLink", kind: 'L', data: m.name + "\x00"})
		}
		if len(m.link) > 100 {
			appendMember(&out, member{name: "././@LongLink", kind: 'K', data: m.link + "\x00"})
		}
		appendMember(&out, m)
	}
	out.Write(make([]byte, 1024))
	return out.Bytes()
}

func appendMember(out *bytes.Buffer, m member) {
	block := make([]byte, 512)
	copy(block[:100], m.name)
	copy(block[100:], "0000755\x000000000\x000000000\x00")
	copy(block[124:], fmt.Sprintf("%011o\x0000000000000\x00        ", len(m.data)))
	block[156] = cmp.Or(m.kind, tar.TypeReg)
	copy(block[157:257], m.link)
	copy(block[257:], "ustar\x0000")
	sum := 0
	for _, b := range block {
		sum += int(b)
	}
	copy(block[148:], fmt.Sprintf("%06o\x00 ", sum))
	out.Write(block)
	out.WriteString(m.data)
	out.Write(make([]byte, -len(m.data)&511))
}

func zipBomb(t *testing.T, n int, name func(i int) string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i := range n {
		if _, err := w.CreateHeader(&zip.FileHeader{Name: name(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Each member of lzip may ask for another dictionary, which takes time even if the member is empty.
func TestLzipDictionaries(t *testing.T) {
	t.Parallel()
	const emptyMember = "LZIP\x01\x1b\x00\x83\xff\xfb\xff\xff\xc0\x00\x00\x00" + // a dictionary of 128 MiB, and the end marker
		"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x24\x00\x00\x00\x00\x00\x00\x00"
	for members, want := range map[int]error{5: hash.ErrNotArchive, 1000: hash.ErrLimit} {
		data := strings.Repeat(emptyMember, members)
		if _, err := hash.Archive(t.Context(), strings.NewReader(data), hash.ArchiveOptions{}); !errors.Is(err, want) {
			t.Errorf("%d members: got %v, want %v", members, err, want)
		}
	}
}

// What GNU tar 1.34 makes of values in pax headers.
func TestPaxValues(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		record string
		ok     bool
	}{
		{"mtime=1e3", true}, {"mtime=0x10", true}, {"mtime=5x", true}, {"mtime=1.", true}, {"mtime=-5.5", true}, {"mtime=1_0", true},
		{"mtime=253402300800", true}, {"atime=5x", true},
		{"mtime=inf", false}, {"mtime=nan", false}, {"mtime=+5", false}, {"mtime=.5", false}, {"mtime=-.5", false}, {"mtime=-", false},
		{"mtime=", false}, {"mtime= 5", false}, {"mtime=99999999999999999999", false}, {"ctime=inf", false},
		{"uid=012", true}, {"uid=4294967295", true}, {"uid=4294967296", false}, {"gid=4294967296", false}, {"gid=0x0c", false}, {"uid=-1", false},
		{"size=012", true}, {"size=+12", false}, {"GNU.sparse.size=12", true}, {"GNU.sparse.size=0", false}, {"GNU.sparse.size=4294967296", false},
	} {
		text := fmt.Sprintf("%d %s\n", len(tt.record)+4, tt.record)
		var out bytes.Buffer
		appendMember(&out, member{name: "h", kind: tar.TypeXHeader, data: text})
		appendMember(&out, member{name: "f", data: "hello sparse"})
		out.Write(make([]byte, 1024))
		_, err := hash.Archive(t.Context(), &out, hash.ArchiveOptions{})
		if tt.ok && err != nil || !tt.ok && !isRefusal(err) {
			t.Errorf("%s: got %v, want success: %t", tt.record, err, tt.ok)
		}
	}
}
