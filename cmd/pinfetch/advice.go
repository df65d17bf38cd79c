package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/internal/prefetch"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/github"
)

// advise returns a hint that depends on more than the class of an error, "" if the hint of the class is enough.
func advise(err error) string {
	var specific interface{ Hint() string }
	if errors.As(err, &specific) {
		if hint := joinAdvice(specific.Hint(), adviseSettings(err)); hint != "" {
			return hint
		}
	}
	var unknown *engine.UnknownNameError
	var mismatch *engine.MismatchError
	var limit *github.RateLimitError
	var status *web.StatusError
	var remote *gitrefs.Error
	var call *prefetch.Error
	hasStatus := errors.As(err, &status)
	switch {
	case errors.As(err, &unknown):
		return adviseName(unknown)
	case errors.As(err, &mismatch):
		return adviseMismatch(mismatch)
	case errors.As(err, &limit):
		return adviseLimit(limit.Reset)
	case hasStatus && errors.Is(status, web.ErrRateLimited):
		return adviseLimit(status.Reset)
	case errors.As(err, &remote):
		return adviseRemote(remote)
	case errors.As(err, &call):
		return adviseCall(call)
	case hasStatus && errors.Is(err, sources.ErrNotFound):
		return adviseMissing(status.Host)
	}
	return ""
}

func joinAdvice(advice ...string) string {
	var given []string
	for _, a := range advice {
		if a != "" {
			given = append(given, a)
		}
	}
	return strings.Join(given, "; ")
}

// adviseSettings writes the settings that an error suggests as flags.
func adviseSettings(err error) string {
	var advised interface{ Settings() []sources.Setting }
	if !errors.As(err, &advised) {
		return ""
	}
	var flags []string
	for _, s := range advised.Settings() {
		flags = append(flags, strings.TrimSpace("--"+s.Option+" "+quoteGlob(s.Value)))
	}
	switch last := len(flags) - 1; {
	case last < 0:
		return ""
	case last == 0 && advised.Settings()[0] == sources.Setting{Option: "constraint"}:
		return "widen --constraint"
	case last == 0:
		return "use " + flags[0]
	default:
		return "use " + strings.Join(flags[:last], ", ") + " or " + flags[last]
	}
}

// quoteGlob quotes what a shell would expand.
func quoteGlob(value string) string {
	if strings.ContainsAny(value, "*?[{") {
		return "'" + value + "'"
	}
	return value
}

// messageOf returns an error's text, with options of a request written as flags.
func messageOf(err error) string {
	var option *sources.OptionError
	if !errors.As(err, &option) {
		return err.Error()
	}
	return strings.Replace(err.Error(), option.Error(), option.Text(func(name string) string { return "--" + name }), 1)
}

func adviseName(err *engine.UnknownNameError) string {
	switch {
	case err.IsScope:
		return fmt.Sprintf("%q is a scope: write %s/ for all pins in it", err.Word, err.Word)
	case err.Nearest != "":
		return fmt.Sprintf("did you mean %q?", err.Nearest)
	}
	return ""
}

func adviseMismatch(err *engine.MismatchError) string {
	if err.Call.Rev != "" {
		return "a commit's content cannot change: either the lock was edited by hand, or the server sends something else for " +
			"this commit (export-subst in .gitattributes does that); compare the revision with upstream's, then run: pinfetch update --rehash NAME"
	}
	return "the file behind the URL changed: upstream replaced it, or someone tampers with it; " +
		"check with upstream, then run: pinfetch update --rehash NAME"
}

func adviseCall(err *prefetch.Error) string {
	if err.Fetch.Fetcher != sources.FetchFromGitHub {
		return ""
	}
	switch {
	case errors.Is(err, sources.ErrNotFound):
		return "check that the repository has the commit; for a private repository set " + tokenFor(cmp.Or(err.Fetch.GithubBase, github.DefaultHost))
	case errors.Is(err, hash.ErrNotArchive):
		return "open the address in a browser: the forge or a proxy may require a login"
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
