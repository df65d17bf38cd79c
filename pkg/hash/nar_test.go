package hash_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/hash"
)

// What is hashed is what is written: its hash is Nix's.
func TestNAROfFiles(t *testing.T) {
	t.Parallel()
	needNix(t)
	dir := awkward(t)
	for _, name := range []string{".", "foo", "mode-755", "A", "link-1"} {
		want := nixDump(t, filepath.Join(dir, name))
		sum := sha256.New()
		got, err := hash.Dir(t.Context(), filepath.Join(dir, name), hash.DirOptions{NAR: sum})
		if written := hash.NewSRI(hash.SHA256, sum.Sum(nil)); err != nil || got != want || written != want {
			t.Errorf("%s: %v: got %v, wrote %v, want %v", name, err, got, written, want)
		}
	}
	for _, executable := range []bool{false, true} {
		path, content := filepath.Join(t.TempDir(), "file"), bytes.Repeat([]byte("content"), 100_000)
		mode := os.FileMode(0o644)
		if executable {
			mode = 0o755
		}
		if err := os.WriteFile(path, content, mode); err != nil {
			t.Fatal(err)
		}
		sum := sha256.New()
		opt := hash.SpoolOptions{NAR: sum, Memory: 1 << 16}
		hashed := hash.FileNAR
		if executable {
			hashed = hash.ExecutableFile
		}
		file, err := hashed(t.Context(), bytes.NewReader(content), hash.SHA256, opt)
		if got, want := hash.NewSRI(hash.SHA256, sum.Sum(nil)), nixDump(t, path); err != nil || got != want {
			t.Errorf("executable %v: %v: wrote %v, want %v", executable, err, got, want)
		}
		if flat := sha256.Sum256(content); !executable && file != hash.NewSRI(hash.SHA256, flat[:]) {
			t.Errorf("the flat hash is %v", file)
		}
	}
}

func TestNAROfArchives(t *testing.T) {
	t.Parallel()
	for _, c := range goldenCases(t) {
		if c.want == "refuse" || isUnsupported(readArchive(t, c.archive)) {
			continue
		}
		sum := sha256.New()
		opt := hash.ArchiveOptions{StripRoot: c.stripRoot, Extension: extensionOf(c.archive), NAR: sum, TempDir: t.TempDir()}
		_, err := hash.Archive(t.Context(), bytes.NewReader(readArchive(t, c.archive)), opt)
		if got := hash.NewSRI(hash.SHA256, sum.Sum(nil)).String(); err != nil || got != c.want {
			t.Errorf("%s, stripRoot %v: %v: wrote %v, want %v", c.archive, c.stripRoot, err, got, c.want)
		}
	}
}

type fullDisk struct{ left int }

var errFull = errors.New("the disk is full")

func (f *fullDisk) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestNARCannotBeWritten(t *testing.T) {
	t.Parallel()
	content := make([]byte, 1<<20)
	for _, left := range []int{0, 1 << 19} {
		_, err := hash.FileNAR(t.Context(), bytes.NewReader(content), hash.SHA256, hash.SpoolOptions{NAR: &fullDisk{left}})
		if !errors.Is(err, errFull) {
			t.Errorf("with %d bytes left: %v", left, err)
		}
	}
}
