package web_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pinfetch/pinfetch/internal/retry"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// stall is short, but longer than a response over loopback takes on a loaded machine.
const stall = 700 * time.Millisecond

// Each fault occurs once, and the second attempt succeeds; then it occurs always, and
// the attempts are counted.
func TestTransientFaults(t *testing.T) {
	t.Parallel()
	body := strings.Repeat("0123456789", 2000)
	tests := []struct {
		name    string
		kind    forgetest.Kind
		class   error
		partial bool // consume sees the beginning of the body
	}{
		{"408", forgetest.Status(408, nil, ""), nil, false},
		{"429", forgetest.Status(429, nil, ""), web.ErrRateLimited, false},
		{"500", forgetest.Status(500, nil, ""), web.ErrServer, false},
		{"502", forgetest.Status(502, nil, ""), web.ErrServer, false},
		{"503", forgetest.Status(503, nil, ""), web.ErrServer, false},
		{"504", forgetest.Status(504, nil, ""), web.ErrServer, false},
		{"503 with Retry-After 0", forgetest.Status(503, http.Header{"Retry-After": {"0"}}, ""), web.ErrServer, false},
		{"503 with a date gone by", forgetest.Status(503, http.Header{"Retry-After": {"Tue, 05 Mar 2024 10:00:00 GMT"}}, ""), web.ErrServer, false},
		{"429 with Retry-After 0", forgetest.Status(429, http.Header{"Retry-After": {"0"}}, ""), web.ErrRateLimited, false},
		{"reset in the header", forgetest.ResetHeader(), web.ErrUnreachable, false},
		{"reset in the body", forgetest.ResetBody(100), web.ErrTruncated, true},
		{"wrong length", forgetest.WrongLength(), web.ErrTruncated, true},
		{"stall before the header", forgetest.Stall(-1), web.ErrStalled, false},
		{"stall in the body", forgetest.Stall(100), web.ErrStalled, true},
	}
	const tries = 2
	for _, tt := range tests {
		for _, scheme := range []string{"http", "https"} {
			t.Run(tt.name+" "+scheme, func(t *testing.T) {
				t.Parallel()
				f := forgetest.New(t)
				f.File("files.example.org", "/a", forgetest.Content{Body: []byte(body)})
				c := newClient(t, f, web.Options{Stall: stall, Tries: tries})
				address := scheme + "://files.example.org/a"

				f.Fault(forgetest.Fault{Path: "/a", Times: 1, Kind: tt.kind})
				var got []string
				err := c.Do(t.Context(), web.Request{URL: address}, func(resp *http.Response) error {
					data, err := io.ReadAll(resp.Body)
					got = append(got, string(data))
					return err
				})
				if err != nil {
					t.Fatalf("struck once: %v", err)
				}
				if got[len(got)-1] != body {
					t.Errorf("struck once: got %d bytes, want %d from the start", len(got[len(got)-1]), len(body))
				}
				if partial := len(got) == 2; partial != tt.partial {
					t.Errorf("struck once: consume was called %d times", len(got))
				}
				if n := len(f.Requests()); n != 2 {
					t.Errorf("struck once: got %d requests, want 2", n)
				}

				f.ResetLog()
				f.Fault(forgetest.Fault{Path: "/a", Kind: tt.kind})
				_, err = get(t, c, address)
				if err == nil || tt.class != nil && !errors.Is(err, tt.class) {
					t.Errorf("struck always: got %v, want %v", err, tt.class)
				}
				for _, other := range []error{web.ErrUnreachable, web.ErrStalled, web.ErrTruncated, web.ErrServer, web.ErrNotFound, web.ErrUnauthorized, web.ErrInsecure} {
					if tt.class != nil && other != tt.class && errors.Is(err, other) {
						t.Errorf("struck always: %q is also %q", err, other)
					}
				}
				most := tries
				if scheme == "http" && tt.name == "reset in the header" {
					most++ // on a reused connection, net/http's HTTP/1 sends again once
				}
				if n := len(f.Requests()); n < tries || n > most {
					t.Errorf("struck always: got %d requests, want %d", n, tries)
				}
			})
		}
	}
}

