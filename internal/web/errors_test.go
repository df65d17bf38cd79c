package web_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// maxErrorBytes is more than any error of this package may be long.
const maxErrorBytes = 2000

func TestStatusErrorText(t *testing.T) {
	t.Parallel()
	kind := func(status int, contentType, body string) forgetest.Kind {
		return forgetest.Status(status, http.Header{"Content-Type": {contentType}}, body)
	}
	tests := []struct {
		name string
		kind forgetest.Kind
		want string // the end of the text
	}{
		{"plain", kind(404, "text/plain; charset=utf-8", "no such file\n"), "404 Not Found: no such file"},
		{"JSON", kind(404, "application/json; charset=utf-8", `{"message":"no such thing","documentation_url":"x"}`), "404 Not Found: no such thing"},
		{"JSON without a message", kind(404, "application/json", `{"error":"gone"}`), `404 Not Found: {"error":"gone"}`},
		{"JSON that breaks off", kind(404, "application/json", `{"message":"no`), `404 Not Found: {"message":"no`},
		{"JSON with an escape", kind(404, "application/json", `{"message":"a\u001b[2Jb"}`), "404 Not Found"},
		{"few lines", kind(400, "text/plain", "one\r\ntwo\nthree\nfour\n"), "400 Bad Request: one two three"},
		{"no type", kind(404, "", "text"), "404 Not Found"},
		{"HTML", kind(404, "text/html; charset=utf-8", "<html><body>gone</body></html>"), "404 Not Found"},
		{"HTML that says it is plain", kind(404, "text/plain", "\n"), "404 Not Found"},
		{"binary", kind(404, "application/octet-stream", "\x00\x01"), "404 Not Found"},
		{"terminal escape", kind(404, "text/plain", "a\x1b[2Jb"), "404 Not Found"},
		{"bell", kind(404, "text/plain", "a\ab"), "404 Not Found"},
		{"carriage return", kind(404, "text/plain", "a\rb"), "404 Not Found"},
		{"C1 escape", kind(404, "text/plain", "a\u009b2Jb"), "404 Not Found"},
		{"bidirectional override", kind(404, "text/plain", "a\u202eb"), "404 Not Found"},
		{"invalid UTF-8", kind(404, "text/plain", "a\xffb"), "404 Not Found"},
		{"unknown status", kind(599, "text/plain", "odd"), "599 : odd"},
	}
	f := forgetest.New(t)
	c := newClient(t, f, web.Options{Tries: 1, Credentials: web.Credentials{"files.example.org": {User: "ada", Password: "hunter1"}}})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f.ClearFaults()
			f.Fault(forgetest.Fault{Kind: tt.kind})
			_, err := get(t, c, "https://eve:hunter0@files.example.org/a/b?token=hunter2#hunter3")
			if err == nil || !strings.HasSuffix(err.Error(), tt.want) {
				t.Fatalf("got %v, want …%s", err, tt.want)
			}
			if want := "GET https://files.example.org/a/b?…: "; !strings.HasPrefix(err.Error(), want) {
				t.Errorf("got %q, want %q…", err, want)
			}
			check(t, err)
		})
	}
}

// check holds an error to what the package comment promises of every error.
func check(t *testing.T, err error) {
	t.Helper()
	text := err.Error()
	if strings.Contains(text, "hunter") {
		t.Errorf("the error shows a secret: %.300q", text)
	}
	if len(text) > maxErrorBytes {
		t.Errorf("the error is %d bytes long: %.100q…", len(text), text)
	}
	if i := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
		t.Errorf("the error holds %q: %.200q", text[i], text)
	}
}

func TestErrorsAreBoundedAndClean(t *testing.T) {
	t.Parallel()
	plain := http.Header{"Content-Type": {"text/plain"}}
	long := strings.Repeat("long ", 1<<18)
	tests := []struct {
		name string
		kind forgetest.Kind
	}{
		{"long line", forgetest.Status(400, plain, long)},
		{"many lines", forgetest.Status(400, plain, strings.ReplaceAll(long, " ", "\n"))},
		{"long line of wide characters", forgetest.Status(400, plain, strings.Repeat("日", 1<<18))},
		{"redirect to nonsense", forgetest.RedirectTo("https://files.example.org:port/?token=hunter2")},
		{"redirect to long nonsense", forgetest.RedirectTo("https://files.example.org/%zz" + strings.Repeat("x", 1<<16))},
		{"redirect to nonsense with a password", forgetest.RedirectTo("https://ada:hunter2@files.example.org/%zz?token=hunter3")},
		{"redirect to an unknown scheme", forgetest.RedirectTo("gopher:hunter2")},
		{"redirect to a long scheme", forgetest.RedirectTo(strings.Repeat("x", 1<<16) + "://files.example.org/")},
		{"redirect without a place", forgetest.Status(302, nil, "")},
		{"redirect to a long address", forgetest.RedirectTo("https://files.example.org/" + strings.Repeat("x", 1<<16))},
		{"the server repeats the password", forgetest.Status(400, plain, "bad password hunter1 of ada")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := forgetest.New(t)
			f.Fault(forgetest.Fault{Path: "/start", Kind: tt.kind})
			c := newClient(t, f, web.Options{Credentials: web.Credentials{"files.example.org": {User: "ada", Password: "hunter1"}}})
			_, err := get(t, c, "https://files.example.org/start?key=hunter0")
			if err == nil {
				t.Fatal("got no error")
			}
			check(t, err)
			if errors.Is(err, web.ErrUnreachable) {
				t.Errorf("the host was reached: %.200v", err)
			}
			if got := len(f.Requests()); got > 2 {
				t.Errorf("got %d requests: a new try changes nothing", got)
			}
		})
	}
}

