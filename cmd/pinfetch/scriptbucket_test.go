package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/rogpeppe/go-internal/testscript"
)

// bucketServer is an S3 server of a script.
type bucketServer struct {
	s3 http.Handler

	mu     sync.Mutex
	method string // of the requests that fail
	fault  string // "", "hang", "cut" or a status
	sent   []string
}

type bucketKey struct{}

// bucket NAME, bucket fault METHOD STATUS|cut|hang, bucket repair, bucket told TEXT
func bucket(ts *testscript.TestScript, args []string) {
	server, _ := ts.Value(bucketKey{}).(*bucketServer)
	server.mu.Lock()
	defer server.mu.Unlock()
	switch {
	case len(args) == 3 && args[0] == "fault":
		server.method, server.fault = args[1], args[2]
	case len(args) == 1 && args[0] == "repair":
		server.fault = ""
	case len(args) == 2 && args[0] == "told":
		if !strings.Contains(strings.Join(server.sent, "\n"), args[1]) {
			ts.Fatalf("no request had %q in its Authorization", args[1])
		}
	case len(args) == 1:
		backend := s3mem.New()
		ts.Check(backend.CreateBucket(args[0]))
		server.s3 = gofakes3.New(backend).Server()
		listener := httptest.NewServer(server)
		ts.Defer(listener.Close)
		ts.Defer(listener.CloseClientConnections)
		ts.Setenv("S3", strings.TrimPrefix(listener.URL, "http://"))
	default:
		ts.Fatalf("usage: bucket NAME, bucket fault METHOD STATUS|cut|hang, bucket repair, or: bucket told TEXT")
	}
}

func (b *bucketServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	b.sent = append(b.sent, r.Header.Get("Authorization"))
	fault := b.fault
	if r.Method != b.method {
		fault = ""
	}
	b.mu.Unlock()
	switch status, _ := strconv.Atoi(fault); {
	case fault == "":
		b.s3.ServeHTTP(w, r)
	case fault == "hang":
		io.Copy(io.Discard, r.Body) // else the end of the connection goes unnoticed
		<-r.Context().Done()
	case fault == "cut":
		panic(http.ErrAbortHandler)
	default:
		w.WriteHeader(status)
	}
}
