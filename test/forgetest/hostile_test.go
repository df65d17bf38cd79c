package forgetest_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/test/forgetest"
)

// ask sends one request, without following redirects.
func ask(t *testing.T, f *forgetest.Forge, url string) (*http.Response, string) {
	t.Helper()
	transport := f.Transport()
	t.Cleanup(transport.CloseIdleConnections)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("ada", "secret")
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func TestHostileKinds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		kind     forgetest.Kind
		status   int
		location string
		body     string // part of it
	}{
		{"answer", forgetest.Answer(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }), http.StatusTeapot, "", ""},
		{"echo", forgetest.Echo(http.StatusForbidden), http.StatusForbidden, "", "no way, \"secret\"\nAuthorization: Basic YWRhOnNlY3JldA==\n"},
		{"echo as JSON", forgetest.EchoJSON(http.StatusBadRequest), http.StatusBadRequest, "", `Authorization: Basic YWRhOnNlY3JldA==`},
		{"elsewhere", forgetest.Elsewhere("https://other.example.org"), http.StatusTemporaryRedirect, "https://other.example.org/a?b=c", ""},
		{"endless redirects", forgetest.EndlessRedirects(), http.StatusFound, "https://example.org/a/on?b=c", ""},
		{"endless", forgetest.Endless(http.StatusOK, http.Header{"x-a": {"b"}}, "begin ", "part ", 1), http.StatusOK, "", "begin part part "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := forgetest.New(t)
			f.Fault(forgetest.Fault{Kind: tt.kind})
			resp, body := ask(t, f, "https://example.org/a?b=c")
			if resp.StatusCode != tt.status || resp.Header.Get("Location") != tt.location || !strings.Contains(body, tt.body) {
				t.Errorf("got %d, to %q, %q\nwant %d, to %q, %q", resp.StatusCode, resp.Header.Get("Location"), body, tt.status, tt.location, tt.body)
			}
		})
	}
}

// An endless answer ends when the client has had enough.
func TestEndlessEnds(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	f.Fault(forgetest.Fault{Kind: forgetest.Endless(http.StatusOK, nil, "", "x", 1<<62)})
	resp, err := http.Get(f.URL() + "/endless")
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.CopyN(io.Discard, resp.Body, 1<<20)
	if err != nil || n != 1<<20 {
		t.Errorf("got %d bytes, %v, want %d", n, err, 1<<20)
	}
	if err := resp.Body.Close(); err != nil && !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	f.Stop() // waits for the handler
}
