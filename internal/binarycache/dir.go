package binarycache

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"syscall"
)

// tempPattern names temporary files, which no reader of a cache looks at.
const tempPattern = ".pinfetch-*"

// Dir is a Bucket in a directory, which is made when it is needed. Files that are being written have no name, where the file
// system can do that, so that a process that is killed leaves nothing behind.
type Dir string

func (d Dir) path(key string) string { return filepath.Join(string(d), filepath.FromSlash(key)) }

// Get implements [Bucket].
func (d Dir) Get(_ context.Context, key string) (io.ReadCloser, error) {
	f, err := os.Open(d.path(key))
	if err != nil {
		return nil, refused(err)
	}
	return f, nil
}

// Size implements [Bucket].
func (d Dir) Size(_ context.Context, key string) (int64, error) {
	info, err := os.Stat(d.path(key))
	if err != nil {
		return 0, refused(err)
	}
	return info.Size(), nil
}

// nixDirs are the directories that Nix makes even if it only reads a cache, and so cannot read one that lacks them and is
// read-only (src/libstore/local-binary-cache-store.cc).
var nixDirs = []string{narDir, "realisations", "log"}

// Create implements [Bucket].
func (d Dir) Create(context.Context) (Upload, error) {
	for _, dir := range nixDirs {
		if err := os.MkdirAll(d.path(dir), 0o755); err != nil {
			return nil, refused(err)
		}
	}
	f, err := unnamed(string(d))
	if err != nil {
		return nil, refused(err)
	}
	return &dirUpload{f, d}, nil
}

// Delete implements [Bucket].
func (d Dir) Delete(_ context.Context, key string) error {
	if err := os.Remove(d.path(key)); !errors.Is(err, fs.ErrNotExist) {
		return refused(err)
	}
	return nil
}

// List implements [Bucket].
func (d Dir) List(_ context.Context, dir string) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		entries, err := os.ReadDir(d.path(dir))
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		if err != nil {
			yield(File{}, refused(err))
			return
		}
		for _, entry := range entries {
			info, err := entry.Info()
			if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
				continue
			}
			if err != nil {
				yield(File{}, err)
				return
			}
			if !yield(File{filepath.ToSlash(filepath.Join(dir, entry.Name())), info.Size(), info.ModTime()}, nil) {
				return
			}
		}
	}
}

// refused adds the class to an error of the file system that is about permissions.
func refused(err error) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return err
}

// dirUpload is a file in a directory.
type dirUpload struct {
	*os.File
	dir Dir
}

// Write implements [Upload].
func (u *dirUpload) Write(p []byte) (int, error) {
	n, err := u.File.Write(p)
	return n, u.explain(err)
}

// explain names the directory in place of the file, which has no name.
func (u *dirUpload) explain(err error) error {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		err = &fs.PathError{Op: pathErr.Op + " a file in", Path: string(u.dir), Err: pathErr.Err}
	}
	return refused(err)
}

// Restart implements [Upload].
func (u *dirUpload) Restart() error {
	if err := u.Truncate(0); err != nil {
		return err
	}
	_, err := u.Seek(0, io.SeekStart)
	return err
}

// Commit implements [Upload]. It replaces another file, and survives a power cut.
func (u *dirUpload) Commit(_ context.Context, key string) error {
	if err := cmp.Or(u.Sync(), u.Chmod(0o644)); err != nil {
		return u.explain(err)
	}
	return refused(place(u.File, u.dir.path(key)))
}

// Abort implements [Upload].
func (u *dirUpload) Abort() { discard(u.File) }
