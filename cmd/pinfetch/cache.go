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
		Description: fmt.Sprintf(`The cache keeps hashes of commits, so that no commit is downloaded twice, and
answers of GitHub's API, which are checked for changes before use. It is in
$XDG_CACHE_HOME/pinfetch or ~/.cache/pinfetch. It holds at most %s in
%s entries, the most recently used. It can be deleted at any time;
--no-cache disables it.

Examples:

   pinfetch cache
   pinfetch cache prune --all`, humanize.IBytes(cache.DefaultBytes), humanize.Comma(cache.DefaultEntries)),
		Action:      func(c *cli.Context) error { return p.manageCache(c.Args().Slice(), p.showCache) },
		Subcommands: []*cli.Command{p.pruneCommand()},
	}
}

type pruneOptions struct {
	all bool
}

func (p *program) pruneCommand() *cli.Command {
	o := &pruneOptions{}
	return &cli.Command{
		Name:      "prune",
		Usage:     "remove excess entries and leftovers of killed runs",
		UsageText: "pinfetch cache prune [--all]",
		Description: `Other commands do this from time to time.

Example:

   pinfetch cache prune --all`,
		Flags: []cli.Flag{boolFlag(&o.all, "all", "remove everything")},
		Action: func(c *cli.Context) error {
			return p.manageCache(c.Args().Slice(), func(s *cache.Store) error { return p.pruneCache(s, o) })
		},
	}
}

// cacheDir returns the cache's directory, or "" if the environment names none. A relative XDG_CACHE_HOME is ignored (XDG
// Base Directory Specification). A missing home is not created: Nix names one for builders.
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
func (p *program) cache() *cache.Store {
	dir := p.cacheDir()
	if dir == "" || p.options.noCache {
		return nil
	}
	return cache.Open(dir, cache.Options{Log: p.ui.detail})
}

// manageCache opens the cache for a command that manages it.
func (p *program) manageCache(arguments []string, manage func(*cache.Store) error) error {
	switch {
	case len(arguments) > 0:
		return usage("unexpected argument %q", arguments[0])
	case p.options.noCache:
		return usage("--no-cache is only for commands that fetch")
	case p.cacheDir() == "":
		return sources.WithHint(usage("cannot find the cache: neither XDG_CACHE_HOME nor HOME names an existing directory"),
			"set HOME or XDG_CACHE_HOME to the absolute path of a directory")
	}
	store := cache.Open(p.cacheDir(), cache.Options{})
	if err := manage(store); err != nil {
		return sources.WithHint(err, "make %q a directory that you own, or remove it", store.Dir())
	}
	return nil
}

func (p *program) showCache(store *cache.Store) error {
	held, err := store.Usage()
	if err != nil {
		return err
	}
	p.ui.result("path:    %s", store.Dir())
	p.ui.result("entries: %d", held.Entries)
	p.ui.result("bytes:   %d", held.Bytes)
	return nil
}

func (p *program) pruneCache(store *cache.Store, o *pruneOptions) error {
	prune := store.Prune
	if o.all {
		prune = store.Clear
	}
	freed, err := prune()
	if err != nil {
		return err
	}
	p.ui.result("freed %d entries, %s", freed.Entries, humanize.IBytes(uint64(freed.Bytes)))
	return nil
}
