package web

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/pinfetch/pinfetch/pkg/redact"
)

// Transport returns a transport for libraries that have credentials and retries of their own, and bodies of any size: it shares
// only the proxies, the certificate authorities and the log. A connection on which nothing moves for Options.Stall is
// dropped; the error is an [os.ErrDeadlineExceeded].
func (c *Client) Transport() http.RoundTripper {
	t := &http.Transport{ // HTTP/1 only, because pings of HTTP/2 would count as movement
		Proxy:                  c.transport.Proxy,
		DisableCompression:     true,
		TLSClientConfig:        &tls.Config{RootCAs: c.options.Roots},
		MaxResponseHeaderBytes: maxHeaderBytes,
		MaxIdleConnsPerHost:    MaxHTTP1,
		IdleConnTimeout:        90 * time.Second,
		Protocols:              new(http.Protocols),
	}
	t.Protocols.SetHTTP1(true)
	dialer := &net.Dialer{Timeout: c.options.Stall}
	t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &movingConn{conn, c.options.Stall}, nil
	}
	return &loggedTransport{t, c.options.Log}
}

// movingConn is a connection on which bytes must move. A write gives a waiting read more time, because a server answers after
// the whole request.
type movingConn struct {
	net.Conn
	stall time.Duration
}

func (c *movingConn) Read(p []byte) (int, error) {
	if err := c.SetDeadline(time.Now().Add(c.stall)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

func (c *movingConn) Write(p []byte) (int, error) {
	if err := c.SetDeadline(time.Now().Add(c.stall)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

type loggedTransport struct {
	transport *http.Transport
	log       func(string)
}

// RoundTrip implements [http.RoundTripper].
func (t *loggedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.transport.RoundTrip(req)
	if err != nil {
		t.log(fmt.Sprintf("%s %s: %v", req.Method, redact.URL(req.URL), brief{err}))
		return nil, err
	}
	t.log(fmt.Sprintf("%s %s: %s %d", req.Method, redact.URL(req.URL), resp.Proto, resp.StatusCode))
	return resp, nil
}
