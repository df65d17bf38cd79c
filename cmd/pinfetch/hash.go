package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"github.com/urfave/cli/v2"
	"golang.org/x/sync/errgroup"

	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/redact"
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
		Action: func(*cli.Context) error { return usage("pinfetch hash", "want path, file, archive, url or git") },
		Subcommands: []*cli.Command{
			p.hashPathCommand(), p.hashFileCommand(), p.hashArchiveCommand(), p.hashURLCommand(), p.hashGitCommand(),
		},
	}
}

// hashOptions are the flags of every hash command.
type hashOptions struct {
	algorithm           hash.Algorithm
	sri, base32, base16 bool
}

func (o *hashOptions) flags() []cli.Flag {
	return []cli.Flag{
		&cli.GenericFlag{Name: "type", Value: (*algorithm)(&o.algorithm), Usage: "use `TYPE`, sha256 or sha512"},
		boolFlag(&o.sri, "sri", "print in SRI form (the default)"),
		boolFlag(&o.base32, "base32", "print the digest in Nix's base 32"),
		boolFlag(&o.base16, "base16", "print the digest in hexadecimal"),
	}
}

// algorithm is the value of --type.
type algorithm hash.Algorithm

func (a *algorithm) String() string { return hash.Algorithm(*a).String() }

func (a *algorithm) Set(text string) error {
	for _, known := range []hash.Algorithm{hash.SHA256, hash.SHA512} {
		if text == known.String() {
			*a = algorithm(known)
			return nil
		}
	}
	return errors.New("want sha256 or sha512")
}

// encoding returns how to print hashes, or false if the flags contradict each other.
func (o *hashOptions) encoding() (encode func(hash.SRI) string, ok bool) {
	switch {
	case o.sri && (o.base32 || o.base16), o.base32 && o.base16:
		return nil, false
	case o.base32:
		return hash.SRI.Base32, true
	case o.base16:
		return hash.SRI.Base16, true
	}
	return hash.SRI.String, true
}

type hashFunc func(ctx context.Context, argument string) (hash.SRI, error)

// hashSubcommand completes a subcommand that prints the hash of each argument.
func (p *program) hashSubcommand(c cli.Command, o *hashOptions, one hashFunc) *cli.Command {
	c.Flags = append(c.Flags, o.flags()...)
	c.Action = func(c *cli.Context) error { return p.hashEach(c.Context, c.Command.HelpName, o, c.Args().Slice(), one) }
	return &c
}

// hashEach prints the hash of each argument. All must succeed: a missing line would shift the others.
func (p *program) hashEach(ctx context.Context, command string, o *hashOptions, arguments []string, one hashFunc) error {
	if len(arguments) == 0 {
		return usage(command, "nothing to hash is given")
	}
	if first := slices.Index(arguments, "-"); first >= 0 && slices.Contains(arguments[first+1:], "-") {
		return usage(command, "standard input (-) can be read only once")
	}
	encode, ok := o.encoding()
	if !ok {
		return usage(command, "--sri, --base32 and --base16 exclude each other")
	}
	hashes, err := p.hashAll(ctx, arguments, one)
	if err != nil {
		return err
	}
	for _, sri := range hashes {
		p.ui.result("%s", encode(sri))
	}
	return nil
}

// hashAll hashes the arguments in parallel. The error is that of the first argument that has one.
func (p *program) hashAll(ctx context.Context, arguments []string, one hashFunc) ([]hash.SRI, error) {
	hashes, errs := make([]hash.SRI, len(arguments)), make([]error, len(arguments))
	var group errgroup.Group
	group.SetLimit(min(p.options.jobs, runtime.GOMAXPROCS(0)))
	for i, argument := range arguments {
		group.Go(func() error {
			if hashes[i], errs[i] = one(ctx, argument); errs[i] != nil {
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
	return hashes, nil
}
