package web_test

import (
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pinfetch/pinfetch/internal/web"
)

// crowd sends requests to a server at once and returns how many connections and concurrent requests the server saw.
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
	if got, most := crowd(t, false, 500); got > 4*web.MaxHTTP1 || most > web.MaxHTTP1 { // some close before they are used again
		t.Errorf("HTTP/1: got %d connections and %d requests at once, want at most %d at once", got, most, web.MaxHTTP1)
	}
}

// A host that allows one stream on a connection gets another connection: a request that waited for the
// first would seem stalled.
func TestFewStreams(t *testing.T) {
	t.Parallel()
	begun, served := make(chan struct{}), make(chan struct{})
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/long" {
			return
		}
		w.Write([]byte("x"))
		http.NewResponseController(w).Flush()
		close(begun)
		<-served
	}))
	server.EnableHTTP2 = true
	server.Config.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: 1}
	server.StartTLS()
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	client := web.New(web.Options{Roots: roots, Stall: 10 * time.Second, Tries: 1})
	var long sync.WaitGroup
	long.Go(func() {
		if body, err := get(t, client, server.URL+"/long"); err != nil || body != "x" {
			t.Errorf("got %q, %v", body, err)
		}
	})
	<-begun
	if _, err := get(t, client, server.URL+"/short"); err != nil {
		t.Error(err)
	}
	close(served)
	long.Wait()
}
