package hash_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
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
	table, err := os.ReadFile("testdata/fetchzip.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var cases []goldenCase
	for line := range strings.Lines(string(table)) {
		fields := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") {
			continue
		}
		if len(fields) < 3 {
			t.Fatalf("malformed line %q", line)
		}
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

func checkGolden(t *testing.T, c goldenCase, opt hash.ArchiveOptions) {
	t.Helper()
	opt.StripRoot = c.stripRoot
	opt.TempDir = t.TempDir()
	got, err := hash.Archive(t.Context(), bytes.NewReader(readArchive(t, c.archive)), opt)
	switch {
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

var _ = context.Background
