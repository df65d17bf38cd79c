package forge

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
)

// tunnels is a listener that accepts what was opened through the proxy's CONNECT.
type tunnels struct {
	net.Listener // of the proxy
	forge        *Forge
	opened       chan net.Conn
	ctx          context.Context // done once closed
	cancel       context.CancelFunc
	digging      sync.WaitGroup
}

func newTunnels(l net.Listener, f *Forge) *tunnels {
	ctx, cancel := context.WithCancel(context.Background())
	return &tunnels{Listener: l, forge: f, opened: make(chan net.Conn), ctx: ctx, cancel: cancel}
}

// dig answers the proxy's clients until the listener is closed.
func (t *tunnels) dig() {
	defer t.digging.Wait()
	for {
		conn, err := t.Listener.Accept()
		if err != nil {
			return
		}
		t.digging.Go(func() {
			stop := context.AfterFunc(t.ctx, func() { conn.Close() })
			defer stop()
			if err := t.connect(conn); err != nil {
				conn.Close()
			}
		})
	}
}

var errNoConnect = errors.New("not a plain CONNECT")

// connect answers CONNECT. All hosts are the forge itself.
func (t *tunnels) connect(conn net.Conn) error {
	r := bufio.NewReader(conn)
	request, err := http.ReadRequest(r)
	if err != nil {
		return err
	}
	if request.Method != http.MethodConnect || r.Buffered() > 0 {
		return errNoConnect
	}
	if err := t.forge.travel(t.ctx); err != nil {
		return err
	}
	if _, err := io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return err
	}
	t.forge.tally.connections.Add(1)
	select {
	case t.opened <- tunnel{conn, &t.forge.tally}:
		return nil
	case <-t.ctx.Done():
		return t.ctx.Err()
	}
}

func (t *tunnels) Accept() (net.Conn, error) {
	select {
	case conn := <-t.opened:
		return conn, nil
	case <-t.ctx.Done():
		return nil, net.ErrClosed
	}
}

func (t *tunnels) Close() error {
	t.cancel()
	return t.Listener.Close()
}

// tunnel is a connection whose bytes are counted.
type tunnel struct {
	net.Conn
	tally *tally
}

func (t tunnel) Read(p []byte) (int, error) {
	n, err := t.Conn.Read(p)
	t.tally.bytesIn.Add(int64(n))
	return n, err
}

func (t tunnel) Write(p []byte) (int, error) {
	n, err := t.Conn.Write(p)
	t.tally.bytesOut.Add(int64(n))
	return n, err
}
