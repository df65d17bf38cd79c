package web

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// firstResponse is how long other requests wait for a host's first response.
const firstResponse = 2 * time.Second

// host is the state of one host, of which it limits the number of concurrent requests.
//
// The first request to a host is sent alone: net/http would open a connection for every waiting request before it
// knows that HTTP/2 lets them share one.
type host struct {
	slots     *semaphore.Weighted
	contacted atomic.Bool
	responded chan struct{} // closed once the first request has succeeded or failed
	respond   func()        // closes responded
	http2     atomic.Bool
}

func (c *Client) host(u *url.URL) *host {
	responded := make(chan struct{})
	known, _ := c.hosts.LoadOrStore(u.Scheme+"://"+u.Host, &host{
		slots: semaphore.NewWeighted(MaxRequests), responded: responded, respond: sync.OnceFunc(func() { close(responded) }),
	})
	return known.(*host)
}

// acquire waits until another request may be sent. release must be called after its response was read.
func (h *host) acquire(ctx context.Context) (release func(), err error) {
	if h.contacted.Swap(true) {
		patience := time.NewTimer(firstResponse)
		defer patience.Stop()
		select {
		case <-h.responded:
		case <-patience.C:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	weight := int64(1)
	if !h.http2.Load() {
		weight = MaxRequests / MaxHTTP1
	}
	if err := h.slots.Acquire(ctx, weight); err != nil {
		return nil, context.Cause(ctx)
	}
	return sync.OnceFunc(func() { h.slots.Release(weight) }), nil
}

// queue is the transport of one request and its redirects. Each waits for a free slot of its host, which does not count
// as a stall.
type queue struct {
	client *Client
	pace   *pace
}

// RoundTrip implements [http.RoundTripper].
func (q *queue) RoundTrip(req *http.Request) (*http.Response, error) {
	host := q.client.host(req.URL)
	q.pace.stop(0)
	release, err := host.acquire(req.Context())
	q.pace.start()
	if err != nil {
		return nil, err
	}
	resp, err := q.client.transport.RoundTrip(req)
	if err == nil && resp.ProtoMajor >= 2 {
		host.http2.Store(true)
	}
	host.respond()
	if err == nil && resp.StatusCode/100 == 3 {
		err = checkLocation(resp)
	}
	if err != nil {
		release()
		return nil, err
	}
	resp.Body = &slotBody{resp.Body, release}
	return resp, nil
}

// checkLocation refuses a redirect to a malformed address. net/http's own error for it has no type and repeats the
// address.
func checkLocation(resp *http.Response) error {
	if _, err := resp.Location(); err != nil && err != http.ErrNoLocation {
		resp.Body.Close()
		return fmt.Errorf("redirect to a malformed address: %w", ErrProtocol)
	}
	return nil
}

// slotBody frees its request's slot when it is closed.
type slotBody struct {
	io.ReadCloser
	release func()
}

func (b *slotBody) Close() error {
	defer b.release()
	return b.ReadCloser.Close()
}
