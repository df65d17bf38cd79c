package web_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// newClient returns a client that reaches the forge under every host name.
func newClient(t *testing.T, f *forgetest.Forge, o web.Options) *web.Client {
	t.Helper()
	pem, err := os.ReadFile(f.CAFile())
	if err != nil {
		t.Fatal(err)
	}
	o.Roots = x509.NewCertPool()
	if !o.Roots.AppendCertsFromPEM(pem) {
		t.Fatalf("%s holds no certificate", f.CAFile())
	}
	if o.Proxy == nil {
		proxy, err := url.Parse(f.ProxyURL())
		if err != nil {
			t.Fatal(err)
		}
		o.Proxy = func(*url.URL) (*url.URL, error) { return proxy, nil }
	}
	if o.Backoff == 0 {
		o.Backoff = time.Millisecond
	}
	return web.New(o)
}

// get sends a GET and returns the body.
func get(t *testing.T, c *web.Client, url string) (string, error) {
	t.Helper()
	var body string
	err := c.Do(t.Context(), web.Request{URL: url}, func(resp *http.Response) error {
		data, err := io.ReadAll(resp.Body)
		body = string(data)
		return err
	})
	return body, err
}

// only returns the single request that the forge received.
func only(t *testing.T, f *forgetest.Forge) forgetest.Request {
	t.Helper()
	requests := f.Requests()
	if len(requests) != 1 {
		t.Fatalf("got %d requests, want 1", len(requests))
	}
	return requests[0]
}

func TestRequestIsLikeCurl(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	fmt.Fprint(z, "hello")
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	f := forgetest.New(t)
	f.File("files.example.org", "/a", forgetest.Content{
		Body: packed.Bytes(), ContentType: "text/plain", Header: http.Header{"Content-Encoding": {"gzip"}},
	})
	c := newClient(t, f, web.Options{UserAgent: "pinfetch/test"})
	for _, scheme := range []string{"http", "https"} {
		f.ResetLog()
		body, err := get(t, c, scheme+"://files.example.org/a")
		if err != nil {
			t.Fatal(err)
		}
		if body != packed.String() {
			t.Errorf("%s: got %d bytes, want the %d as sent", scheme, len(body), packed.Len())
		}
		r := only(t, f)
		for key, want := range map[string]string{"Accept-Encoding": "", "User-Agent": "pinfetch/test", "Referer": "", "Authorization": ""} {
			if got := r.Header.Get(key); got != want {
				t.Errorf("%s: got %s %q, want %q", scheme, key, got, want)
			}
		}
		if want := map[string]string{"http": "HTTP/1.1", "https": "HTTP/2.0"}[scheme]; r.Proto != want {
			t.Errorf("%s: got %s, want %s", scheme, r.Proto, want)
		}
	}
}

