package hash_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/hash"
)

// goldenCase is one result of the real fetchzip.
type goldenCase struct {
	archive   string
	stripRoot bool
	want      string // an SRI, or "refuse"
	byName    bool   // the real fetcher chose its unpacker by the name alone
}

func goldenCases(t testing.TB) []goldenCase {
	t.Helper()
	var cases []goldenCase
	for _, fields := range readTable(t, "testdata/fetchzip.tsv") {
		cases = append(cases, goldenCase{
			archive: fields[0], stripRoot: fields[1] == "true", want: fields[2],
			byName: len(fields) > 3 && strings.HasPrefix(fields[3], "by-name"),
		})
	}
	if len(cases) != 177 {
		t.Fatalf("%d golden cases, want 177", len(cases))
	}
	return cases
}

// readTable returns the lines of a table, split at tabs into at least three fields.
func readTable(t testing.TB, name string) [][]string {
	t.Helper()
	table, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for line := range strings.Lines(string(table)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(fields) < 3 {
			t.Fatalf("%s: malformed line %q", name, line)
		}
		rows = append(rows, fields)
	}
	return rows
}

func readArchive(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "archives", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// isRefusal reports whether err is of a class that means: the real fetch fails.
func isRefusal(err error) bool {
	return errors.Is(err, hash.ErrRefused) || errors.Is(err, hash.ErrNotArchive) || errors.Is(err, hash.ErrCorrupt)
}

// extensionOf returns what the real fetcher goes by when a URL ends in name.
func extensionOf(name string) string {
	if _, extension, found := strings.Cut(name, "."); found {
		return extension
	}
	return name
}

// isUnsupported reports whether data is a zip with a member that was made on a system that Archive does not support.
func isUnsupported(data []byte) bool {
	const central, host = "PK\x01\x02", 5
	for at := bytes.Index(data, []byte(central)); at >= 0 && at+host < len(data); {
		if !slices.Contains([]byte{0, 3, 7, 10, 11, 14, 19}, data[at+host]) {
			return true
		}
		next := bytes.Index(data[at+1:], []byte(central))
		if next < 0 {
			break
		}
		at += 1 + next
	}
	return false
}

// checkGolden hashes an archive as a stream and as a file.
func checkGolden(t *testing.T, c goldenCase, opt hash.ArchiveOptions) {
	t.Helper()
	opt.StripRoot = c.stripRoot
	opt.TempDir = t.TempDir()
	data := readArchive(t, c.archive)
	file, err := os.Open(filepath.Join("testdata", "archives", c.archive))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	checkGoldenOf(t, c, opt, data, bytes.NewReader(data))
	checkGoldenOf(t, c, opt, data, file)
}

func checkGoldenOf(t *testing.T, c goldenCase, opt hash.ArchiveOptions, data []byte, r io.Reader) {
	t.Helper()
	got, err := hash.Archive(t.Context(), r, opt)
	switch {
	case isUnsupported(data):
		if !errors.Is(err, hash.ErrUnsupported) || !errors.Is(err, hash.ErrRefused) {
			t.Errorf("%s, stripRoot %v: got %v, %v, want an ErrUnsupported", c.archive, c.stripRoot, got.SRI, err)
		}
	case c.want == "refuse" && !isRefusal(err):
		t.Errorf("%s, stripRoot %v, extension %q: got %v, %v, want a refusal", c.archive, c.stripRoot, opt.Extension, got.SRI, err)
	case c.want != "refuse" && err != nil:
		t.Errorf("%s, stripRoot %v, extension %q: got error %v, want %s", c.archive, c.stripRoot, opt.Extension, err, c.want)
	case c.want != "refuse" && got.SRI.String() != c.want:
		t.Errorf("%s, stripRoot %v, extension %q: got %s, want %s", c.archive, c.stripRoot, opt.Extension, got.SRI, c.want)
	}
}

// Results of the real fetcher, with the unpacker that it chooses by name.
func TestArchiveGoldenByName(t *testing.T) {
	t.Parallel()
	for _, c := range goldenCases(t) {
		checkGolden(t, c, hash.ArchiveOptions{Extension: extensionOf(c.archive)})
	}
}

// The same by content, in memory and spooled.
func TestArchiveGoldenByContent(t *testing.T) {
	t.Parallel()
	for _, c := range goldenCases(t) {
		if !c.byName {
			checkGolden(t, c, hash.ArchiveOptions{})
			checkGolden(t, c, hash.ArchiveOptions{Memory: 1})
		}
	}
}

// Fixtures whose bytes are those of a by-name case, under a name that fits: a real fetch gives their hash.
var rightlyNamed = map[string]string{
	"gz-named.tar.xz":  "base.tar.gz",
	"noext":            "base.tar", // compressed
	"tar-named.zip":    "base.tar",
	"x.tar.zip":        "unix.zip",
	"zip-named.tar.gz": "unix.zip",
}

// Where the name misled the real fetcher, the content gives what the same bytes give under the right name.
func TestArchiveGoldenMisnamed(t *testing.T) {
	t.Parallel()
	results := make(map[string]string)
	count := 0
	cases := goldenCases(t)
	for _, c := range cases {
		results[fmt.Sprint(c.archive, c.stripRoot)] = c.want
	}
	for _, c := range cases {
		if !c.byName {
			continue
		}
		count++
		twin := rightlyNamed[c.archive]
		data, same := readArchive(t, c.archive), readArchive(t, twin)
		if c.archive == "noext" {
			data = gunzipped(t, data)
		}
		if !bytes.Equal(data, same) {
			t.Fatalf("%s and %s are not the same", c.archive, twin)
		}
		c.want = results[fmt.Sprint(twin, c.stripRoot)]
		if !strings.HasPrefix(c.want, "sha256-") {
			t.Fatalf("%s: want %q, and no hash", twin, c.want)
		}
		checkGolden(t, c, hash.ArchiveOptions{})
		checkGolden(t, c, hash.ArchiveOptions{Extension: extensionOf(twin) + map[bool]string{true: ".gz"}[c.archive == "noext"], Memory: 1})
	}
	if count != 10 {
		t.Errorf("%d cases by name, want 10", count)
	}
}

func gunzipped(t testing.TB, data []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

// What GNU tar, Info-ZIP's unzip and Nix made of archives made at random: testdata/README.md.
func TestArchiveUnpacked(t *testing.T) {
	t.Parallel()
	for table, least := range map[string]struct{ rows, hashes, refusals, undetermined, unsupported int }{
		"unpacked": {240, 120, 60, 1, 0},
		"found":    {20, 8, 5, 0, 5},
	} {
		cases := readTable(t, filepath.Join("testdata", table+".tsv"))
		files, err := os.ReadDir(filepath.Join("testdata", table))
		if err != nil || 2*len(files) != len(cases) || len(cases) < least.rows {
			t.Errorf("%s: %d rows for %d files, %v: want two for each, and %d", table, len(cases), len(files), err, least.rows)
		}
		hashes, refusals, undetermined, unsupported := 0, 0, 0, 0
		for _, fields := range cases {
			name, strip, want := fields[0], fields[1] == "true", fields[2]
			data, err := os.ReadFile(filepath.Join("testdata", table, name))
			if err != nil {
				t.Fatal(err)
			}
			data = gunzipped(t, data)
			opt := hash.ArchiveOptions{StripRoot: strip, Extension: extensionOf(strings.TrimSuffix(name, ".gz")), TempDir: t.TempDir()}
			got, err := hash.Archive(t.Context(), bytes.NewReader(data), opt)
			var ok bool
			switch {
			case want == "refuse":
				refusals++
				ok = isRefusal(err)
			case want == "undetermined":
				undetermined++
				ok = errors.Is(err, hash.ErrUndetermined)
			case isUnsupported(data):
				unsupported++
				ok = errors.Is(err, hash.ErrUnsupported)
			default:
				hashes++
				ok = err == nil && got.SRI.String() == want
			}
			if !ok {
				t.Errorf("%s, stripRoot %v: got %v, %v, want %s", name, strip, got.SRI, err, want)
			}
		}
		if hashes < least.hashes || refusals < least.refusals || undetermined < least.undetermined || unsupported < least.unsupported {
			t.Errorf("%s: %d hashes, %d refusals, %d undetermined, %d unsupported, want at least %+v", table, hashes, refusals, undetermined, unsupported, least)
		}
	}
}

// baseSRI is the hash, with stripRoot, of what every archive in testdata/formats holds.
const baseSRI = "sha256-c6GDhI1yBT9YHf7lnFYg3x3m1q5zEzK9eyy8U5buejk="

func TestArchiveFormats(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"base.tar.zst":    "tar.zst",
		"base.tar.lz":     "tar.lz",
		"base.tar.lzma":   "tar.lzma",
		"members.tar.lz":  "tar.lz",
		"streams.tar.xz":  "tar.xz",
		"streams.tar.bz2": "tar.bz2",
	} {
		data, err := os.ReadFile(filepath.Join("testdata", "formats", name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := hash.Archive(t.Context(), bytes.NewReader(data), hash.ArchiveOptions{StripRoot: true})
		if err != nil || got.SRI.String() != baseSRI || got.Extension != want {
			t.Errorf("%s: got %v, %q, %v, want %s, %q", name, got.SRI, got.Extension, err, baseSRI, want)
		}
	}
}

// What may follow or lack, as tried with GNU tar 1.34 and the programs that it calls.
func TestArchiveEnds(t *testing.T) {
	t.Parallel()
	base := readArchive(t, "base.tar")
	members := bytes.TrimRight(base, "\x00")
	members = base[:(len(members)+511)/512*512]
	zero := make([]byte, 512)
	gz, xz, bz := readArchive(t, "base.tar.gz"), readArchive(t, "base.tar.xz"), readArchive(t, "base.tar.bz2")
	lz, err := os.ReadFile("testdata/formats/base.tar.lz")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		data []byte
		want error
	}{
		{"no end of archive", members, nil},
		{"one block of zeros", slices.Concat(members, zero), nil},
		{"one block of zeros, then a header", slices.Concat(members, zero, base), nil},
		{"part of a block", slices.Concat(members, base[:300]), nil},
		{"a block of garbage", slices.Concat(members, bytes.Repeat([]byte("x"), 512), zero), hash.ErrCorrupt},
		{"data cut off", base[:1024], hash.ErrCorrupt},
		{"gzip, then zeros", slices.Concat(gz, make([]byte, 700)), nil},
		{"gzip, then garbage", slices.Concat(gz, []byte("garbage")), hash.ErrCorrupt},
		{"gzip twice", slices.Concat(gz, gz), nil},
		{"gzip cut off", gz[:len(gz)-3], hash.ErrCorrupt},
		{"gzip with a wrong checksum", flip(gz, len(gz)-6), hash.ErrCorrupt},
		{"bzip2, then garbage", slices.Concat(bz, []byte("garbage")), nil},
		{"bzip2 with a wrong checksum", flip(bz, len(bz)-3), hash.ErrCorrupt},
		{"xz, then zeros", slices.Concat(xz, zero), nil},
		{"xz, then garbage", slices.Concat(xz, []byte("garbage")), hash.ErrCorrupt},
		{"xz with a wrong check", flip(xz, bytes.LastIndexByte(xz[:len(xz)-30], 0)-4), hash.ErrCorrupt},
		{"lzip, then garbage", slices.Concat(lz, []byte("garbage")), nil},
		{"lzip with a wrong checksum", flip(lz, len(lz)-20), hash.ErrCorrupt},
		{"lzip cut off", lz[:len(lz)-4], hash.ErrCorrupt},
		{"empty", nil, hash.ErrNotArchive},
		{"HTML", []byte("<!DOCTYPE html><title>Sign in</title>"), hash.ErrNotArchive},
		{"gzip of no tar", gzipped(t, []byte("<html>")), hash.ErrNotArchive},
	} {
		got, err := hash.Archive(t.Context(), bytes.NewReader(test.data), hash.ArchiveOptions{StripRoot: true})
		if !errors.Is(err, test.want) || err == nil && got.SRI.String() != baseSRI {
			t.Errorf("%s: got %v, %v, want %v", test.name, got.SRI, err, test.want)
		}
	}
}

func flip(data []byte, i int) []byte {
	data = bytes.Clone(data)
	data[i] ^= 1
	return data
}

func gzipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestArchiveSaysWhatItIsNot(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		" \n<!DOCTYPE HTML>":                           "an HTML page",
		`{"message": "Not Found"}`:                     "a JSON document",
		"404: Not Found":                               "plain text",
		"version https://git-lfs.github.com/spec/v1\n": "a Git LFS pointer",
		"": "an empty file",
	} {
		for _, extension := range []string{"", "tar.gz", "zip"} {
			_, err := hash.Archive(t.Context(), strings.NewReader(text), hash.ArchiveOptions{Extension: extension})
			if !errors.Is(err, hash.ErrNotArchive) || !strings.Contains(err.Error(), want) {
				t.Errorf("%q as %q: got %v, want it to name %s", text, extension, err, want)
			}
		}
	}
}

// Every strict prefix of a compressed archive is damaged, and so is a zip's.
func TestArchiveTruncated(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"base.tar.gz", "base.tar.xz", "base.tar.bz2", "unix.zip", "zip64.zip"} {
		data := readArchive(t, name)
		for n := 8; n < len(data); n += 7 {
			_, err := hash.Archive(t.Context(), bytes.NewReader(data[:n]), hash.ArchiveOptions{})
			if !errors.Is(err, hash.ErrCorrupt) {
				t.Errorf("%s, %d of %d bytes: got %v, want an ErrCorrupt", name, n, len(data), err)
			}
		}
	}
}

// A refusal names the entry.
func TestArchiveRefusalNamesEntry(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"dotdot.tar.gz":     `"r/../b"`,
		"badd.tar.gz":       `"r/nox"`,
		"linkfirst.tar.gz":  `"r/b"`,
		"fifo.tar.gz":       `"r/`,
		"backslash-dos.zip": `"r`,
		"dup.zip":           `"r/a"`,
	} {
		_, err := hash.Archive(t.Context(), bytes.NewReader(readArchive(t, name)), hash.ArchiveOptions{})
		if !errors.Is(err, hash.ErrRefused) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want a refusal that names %s", name, err, want)
		}
	}
}
