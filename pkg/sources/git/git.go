// Package git is the kind of source for git repositories anywhere.
//
// A pin is a checkout (fetchgit). A builder, which has neither the user's keys nor the user's files, makes it over http or
// https; pinfetch itself can also resolve a repository over ssh or from a local path.
package git

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/follow"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/forge"
)

// Spec is one repository and what to follow in it.
type Spec struct {
	URL      string `json:"url"`               // what pinfetch resolves: http, https, ssh or file
	FetchURL string `json:"fetchUrl,omitzero"` // what builds fetch: http or https; default: URL
	sources.Tracking
	sources.Checkout
	sources.Access
	Name string `json:"name,omitzero"` // store name; default: nixpkgs' own
}

// Kind implements [sources.Spec].
func (Spec) Kind() string { return "git" }

// Title implements [sources.Spec] with the last part of the repository's path.
func (s Spec) Title() string {
	path := strings.TrimSuffix(strings.TrimRight(s.URL, "/"), ".git")
	return path[strings.LastIndexAny(path, "/:")+1:]
}

// Validate implements [sources.Spec].
func (s Spec) Validate() error {
	if err := s.Tracking.Validate(); err != nil {
		return err
	}
	if s.Release {
		err := &sources.OptionError{Options: []string{"release"}, Problem: "does not apply to git sources: only forges have releases"}
		return sources.WithSettings(err, sources.Setting{Option: "tag", Value: "*"})
	}
	return cmp.Or(validateRemote(s.URL), s.Fetch(strings.Repeat("0", 40)).Validate())
}

// Accepts implements [sources.Spec].
func (s Spec) Accepts(r sources.Resolution) error {
	return r.Expect(sources.Call{Fetch: s.Fetch(cmp.Or(s.Commit(), r.Rev()))})
}

var (
	sshPattern  = lazyregexp.New(`^ssh://([A-Za-z0-9_.-]+@)?[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]+)?/[!-~]+$`)
	filePattern = lazyregexp.New(`^file:///[^\x00-\x1f\x7f]+$`)
)

// validateRemote allows the transports that the git program may use. Others, such as "ext::", run commands.
func validateRemote(remote string) error {
	scheme, _, _ := strings.Cut(remote, "://")
	switch {
	case scheme == "http" || scheme == "https":
		if u, err := url.Parse(remote); err == nil && (u.RawQuery != "" || u.Fragment != "") {
			err := sources.Invalid("git URL %q has a query or a fragment", redact.URL(u))
			return sources.WithSettings(err, sources.Setting{Option: "branch"}, sources.Setting{Option: "tag"}, sources.Setting{Option: "rev"})
		}
		return sources.ValidateURL(remote)
	case sshPattern.MatchString(remote), filePattern.MatchString(remote):
		return nil
	}
	return sources.Invalid("%q is not a git URL that pinfetch supports", redact.Reference(remote))
}

// GitURL implements [follow.Repository].
func (s Spec) GitURL() string { return s.URL }

// Follows implements [follow.Repository].
func (s Spec) Follows() sources.Tracking { return s.Tracking }

// Following implements [follow.Repository].
func (s Spec) Following(t sources.Tracking) Spec {
	s.Tracking = t
	return s
}

// Fetch implements [follow.Repository].
func (s Spec) Fetch(rev string) sources.Fetch {
	return sources.Fetch{
		Fetcher: sources.FetchGit, URL: cmp.Or(s.FetchURL, s.URL), Rev: rev, Name: sources.StoreName(s.Name), Access: s.Access,
		Submodules: s.Submodules, LFS: s.LFS, SparseCheckout: s.SparseCheckout, RootDir: s.RootDir,
	}
}

// Codec returns what the kind is, without what resolves it.
func Codec() sources.Codec {
	return sources.Define(sources.Definition{
		Name: "git",
		References: []sources.Reference{
			{Form: "git+https://HOST/PATH", Help: "a git repository"},
			{Form: "https://HOST/PATH.git", Help: "the same"},
			{Form: "git+ssh://USER@HOST/PATH", Help: "a repository over ssh"},
			{Form: "USER@HOST:PATH", Help: "the same"},
			{Form: "git+file:///PATH", Help: "a local repository"},
		},
		Options: sources.GitOptions("fetch-url"),
	}, parse, ask)
}

// New returns the kind. It resolves Specs by the refs that it lists.
func New(refs sources.RefLister) sources.Kind {
	r := follow.Resolver[Spec](refs)
	r.Compare = func(_ Spec, from, to sources.Resolution) string {
		return forge.Compare(to.Call().URL, from.Rev(), to.Rev())
	}
	return sources.NewKind(Codec(), r)
}