func TestRequestHeaderAndBody(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	f.File("files.example.org", "/a", forgetest.Content{Body: []byte("x")})
	f.Fault(forgetest.Fault{Kind: forgetest.Status(503, nil, ""), Times: 1})
	c := newClient(t, f, web.Options{UserAgent: "pinfetch/test"})
	header := http.Header{"User-Agent": {"curl/8 Nixpkgs"}, "Git-Protocol": {"version=2"}}
	err := c.Do(t.Context(), web.Request{Method: http.MethodPost, URL: "https://files.example.org/a", Header: header, Body: []byte("body")},
		func(resp *http.Response) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	requests := f.Requests()
	if len(requests) != 2 {
		t.Fatalf("got %d requests, want 2", len(requests))
	}
	for i, r := range requests {
		if r.Method != "POST" || r.Header.Get("Content-Length") != "4" {
			t.Errorf("request %d: got %s with %s bytes, want POST with 4", i, r.Method, r.Header.Get("Content-Length"))
		}
		for key := range header {
			if got, want := r.Header.Get(key), header.Get(key); got != want {
				t.Errorf("request %d: got %s %q, want %q", i, key, got, want)
			}
		}
	}
	if len(header) != 2 {
		t.Errorf("the caller's header was changed: %v", header)
	}
}

func TestMalformedURL(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	c := newClient(t, f, web.Options{})
	for _, text := range []string{"https://user:hunter2@files.example.org/%zz", "https://files.example.org/a\nb", "ftp://user:hunter2@files.example.org/a", "https:///a"} {
		_, err := get(t, c, text)
		if err == nil {
			t.Errorf("%q: got no error", text)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the error shows the password: %v", text, err)
		}
	}
	if n := len(f.Requests()); n != 0 {
		t.Errorf("got %d requests, want 0", n)
	}
}

func TestCookiesLastForOneChain(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	cookie := func(value string) http.Header { return http.Header{"Set-Cookie": {"session=" + value + "; Path=/"}} }
	f.File("a.example.org", "/start", forgetest.Content{Redirect: "https://a.example.org/next", Header: cookie("one")})
	f.File("a.example.org", "/next", forgetest.Content{Redirect: "https://b.example.org/other"})
	f.File("b.example.org", "/other", forgetest.Content{Redirect: "https://a.example.org/end"})
	f.File("a.example.org", "/end", forgetest.Content{Body: []byte("done")})
	c := newClient(t, f, web.Options{})
	for range 2 {
		f.ResetLog()
		if _, err := get(t, c, "https://a.example.org/start"); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range f.Requests() {
			got = append(got, r.Path+" "+r.Header.Get("Cookie"))
		}
		want := "/start |/next session=one|/other |/end session=one"
		if strings.Join(got, "|") != want {
			t.Errorf("got %q, want %q", strings.Join(got, "|"), want)
		}
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	for i := range 22 {
		f.File("files.example.org", fmt.Sprintf("/%d", i+1), forgetest.Content{Redirect: fmt.Sprintf("https://files.example.org/%d", i)})
	}
	f.File("files.example.org", "/0", forgetest.Content{Body: []byte("end")})
	f.File("files.example.org", "/down", forgetest.Content{Redirect: "http://files.example.org/0"})
	f.File("files.example.org", "/far-down", forgetest.Content{Redirect: "https://other.example.org/down"})
	f.File("other.example.org", "/down", forgetest.Content{Redirect: "http://files.example.org/0"})
	f.File("files.example.org", "/up", forgetest.Content{Redirect: "https://files.example.org/0"})
	f.File("files.example.org", "/relative", forgetest.Content{Redirect: "0"})
	f.File("files.example.org", "/ftp", forgetest.Content{Redirect: "ftp://files.example.org/0"})
	f.File("files.example.org", "/file", forgetest.Content{Redirect: "file:///etc/passwd"})
	f.Fault(forgetest.Fault{Path: "/loop", Kind: forgetest.RedirectLoop()})
	tests := []struct {
		name, url string
		class     error
		requests  int
	}{
		{"20 are followed", "https://files.example.org/20", nil, 21},
		{"21 are not", "https://files.example.org/21", web.ErrRedirects, 21},
		{"loop", "https://files.example.org/loop", web.ErrRedirects, 21},
		{"http to https", "http://files.example.org/up", nil, 2},
		{"relative", "https://files.example.org/relative", nil, 2},
		{"https to http", "https://files.example.org/down", web.ErrInsecure, 1},
		{"https to http of another host", "https://files.example.org/far-down", web.ErrInsecure, 2},
		{"https to ftp", "https://files.example.org/ftp", web.ErrInsecure, 1},
		{"https to file", "https://files.example.org/file", web.ErrInsecure, 1},
	}
	c := newClient(t, f, web.Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f.ResetLog()
			body, err := get(t, c, tt.url)
			if !errors.Is(err, tt.class) {
				t.Errorf("got %v, want %v", err, tt.class)
			}
			if tt.class == nil && body != "end" {
				t.Errorf("got %q, want %q", body, "end")
			}
			if got := len(f.Requests()); got != tt.requests {
				t.Errorf("got %d requests, want %d", got, tt.requests)
			}
		})
	}
}

