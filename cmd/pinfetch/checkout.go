package main

import (
	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

// dotGitFlags ask fetchgit for a .git folder (its leaveDotGit, deepClone and fetchTags). They are known
// only to say why they cannot be granted.
var dotGitFlags = [...]string{"leave-dot-git", "deep-clone", "fetch-tags"}

// checkoutFlags ask for another tree than a commit's plain one.
func checkoutFlags() []cli.Flag {
	flags := []cli.Flag{
		&cli.BoolFlag{Name: "submodules", Usage: "with git submodules, recursively"},
		&cli.BoolFlag{Name: "lfs", Usage: "with the contents of Git LFS files"},
		&cli.StringSliceFlag{Name: "sparse-checkout", Usage: "only the folder `DIR` and the files above it; may be repeated"},
		&cli.StringFlag{Name: "root-dir", Usage: "only `DIR` of the repository, as the root"},
	}
	for _, name := range dotGitFlags {
		flags = append(flags, &cli.BoolFlag{Name: name, Hidden: true})
	}
	return flags
}

// checkout reads the flags of [checkoutFlags].
func checkout(c *cli.Context) sources.Checkout {
	return sources.Checkout{
		Submodules: c.Bool("submodules"), LFS: c.Bool("lfs"),
		SparseCheckout: sources.NewPatterns(c.StringSlice("sparse-checkout")...), RootDir: c.String("root-dir"),
	}
}

// refuseDotGit says why a .git folder cannot be pinned, if one is asked for.
func refuseDotGit(c *cli.Context) error {
	for _, name := range dotGitFlags {
		if c.Bool(name) {
			return sources.RefuseDotGit("--" + name)
		}
	}
	return nil
}
