package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"github.com/urfave/cli/v2"
	"golang.org/x/sync/errgroup"

	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

func (p *program) hashCommand() *cli.Command {
	return &cli.Command{
		Name:      "hash",
		Usage:     "print the hash that a nixpkgs fetcher expects",
		UsageText: "pinfetch hash path|file|archive|url|git [FLAG…] ARGUMENT…",
		Description: `Prints one SRI hash per line, in the order of the arguments. For file and
archive, "-" is standard input.

Examples:

   pinfetch hash path ./src
   pinfetch hash url --unpack https://example.org/tool-1.2.tar.gz
   pinfetch hash git https://example.org/tool.git --rev v1.2`,
		Action: func(*cli.Context) error { return usage("want path, file, archive, url or git") },
		Subcommands: []*cli.Command{
			p.hashPathCommand(), p.hashFileCommand(), p.hashArchiveCommand(), p.hashURLCommand(), p.hashGitCommand(),
		},
	}
}

// hashOptions are the flags of the hash commands; each command has some of them.
type hashOptions struct {
	algorithm           hash.Algorithm
	sri, base32, base16 bool
	unpack, noStripRoot bool
	rev                 string
	request             sources.Request // the options of a checkout
}

func (o *hashOptions) flags() []cli.Flag {
	return []cli.Flag{
		valueFlag("type", "use `TYPE`, sha256 or sha512", o.algorithm.String(), o.setAlgorithm),
		boolFlag(&o.sri, "sri", "print in SRI form (the default)"),
		boolFlag(&o.base32, "base32", "print the digest in Nix's base 32"),
		boolFlag(&o.base16, "base16", "print the digest in hexadecimal"),
	}
}

func (o *hashOptions) setAlgorithm(name string) error {
	for _, known := range []hash.Algorithm{hash.SHA256, hash.SHA512} {
		if name == known.String() {
			o.algorithm = known
			return nil
		}
	}
	return errors.New("want sha256 or sha512")
}

// encoding returns how to print hashes.
func (o *hashOptions) encoding() (func(hash.SRI) string, error) {
	switch {
	case o.sri && (o.base32 || o.base16), o.base32 && o.base16:
		return nil, usage("--sri, --base32 and --base16 exclude each other")
	case o.base32:
		return hash.SRI.Base32, nil
	case o.base16:
		return hash.SRI.Base16, nil
	}
	return hash.SRI.String, nil
}

type hashFunc func(ctx context.Context, o *hashOptions, argument string) (hash.SRI, error)

// hashSubcommand completes a command that prints the hash of each argument.
func (p *program) hashSubcommand(o *hashOptions, one hashFunc, c cli.Command) *cli.Command {
	c.Flags = append(c.Flags, o.flags()...)
	c.Action = func(c *cli.Context) error { return p.hashEach(c.Context, o, one, c.Args().Slice()) }
	return &c
}

// hashEach prints the hash of each argument. All must succeed: a missing line would shift the others.
func (p *program) hashEach(ctx context.Context, o *hashOptions, one hashFunc, arguments []string) error {
	if len(arguments) == 0 {
		return usage("nothing to hash is given")
	}
	if first := slices.Index(arguments, "-"); first >= 0 && slices.Contains(arguments[first+1:], "-") {
		return usage("standard input (-) can be read only once")
	}
	encode, err := o.encoding()
	if err != nil {
		return err
	}
	hashes, err := p.hashAll(ctx, o, one, arguments)
	if err != nil {
		return err
	}
	for _, sri := range hashes {
		p.ui.result("%s", encode(sri))
	}
	return nil
}

// hashAll hashes the arguments in parallel. It returns the error of the first argument that has one.
func (p *program) hashAll(ctx context.Context, o *hashOptions, one hashFunc, arguments []string) ([]hash.SRI, error) {
	p.workMemory()
	hashes, errs := make([]hash.SRI, len(arguments)), make([]error, len(arguments))
	var group errgroup.Group
	group.SetLimit(min(p.options.jobs, runtime.GOMAXPROCS(0)))
	for i, argument := range arguments {
		group.Go(func() error {
			if hashes[i], errs[i] = one(ctx, o, argument); errs[i] != nil {
				errs[i] = fmt.Errorf("hash %q: %w", redact.Reference(argument), errs[i])
			}
			return nil
		})
	}
	group.Wait()
	return hashes, cmp.Or(errs...)
}
