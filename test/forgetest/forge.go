package forgetest

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// maxStreams is how many requests one HTTP/2 connection may carry at once:
// github.com's setting.
const maxStreams = 100

// Options are the choices of [Start]. The zero value is useful.
type Options struct {
	// Addr is the address to listen on. Default 127.0.0.1:0, any free port.
	Addr string
	// Dir is where the forge makes its directory. Default os.TempDir.
	Dir string
	// Stderr receives the complaints of git and of the HTTP servers.
	// Default io.Discard.
	Stderr io.Writer
}

// TB is the part of testing.TB that [New] needs.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// Forge is a running forge. Its methods may be called from any goroutine.
type Forge struct {
	tb        TB // nil unless made by New
	git       git
	dir       string
	authority *authority
	stderr    *syncWriter
	started   time.Time

	ctx     context.Context // ends with Stop
	cancel  context.CancelFunc
	addr    string
	plain   *http.Server
	secure  *http.Server
	tunnels *tunnels
	serving sync.WaitGroup // the two Serve loops
	open    sync.WaitGroup // connections
	active  group          // requests, which HTTP/2 lets outlive their connection
	traffic traffic

	mu          sync.Mutex
	repos       []*Repo
	byName      map[string]*Repo  // see key
	renamed     map[string]string // folded old name → new name
	files       map[string]Content
	faults      []*Fault
	unreachable map[string]bool
	limited     map[string]time.Time // API host → reset
	delay       time.Duration
	requests    []*Request
	connects    []string
	connections int
	calls       int // of the API, for X-RateLimit-Used
}

// New starts a forge that ends with the test.
func New(tb TB) *Forge {
	tb.Helper()
	f, err := Start(Options{})
	if err != nil {
		tb.Fatalf("%v", err)
	}
	f.tb = tb
	tb.Cleanup(f.Stop)
	return f
}

// Start starts a forge. The caller must Stop it. Mistakes in building
// repositories panic; see [New] for tests.
func Start(opts Options) (*Forge, error) {
	f, err := start(opts)
	if err != nil {
		return nil, fmt.Errorf("start forge: %w", err)
	}
	return f, nil
}

func start(opts Options) (_ *Forge, err error) {
	program, err := exec.LookPath("git")
	if err != nil {
		return nil, err
	}
	addr := opts.Addr
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	stderr := opts.Stderr
	if stderr == nil {
		stderr = io.Discard
	}
	dir, err := os.MkdirTemp(opts.Dir, "forgetest-")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(dir)
		}
	}()
	// Nix builders run as other users and must be able to read the CA file.
	if err := os.Chmod(dir, 0o755); err != nil {
		return nil, err
	}
	authority, err := newAuthority()
	if err != nil {
		return nil, err
	}
	f := &Forge{
		git:         git{program: program, home: filepath.Join(dir, "home")},
		dir:         dir,
		authority:   authority,
		stderr:      &syncWriter{w: stderr},
		started:     time.Now(),
		byName:      map[string]*Repo{},
		renamed:     map[string]string{},
		files:       map[string]Content{},
		unreachable: map[string]bool{},
		limited:     map[string]time.Time{},
	}
	if err := os.WriteFile(f.CAFile(), authority.pem(), 0o644); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	f.serve(listener)
	return f, nil
}

// serve starts the two servers: one for the listener, which speaks plain HTTP
// and is the proxy, and one for the TLS connections inside its tunnels.
func (f *Forge) serve(listener net.Listener) {
	f.ctx, f.cancel = context.WithCancel(context.Background())
	f.addr = listener.Addr().String()
	f.tunnels = newTunnels(listener.Addr())
	f.plain = f.server()
	f.secure = f.server()
	f.secure.TLSConfig = f.tlsConfig()
	f.serving.Go(func() { f.plain.Serve(listener) })
	f.serving.Go(func() { f.secure.ServeTLS(f.tunnels, "", "") })
}

func (f *Forge) server() *http.Server {
	return &http.Server{
		Handler:           http.HandlerFunc(f.handle),
		BaseContext:       func(net.Listener) context.Context { return f.ctx },
		ConnContext:       withConn,
		ConnState:         f.track,
		ErrorLog:          log.New(f.stderr, "forge: ", 0),
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: maxStreams},
		ReadHeaderTimeout: time.Minute,
	}
}

