package difftest

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// makeTree makes a directory, file or symbolic link at path.
func makeTree(r *random, path string) error {
	if r.chance(8) {
		r.note("tree of one file or link")
		return treeEntry(r, path, r.IntN(14))
	}
	if err := os.Mkdir(path, 0o755); err != nil {
		return err
	}
	dirs := []string{path}
	var files []string
	special := r.chance(12)
	for range 1 + r.IntN(40) {
		dir := pick(r, dirs...)
		name := r.safeName()
		if r.chance(15) {
			name = (name + strings.Repeat("n", 255))[:255]
		}
		p := filepath.Join(dir, name)
		if _, err := os.Lstat(p); err == nil || strings.Contains(name, "/") || len(p) > 3000 {
			continue
		}
		kind := r.IntN(20)
		if kind >= 17 && !special {
			kind = r.IntN(17)
		}
		switch {
		case kind < 14:
			if err := treeEntry(r, p, kind); err != nil {
				return err
			}
			if kind < 12 {
				files = append(files, p)
			}
		case kind < 17:
			if err := os.Mkdir(p, pick[fs.FileMode](r, 0o755, 0o700, 0o711)); err != nil {
				return err
			}
			dirs = append(dirs, p)
			r.note("tree directory")
		case kind == 17:
			r.note("tree fifo")
			if err := syscall.Mkfifo(p, 0o600); err != nil {
				return err
			}
		case len(files) > 0:
			r.note("tree hard link")
			if err := os.Link(pick(r, files...), p); err != nil {
				return err
			}
		}
	}
	return nil
}

// treeEntry makes a file or, from 12 on, a symbolic link.
func treeEntry(r *random, path string, kind int) error {
	if kind >= 12 {
		r.note("tree link")
		return os.Symlink(pick(r, "a", "/nowhere", "../..", "a//b/", "\xff", "n\nl", ".", strings.Repeat("l/", 500)), path)
	}
	data := r.data()
	switch {
	case r.chance(20):
		r.note("tree big file")
		data = r.bytes(pick(r, 32<<10-1, 32<<10, 256<<10, 256<<10+1, 1<<20-3))
	case r.chance(30):
		r.note("tree sparse file")
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			return err
		}
		if err := os.Truncate(path, int64(r.IntN(1<<20))); err != nil {
			return err
		}
		data = nil
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if _, err := file.Write(data); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	r.note("tree file")
	return os.Chmod(path, pick[fs.FileMode](r, 0o644, 0o755, 0o744, 0o654, 0o611, 0o511, 0o400, 0o455|fs.ModeSetuid, 0o600|fs.ModeSticky))
}
