// Package binarycache writes and reads Nix binary caches: nix-cache-info, one HASH.narinfo for each store path, and the NARs that
// these name below nar/ (Nix, src/libstore/binary-cache-store.cc and nar-info.cc).
//
// A NAR is complete before a narinfo names it, so no reader ever sees a narinfo without its NAR, whatever is killed when. All
// store paths of one content share one NAR. What is there is not written again.
//
// A narinfo says in its CA how its path follows from the content. So Nix needs no signature to trust it, and refuses any other
// content.
package binarycache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"sync"
	"time"

	"github.com/nix-community/go-nix/pkg/narinfo"

	"github.com/pinfetch/pinfetch/internal/storepath"
)

var (
	// ErrReadOnly means that a cache can only be read.
	ErrReadOnly = errors.New("the cache can only be read")
	// ErrDamaged is the class of files of a cache that do not hold what they should.
	ErrDamaged = errors.New("damaged in the cache")
	// ErrDestination is the class of addresses that name no cache.
	ErrDestination = errors.New("not a place for a binary cache")
	// ErrRefused means that the server refuses the credentials, or that the directory may not be written.
	ErrRefused = errors.New("access refused")
	// ErrKey means that a text is not a secret key.
	ErrKey = errors.New("not a signing key")
	// ErrStoreDir means that a cache is for a store in another directory.
	ErrStoreDir = errors.New("the cache is for another store directory")
)

// Bucket is where the files of a cache are. Keys are relative paths with slashes.
type Bucket interface {
	// Get opens a file. The error is an [fs.ErrNotExist] if it does not exist.
	Get(ctx context.Context, key string) (io.ReadCloser, error)
	// Size returns the size of a file in bytes, or an [fs.ErrNotExist].
	Size(ctx context.Context, key string) (int64, error)
	// Create begins a file that has no key yet.
	Create(ctx context.Context) (Upload, error)
	Delete(ctx context.Context, key string) error
	// List lists the files below a directory, "" for the root, without those of its directories.
	List(ctx context.Context, dir string) iter.Seq2[File, error]
}

// Upload is a file that is being written. Readers see all of it or nothing.
type Upload interface {
	io.Writer
	// Restart drops what was written.
	Restart() error
	// Commit makes what was written the file with a key.
	Commit(ctx context.Context, key string) error
	// Abort drops the file unless it was committed.
	Abort()
}

// File is an entry of a Bucket.
type File struct {
	Key      string
	Size     int64
	Modified time.Time
}

// Cache is a binary cache in a Bucket. It is safe for concurrent use.
type Cache struct {
	Bucket      Bucket
	Store       storepath.Store
	Compression Compression // default [Zstd]
	Key         *Key        // signs narinfos; nil for none
	Limit       int64       // bytes of a NAR that is read: a bound for a narinfo that lies; default 1 TiB

	once    sync.Once
	packers chan struct{} // see slots
}

const (
	infoKey = "nix-cache-info"
	narDir  = "nar"

	maxInfo = 64 << 10 // bytes of a narinfo, or of nix-cache-info
)

// Init writes nix-cache-info unless there is one. Its errors are those of [Cache.Validate].
func (c *Cache) Init(ctx context.Context) error {
	err := c.Validate(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return c.put(ctx, infoKey, fmt.Sprintf("StoreDir: %s\nWantMassQuery: 1\nPriority: 40\n", c.Store))
	}
	return err
}

// Validate reads nix-cache-info. The error is an [fs.ErrNotExist] if it does not exist, and an [ErrStoreDir] if it names another
// store.
func (c *Cache) Validate(ctx context.Context) error {
	text, err := c.read(ctx, infoKey)
	if err != nil {
		return err
	}
	for line := range bytes.Lines(text) {
		if dir, found := bytes.CutPrefix(line, []byte("StoreDir:")); found && string(bytes.TrimSpace(dir)) != string(c.Store) {
			return fmt.Errorf("%w: %q, not %q", ErrStoreDir, bytes.TrimSpace(dir), c.Store)
		}
	}
	return nil
}

// State is what a cache has of the outputs of one content.
type State struct {
	Missing []storepath.Output // or not signed by the Key
	Held    bool               // the cache has the content, perhaps under another of the names
	Damage  error              // an [ErrDamaged] if it names some of the outputs and does not have them; these are missing
}

// Look finds out what the cache has of the outputs of one content, as far as names and sizes tell.
func (c *Cache) Look(ctx context.Context, outputs []storepath.Output) (s State, err error) {
	whole := make(map[string]bool) // by NAR
	for _, o := range outputs {
		info, err := c.info(ctx, o)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrDamaged) {
			if s.Missing = append(s.Missing, o); errors.Is(err, ErrDamaged) {
				s.Damage = err
			}
			continue
		}
		if err != nil {
			return State{}, err
		}
		if _, known := whole[info.URL]; !known {
			if whole[info.URL], err = c.hasNAR(ctx, info); err != nil {
				return State{}, err
			}
		}
		switch {
		case !whole[info.URL]:
			s.Missing, s.Damage = append(s.Missing, o), fmt.Errorf("%s is not there, or has another size: %w", info.URL, ErrDamaged)
		case !c.Key.hasSigned(info):
			s.Missing = append(s.Missing, o)
		}
		s.Held = s.Held || whole[info.URL]
	}
	return s, nil
}

// Size returns the size of the NAR of an output in bytes, or an [fs.ErrNotExist].
func (c *Cache) Size(ctx context.Context, o storepath.Output) (int64, error) {
	info, err := c.info(ctx, o)
	if err != nil {
		return 0, err
	}
	return int64(info.NarSize), nil
}

// hasNAR reports whether the NAR that a narinfo names is there, with its size.
func (c *Cache) hasNAR(ctx context.Context, info *narinfo.NarInfo) (bool, error) {
	size, err := c.Bucket.Size(ctx, info.URL)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && (info.FileSize == 0 || uint64(size) == info.FileSize), err
}

// read reads a small file.
func (c *Cache) read(ctx context.Context, key string) ([]byte, error) {
	r, err := c.Bucket.Get(ctx, key)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, maxInfo+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	if len(text) > maxInfo {
		return nil, fmt.Errorf("%s has more than %d bytes: %w", key, maxInfo, ErrDamaged)
	}
	return text, nil
}

// put writes a small file.
func (c *Cache) put(ctx context.Context, key, text string) error {
	u, err := c.Bucket.Create(ctx)
	if err != nil {
		return err
	}
	defer u.Abort()
	if _, err := io.WriteString(u, text); err != nil {
		return err
	}
	return u.Commit(ctx, key)
}