// Stop ends all connections, waits for every goroutine and git process that
// the forge started, and removes its directory. A second call does nothing.
func (f *Forge) Stop() {
	if !f.active.stop() {
		return
	}
	f.cancel()
	f.plain.Close()
	f.secure.Close()
	f.tunnels.Close()
	f.serving.Wait()
	f.open.Wait()
	f.active.wait()
	os.RemoveAll(f.dir)
}

// URL is the address, without a final slash, at which the forge serves without
// proxy and TLS: http://127.0.0.1:PORT.
func (f *Forge) URL() string { return "http://" + f.addr }

// ProxyURL is the address of the proxy through which every host is the forge.
func (f *Forge) ProxyURL() string { return f.URL() }

// CAFile is the path of the PEM file with the forge's certificate authority.
func (f *Forge) CAFile() string { return filepath.Join(f.dir, "ca.pem") }

// CADir is the path of a directory with that file and no other, for git: with GnuTLS
// it reads every certificate of the system's directory if GIT_SSL_CAPATH names none.
func (f *Forge) CADir() string { return f.dir }

// Env is the environment, as KEY=VALUE, with which git, curl, Nix and Go
// programs reach the forge under every host name.
func (f *Forge) Env() []string {
	env := []string{"GIT_TERMINAL_PROMPT=0"}
	for _, key := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
		env = append(env, key+"="+f.ProxyURL())
	}
	for _, key := range []string{"ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"} {
		env = append(env, key+"=")
	}
	for _, key := range []string{"SSL_CERT_FILE", "NIX_SSL_CERT_FILE", "GIT_SSL_CAINFO", "CURL_CA_BUNDLE"} {
		env = append(env, key+"="+f.CAFile())
	}
	return append(env, "GIT_SSL_CAPATH="+f.CADir())
}

// Transport returns a new transport that reaches the forge under every host
// name, for code in the test's own process: there the standard library reads
// the proxy from the environment only once. The caller closes its idle
// connections.
func (f *Forge) Transport() *http.Transport {
	proxy := &url.URL{Scheme: "http", Host: f.addr}
	return &http.Transport{
		Proxy:              http.ProxyURL(proxy),
		TLSClientConfig:    f.authority.clientConfig(),
		ForceAttemptHTTP2:  true,
		DisableCompression: true,
	}
}

// Unreachable makes every connection to host fail: the proxy answers CONNECT
// with 502, and connections already open are reset by their next request.
func (f *Forge) Unreachable(host string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.unreachable[strings.ToLower(host)] = true
}

// Reachable undoes [Forge.Unreachable].
func (f *Forge) Reachable(host string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.unreachable, strings.ToLower(host))
}

// Delay moves the forge that far away, as the time of a round trip. Each answer
// comes that much later, and so do the answer to CONNECT, which stands for the
// TCP handshake, and the handshake of TLS 1.3: a new connection's first answer
// takes three round trips. Bandwidth and TCP's slow start are not simulated.
func (f *Forge) Delay(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.delay = d
}

// fatalf ends the test, or panics if there is none.
func (f *Forge) fatalf(format string, args ...any) {
	if f.tb == nil {
		panic("forgetest: " + fmt.Sprintf(format, args...))
	}
	f.tb.Helper()
	f.tb.Fatalf("forgetest: "+format, args...)
}

// pause waits for the delay. It reports whether the client is still waiting.
func (f *Forge) pause(ctx context.Context) bool {
	f.traffic.roundTrips.Add(1)
	f.mu.Lock()
	delay := f.delay
	f.mu.Unlock()
	if delay <= 0 {
		return true
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (f *Forge) isUnreachable(host string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.unreachable[host]
}

// syncWriter lets many goroutines and processes write to one writer.
type syncWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (s *syncWriter) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}

// group counts what is running and, once stopped, admits no more.
type group struct {
	mu      sync.Mutex
	stopped bool
	running sync.WaitGroup
}

// enter reports whether the caller may run; if so, it must leave.
func (g *group) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.stopped {
		g.running.Add(1)
	}
	return !g.stopped
}

func (g *group) leave() { g.running.Done() }

// stop reports whether it was the first to stop the group.
func (g *group) stop() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	first := !g.stopped
	g.stopped = true
	return first
}

func (g *group) wait() { g.running.Wait() }
