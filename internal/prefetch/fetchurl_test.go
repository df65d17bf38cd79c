package prefetch_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/prefetch"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

const tool = "#!/bin/sh\necho hello\n"

// Hashes printed by "nix hash file" and, for executables, "nix hash path" of Nix 2.8.
const (
	toolFlat   = "sha256-v96usIz/tqNkOLzRLdolQX483Tbx5+SCooSdU5IlKIs="
	toolFlat2  = "sha512-Icixs9a7cu5aICXvoqnqsOGPebw0bjDyabR0uYZe3yxTywJTgCcxTUURvCHvf03UYpbI3X+IWpev5EINrGLMpA=="
	toolNAR    = "sha256-H/4xaAnt4xYcEd5Sm+pavuQ/7q6Mu+cpvVW6DAsDJr0="
	emptyNAR   = "sha256-NOALhZKmrUZYUaRqZ0ZOB2EC/VEGymyzOi8VAJ0w1ZA="
	zeroesNAR  = "sha256-hbXISYvv9V5STg0YCsNWKCIf415rJrpUrusONcipIBQ=" // of 32 MiB
	zeroesSize = 32 << 20
)

func TestFetchURL(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	f.File("files.example.org", "/tool", forgetest.Content{Body: []byte(tool)})
	f.File("files.example.org", "/empty", forgetest.Content{})
	f.File("files.example.org", "/zeroes", forgetest.Content{Body: make([]byte, zeroesSize)})
	f.File("files.example.org", "/moved", forgetest.Content{Redirect: "https://other.example.org/tool"})
	f.File("other.example.org", "/tool", forgetest.Content{Body: []byte(tool)})
	tests := []struct {
		name       string
		path       string
		executable bool
		algorithm  hash.Algorithm
		want       string
	}{
		{"flat", "/tool", false, hash.SHA256, toolFlat},
		{"SHA-512", "/tool", false, hash.SHA512, toolFlat2},
		{"executable", "/tool", true, hash.SHA256, toolNAR},
		{"empty and executable, as locked before", "/empty", true, hash.SHA256, emptyNAR},
		{"executable that is spooled", "/zeroes", true, hash.SHA256, zeroesNAR},
		{"redirect", "/moved", false, hash.SHA256, toolFlat},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			call := sources.Fetch{Fetcher: sources.FetchURL, URL: "https://files.example.org" + tt.path, Executable: tt.executable}
			known, err := hash.ParseSRI(tt.want)
			if err != nil {
				t.Fatal(err)
			}
			result, err := newPrefetcher(t, f, nil).Prefetch(t.Context(), job(call, tt.algorithm).Accepting(false, known), nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := result.Hash.String(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if result.Fetch != call || result.Date != "" || len(result.Warnings) != 0 {
				t.Errorf("got %v", result)
			}
		})
	}
}

// The installed Nix agrees with the constants above.
func TestNixAgrees(t *testing.T) {
	t.Parallel()
	nix, err := exec.LookPath("nix")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("nix is not installed")
	}
	dir := t.TempDir()
	for name, tt := range map[string]struct {
		content []byte
		args    []string
		want    string
	}{
		"flat":   {[]byte(tool), []string{"hash", "file"}, toolFlat},
		"flat2":  {[]byte(tool), []string{"hash", "file", "--type", "sha512"}, toolFlat2},
		"tool":   {[]byte(tool), []string{"hash", "path"}, toolNAR},
		"empty":  {nil, []string{"hash", "path"}, emptyNAR},
		"zeroes": {make([]byte, zeroesSize), []string{"hash", "path"}, zeroesNAR},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, tt.content, 0o755); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(nix, append(tt.args, path)...)
		cmd.Env = []string{
			"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "NIX_CONFIG=experimental-features = nix-command", "NIX_REMOTE=local",
			"NIX_STORE_DIR=" + dir + "/store", "NIX_STATE_DIR=" + dir + "/state", "NIX_LOG_DIR=" + dir + "/log", "NIX_CONF_DIR=" + dir + "/conf",
		}
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := strings.TrimSpace(string(out)); got != tt.want {
			t.Errorf("%s: got %s, want %s", name, got, tt.want)
		}
	}
}

