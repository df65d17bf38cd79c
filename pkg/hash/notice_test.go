package hash_test

import (
	"archive/tar"
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/hash"
)

func tarOf(t *testing.T, files ...[2]string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, file := range files {
		header := &tar.Header{Name: file[0], Mode: 0o755, Size: int64(len(file[1])), Format: tar.FormatGNU}
		if strings.HasSuffix(file[0], "/") {
			header.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(file[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestNotices(t *testing.T) {
	t.Parallel()
	data := tarOf(t,
		[2]string{"r/z/.gitattributes", "# export-subst\n*.c text export-subst\n"},
		[2]string{"r/y/.gitattributes", "*.c -export-subst\n"},
		[2]string{"r/lfs", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n"},
		[2]string{"r/notes", "see version https://git-lfs.github.com/spec/v1\n"},
		[2]string{"r/.gitmodules", "[submodule \"x\"]\n\tpath = sub/empty\n\turl = ../x\n[submodule \"y\"]\n\tpath = sub/full\n"},
		[2]string{"r/sub/empty/", ""},
		[2]string{"r/sub/full/file", ""},
		[2]string{"r/README", ""},
		[2]string{"r/Readme", ""},
		[2]string{"r/\u00e9", ""},
		[2]string{"r/E\u0301", ""},
		[2]string{"r/stra\u00dfe", ""},
		[2]string{"r/STRASSE", ""},
	)
	got, err := hash.Archive(t.Context(), bytes.NewReader(data), hash.ArchiveOptions{StripRoot: true})
	if err != nil {
		t.Fatal(err)
	}
	want := []hash.Notice{
		{Kind: hash.ExportSubst, Path: "z/.gitattributes", Detail: "*.c"},
		{Kind: hash.LFSPointer, Path: "lfs"},
		{Kind: hash.EmptyGitlink, Path: "sub/empty"},
		{Kind: hash.NameCollision, Path: "E\u0301", Detail: `"é"`},
		{Kind: hash.NameCollision, Path: "README", Detail: `"Readme"`},
		{Kind: hash.NameCollision, Path: "STRASSE", Detail: `"straße"`},
	}
	if fmt.Sprint(got.Notices) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got.Notices, want)
	}
	for _, n := range got.Notices {
		if strings.Contains(n.String(), "\n") || !strings.Contains(n.String(), fmt.Sprintf("%q", n.Path)) {
			t.Errorf("%v is more than a line, or does not name the path", n)
		}
	}
}

func TestNoticesAreBounded(t *testing.T) {
	t.Parallel()
	var files [][2]string
	for i := range hash.MaxNotices + 10 {
		files = append(files, [2]string{fmt.Sprintf("r/%d/A", i), ""}, [2]string{fmt.Sprintf("r/%d/a", i), ""})
	}
	got, err := hash.Archive(t.Context(), bytes.NewReader(tarOf(t, files...)), hash.ArchiveOptions{})
	if err != nil || len(got.Notices) != hash.MaxNotices {
		t.Errorf("got %d notices, %v, want %d", len(got.Notices), err, hash.MaxNotices)
	}
}

// That the content may change is told however much else there is to tell.
func TestDriftIsNotCrowdedOut(t *testing.T) {
	t.Parallel()
	var files [][2]string
	for i := range 2 * hash.MaxNotices {
		files = append(files, [2]string{fmt.Sprintf("r/a/%03d", i), "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n"})
	}
	files = append(files, [2]string{"r/z/.gitattributes", "VERSION export-subst\n"})
	got, err := hash.Archive(t.Context(), bytes.NewReader(tarOf(t, files...)), hash.ArchiveOptions{StripRoot: true})
	if err != nil || len(got.Notices) != hash.MaxNotices || got.Notices[0].Kind != hash.ExportSubst {
		t.Errorf("got %d notices, %v, want %d with export-subst first", len(got.Notices), err, hash.MaxNotices)
	}
}
