package main

import (
	"cmp"
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
	request             sources.Request // the options of a checkout or file
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

func (p *program) hashPathCommand() *cli.Command {
	return p.hashSubcommand(&hashOptions{}, hashPath, cli.Command{
		Name: "path", Usage: "hash a file or directory, as nix hash path", UsageText: "pinfetch hash path PATH…",
		Description: "Example:\n\n   pinfetch hash path ./src",
	})
}

func hashPath(ctx context.Context, o *hashOptions, path string) (hash.SRI, error) {
	sri, err := hash.Dir(ctx, path, hash.DirOptions{Algorithm: o.algorithm})
	if errors.Is(err, hash.ErrRefused) {
		err = sources.WithHint(err, "the Nix store holds only files, directories and symbolic links: remove everything else")
	}
	return sri, adviseLocal(err)
}

func (p *program) hashFileCommand() *cli.Command {
	return p.hashSubcommand(&hashOptions{}, p.hashFile, cli.Command{
		Name: "file", Usage: "hash a file's bytes, as fetchurl", UsageText: "pinfetch hash file FILE…|-",
		Description: "Example:\n\n   pinfetch hash file tool-1.2.tar.gz",
	})
}

func (p *program) hashFile(ctx context.Context, o *hashOptions, path string) (hash.SRI, error) {
	return p.hashOpened(ctx, path, func(r io.Reader) (hash.SRI, error) { return hash.File(ctx, r, o.algorithm) })
}

func (p *program) hashArchiveCommand() *cli.Command {
	o := &hashOptions{}
	return p.hashSubcommand(o, p.hashArchive, cli.Command{
		Name: "archive", Usage: "hash an archive's contents, as fetchzip", UsageText: "pinfetch hash archive [--no-strip-root] FILE…|-",
		Description: "Example:\n\n   pinfetch hash archive tool-1.2.tar.gz",
		Flags:       []cli.Flag{boolFlag(&o.noStripRoot, "no-strip-root", "keep the archive's top-level directory")},
	})
}

func (p *program) hashArchive(ctx context.Context, o *hashOptions, path string) (hash.SRI, error) {
	return p.hashOpened(ctx, path, func(r io.Reader) (hash.SRI, error) {
		result, err := hash.Archive(ctx, r, hash.ArchiveOptions{
			StripRoot: !o.noStripRoot, Algorithm: o.algorithm, Limits: p.options.limits, TempDir: p.getenv("TMPDIR"),
		})
		for _, warning := range prefetch.Warnings(result.Notices) {
			p.ui.warn("%s", warningText(sources.Fetch{Fetcher: sources.FetchZip}, "", warning))
		}
		return result.SRI, err
	})
}

// hashOpened hashes a file, or standard input for "-". Waiting for a pipe can be interrupted.
func (p *program) hashOpened(ctx context.Context, path string, hashReader func(io.Reader) (hash.SRI, error)) (hash.SRI, error) {
	var in io.Reader
	if info, err := os.Stat(path); path == "-" {
		in = interruptible(ctx, func() (io.Reader, error) { return p.stdin, nil })
	} else if err == nil && info.Mode()&os.ModeNamedPipe != 0 {
		in = interruptible(ctx, func() (io.Reader, error) { return os.Open(path) }) // waits for a writer
	} else {
		file, err := os.Open(path)
		if err != nil {
			return hash.SRI{}, adviseLocal(err)
		}
		defer file.Close()
		in = file
	}
	sri, err := hashReader(in)
	return sri, adviseLocal(err)
}

func (p *program) hashURLCommand() *cli.Command {
	o := &hashOptions{}
	return p.hashSubcommand(o, p.hashURL, cli.Command{
		Name: "url", Usage: "hash what a URL serves, as fetchurl or fetchzip", UsageText: "pinfetch hash url [--unpack [--no-strip-root]] URL…",
		Description: "Example:\n\n   pinfetch hash url --unpack https://example.org/tool-1.2.tar.gz",
		Flags: append([]cli.Flag{
			boolFlag(&o.unpack, "unpack", "hash the contents of an archive"),
			boolFlag(&o.noStripRoot, "no-strip-root", "with --unpack, keep the top-level directory"),
		}, requestFlags(&o.request, []string{"allow-html"})...),
	})
}

func (p *program) hashURL(ctx context.Context, o *hashOptions, url string) (hash.SRI, error) {
	f := sources.Fetch{Fetcher: sources.FetchURL, URL: url}
	if o.unpack && o.request.AllowHTML {
		return hash.SRI{}, usage("--allow-html and --unpack exclude each other")
	}
	if o.unpack {
		f.Fetcher, f.StripRoot = sources.FetchZip, !o.noStripRoot
	} else if o.noStripRoot {
		return hash.SRI{}, usage("--no-strip-root requires --unpack")
	}
	if err := sources.ValidateURL(url); err != nil {
		return hash.SRI{}, err
	}
	k, err := p.clients()
	if err != nil {
		return hash.SRI{}, err
	}
	return p.hashCall(ctx, k, sources.Call{Fetch: f}, o)
}

func (p *program) hashGitCommand() *cli.Command {
	o := &hashOptions{}
	checkout := requestFlags(&o.request, []string{"submodules", "lfs", "sparse-checkout", "root-dir"})
	rev := stringFlag(&o.rev, "rev", "check out `REV`, a full commit ID or exact tag name")
	return p.hashSubcommand(o, p.hashGit, cli.Command{
		Name: "git", Usage: "hash a checkout, as fetchgit", UsageText: "pinfetch hash git --rev REV [FLAG…] URL…",
		Description: "Example:\n\n   pinfetch hash git https://example.org/tool.git --rev v1.2",
		Flags:       slices.Concat([]cli.Flag{rev}, checkout, keepDotGitFlags()),
	})
}

func (p *program) hashGit(ctx context.Context, o *hashOptions, url string) (hash.SRI, error) {
	if o.rev == "" {
		return hash.SRI{}, usage("--rev is missing")
	}
	k, err := p.clients()
	if err != nil {
		return hash.SRI{}, err
	}
	spec, err := k.sources.Parse(sources.Request{Ref: "git+" + url, Tracking: sources.Tracking{Rev: o.rev}, Checkout: o.request.Checkout})
	if err != nil {
		return hash.SRI{}, err
	}
	r, err := k.sources.Resolve(ctx, spec)
	if err != nil {
		return hash.SRI{}, err
	}
	return p.hashCall(ctx, k, r.Call(), o)
}

func (p *program) hashCall(ctx context.Context, c *clients, call sources.Call, o *hashOptions) (hash.SRI, error) {
	job := prefetch.NewJob(sources.Resolution{}, call, o.algorithm).Accepting(o.request.AllowHTML, hash.SRI{})
	result, err := c.prefetcher.Prefetch(ctx, job, nil)
	for _, warning := range result.Warnings {
		p.ui.warn("%s", warningText(call.Fetch, "", warning))
	}
	return result.Hash, err
}

// inputBuffer is how many bytes of standard input or a pipe are read at once.
const inputBuffer = 256 << 10

// interruptible returns a reader of what open returns. Its Read returns once ctx is done, although opening and reading a
// pipe, or reading a terminal, may wait. The goroutine that still waits then ends with the program.
func interruptible(ctx context.Context, open func() (io.Reader, error)) io.Reader {
	out, in := io.Pipe()
	go func() {
		r, err := open()
		if err == nil {
			_, err = io.CopyBuffer(in, struct{ io.Reader }{r}, make([]byte, inputBuffer))
		}
		in.CloseWithError(err)
	}()
	context.AfterFunc(ctx, func() { in.CloseWithError(context.Cause(ctx)) })
	return out
}
