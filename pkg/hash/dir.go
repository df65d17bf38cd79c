package hash

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// DirOptions says how [Dir] hashes. The zero value is that of "nix hash path".
type DirOptions struct {
	// Skip leaves out every entry below path for whose base name it returns
	// true, at any depth, with all that is in it: fetchgit removes every ".git". nil leaves out nothing.
	Skip      func(name string) bool
	Algorithm Algorithm
}

// Dir returns the digest of the NAR of the directory, file or symbolic link at
// path, as "nix hash path" does. Names are raw bytes; a file is executable if its owner may execute it.
// The error is an [ErrRefused] where the tree holds a socket, fifo or device,
// or that of the file system or of ctx.
func Dir(ctx context.Context, path string, opt DirOptions) (SRI, error) {
	d := dirHasher{ctx: ctx, base: path, skip: opt.Skip, buf: make([]byte, copyBuffer)}
	root, err := d.scan("")
	if err != nil {
		return SRI{}, err
	}
	return hashNAR(ctx, opt.Algorithm, root, d.contents)
}

type dirHasher struct {
	ctx  context.Context
	base string
	skip func(name string) bool
	buf  []byte
}

func (d *dirHasher) on(path string) string {
	if path == "" {
		return d.base
	}
	return d.base + string(filepath.Separator) + path
}

// scan returns the tree at path, which is relative to the base.
func (d *dirHasher) scan(path string) (*node, error) {
	info, err := os.Lstat(d.on(path))
	if err != nil {
		return nil, fmt.Errorf("hash: %w", err)
	}
	switch info.Mode().Type() {
	case 0:
		return &node{kind: kindFile, exec: info.Mode()&modeSearch != 0, size: info.Size()}, nil
	case fs.ModeSymlink:
		target, err := os.Readlink(d.on(path))
		if err != nil {
			return nil, fmt.Errorf("hash: %w", err)
		}
		return &node{kind: kindLink, target: target}, nil
	case fs.ModeDir:
		return d.scanDir(path)
	default:
		return nil, refused(d.on(path), "a %s has no place in the Nix store", info.Mode().Type())
	}
}

func (d *dirHasher) scanDir(path string) (*node, error) {
	if d.ctx.Err() != nil {
		return nil, fmt.Errorf("hash: %w", context.Cause(d.ctx))
	}
	dir, err := os.Open(d.on(path))
	if err != nil {
		return nil, fmt.Errorf("hash: %w", err)
	}
	names, err := dir.Readdirnames(-1)
	if err := errors.Join(err, dir.Close()); err != nil {
		return nil, fmt.Errorf("hash: %w", err)
	}
	n := newDir(modeOwner)
	for _, name := range names {
		if d.skip != nil && d.skip(name) {
			continue
		}
		child, err := d.scan(join(path, name))
		if err != nil {
			return nil, err
		}
		n.children[name] = child
	}
	return n, nil
}

func (d *dirHasher) contents(w io.Writer, n *node, path string) error {
	file, err := os.Open(d.on(path))
	if err != nil {
		return fmt.Errorf("hash: %w", err)
	}
	defer file.Close()
	_, err = io.CopyBuffer(struct{ io.Writer }{w}, io.LimitReader(file, n.size+1), d.buf)
	if err != nil {
		return fmt.Errorf("hash: %w", err)
	}
	return nil
}
