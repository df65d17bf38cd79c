package cache

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/google/renameio/v2"
)

// Limits of a cache.
const (
	DefaultBytes   = 128 << 20
	DefaultEntries = 20_000
	MaxValue       = 8 << 20 // bytes; larger values are not stored
)

// header begins every entry and is the version of the format.
const header = "pinfetch cache 1\n"

// Options configures a [Store]. The zero value is usable.
type Options struct {
	Bytes   int64        // default [DefaultBytes]
	Entries int          // default [DefaultEntries]
	Log     func(string) // receives the reason once if the directory cannot be used; may be nil
}

// Store is a directory of values. It is safe for concurrent use, also by several processes.
type Store struct {
	dir     string
	options Options
	usable  func() bool

	reported sync.Once
}

// Open returns the cache in a directory, which is created when the first value is stored. A directory that other users
// may write to is not used, because they could choose the values.
func Open(dir string, o Options) *Store {
	o.Bytes, o.Entries = cmp.Or(o.Bytes, DefaultBytes), cmp.Or(o.Entries, DefaultEntries)
	s := &Store{dir: dir, options: o}
	s.usable = sync.OnceValue(func() bool {
		err := s.check()
		s.report(err)
		return err == nil
	})
	return s
}

// Dir returns the directory.
func (s *Store) Dir() string { return s.dir }

func (s *Store) check() error {
	info, err := os.Stat(s.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%q is not a directory", s.dir)
	case info.Mode().Perm()&0o022 != 0 || int(info.Sys().(*syscall.Stat_t).Uid) != os.Geteuid():
		return fmt.Errorf("other users may write to %q", s.dir)
	}
	return nil
}

func (s *Store) report(err error) {
	if err != nil && s.options.Log != nil {
		s.reported.Do(func() { s.options.Log(fmt.Sprintf("the cache cannot be used: %v", err)) })
	}
}

// Get returns the value that was last stored under a key, if there is one and it is intact.
func (s *Store) Get(key string) (value []byte, found bool) {
	if s == nil || !s.usable() {
		return nil, false
	}
	name := sha256.Sum256([]byte(key))
	path := s.path(name)
	value, err := read(path, name)
	switch {
	case err == nil:
		now := time.Now()
		os.Chtimes(path, now, now) // fails in a read-only directory, which is still useful
	case errors.Is(err, errForeign):
		os.Remove(path)
	case !errors.Is(err, fs.ErrNotExist):
		s.report(err)
	}
	return value, err == nil
}

var errForeign = errors.New("not an entry")

// read returns the value in an entry's file. It opens only regular files, because others could block.
func read(path string, name [sha256.Size]byte) (value []byte, err error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > int64(len(header)+sha256.Size+MaxValue) {
		return nil, errForeign
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	rest, found := bytes.CutPrefix(data, []byte(header))
	if !found || len(rest) < sha256.Size {
		return nil, errForeign
	}
	value = rest[sha256.Size:]
	if checksum(name, value) != [sha256.Size]byte(rest) {
		return nil, errForeign
	}
	return value, nil
}

// Put stores a value under a key and replaces the previous one.
func (s *Store) Put(key string, value []byte) {
	if s == nil || len(value) > MaxValue || !s.usable() {
		return
	}
	name := sha256.Sum256([]byte(key))
	sum := checksum(name, value)
	data := bytes.Join([][]byte{[]byte(header), sum[:], value}, nil)
	if err := s.write(s.path(name), data); err != nil {
		s.report(err)
		return
	}
	if s.isPruner(name, len(data)) {
		_, err := s.Prune()
		s.report(err)
	}
}

func (s *Store) write(path string, data []byte) error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	pending, err := renameio.TempFile(s.dir, path) // mode 0600
	if err != nil {
		return err
	}
	defer pending.Cleanup()
	if _, err := pending.Write(data); err != nil {
		return err
	}
	return pending.CloseAtomicallyReplace()
}

func (s *Store) path(name [sha256.Size]byte) string {
	return filepath.Join(s.dir, hex.EncodeToString(name[:]))
}

// checksum covers the name, so that an entry under another name is detected.
func checksum(name [sha256.Size]byte, value []byte) [sha256.Size]byte {
	return sha256.Sum256(append(name[:], value...))
}

// block is the size in bytes of the smallest file on most disks.
const block = 4 << 10

// isPruner decides whether a write prunes; see the package comment.
func (s *Store) isPruner(name [sha256.Size]byte, size int) bool {
	odds := float64(size+block) / float64(s.options.Bytes/16)
	return float64(binary.BigEndian.Uint32(name[:])) < odds*(1<<32)
}
