// Package toykind is a kind of source that lives outside pkg/sources and pinfetch knows nothing about. Its tests prove
// that a kind is one directory: the rest of pinfetch works with it unchanged.
//
// It is as small as a forge's kind can be. A pin follows a branch, or is one tag, of a repository on the host
// toy.example.org, and locks fetchzip's call of the archive of the commit. That call has no argument for the
// commit, so the commit is a fact.
package toykind

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Spec is one repository and what to follow in it.
type Spec struct {
	Repo   string `json:"repo"` // "owner/name"
	Branch string `json:"branch,omitzero"`
	Tag    string `json:"tag,omitzero"`
	Name   string `json:"name,omitzero"` // store name; default: nixpkgs' own
}

// Kind implements [sources.Spec].
func (Spec) Kind() string { return "toy" }

// Title implements [sources.Spec].
func (s Spec) Title() string { return s.Repo[strings.LastIndexByte(s.Repo, '/')+1:] }

// IsOpen implements [sources.Chooser].
func (s Spec) IsOpen() bool { return s.Branch == "" && s.Tag == "" }

var repoPattern = regexp.MustCompile(`^[a-z0-9]+/[a-z0-9]+$`)

// Validate implements [sources.Spec].
func (s Spec) Validate() error {
	if !repoPattern.MatchString(s.Repo) {
		return sources.Invalid("%q is not OWNER/NAME", redact.Reference(s.Repo))
	}
	for _, t := range []sources.Tracking{{Branch: s.Branch, Rev: s.Tag}, {Tags: s.Tag}} {
		if err := t.Validate(); err != nil {
			return err
		}
	}
	call := s.fetch(strings.Repeat("0", 40))
	call.Extension = "tar.gz"
	return call.Validate()
}

// Accepts implements [sources.Spec].
func (s Spec) Accepts(r sources.Resolution) error {
	return r.Expect(sources.Call{Fetch: s.fetch(r.Rev())})
}

func (s Spec) url() string { return "https://toy.example.org/" + s.Repo }

func (s Spec) fetch(rev string) sources.Fetch {
	return sources.Fetch{Fetcher: sources.FetchZip, URL: s.url() + "/archive/" + rev + ".tar.gz", StripRoot: true, Name: s.Name}
}

// Codec returns what the kind is.
func Codec() sources.Codec {
	return sources.Define(sources.Definition{
		Name:       "toy",
		References: []sources.Reference{{Form: "toy:OWNER/NAME", Help: "a repository on the toy forge"}},
		Options:    []string{"branch", "tag", "store-name"},
	}, parse, func(s Spec) sources.Request {
		return sources.Request{Ref: "toy:" + s.Repo, Tracking: sources.Tracking{Branch: s.Branch, Tags: s.Tag}, StoreName: s.Name}
	})
}

func parse(r sources.Request) (Spec, error) {
	repo, found := strings.CutPrefix(r.Ref, "toy:")
	if !found {
		return Spec{}, sources.ErrOtherKind
	}
	return Spec{Repo: repo, Branch: r.Branch, Tag: r.Tags, Name: r.StoreName}, nil
}

// New returns the kind, which asks refs.
func New(refs sources.RefLister) sources.Kind {
	return sources.NewKind(Codec(), sources.Resolver[Spec]{
		Choose: func(ctx context.Context, s Spec) (Spec, sources.Choice, error) {
			found, err := refs.Refs(ctx, s.url(), "HEAD")
			s.Branch = strings.TrimPrefix(found.Head, "refs/heads/")
			return s, sources.Choice{Note: "follows the default branch"}, err
		},
		Resolve: func(ctx context.Context, s Spec) (sources.Resolution, error) {
			name := "refs/heads/" + s.Branch
			if s.Tag != "" {
				name = "refs/tags/" + s.Tag
			}
			found, err := refs.Refs(ctx, s.url(), name)
			if err != nil {
				return sources.Resolution{}, err
			}
			ref, ok := found.Lookup(name)
			if !ok {
				return sources.Resolution{}, fmt.Errorf("%s: %w", name, sources.ErrNotFound)
			}
			return sources.Resolution{
				Facts: sources.Facts{Rev: ref.Commit(), Ref: name, Version: strings.TrimPrefix(s.Tag, "v")},
				Calls: []sources.Call{{Fetch: s.fetch(ref.Commit())}},
			}, nil
		},
	})
}
