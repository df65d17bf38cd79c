package gitcmd

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/pinfetch/pinfetch/internal/retry"
	"github.com/pinfetch/pinfetch/pkg/redact"
)

// checkoutLFS replaces the pointers of Git LFS by the files to which they point. The pointers are checked first, in
// the tree: git writes them there as long as no filter is configured.
func (r *repository) checkoutLFS() error {
	paths, err := r.pathsOfLFS()
	if err != nil || len(paths) == 0 {
		return err
	}
	tree, err := os.OpenRoot(r.place)
	if err != nil {
		return err
	}
	defer tree.Close()
	for _, path := range paths {
		info, err := tree.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
			continue // not in a sparse checkout, or a link, which git does not filter
		}
		if err == nil {
			err = checkPointer(tree, path, info.Size())
		}
		if err == nil {
			err = tree.Remove(path) // so that it is written again
		}
		if err != nil {
			return fmt.Errorf("file %q: %w", path, err)
		}
	}
	if r.lfs, err = r.configOfLFS(); err != nil {
		return err
	}
	defer func() { r.lfs = nil }()
	return r.writeFiles()
}

// pathsOfLFS returns the paths that have the attribute filter=lfs. git reads attributes from the index, as for a
// checkout; the files in the tree may have been converted.
func (r *repository) pathsOfLFS() (paths []string, err error) {
	reader, writer := io.Pipe()
	var list errgroup.Group
	list.Go(func() error {
		err := r.w.git.stream(r.w.ctx, r.command("ls-files", "-z"), writer)
		return errors.Join(err, writer.CloseWithError(err))
	})
	var words []string // PATH, ATTRIBUTE, VALUE
	found := &records{each: func(word []byte) error {
		if words = append(words, string(word)); len(words) == 3 {
			if words[2] == "lfs" {
				paths = append(paths, words[0])
			}
			words = words[:0]
		}
		return nil
	}}
	check := r.command("check-attr", "-z", "--cached", "--stdin", "filter")
	check.Stdin = reader
	err = r.w.git.stream(r.w.ctx, check, found)
	reader.Close()
	return paths, cmp.Or(err, list.Wait())
}

const (
	maxPointer = 1 << 10 // bytes; git-lfs takes no longer file for a pointer (git-lfs, lfs/pointer.go)
	// emptyObject is the SHA-256 of nothing, for which git-lfs uses /dev/null.
	emptyObject = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85f"
)

// checkPointer refuses a pointer to the empty object with another size: git-lfs 3.3.0 deletes what has not the size
// that the pointer gives, which is /dev/null here.
func checkPointer(tree *os.Root, path string, size int64) error {
	if size > maxPointer {
		return nil
	}
	text, err := tree.ReadFile(path)
	if err != nil {
		return err
	}
	isEmpty := bytes.Contains(bytes.ToLower(text), []byte(emptyObject))
	if isEmpty && (bytes.Count(text, []byte("size")) != 1 || !bytes.HasSuffix(bytes.TrimSpace(text), []byte("\nsize 0"))) {
		return fmt.Errorf("%w: the pointer names the empty object with a size other than 0", ErrLFS)
	}
	return nil
}

// configOfLFS returns settings that make git use git-lfs with the server that .lfsconfig names (git-lfs-config(5)).
// Unlike git-lfs, it accepts only servers that a builder can reach: over http and https.
func (r *repository) configOfLFS() ([]string, error) {
	address := strings.TrimSuffix(strings.TrimSuffix(r.url, "/"), ".git") + ".git/info/lfs"
	chosen, err := r.settings(`^(lfs\.url|remote\.origin\.lfsurl)$`, "--blob", r.rev+":.lfsconfig")
	if r.w.ctx.Err() != nil {
		return nil, err
	} // any other error: there is no .lfsconfig, or it has no such setting
	if url := cmp.Or(chosen["lfs.url"], chosen["remote.origin.lfsurl"]); url != "" {
		if !strings.HasPrefix(url, "https://") && !strings.HasPrefix(url, "http://") {
			return nil, fmt.Errorf("server %q in .lfsconfig: %w: builds fetch over https and http only",
				redact.Address(url), ErrTransport)
		}
		address = url
	}
	_, seconds := r.w.git.stall()
	retries := max(1, cmp.Or(r.w.git.Tries, retry.DefaultTries)-1) // git-lfs does not accept 0
	return []string{
		"filter.lfs.clean=git-lfs clean -- %f", "filter.lfs.smudge=git-lfs smudge -- %f",
		"filter.lfs.process=git-lfs filter-process", "filter.lfs.required=true", "lfs.url=" + address,
		fmt.Sprintf("lfs.dialtimeout=%d", seconds), fmt.Sprintf("lfs.tlstimeout=%d", seconds),
		fmt.Sprintf("lfs.activitytimeout=%d", seconds), fmt.Sprintf("lfs.transfer.maxretries=%d", retries),
	}, nil
}
