package lock_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/github"
)

// large is a lock of n pins and its bytes.
func large(b *testing.B, n int) (*sources.Set, *lock.File, []byte) {
	b.Helper()
	kinds := sources.NewSet(github.New(nil, nil))
	f := &lock.File{Pins: make(map[string]lock.Pin, n)}
	for i := range n {
		commit := strings.Repeat(fmt.Sprintf("%04x", i), 10)
		sum := hash.NewSRI(hash.SHA256, []byte(strings.Repeat(fmt.Sprintf("%08d", i), 4)))
		f.Pins[fmt.Sprintf("tree-sitter-grammars/language-%05d", i)] = lock.Pin{
			Source: github.Spec{Owner: "tree-sitter-grammars", Repo: fmt.Sprintf("tree-sitter-language-%05d", i), Tracking: sources.Tracking{Branch: "main"}},
			Locked: sources.Resolution{
				Facts: sources.Facts{Ref: "refs/heads/main", Version: "0-unstable-2024-01-01", Date: "2024-01-01"},
				Calls: []sources.Call{{Hash: sum, Fetch: sources.Fetch{
					Fetcher: sources.FetchFromGitHub, Owner: "tree-sitter-grammars", Repo: fmt.Sprintf("tree-sitter-language-%05d", i), Rev: commit,
				}}},
			},
		}
	}
	data, err := f.Format(kinds)
	if err != nil {
		b.Fatal(err)
	}
	return kinds, f, data
}

func BenchmarkParse(b *testing.B) {
	kinds, _, data := large(b, 10_000)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := lock.Parse(data, kinds); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFormat(b *testing.B) {
	kinds, f, data := large(b, 10_000)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := f.Format(kinds); err != nil {
			b.Fatal(err)
		}
	}
}

// Synced to the disk.
func BenchmarkWrite(b *testing.B) {
	_, _, data := large(b, 10_000)
	path := filepath.Join(b.TempDir(), "pins.json")
	old, next := data, append([]byte(nil), data...)
	next[len(next)-1] = '\n'
	next = append(next, '\n')
	if err := os.WriteFile(path, old, 0o644); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := (lock.Writer{}).Write(b.Context(), path, old, next); err != nil {
			b.Fatal(err)
		}
		old, next = next, old
	}
}