// A chain of redirects that starts with http and continues with https must not return
// to http.
func TestRedirectDownAfterUp(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	f.File("files.example.org", "/up", forgetest.Content{Redirect: "https://files.example.org/down"})
	f.File("files.example.org", "/down", forgetest.Content{Redirect: "http://files.example.org/end"})
	f.File("files.example.org", "/end", forgetest.Content{Body: []byte("end")})
	c := newClient(t, f, web.Options{})
	if _, err := get(t, c, "http://files.example.org/up"); !errors.Is(err, web.ErrInsecure) {
		t.Errorf("got %v, want %v", err, web.ErrInsecure)
	}
}

func TestLogHoldsNoSecrets(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	f.File("files.example.org", "/a", forgetest.Content{Redirect: "https://files.example.org/b?token=hunter3"})
	f.File("files.example.org", "/b", forgetest.Content{Body: []byte("end")})
	f.Fault(forgetest.Fault{Path: "/b", Times: 1, Kind: forgetest.ResetHeader()})
	var mu sync.Mutex
	var lines []string
	c := newClient(t, f, web.Options{
		Credentials: web.Credentials{"files.example.org": {User: "ada", Password: "hunter1"}},
		Log: func(line string) {
			mu.Lock()
			defer mu.Unlock()
			lines = append(lines, line)
		},
	})
	if _, err := get(t, c, "https://ada:hunter0@files.example.org/a?key=hunter2"); err != nil {
		t.Fatal(err)
	}
	if len(lines) < 2 {
		t.Errorf("got %d lines, want one for each request: %q", len(lines), lines)
	}
	for _, line := range lines {
		if strings.Contains(line, "hunter") || strings.Contains(line, "ada") {
			t.Errorf("the log shows a secret: %q", line)
		}
	}
}

func TestRoundTripper(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := f.Repo("acme/demo")
	repo.Tag("v1", repo.Commit("main", forgetest.Files{"a": {Body: "a"}}))
	for i := range 3 {
		repo.Release(forgetest.Release{Tag: fmt.Sprintf("v%d", i)})
	}
	credentials := web.Credentials{"api.github.com": {Password: "ghp_secret", Bearer: true}}
	c := newClient(t, f, web.Options{Credentials: credentials, UserAgent: "pinfetch/test"})
	library := &http.Client{Transport: c.RoundTripper()}
	try := func(t *testing.T, path string, header http.Header) (*http.Response, error) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.github.com"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header = header
		return library.Do(req)
	}
	send := func(t *testing.T, path string, header http.Header) *http.Response {
		t.Helper()
		resp, err := try(t, path, header)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { resp.Body.Close() })
		return resp
	}

	const releases = "/repos/acme/demo/releases?per_page=2"
	f.Fault(forgetest.Fault{Host: "api.github.com", Kind: forgetest.Status(502, nil, ""), Times: 1})
	f.Fault(forgetest.Fault{Host: "api.github.com", Kind: forgetest.ResetBody(10), Times: 1})
	resp := send(t, releases, http.Header{"User-Agent": {"go-github/v92"}})
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 || !bytes.Contains(body, []byte(`"tag_name":"v2"`)) || !strings.Contains(resp.Header.Get("Link"), `rel="next"`) {
		t.Errorf("got %d %s %q %v", resp.StatusCode, body, resp.Header.Get("Link"), err)
	}
	requests := f.Requests()
	if len(requests) != 3 {
		t.Errorf("got %d requests, want 3", len(requests))
	}
	for _, r := range requests {
		if got, want := r.Header.Get("Authorization"), "Bearer ghp_secret"; got != want {
			t.Errorf("got Authorization %q, want %q", got, want)
		}
		if got, want := r.Header.Get("User-Agent"), "go-github/v92"; got != want {
			t.Errorf("got User-Agent %q, want %q", got, want)
		}
		if r.Query.Get("per_page") != "2" {
			t.Errorf("got query %v, want per_page=2", r.Query)
		}
	}

	if got := send(t, releases, http.Header{"If-None-Match": {resp.Header.Get("ETag")}}).StatusCode; got != http.StatusNotModified {
		t.Errorf("conditional request: got %d, want 304", got)
	}
	var status *web.StatusError
	if _, err := try(t, "/repos/acme/none/releases", nil); !errors.As(err, &status) || status.Status != 404 || status.Host != "api.github.com" {
		t.Errorf("missing repository: got %v, want a StatusError with 404", err)
	}
	f.Rename("acme/demo", "acme/renamed")
	if got := send(t, releases, nil); got.StatusCode != 200 {
		t.Errorf("renamed repository: got %d, want 200", got.StatusCode)
	}
}

