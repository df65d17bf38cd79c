package main

import (
	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

// checkoutFlags ask for a tree other than a commit's plain one.
func checkoutFlags(o *sources.Checkout) []cli.Flag {
	flags := []cli.Flag{
		boolFlag(&o.Submodules, "submodules", "include git submodules, recursively"),
		boolFlag(&o.LFS, "lfs", "include the contents of Git LFS files"),
		listFlag(func(dir string) { o.SparseCheckout = sources.NewPatterns(append(o.SparseCheckout.List(), dir)...) },
			"sparse-checkout", "keep only `DIR` and files above it; repeatable"),
		stringFlag(&o.RootDir, "root-dir", "keep only `DIR`, as the root"),
	}
	// These ask fetchgit to keep .git (its leaveDotGit, deepClone and fetchTags). They exist only to be refused.
	for _, name := range []string{"leave-dot-git", "deep-clone", "fetch-tags"} {
		flags = append(flags, &cli.BoolFlag{Name: name, Hidden: true, Action: func(_ *cli.Context, asked bool) error {
			if asked {
				return sources.RefuseDotGit("--" + name)
			}
			return nil
		}})
	}
	return flags
}
