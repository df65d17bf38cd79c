package web

import (
	"context"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// firstAnswer is how long other requests wait for a host's first answer.
const firstAnswer = 2 * time.Second

// hosts bounds how much is asked of each host at once.
//
// The first request to a host goes alone: net/http would open a connection for every request that waits for
// one, before it knows that HTTP/2 lets them share it.
type hosts struct {
	perHost int
	mu      sync.Mutex
	known   map[string]*host // by scheme and address
}

// host is what is known of one host.
type host struct {
	perHost  int64
	inFlight *semaphore.Weighted
	asked    atomic.Bool
	answered chan struct{} // closed once the first request has come to something
	once     sync.Once
	shares   atomic.Bool // speaks HTTP/2
}

func (h *hosts) host(req *http.Request) *host {
	key := req.URL.Scheme + "://" + req.URL.Host
	h.mu.Lock()
	defer h.mu.Unlock()
	known, found := h.known[key]
	if !found {
		known = &host{perHost: int64(h.perHost), inFlight: semaphore.NewWeighted(int64(h.perHost)), answered: make(chan struct{})}
		h.known[key] = known
	}
	return known
}

// enter waits until one more request may be sent. leave must be called once it is answered whole.
func (h *host) enter(ctx context.Context) (leave func(), err error) {
	if h.asked.Swap(true) {
		patience := time.NewTimer(firstAnswer)
		defer patience.Stop()
		select {
		case <-h.answered:
		case <-patience.C:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	weight := int64(1)
	if !h.shares.Load() {
		weight = max(1, h.perHost/DefaultHTTP1)
	}
	if err := h.inFlight.Acquire(ctx, weight); err != nil {
		return nil, context.Cause(ctx)
	}
	return sync.OnceFunc(func() { h.inFlight.Release(weight) }), nil
}

// answer notes how a request went.
func (h *host) answer(resp *http.Response) {
	if resp != nil && resp.ProtoMajor >= 2 {
		h.shares.Store(true)
	}
	h.once.Do(func() { close(h.answered) })
}

// turn is the transport of one request and its redirects: each waits its turn at its host. The time is not
// the host's.
type turn struct {
	c     *Client
	stall *time.Timer
}

func (t *turn) RoundTrip(req *http.Request) (*http.Response, error) {
	host := t.c.hosts.host(req)
	t.stall.Stop()
	leave, err := host.enter(req.Context())
	if err != nil {
		return nil, err
	}
	t.stall.Reset(t.c.options.Stall)
	resp, err := t.c.transport.RoundTrip(req)
	host.answer(resp)
	if err != nil {
		leave()
		return nil, err
	}
	resp.Body = &body{resp.Body, leave}
	return resp, nil
}

// body ends its request's stay at the host when it is closed.
type body struct {
	io.ReadCloser
	leave func()
}

func (b *body) Close() error {
	defer b.leave()
	return b.ReadCloser.Close()
}
