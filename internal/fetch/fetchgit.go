package fetch

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/pinfetch/pinfetch/internal/gitproto"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// fetchgit hashes a checkout without its .git folders, at any depth (nixpkgs,
// pkgs/build-support/fetchgit/nix-prefetch-git). Attributes such as eol and ident are
// applied by git itself.
func (h *Hasher) fetchgit(ctx context.Context, f sources.Fetch) (Result, error) {
	c := gitproto.Checkout{
		URL: f.URL, Rev: f.Rev, Submodules: f.Submodules, LFS: f.LFS,
		SparseCheckout: f.SparseCheckout.List(), RootDir: f.RootDir,
	}
	result := Result{Fetch: f}
	err := h.Git.Checkout(ctx, c, func(dir string, committed time.Time) (err error) {
		result.Date = date(committed)
		if result.Hash, err = hash.Dir(ctx, filepath.Join(dir, f.RootDir), hash.DirOptions{Skip: isGit}); err != nil {
			return fmt.Errorf("hash the checkout: %w", err)
		}
		return nil
	})
	return result, err
}

func isGit(name string) bool { return name == ".git" }
