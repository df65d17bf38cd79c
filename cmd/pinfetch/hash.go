package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"

	"github.com/urfave/cli/v2"
	"golang.org/x/sync/errgroup"

	"github.com/pinfetch/pinfetch/internal/prefetch"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

func (p *program) hashCommand() *cli.Command {
	command := p.hashCommands()
	for _, sub := range command.Subcommands {
		sub.Flags = append(sub.Flags,
			&cli.StringFlag{Name: "type", Value: "sha256", Usage: "use the hash function `NAME`, sha256 or sha512"},
			&cli.BoolFlag{Name: "sri", Usage: "print as SRI, with the function's name (the default)"},
			&cli.BoolFlag{Name: "base32", Usage: "print the digest in Nix's base 32"},
			&cli.BoolFlag{Name: "base16", Usage: "print the digest in hexadecimal"},
		)
	}
	return command
}

// algorithm is the hash function that --type names; [program.hashEach] has checked it.
func algorithm(c *cli.Context) hash.Algorithm {
	if c.String("type") == hash.SHA512.String() {
		return hash.SHA512
	}
	return hash.SHA256
}

// spelling returns how hashes are to be written.
func spelling(c *cli.Context) (func(hash.SRI) string, error) {
	if name := c.String("type"); name != hash.SHA256.String() && name != hash.SHA512.String() {
		return nil, usage(c, "--type %q: want sha256 or sha512", name)
	}
	chosen, write := 0, hash.SRI.String
	for flag, spell := range map[string]func(hash.SRI) string{"sri": hash.SRI.String, "base32": hash.SRI.Base32, "base16": hash.SRI.Base16} {
		if c.Bool(flag) {
			chosen, write = chosen+1, spell
		}
	}
	if chosen > 1 {
		return nil, usage(c, "--sri, --base32 and --base16 exclude each other")
	}
	return write, nil
}

func (p *program) hashCommands() *cli.Command {
	stripRoot := &cli.BoolFlag{Name: "no-strip-root", Usage: "keep the archive's top-level folder"}
	return &cli.Command{
		Name:      "hash",
		Usage:     "print the hash that a nixpkgs fetcher expects",
		UsageText: "pinfetch hash path|file|archive|url|git [FLAG…] ARGUMENT…",
		Description: `Prints one SRI hash a line, in the order of the arguments. For file and archive "-" is standard input.

Examples:

   pinfetch hash path ./src
   pinfetch hash url --unpack https://example.org/tool-1.2.tar.gz
   pinfetch hash git https://example.org/tool.git --rev v1.2`,
		Action: func(c *cli.Context) error {
			return sources.WithHint(fmt.Errorf("want path, file, archive, url or git: %w", errUsage), "see pinfetch hash --help")
		},
		Subcommands: []*cli.Command{
			{
				Name: "path", Usage: "a file's or folder's NAR, as nix hash path", UsageText: "pinfetch hash path PATH…",
				Description: "Example:\n\n   pinfetch hash path ./src",
				Action: p.hashEach(func(c *cli.Context, path string) (hash.SRI, error) {
					sri, err := hash.Dir(c.Context, path, hash.DirOptions{Algorithm: algorithm(c)})
					if errors.Is(err, hash.ErrRefused) {
						err = sources.WithHint(err, "the Nix store holds files, folders and symbolic links: remove what is none")
					}
					return sri, adviseLocal(err)
				}),
			},
			{
				Name: "file", Usage: "a file's bytes, as fetchurl", UsageText: "pinfetch hash file FILE…|-",
				Description: "Example:\n\n   pinfetch hash file tool-1.2.tar.gz",
				Action: p.hashEach(func(c *cli.Context, path string) (hash.SRI, error) {
					return p.hashOpen(c.Context, path, func(r io.Reader) (hash.SRI, error) { return hash.File(c.Context, r, algorithm(c)) })
				}),
			},
			{
				Name: "archive", Usage: "an archive's contents, as fetchzip", UsageText: "pinfetch hash archive [--no-strip-root] FILE…|-",
				Description: "Example:\n\n   pinfetch hash archive tool-1.2.tar.gz",
				Flags:       []cli.Flag{stripRoot},
				Action:      p.hashEach(p.hashArchive),
			},
			{
				Name: "url", Usage: "what a URL serves, as fetchurl or fetchzip", UsageText: "pinfetch hash url [--unpack [--no-strip-root]] URL…",
				Description: "Example:\n\n   pinfetch hash url --unpack https://example.org/tool-1.2.tar.gz",
				Flags:       []cli.Flag{&cli.BoolFlag{Name: "unpack", Usage: "the file is an archive: hash its contents"}, stripRoot},
				Action:      p.hashEach(p.hashURL),
			},
			{
				Name: "git", Usage: "a checkout, as fetchgit", UsageText: "pinfetch hash git --rev REV [FLAG…] URL…",
				Description: "Example:\n\n   pinfetch hash git https://example.org/tool.git --rev v1.2",
				Flags: append([]cli.Flag{
					&cli.StringFlag{Name: "rev", Usage: "a full commit ID or a whole tag name `REV`"},
				}, checkoutFlags()...),
				Action: p.hashEach(p.hashGit),
			},
		},
	}
}

