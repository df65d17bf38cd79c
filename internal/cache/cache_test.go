package cache_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pinfetch/pinfetch/internal/cache"
)

// open returns a store in a new directory, and what it logs.
func open(t *testing.T, o cache.Options) (*cache.Store, *[]string) {
	t.Helper()
	return openIn(filepath.Join(t.TempDir(), "a", "cache"), o)
}

func openIn(dir string, o cache.Options) (*cache.Store, *[]string) {
	var said []string
	o.Log = func(text string) { said = append(said, text) }
	return cache.Open(dir, o), &said
}

// entry returns the path of a key's file, as the package comment specifies it.
func entry(s *cache.Store, key string) string {
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(s.Dir(), hex.EncodeToString(sum[:]))
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, e := range entries {
		found = append(found, e.Name())
	}
	return found
}

func wantMiss(t *testing.T, s *cache.Store, key string) {
	t.Helper()
	if got, found := s.Get(key); found {
		t.Errorf("%.40q: got %.40q, want nothing", key, got)
	}
}

func wantHit(t *testing.T, s *cache.Store, key, want string) {
	t.Helper()
	if got, found := s.Get(key); !found || string(got) != want {
		t.Errorf("%.40q: got %.40q, %v, want %.40q", key, got, found, want)
	}
}

func TestGetPut(t *testing.T) {
	t.Parallel()
	s, said := open(t, cache.Options{})
	values := map[string]string{
		"a": "1", "b": "", "": "empty key", "https://user:secret@example.org/?token=x": "2",
		"big": strings.Repeat("x", cache.MaxValue), "binary": "\x00\xff\n", "a\n": "another key",
	}
	for key := range values {
		wantMiss(t, s, key)
	}
	if _, err := os.Stat(s.Dir()); err == nil {
		t.Errorf("reading created the directory %s", s.Dir())
	}
	for key, value := range values {
		s.Put(key, []byte("old value"))
		s.Put(key, []byte(value))
	}
	again, _ := openIn(s.Dir(), cache.Options{}) // as in another run
	for key, value := range values {
		wantHit(t, s, key, value)
		wantHit(t, again, key, value)
	}
	s.Put("too big", make([]byte, cache.MaxValue+1))
	wantMiss(t, s, "too big")
	if len(*said) > 0 {
		t.Errorf("logged %q", *said)
	}
	if got := len(names(t, s.Dir())); got != len(values) {
		t.Errorf("got %d files, want %d", got, len(values))
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	s, _ := open(t, cache.Options{})
	const key = "https://user:secret@example.org/acme/demo"
	s.Put(key, []byte("value"))
	for path, want := range map[string]fs.FileMode{filepath.Dir(s.Dir()): 0o700, s.Dir(): 0o700, entry(s, key): 0o600} {
		info, err := os.Lstat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: got %v, %v, want mode %v", path, info.Mode(), err, want)
		}
	}
	data, err := os.ReadFile(entry(s, key))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"user", "secret", "example", "acme"} {
		if bytes.Contains(data, []byte(part)) {
			t.Errorf("the entry shows %q of its key", part)
		}
	}
}

// An entry with any byte changed, or truncated anywhere, is treated as absent.
func TestDamage(t *testing.T) {
	t.Parallel()
	s, said := open(t, cache.Options{})
	const key, value = "key", "some value"
	s.Put(key, []byte(value))
	whole, err := os.ReadFile(entry(s, key))
	if err != nil {
		t.Fatal(err)
	}
	spoil := func(name string, data []byte) {
		t.Helper()
		if err := os.WriteFile(entry(s, key), data, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, found := s.Get(key); found {
			t.Errorf("%s: got %q, want nothing", name, got)
		}
		if _, err := os.Lstat(entry(s, key)); err == nil {
			t.Errorf("%s: the entry was not removed", name)
		}
	}
	for i := range whole {
		damaged := bytes.Clone(whole)
		damaged[i] ^= 1
		spoil(fmt.Sprintf("byte %d", i), damaged)
		spoil(fmt.Sprintf("%d bytes", i), whole[:i])
	}
	spoil("a byte more", append(bytes.Clone(whole), 0))
	spoil("an older format", bytes.Replace(whole, []byte("cache 1"), []byte("cache 0"), 1))
	spoil("something else", []byte("#!/bin/sh\n"))
	spoil("zeros", make([]byte, len(whole)))

	s.Put("other", []byte("of another key"))
	other, err := os.ReadFile(entry(s, "other"))
	if err != nil {
		t.Fatal(err)
	}
	spoil("another key's entry", other)
	wantHit(t, s, "other", "of another key")

	s.Put(key, []byte(value))
	wantHit(t, s, key, value)
	if len(*said) > 0 {
		t.Errorf("logged %q", *said)
	}
}

// Anything but a regular file is treated as absent, does not block, and is replaced.
func TestForeignKinds(t *testing.T) {
	t.Parallel()
	for name, place := range map[string]func(path string) error{
		"directory":  func(path string) error { return os.Mkdir(path, 0o700) },
		"link":       func(path string) error { return os.Symlink("/etc/passwd", path) },
		"dead link":  func(path string) error { return os.Symlink("nowhere", path) },
		"named pipe": mkfifo,
		"huge file": func(path string) error {
			return errorOf(os.WriteFile(path, nil, 0o600), os.Truncate(path, 1<<40))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, said := open(t, cache.Options{})
			s.Put("key", []byte("value"))
			if err := errorOf(os.Remove(entry(s, "key")), place(entry(s, "key"))); err != nil {
				t.Fatal(err)
			}
			wantMiss(t, s, "key")
			if _, err := os.Lstat(entry(s, "key")); err == nil {
				t.Error("it was not removed")
			}
			s.Put("key", []byte("value"))
			wantHit(t, s, "key", "value")
			if len(*said) > 0 {
				t.Errorf("logged %q", *said)
			}
		})
	}
}

func errorOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// A missing or unusable directory is an empty cache; it is reported once and is not an error.
func TestUnusable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	loose := filepath.Join(dir, "loose")
	if err := errorOf(os.WriteFile(file, nil, 0o600), os.Mkdir(loose, 0o700), os.Chmod(loose, 0o777)); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ dir, want string }{
		"a file":             {file, "is not a directory"},
		"below a file":       {filepath.Join(file, "cache"), "not a directory"},
		"others may write":   {loose, "other users may write"},
		"cannot be made":     {"/proc/self/nowhere/cache", "/proc"},
		"an impossible name": {dir + "/" + strings.Repeat("x", 300), "too long"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, said := openIn(test.dir, cache.Options{})
			for range 3 {
				wantMiss(t, s, "key")
				s.Put("key", []byte("value"))
			}
			if len(*said) != 1 || !strings.Contains((*said)[0], test.want) {
				t.Errorf("logged %q, want one line with %q", *said, test.want)
			}
			silent := cache.Open(test.dir, cache.Options{})
			silent.Put("key", nil)
			wantMiss(t, silent, "key")
		})
	}
	if got := names(t, loose); len(got) > 0 {
		t.Errorf("%q was written where others may write", got)
	}
}

func TestNil(t *testing.T) {
	t.Parallel()
	var s *cache.Store
	s.Put("key", []byte("value"))
	wantMiss(t, s, "key")
	for name, act := range map[string]func() (cache.Usage, error){"usage": s.Usage, "prune": s.Prune, "clear": s.Clear} {
		if got, err := act(); got != (cache.Usage{}) || err != nil {
			t.Errorf("%s: got %v, %v, want nothing", name, got, err)
		}
	}
}

// age sets the time at which an entry was last used.
func age(t *testing.T, path string, ago time.Duration) {
	t.Helper()
	then := time.Now().Add(-ago)
	if err := os.Chtimes(path, then, then); err != nil {
		t.Fatal(err)
	}
}

func TestPrune(t *testing.T) {
	t.Parallel()
	const size = 17 + 32 + 951 // of each entry
	for name, test := range map[string]struct {
		options cache.Options
		want    []int // the keys that are kept, of 0 (the newest) to 9
		freed   cache.Usage
	}{
		"within":       {cache.Options{Entries: 10, Bytes: 10 * size}, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, cache.Usage{}},
		"entries":      {cache.Options{Entries: 3, Bytes: 1 << 30}, []int{0, 1, 8}, cache.Usage{Entries: 7, Bytes: 7 * size}},
		"bytes":        {cache.Options{Entries: 50, Bytes: 4*size + 1}, []int{0, 1, 2, 8}, cache.Usage{Entries: 6, Bytes: 6 * size}},
		"barely bytes": {cache.Options{Entries: 50, Bytes: 4*size - 1}, []int{0, 1, 8}, cache.Usage{Entries: 7, Bytes: 7 * size}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s, _ := openIn(dir, cache.Options{})
			for i := range 10 {
				s.Put(fmt.Sprint(i), make([]byte, 951))
				age(t, entry(s, fmt.Sprint(i)), time.Duration(i+1)*time.Minute)
			}
			s.Get("8") // becomes the most recently used
			bounded, _ := openIn(dir, test.options)
			before, err := bounded.Usage()
			if want := (cache.Usage{Entries: 10, Bytes: 10 * size}); before != want || err != nil {
				t.Fatalf("got %v, %v, want %v", before, err, want)
			}
			if got, err := bounded.Prune(); got != test.freed || err != nil {
				t.Errorf("freed %v, %v, want %v", got, err, test.freed)
			}
			stays := make(map[int]bool)
			for _, i := range test.want {
				stays[i] = true
			}
			for i := range 10 {
				if _, found := s.Get(fmt.Sprint(i)); found != stays[i] {
					t.Errorf("%d: found is %v, want %v", i, found, stays[i])
				}
			}
		})
	}
}

