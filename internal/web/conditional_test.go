package web_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/pinfetch/pinfetch/internal/cache"
	"github.com/pinfetch/pinfetch/internal/web"
)

// Headers in a 304 replace the stored ones, for example the remaining quota; the other stored ones remain.
func TestConditionalHeader(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		switch {
		case r.Method == http.MethodGet && r.Header.Get("If-None-Match") == `"1"`:
			header.Set("X-RateLimit-Remaining", "41")
			w.WriteHeader(http.StatusNotModified)
			return
		case r.URL.Path == "/tagged":
			header.Set("ETag", `"1"`)
		case r.Header.Get("If-None-Match") != "":
			t.Errorf("%s %s is conditional", r.Method, r.URL)
		}
		header.Set("Link", `</2>; rel="next"`)
		header.Set("Content-Type", "application/json")
		header.Set("Set-Cookie", "session=s3cret")
		header.Set("X-RateLimit-Remaining", "42")
		io.WriteString(w, "[]")
	}))
	defer server.Close()
	w, dir := web.New(web.Options{}), filepath.Join(t.TempDir(), "cache")
	for _, tt := range []struct{ method, path, remaining string }{
		{"GET", "/tagged", "42"}, {"GET", "/tagged", "41"}, {"GET", "/tagged?page=2", "42"}, {"POST", "/tagged", "42"},
		{"GET", "/plain", "42"}, {"GET", "/plain", "42"}, {"GET", "/tagged", "41"},
	} {
		store := cache.Open(dir, cache.Options{Log: func(text string) { t.Error(text) }})
		client := &http.Client{Transport: web.Conditional(w.RoundTripper(), store, nil)}
		req, err := http.NewRequestWithContext(t.Context(), tt.method, server.URL+tt.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != 200 || string(body) != "[]" || err != nil || resp.Request.URL.Path != req.URL.Path {
			t.Errorf("%v: got %d %q, %v, want 200 and []", tt, resp.StatusCode, body, err)
		}
		for name, want := range map[string]string{"Link": `</2>; rel="next"`, "Content-Type": "application/json", "X-RateLimit-Remaining": tt.remaining} {
			if got := resp.Header.Get(name); got != want {
				t.Errorf("%v: got %s %q, want %q", tt, name, got, want)
			}
		}
		if tt.remaining == "41" && resp.Header.Get("Set-Cookie") != "" {
			t.Errorf("%v: a cookie was kept", tt)
		}
	}
}
