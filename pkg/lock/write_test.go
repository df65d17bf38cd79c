package lock_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pinfetch/pinfetch/pkg/lock"
)

// writerVariable makes the test binary a writer instead of a test: see [runWriter].
const writerVariable = "PINFETCH_TEST_WRITER"

func TestMain(m *testing.M) {
	if os.Getenv(writerVariable) != "" {
		runWriter(os.Args[1], os.Args[2:])
		return
	}
	os.Exit(m.Run())
}

// runWriter adds pins to a lock, one edit for each name. Without names it edits for ever,
// and prints a dot inside of each edit and after it.
func runWriter(path string, names []string) {
	for _, name := range names {
		if _, err := (lock.Writer{}).Edit(context.Background(), path, kinds(), func(f *lock.File) error {
			f.Pins[name] = pin(name, revA, "1.0")
			return nil
		}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	for i := 0; len(names) == 0; i++ {
		if _, err := (lock.Writer{}).Edit(context.Background(), path, kinds(), func(f *lock.File) error {
			os.Stdout.WriteString(".")
			f.Pins["loop"] = pin("loop", revA, fmt.Sprintf("1.%d", i))
			return nil
		}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Stdout.WriteString(".")
	}
}

// writer prepares a process that runs runWriter.
func writer(t *testing.T, path string, names ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, append([]string{path}, names...)...)
	cmd.Env = append(os.Environ(), writerVariable+"=1")
	return cmd
}

// newLock writes a lock into a directory of its own and returns its path.
func newLock(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pins.json")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func content(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// identity is what must not change of a file that is not touched.
type identity struct {
	inode   uint64
	changed time.Time // of the content
	status  int64     // of anything, in nanoseconds
	mode    fs.FileMode
}

func identify(t *testing.T, path string) identity {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	var stat unix.Stat_t // unlike syscall's, it has the same fields on every system
	if err := unix.Lstat(path, &stat); err != nil {
		t.Fatal(err)
	}
	return identity{stat.Ino, info.ModTime(), stat.Ctim.Nano(), info.Mode()}
}

// wantAlone reports everything that lies beside the lock.
func wantAlone(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != filepath.Base(path) {
			t.Errorf("%q lies beside the lock", e.Name())
		}
	}
}

func TestWriteNew(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "pins.json")
	changed, err := lock.Writer{}.Write(t.Context(), path, nil, []byte("new"))
	if err != nil || !changed {
		t.Fatalf("got changed %v, %v, want a new file", changed, err)
	}
	if got := content(t, path); got != "new" {
		t.Errorf("got %q, want new", got)
	}
	if mode := identify(t, path).mode; mode != 0o644 {
		t.Errorf("got mode %v, want -rw-r--r--", mode)
	}
	wantAlone(t, path)
}

func TestWriteReplaces(t *testing.T) {
	t.Parallel()
	for _, mode := range []fs.FileMode{0o600, 0o640, 0o644, 0o664, 0o444, 0o755} {
		path := newLock(t, "old")
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		changed, err := lock.Writer{}.Write(t.Context(), path, []byte("old"), []byte("new"))
		if err != nil || !changed {
			t.Fatalf("%v: got changed %v, %v", mode, changed, err)
		}
		if got := content(t, path); got != "new" {
			t.Errorf("%v: got %q, want new", mode, got)
		}
		if got := identify(t, path).mode; got != mode {
			t.Errorf("got mode %v, want %v", got, mode)
		}
		wantAlone(t, path)
	}
}

func TestWriteUnchanged(t *testing.T) {
	t.Parallel()
	path := newLock(t, "old")
	before := identify(t, path)
	if changed, err := (lock.Writer{}).Write(t.Context(), path, []byte("old"), []byte("old")); err != nil || changed {
		t.Errorf("got changed %v, %v, want nothing done", changed, err)
	}
	if after := identify(t, path); after != before {
		t.Errorf("got %+v, want %+v", after, before)
	}
	wantAlone(t, path)
}

func TestWriteConflict(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		old, new []byte
		found    string // what is there instead; "-" for no file
	}{
		{"changed", []byte("old"), []byte("new"), "other"},
		{"changed to what is written", []byte("old"), []byte("new"), "new"},
		{"changed, nothing to write", []byte("old"), []byte("old"), "other"},
		{"emptied", []byte("old"), []byte("new"), ""},
		{"appeared", nil, []byte("new"), "other"},
		{"appeared empty", nil, []byte("new"), ""},
		{"appeared alike", nil, []byte("new"), "new"},
		{"vanished", []byte("old"), []byte("new"), "-"},
		{"vanished, was empty", []byte{}, []byte("new"), "-"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := newLock(t, tt.found)
			if tt.found == "-" {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			}
			changed, err := lock.Writer{}.Write(t.Context(), path, tt.old, tt.new)
			if changed || !errors.Is(err, lock.ErrConflict) {
				t.Errorf("got changed %v, %v, want an ErrConflict", changed, err)
			}
			if tt.found == "-" {
				if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("the file is back: %v", err)
				}
			} else if got := content(t, path); got != tt.found {
				t.Errorf("got %q, want %q kept", got, tt.found)
			}
			wantAlone(t, path)
		})
	}
}

