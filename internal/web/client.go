package web

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptrace"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pinfetch/pinfetch/internal/retry"
	"github.com/pinfetch/pinfetch/pkg/redact"
)

// Defaults and limits.
const (
	MaxRedirects   = 20               // as curl in fetchurl: --max-redirs 20
	DefaultStall   = 30 * time.Second // without a byte
	MaxRequests    = 100              // concurrent HTTP/2 requests to a host; servers commonly allow as many on a connection
	MaxHTTP1       = 25               // concurrent HTTP/1 requests to a host, each on its own connection
	MaxRetryAfter  = 60 * time.Second // after a longer Retry-After the request fails at once
	maxHeaderBytes = 1 << 20
)

// Options configures a [Client]. The zero value is usable.
type Options struct {
	UserAgent   string
	Proxy       func(*url.URL) (*url.URL, error) // returns the proxy for a URL; default: no proxy
	Roots       *x509.CertPool                   // trusted certificate authorities; default: the system's
	Credentials Credentials
	Stall       time.Duration // default [DefaultStall]
	Tries       int           // default [retry.DefaultTries]
	Log         func(string)  // receives a line without secrets for every request; may be nil
	Backoff     time.Duration // default [retry.DefaultBackoff]

	// RateLimit recognizes a response that was refused because of a rate limit, and when that limit resets, zero if
	// unknown. text is the server's explanation. It is for servers that do not use status 429 and Retry-After. It may be
	// nil.
	RateLimit func(resp *http.Response, text string) (limited bool, reset time.Time)
}

// Client sends requests. It is safe for concurrent use.
type Client struct {
	options   Options
	transport *http.Transport
	hosts     sync.Map // scheme and address to *host
}

// New returns a Client.
func New(o Options) *Client {
	o.Stall = cmp.Or(o.Stall, DefaultStall)
	if o.Log == nil {
		o.Log = func(string) {}
	}
	if o.RateLimit == nil {
		o.RateLimit = func(*http.Response, string) (bool, time.Time) { return false, time.Time{} }
	}
	t := &http.Transport{
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // the bytes as sent are what is hashed
		TLSClientConfig:        &tls.Config{RootCAs: o.Roots},
		MaxResponseHeaderBytes: maxHeaderBytes,
		MaxIdleConnsPerHost:    MaxHTTP1,
		IdleConnTimeout:        90 * time.Second,
	}
	if o.Proxy != nil {
		t.Proxy = func(r *http.Request) (*url.URL, error) { return o.Proxy(r.URL) }
	}
	return &Client{options: o, transport: t}
}

// Request is an HTTP request. Its body is in memory, so that it can be sent again.
type Request struct {
	Method string // default GET
	URL    string
	Header http.Header
	Body   []byte
	// Once is for a request that must not be acted on twice. It is sent again only if no connection was made, or if it was
	// refused because of a rate limit.
	Once bool
}

// Do sends a request and passes each response that holds what was asked for (status 200 or 203) to consume, which reads
// the body and whose error Do returns. If the connection breaks while consume reads, Do sends the request again and calls consume again, which
// must start over. Every other status is a [*StatusError].
//
// An error of consume is retried if it is marked by package retry.
func (c *Client) Do(ctx context.Context, r Request, consume func(*http.Response) error) error {
	return c.do(ctx, r, func(resp *http.Response) error {
		if !isSuccess(resp) {
			return c.refusal(resp)
		}
		return consume(resp)
	})
}

// isSuccess reports whether a response holds what was asked for. Those with another 2xx status are empty, hold a part, or
// hold a report (RFC 9110, section 15.3).
func isSuccess(resp *http.Response) bool {
	return resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusNonAuthoritativeInfo
}

// do is [Client.Do] for responses of every status.
func (c *Client) do(ctx context.Context, r Request, consume func(*http.Response) error) error {
	policy := retry.Policy{Tries: c.options.Tries, Backoff: c.options.Backoff}
	return retry.Do(ctx, policy, func() error {
		if !r.Once {
			return c.try(ctx, r, consume)
		}
		var connected atomic.Bool
		trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }}
		err := c.try(httptrace.WithClientTrace(ctx, trace), r, consume)
		if err != nil && connected.Load() && !errors.Is(err, ErrRateLimited) {
			return retry.Permanent(err)
		}
		return err
	})
}

