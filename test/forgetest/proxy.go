package forgetest

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
)

// tunnel is a connection to the proxy after a successful CONNECT. It counts
// the bytes that pass through it.
type tunnel struct {
	net.Conn
	early   io.Reader // what the client sent before it saw the answer, then Conn
	host    string    // what it asked for, without the port
	traffic *traffic
}

func (t *tunnel) Read(p []byte) (int, error) {
	n, err := t.early.Read(p)
	t.traffic.bytesIn.Add(int64(n))
	return n, err
}

func (t *tunnel) Write(p []byte) (int, error) {
	n, err := t.Conn.Write(p)
	t.traffic.bytesOut.Add(int64(n))
	return n, err
}

// tunnels is a net.Listener that accepts the tunnels which the proxy opens.
type tunnels struct {
	addr   net.Addr
	opened chan net.Conn
	done   chan struct{}
	close  func()
}

func newTunnels(addr net.Addr) *tunnels {
	done := make(chan struct{})
	return &tunnels{
		addr:   addr,
		opened: make(chan net.Conn),
		done:   done,
		close:  sync.OnceFunc(func() { close(done) }),
	}
}

func (t *tunnels) Accept() (net.Conn, error) {
	select {
	case conn := <-t.opened:
		return conn, nil
	case <-t.done:
		return nil, net.ErrClosed
	}
}

func (t *tunnels) Addr() net.Addr { return t.addr }

func (t *tunnels) Close() error {
	t.close()
	return nil
}

func (t *tunnels) open(conn net.Conn) {
	select {
	case t.opened <- conn:
	case <-t.done:
		conn.Close()
	}
}

// connect answers CONNECT: the forge itself is behind every address.
func (f *Forge) connect(w http.ResponseWriter, r *http.Request) {
	host := hostOf(r)
	f.mu.Lock()
	f.connects = append(f.connects, host)
	f.mu.Unlock()
	if !f.pause(r.Context()) {
		reset(r)
	}
	if f.isUnreachable(host) {
		http.Error(w, "cannot reach "+host, http.StatusBadGateway)
		return
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if _, err := io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		conn.Close()
		return
	}
	if f.strikeConnect(host) {
		abort(conn)
		return
	}
	f.tunnels.open(&tunnel{Conn: conn, early: early(buffered.Reader, conn), host: host, traffic: &f.traffic})
}

// early reads what is already buffered, then the connection itself.
func early(buffered *bufio.Reader, conn net.Conn) io.Reader {
	n := buffered.Buffered()
	if n == 0 {
		return conn
	}
	return io.MultiReader(io.LimitReader(buffered, int64(n)), conn)
}

// track counts connections for Stop and for the log. A hijacked connection
// ends here as a plain one and begins again as a tunnel.
func (f *Forge) track(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		f.open.Add(1)
		if _, ok := conn.(*tls.Conn); ok {
			f.mu.Lock()
			f.connections++
			f.mu.Unlock()
		}
	case http.StateHijacked, http.StateClosed:
		f.open.Done()
	}
}

type connKey struct{}

func withConn(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, conn)
}

// abort closes a connection so that its peer sees a reset, not an end.
func abort(conn net.Conn) {
	for {
		switch c := conn.(type) {
		case *tls.Conn:
			conn = c.NetConn()
		case *tunnel:
			conn = c.Conn
		case *net.TCPConn:
			c.SetLinger(0)
			c.Close()
			return
		default:
			c.Close()
			return
		}
	}
}

// reset ends a request without an answer, or in the middle of one: the
// connection of HTTP/1, the stream of HTTP/2. It does not return.
func reset(r *http.Request) {
	if conn, ok := r.Context().Value(connKey{}).(net.Conn); ok && r.ProtoMajor == 1 {
		abort(conn)
	}
	panic(http.ErrAbortHandler)
}

// hostOf is the host that a request is for, in lower case and without a port.
func hostOf(r *http.Request) string {
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.ToLower(host)
}
