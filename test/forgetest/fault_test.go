package forgetest

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestFaults(t *testing.T) {
	t.Parallel()
	body := strings.Repeat("0123456789", 1000)
	tests := []struct {
		name string
		kind Kind
		// check gets what a GET of the body gave.
		check func(resp *http.Response, body string, err error) bool
	}{
		{"status", Status(503, http.Header{"retry-after": {"7"}}, "busy"), func(r *http.Response, got string, err error) bool {
			return err == nil && r.StatusCode == 503 && r.Header.Get("Retry-After") == "7" && got == "busy"
		}},
		{"html", HTML(), func(r *http.Response, got string, err error) bool {
			return err == nil && r.StatusCode == 200 && strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") && strings.HasPrefix(got, "<!DOCTYPE html>")
		}},
		{"secondary limit", SecondaryLimit(2 * time.Minute), func(r *http.Response, got string, err error) bool {
			return err == nil && r.StatusCode == 403 && r.Header.Get("Retry-After") == "120" && strings.Contains(got, "secondary rate limit")
		}},
		{"ask for a password", AskPassword("here"), func(r *http.Response, got string, err error) bool {
			return err == nil && r.StatusCode == 401 && r.Header.Get("WWW-Authenticate") == `Basic realm="here"`
		}},
		{"no pack to corrupt", CorruptPack(), func(r *http.Response, got string, err error) bool {
			return err == nil && r.StatusCode == 200 && got == body
		}},
		{"redirect", RedirectTo("http://elsewhere.example/"), func(r *http.Response, got string, err error) bool {
			return err == nil && r.StatusCode == 302 && r.Header.Get("Location") == "http://elsewhere.example/"
		}},
		{"redirect loop", RedirectLoop(), func(r *http.Response, got string, err error) bool {
			return err == nil && r.StatusCode == 302 && r.Header.Get("Location") == r.Request.URL.String()
		}},
		{"refuse", Refuse(), func(r *http.Response, got string, err error) bool { return r == nil && err != nil }},
		{"reset header", ResetHeader(), func(r *http.Response, got string, err error) bool { return r == nil && err != nil }},
		{"reset body", ResetBody(100), func(r *http.Response, got string, err error) bool {
			return err != nil && r != nil && r.StatusCode == 200 && len(got) <= 100
		}},
		{"truncate", TruncateGzip(), func(r *http.Response, got string, err error) bool {
			return err == nil && got == body[:5000]
		}},
		{"wrong length", WrongLength(), func(r *http.Response, got string, err error) bool {
			return errors.Is(err, io.ErrUnexpectedEOF) && got == body && r.ContentLength == 10100
		}},
		{"empty", EmptyBody(), func(r *http.Response, got string, err error) bool {
			return err == nil && r.StatusCode == 200 && got == ""
		}},
		{"garbage", Garbage(), func(r *http.Response, got string, err error) bool {
			return err == nil && r.StatusCode == 200 && len(got) == 4096 && !strings.Contains(got, "0123")
		}},
	}
	f := New(t)
	f.File("", "/body", Content{Body: []byte(body)})
	for _, tt := range tests {
		for _, way := range []string{"h2", "h1", "plain"} {
			t.Run(tt.name+"/"+way, func(t *testing.T) {
				f.ClearFaults()
				f.Fault(Fault{Host: "Struck.example", Times: 1, Kind: tt.kind})
				c := client(t, f)
				url := "https://struck.example/body"
				switch way {
				case "h1":
					oldTransport(c)
				case "plain":
					url = "http://struck.example/body"
				}
				get(t, c, strings.Replace(url, "struck", "other", 1))
				// A POST, because the client repeats a lost GET.
				resp, err := c.Post(url, "text/plain", nil)
				var got []byte
				if err == nil {
					got, err = io.ReadAll(resp.Body)
					resp.Body.Close()
				}
				if !tt.check(resp, string(got), err) {
					t.Errorf("got %+v, %d bytes, error %v", resp, len(got), err)
				}
				if resp, got := get(t, c, url); resp.StatusCode != 200 || got != body {
					t.Errorf("after the fault: got %d and %d bytes", resp.StatusCode, len(got))
				}
			})
		}
	}
}

func TestStall(t *testing.T) {
	t.Parallel()
	f := New(t)
	f.File("", "/body", Content{Body: []byte("0123456789")})
	f.Fault(Fault{Kind: Stall(4), Times: 1})
	f.Fault(Fault{Kind: Stall(-1), Times: 1})
	c := client(t, f)
	ctx, cancel := context.WithCancel(t.Context())
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "https://github.com/body", nil)
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	start := make([]byte, 4)
	if _, err := io.ReadFull(resp.Body, start); err != nil || string(start) != "0123" {
		t.Errorf("got %q, %v", start, err)
	}
	cancel()
	if n, err := resp.Body.Read(start); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("got %d more bytes and %v", n, err)
	}
	resp.Body.Close()

	// The second one ends only because the forge stops.
	done := make(chan error)
	go func() {
		_, err := c.Post("https://github.com/body", "text/plain", nil)
		done <- err
	}()
	for len(f.Requests()) < 2 {
		select {
		case err := <-done:
			t.Fatalf("the stalled request ended by itself: %v", err)
		default:
		}
	}
	f.Stop()
	if err := <-done; err == nil {
		t.Error("a request without an answer ended without an error")
	}
}

