package follow

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/pinfetch/pinfetch/internal/gitproto"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Remotes answers for repositories by their URLs. It asks each as little and as rarely as [gitproto.Client] can.
type Remotes struct {
	Refs *gitproto.Client
}

// Announce says that t is about to be resolved.
func (r Remotes) Announce(remoteURL string, t sources.Tracking) {
	r.Refs.Announce(remoteURL, Prefixes(t)...)
}

// Choose settles an open Tracking as the function [Choose] does.
func (r Remotes) Choose(ctx context.Context, remoteURL, repository string, t sources.Tracking) (sources.Tracking, string, error) {
	refs, err := r.list(ctx, remoteURL, t)
	if err != nil {
		return t, "", err
	}
	return Choose(refs, repository, t)
}

// Resolve finds the commit that t means now. A fixed commit needs no request.
func (r Remotes) Resolve(ctx context.Context, remoteURL string, t sources.Tracking) (Target, error) {
	refs, err := r.list(ctx, remoteURL, t)
	if err != nil {
		return Target{}, err
	}
	return Resolve(refs, t)
}

func (r Remotes) list(ctx context.Context, remoteURL string, t sources.Tracking) (gitproto.Refs, error) {
	prefixes := Prefixes(t)
	if len(prefixes) == 0 {
		return gitproto.Refs{}, nil
	}
	refs, err := r.Refs.Refs(ctx, remoteURL, prefixes...)
	return refs, Advise(remoteURL, err)
}

// Advise adds to an error what to do about it.
func Advise(remoteURL string, err error) error {
	u, parseErr := url.Parse(remoteURL)
	if parseErr != nil {
		return err
	}
	token := "an entry for " + u.Host + " in ~/.netrc"
	if u.Host == "github.com" {
		token = "GITHUB_TOKEN"
	}
	switch {
	case errors.Is(err, gitproto.ErrNotFound) && u.Scheme == "file":
		return sources.WithHint(fmt.Errorf("%w: %w", sources.ErrNotFound, err), "check the address: it is a folder on this machine")
	case errors.Is(err, gitproto.ErrNotFound), errors.Is(err, web.ErrNotFound):
		return sources.WithHint(fmt.Errorf("%w: %w", sources.ErrNotFound, err),
			"check the owner and the name in the address; for a private repository set %s", token)
	case errors.Is(err, web.ErrUnauthorized):
		return sources.WithHint(err, "the repository does not exist, or it is private and no valid token is set: check the name, or set %s", token)
	case errors.Is(err, gitproto.ErrNoGit):
		return sources.WithHint(err, "install git: it is needed for transports other than http")
	case errors.Is(err, gitproto.ErrProtocol):
		return sources.WithHint(err, "check that a git repository is served there: git ls-remote %s", remoteURL)
	}
	return err
}
