package forgetest

import (
	"bufio"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Request is one request as the forge saw it. CONNECT is not among them; see
// [Forge.Connects].
type Request struct {
	Host   string // lower case, without a port
	TLS    bool   // came through a tunnel
	Proto  string // "HTTP/2.0" or "HTTP/1.1"
	Method string
	Path   string // decoded
	Query  url.Values
	Header http.Header // all of it, secrets too
	// Command of git protocol v2: "ls-refs" or "fetch", otherwise empty.
	Command string
	// Status is 0 until the answer begins, or if none was given.
	Status int
}

// Requests returns all requests since the start or the last [Forge.ResetLog],
// in the order of their arrival.
func (f *Forge) Requests() []Request {
	f.mu.Lock()
	defer f.mu.Unlock()
	requests := make([]Request, len(f.requests))
	for i, r := range f.requests {
		requests[i] = *r
	}
	return requests
}

// Connects returns the host of every CONNECT since the start or the last
// [Forge.ResetLog], refused ones included, in the order of their arrival.
func (f *Forge) Connects() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.connects)
}

// Connections returns the number of TLS connections since the start or the
// last [Forge.ResetLog].
func (f *Forge) Connections() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.connections
}

// ResetLog forgets all requests and connections.
func (f *Forge) ResetLog() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests, f.connects, f.connections = nil, nil, 0
	f.traffic.reset()
}

// logged enters a request into the log and returns a writer that completes
// the entry when the answer begins.
func (f *Forge) logged(w http.ResponseWriter, r *http.Request) *answer {
	entry := &Request{
		Host:    hostOf(r),
		TLS:     r.TLS != nil,
		Proto:   r.Proto,
		Method:  r.Method,
		Path:    r.URL.Path,
		Query:   r.URL.Query(),
		Header:  r.Header.Clone(),
		Command: peekCommand(r),
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, entry)
	return &answer{ResponseWriter: w, forge: f, entry: entry}
}

// peekCommand returns the command of a protocol v2 request, whose body begins
// with a packet such as "0014command=ls-refs\n". The body can still be read.
func peekCommand(r *http.Request) string {
	const packet = len("0014command=ls-refs")
	if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/git-upload-pack") {
		return ""
	}
	body := bufio.NewReaderSize(r.Body, packet)
	start, _ := body.Peek(packet)
	r.Body = struct {
		io.Reader
		io.Closer
	}{body, r.Body}
	for _, command := range []string{"ls-refs", "fetch", "object-info"} {
		if len(start) > 4 && strings.HasPrefix(string(start[4:])+"\n", "command="+command) {
			return command
		}
	}
	return ""
}

// answer is a ResponseWriter that notes the status in the log.
type answer struct {
	http.ResponseWriter
	forge *Forge
	entry *Request
}

func (a *answer) WriteHeader(status int) {
	a.note(status)
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(p []byte) (int, error) {
	a.note(http.StatusOK)
	return a.ResponseWriter.Write(p)
}

func (a *answer) note(status int) {
	a.forge.mu.Lock()
	defer a.forge.mu.Unlock()
	if a.entry.Status == 0 {
		a.entry.Status = status
	}
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
