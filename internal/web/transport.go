package web

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

// RoundTripper returns the client as a transport for libraries that have their own http.Client: with the same
// credentials, retries and limits. It returns responses with status 200, 203 or 304; every other status is
// a [*StatusError]. After a host has refused a request because of a rate limit, requests to it fail with the same error
// until the limit resets, and nothing is sent.
func (c *Client) RoundTripper() http.RoundTripper {
	return &roundTripper{client: c}
}

// WritingRoundTripper is [Client.RoundTripper] for libraries that write. It also returns the responses of all other 2xx
// statuses to a request that is neither GET nor HEAD. A POST is sent at most [Request.Once]: a server may have acted on one
// whose response was lost. PUT, PATCH and DELETE are sent again as GET is. It must not be wrapped in a cache: a library
// reads what it has just written.
func (c *Client) WritingRoundTripper() http.RoundTripper {
	return &roundTripper{client: c, writes: true}
}

type roundTripper struct {
	client *Client
	writes bool
	limits sync.Map // host to *StatusError
}

// maxLibraryBody limits in bytes the bodies of a library's requests and responses, which are held in memory.
const maxLibraryBody = 32 << 20

// RoundTrip implements [http.RoundTripper].
func (t *roundTripper) RoundTrip(req *http.Request) (*http.Response, error) {
	if limit, found := t.limits.Load(req.URL.Host); found && time.Now().Before(limit.(*StatusError).Reset) {
		return nil, limit.(*StatusError)
	}
	r := Request{Method: req.Method, URL: req.URL.String(), Header: req.Header, Once: t.writes && req.Method == http.MethodPost}
	if req.Body != nil {
		var err error
		r.Body, err = ReadAll(req.Body, maxLibraryBody)
		if err := errors.Join(err, req.Body.Close()); err != nil {
			return nil, err
		}
	}
	var out *http.Response
	err := t.client.do(req.Context(), r, func(resp *http.Response) error {
		if !t.isAnswer(req.Method, resp) {
			return t.client.refusal(resp)
		}
		data, err := ReadAll(resp.Body, maxLibraryBody)
		resp.Body = io.NopCloser(bytes.NewReader(data))
		out = resp
		return err
	})
	var status *StatusError
	if errors.As(err, &status) && errors.Is(status, ErrRateLimited) {
		t.limits.Store(req.URL.Host, status)
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// isAnswer reports whether a library gets a response.
func (t *roundTripper) isAnswer(method string, resp *http.Response) bool {
	if t.writes && method != http.MethodGet && method != http.MethodHead && method != "" {
		return resp.StatusCode/100 == 2
	}
	return isSuccess(resp) || resp.StatusCode == http.StatusNotModified
}
