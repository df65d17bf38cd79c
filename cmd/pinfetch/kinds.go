package main

import (
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/gem"
	"github.com/pinfetch/pinfetch/pkg/sources/git"
	"github.com/pinfetch/pinfetch/pkg/sources/github"
	sourceurl "github.com/pinfetch/pinfetch/pkg/sources/url"
)

// kind is what a kind of source is, and how to make what resolves it.
type kind struct {
	codec   sources.Codec
	resolve func(*clients) sources.Kind
}

// kinds lists the kinds of sources in the order in which they are asked to parse a reference. A new kind is one line.
func kinds() []kind {
	return []kind{
		{github.Codec(), func(c *clients) sources.Kind { return github.New(c.refs, c.api) }},
		{gem.Codec(), func(c *clients) sources.Kind { return gem.New(c.api) }},
		{git.Codec(), func(c *clients) sources.Kind { return git.New(c.refs) }},
		{sourceurl.Codec(), func(*clients) sources.Kind { return sourceurl.New() }},
	}
}

// codecs is all that commands without network need to know about kinds.
func codecs() (all sources.Codecs) {
	for _, k := range kinds() {
		all = append(all, k.codec)
	}
	return all
}
