// Package gitrefs lists the refs of git remotes.
//
// Over http and https it speaks version 2 of git's protocol itself (gitprotocol-v2(5), gitprotocol-http(5)). It sends
// a single POST of ls-refs without asking for the server's capabilities first; ref-prefix arguments keep the response
// small, whatever the size of the repository. Servers that do not know version 2 return the whole list of version 0.
// Remotes of all other transports are listed by a function that the [Client] is given.
package gitrefs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

var (
	// ErrNotFound is the class of repositories that do not exist, or that this user may not see.
	ErrNotFound = fmt.Errorf("repository %w", sources.ErrNotFound)
	// ErrProtocol is the class of responses that do not follow git's protocol.
	ErrProtocol = errors.New("not a response of a git server")
)

// Error is a failure to list the refs of a remote.
type Error struct {
	URL string // as given; the message shows it redacted
	Err error
}

func (e *Error) Error() string {
	return fmt.Sprintf("list refs of %s: %v", redact.Address(e.URL), e.Err)
}
func (e *Error) Unwrap() error { return e.Err }

// Client lists the refs of remotes and remembers them: refs that an earlier response covers cause no request. It is
// safe for concurrent use.
type Client struct {
	web   *web.Client
	other Lister

	remotes           sync.Map // URL to *remote
	needsCapabilities sync.Map // hosts that answer ls-refs only if their capabilities were requested first
}

// Lister lists all refs of a remote.
type Lister func(ctx context.Context, remoteURL string) (sources.Refs, error)

// NewClient returns a Client that sends its requests through w and lists remotes of transports other than http and
// https with other.
func NewClient(w *web.Client, other Lister) *Client {
	return &Client{web: w, other: other}
}

// remote is the state of one repository.
type remote struct {
	announcing sync.Mutex
	announced  []string // prefixes

	requesting sync.Mutex // held during a request, so that others wait for its response
	prefixes   []string   // prefixes that refs covers
	refs       sources.Refs
	err        error // of the last request
}

func (c *Client) remote(remoteURL string) *remote {
	r, _ := c.remotes.LoadOrStore(remoteURL, &remote{})
	return r.(*remote)
}

// Announce tells the client that refs with these prefixes will be needed, so that its first request to the remote can
// ask for all of them.
func (c *Client) Announce(remoteURL string, prefixes ...string) {
	r := c.remote(remoteURL)
	r.announcing.Lock()
	defer r.announcing.Unlock()
	r.announced = merge(r.announced, prefixes)
}

// Refs returns the refs of a remote whose full names begin with one of the prefixes, and possibly others. "HEAD"
// asks for the default branch.
//
// The error is an [*Error] that wraps an [ErrNotFound], an [ErrProtocol], or an error of package web or of the
// [Lister].
func (c *Client) Refs(ctx context.Context, remoteURL string, prefixes ...string) (sources.Refs, error) {
	r := c.remote(remoteURL)
	r.requesting.Lock()
	defer r.requesting.Unlock()
	isKnown := func(prefix string) bool {
		return covers(r.prefixes, prefix) || r.refs.Head != "" && prefix == r.refs.Head
	}
	if !slices.ContainsFunc(prefixes, func(p string) bool { return !isKnown(p) }) {
		return r.refs, r.err
	}
	r.announcing.Lock()
	ask := merge(merge(slices.Clone(r.prefixes), r.announced), prefixes)
	r.announcing.Unlock()
	refs, err := c.list(ctx, remoteURL, ask)
	if ctx.Err() != nil {
		return sources.Refs{}, cmp.Or(err, context.Cause(ctx)) // not the fault of the remote
	}
	r.refs, r.err, r.prefixes = refs, err, ask
	return refs, err
}

func (c *Client) list(ctx context.Context, remoteURL string, prefixes []string) (sources.Refs, error) {
	var refs sources.Refs
	var err error
	if strings.HasPrefix(remoteURL, "http://") || strings.HasPrefix(remoteURL, "https://") {
		refs, err = c.lsRefs(ctx, remoteURL, prefixes)
	} else {
		refs, err = c.other(ctx, remoteURL)
	}
	if err != nil {
		return sources.Refs{}, &Error{remoteURL, err}
	}
	if len(refs.Head) > maxName {
		refs.Head = ""
	}
	slices.SortFunc(refs.List, func(a, b sources.Ref) int { return strings.Compare(a.Name, b.Name) })
	return refs, nil
}

// merge adds the prefixes that are not covered yet, and drops those that an added one covers.
func merge(have, add []string) []string {
	for _, prefix := range add {
		if !covers(have, prefix) {
			have = slices.DeleteFunc(have, func(h string) bool { return strings.HasPrefix(h, prefix) })
			have = append(have, prefix)
		}
	}
	return have
}

// covers reports whether prefixes match every ref that prefix matches.
func covers(prefixes []string, prefix string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(prefix, p) })
}
