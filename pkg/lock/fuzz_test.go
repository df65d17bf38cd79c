package lock_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/lock"
)

// What parses, formats; and what was formatted parses to the same bytes.
func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(compact))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := lock.Parse(data, kinds())
		if err != nil {
			if !errors.Is(err, lock.ErrSyntax) {
				t.Fatalf("got %v, want an ErrSyntax", err)
			}
			return
		}
		first, err := file.Format(kinds())
		if err != nil {
			t.Fatalf("it parses, but does not format: %v", err)
		}
		again, err := lock.Parse(first, kinds())
		if err != nil {
			t.Fatalf("what was formatted does not parse: %v\n%s", err, first)
		}
		second, err := again.Format(kinds())
		if err != nil || string(second) != string(first) {
			t.Fatalf("got\n%s\n%v, then\n%s", first, err, second)
		}
	})
}

func FuzzCleanName(f *testing.F) {
	f.Add("plenary.nvim")
	f.Fuzz(func(t *testing.T, title string) {
		name := lock.CleanName(title)
		if name == "" {
			return
		}
		if err := lock.ValidateName(name); err != nil {
			t.Fatalf("CleanName(%q) = %q: %v", title, name, err)
		}
	})
}

// An empty corpus would make the fuzz targets above test little.
func TestCorpora(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"FuzzParse", "FuzzCleanName"} {
		seeds, err := filepath.Glob(filepath.Join("testdata", "fuzz", target, "*"))
		if err != nil || len(seeds) == 0 {
			t.Errorf("%s: got %d seeds, %v, want some", target, len(seeds), err)
		}
		for _, seed := range seeds {
			if info, err := os.Stat(seed); err != nil || info.Size() == 0 {
				t.Errorf("%s is empty, or %v", seed, err)
			}
		}
	}
}