func TestTriesAreExact(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	f.Fault(forgetest.Fault{Kind: forgetest.Status(503, nil, "")})
	for tries, want := range map[int]int{0: retry.DefaultTries, 1: 1, 5: 5} {
		f.ResetLog()
		c := newClient(t, f, web.Options{Tries: tries})
		if _, err := get(t, c, "https://files.example.org/a"); !errors.Is(err, web.ErrServer) {
			t.Errorf("got %v, want %v", err, web.ErrServer)
		}
		if got := len(f.Requests()); got != want {
			t.Errorf("Tries %d: got %d requests, want %d", tries, got, want)
		}
	}
}

func TestFinalStatuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status int
		class  error
	}{
		{400, nil},
		{401, web.ErrUnauthorized},
		{403, web.ErrUnauthorized},
		{404, web.ErrNotFound},
		{410, web.ErrNotFound},
		{451, nil},
		{501, web.ErrServer},
		{304, nil},
		{300, nil},
	}
	f := forgetest.New(t)
	c := newClient(t, f, web.Options{})
	for _, tt := range tests {
		f.ClearFaults()
		f.ResetLog()
		f.Fault(forgetest.Fault{Kind: forgetest.Status(tt.status, nil, "")})
		_, err := get(t, c, "https://files.example.org/a")
		var status *web.StatusError
		if !errors.As(err, &status) || status.Status != tt.status || tt.class != nil && !errors.Is(err, tt.class) {
			t.Errorf("%d: got %v, want a StatusError that is %v", tt.status, err, tt.class)
		}
		if got := len(f.Requests()); got != 1 {
			t.Errorf("%d: got %d requests, want 1", tt.status, got)
		}
	}
}

func TestConsumersError(t *testing.T) {
	t.Parallel()
	nonsense := errors.New("nonsense")
	tests := []struct {
		name     string
		kind     *forgetest.Kind
		consume  func(*http.Response) error
		class    error
		requests int
	}{
		{"not marked", nil, func(*http.Response) error { return nonsense }, nonsense, 1},
		{"marked permanent", nil, func(*http.Response) error { return retry.Permanent(nonsense) }, nonsense, 1},
		{"marked permanent although the body broke", new(forgetest.ResetBody(10)), func(resp *http.Response) error {
			if _, err := io.ReadAll(resp.Body); err == nil {
				return errors.New("the body did not break")
			}
			return retry.Permanent(nonsense)
		}, nonsense, 1},
		{"marked permanent although it is transient", nil, func(*http.Response) error { return retry.Permanent(web.ErrTruncated) }, web.ErrTruncated, 1},
		{"marked temporary", nil, func(*http.Response) error { return retry.Temporary(nonsense) }, nonsense, 3},
		{"of a temporary class", nil, func(*http.Response) error { return web.ErrTruncated }, web.ErrTruncated, 3},
		{"content with a broken body", new(forgetest.ResetBody(10)), func(resp *http.Response) error {
			io.Copy(io.Discard, resp.Body)
			return nil
		}, nil, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := forgetest.New(t)
			f.File("", "/a", forgetest.Content{Body: []byte(strings.Repeat("x", 100))})
			if tt.kind != nil {
				f.Fault(forgetest.Fault{Kind: *tt.kind})
			}
			c := newClient(t, f, web.Options{Tries: 3})
			err := c.Do(t.Context(), web.Request{URL: "https://files.example.org/a"}, tt.consume)
			if !errors.Is(err, tt.class) {
				t.Errorf("got %v, want %v", err, tt.class)
			}
			if got := len(f.Requests()); got != tt.requests {
				t.Errorf("got %d requests, want %d", got, tt.requests)
			}
		})
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	f.Unreachable("down.example.org")
	f.Fault(forgetest.Fault{Host: "refuses.example.org", Kind: forgetest.Refuse()})
	f.Fault(forgetest.Fault{Host: "stranger.example.org", Kind: forgetest.BadCertificate()})
	closed := closedAddress(t)
	direct := func(*url.URL) (*url.URL, error) { return nil, nil }
	lost := func(*url.URL) (*url.URL, error) {
		return &url.URL{Scheme: "http", Host: closed, User: url.UserPassword("ada", "hunter2")}, nil
	}
	tests := []struct {
		name, url string
		proxy     func(*url.URL) (*url.URL, error)
		class     error
		connects  int // CONNECTs at the forge
	}{
		{"the proxy cannot reach it", "https://down.example.org/", nil, web.ErrUnreachable, 3},
		{"connection reset", "https://refuses.example.org/", nil, web.ErrUnreachable, 3},
		{"bad certificate", "https://stranger.example.org/", nil, web.ErrInsecure, 1},
		{"no such host", "https://no..such..host/", direct, web.ErrUnreachable, 0},
		{"connection refused", "https://" + closed + "/", direct, web.ErrUnreachable, 0},
		{"proxy refused", "https://files.example.org/", lost, web.ErrUnreachable, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f.ResetLog()
			c := newClient(t, f, web.Options{Tries: 3, Proxy: tt.proxy})
			_, err := get(t, c, tt.url+"a?token=hunter1")
			if !errors.Is(err, tt.class) {
				t.Fatalf("got %v, want %v", err, tt.class)
			}
			for _, other := range []error{web.ErrUnreachable, web.ErrInsecure} {
				if other != tt.class && errors.Is(err, other) {
					t.Errorf("%q is also %q", err, other)
				}
			}
			if strings.Contains(err.Error(), "hunter") {
				t.Errorf("the error shows a secret: %v", err)
			}
			if got := len(f.Connects()); got != tt.connects {
				t.Errorf("got %d connections, want %d", got, tt.connects)
			}
		})
	}
}