// Pruning removes only abandoned temporary files, and keeps files that are not the cache's.
func TestPruneTemporary(t *testing.T) {
	t.Parallel()
	s, _ := open(t, cache.Options{})
	s.Put("key", []byte("value"))
	base := filepath.Base(entry(s, "key"))
	want := []string{"." + base, "." + base + "5x", ".x" + base[1:] + "7", ".hidden", "README", base[1:] + "g", strings.ToUpper(base) + "F"}
	for _, name := range append(want, "."+base+"8275982", "."+base+"1") {
		path := filepath.Join(s.Dir(), name)
		if err := os.WriteFile(path, []byte("12345"), 0o600); err != nil {
			t.Fatal(err)
		}
		age(t, path, 2*time.Hour)
	}
	fresh := "." + base + "2"
	if err := os.WriteFile(filepath.Join(s.Dir(), fresh), []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Prune(); got != (cache.Usage{Bytes: 10}) || err != nil {
		t.Errorf("freed %v, %v, want 10 bytes", got, err)
	}
	wantHit(t, s, "key", "value")
	wantNames(t, s.Dir(), append(want, base, fresh)...)
	if got, err := s.Clear(); got != (cache.Usage{Entries: 1, Bytes: 5 + 17 + 32 + 5}) || err != nil {
		t.Errorf("freed %v, %v, want one entry", got, err)
	}
	wantMiss(t, s, "key")
	wantNames(t, s.Dir(), want...)
}

func wantNames(t *testing.T, dir string, want ...string) {
	t.Helper()
	got := make(map[string]bool)
	for _, name := range names(t, dir) {
		got[name] = true
	}
	for _, name := range want {
		if !got[name] {
			t.Errorf("%s is gone", name)
		}
		delete(got, name)
	}
	for name := range got {
		t.Errorf("%s was not removed", name)
	}
}

// Writes alone keep the directory near its limits, and few of them prune.
func TestBoundOfWrites(t *testing.T) {
	t.Parallel()
	const entries, size = 100, 1000
	s, _ := open(t, cache.Options{Entries: entries, Bytes: 16 * 50 * (size + 49 + 4096)}) // prunes at one write in 50
	prunes, before := 0, 0
	for i := range 500 {
		s.Put(fmt.Sprint("key ", i), make([]byte, size))
		held, err := s.Usage()
		if err != nil {
			t.Fatal(err)
		}
		if held.Entries <= before {
			prunes++
		}
		before = held.Entries
		if held.Entries > 4*entries {
			t.Fatalf("%d entries after %d writes, want about %d", held.Entries, i+1, entries)
		}
	}
	if prunes < 3 || prunes > 30 {
		t.Errorf("%d of 500 writes pruned, want about 9", prunes)
	}
	// A write of a sixteenth of the limit always prunes.
	large, _ := open(t, cache.Options{Bytes: 16 << 10})
	for i := range 40 {
		large.Put(fmt.Sprint(i), make([]byte, 1<<10))
		if held, err := large.Usage(); err != nil || held.Bytes > 16<<10 {
			t.Fatalf("%v, %v after %d writes", held, err, i+1)
		}
	}
}

func TestListFails(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := cache.Open(file, cache.Options{})
	for name, act := range map[string]func() (cache.Usage, error){"usage": s.Usage, "prune": s.Prune, "clear": s.Clear} {
		if got, err := act(); got != (cache.Usage{}) || err == nil {
			t.Errorf("%s: got %v, %v, want an error", name, got, err)
		}
	}
	missing := cache.Open(filepath.Join(t.TempDir(), "missing"), cache.Options{})
	for name, act := range map[string]func() (cache.Usage, error){"usage": missing.Usage, "prune": missing.Prune, "clear": missing.Clear} {
		if got, err := act(); got != (cache.Usage{}) || err != nil {
			t.Errorf("%s of is not a directory: got %v, %v, want nothing", name, got, err)
		}
	}
}
