package web_test

import (
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pinfetch/pinfetch/internal/web"
)

// The transport for libraries uploads over HTTP/1 to servers that also speak HTTP/2, even after the client has used it.
func TestTransport(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		if n == 1 {
			<-hang
		}
		w.Header().Set("Proto", r.Proto)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	defer close(hang)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	c := web.New(web.Options{Roots: roots, Stall: 300 * time.Millisecond})
	if err := c.Do(t.Context(), web.Request{URL: server.URL}, func(r *http.Response) error { return nil }); err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: c.Transport()}
	resp, err := client.Post(server.URL, "", strings.NewReader(strings.Repeat("x", 1<<20)))
	if err != nil || resp.Header.Get("Proto") != "HTTP/1.1" {
		t.Errorf("%v, %v", resp, err)
	}
	if _, err := client.Post(server.URL, "", strings.NewReader("x")); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a server that does not answer: %v", err)
	}
}
