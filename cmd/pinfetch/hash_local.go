package main

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/internal/prefetch"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

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
			p.ui.warn("%s", warningText(sources.Fetch{Fetcher: sources.FetchZip}, warning))
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
