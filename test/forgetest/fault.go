package forgetest

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Fault makes requests fail. All of Host, Path and Match that are set must
// hold. The first fault that matches and is not used up strikes.
type Fault struct {
	Host  string                   // exact, any if empty
	Path  string                   // prefix of the decoded path, any if empty
	Match func(*http.Request) bool // any if nil; must not read the body
	Skip  int                      // how many matching requests pass first
	Times int                      // how many requests are struck, 0 for all
	Kind  Kind
}

// Kind is a way to fail. Only the functions of this package make one.
type Kind struct {
	stage stage
	// answer writes an answer instead of the true one, which next makes.
	answer func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc)
}

// stage is where in a connection's life a kind of fault strikes.
type stage int

const (
	stageRequest   stage = iota
	stageConnect         // at the proxy, when only the host is known
	stageHandshake       // in the TLS handshake, when only the host is known
)

// Status answers with a status, header fields (may be nil) and a body.
func Status(code int, header http.Header, body string) Kind {
	return Kind{answer: func(w http.ResponseWriter, r *http.Request, _ http.HandlerFunc) {
		for key, values := range header {
			w.Header()[http.CanonicalHeaderKey(key)] = values
		}
		w.WriteHeader(code)
		io.WriteString(w, body)
	}}
}

// HTML answers with status 200 and a login page.
func HTML() Kind {
	header := http.Header{"Content-Type": {"text/html; charset=utf-8"}}
	return Status(http.StatusOK, header, "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><form>Please sign in</form></body></html>\n")
}

// SecondaryLimit answers as GitHub does to too many requests at once.
// A client should wait for that long, in whole seconds.
func SecondaryLimit(wait time.Duration) Kind {
	header := http.Header{
		"Content-Type": {"application/json; charset=utf-8"},
		"Retry-After":  {strconv.Itoa(int(wait.Seconds()))},
	}
	return Status(http.StatusForbidden, header, `{"message":"You have exceeded a secondary rate limit. Please wait a few minutes before you try again.","documentation_url":"https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"}`)
}

// RedirectTo answers 302 with a location.
func RedirectTo(location string) Kind {
	return Status(http.StatusFound, http.Header{"Location": {location}}, "")
}

// RedirectLoop redirects every request to itself.
func RedirectLoop() Kind {
	return Kind{answer: func(w http.ResponseWriter, r *http.Request, _ http.HandlerFunc) {
		redirect(w, origin(r)+r.URL.RequestURI(), http.StatusFound)
	}}
}

// Refuse resets the connection right after CONNECT, before TLS. In a fault
// with Path or Match, and for plain http, it is [ResetHeader].
func Refuse() Kind {
	kind := ResetHeader()
	kind.stage = stageConnect
	return kind
}

// BadCertificate presents a certificate of an unknown authority. The fault can
// have no Path and no Match; plain http is not struck.
func BadCertificate() Kind { return Kind{stage: stageHandshake} }

// ResetHeader ends the request without an answer: HTTP/1 loses its connection,
// HTTP/2 its stream.
func ResetHeader() Kind {
	return Kind{answer: func(w http.ResponseWriter, r *http.Request, _ http.HandlerFunc) { reset(r) }}
}

// ResetBody sends the header and n bytes of the true answer, then resets.
func ResetBody(n int) Kind {
	return altered(func(w http.ResponseWriter, r *http.Request, true *recording) {
		true.send(w, true.body.Bytes()[:min(n, true.body.Len())])
		http.NewResponseController(w).Flush()
		reset(r)
	})
}

// Stall sends the header and n bytes of the true answer, then nothing more
// until the client goes away or the forge stops. A negative n holds the header
// back too.
func Stall(n int) Kind {
	return altered(func(w http.ResponseWriter, r *http.Request, true *recording) {
		if n >= 0 {
			true.send(w, true.body.Bytes()[:min(n, true.body.Len())])
			http.NewResponseController(w).Flush()
		}
		<-r.Context().Done()
		reset(r) // returning would complete the answer
	})
}

// Hold gives the true answer, but not before until is closed: requests that
// are held together are answered together.
func Hold(until <-chan struct{}) Kind {
	return Kind{answer: func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
		select {
		case <-until:
			next(w, r)
		case <-r.Context().Done():
			reset(r)
		}
	}}
}

// TruncateGzip sends the first half of the true answer as if it were all.
func TruncateGzip() Kind {
	return altered(func(w http.ResponseWriter, r *http.Request, true *recording) {
		half := true.body.Bytes()[:true.body.Len()/2]
		true.header.Set("Content-Length", strconv.Itoa(len(half)))
		true.send(w, half)
	})
}

// WrongLength sends the true answer after promising a hundred bytes more.
func WrongLength() Kind {
	return altered(func(w http.ResponseWriter, r *http.Request, true *recording) {
		true.header.Set("Content-Length", strconv.Itoa(true.body.Len()+100))
		true.send(w, true.body.Bytes())
	})
}

// EmptyBody sends the true answer's status and header, and no body.
func EmptyBody() Kind {
	return altered(func(w http.ResponseWriter, r *http.Request, true *recording) {
		true.header.Set("Content-Length", "0")
		true.send(w, nil)
	})
}