func TestWriteThroughLinks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, link, target string }{
		{"beside", "link.json", "pins.json"},
		{"relative", "sub/link.json", "../pins.json"},
		{"chain", "second.json", "link.json"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := newLock(t, "old")
			dir := filepath.Dir(path)
			if err := os.Mkdir(filepath.Join(dir, "sub"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink("pins.json", filepath.Join(dir, "link.json")); err != nil {
				t.Fatal(err)
			}
			link := filepath.Join(dir, tt.link)
			if err := os.Symlink(tt.target, link); err != nil && !errors.Is(err, fs.ErrExist) {
				t.Fatal(err)
			}
			if changed, err := (lock.Writer{}).Write(t.Context(), link, []byte("old"), []byte("new")); err != nil || !changed {
				t.Fatalf("got changed %v, %v", changed, err)
			}
			if got, err := os.Readlink(link); err != nil || got != tt.target {
				t.Errorf("the link is %q, %v, want it to lead to %q still", got, err, tt.target)
			}
			if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() || content(t, path) != "new" {
				t.Errorf("the file is %v, %v, want a regular one with the new content", info, err)
			}
		})
	}
}

// A link that leads nowhere stays, and no file appears where it leads.
func TestWriteDanglingLink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	link, target := filepath.Join(dir, "link.json"), filepath.Join(dir, "pins.json")
	if err := os.Symlink("pins.json", link); err != nil {
		t.Fatal(err)
	}
	if changed, err := (lock.Writer{}).Write(t.Context(), link, nil, []byte("new")); !errors.Is(err, lock.ErrDangling) || changed {
		t.Errorf("got changed %v, %v, want an ErrDangling", changed, err)
	}
	if got, err := os.Readlink(link); err != nil || got != "pins.json" {
		t.Errorf("the link is %q, %v, want it kept", got, err)
	}
	if _, err := os.Lstat(target); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file appeared where the link leads: %v", err)
	}
}

func TestWriteRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		make func(path string) error
	}{
		{"directory", func(path string) error { return os.Mkdir(path, 0o755) }},
		{"fifo", func(path string) error { return syscall.Mkfifo(path, 0o644) }},
		{"link to a directory", func(path string) error { return os.Symlink(".", path) }},
		{"link to a device", func(path string) error { return os.Symlink(os.DevNull, path) }},
		{"link to itself", func(path string) error { return os.Symlink(path, path) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "pins.json")
			if err := tt.make(path); err != nil {
				t.Fatal(err)
			}
			before := identify(t, path)
			for _, old := range [][]byte{nil, {}, []byte("old")} {
				if changed, err := (lock.Writer{}).Write(t.Context(), path, old, []byte("new")); err == nil || changed {
					t.Errorf("old %q: got changed %v, %v, want an error", old, changed, err)
				}
			}
			if _, err := (lock.Writer{}).Edit(t.Context(), path, kinds(), func(*lock.File) error { return nil }); err == nil {
				t.Error("Edit: no error")
			}
			if after := identify(t, path); after.mode != before.mode || after.inode != before.inode {
				t.Errorf("got %+v, want %+v", after, before)
			}
			wantAlone(t, path)
		})
	}
	t.Run("no such directory", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "missing", "pins.json")
		if _, err := (lock.Writer{}).Write(t.Context(), path, nil, []byte("new")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("got %v, want an fs.ErrNotExist", err)
		}
	})
}

// mark follows the lock's name in the names of temporary files.
const mark = ".pinfetch-ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// What a killed writer left behind goes with the next write, and nothing else does.
func TestWriteSweeps(t *testing.T) {
	t.Parallel()
	for _, directory := range []string{"plain", "with [brackets] and *"} {
		t.Run(directory, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), directory)
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, "pins.json")
			foreign := []string{
				".pins.json.swp", ".pins.json", "pins.json~", ".pins.json123", ".pins.json20260101", "pins.json.orig",
				".other.json" + mark, "pins.json" + mark, ".pins.json" + mark + "A", ".pins.json" + strings.ToLower(mark),
			}
			leftovers := []string{".pins.json" + mark, ".pins.json" + strings.ReplaceAll(mark, "A", "7")}
			for _, name := range append(slices.Clone(foreign), append(leftovers, "pins.json")...) {
				if err := os.WriteFile(filepath.Join(dir, name), []byte("old"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := (lock.Writer{}).Write(t.Context(), path, []byte("old"), []byte("new")); err != nil {
				t.Fatal(err)
			}
			for _, name := range leftovers {
				if _, err := os.Lstat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("%q is still there (%v)", name, err)
				}
			}
			for _, name := range foreign {
				if _, err := os.Lstat(filepath.Join(dir, name)); err != nil {
					t.Errorf("%q belongs to somebody else and is gone: %v", name, err)
				}
			}
		})
	}
}

