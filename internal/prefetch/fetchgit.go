package prefetch

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/internal/gitproto"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// fetchgit hashes a checkout without its .git folders, at any depth (nixpkgs,
// pkgs/build-support/fetchgit/nix-prefetch-git). Attributes such as eol and ident are
// applied by git itself.
func (h *Hasher) fetchgit(ctx context.Context, f sources.Fetch, a hash.Algorithm) (Result, error) {
	if len(f.Rev) == 64 {
		return Result{}, sources.WithHint(fmt.Errorf("commit %s has a SHA-256 ID, and nixpkgs' fetchgit makes SHA-1 repositories: %w", f.Rev, hash.ErrRefused),
			"pin an archive of it instead: pinfetch add https://… --unpack")
	}
	c := gitproto.Checkout{
		URL: f.URL, Rev: f.Rev, Submodules: f.Submodules, LFS: f.LFS,
		SparseCheckout: f.SparseCheckout.List(), RootDir: f.RootDir, Check: h.checkSize,
	}
	result := Result{Fetch: f}
	err := h.Git.Checkout(ctx, c, func(w gitproto.Worktree) (err error) {
		result.Date = date(w.Date)
		root := filepath.Join(w.Dir, f.RootDir)
		if _, err := os.Lstat(root); err != nil {
			return sources.WithHint(fmt.Errorf("root directory %q of commit %s: %w", f.RootDir, f.Rev, sources.ErrNotFound), "check the spelling of --root-dir")
		}
		inspected, err := hash.InspectDir(ctx, root, hash.DirOptions{Skip: isGit, Algorithm: a})
		if err != nil {
			return fmt.Errorf("hash the checkout: %w", err)
		}
		result.Hash = inspected.SRI
		result.Warnings = append(Warnings(f, append(emptySubmodules(w, f.RootDir), fileNotices(inspected.Notices)...)), warnOfCheckout(w)...)
		return nil
	})
	return result, err
}

// fileNotices leaves out submodules, of which git knows more than a .gitmodules tells.
func fileNotices(notices []hash.Notice) []hash.Notice {
	return slices.DeleteFunc(notices, func(n hash.Notice) bool { return n.Kind == hash.EmptyGitlink })
}

func isGit(name string) bool { return name == ".git" }

// checkSize holds the limits for what git fetches and makes of it.
func (h *Hasher) checkSize(size gitproto.Size) error {
	download, unpacked := cmp.Or(h.Limits.Download, hash.DefaultDownload), cmp.Or(h.Limits.Unpacked, hash.DefaultUnpacked)
	entries := cmp.Or(h.Limits.Entries, hash.DefaultEntries)
	switch {
	case size.Download > download:
		return fmt.Errorf("more than %d bytes of download: %w", download, hash.ErrDownload)
	case size.Unpacked > unpacked:
		return fmt.Errorf("more than %d bytes of unpacked contents: %w", unpacked, hash.ErrUnpacked)
	case size.Entries > entries:
		return fmt.Errorf("more than %d entries in the commit: %w", entries, hash.ErrLimit)
	}
	return nil
}

// emptySubmodules notes the submodules that are empty folders of the tree at root. A sparse
// checkout leaves out some altogether.
func emptySubmodules(w gitproto.Worktree, root string) []hash.Notice {
	var notices []hash.Notice
	for _, path := range w.Empty {
		name, err := filepath.Rel(root, path)
		if err != nil || name == "." || strings.HasPrefix(name+"/", "../") {
			continue
		}
		if info, err := os.Lstat(filepath.Join(w.Dir, path)); err == nil && info.IsDir() {
			notices = append(notices, hash.Notice{Kind: hash.EmptyGitlink, Path: name})
		}
	}
	return notices
}