// hashEach prints the hash of every argument. All must succeed: a line that is
// missing would shift the others.
func (p *program) hashEach(one func(*cli.Context, string) (hash.SRI, error)) cli.ActionFunc {
	return func(c *cli.Context) error {
		if c.NArg() == 0 {
			return usage(c, "nothing to hash is given")
		}
		if first := slices.Index(c.Args().Slice(), "-"); first >= 0 && slices.Contains(c.Args().Slice()[first+1:], "-") {
			return sources.WithHint(fmt.Errorf("standard input can be read once: %w", errUsage), "give - once")
		}
		write, err := spelling(c)
		if err != nil {
			return err
		}
		results, err := p.hashAll(c, one)
		if err != nil {
			return err
		}
		for _, sri := range results {
			p.ui.result("%s", write(sri))
		}
		return nil
	}
}

// hashAll hashes the arguments side by side. The error is that of the first argument that has one.
func (p *program) hashAll(c *cli.Context, one func(*cli.Context, string) (hash.SRI, error)) ([]hash.SRI, error) {
	p.workMemory()
	arguments := c.Args().Slice()
	results, errs := make([]hash.SRI, len(arguments)), make([]error, len(arguments))
	var group errgroup.Group
	group.SetLimit(min(c.Int("jobs"), runtime.GOMAXPROCS(0)))
	for i, argument := range arguments {
		group.Go(func() error {
			if results[i], errs[i] = one(c, argument); errs[i] != nil {
				errs[i] = fmt.Errorf("hash %q: %w", redact.Reference(argument), errs[i])
			}
			return nil
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return results, nil
}

func (p *program) hashOpen(ctx context.Context, path string, use func(io.Reader) (hash.SRI, error)) (hash.SRI, error) {
	if path == "-" {
		sri, err := use(interruptible(ctx, p.stdin))
		return sri, adviseLocal(err)
	}
	info, err := os.Stat(path)
	if err == nil && info.Mode()&os.ModeNamedPipe != 0 {
		sri, err := use(interruptible(ctx, &lateFile{path: path})) // opening a pipe waits for who writes to it
		return sri, adviseLocal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		return hash.SRI{}, adviseLocal(err)
	}
	defer file.Close()
	sri, err := use(file)
	return sri, adviseLocal(err)
}

func (p *program) hashArchive(c *cli.Context, path string) (hash.SRI, error) {
	return p.hashOpen(c.Context, path, func(r io.Reader) (hash.SRI, error) {
		result, err := hash.Archive(c.Context, r, hash.ArchiveOptions{
			StripRoot: !c.Bool("no-strip-root"), Algorithm: algorithm(c), Limits: p.limits, TempDir: p.getenv("TMPDIR"),
		})
		for _, warning := range prefetch.Warnings(sources.Fetch{Fetcher: sources.FetchZip}, result.Notices) {
			p.ui.warn("%s", warning)
		}
		return result.SRI, err
	})
}

func (p *program) hashURL(c *cli.Context, url string) (hash.SRI, error) {
	f := sources.Fetch{Fetcher: sources.FetchURL, URL: url}
	switch {
	case c.Bool("unpack"):
		f = sources.Fetch{Fetcher: sources.FetchZip, URL: url, StripRoot: !c.Bool("no-strip-root")}
	case c.Bool("no-strip-root"):
		return hash.SRI{}, usage(c, "--no-strip-root goes with --unpack")
	}
	if err := sources.ValidateURL(url); err != nil {
		return hash.SRI{}, err
	}
	return p.hashFetch(c, func(context.Context, *clients) (sources.Fetch, error) { return f, nil })
}

func (p *program) hashGit(c *cli.Context, url string) (hash.SRI, error) {
	if c.String("rev") == "" {
		return hash.SRI{}, usage(c, "--rev is missing")
	}
	if err := refuseDotGit(c); err != nil {
		return hash.SRI{}, err
	}
	return p.hashFetch(c, func(ctx context.Context, k *clients) (sources.Fetch, error) {
		spec, err := k.sources.Parse(sources.Request{
			Ref: "git+" + url, Tracking: sources.Tracking{Rev: c.String("rev")}, Checkout: checkout(c),
		})
		if err != nil {
			return sources.Fetch{}, err
		}
		r, err := k.sources.Resolve(ctx, spec)
		return r.Fetch, err
	})
}

func (p *program) hashFetch(c *cli.Context, find func(context.Context, *clients) (sources.Fetch, error)) (hash.SRI, error) {
	k, err := p.connect(c)
	if err != nil {
		return hash.SRI{}, err
	}
	f, err := find(c.Context, k)
	if err != nil {
		return hash.SRI{}, err
	}
	var result prefetch.Result
	if result, err = k.hasher.Hash(c.Context, f, algorithm(c), nil); err != nil {
		return hash.SRI{}, err
	}
	for _, warning := range result.Warnings {
		p.ui.warn("%s", warning)
	}
	return result.Hash, nil
}