// Links, pipes and other users' files stay, even if they are named as a temporary file.
func TestWriteSweepsOnlyItsOwn(t *testing.T) {
	t.Parallel()
	path := newLock(t, "old")
	planted := filepath.Join(filepath.Dir(path), ".pins.json"+mark)
	pipe, link, foreign := planted[:len(planted)-1]+"2", planted[:len(planted)-1]+"3", planted[:len(planted)-1]+"4"
	if err := errors.Join(syscall.Mkfifo(pipe, 0o644), os.Symlink("pins.json", link), os.WriteFile(foreign, nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	stay := []string{pipe, link}
	if os.Geteuid() == 0 {
		if err := os.Chown(foreign, 1234, 1234); err != nil {
			t.Fatal(err)
		}
		stay = append(stay, foreign)
	}
	if _, err := (lock.Writer{}).Write(t.Context(), path, []byte("old"), []byte("new")); err != nil {
		t.Fatal(err)
	}
	for _, name := range stay {
		if _, err := os.Lstat(name); err != nil {
			t.Errorf("%q is gone: %v", name, err)
		}
	}
}

// A lock that is replaced keeps its owner and group. Only root may give a file away.
func TestWriteKeepsOwner(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can make a file that belongs to somebody else")
	}
	for _, mode := range []fs.FileMode{0o664, 0o664 | fs.ModeSetgid} {
		path := newLock(t, "old")
		if err := errors.Join(os.Chown(path, 1234, 2345), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
		if _, err := (lock.Writer{}).Write(t.Context(), path, []byte("old"), []byte("new")); err != nil {
			t.Fatal(err)
		}
		var stat unix.Stat_t
		if err := unix.Lstat(path, &stat); err != nil || stat.Uid != 1234 || stat.Gid != 2345 {
			t.Errorf("got owner %d:%d, %v, want 1234:2345", stat.Uid, stat.Gid, err)
		}
		if got := identify(t, path).mode; got != mode {
			t.Errorf("got mode %v, want %v", got, mode)
		}
	}
}

// A full disk leaves the old lock and no temporary file.
func TestWriteFullDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mountSmall(t, dir) // skips where that is not possible
	path := filepath.Join(dir, "pins.json")
	if err := os.WriteFile(path, []byte(compact), 0o644); err != nil {
		t.Fatal(err)
	}
	before := identify(t, path)
	large := bytes.Repeat([]byte("x"), 1<<20)
	if changed, err := (lock.Writer{}).Write(t.Context(), path, []byte(compact), large); !errors.Is(err, syscall.ENOSPC) || changed {
		t.Errorf("got changed %v, %v, want an ENOSPC", changed, err)
	}
	_, err := lock.Writer{}.Edit(t.Context(), path, kinds(), func(f *lock.File) error {
		for i := range 1000 {
			name := fmt.Sprintf("pin%d", i)
			f.Pins[name] = pin(name, revA, "1.0")
		}
		return nil
	})
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Edit: got %v, want an ENOSPC", err)
	}
	if after := identify(t, path); after != before || content(t, path) != compact {
		t.Errorf("got %+v, want %+v", after, before)
	}
	wantAlone(t, path)
}

func TestReadBounds(t *testing.T) {
	t.Parallel()
	path := newLock(t, "")
	if err := os.Truncate(path, 10*lock.MaxSize); err != nil { // a hole, no bytes on the disk
		t.Fatal(err)
	}
	data, err := lock.Read(path)
	if err != nil || len(data) > lock.MaxSize+1 {
		t.Fatalf("got %d bytes, %v, want at most %d", len(data), err, lock.MaxSize+1)
	}
	if _, err := lock.Parse(data, kinds()); !errors.Is(err, lock.ErrSyntax) {
		t.Errorf("got %v, want an ErrSyntax", err)
	}
}