// A file is hashed as sent, like curl without --compressed.
func TestContentEncodingIsNotDecoded(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte(tool)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	want, err := hash.File(t.Context(), bytes.NewReader(packed.Bytes()), hash.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	f := forgetest.New(t)
	f.File("files.example.org", "/tool", forgetest.Content{Body: packed.Bytes(), Header: http.Header{"Content-Encoding": {"gzip"}}})
	for _, scheme := range []string{"http", "https"} {
		result, err := hashOf(t, newPrefetcher(t, f, nil), sources.Fetch{Fetcher: sources.FetchURL, URL: scheme + "://files.example.org/tool"})
		if err != nil {
			t.Fatal(err)
		}
		if got := result.Hash; got != want || got.String() == toolFlat {
			t.Errorf("%s: got %s, want %s", scheme, got, want)
		}
	}
	for _, r := range f.Requests() {
		if got := r.Header.Get("Accept-Encoding"); got != "" {
			t.Errorf("got Accept-Encoding %q", got)
		}
		if got := r.Header.Get("User-Agent"); !strings.HasPrefix(got, "curl/") || !strings.Contains(got, "Nixpkgs/") {
			t.Errorf("got User-Agent %q", got)
		}
	}
}

// What is empty or a web page is a file only if a page was asked for, or its hash is locked already.
func TestNoFile(t *testing.T) {
	t.Parallel()
	const page, typed, plain = "<!DOCTYPE html>\n<title>Sign in</title>\n", "text/html; charset=utf-8", "text/plain"
	for _, tt := range []struct {
		name, contentType, body string
		want                    error
	}{
		{"page.html", typed, page, nil}, {"page.HTM", typed, page, nil},
		{"file", typed, page, prefetch.ErrHTML}, {"file.txt", typed, page, prefetch.ErrHTML}, {"LICENSE?raw=1", typed, page, prefetch.ErrHTML},
		{"file", plain, page, prefetch.ErrHTML}, {"file", "", "\ufeff \n<html lang=en>", prefetch.ErrHTML},
		{"file", plain, "<!-- (c) -->\n<!-- -->\n<!doctype  HTML>", prefetch.ErrHTML},
		{"file", "application/xhtml+xml", "<?xml version='1.0'?>\n<!DOCTYPE html>", prefetch.ErrHTML},
		{"file", typed, "<script>location = '/login'</script>", prefetch.ErrHTML},
		{"README.md", plain, "<h1 align=center>Tool</h1>", nil}, {"README.md", plain, "<!-- comment -->\n# Tool", nil},
		{"data.xml", "text/xml", "<?xml version='1.0'?><data/>", nil}, {"tool", typed, "\x7fELF", nil},
		{"a.tar.gz", plain, "<p>Sign in", prefetch.ErrHTML}, {"a.TAR.XZ", typed, page, prefetch.ErrHTML}, {"a.jar?x=1", typed, page, prefetch.ErrHTML},
		{"empty", plain, "", web.ErrEmpty}, {"empty.html", typed, "", web.ErrEmpty}, {"empty", plain, "\ufeff", web.ErrEmpty},
	} {
		f := forgetest.New(t)
		f.Fault(forgetest.Fault{Kind: forgetest.Status(200, http.Header{"Content-Type": {tt.contentType}}, tt.body)})
		h := newPrefetcher(t, f, nil)
		j := job(sources.Fetch{Fetcher: sources.FetchURL, URL: "https://files.example.org/dir/" + tt.name}, hash.SHA256)
		if result, err := h.Prefetch(t.Context(), j, nil); !errors.Is(err, tt.want) || (err == nil) == result.Hash.IsZero() {
			t.Errorf("%s, %q: got %v, %v, want %v", tt.name, tt.body, result.Hash, err, tt.want)
		}
		if n := len(f.Requests()); n != 1 {
			t.Errorf("%s, %q: got %d requests, want 1", tt.name, tt.body, n)
		}
		if _, err := h.Prefetch(t.Context(), j.Accepting(true, hash.SRI{}), nil); err != nil && !errors.Is(err, web.ErrEmpty) {
			t.Errorf("%s, %q: got %v, although a page is accepted", tt.name, tt.body, err)
		}
		known, err := hash.File(t.Context(), strings.NewReader(tt.body), hash.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		if result, err := h.Prefetch(t.Context(), j.Accepting(false, known), nil); err != nil || result.Hash != known {
			t.Errorf("%s, %q: got %v, %v, although this hash is locked", tt.name, tt.body, result.Hash, err)
		}
	}
}

func TestFetchURLFails(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	f.File("files.example.org", "/tool", forgetest.Content{Body: []byte(tool)})
	f.File("files.example.org", "/down", forgetest.Content{Redirect: "http://files.example.org/tool"})
	for name, tt := range map[string]struct {
		url   string
		class error
	}{
		"404":           {"https://files.example.org/none?token=hunter2", web.ErrNotFound},
		"https to http": {"https://files.example.org/down?token=hunter2", web.ErrInsecure},
	} {
		_, err := hashOf(t, newPrefetcher(t, f, nil), sources.Fetch{Fetcher: sources.FetchURL, URL: tt.url})
		if !errors.Is(err, tt.class) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v, want %v", name, err, tt.class)
		}
	}
}

// Limits also apply to files that are not unpacked.
func TestDownloadLimit(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	f.File("files.example.org", "/tool", forgetest.Content{Body: []byte(tool)})
	f.File("files.example.org", "/base.tar.gz", forgetest.Content{Body: readFile(t, "archives", "base.tar.gz")})
	for _, call := range []sources.Fetch{
		{Fetcher: sources.FetchURL, URL: "https://files.example.org/tool"},
		{Fetcher: sources.FetchURL, URL: "https://files.example.org/tool", Executable: true},
		{Fetcher: sources.FetchZip, URL: "https://files.example.org/base.tar.gz", StripRoot: true},
	} {
		f.ResetLog()
		h := newPrefetcher(t, f, nil)
		h.Limits = hash.Limits{Download: 10}
		if result, err := hashOf(t, h, call); !errors.Is(err, hash.ErrLimit) {
			t.Errorf("%s, executable %t: got %v, %v, want %v", call.Fetcher, call.Executable, result.Hash, err, hash.ErrLimit)
		}
		if n := len(f.Requests()); n != 1 {
			t.Errorf("%s, executable %t: got %d requests, want 1", call.Fetcher, call.Executable, n)
		}
	}
}

// After a fault the download starts over, and the hash is that of the complete file.
func TestRetry(t *testing.T) {
	t.Parallel()
	archive := readFile(t, "archives", "base.tar.gz")
	const archiveWant = "sha256-c6GDhI1yBT9YHf7lnFYg3x3m1q5zEzK9eyy8U5buejk="
	faults := map[string]forgetest.Kind{
		"reset in the body": forgetest.ResetBody(15), "wrong length": forgetest.WrongLength(), "reset in the header": forgetest.ResetHeader(),
		"503": forgetest.Status(503, nil, ""),
	}
	calls := map[string]sources.Fetch{
		toolFlat:    {Fetcher: sources.FetchURL, URL: "https://files.example.org/tool"},
		toolNAR:     {Fetcher: sources.FetchURL, URL: "https://files.example.org/tool", Executable: true},
		archiveWant: {Fetcher: sources.FetchZip, URL: "https://files.example.org/base.tar.gz", StripRoot: true},
	}
	for name, kind := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := forgetest.New(t)
			f.File("files.example.org", "/tool", forgetest.Content{Body: []byte(tool)})
			f.File("files.example.org", "/base.tar.gz", forgetest.Content{Body: archive})
			h := newPrefetcher(t, f, nil)
			for want, call := range calls {
				f.ResetLog()
				f.Fault(forgetest.Fault{Times: 2, Kind: kind})
				result, err := hashOf(t, h, call)
				if err != nil || result.Hash.String() != want {
					t.Errorf("%s: got %s, %v, want %s", call.URL, result.Hash, err, want)
				}
				if n := len(f.Requests()); n != 3 {
					t.Errorf("%s: got %d requests, want 3", call.URL, n)
				}
			}
		})
	}
}

