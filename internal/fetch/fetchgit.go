package fetch

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

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
		SparseCheckout: f.SparseCheckout.List(), RootDir: f.RootDir,
	}
	result := Result{Fetch: f}
	err := h.Git.Checkout(ctx, c, func(dir string, committed time.Time) (err error) {
		result.Date = date(committed)
		if _, err := os.Lstat(filepath.Join(dir, f.RootDir)); err != nil {
			return sources.WithHint(fmt.Errorf("root directory %q of commit %s: %w", f.RootDir, f.Rev, sources.ErrNotFound), "check the spelling of --root-dir")
		}
		if result.Hash, err = hash.Dir(ctx, filepath.Join(dir, f.RootDir), hash.DirOptions{Skip: isGit, Algorithm: a}); err != nil {
			return fmt.Errorf("hash the checkout: %w", err)
		}
		return nil
	})
	return result, err
}

func isGit(name string) bool { return name == ".git" }
