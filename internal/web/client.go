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
	"net/url"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/pinfetch/pinfetch/pkg/redact"
)

// Defaults and bounds.
const (
	MaxRedirects   = 20               // as curl in fetchurl: --max-redirs 20
	DefaultTries   = 4                // of one request, the first included
	DefaultStall   = 30 * time.Second // without a byte
	DefaultPerHost = 100              // requests in flight over HTTP/2, which is what servers allow on a connection
	DefaultHTTP1   = 25               // requests in flight, each on a connection of its own, over HTTP/1
	MaxRetryAfter  = 60 * time.Second // a longer Retry-After is not waited for
	firstBackoff   = 500 * time.Millisecond
	maxHeaderBytes = 1 << 20
)

// Options configures a [Client]. The zero value is usable.
type Options struct {
	UserAgent   string
	Proxy       func(*url.URL) (*url.URL, error) // which proxy serves a URL; default: none
	Roots       *x509.CertPool                   // trusted authorities; default: the system's
	Credentials Credentials
	Stall       time.Duration // default [DefaultStall]
	Tries       int           // default [DefaultTries]
	PerHost     int           // default [DefaultPerHost]
	Log         func(string)  // told of every request and answer, without secrets; nil for nobody
	Backoff     time.Duration // before the second try, doubling after; default 0.5 s
}

// Client sends requests. It is safe for concurrent use.
type Client struct {
	options   Options
	transport *http.Transport
	hosts     hosts
}

// New returns a Client.
func New(o Options) *Client {
	o.Stall = cmp.Or(o.Stall, DefaultStall)
	o.Tries = cmp.Or(o.Tries, DefaultTries)
	o.PerHost = cmp.Or(o.PerHost, DefaultPerHost)
	o.Backoff = cmp.Or(o.Backoff, firstBackoff)
	t := &http.Transport{
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // the bytes as sent are what is hashed
		TLSClientConfig:        &tls.Config{RootCAs: o.Roots},
		MaxResponseHeaderBytes: maxHeaderBytes,
		MaxIdleConnsPerHost:    DefaultHTTP1,
		IdleConnTimeout:        90 * time.Second,
	}
	if o.Proxy != nil {
		t.Proxy = func(r *http.Request) (*url.URL, error) { return o.Proxy(r.URL) }
	}
	return &Client{options: o, transport: t, hosts: hosts{perHost: o.PerHost, known: make(map[string]*host)}}
}

// Request is one request. Its body, if any, is in memory, so that it can be sent again.
type Request struct {
	Method string // default GET
	URL    string
	Header http.Header
	Body   []byte
}

// Do sends a request and hands each answer with a 2xx status to consume, which reads the body and
// whose error is returned. If the connection breaks meanwhile, the request is sent
// again and consume is called again: it must start over. Any other status is a [*StatusError].
func (c *Client) Do(ctx context.Context, r Request, consume func(*http.Response) error) error {
	return c.retry(ctx, r, func(resp *http.Response) error {
		if err := c.checkStatus(resp); err != nil {
			return delayed(resp, err)
		}
		return consume(resp)
	})
}

// checkStatus is [CheckStatus] for a server that repeats what it was told.
func (c *Client) checkStatus(resp *http.Response) error {
	err := CheckStatus(resp)
	var status *StatusError
	if errors.As(err, &status) {
		status.Text = c.options.Credentials.Redact(status.Text)
	}
	return err
}

// retry sends a request until consume is content, the tries are used up, or an
// error is not worth another try.
func (c *Client) retry(ctx context.Context, r Request, consume func(*http.Response) error) error {
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.Multiplier = c.options.Backoff, 2
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := c.try(ctx, r, consume)
		if err != nil && !isTransient(err) {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(wait), backoff.WithMaxTries(uint(c.options.Tries)), backoff.WithMaxElapsedTime(0))
	var permanent *backoff.PermanentError
	if errors.As(err, &permanent) {
		err = permanent.Err
	}
	var wished *delayedError
	if errors.As(err, &wished) {
		err = wished.err
	}
	return err
}

// delayedError asks for a new try after a time that the server named.
type delayedError struct {
	err   error
	after *backoff.RetryAfterError
}

func (e *delayedError) Error() string   { return e.err.Error() }
func (e *delayedError) Unwrap() []error { return []error{e.err, e.after} }

// delayed heeds Retry-After; a wait that is too long is not worth a new try.
func delayed(resp *http.Response, err error) error {
	after, found := retryAfter(resp)
	var status *StatusError
	if errors.As(err, &status) && !found && !status.Reset.IsZero() {
		after, found = max(time.Until(status.Reset), 0), true
	}
	switch {
	case !found || !isTransient(err):
		return err
	case after > MaxRetryAfter:
		return NoRetry(err)
	}
	return &delayedError{err, &backoff.RetryAfterError{Duration: after}}
}

