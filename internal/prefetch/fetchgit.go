package prefetch

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// fetchgit hashes a checkout without its .git directories, at any depth (nixpkgs,
// pkgs/build-support/fetchgit/nix-prefetch-git). git itself applies attributes such as eol and ident.
func (p *Prefetcher) fetchgit(ctx context.Context, j Job) (Result, error) {
	f := j.Fetch
	if len(f.Rev) == 64 {
		return Result{}, fmt.Errorf("commit %s has a SHA-256 ID: %w: %w", f.Rev, ErrSHA256Commit, hash.ErrRefused)
	}
	c := gitcmd.Checkout{
		URL: f.URL, Rev: f.Rev, Submodules: f.Submodules, LFS: f.LFS,
		SparseCheckout: f.SparseCheckout.List(), RootDir: f.RootDir, Check: p.checkSize,
	}
	result := Result{Fetch: f, Commit: f.Rev}
	err := p.Git.Checkout(ctx, c, func(w gitcmd.Worktree) (err error) {
		result.Date = date(w.Date)
		root := filepath.Join(w.Dir, f.RootDir)
		if _, err := os.Lstat(root); err != nil {
			return fmt.Errorf("root directory %q of commit %s: %w: %w", f.RootDir, f.Rev, ErrNoRootDir, sources.ErrNotFound)
		}
		inspected, err := hash.InspectDir(ctx, root, hash.DirOptions{Skip: isGit, Algorithm: j.Algorithm, NAR: p.writer()})
		if err != nil {
			return fmt.Errorf("hash the checkout: %w", err)
		}
		result.Hash = inspected.SRI
		// git knows more about submodules than .gitmodules says.
		files := slices.DeleteFunc(inspected.Notices, func(n hash.Notice) bool { return n.Kind == hash.EmptyGitlink })
		result.Warnings = append(warn(EmptySubmodule, emptySubmodules(w, f.RootDir)), Warnings(files)...)
		result.Warnings = append(result.Warnings, warn(ForcedSubmodule, w.UpdateNone)...)
		result.Warnings = append(result.Warnings, warn(MissingDirectory, w.MissingDirs)...)
		return nil
	})
	return result, err
}

func isGit(name string) bool { return name == ".git" }

// checkSize applies the limits to what git fetches and checks out.
func (p *Prefetcher) checkSize(size gitcmd.Size) error {
	download, unpacked := cmp.Or(p.Limits.Download, hash.DefaultDownload), cmp.Or(p.Limits.Unpacked, hash.DefaultUnpacked)
	entries := cmp.Or(p.Limits.Entries, hash.DefaultEntries)
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

// emptySubmodules returns the submodules that are empty directories below root, relative to it. A sparse checkout omits
// some.
func emptySubmodules(w gitcmd.Worktree, root string) (names []string) {
	for _, path := range w.EmptySubmodules {
		name, err := filepath.Rel(root, path)
		if err != nil || name == "." || strings.HasPrefix(name+"/", "../") {
			continue
		}
		if info, err := os.Lstat(filepath.Join(w.Dir, path)); err == nil && info.IsDir() {
			names = append(names, name)
		}
	}
	return names
}