// An archive is truncated although the response is complete, as with some proxies
// or after a full disk. It is fetched again; if that does not help, it is corrupt.
func TestTruncatedArchive(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	f.File("files.example.org", "/base.tar.gz", forgetest.Content{Body: readFile(t, "archives", "base.tar.gz")})
	call := sources.Fetch{Fetcher: sources.FetchZip, URL: "https://files.example.org/base.tar.gz", StripRoot: true}
	f.Fault(forgetest.Fault{Times: 1, Kind: forgetest.TruncateGzip()})
	result, err := hashOf(t, newPrefetcher(t, f, nil), call)
	if want := "sha256-c6GDhI1yBT9YHf7lnFYg3x3m1q5zEzK9eyy8U5buejk="; err != nil || result.Hash.String() != want {
		t.Errorf("cut short once: got %s, %v, want %s", result.Hash, err, want)
	}
	f.Fault(forgetest.Fault{Kind: forgetest.TruncateGzip()})
	if result, err := hashOf(t, newPrefetcher(t, f, nil), call); !errors.Is(err, hash.ErrCorrupt) || !result.Hash.IsZero() {
		t.Errorf("always cut short: got %s, %v, want %v", result.Hash, err, hash.ErrCorrupt)
	}
}

func TestNotAnArchive(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]forgetest.Kind{"HTML": forgetest.HTML(), "garbage": forgetest.Garbage(), "empty": forgetest.EmptyBody()} {
		f := forgetest.New(t)
		f.File("files.example.org", "/base.tar.gz", forgetest.Content{Body: readFile(t, "archives", "base.tar.gz")})
		f.Fault(forgetest.Fault{Kind: kind})
		_, err := hashOf(t, newPrefetcher(t, f, nil), sources.Fetch{Fetcher: sources.FetchZip, URL: "https://files.example.org/base.tar.gz?token=hunter2", StripRoot: true})
		if !slices.ContainsFunc([]error{hash.ErrNotArchive, prefetch.ErrHTML}, func(class error) bool { return errors.Is(err, class) }) {
			t.Errorf("%s: got %v, want %v", name, err, hash.ErrNotArchive)
			continue
		}
		if text := err.Error(); strings.Contains(text, "hunter2") || strings.Contains(text, "<") || !strings.Contains(text, "https://files.example.org/base.tar.gz") {
			t.Errorf("%s: got %q", name, text)
		}
		if n := len(f.Requests()); n != 1 {
			t.Errorf("%s: got %d requests, want 1", name, n)
		}
	}
}