// closedAddress returns a loopback address without a listener.
func closedAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// A peer that accepts the connection but never responds has stalled, be it a server or a proxy.
func TestSilentPeer(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { conn.Close() })
		}
	}()
	direct := func(*url.URL) (*url.URL, error) { return nil, nil }
	proxy := func(*url.URL) (*url.URL, error) { return &url.URL{Scheme: "http", Host: l.Addr().String()}, nil }
	f := forgetest.New(t)
	for name, options := range map[string]web.Options{"TLS handshake": {Proxy: direct}, "CONNECT": {Proxy: proxy}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options.Stall, options.Tries = 100*time.Millisecond, 1
			c := newClient(t, f, options)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // only for a failing test
			defer cancel()
			err := c.Do(ctx, web.Request{URL: "https://" + l.Addr().String() + "/"}, func(*http.Response) error { return nil })
			if !errors.Is(err, web.ErrStalled) && !errors.Is(err, web.ErrUnreachable) {
				t.Errorf("got %v, want %v", err, web.ErrStalled)
			}
		})
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		kind forgetest.Kind
	}{
		{"before the header", forgetest.Stall(-1)},
		{"in the body", forgetest.Stall(10)},
		{"between tries", forgetest.Status(503, nil, "")},
		{"waiting as told", forgetest.Status(503, http.Header{"Retry-After": {"59"}}, "")},
	}
	reason := errors.New("the user said so")
	for _, tt := range tests {
		for _, cause := range []error{nil, reason} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				f := forgetest.New(t)
				f.File("", "/a", forgetest.Content{Body: []byte(strings.Repeat("x", 100))})
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				f.Fault(forgetest.Fault{Kind: tt.kind, Match: func(*http.Request) bool {
					if tt.name == "before the header" {
						cancel(cause)
					}
					return true
				}})
				c := newClient(t, f, web.Options{Backoff: time.Hour, Log: func(line string) {
					if strings.Contains(line, " 503") {
						cancel(cause)
					}
				}})
				err := c.Do(ctx, web.Request{URL: "https://files.example.org/a"}, func(resp *http.Response) error {
					if _, err := io.ReadFull(resp.Body, make([]byte, 10)); err != nil {
						return err
					}
					cancel(cause)
					_, err := io.ReadAll(resp.Body)
					return err
				})
				want := cause
				if cause == nil {
					want = context.Canceled
				}
				if !errors.Is(err, want) || errors.Is(err, web.ErrStalled) || errors.Is(err, web.ErrTruncated) || errors.Is(err, web.ErrUnreachable) {
					t.Errorf("got %v, want %v", err, want)
				}
				if got := len(f.Requests()); got != 1 {
					t.Errorf("got %d requests, want 1", got)
				}
			})
		}
	}
	t.Run("before the request", func(t *testing.T) {
		t.Parallel()
		f := forgetest.New(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := newClient(t, f, web.Options{}).Do(ctx, web.Request{URL: "https://files.example.org/a"}, nil)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want %v", err, context.Canceled)
		}
		if got := len(f.Requests()); got != 0 {
			t.Errorf("got %d requests, want 0", got)
		}
	})
}