func TestRateLimits(t *testing.T) {
	t.Parallel()
	header := func(pairs ...string) http.Header {
		h := http.Header{}
		for i := 0; i < len(pairs); i += 2 {
			h.Set(pairs[i], pairs[i+1])
		}
		return h
	}
	reset := time.Date(2030, time.March, 17, 17, 46, 40, 0, time.UTC)
	unix := fmt.Sprint(reset.Unix())
	tests := []struct {
		name  string
		kind  forgetest.Kind
		class error
		reset time.Time
		soon  bool // the reset is counted from now
		hint  string
	}{
		{"403, quota exhausted", forgetest.Status(403, header("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", unix), ""), web.ErrRateLimited, reset, false, "2030-03-17T17:46:40Z"},
		{"429, quota exhausted", forgetest.Status(429, header("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", unix, "Retry-After", "100"), ""), web.ErrRateLimited, reset, false, "2030-03-17T17:46:40Z"},
		{"403, quota exhausted, no reset", forgetest.Status(403, header("X-RateLimit-Remaining", "0"), ""), web.ErrRateLimited, time.Time{}, false, "GITHUB_TOKEN"},
		{"403, malformed reset", forgetest.Status(403, header("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "soon"), ""), web.ErrRateLimited, time.Time{}, false, "GITHUB_TOKEN"},
		{"secondary limit", forgetest.SecondaryLimit(2 * time.Minute), web.ErrRateLimited, time.Time{}, true, "the limit resets at"},
		{"429 for long", forgetest.Status(429, header("Retry-After", "3600"), ""), web.ErrRateLimited, time.Time{}, true, "the limit resets at"},
		{"403, quota left", forgetest.Status(403, header("X-RateLimit-Remaining", "12", "X-RateLimit-Reset", unix), ""), web.ErrUnauthorized, time.Time{}, false, ""},
		{"403", forgetest.Status(403, nil, ""), web.ErrUnauthorized, time.Time{}, false, ""},
		{"404, quota exhausted", forgetest.Status(404, header("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", unix), ""), web.ErrNotFound, time.Time{}, false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := forgetest.New(t)
			f.Fault(forgetest.Fault{Kind: tt.kind})
			c := newClient(t, f, web.Options{})
			_, err := get(t, c, "https://api.github.com/repos/acme/demo")
			if !errors.Is(err, tt.class) {
				t.Fatalf("got %v, want %v", err, tt.class)
			}
			if tt.class == web.ErrRateLimited && errors.Is(err, web.ErrUnauthorized) {
				t.Errorf("%v is also %v", err, web.ErrUnauthorized)
			}
			var status *web.StatusError
			if !errors.As(err, &status) {
				t.Fatalf("got %T, want a StatusError", err)
			}
			if tt.soon && status.Reset.IsZero() || !tt.soon && !status.Reset.Equal(tt.reset) {
				t.Errorf("got reset %v, want %v", status.Reset, tt.reset)
			}
			if got := status.Hint(); !strings.Contains(got, tt.hint) || tt.hint == "" && got != "" {
				t.Errorf("got hint %q, want %q", got, tt.hint)
			}
			if got := len(f.Requests()); got != 1 {
				t.Errorf("got %d requests, want 1", got)
			}
		})
	}
}

func TestCheckStatusKeepsBody(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	text := strings.Repeat("0123456789", 1000)
	f.Fault(forgetest.Fault{Kind: forgetest.Status(422, http.Header{"Content-Type": {"text/plain"}}, text)})
	transport := f.Transport()
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Get("https://api.github.com/a")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := web.CheckStatus(resp); err == nil {
		t.Error("422 is no error")
	}
	if got, err := web.ReadAll(resp.Body, 1<<20); err != nil || string(got) != text {
		t.Errorf("got %d bytes, %v, want all %d", len(got), err, len(text))
	}
}
