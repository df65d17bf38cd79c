package web_test

import (
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/pinfetch/pinfetch/internal/web"
)

// crowd sends requests to a server all at once and returns how many connections and how many at once it saw.
func crowd(t *testing.T, http2 bool, requests int) (connections, most int32) {
	t.Helper()
	var opened, inFlight, highest atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		for n, seen := inFlight.Add(1), highest.Load(); n > seen && !highest.CompareAndSwap(seen, n); seen = highest.Load() {
		}
		inFlight.Add(-1)
	}))
	server.EnableHTTP2 = http2
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.StartTLS()
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	client := web.New(web.Options{Roots: roots})
	var wait sync.WaitGroup
	for range requests {
		wait.Go(func() {
			if _, err := get(t, client, server.URL); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	return opened.Load(), highest.Load()
}

func TestRequestsShareOneConnection(t *testing.T) {
	t.Parallel()
	if got, _ := crowd(t, true, 500); got != 1 {
		t.Errorf("HTTP/2: got %d connections, want 1", got)
	}
}

func TestHTTP1ConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	if got, most := crowd(t, false, 500); got > 4*web.DefaultHTTP1 || most > web.DefaultHTTP1 { // some close before they are used again
		t.Errorf("HTTP/1: got %d connections and %d requests at once, want at most %d at once", got, most, web.DefaultHTTP1)
	}
}
