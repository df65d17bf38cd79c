package forgetest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// client returns an HTTP client that ends with the test and follows no
// redirects.
func client(t *testing.T, f *Forge) *http.Client {
	t.Helper()
	transport := f.Transport()
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// get returns the response and its whole body.
func get(t *testing.T, c *http.Client, url string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatalf("GET %s: %v", url, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("GET %s: %v", url, err)
	}
	return resp, string(body)
}

// run runs a program in the forge's environment and an empty home.
func run(t *testing.T, f *Forge, name string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(f.Env(), "PATH="+os.Getenv("PATH"), "HOME="+cmd.Dir, "GIT_CONFIG_NOSYSTEM=1", "GIT_TRACE_PACKET=1", "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func mustRun(t *testing.T, f *Forge, name string, args ...string) string {
	t.Helper()
	out, err := run(t, f, name, args...)
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return out
}

func TestGetThroughProxy(t *testing.T) {
	t.Parallel()
	f := New(t)
	f.File("", "/hello", Content{Body: []byte("hello")})
	f.File("special.example", "/hello", Content{Body: []byte("special")})
	f.File("", "/hello?who=ada", Content{Body: []byte("hello ada")})
	c := client(t, f)
	tests := []struct{ name, url, proto, want string }{
		{"any host", "https://github.com/hello", "HTTP/2.0", "hello"},
		{"port", "https://git.example.org:8443/hello", "HTTP/2.0", "hello"},
		{"address", "https://192.0.2.7/hello", "HTTP/2.0", "hello"},
		{"address of version 6", "https://[2001:db8::7]/hello", "HTTP/2.0", "hello"},
		{"own file of a host", "https://SPECIAL.example/hello", "HTTP/2.0", "special"},
		{"query", "https://github.com/hello?who=ada", "HTTP/2.0", "hello ada"},
		{"other query", "https://github.com/hello?who=bob", "HTTP/2.0", "hello"},
		{"absolute form", "http://plain.example/hello", "HTTP/1.1", "hello"},
		{"no proxy", f.URL() + "/hello", "HTTP/1.1", "hello"},
	}
	for _, tt := range tests {
		resp, body := get(t, c, tt.url)
		if resp.StatusCode != 200 || body != tt.want || resp.Proto != tt.proto {
			t.Errorf("%s: got %s %d %q, want %s 200 %q", tt.name, resp.Proto, resp.StatusCode, body, tt.proto, tt.want)
		}
	}
	requests := f.Requests()
	if len(requests) != len(tests) {
		t.Fatalf("got %d requests in the log, want %d", len(requests), len(tests))
	}
	if got := requests[1]; got.Host != "git.example.org" || got.Path != "/hello" || got.Status != 200 || got.Proto != "HTTP/2.0" || !got.TLS || got.Method != "GET" {
		t.Errorf("got log entry %+v", got)
	}
	if got := requests[5].Query.Get("who"); got != "ada" {
		t.Errorf("got query %q in the log, want ada", got)
	}
	if got, want := strings.Join(f.Connects(), " "), "github.com git.example.org 192.0.2.7 2001:db8::7 special.example"; got != want {
		t.Errorf("got CONNECT %q, want %q", got, want)
	}
	if got := f.Connections(); got != 5 {
		t.Errorf("got %d TLS connections, want 5", got)
	}
	f.ResetLog()
	if len(f.Requests()) != 0 || len(f.Connects()) != 0 || f.Connections() != 0 {
		t.Error("ResetLog left something")
	}
}

func TestFileContent(t *testing.T) {
	t.Parallel()
	f := New(t)
	f.File("", "/range", Content{Body: []byte("0123456789"), ContentType: "text/plain"})
	f.File("", "/gone", Content{Body: []byte("gone"), Status: 410, Header: http.Header{"x-reason": {"old"}}})
	f.File("", "/moved", Content{Redirect: "https://example.org/range"})
	f.File("", "/forever", Content{Redirect: "/range", Status: 308})
	c := client(t, f)

	resp, body := get(t, c, f.URL()+"/range", "Range", "bytes=3-5")
	if resp.StatusCode != 206 || body != "345" || resp.Header.Get("Content-Type") != "text/plain" {
		t.Errorf("range: got %d %q %v", resp.StatusCode, body, resp.Header)
	}
	resp, body = get(t, c, f.URL()+"/gone")
	if resp.StatusCode != 410 || body != "gone" || resp.Header.Get("X-Reason") != "old" {
		t.Errorf("gone: got %d %q %v", resp.StatusCode, body, resp.Header)
	}
	resp, _ = get(t, c, f.URL()+"/moved")
	if resp.StatusCode != 302 || resp.Header.Get("Location") != "https://example.org/range" {
		t.Errorf("moved: got %d %v", resp.StatusCode, resp.Header)
	}
	resp, _ = get(t, c, f.URL()+"/forever")
	if resp.StatusCode != 308 || resp.Header.Get("Location") != "/range" {
		t.Errorf("forever: got %d %v", resp.StatusCode, resp.Header)
	}
	resp, _ = get(t, c, "http://github.com/acme/demo?x=1")
	if resp.StatusCode != 301 || resp.Header.Get("Location") != "https://github.com/acme/demo?x=1" {
		t.Errorf("github.com without TLS: got %d %v", resp.StatusCode, resp.Header)
	}
}

func TestCurl(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("no curl")
	}
	f := New(t)
	f.File("", "/hello", Content{Body: []byte("hello")})
	if got, want := mustRun(t, f, "curl", "-sS", "https://any.example/hello"), "hello"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := mustRun(t, f, "curl", "-sS", "http://any.example/hello"), "hello"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	out, err := run(t, f, "curl", "-sS", "--cacert", "/dev/null", "https://any.example/hello")
	if err == nil {
		t.Errorf("curl trusts a forge whose authority it was not given: %s", out)
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	f := New(t)
	f.File("", "/hello", Content{Body: []byte("hello")})
	c := client(t, f)
	f.Unreachable("Down.example")
	if _, err := c.Get("https://down.example/hello"); err == nil || !strings.Contains(err.Error(), "Bad Gateway") {
		t.Errorf("got error %v, want Bad Gateway", err)
	}
	if resp, _ := get(t, c, "http://down.example/hello"); resp.StatusCode != 502 {
		t.Errorf("got status %d, want 502", resp.StatusCode)
	}
	get(t, c, "https://up.example/hello")
	f.Unreachable("up.example")
	if resp, err := c.Get("https://up.example/hello"); err == nil {
		t.Errorf("got status %d on a connection that was open, want an error", resp.StatusCode)
	}
	f.Reachable("up.example")
	get(t, c, "https://up.example/hello")
	if got, want := f.Connects()[0], "down.example"; got != want {
		t.Errorf("got first CONNECT to %q, want %q", got, want)
	}
}

func TestDelay(t *testing.T) {
	t.Parallel()
	f := New(t)
	f.File("", "/hello", Content{Body: []byte("hello")})
	f.Delay(20 * time.Millisecond)
	start := time.Now()
	get(t, client(t, f), "https://github.com/hello")
	if got, want := time.Since(start), 60*time.Millisecond; got < want {
		t.Errorf("CONNECT, handshake and GET took %v, want at least %v", got, want)
	}
	f.Delay(time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, f.URL()+"/hello", nil)
	done := make(chan error)
	go func() {
		_, err := client(t, f).Do(req)
		done <- err
	}()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want canceled", err)
	}
}

func TestHTTP1OverTLS(t *testing.T) {
	t.Parallel()
	f := New(t)
	f.File("", "/hello", Content{Body: []byte("hello")})
	c := client(t, f)
	oldTransport(c)
	if resp, body := get(t, c, "https://github.com/hello"); resp.Proto != "HTTP/1.1" || body != "hello" {
		t.Errorf("got %s %q", resp.Proto, body)
	}
}

// oldTransport keeps a client from HTTP/2.
func oldTransport(c *http.Client) {
	transport := c.Transport.(*http.Transport)
	transport.ForceAttemptHTTP2 = false
	transport.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
}

// TestStop must not run in parallel: it counts goroutines.
func TestStop(t *testing.T) {
	before := runtime.NumGoroutine()
	f, err := Start(Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(f.CAFile()); err != nil {
		t.Error(err)
	}
	big := make([]byte, 32<<20)
	f.File("", "/big", Content{Body: big})
	repo := f.Repo("acme/big")
	repo.Commit("main", Files{"big": {Body: noise(8 << 20)}})
	c := client(t, f)
	c1 := client(t, f)
	oldTransport(c1)

	var unread []io.Closer
	// Leave answers half read, tunnels idle, a stalled request, git busy.
	f.Fault(Fault{Path: "/stall", Kind: Stall(0)})
	f.File("", "/stall", Content{Body: big})
	for _, c := range []*http.Client{c, c1} {
		for _, url := range []string{
			"https://example.org/big", "http://example.org/big", "https://example.org/stall",
			"https://codeload.github.com/acme/big/tar.gz/main",
			"https://example.org/acme/big/archive/HEAD.zip",
		} {
			resp, err := c.Get(url)
			if err != nil {
				t.Fatal(err)
			}
			unread = append(unread, resp.Body)
		}
		body := "0011command=fetch0001" + fmt.Sprintf("0032want %s\n", repo.Rev("main")) + "0009done\n0000"
		req, _ := http.NewRequest("POST", "https://example.org/acme/big/git-upload-pack", strings.NewReader(body))
		req.Header.Set("Content-Type", "application/x-git-upload-pack-request")
		req.Header.Set("Git-Protocol", "version=2")
		resp, err := c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		unread = append(unread, resp.Body)
		start := make([]byte, 4096)
		if _, err := io.ReadFull(resp.Body, start); err != nil || !strings.Contains(string(start), "packfile") {
			t.Fatalf("fetch: got %q, %v", start, err)
		}
	}
	if len(processes(t, f.dir)) == 0 {
		t.Error("no git process runs while a fetch is half read: the test shows nothing")
	}
	f.Stop()
	f.Stop()
	if left := processes(t, f.dir); len(left) > 0 {
		t.Errorf("processes are left: %q", left)
	}
	if _, err := os.Stat(f.dir); !os.IsNotExist(err) {
		t.Errorf("the directory was not removed: %v", err)
	}
	if resp, err := c.Get(f.URL() + "/hello"); err == nil {
		t.Errorf("got status %d from a stopped forge", resp.StatusCode)
	}
	for _, body := range unread {
		body.Close()
	}
	c.CloseIdleConnections()
	c1.CloseIdleConnections()
	for range 1_000_000 {
		if runtime.NumGoroutine() <= before {
			return
		}
		runtime.Gosched()
	}
	stacks := make([]byte, 1<<20)
	t.Errorf("%d goroutines, before %d:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
}

// processes lists the running programs that have dir in their environment.
func processes(t *testing.T, dir string) []string {
	t.Helper()
	environments, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil || len(environments) == 0 {
		t.Skip("no /proc")
	}
	var found []string
	for _, name := range environments {
		environ, err := os.ReadFile(name)
		if err != nil || !strings.Contains(string(environ), dir) {
			continue
		}
		command, _ := os.ReadFile(filepath.Join(filepath.Dir(name), "cmdline"))
		found = append(found, strings.ReplaceAll(string(command), "\x00", " "))
	}
	return found
}

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		f, err := Start(Options{})
		if err != nil {
			b.Fatal(err)
		}
		f.Stop()
	}
}

func BenchmarkCommit(b *testing.B) {
	for b.Loop() {
		f, err := Start(Options{})
		if err != nil {
			b.Fatal(err)
		}
		f.Repo("acme/demo").Commit("main", Files{"README": {Body: "hello\n"}})
		f.Stop()
	}
}
