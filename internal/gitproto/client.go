package gitproto

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/redact"
)

// Client asks remotes for refs and remembers the answers: whoever asks for what
// an earlier answer covers causes no request. It is safe for concurrent use.
type Client struct {
	web *web.Client
	git *Git

	mu      sync.Mutex
	remotes map[string]*remote
	servers map[string]*server
}

// server is what is known of one host.
type server struct {
	asksFirst atomic.Bool // wants to be asked for its capabilities before anything else
}

// NewClient returns a Client that sends its requests through w and leaves
// transports other than http to git.
func NewClient(w *web.Client, git *Git) *Client {
	return &Client{web: w, git: git, remotes: make(map[string]*remote), servers: make(map[string]*server)}
}

// remote is what is known of one repository.
type remote struct {
	mu       sync.Mutex // held during a request, so that others wait for its answer
	wanted   []string   // prefixes announced; guarded by Client.mu
	prefixes []string   // prefixes that refs covers
	refs     Refs
	err      error // of the last request
}

// Announce says that refs below these prefixes of a remote will be asked for, so that the first
// request can ask for all of them at once.
func (c *Client) Announce(remoteURL string, prefixes ...string) {
	r := c.remote(remoteURL)
	c.mu.Lock()
	defer c.mu.Unlock()
	r.wanted = merge(r.wanted, prefixes)
}

// Refs returns a remote's refs whose full names begin with one of the prefixes;
// "HEAD" asks for the default branch. It may return others too.
//
// Its errors are [ErrNotFound], [ErrProtocol], [ErrNoGit], [ErrGit], or package web's.
func (c *Client) Refs(ctx context.Context, remoteURL string, prefixes ...string) (Refs, error) {
	r := c.remote(remoteURL)
	r.mu.Lock()
	defer r.mu.Unlock()
	isKnown := func(prefix string) bool {
		return covers(r.prefixes, []string{prefix}) || r.refs.Head != "" && prefix == r.refs.Head
	}
	if !slices.ContainsFunc(prefixes, func(p string) bool { return !isKnown(p) }) {
		return r.refs, r.err
	}
	c.mu.Lock()
	ask := merge(merge(slices.Clone(r.prefixes), r.wanted), prefixes)
	c.mu.Unlock()
	refs, err := c.list(ctx, remoteURL, ask)
	if ctx.Err() != nil {
		return Refs{}, cmp.Or(err, context.Cause(ctx)) // says nothing about the remote
	}
	r.refs, r.err, r.prefixes = refs, err, ask
	return refs, err
}

func (c *Client) remote(remoteURL string) *remote {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, found := c.remotes[remoteURL]
	if !found {
		r = &remote{}
		c.remotes[remoteURL] = r
	}
	return r
}

func (c *Client) server(base string) *server {
	host := base
	if u, err := url.Parse(base); err == nil {
		host = u.Host
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s, found := c.servers[host]
	if !found {
		s = &server{}
		c.servers[host] = s
	}
	return s
}

func (c *Client) list(ctx context.Context, remoteURL string, prefixes []string) (Refs, error) {
	var refs Refs
	u, err := url.Parse(remoteURL)
	if err == nil && (u.Scheme == "http" || u.Scheme == "https") {
		refs, err = c.lsRefs(ctx, remoteURL, prefixes)
	} else {
		refs, err = c.git.lsRemote(ctx, remoteURL)
	}
	if err != nil {
		return Refs{}, fmt.Errorf("list refs of %s: %w", redact.Address(remoteURL), err)
	}
	slices.SortFunc(refs.List, func(a, b Ref) int { return strings.Compare(a.Name, b.Name) })
	return refs, nil
}

// merge adds the prefixes that are not covered yet and drops those that an added one covers.
func merge(have, add []string) []string {
	for _, prefix := range add {
		if !covers(have, []string{prefix}) {
			have = slices.DeleteFunc(have, func(h string) bool { return strings.HasPrefix(h, prefix) })
			have = append(have, prefix)
		}
	}
	return have
}

func covers(have, want []string) bool {
	for _, prefix := range want {
		if !slices.ContainsFunc(have, func(h string) bool { return strings.HasPrefix(prefix, h) }) {
			return false
		}
	}
	return true
}