// Garbage sends the true answer's status and header, and 4096 meaningless
// bytes, always the same.
func Garbage() Kind {
	return altered(func(w http.ResponseWriter, r *http.Request, true *recording) {
		garbage := make([]byte, 4096)
		rand.NewChaCha8([32]byte{}).Read(garbage)
		true.header.Set("Content-Length", strconv.Itoa(len(garbage)))
		true.send(w, garbage)
	})
}

// CorruptPack flips one bit in the middle of the pack that a git fetch gets;
// lengths and framing stay right. An answer without a pack is the true one.
func CorruptPack() Kind {
	return altered(func(w http.ResponseWriter, r *http.Request, true *recording) {
		body := true.body.Bytes()
		if pack := packBytes(body); len(pack) > 0 {
			body[pack[len(pack)/2]] ^= 0x10
		}
		true.send(w, body)
	})
}

// packBytes returns where in an answer of git-upload-pack the bytes of the
// pack are: they travel on band 1 of gitprotocol-pack(5)'s side-band-64k.
func packBytes(answer []byte) []int {
	const header, band = 4, 1
	var places []int
	for at := 0; at+header <= len(answer); {
		size, err := strconv.ParseUint(string(answer[at:at+header]), 16, 16)
		end := at + max(int(size), header) // flush and delimiter packets have lengths below 4
		if err != nil || end > len(answer) {
			return nil
		}
		if end > at+header && answer[at+header] == band {
			for place := at + header + 1; place < end; place++ {
				places = append(places, place)
			}
		}
		at = end
	}
	return places
}

// AskPassword answers 401 as a server does that wants a user name and a
// password for a realm: what makes git, or a browser, ask its user.
func AskPassword(realm string) Kind {
	header := http.Header{"Content-Type": {"text/plain; charset=utf-8"}, "Www-Authenticate": {"Basic realm=" + strconv.Quote(realm)}}
	return Status(http.StatusUnauthorized, header, "Authentication required.\n")
}

// altered makes a kind that needs the true answer.
func altered(send func(w http.ResponseWriter, r *http.Request, true *recording)) Kind {
	return Kind{answer: func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
		true := &recording{header: http.Header{}, status: http.StatusOK}
		next(true, r)
		send(w, r, true)
	}}
}

// recording is an answer kept in memory.
type recording struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recording) Header() http.Header         { return r.header }
func (r *recording) WriteHeader(status int)      { r.status = status }
func (r *recording) Write(p []byte) (int, error) { return r.body.Write(p) }

func (r *recording) send(w http.ResponseWriter, body []byte) {
	for key, values := range r.header {
		w.Header()[key] = values
	}
	w.WriteHeader(r.status)
	w.Write(body)
}

// Fault adds a fault.
func (f *Forge) Fault(fault Fault) {
	if fault.Kind.stage == stageHandshake && (fault.Path != "" || fault.Match != nil) {
		f.fatalf("BadCertificate strikes before there is a path to match")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = append(f.faults, &fault)
}

// ClearFaults removes all faults, and answers again for hosts that
// [Forge.Unreachable] or [Forge.RateLimit] closed.
func (f *Forge) ClearFaults() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = nil
	clear(f.unreachable)
	clear(f.limited)
}

// strike returns the kind of the fault that strikes a request.
func (f *Forge) strike(r *http.Request) (Kind, bool) {
	host := hostOf(r)
	return f.take(func(fault *Fault) bool {
		if fault.Host != "" && !strings.EqualFold(fault.Host, host) || fault.Kind.answer == nil {
			return false
		}
		if fault.before() && r.TLS != nil {
			return false
		}
		return strings.HasPrefix(r.URL.Path, fault.Path) && (fault.Match == nil || fault.Match(r))
	})
}

// strikeConnect reports whether a fault refuses the connection to a host.
func (f *Forge) strikeConnect(host string) bool { return f.strikeEarly(host, stageConnect) }

// strikeHandshake reports whether a fault spoils the certificate of a host.
func (f *Forge) strikeHandshake(host string) bool { return f.strikeEarly(host, stageHandshake) }

func (f *Forge) strikeEarly(host string, stage stage) bool {
	_, struck := f.take(func(fault *Fault) bool {
		return fault.Kind.stage == stage && fault.before() && (fault.Host == "" || strings.EqualFold(fault.Host, host))
	})
	return struck
}

// before reports whether the fault strikes before the first request.
func (fault *Fault) before() bool {
	return fault.Kind.stage != stageRequest && fault.Path == "" && fault.Match == nil
}

// take uses up one turn of the first fault that matches.
func (f *Forge) take(matches func(*Fault) bool) (Kind, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, fault := range f.faults {
		switch {
		case !matches(fault):
			continue
		case fault.Skip > 0:
			fault.Skip--
			continue
		case fault.Times == 1:
			f.faults = append(f.faults[:i:i], f.faults[i+1:]...)
		case fault.Times > 1:
			fault.Times--
		}
		return fault.Kind, true
	}
	return Kind{}, false
}
