package hash_test

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/hash"
)

// fuzzLimits keeps a fuzzer's bombs small.
var fuzzLimits = hash.Limits{Download: 1 << 20, Unpacked: 4 << 20, Entries: 1000, Path: 1000}

// fuzzArchive checks that any input gives a hash, the same in memory and
// spooled, or an error of a class.
func fuzzArchive(t *testing.T, data []byte, extension string) {
	opt := hash.ArchiveOptions{Extension: extension, Limits: fuzzLimits}
	first, err := hash.Archive(t.Context(), bytes.NewReader(data), opt)
	if err != nil && !isRefusal(err) && !errors.Is(err, hash.ErrLimit) {
		t.Fatalf("error of no class: %v", err)
	}
	if err == nil == first.SRI.IsZero() {
		t.Fatalf("got %v, %v", first.SRI, err)
	}
	opt.Memory, opt.TempDir = 1, t.TempDir()
	second, err2 := hash.Archive(t.Context(), bytes.NewReader(data), opt)
	if second.SRI != first.SRI || (err == nil) != (err2 == nil) {
		t.Fatalf("got %v, %v in memory and %v, %v spooled", first.SRI, err, second.SRI, err2)
	}
}

func FuzzTar(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) { fuzzArchive(t, data, "tar") })
}

func FuzzZip(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) { fuzzArchive(t, data, "zip") })
}

func FuzzSRI(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		sri, err := hash.ParseSRI(text)
		if err != nil {
			if !errors.Is(err, hash.ErrMalformed) || !sri.IsZero() {
				t.Fatalf("got %v, %v", sri, err)
			}
			return
		}
		if again, err := hash.ParseSRI(sri.String()); err != nil || again != sri {
			t.Fatalf("%q: got %v, %v, want %v", text, again, err, sri)
		}
	})
}

func TestFuzzCorporaAreThere(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"FuzzTar", "FuzzZip", "FuzzSRI"} {
		seeds, err := os.ReadDir("testdata/fuzz/" + name)
		if err != nil || len(seeds) < 5 {
			t.Errorf("%s: %d seeds, %v", name, len(seeds), err)
		}
	}
}
