package forgetest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// Answer answers with a handler.
func Answer(handler http.HandlerFunc) Kind {
	return Kind{answer: func(w http.ResponseWriter, r *http.Request, _ http.HandlerFunc) { handler(w, r) }}
}

// Echo answers with a status and, in plain text, every header field of the
// request, the secret ones first: a server that is too helpful.
func Echo(code int) Kind {
	return Answer(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(code)
		io.WriteString(w, echoed(r))
	})
}

// EchoJSON is [Echo] as an API does it: {"message": …}.
func EchoJSON(code int) Kind {
	return Answer(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(code)
		json.NewEncoder(w).Encode(map[string]string{"message": echoed(r)})
	})
}

// echoed shows a request's header, and its secret once more, decoded.
func echoed(r *http.Request) string {
	var lines []string
	for key, values := range r.Header {
		for _, value := range values {
			lines = append(lines, key+": "+value+"\n")
		}
	}
	slices.Sort(lines) // Authorization comes first
	return fmt.Sprintf("no way, %q\n", bearer(r)) + strings.Join(lines, "")
}

// Elsewhere redirects every request to the same address of another origin,
// such as https://other.example.org.
func Elsewhere(origin string) Kind {
	return Answer(func(w http.ResponseWriter, r *http.Request) {
		redirect(w, origin+r.URL.RequestURI(), http.StatusTemporaryRedirect)
	})
}

// EndlessRedirects redirects every request to a new address.
func EndlessRedirects() Kind {
	return Answer(func(w http.ResponseWriter, r *http.Request) {
		redirect(w, origin(r)+r.URL.Path+"/on?"+r.URL.RawQuery, http.StatusFound)
	})
}

// Endless answers with a status, header fields (may be nil), a beginning, and then the
// same part again and again, until the client goes away or limit bytes are sent.
func Endless(code int, header http.Header, begin, part string, limit int64) Kind {
	return Answer(func(w http.ResponseWriter, r *http.Request) {
		for key, values := range header {
			w.Header()[http.CanonicalHeaderKey(key)] = values
		}
		w.WriteHeader(code)
		const write = 64 << 10 // bytes per write
		block := strings.Repeat(part, max(1, write/max(1, len(part))))
		_, err := io.WriteString(w, begin)
		for sent := int64(0); err == nil && sent < limit; sent += int64(len(block)) {
			_, err = io.WriteString(w, block)
		}
	})
}
