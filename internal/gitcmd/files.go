package gitcmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// ErrNotFile means that a path of a commit is a link, a directory or a submodule.
var ErrNotFile = errors.New("not a plain file")

// Files reads a file of several commits, by commit ID. A commit that does not have it has no entry. The error is an
// [ErrNotFile] if it is something else in one of them, and a [web.ErrTooLarge] if it is larger than any lock.
func (c *Clone) Files(ctx context.Context, path string, commits ...Commit) (files map[string][]byte, err error) {
	if err := checkPath(path); err != nil {
		return nil, err
	}
	err = c.do(ctx, "read files of", func(r *repository) error {
		blobs, err := r.find(path, commits)
		if err != nil {
			return err
		}
		contents, err := r.contents(slices.Compact(slices.Sorted(maps.Values(blobs))))
		if err != nil {
			return err
		}
		files = make(map[string][]byte)
		for commit, blob := range blobs {
			files[commit] = contents[blob]
		}
		return nil
	})
	return files, err
}

func checkPath(path string) error {
	if !fs.ValidPath(path) || path == "." || strings.Contains(path, "\x00") {
		return sources.Invalid("%q is not a path of a file in a repository", path)
	}
	return nil
}

// emptyTrees are the IDs of the empty tree, which git knows without a file (git, hash functions in object-file.c).
const (
	emptyTree       = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
	emptyTreeSHA256 = "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
)

// find finds the blobs of a file in several commits with one process, by commit ID: it compares their trees with the empty
// tree.
func (r *repository) find(path string, commits []Commit) (map[string]string, error) {
	empty := emptyTree
	if len(r.rev) == len(emptyTreeSHA256) {
		empty = emptyTreeSHA256
	}
	var pairs strings.Builder
	trees := make(map[string][]string) // their commits
	for _, c := range commits {
		if trees[c.Tree] == nil {
			fmt.Fprintf(&pairs, "%s %s\n", empty, c.Tree)
		}
		trees[c.Tree] = append(trees[c.Tree], c.ID)
	}
	out, err := r.output([]byte(pairs.String()), "--literal-pathspecs", "diff-tree", "--stdin", "-t", "-z", "--", path)
	if err != nil {
		return nil, err
	}
	blobs := make(map[string]string)
	tree := ""
	for len(out) > 0 {
		if out[0] != ':' { // the pair
			line, rest, _ := bytes.Cut(out, []byte("\n"))
			_, tree, _ = strings.Cut(string(line), " ")
			out = rest
			continue
		}
		facts, rest, _ := bytes.Cut(out, []byte{0}) // :OLDMODE MODE OLDBLOB BLOB STATUS
		name, rest, _ := bytes.Cut(rest, []byte{0})
		out = rest
		fields := strings.Fields(string(facts))
		switch {
		case string(name) != path: // a directory above the file
		case len(fields) != 5:
			return nil, fmt.Errorf("git diff-tree: unexpected line: %w", ErrGit)
		case !isPlain(fields[1]):
			return nil, fmt.Errorf("%q of commit %s: %w", path, trees[tree][0], ErrNotFile)
		default:
			for _, commit := range trees[tree] {
				blobs[commit] = fields[3]
			}
		}
	}
	return blobs, nil
}

// isPlain reports whether a mode in a tree is that of a file, executable or not.
func isPlain(mode string) bool { return mode == "100644" || mode == "100755" }

// contents reads blobs. It fetches those that are missing, all at once.
func (r *repository) contents(blobs []string) (map[string][]byte, error) {
	contents := make(map[string][]byte)
	read := func(blobs []string) (missing []string, err error) {
		err = r.objects(blobs, func(i int, o object) error {
			if o.kind == "" {
				missing = append(missing, blobs[i])
			} else {
				contents[o.id] = o.data
			}
			return nil
		})
		return missing, err
	}
	missing, err := read(blobs)
	if err != nil || len(missing) == 0 {
		return contents, err
	}
	// As git does for a partial clone (git, promisor-remote.c): a commit that the client claims to have stands for its blobs.
	_, err = r.ask([]byte(strings.Join(missing, "\n")+"\n"), "-c", "fetch.negotiationAlgorithm=noop",
		"fetch", "-q", "--no-tags", "--no-recurse-submodules", "--stdin", "--", "origin")
	if err != nil {
		return nil, err
	}
	if missing, err = read(missing); err == nil && len(missing) > 0 {
		return nil, fmt.Errorf("the server does not send blob %s: %w", missing[0], gitrefs.ErrProtocol)
	}
	return contents, err
}