// After a host has refused a request because of a rate limit, nothing is sent to it until the limit resets.
func TestRoundTripperWaitsForRateLimits(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		header   http.Header
		requests int
	}{
		"until it resets": {http.Header{"Retry-After": {"3600"}}, 1},
		"unknown reset":   {nil, 3},
	} {
		f := forgetest.New(t)
		f.Fault(forgetest.Fault{Host: "api.github.com", Kind: forgetest.Status(429, tt.header, "")})
		f.File("other.example.org", "/", forgetest.Content{Body: []byte("x")})
		library := &http.Client{Transport: newClient(t, f, web.Options{Tries: 1}).RoundTripper()}
		for range 3 {
			if _, err := library.Get("https://api.github.com/a"); !errors.Is(err, web.ErrRateLimited) {
				t.Errorf("%s: got %v, want %v", name, err, web.ErrRateLimited)
			}
		}
		if got := len(f.Requests()); got != tt.requests {
			t.Errorf("%s: got %d requests, want %d", name, got, tt.requests)
		}
		resp, err := library.Get("https://other.example.org/")
		if err != nil {
			t.Fatalf("%s: another host: %v", name, err)
		}
		resp.Body.Close()
	}
}

func TestRoundTripperFails(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	f.File("api.github.com", "/big", forgetest.Content{Body: make([]byte, 33<<20)})
	f.Fault(forgetest.Fault{Path: "/down", Kind: forgetest.Status(503, nil, "")})
	c := newClient(t, f, web.Options{Tries: 3})
	library := &http.Client{Transport: c.RoundTripper()}
	for path, want := range map[string]error{"/big": web.ErrTooLarge, "/down": web.ErrServer} {
		resp, err := library.Get("https://api.github.com" + path)
		if !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", path, err, want)
		}
		if err == nil {
			resp.Body.Close()
		}
	}
	if got := len(f.Requests()); got != 4 {
		t.Errorf("got %d requests, want 1 + 3", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	f.Fault(forgetest.Fault{Path: "/stalled", Kind: forgetest.Stall(-1), Match: func(*http.Request) bool { cancel(); return true }})
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://api.github.com/stalled", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := library.Do(req); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

// A library's POST must arrive with its body, or fail.
func TestRoundTripperSendsBody(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	f.File("api.github.com", "/graphql", forgetest.Content{Body: []byte("{}")})
	c := newClient(t, f, web.Options{})
	library := &http.Client{Transport: c.RoundTripper()}
	resp, err := library.Post("https://api.github.com/graphql", "application/json", strings.NewReader("{query}"))
	if err != nil {
		return // refusing it is fine
	}
	resp.Body.Close()
	if got := only(t, f).Header.Get("Content-Length"); got != "7" {
		t.Errorf("got Content-Length %q, want 7", got)
	}
}

func TestReadAll(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	tests := []struct {
		name string
		r    io.Reader
		want string
		err  error
	}{
		{"empty", strings.NewReader(""), "", nil},
		{"at the limit", strings.NewReader("12345"), "12345", nil},
		{"beyond the limit", strings.NewReader("123456"), "", web.ErrTooLarge},
		{"broken", io.MultiReader(strings.NewReader("123"), iotest.ErrReader(broken)), "", broken},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := web.ReadAll(tt.r, 5)
			if string(got) != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("got %q, %v, want %q, %v", got, err, tt.want, tt.err)
			}
		})
	}
}
