package nixstore_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/binarycache"
	"github.com/pinfetch/pinfetch/internal/nixstore"
	"github.com/pinfetch/pinfetch/internal/storepath"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/test/nixtest"
)

const content = "wanted\n"

// newCache publishes a file, flat and recursive, by both algorithms, and returns the cache's directory and the paths.
func newCache(t *testing.T, n *nixtest.Nix) (dir string, paths []string) {
	t.Helper()
	dir = filepath.Join(n.Dir(), "cache")
	c := &binarycache.Cache{Bucket: binarycache.Dir(dir), Store: storepath.Store(n.StoreDir()), Compression: binarycache.None}
	if err := c.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, algorithm := range []hash.Algorithm{hash.SHA256, hash.SHA512} {
		for isExecutable, write := range map[bool]func(nar io.Writer) (hash.SRI, error){
			false: func(nar io.Writer) (hash.SRI, error) {
				return hash.FileNAR(t.Context(), strings.NewReader(content), algorithm, hash.SpoolOptions{NAR: nar})
			},
			true: func(nar io.Writer) (hash.SRI, error) {
				return hash.ExecutableFile(t.Context(), strings.NewReader(content), algorithm, hash.SpoolOptions{NAR: nar})
			},
		} {
			sri, err := write(io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			o := c.Store.Of("name", sri, isExecutable)
			_, err = c.Add(t.Context(), func(nar func() io.Writer) ([]storepath.Output, error) {
				_, err := write(nar())
				return []storepath.Output{o}, err
			})
			if err != nil {
				t.Fatal(err)
			}
			paths = append(paths, o.Path)
		}
	}
	return dir, paths
}

func wantMissing(t *testing.T, s nixstore.Store, paths, want []string) {
	t.Helper()
	got, err := s.Missing(t.Context(), paths)
	slices.Sort(got)
	want = slices.Sorted(slices.Values(want))
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("missing %q, %v; want %q", got, err, want)
	}
}

func TestCopy(t *testing.T) {
	t.Parallel()
	for name, user := range map[string]func(*nixtest.Nix) *nixtest.Nix{
		"own store":                 func(n *nixtest.Nix) *nixtest.Nix { return n },
		"daemon that trusts nobody": func(n *nixtest.Nix) *nixtest.Nix { return n.Daemon() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := user(nixtest.New(t).With("NIX_CONFIG=require-sigs = true\nbuild-users-group =\nsubstituters ="))
			dir, paths := newCache(t, n)
			s := nixstore.Store{Env: n.Environ()}
			wantMissing(t, s, paths, paths)
			if err := s.Copy(t.Context(), dir, paths[1:]); err != nil {
				t.Fatal(err)
			}
			wantMissing(t, s, paths, paths[:1])
			if got, err := os.ReadFile(paths[1]); err != nil || string(got) != content {
				t.Errorf("%s has %q, %v", paths[1], got, err)
			}

			// What is not the content of its path does not get in.
			nars, err := filepath.Glob(filepath.Join(dir, "nar", "*"))
			if err != nil || len(nars) == 0 {
				t.Fatal(nars, err)
			}
			for _, nar := range nars {
				data, err := os.ReadFile(nar)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(nar, bytes.Replace(data, []byte("wanted"), []byte("broken"), 1), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Copy(t.Context(), dir, paths); err == nil || !strings.Contains(err.Error(), "hash mismatch") {
				t.Errorf("tampered: got %v, want Nix's message", err)
			}
			wantMissing(t, s, paths, paths[:1])
		})
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	n := nixtest.New(t)
	s := nixstore.Store{Env: n.Environ()}
	if err := s.Copy(t.Context(), "/a b", []string{n.StoreDir() + "/x"}); !errors.Is(err, nixstore.ErrCacheDir) {
		t.Errorf("a space in the path: %v", err)
	}
	if _, err := s.Missing(t.Context(), []string{"/elsewhere/x"}); err == nil || !strings.Contains(err.Error(), "/elsewhere/x") || strings.Contains(err.Error(), "error:") {
		t.Errorf("a path outside the store: %v, want Nix's message", err)
	}
}

// No test beside it may change PATH at the same time.
func TestNoNix(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := (nixstore.Store{}).Missing(t.Context(), []string{"/nix/store/x"}); !errors.Is(err, nixstore.ErrNoNix) {
		t.Errorf("got %v, want %v", err, nixstore.ErrNoNix)
	}
}

// Nix gets no secrets.
func TestSecrets(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "nix-store"), []byte("#!/bin/sh\necho $A-$B\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	got, err := nixstore.Store{Env: []string{"A=a", "B=b"}, Secrets: []string{"B"}}.Missing(t.Context(), []string{"x"})
	if want := []string{"a-"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}
