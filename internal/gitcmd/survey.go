package gitcmd

import (
	"bytes"
	"cmp"
	"path"
	"strings"
)

// list reads the tree of the commit before it is checked out: a small repository can contain a tree that is too
// large for any disk.
func (r *repository) list() error {
	r.gitlinks = make(map[string]string)
	entries := 0
	tree := &records{each: func(entry []byte) error { // MODE TYPE ID, a tab, the path
		facts, name, _ := strings.Cut(string(entry), "\t")
		if commit, found := strings.CutPrefix(facts, "160000 commit "); found {
			r.gitlinks[name] = commit
			if r.w.c.Submodules && len(r.gitlinks) > maxSubmodules {
				return ErrSubmodules
			}
		}
		if entries++; entries%checkEvery == 0 {
			return r.w.c.Check(Size{Entries: entries})
		}
		return nil
	}}
	err := r.w.git.stream(r.w.ctx, r.command("ls-tree", "-r", "-z", r.rev, "--"), tree)
	return cmp.Or(tree.err, err)
}

// checkEvery is the number of entries between two checks.
const checkEvery = 1 << 10

// records splits the output of git's option -z, in which a NUL ends each record.
type records struct {
	each func([]byte) error
	rest []byte // an incomplete record
	err  error  // of each
}

func (r *records) Write(p []byte) (int, error) {
	r.rest = append(r.rest, p...)
	for {
		record, rest, found := bytes.Cut(r.rest, []byte{0})
		if !found {
			return len(p), nil
		}
		r.rest = rest
		if r.err = r.each(record); r.err != nil {
			return 0, r.err
		}
	}
}

// missingDirs finds directories of the sparse checkout that the commit does not have. In cone mode their names are
// literal: "*" is not a glob.
func (r *repository) missingDirs() (missing []string, err error) {
	if r.w.c.RootDir != "" {
		return nil, nil
	}
	for _, dir := range r.w.c.SparseCheckout {
		name := strings.Trim(path.Clean("/"+strings.TrimSpace(dir)), "/")
		if name == "" {
			continue
		}
		out, err := r.output(nil, "ls-tree", "-z", r.rev, "--", name)
		if err != nil {
			return nil, err
		}
		if !bytes.HasPrefix(out, []byte("040000 ")) {
			missing = append(missing, dir)
		}
	}
	return missing, nil
}
