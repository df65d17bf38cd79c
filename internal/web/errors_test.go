package web_test

import (
	"errors"
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// maxErrorBytes is an upper limit for the length of all errors of this package.
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
		{"JSON without a message", kind(404, "application/json", `{"gone":true}`), `404 Not Found: {"gone":true}`},
		{"an error", kind(403, "application/json", `{"error":"insufficient_scope","error_description":"needs api","scope":"api"}`), "403 Forbidden: insufficient_scope: needs api"},
		{"a list", kind(409, "application/json", `{"message":["one","two"]}`), "409 Conflict: one; two"},
		{"fields", kind(400, "application/json", `{"message":{"title":["is long","is odd"],"base":["is missing"]}}`),
			"400 Bad Request: base: is missing; title: is long; is odd"},
		{"errors", kind(422, "application/json",
			`{"message":"Validation Failed","errors":[{"resource":"PullRequest","code":"custom","message":"it exists"},{"resource":"PullRequest","field":"base","code":"invalid"}]}`),
			"422 Unprocessable Entity: Validation Failed: it exists; PullRequest base invalid"},
		{"errors that are a text", kind(422, "application/json", `{"message":"no","errors":"odd"}`), "422 Unprocessable Entity: no: odd"},
		{"errors of texts", kind(422, "application/json", `{"message":"no","errors":["one","two","three"]}`), "422 Unprocessable Entity: no: one; two;"},
		{"a number of errors", kind(422, "application/json", `{"message":"odd","errors":[1,null,{}]}`), "422 Unprocessable Entity: odd"},
		{"an escape in a list", kind(409, "application/json", `{"message":["a\u001b[2Jb"]}`), "409 Conflict"},
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

// check checks an error against the guarantees in the package comment.
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
				t.Errorf("got %d requests: a retry cannot help", got)
			}
		})
	}
}

func TestRateLimits(t *testing.T) {
	t.Parallel()
	reset := time.Date(2099, time.March, 17, 17, 46, 40, 0, time.UTC)
	ownWay := func(resp *http.Response, _ string) (bool, time.Time) {
		return resp.Header.Get("X-Limited") != "", reset
	}
	tests := []struct {
		name   string
		status int
		header http.Header
		class  error
		reset  time.Time
		soon   bool // the reset is relative to now
	}{
		{"429 for long", 429, http.Header{"Retry-After": {"3600"}}, web.ErrRateLimited, time.Time{}, true},
		{"recognized by the option", 403, http.Header{"X-Limited": {"1"}}, web.ErrRateLimited, reset, false},
		{"recognized by the option, with Retry-After", 429, http.Header{"X-Limited": {"1"}, "Retry-After": {"3600"}}, web.ErrRateLimited, reset, false},
		{"403", 403, nil, web.ErrUnauthorized, time.Time{}, false},
		{"403 with Retry-After", 403, http.Header{"Retry-After": {"3600"}}, web.ErrUnauthorized, time.Time{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := forgetest.New(t)
			f.Fault(forgetest.Fault{Kind: forgetest.Status(tt.status, tt.header, "")})
			c := newClient(t, f, web.Options{RateLimit: ownWay})
			_, err := get(t, c, "https://files.example.org/a")
			var status *web.StatusError
			if !errors.As(err, &status) || !errors.Is(err, tt.class) {
				t.Fatalf("got %v, want a StatusError that is %v", err, tt.class)
			}
			if tt.soon == status.Reset.IsZero() && tt.soon || !tt.soon && !status.Reset.Equal(tt.reset) {
				t.Errorf("got reset %v, want %v", status.Reset, tt.reset)
			}
			if status.Host != "files.example.org" {
				t.Errorf("got host %q, want files.example.org", status.Host)
			}
			if got := len(f.Requests()); got != 1 {
				t.Errorf("got %d requests, want 1", got)
			}
		})
	}
}

// Code that does not import this package can still tell a missing file from a forbidden one.
func TestStatusErrorsHaveStandardClasses(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	c := newClient(t, f, web.Options{Tries: 1})
	for status, want := range map[int]error{404: fs.ErrNotExist, 410: fs.ErrNotExist, 401: fs.ErrPermission, 403: fs.ErrPermission, 429: nil, 500: nil, 400: nil} {
		f.ClearFaults()
		f.Fault(forgetest.Fault{Kind: forgetest.Status(status, nil, "")})
		_, err := get(t, c, "https://files.example.org/a")
		for _, class := range []error{fs.ErrNotExist, fs.ErrPermission} {
			if got := errors.Is(err, class); got != (class == want) {
				t.Errorf("%d: got %v for %v", status, got, class)
			}
		}
	}
}
