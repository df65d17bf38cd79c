package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"testing"
)

// stderr belongs to pinfetch: net/http logs an answer that nobody asked for, with the date before it.
func TestNoStrayLog(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi\nHTTP/1.1 404 Not Found\r\n\r\n")
			}
		}
	}()
	cmd := exec.CommandContext(t.Context(), "pinfetch", "hash", "url", "http://"+l.Addr().String()+"/a", "http://"+l.Addr().String()+"/b")
	var stderr strings.Builder
	cmd.Stderr, cmd.Env = &stderr, []string{"PATH=/usr/bin:/bin"}
	if err := cmd.Run(); err != nil || stderr.Len() > 0 {
		t.Errorf("%v, stderr: %s", err, &stderr)
	}
}
