package main

import (
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/github"
)

// advise returns a hint that depends on more than the class of an error: on the host, or on when a limit resets. It is
// "" if the hint of the class is enough.
func advise(err error) string {
	var limit *github.RateLimitError
	var status *web.StatusError
	var remote *gitrefs.Error
	hasStatus := errors.As(err, &status)
	switch {
	case errors.As(err, &limit):
		return adviseLimit(limit.Reset)
	case hasStatus && errors.Is(status, web.ErrRateLimited):
		return adviseLimit(status.Reset)
	case errors.As(err, &remote):
		return adviseRemote(remote)
	case hasStatus && errors.Is(err, sources.ErrNotFound):
		return adviseMissing(status.Host)
	}
	return ""
}

func adviseLimit(reset time.Time) string {
	if reset.IsZero() {
		return ""
	}
	return fmt.Sprintf("the limit resets at %s; wait until then, or set GITHUB_TOKEN for a larger quota", reset.UTC().Format(time.RFC3339))
}

func adviseRemote(err *gitrefs.Error) string {
	u, parseErr := url.Parse(err.URL)
	if parseErr != nil {
		return ""
	}
	switch {
	case errors.Is(err, gitrefs.ErrNotFound) && u.Scheme == "file":
		return "check the address: it is a directory on this machine"
	case errors.Is(err, gitrefs.ErrNotFound):
		return adviseMissing(u.Host)
	case errors.Is(err, web.ErrUnauthorized):
		return "the repository does not exist, or it is private and no valid token is set: check the name, or set " + tokenFor(u.Host)
	case errors.Is(err, gitcmd.ErrNoGit):
		return "install git: it is needed for transports other than http"
	case errors.Is(err, gitrefs.ErrProtocol):
		return "check that a git repository is served at this address: git ls-remote " + redact.Reference(err.URL)
	}
	return ""
}

func adviseMissing(host string) string {
	return "check the owner and the name in the address; for a private repository set " + tokenFor(host)
}

// tokenFor names where a user sets the token for a host.
func tokenFor(host string) string {
	if host == github.DefaultHost || host == github.APIAddress(github.DefaultHost) {
		return "GITHUB_TOKEN"
	}
	return "an entry for " + host + " in ~/.netrc"
}
