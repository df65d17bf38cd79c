// Package git is the kind of source for git repositories anywhere.
//
// A repository is resolved over http or https without the git program, over ssh and the file
// system with it. The pin is a checkout (fetchgit), which a builder makes over http or https: it has
// neither the user's keys nor the user's files.
package git

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/follow"
)

// Spec is one repository and what is followed of it.
type Spec struct {
	URL      string `json:"url"`               // what is resolved: http, https, ssh or file
	FetchURL string `json:"fetchUrl,omitzero"` // what is fetched, where it differs: http or https
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
	if err := s.Checkout.Validate(); err != nil {
		return err
	}
	if s.Release {
		return sources.WithHint(sources.Invalid("a plain git repository has no releases"), "use --tag to follow version tags")
	}
	if err := validateRemote(s.URL); err != nil {
		return err
	}
	f := s.fetch(strings.Repeat("0", 40))
	return f.Validate()
}

var (
	sshPattern  = regexp.MustCompile(`^ssh://([A-Za-z0-9_.-]+@)?[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]+)?/[!-~]+$`)
	filePattern = regexp.MustCompile(`^file:///[^\x00-\x1f\x7f]+$`)
)

// validateRemote holds a URL to the transports that the git program is allowed;
// "ext::" and its like run commands.
func validateRemote(remote string) error {
	switch scheme, _, _ := strings.Cut(remote, "://"); scheme {
	case "http", "https":
		u, err := url.Parse(remote)
		if err == nil && (u.RawQuery != "" || u.Fragment != "") {
			return sources.WithHint(sources.Invalid("git URL %q has a query or a fragment", redact.URL(u)),
				"use --branch, --tag or --rev to say what to follow")
		}
		return sources.ValidateURL(remote)
	case "ssh":
		if sshPattern.MatchString(remote) {
			return nil
		}
	case "file":
		if filePattern.MatchString(remote) {
			return nil
		}
	}
	return sources.Invalid("%q is no git URL that pinfetch follows", redact.Reference(remote))
}

func (s Spec) fetch(rev string) sources.Fetch {
	f := sources.Fetch{
		Fetcher: sources.FetchGit, URL: s.URL, Rev: rev, Name: s.Name, Access: s.Access,
		Submodules: s.Submodules, LFS: s.LFS, SparseCheckout: s.SparseCheckout, RootDir: s.RootDir,
	}
	if s.FetchURL != "" {
		f.URL = s.FetchURL
	}
	return f
}

// Refs lists the refs of git remotes.
type Refs interface {
	// Announce says that refs with these prefixes will be needed, so that one request can ask for all of them.
	Announce(remoteURL string, prefixes ...string)
	// Refs returns the refs whose full names begin with one of the prefixes.
	Refs(ctx context.Context, remoteURL string, prefixes ...string) (sources.Refs, error)
}

// New returns the kind.
func New(refs Refs) sources.Kind {
	remotes := follow.Remotes{Refs: refs}
	return sources.Define(sources.Actions[Spec]{
		Parse:    parse,
		Announce: func(s Spec) { remotes.Announce(s.URL, s.Tracking) },
		Choose: func(ctx context.Context, s Spec) (_ Spec, note string, err error) {
			s.Tracking, note, err = remotes.Choose(ctx, s.URL, s.Title(), s.Tracking)
			return s, note, err
		},
		Resolve: func(ctx context.Context, s Spec) (sources.Resolution, error) {
			target, err := remotes.Resolve(ctx, s.URL, s.Tracking)
			if err != nil {
				return sources.Resolution{}, err
			}
			return sources.Resolution{
				Facts: sources.Facts{Ref: target.Ref, Version: target.Version},
				Fetch: s.fetch(target.Rev),
			}, nil
		},
		Compare: compare,
	})
}

// comparePage is where a forge that is known by its host compares two commits.
func comparePage(host string) string {
	switch host {
	case "github.com", "codeberg.org", "gitea.com":
		return "compare"
	case "gitlab.com", "gitlab.freedesktop.org", "gitlab.gnome.org", "salsa.debian.org", "invent.kde.org":
		return "-/compare"
	}
	return ""
}

func compare(_ Spec, from, to sources.Resolution) string {
	u, err := url.Parse(to.Fetch.URL)
	if err != nil || from.Fetch.Rev == "" || from.Fetch.Rev == to.Fetch.Rev || comparePage(u.Host) == "" {
		return ""
	}
	return fmt.Sprintf("%s/%s/%s...%s", strings.TrimSuffix(strings.TrimRight(to.Fetch.URL, "/"), ".git"), comparePage(u.Host), from.Fetch.Rev, to.Fetch.Rev)
}
