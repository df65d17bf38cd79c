package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/dustin/go-humanize"
	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/internal/cache"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

func (p *program) cacheCommand() *cli.Command {
	return &cli.Command{
		Name:      "cache",
		Usage:     "show or prune what is kept for later runs",
		UsageText: "pinfetch cache [prune]",
		Description: fmt.Sprintf(`Hashes of commits, so that no run downloads what another has hashed, and answers of GitHub's API, which
is asked whether they still hold. At most %s in %s entries are kept, those used last, in
$XDG_CACHE_HOME/pinfetch or ~/.cache/pinfetch. It may be removed at any time; --no-cache does without.

Examples:

   pinfetch cache
   pinfetch cache prune --all`, humanize.IBytes(cache.DefaultBytes), humanize.Comma(cache.DefaultEntries)),
		Action: p.showCache,
		Subcommands: []*cli.Command{
			{
				Name: "prune", Usage: "remove what is beyond the bounds, and what killed runs left behind", UsageText: "pinfetch cache prune [--all]",
				Description:  "Other commands do the same now and then.\n\nExample:\n\n   pinfetch cache prune --all",
				Flags:        []cli.Flag{&cli.BoolFlag{Name: "all", Usage: "remove everything"}},
				Action:       p.pruneCache,
				BashComplete: p.completeFlags,
			},
		},
	}
}

// cacheDir returns the folder of the cache, "" if nothing says where it is (XDG Base Directory Specification, which has
// a relative XDG_CACHE_HOME ignored). A home that is not there stays so: Nix names one for builders.
func (p *program) cacheDir() string {
	if base := p.getenv("XDG_CACHE_HOME"); filepath.IsAbs(base) && isDir(filepath.Dir(base)) {
		return filepath.Join(base, "pinfetch")
	}
	if home := p.getenv("HOME"); filepath.IsAbs(home) && isDir(home) {
		return filepath.Join(home, ".cache", "pinfetch")
	}
	return ""
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// cache returns the cache for commands that fetch, nil for none.
func (p *program) cache(c *cli.Context) *cache.Store {
	dir := p.cacheDir()
	if dir == "" || c.Bool("no-cache") {
		return nil
	}
	return cache.Open(dir, cache.Options{Log: p.ui.detail})
}

// ownCache returns the cache for commands about it.
func (p *program) ownCache(c *cli.Context) (*cache.Store, error) {
	switch {
	case c.NArg() > 0:
		return nil, usage(c, "unexpected argument %q", c.Args().First())
	case c.Bool("no-cache"):
		return nil, usage(c, "--no-cache is for commands that fetch")
	case p.cacheDir() == "":
		return nil, sources.WithHint(fmt.Errorf("there is no folder for a cache: neither XDG_CACHE_HOME nor HOME names a place that is there: %w", errUsage),
			"let HOME, or XDG_CACHE_HOME, be the absolute path of one")
	}
	return cache.Open(p.cacheDir(), cache.Options{}), nil
}

func (p *program) showCache(c *cli.Context) error {
	store, err := p.ownCache(c)
	if err != nil {
		return err
	}
	held, err := store.Usage()
	if err != nil {
		return adviseCache(err, store)
	}
	p.ui.result("folder:  %s", store.Dir())
	p.ui.result("entries: %d", held.Entries)
	p.ui.result("bytes:   %d", held.Bytes)
	return nil
}

func (p *program) pruneCache(c *cli.Context) error {
	store, err := p.ownCache(c)
	if err != nil {
		return err
	}
	prune := store.Prune
	if c.Bool("all") {
		prune = store.Clear
	}
	freed, err := prune()
	if err != nil {
		return adviseCache(err, store)
	}
	p.ui.result("freed %d entries, %s", freed.Entries, humanize.IBytes(uint64(freed.Bytes)))
	return nil
}

func adviseCache(err error, store *cache.Store) error {
	return sources.WithHint(err, "make %q a folder of your own, or remove it", store.Dir())
}
