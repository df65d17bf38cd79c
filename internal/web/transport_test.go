package web_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// What may have been acted on is sent again only if that is harmless.
func TestWritingRoundTripper(t *testing.T) {
	t.Parallel()
	answer := func(status int, header ...string) forgetest.Kind {
		h := http.Header{"Content-Type": {"application/json"}}
		for i := 0; i+1 < len(header); i += 2 {
			h.Set(header[i], header[i+1])
		}
		return forgetest.Status(status, h, `{"message":"why"}`)
	}
	tests := []struct {
		name     string
		kind     forgetest.Kind // of the first answer; all others are 201
		want     error          // of a POST
		post     int            // requests
		put, get int            // requests; 0 for those of a POST
	}{
		{"created", answer(201), nil, 1, 1, 1},
		{"accepted", answer(202), nil, 1, 1, 2},
		{"no content", forgetest.Status(204, nil, ""), nil, 1, 1, 1},
		{"failure", answer(502), web.ErrServer, 1, 2, 2},
		{"timeout", answer(408), web.ErrStatus, 1, 2, 2},
		{"refused", answer(422), web.ErrStatus, 1, 1, 1},
		{"no rights", answer(403), web.ErrUnauthorized, 1, 1, 1},
		{"limit", answer(429), nil, 2, 2, 2},
		{"limit that ends", answer(429, "Retry-After", "0"), nil, 2, 2, 2},
		{"long limit", answer(429, "Retry-After", "3600"), web.ErrRateLimited, 1, 1, 1},
		{"no answer", forgetest.ResetHeader(), web.ErrUnreachable, 1, 2, 2},
		{"half an answer", forgetest.ResetBody(3), web.ErrTruncated, 1, 2, 2},
		{"no connection", forgetest.Refuse(), nil, 1, 1, 1},
		{"to another method", answer(302, "Location", "https://api.example.org/b"), web.ErrStatus, 1, 1, 2},
		{"moved", answer(307, "Location", "https://api.example.org/b"), nil, 2, 2, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for method, want := range map[string]int{http.MethodPost: tt.post, http.MethodPut: tt.put, http.MethodGet: tt.get} {
				f := forgetest.New(t)
				f.File("api.example.org", "/a", forgetest.Content{Body: []byte("a whole answer")})
				f.Fault(forgetest.Fault{Times: 1, Kind: tt.kind})
				f.Fault(forgetest.Fault{Kind: answer(201)})
				library := &http.Client{Transport: newClient(t, f, web.Options{Tries: 3}).WritingRoundTripper()}
				req, err := http.NewRequestWithContext(t.Context(), method, "https://api.example.org/a", strings.NewReader("{}"))
				if err != nil {
					t.Fatal(err)
				}
				resp, err := library.Do(req)
				if err == nil {
					_, err = io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
				}
				requests := 0
				for _, r := range f.Requests() {
					if r.Method == method {
						requests++
					}
				}
				if requests != want || method == http.MethodPost && !errors.Is(err, tt.want) {
					t.Errorf("%s: got %d requests, %v, want %d, %v", method, requests, err, want, tt.want)
				}
			}
		})
	}
}

// GitLab's tokens do not follow a redirect to another host either.
func TestTokensInHeadersStay(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	f.File("gitlab.com", "/same", forgetest.Content{Redirect: "https://gitlab.com/other"})
	f.File("gitlab.com", "/other", forgetest.Content{Redirect: "https://evil.example/end"})
	f.File("evil.example", "/end", forgetest.Content{Body: []byte("end")})
	err := newClient(t, f, web.Options{}).Do(t.Context(), web.Request{
		URL: "https://gitlab.com/same", Header: http.Header{"Private-Token": {"t0ken"}, "Job-Token": {"t0ken"}},
	}, func(*http.Response) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range f.Requests() {
		if got := r.Header.Get("Private-Token") + r.Header.Get("Job-Token"); (got != "") != (i < 2) {
			t.Errorf("%s%s got %q", r.Host, r.Path, got)
		}
	}
}