func TestHold(t *testing.T) {
	t.Parallel()
	f := New(t)
	f.File("", "/body", Content{Body: []byte("body")})
	until := make(chan struct{})
	arrived := 0
	f.Fault(Fault{Path: "/body", Kind: Hold(until), Match: func(*http.Request) bool {
		if arrived++; arrived == 3 {
			close(until)
		}
		return true
	}})
	c := client(t, f)
	errs := make(chan error)
	for range 3 {
		go func() {
			resp, err := c.Get("https://github.com/body")
			if err == nil {
				err = resp.Body.Close()
			}
			errs <- err
		}()
	}
	for range 3 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}

	// A client that gives up is released.
	f.ClearFaults()
	ctx, cancel := context.WithCancel(t.Context())
	f.Fault(Fault{Kind: Hold(nil), Match: func(*http.Request) bool { cancel(); return true }})
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "https://github.com/body", nil)
	if _, err := c.Do(req); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want %v", err, context.Canceled)
	}
}

func TestBadCertificate(t *testing.T) {
	t.Parallel()
	f := New(t)
	f.File("", "/body", Content{Body: []byte("body")})
	f.Fault(Fault{Host: "bad.example", Times: 1, Kind: BadCertificate()})
	c := client(t, f)
	get(t, c, "http://bad.example/body")
	get(t, c, "https://good.example/body")
	_, err := c.Get("https://bad.example/body")
	var unknown x509.UnknownAuthorityError
	if !errors.As(err, &unknown) {
		t.Errorf("got error %v, want an unknown authority", err)
	}
	get(t, c, "https://bad.example/body")
}

func TestFaultMatching(t *testing.T) {
	t.Parallel()
	f := New(t)
	for _, path := range []string{"/a/1", "/a/2", "/b"} {
		f.File("", path, Content{Body: []byte("body")})
	}
	c := client(t, f)
	statuses := func(paths ...string) []int {
		var got []int
		for _, path := range paths {
			resp, _ := get(t, c, "https://github.com"+path)
			got = append(got, resp.StatusCode)
		}
		return got
	}
	check := func(name string, got []int, want ...int) {
		t.Helper()
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: got %v, want %v", name, got, want)
				return
			}
		}
	}
	f.Fault(Fault{Path: "/a/", Skip: 1, Times: 2, Kind: Status(503, nil, "")})
	check("skip and times", statuses("/a/1", "/b", "/a/2", "/a/1", "/a/1"), 200, 200, 503, 503, 200)
	f.Fault(Fault{Match: func(r *http.Request) bool { return r.Header.Get("Authorization") == "" }, Kind: Status(401, nil, "")})
	check("match", statuses("/b", "/b"), 401, 401)
	f.ClearFaults()
	check("cleared", statuses("/b"), 200)

	// With a path, a refusal can only come after the connection.
	f.Fault(Fault{Host: "github.com", Path: "/b", Times: 1, Kind: Refuse()})
	if _, err := c.Post("https://github.com/b", "", nil); err == nil {
		t.Error("refused path: no error")
	}
	check("after refusal", statuses("/b", "/a/1"), 200, 200)
}

func TestFaultsOfRealAnswers(t *testing.T) {
	t.Parallel()
	f := New(t)
	f.Repo("acme/demo").Commit("main", Files{"a": {Body: noise(100_000)}})
	c := client(t, f)
	f.Fault(Fault{Host: codeloadHost, Times: 1, Kind: TruncateGzip()})
	resp, body := get(t, c, "https://codeload.github.com/acme/demo/tar.gz/main")
	z, err := gzip.NewReader(bytes.NewReader([]byte(body)))
	if err != nil || resp.Header.Get("Content-Type") != "application/x-gzip" {
		t.Fatalf("got %v, %v", resp.Header, err)
	}
	if _, err := io.Copy(io.Discard, z); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got error %v, want unexpected EOF", err)
	}
	f.Fault(Fault{Path: "/acme/demo/info/refs", Times: 1, Kind: EmptyBody()})
	if out, err := run(t, f, "git", "ls-remote", "https://github.com/acme/demo"); err == nil {
		t.Errorf("git ls-remote accepts an empty answer: %s", out)
	}
	mustRun(t, f, "git", "ls-remote", "https://github.com/acme/demo")
}

// One bit is wrong; only git, reading the pack, can notice.
func TestCorruptPack(t *testing.T) {
	t.Parallel()
	f := New(t)
	f.Repo("acme/demo").Commit("main", Files{"a": {Body: noise(100_000)}})
	f.Fault(Fault{Path: "/acme/demo/git-upload-pack", Kind: CorruptPack()})
	out, err := run(t, f, "git", "clone", "--quiet", "--bare", "https://github.com/acme/demo", t.TempDir())
	if err == nil || !strings.Contains(out, "inflate") {
		t.Errorf("git clone of a corrupt pack: %v: %s", err, out)
	}
	f.ClearFaults()
	mustRun(t, f, "git", "clone", "--quiet", "--bare", "https://github.com/acme/demo", t.TempDir())
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	f := New(t)
	f.Repo("acme/demo")
	c := client(t, f)
	reset := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	f.RateLimit("api.github.com", reset)
	resp, body := get(t, c, "https://api.github.com/repos/acme/demo")
	if resp.StatusCode != 403 || resp.Header.Get("X-RateLimit-Remaining") != "0" || resp.Header.Get("X-RateLimit-Reset") != "1893553445" || !strings.Contains(body, "API rate limit exceeded") {
		t.Errorf("got %d %v %s", resp.StatusCode, resp.Header, body)
	}
	if resp, _ := get(t, c, "https://ghe.example/api/v3/repos/acme/demo"); resp.StatusCode != 200 {
		t.Errorf("another host: got %d, want 200", resp.StatusCode)
	}
	f.RateLimit("api.github.com", time.Time{})
	if resp, _ := get(t, c, "https://api.github.com/repos/acme/demo"); resp.StatusCode != 200 {
		t.Errorf("after the limit: got %d, want 200", resp.StatusCode)
	}
}
