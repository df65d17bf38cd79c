package main

import (
	"context"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/internal/prefetch"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

func (p *program) hashURLCommand() *cli.Command {
	o := &hashOptions{}
	return p.hashSubcommand(o, p.hashURL, cli.Command{
		Name: "url", Usage: "hash what a URL serves, as fetchurl or fetchzip", UsageText: "pinfetch hash url [--unpack [--no-strip-root]] URL…",
		Description: "Example:\n\n   pinfetch hash url --unpack https://example.org/tool-1.2.tar.gz",
		Flags: []cli.Flag{
			boolFlag(&o.unpack, "unpack", "hash the contents of an archive"),
			boolFlag(&o.noStripRoot, "no-strip-root", "with --unpack, keep the top-level directory"),
		},
	})
}

func (p *program) hashURL(ctx context.Context, o *hashOptions, url string) (hash.SRI, error) {
	f := sources.Fetch{Fetcher: sources.FetchURL, URL: url}
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
	return p.hashCall(ctx, k, sources.Call{Fetch: f}, o.algorithm)
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
	return p.hashCall(ctx, k, r.Call(), o.algorithm)
}

func (p *program) hashCall(ctx context.Context, c *clients, call sources.Call, a hash.Algorithm) (hash.SRI, error) {
	result, err := c.prefetcher.Prefetch(ctx, prefetch.NewJob(sources.Resolution{}, call, a), nil)
	for _, warning := range result.Warnings {
		p.ui.warn("%s", warningText(call.Fetch, warning))
	}
	return result.Hash, err
}