// try sends a request once.
func (c *Client) try(ctx context.Context, r Request, consume func(*http.Response) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	req, err := http.NewRequestWithContext(ctx, cmp.Or(r.Method, http.MethodGet), r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return fmt.Errorf("invalid request: %w", withoutURL(err))
	}
	if r.Header != nil {
		req.Header = r.Header.Clone()
	}
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", c.options.UserAgent)
	}
	c.options.Credentials.Apply(req)
	// One pace from the first dial to the last byte: net/http's own timers cover less.
	pace := newPace(c.options.Stall, cancel)
	defer pace.timer.Stop()
	resp, err := c.redirecting(req.URL, pace).Do(req)
	pace.stop(0)
	if err != nil {
		err = describe(ctx, req, err)
		c.options.Log(err.Error())
		return err
	}
	c.options.Log(fmt.Sprintf("%s %s: %s %d", req.Method, redact.URL(resp.Request.URL), resp.Proto, resp.StatusCode))
	defer resp.Body.Close()
	body := &pacedBody{ReadCloser: resp.Body, pace: pace, ctx: ctx}
	resp.Body = body
	err = consume(resp)
	if body.err != nil && errors.Is(err, body.err) && !retry.IsPermanent(err) {
		return fmt.Errorf("%s %s: %w", req.Method, redact.URL(req.URL), err)
	}
	return err
}

// redirecting returns a client for one request and the redirects that follow it.
func (c *Client) redirecting(first *url.URL, pace *pace) *http.Client {
	jar, _ := cookiejar.New(nil) // never fails
	return &http.Client{
		Transport: &queue{c, pace},
		Jar:       jar,
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			switch {
			case len(via) > MaxRedirects:
				return ErrRedirects
			case req.Method != via[0].Method: // a POST that would continue as a GET without its body (RFC 9110, 15.4)
				return http.ErrUseLastResponse
			case via[len(via)-1].URL.Scheme == "https" && req.URL.Scheme != "https":
				return fmt.Errorf("redirect from https to %.20q: %w", req.URL.Scheme, ErrInsecure)
			case req.URL.Scheme != "http" && req.URL.Scheme != "https":
				return fmt.Errorf("redirect to %.20q: %w", req.URL.Scheme, ErrProtocol)
			}
			// net/http sends credentials to subdomains too.
			req.Header.Del("Authorization")
			req.Header.Del("Referer")
			if hostOf(req.URL) == hostOf(first) {
				c.options.Credentials.Apply(req)
				return nil
			}
			req.Header.Del("Private-Token") // GitLab's, as its library sets it
			req.Header.Del("Job-Token")
			return nil
		},
	}
}

// describe adds the request and a class to an error of the transport.
func describe(ctx context.Context, req *http.Request, err error) error {
	var certificate *tls.CertificateVerificationError
	cause := context.Cause(ctx)
	switch {
	case cause != nil:
		err = cause
	case errors.Is(err, ErrInsecure), errors.Is(err, ErrRedirects), errors.Is(err, ErrProtocol):
		err = withoutURL(err)
	case errors.As(err, &certificate):
		err = fmt.Errorf("%w: %w", ErrCertificate, brief{withoutURL(err)})
	default:
		err = fmt.Errorf("%w: %w", ErrUnreachable, brief{withoutURL(err)})
	}
	return fmt.Errorf("%s %s: %w", req.Method, redact.URL(req.URL), err)
}

// withoutURL drops the URL that net/http puts into its errors, because it contains the query.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// pacedBody ends a body that stalls or drips, and classifies its errors.
type pacedBody struct {
	io.ReadCloser
	pace *pace
	ctx  context.Context
	err  error // the error that ended the body, except io.EOF
}

func (b *pacedBody) Read(p []byte) (int, error) {
	b.pace.start() // the time between two reads is the consumer's
	n, err := b.ReadCloser.Read(p)
	b.pace.stop(n)
	if err != nil && err != io.EOF {
		b.err = fmt.Errorf("%w: %w", ErrTruncated, brief{err})
		if cause := context.Cause(b.ctx); cause != nil {
			b.err = cause // the read failed because the context ended
		}
		err = b.err
	}
	return n, err
}

// ReadAll reads at most limit bytes. If there are more, the error is an [ErrTooLarge].
func ReadAll(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("more than %d bytes: %w", limit, ErrTooLarge)
	}
	return data, nil
}