// try sends a request once.
func (c *Client) try(ctx context.Context, r Request, consume func(*http.Response) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	req, err := http.NewRequestWithContext(ctx, cmp.Or(r.Method, http.MethodGet), r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return NoRetry(fmt.Errorf("request: %w", redactError(err)))
	}
	if r.Header != nil {
		req.Header = r.Header.Clone()
	}
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", c.options.UserAgent)
	}
	c.options.Credentials.Apply(req)
	// One timer from the first dial to the last byte: net/http's own cover less.
	stall := time.AfterFunc(c.options.Stall, func() { cancel(ErrStalled) })
	defer stall.Stop()
	resp, err := c.chain(req.URL, stall).Do(req)
	if err != nil {
		err = c.describe(ctx, req, err)
		c.log(err.Error())
		return err
	}
	c.log(fmt.Sprintf("%s %s: %s %d", req.Method, redact.URL(resp.Request.URL), resp.Proto, resp.StatusCode))
	defer resp.Body.Close()
	stall.Reset(c.options.Stall)
	body := &watchedBody{ReadCloser: resp.Body, timer: stall, stall: c.options.Stall, ctx: ctx}
	resp.Body = body
	if err := consume(resp); err != nil {
		if body.err != nil && !errors.Is(err, errNoRetry) {
			return fmt.Errorf("%s %s: %w", req.Method, redact.URL(req.URL), err)
		}
		return err
	}
	return nil
}

func (c *Client) log(line string) {
	if c.options.Log != nil {
		c.options.Log(line)
	}
}

// chain returns a client for one request and the redirects that follow from it.
func (c *Client) chain(first *url.URL, stall *time.Timer) *http.Client {
	jar, _ := cookiejar.New(nil) // never fails
	return &http.Client{
		Transport: &turn{c, stall},
		Jar:       jar,
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			switch {
			case len(via) > MaxRedirects:
				return ErrRedirects
			case req.Method != via[0].Method: // a POST that would go on as a GET, without its body (RFC 9110, 15.4)
				return http.ErrUseLastResponse
			case via[len(via)-1].URL.Scheme == "https" && req.URL.Scheme != "https":
				return fmt.Errorf("redirect from https to %.20q: %w", req.URL.Scheme, ErrInsecure)
			case req.URL.Scheme != "http" && req.URL.Scheme != "https":
				return fmt.Errorf("redirect to %.20q: %w", req.URL.Scheme, ErrProtocol)
			}
			// net/http lets credentials follow to subdomains; here they stay at home.
			req.Header.Del("Authorization")
			req.Header.Del("Referer")
			if hostOf(req.URL) == hostOf(first) {
				c.options.Credentials.Apply(req)
			}
			return nil
		},
	}
}

// describe gives an error of the transport its class.
func (c *Client) describe(ctx context.Context, req *http.Request, err error) error {
	class := ErrUnreachable
	var certificate *tls.CertificateVerificationError
	switch cause := context.Cause(ctx); {
	case cause != nil:
		return fmt.Errorf("%s %s: %w", req.Method, redact.URL(req.URL), cause)
	case errors.Is(err, ErrInsecure), errors.Is(err, ErrRedirects), errors.Is(err, ErrProtocol):
		return fmt.Errorf("%s %s: %w", req.Method, redact.URL(req.URL), NoRetry(redactError(err)))
	case strings.Contains(err.Error(), "Location header"): // net/http has no type for it, and repeats it
		return NoRetry(fmt.Errorf("%s %s: redirect to a malformed address: %w", req.Method, redact.URL(req.URL), ErrProtocol))
	case errors.As(err, &certificate):
		class = ErrInsecure
	}
	return fmt.Errorf("%s %s: %w: %w", req.Method, redact.URL(req.URL), class, redactError(err))
}

// watchedBody ends a body that stalls and gives its errors a class.
type watchedBody struct {
	io.ReadCloser
	timer *time.Timer
	stall time.Duration
	ctx   context.Context
	err   error // what ended it, other than EOF
}

func (b *watchedBody) Read(p []byte) (int, error) {
	b.timer.Reset(b.stall) // between reads it is the consumer that takes its time
	n, err := b.ReadCloser.Read(p)
	b.timer.Stop()
	if err != nil && err != io.EOF {
		b.err = fmt.Errorf("%w: %w", ErrTruncated, err)
		if cause := context.Cause(b.ctx); cause != nil {
			b.err = cause // the read error is but its consequence
		}
		err = b.err
	}
	return n, err
}

// RoundTripper returns the client as a transport for libraries that bring their own
// http.Client: credentials, retries and limits are the same. It hands over every status that is not transient.
func (c *Client) RoundTripper() http.RoundTripper { return roundTripper{c} }

type roundTripper struct{ c *Client }

// maxLibraryAnswer bounds in bytes what is taken from a library or handed to it; it is held in memory.
const maxLibraryAnswer = 32 << 20

func (t roundTripper) RoundTrip(req *http.Request) (*http.Response, error) {
	var out *http.Response
	r := Request{Method: req.Method, URL: req.URL.String(), Header: req.Header}
	if req.Body != nil {
		var err error
		r.Body, err = ReadAll(req.Body, maxLibraryAnswer)
		if err := errors.Join(err, req.Body.Close()); err != nil {
			return nil, err
		}
	}
	err := t.c.retry(req.Context(), r, func(resp *http.Response) error {
		if err := t.c.checkStatus(resp); err != nil && isTransient(err) {
			return delayed(resp, err)
		}
		data, err := ReadAll(resp.Body, maxLibraryAnswer)
		if err != nil {
			return err
		}
		out = resp
		out.Body = io.NopCloser(bytes.NewReader(data))
		return nil
	})
	return out, err
}

// ReadAll reads a body of at most limit bytes; a larger one is [ErrTooLarge].
func ReadAll(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, NoRetry(fmt.Errorf("more than %d bytes: %w", limit, ErrTooLarge))
	}
	return data, nil
}
