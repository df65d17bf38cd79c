package hash_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/hash"
)

// bigTar is a tar of some files that do not fit into one buffer.
func bigTar(t testing.TB, files, size int) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for i := range files {
		header := &tar.Header{Name: fmt.Sprintf("r/%03d", (i*37)%files), Mode: 0o644, Size: int64(size)}
		if err := w.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(bytes.Repeat([]byte{byte(i), byte(i >> 3), 1}, size/3+1)[:size]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Beyond the bound of memory the hash is the same, and nothing is left or even visible.
func TestArchiveSpools(t *testing.T) {
	t.Parallel()
	data := bigTar(t, 100, 30_001)
	want, err := hash.Archive(t.Context(), bytes.NewReader(data), hash.ArchiveOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, memory := range []int64{1, 256 << 10, 1 << 20, 8 << 20} {
		dir := t.TempDir()
		seen := 0
		look := readerFunc(func(p []byte) (int, error) {
			entries, err := os.ReadDir(dir)
			seen = max(seen, len(entries))
			return 0, errors.Join(err, io.EOF)
		})
		r := io.MultiReader(bytes.NewReader(data), look)
		got, err := hash.Archive(t.Context(), r, hash.ArchiveOptions{TempDir: dir, Memory: memory})
		if err != nil && !errors.Is(err, io.EOF) || got.SRI != want.SRI && err == nil {
			t.Errorf("memory %d: got %v, %v, want %v", memory, got.SRI, err, want.SRI)
		}
		if seen != 0 {
			t.Errorf("memory %d: %d files were visible in the temporary directory", memory, seen)
		}
		left, err := os.ReadDir(dir)
		if err != nil || len(left) != 0 {
			t.Errorf("memory %d: left %v, %v", memory, left, err)
		}
	}
}

func TestArchiveSpoolUnwritable(t *testing.T) {
	t.Parallel()
	_, err := hash.Archive(t.Context(), bytes.NewReader(bigTar(t, 3, 1000)),
		hash.ArchiveOptions{TempDir: filepath.Join(t.TempDir(), "missing"), Memory: 1})
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want an error of the file system", err)
	}
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestArchiveLimits(t *testing.T) {
	t.Parallel()
	data := bigTar(t, 20, 1000)
	long := bigTarNamed(t, strings.Repeat("n/", 300)+"x")
	zip := readArchive(t, "unix.zip")
	for _, test := range []struct {
		name   string
		data   []byte
		limits hash.Limits
		want   string
	}{
		{"download", data, hash.Limits{Download: 5000}, "5000 bytes"},
		{"download of a gzip", gzipped(t, data), hash.Limits{Download: 100}, "100 bytes"},
		{"download of a zip", zip, hash.Limits{Download: 100}, "100 bytes"},
		{"unpacked", gzipped(t, data), hash.Limits{Unpacked: 5000}, "5000 bytes"},
		{"unpacked zip", zip, hash.Limits{Unpacked: 1}, "1 bytes"},
		{"entries, one of them implied", data, hash.Limits{Entries: 20}, "20 entries"},
		{"entries of a zip", zip, hash.Limits{Entries: 1}, "1 entries"},
		{"path", long, hash.Limits{Path: 100}, "100 bytes"},
	} {
		_, err := hash.Archive(t.Context(), bytes.NewReader(test.data), hash.ArchiveOptions{Limits: test.limits})
		if !errors.Is(err, hash.ErrLimit) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want an ErrLimit that says %q", test.name, err, test.want)
		}
	}
	for _, name := range []string{"unix.zip", "base.tar.xz"} { // files may be read out of order
		file, err := os.Open(filepath.Join("testdata", "archives", name))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if _, err := hash.Archive(t.Context(), file, hash.ArchiveOptions{Limits: hash.Limits{Download: 100}}); !errors.Is(err, hash.ErrLimit) {
			t.Errorf("%s: got %v, want an ErrLimit", name, err)
		}
	}
	for _, limits := range []hash.Limits{{Entries: 21}, {Download: int64(len(data)), Unpacked: int64(len(data))}} {
		if _, err := hash.Archive(t.Context(), bytes.NewReader(data), hash.ArchiveOptions{Limits: limits}); err != nil {
			t.Errorf("within %+v: got %v", limits, err)
		}
	}
}

func bigTarNamed(t *testing.T, name string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	if err := errors.Join(w.WriteHeader(&tar.Header{Name: name, Mode: 0o644}), w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var errBroken = errors.New("the wire broke")

// The stream's own error is what the caller gets, not what a decoder makes of it.
func TestArchiveReadError(t *testing.T) {
	t.Parallel()
	for _, data := range [][]byte{bigTar(t, 20, 1000), gzipped(t, bigTar(t, 20, 1000)), readArchive(t, "unix.zip"), readArchive(t, "base.tar.xz"), nil} {
		r := io.MultiReader(bytes.NewReader(data[:len(data)/2]), readerFunc(func([]byte) (int, error) { return 0, errBroken }))
		if _, err := hash.Archive(t.Context(), r, hash.ArchiveOptions{}); !errors.Is(err, errBroken) {
			t.Errorf("got %v, want %v", err, errBroken)
		}
	}
}

// Not parallel: it counts goroutines. Every error and a cancelled context must leave none.
func TestArchiveLeavesNoGoroutine(t *testing.T) {
	before := runtime.NumGoroutine()
	data := bigTar(t, 100, 30_000)
	for _, name := range []string{"dotdot.tar.gz", "badd.tar.gz", "base.tar.gz", "multi.tar.gz", "unix.zip", "base.tar.xz", "base.tar.bz2"} {
		for _, limits := range []hash.Limits{{}, {Unpacked: 600}, {Entries: 1}} {
			_, _ = hash.Archive(t.Context(), bytes.NewReader(readArchive(t, name)), hash.ArchiveOptions{StripRoot: true, Limits: limits})
		}
	}
	// Refused at once, while much is still to be read.
	bad := append(bigTarNamed(t, "a/../b")[:512:512], data...)
	if _, err := hash.Archive(t.Context(), bytes.NewReader(bad), hash.ArchiveOptions{}); !errors.Is(err, hash.ErrRefused) {
		t.Errorf("got %v, want a refusal", err)
	}
	// Cancelled in the middle of a stream that does not end by itself.
	for _, at := range []int{0, 1000, 300_000, len(data) - 1} {
		ctx, cancel := context.WithCancel(t.Context())
		blocked := readerFunc(func([]byte) (int, error) {
			cancel()
			<-ctx.Done()
			return 0, ctx.Err()
		})
		_, err := hash.Archive(ctx, io.MultiReader(bytes.NewReader(data[:at]), blocked), hash.ArchiveOptions{})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled after %d bytes: got %v", at, err)
		}
	}
	for range 1_000_000 {
		if runtime.NumGoroutine() <= before {
			return
		}
		runtime.Gosched()
	}
	t.Errorf("%d goroutines, there were %d", runtime.NumGoroutine(), before)
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := hash.Archive(ctx, bytes.NewReader(bigTar(t, 1, 1)), hash.ArchiveOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Archive: got %v", err)
	}
	if _, err := hash.File(ctx, strings.NewReader("x"), hash.SHA256); !errors.Is(err, context.Canceled) {
		t.Errorf("File: got %v", err)
	}
	if _, err := hash.ExecutableFile(ctx, strings.NewReader("x"), hash.SHA256, hash.SpoolOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("ExecutableFile: got %v", err)
	}
	if _, err := hash.Dir(ctx, t.TempDir(), hash.DirOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Dir: got %v", err)
	}
}