func TestEdit(t *testing.T) {
	t.Parallel()
	path := newLock(t, small)
	changed, err := lock.Writer{}.Edit(t.Context(), path, kinds(), func(f *lock.File) error {
		delete(f.Pins, "archive")
		f.Pins["new"] = pin("new", revA, "1.0")
		return nil
	})
	if err != nil || !changed {
		t.Fatalf("got changed %v, %v", changed, err)
	}
	if got, want := strings.Join(mustParse(t, content(t, path)).Names(), " "), "checkout grammars/rust new tool"; got != want {
		t.Errorf("got pins %q, want %q", got, want)
	}
	wantAlone(t, path)
}

// An edit that fails, or changes nothing, leaves every byte as it is, however the user laid them out.
func TestEditUntouched(t *testing.T) {
	t.Parallel()
	stop := errors.New("stop")
	for _, tt := range []struct {
		name, text string
		edit       func(*lock.File) error
		is         error
	}{
		{"nothing", small, func(*lock.File) error { return nil }, nil},
		{"nothing, in another layout", compact, func(*lock.File) error { return nil }, nil},
		{"the same pin", compact, func(f *lock.File) error { f.Pins["a"] = mustParse(t, compact).Pins["a"]; return nil }, nil},
		{"failing", small, func(f *lock.File) error { clear(f.Pins); return stop }, stop},
		{"invalid name", small, func(f *lock.File) error { f.Pins["if"] = f.Pins["tool"]; return nil }, lock.ErrName},
		{"half a pin", small, func(f *lock.File) error { f.Pins["a"] = lock.Pin{Source: f.Pins["tool"].Source}; return nil }, errAny},
		{"broken lock", "{", func(*lock.File) error { return nil }, lock.ErrSyntax},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := newLock(t, tt.text)
			before := identify(t, path)
			changed, err := lock.Writer{}.Edit(t.Context(), path, kinds(), tt.edit)
			if changed || (err == nil) != (tt.is == nil) || tt.is != errAny && !errors.Is(err, tt.is) {
				t.Errorf("got changed %v, %v, want %v", changed, err, tt.is)
			}
			if after := identify(t, path); after != before || content(t, path) != tt.text {
				t.Errorf("the file was touched:\n%s", content(t, path))
			}
			wantAlone(t, path)
		})
	}
}

var errAny = errors.New("any error")

// Fifty edits at once, by goroutines and by processes: none is lost.
func TestEditTogether(t *testing.T) {
	t.Parallel()
	const each = 50
	path := newLock(t, compact)
	var all sync.WaitGroup
	for i := range each {
		all.Go(func() {
			name := fmt.Sprintf("goroutine%d", i)
			if _, err := (lock.Writer{}).Edit(t.Context(), path, kinds(), func(f *lock.File) error {
				f.Pins[name] = pin(name, revA, "1.0")
				return nil
			}); err != nil {
				t.Error(err)
			}
		})
	}
	var processes []*exec.Cmd
	for i := range each {
		cmd := writer(t, path, fmt.Sprintf("process%d", i))
		cmd.Stderr = new(bytes.Buffer)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		processes = append(processes, cmd)
	}
	for _, cmd := range processes {
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %s", err, cmd.Stderr)
		}
	}
	all.Wait()
	f := mustParse(t, content(t, path))
	if len(f.Pins) != 1+2*each {
		t.Errorf("got %d pins, want %d: %q", len(f.Pins), 1+2*each, f.Names())
	}
	wantAlone(t, path)
}

// A writer that is killed at any moment leaves a whole lock, and at most one
// temporary file, which goes with the next write.
func TestEditKilled(t *testing.T) {
	t.Parallel()
	path := newLock(t, compact)
	random := rand.New(rand.NewPCG(3, 4))
	versions := make(map[string]bool)
	for range 100 {
		cmd := writer(t, path)
		cmd.Stderr = new(bytes.Buffer)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.CopyN(io.Discard, out, 1+random.Int64N(8)); err != nil {
			t.Fatalf("the writer ended by itself: %v: %s", err, cmd.Stderr)
		}
		for range random.IntN(2000) { // a writer does much between two dots
			runtime.Gosched()
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		cmd.Wait()
		f := mustParse(t, content(t, path))
		if _, found := f.Pins["a"]; !found {
			t.Fatal("a pin that nobody edited is gone")
		}
		if p, found := f.Pins["loop"]; found {
			versions[p.Locked.Version] = true
		}
		entries, err := os.ReadDir(filepath.Dir(path))
		if err != nil || len(entries) > 2 {
			t.Fatalf("got %d files, %v, want the lock and at most one more", len(entries), err)
		}
	}
	if len(versions) < 2 {
		t.Errorf("the writers wrote %d versions: they were killed before they did anything", len(versions))
	}
	if _, err := (lock.Writer{}).Edit(t.Context(), path, kinds(), func(f *lock.File) error {
		f.Pins["last"] = pin("last", revA, "1.0")
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	wantAlone(t, path)
}
