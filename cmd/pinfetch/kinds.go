package main

import (
	"sync"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/bitbucket"
	"github.com/pinfetch/pinfetch/pkg/sources/crate"
	"github.com/pinfetch/pinfetch/pkg/sources/forgejo"
	"github.com/pinfetch/pinfetch/pkg/sources/gem"
	"github.com/pinfetch/pinfetch/pkg/sources/git"
	"github.com/pinfetch/pinfetch/pkg/sources/github"
	"github.com/pinfetch/pinfetch/pkg/sources/gitiles"
	"github.com/pinfetch/pinfetch/pkg/sources/gitlab"
	"github.com/pinfetch/pinfetch/pkg/sources/hackage"
	"github.com/pinfetch/pinfetch/pkg/sources/hex"
	"github.com/pinfetch/pinfetch/pkg/sources/maven"
	"github.com/pinfetch/pinfetch/pkg/sources/npm"
	"github.com/pinfetch/pinfetch/pkg/sources/openvsx"
	"github.com/pinfetch/pinfetch/pkg/sources/pypi"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcehut"
	sourceurl "github.com/pinfetch/pinfetch/pkg/sources/url"
	"github.com/pinfetch/pinfetch/pkg/sources/vscode"
)

// kind is what a kind of source is, and how to make what resolves it.
type kind struct {
	codec   sources.Codec
	resolve func(*clients) sources.Kind
}

// kinds lists the kinds of sources in the order in which they are asked to parse a reference. A new kind is one line. URLs
// are asked last, because every address is one; they can follow the versions of all others.
func kinds() []kind {
	return []kind{
		{github.Codec(), func(c *clients) sources.Kind { return github.New(c.refs, c.api) }},
		{gitlab.Codec(), func(c *clients) sources.Kind { return gitlab.New(c.refs, c.api) }},
		{forgejo.Codec(), func(c *clients) sources.Kind { return forgejo.New(c.refs, c.api) }},
		{sourcehut.Codec(), func(c *clients) sources.Kind { return sourcehut.New(c.refs) }},
		{bitbucket.Codec(), func(c *clients) sources.Kind { return bitbucket.New(c.refs) }},
		{gitiles.Codec(), func(c *clients) sources.Kind { return gitiles.New(c.refs, c.prefetcher.Web.RoundTripper()) }},
		{pypi.Codec(), func(c *clients) sources.Kind { return pypi.New(c.api) }},
		{crate.Codec(), func(c *clients) sources.Kind { return crate.New(c.api) }},
		{npm.Codec(), func(c *clients) sources.Kind { return npm.New(c.api) }},
		{gem.Codec(), func(c *clients) sources.Kind { return gem.New(c.api) }},
		{hackage.Codec(), func(c *clients) sources.Kind { return hackage.New(c.api) }},
		{hex.Codec(), func(c *clients) sources.Kind { return hex.New(c.api) }},
		{maven.Codec(), func(c *clients) sources.Kind { return maven.New(c.api) }},
		{openvsx.Codec(), func(c *clients) sources.Kind { return openvsx.New(c.api) }},
		{vscode.Codec(), func(c *clients) sources.Kind { return vscode.New(c.api) }},
		{git.Codec(), func(c *clients) sources.Kind { return git.New(c.refs) }},
	}
}

// codecs is all that commands without network need to know about kinds. It is made once, because much of what is shown of
// each pin is made with it.
var codecs = sync.OnceValue(func() (all sources.Codecs) {
	for _, k := range kinds() {
		all = append(all, k.codec)
	}
	return append(all, sourceurl.Codec(all...))
})

// resolvable makes every kind.
func (c *clients) resolvable() *sources.Set {
	var all []sources.Kind
	for _, k := range kinds() {
		all = append(all, k.resolve(c))
	}
	return sources.NewSet(append(all, sourceurl.New(c.web, c.api, all...))...)
}
