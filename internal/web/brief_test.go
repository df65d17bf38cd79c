package web_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/web"
)

// maxError is the length in bytes of the longest error about one request.
const maxError = 1000

// What a server says below HTTP appears shortened too.
func TestErrorsOfTheTransportAreBrief(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("long\x1b[31m", 1500)
	for name, answer := range map[string]string{
		"header":      "HTTP/1.1 200 OK\r\n" + long + "\r\n\r\n",
		"status line": "HTTP/1.1 " + long + "\r\n\r\n",
		"no HTTP":     long + "\r\n\r\n",
		"length":      "HTTP/1.1 200 OK\r\nContent-Length: " + long + "\r\n\r\n",
		"encoding":    "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + long + "\r\n\r\n",
		"chunk":       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + long + "\r\n",
		"trailer":     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + long + "\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			go func() {
				if conn, err := l.Accept(); err == nil {
					defer conn.Close()
					conn.Read(make([]byte, 4096))
					io.WriteString(conn, answer)
				}
			}()
			wantBrief(t, web.New(web.Options{Tries: 1}), "http://"+l.Addr().String()+"/")
		})
	}
	t.Run("GOAWAY", func(t *testing.T) {
		t.Parallel()
		server := httptest.NewUnstartedServer(nil)
		server.EnableHTTP2 = true
		server.Config.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){"h2": func(_ *http.Server, conn *tls.Conn, _ http.Handler) {
			conn.Read(make([]byte, 4096))
			const settings, lastStreamAndCode = "\x00\x00\x00\x04\x00\x00\x00\x00\x00", "\x7f\xff\xff\xff\x00\x00\x00\x0b" // RFC 9113, 6.5 and 6.8
			n := len(lastStreamAndCode) + len(long)
			io.WriteString(conn, settings+string([]byte{0, byte(n >> 8), byte(n)})+"\x07\x00\x00\x00\x00\x00"+lastStreamAndCode+long)
			conn.Close()
		}}
		server.StartTLS()
		defer server.Close()
		roots := x509.NewCertPool()
		roots.AddCert(server.Certificate())
		wantBrief(t, web.New(web.Options{Tries: 1, Roots: roots}), server.URL+"/")
	})
}

func wantBrief(t *testing.T, c *web.Client, url string) {
	t.Helper()
	_, err := get(t, c, url)
	if err == nil {
		t.Fatal("got no error")
	}
	if text := err.Error(); len(text) > maxError || strings.ContainsRune(text, '\x1b') {
		t.Errorf("got an error of %d bytes: %.200q", len(text), text)
	}
}
