package web_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// Where redirects end, and what a server on the way calls immutable, without the body.
func TestLocate(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	links := func(fields ...string) http.Header { return http.Header{"Link": fields} }
	f.File("example.org", "/plain", forgetest.Content{Body: make([]byte, 1<<20)})
	f.File("example.org", "/hop", forgetest.Content{Redirect: "/plain", Status: http.StatusMovedPermanently})
	f.File("example.org", "/two", forgetest.Content{Redirect: "https://other.example.org/hop?x=1"})
	f.File("other.example.org", "/hop", forgetest.Content{Redirect: "https://example.org/plain"})
	f.File("example.org", "/link", forgetest.Content{Header: links(`<https://example.org/a?rev=1>; rel="immutable"`)})
	f.File("example.org", "/among", forgetest.Content{Header: links(`<https://example.org/p>; rel="next", </b>; title="x"; rel="x immutable"`)})
	f.File("example.org", "/second", forgetest.Content{Header: links(`<https://example.org/p>; rel=next`, `<c>;rel=immutable`)})
	f.File("example.org", "/others", forgetest.Content{Header: links(`<https://example.org/p>; rel="not-immutable"`, `https://example.org/p; rel="immutable"`, `<%zz>; rel="immutable"`)})
	f.File("example.org", "/onward", forgetest.Content{Redirect: "/plain", Header: links(`<https://example.org/d>; rel="immutable"`)})
	f.File("example.org", "/later", forgetest.Content{Redirect: "/link"})
	c := newClient(t, f, web.Options{})
	for path, want := range map[string][2]string{
		"plain":  {"https://example.org/plain", ""},
		"hop":    {"https://example.org/plain", ""},
		"two":    {"https://example.org/plain", ""},
		"link":   {"https://example.org/link", "https://example.org/a?rev=1"},
		"among":  {"https://example.org/among", "https://example.org/b"},
		"second": {"https://example.org/second", "https://example.org/c"},
		"others": {"https://example.org/others", ""},
		"onward": {"https://example.org/plain", "https://example.org/d"},
		"later":  {"https://example.org/link", "https://example.org/a?rev=1"},
	} {
		final, immutable, err := c.Locate(t.Context(), "https://example.org/"+path)
		if err != nil || final != want[0] || immutable != want[1] {
			t.Errorf("%s: got %q, %q, %v, want %q", path, final, immutable, err, want)
		}
	}
	if _, _, err := c.Locate(t.Context(), "https://example.org/absent"); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("got %v, want %v", err, web.ErrNotFound)
	}
	for _, r := range f.Requests() {
		if r.Method != http.MethodGet {
			t.Errorf("got a %s, want only GET", r.Method)
		}
	}
}
