package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/internal/prefetch"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

type hashURLOptions struct {
	hashOptions
	unpack, noStripRoot bool
}

func (p *program) hashURLCommand() *cli.Command {
	o := &hashURLOptions{}
	return p.hashSubcommand(cli.Command{
		Name: "url", Usage: "hash what a URL serves, as fetchurl or fetchzip", UsageText: "pinfetch hash url [--unpack [--no-strip-root]] URL…",
		Description: "Example:\n\n   pinfetch hash url --unpack https://example.org/tool-1.2.tar.gz",
		Flags: []cli.Flag{
			boolFlag(&o.unpack, "unpack", "hash the contents of an archive"),
			boolFlag(&o.noStripRoot, "no-strip-root", "with --unpack, keep the top-level directory"),
		},
	}, &o.hashOptions, func(ctx context.Context, url string) (hash.SRI, error) { return p.hashURL(ctx, o, url) })
}

func (p *program) hashURL(ctx context.Context, o *hashURLOptions, url string) (hash.SRI, error) {
	f := sources.Fetch{Fetcher: sources.FetchURL, URL: url}
	if o.unpack {
		f.Fetcher, f.StripRoot = sources.FetchZip, !o.noStripRoot
	} else if o.noStripRoot {
		return hash.SRI{}, usage("pinfetch hash url", "--no-strip-root requires --unpack")
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

type hashGitOptions struct {
	hashOptions
	rev     string
	request sources.Request // the options of a checkout
}

func (p *program) hashGitCommand() *cli.Command {
	o := &hashGitOptions{}
	return p.hashSubcommand(cli.Command{
		Name: "git", Usage: "hash a checkout, as fetchgit", UsageText: "pinfetch hash git --rev REV [FLAG…] URL…",
		Description: "Example:\n\n   pinfetch hash git https://example.org/tool.git --rev v1.2",
		Flags: append([]cli.Flag{
			stringFlag(&o.rev, "rev", "check out `REV`, a full commit ID or exact tag name"),
		}, append(requestFlags(&o.request, []string{"submodules", "lfs", "sparse-checkout", "root-dir"}), keepDotGitFlags()...)...),
	}, &o.hashOptions, func(ctx context.Context, url string) (hash.SRI, error) { return p.hashGit(ctx, o, url) })
}

func (p *program) hashGit(ctx context.Context, o *hashGitOptions, url string) (hash.SRI, error) {
	if o.rev == "" {
		return hash.SRI{}, usage("pinfetch hash git", "--rev is missing")
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
