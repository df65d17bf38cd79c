package hash

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/text/cases"

	"github.com/pinfetch/pinfetch/pkg/hash/internal/fault"
	"github.com/pinfetch/pinfetch/pkg/hash/internal/nar"
	"github.com/pinfetch/pinfetch/pkg/hash/internal/tree"
)

// DirOptions says how [Dir] hashes. The zero value hashes as "nix hash path".
type DirOptions struct {
	// Skip leaves out every entry below path whose base name it returns
	// true for, at any depth and with everything in it: fetchgit removes every ".git". nil leaves out nothing.
	Skip      func(name string) bool
	Algorithm Algorithm
	NAR       io.Writer // receives the NAR that is hashed; its error ends the hashing; may be nil
}

// DirResult is what [InspectDir] found.
type DirResult struct {
	SRI     SRI
	Notices []Notice // sorted by kind and path; at most [MaxNotices]
}

// Dir returns the digest of the NAR of the directory, file or symbolic link at path, as "nix hash path" does. Names
// are raw bytes; a file is executable if its owner may execute it. The error is an [ErrRefused] if the tree has a
// socket, fifo or device; otherwise it is that of the file system or of ctx.
func Dir(ctx context.Context, path string, opt DirOptions) (SRI, error) {
	result, err := InspectDir(ctx, path, opt)
	return result.SRI, err
}

// InspectDir hashes like [Dir], and looks for notices like [Archive]. There is no [ExportSubst] among
// them, because only git archive obeys this attribute.
func InspectDir(ctx context.Context, path string, opt DirOptions) (DirResult, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return DirResult{}, err
	}
	w := &walker{ctx: ctx, root: path, skip: opt.Skip, buf: make([]byte, readBuffer), empty: make(map[string]bool), fold: cases.Fold()}
	sri, err := hashNAR(ctx, opt.Algorithm, opt.NAR, func(e *nar.Encoder) error {
		w.enc = e
		return w.node(path, info.Mode().Type())
	})
	if err != nil {
		return DirResult{}, err
	}
	return DirResult{sri, w.inspector.notices(func(name string) bool { return w.empty[name] })}, nil
}

// readBuffer is how much of a file is read at once, 64 KiB.
const readBuffer = 64 << 10

// walker writes a tree on disk.
type walker struct {
	ctx  context.Context
	root string
	skip func(name string) bool
	enc  *nar.Encoder
	buf  []byte

	inspector inspector
	empty     map[string]bool // empty directories, relative to the root
	fold      cases.Caser
}

// name returns a path relative to the root, which is "".
func (w *walker) name(path string) string { return strings.TrimPrefix(path[len(w.root):], "/") }

func (w *walker) node(path string, mode fs.FileMode) error {
	switch mode {
	case 0:
		return w.file(path)
	case fs.ModeSymlink:
		target, err := os.Readlink(path)
		w.enc.Link(target)
		return err
	case fs.ModeDir:
		return w.dir(path)
	}
	return fault.Refused(path, "the Nix store cannot hold a file of type %v", mode)
}

func (w *walker) dir(path string) error {
	if w.ctx.Err() != nil {
		return context.Cause(w.ctx)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	if w.skip != nil {
		entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return w.skip(e.Name()) })
	}
	names := make([]string, len(entries))
	w.enc.OpenDir()
	for i, entry := range entries {
		names[i] = entry.Name()
		w.enc.OpenEntry(names[i])
		if err := w.node(path+"/"+names[i], entry.Type()); err != nil {
			return err
		}
		w.enc.CloseEntry()
	}
	w.enc.CloseDir()
	if len(names) == 0 {
		w.empty[w.name(path)] = true
	}
	w.inspector.names(w.name(path), names, w.fold)
	return nil
}

// file writes a regular file. What replaced it since the directory was read must neither be followed nor block.
func (w *walker) file(path string) error {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("read %q: the file was replaced while the directory was read", path)
	}
	copyTo := func(out io.Writer) error { return w.copy(out, f, w.name(path), info.Size()) }
	if err := w.enc.File(info.Mode()&tree.ModeSearch != 0, info.Size(), copyTo); err != nil {
		return fmt.Errorf("read %q: %w", path, err)
	}
	return nil
}

// copy writes the first size bytes of a file and inspects it.
func (w *walker) copy(out io.Writer, f *os.File, name string, size int64) error {
	for done := int64(0); done < size; {
		n, err := f.Read(w.buf)
		if err == io.EOF {
			return nil // the encoder notices
		}
		if err != nil {
			return err
		}
		if done == 0 && mayHaveNotice(name, size) && path.Base(name) != ".gitattributes" {
			w.inspector.file(name, w.buf[:n])
		}
		done += int64(n)
		if _, err := out.Write(w.buf[:n]); err != nil {
			return err
		}
	}
	return nil
}
