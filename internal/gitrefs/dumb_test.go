package gitrefs_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// plainServer serves a repository's files and nothing else.
func plainServer(t *testing.T, dir string) string {
	t.Helper()
	if out, err := exec.Command("git", "-C", dir, "update-server-info").CombinedOutput(); err != nil {
		t.Fatalf("git update-server-info: %v: %s", err, out)
	}
	server := httptest.NewServer(http.StripPrefix("/repo.git", http.FileServer(http.Dir(dir))))
	t.Cleanup(server.Close)
	return server.URL + "/repo.git"
}

func TestPlainServer(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]forgetest.RepoOption{"SHA-1": nil, "SHA-256": {forgetest.SHA256()}} {
		f := forgetest.New(t)
		repo, one, two := demo(f, "acme/demo", opts...)
		address := plainServer(t, repo.Dir())
		for _, prefix := range []string{"HEAD", "refs/heads/release", "refs/tags/v"} {
			refs, err := gitrefs.NewClient(web.New(web.Options{Tries: 1}), nil).Refs(t.Context(), address, prefix)
			if err != nil {
				t.Errorf("%s: %s: %v", name, prefix, err)
			}
			if refs.Head != "refs/heads/main" {
				t.Errorf("%s: %s: got HEAD %q, want refs/heads/main", name, prefix, refs.Head)
			}
			wantRefs(t, refs, map[string]string{"refs/heads/main": two, "refs/heads/release": one, "refs/tags/v1.0": one, "refs/tags/v2.0": two})
		}
	}
}

func TestPlainServerHEAD(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ head, want string }{
		"another branch": {"ref: refs/heads/release\n", "refs/heads/release"},
		"dangling":       {"ref: refs/heads/gone\n", ""},
		"invalid":        {"ref: refs/heads/a..b\n", "refs/heads/a..b"},
		"detached":       {"1111111111111111111111111111111111111111\n", ""},
		"absent":         {"", ""},
	} {
		f := forgetest.New(t)
		repo, _, two := demo(f, "acme/demo")
		address := plainServer(t, repo.Dir())
		head := filepath.Join(repo.Dir(), "HEAD")
		if err := os.WriteFile(head, []byte(tt.head), 0o600); err != nil {
			t.Fatal(err)
		}
		if tt.head == "" {
			if err := os.Remove(head); err != nil {
				t.Fatal(err)
			}
		}
		refs, err := gitrefs.NewClient(web.New(web.Options{Tries: 1}), nil).Refs(t.Context(), address, "HEAD", "refs/heads/")
		if err != nil || refs.Head != tt.want {
			t.Errorf("%s: got HEAD %q, %v, want %q", name, refs.Head, err, tt.want)
		}
		wantRefs(t, refs, map[string]string{"refs/heads/main": two})
	}
}

func TestPlainServerEmpty(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	address := plainServer(t, f.Repo("acme/empty").Dir())
	refs, err := gitrefs.NewClient(web.New(web.Options{Tries: 1}), nil).Refs(t.Context(), address, "HEAD")
	if err != nil || refs.Head != "" || len(refs.List) != 0 {
		t.Errorf("got %v, %v, want no refs", refs, err)
	}
}

// A host that answers every path with the same file is not a repository.
func TestPlainServerOfOneFile(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "hello\n", "a\tb\n", "<html>\n"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/octet-stream")
			w.Write([]byte(body))
		}))
		t.Cleanup(server.Close)
		_, err := gitrefs.NewClient(web.New(web.Options{Tries: 1}), nil).Refs(t.Context(), server.URL+"/r", "HEAD")
		if !errors.Is(err, gitrefs.ErrProtocol) {
			t.Errorf("%q: got %v, want %v", body, err, gitrefs.ErrProtocol)
		}
	}
}

// Only permanent redirects to another repository are moves.
func TestMoved(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, from, to string
		status         int
		isMove         bool
	}{
		{"renamed", "/acme/old.git", "/acme/demo.git", http.StatusMovedPermanently, true},
		{"renamed, the method stays", "/acme/old.git", "/acme/demo.git", http.StatusPermanentRedirect, true},
		{"for now", "/acme/old.git", "/acme/demo.git", http.StatusFound, false},
		{"for now, the method stays", "/acme/old.git", "/acme/demo.git", http.StatusTemporaryRedirect, false},
		{"suffix", "/acme/demo", "/acme/demo.git", http.StatusMovedPermanently, false},
	} {
		f := forgetest.New(t)
		_, _, two := demo(f, "acme/demo")
		for _, path := range []string{"/info/refs", "/git-upload-pack"} {
			f.File("git.example.org", tt.from+path, forgetest.Content{
				Status: tt.status, Redirect: "https://git.example.org" + tt.to + path + map[string]string{"/info/refs": "?service=git-upload-pack"}[path],
			})
		}
		refs, err := newClient(t, f, nil).Refs(t.Context(), "https://git.example.org"+tt.from, "HEAD")
		want := map[bool]string{true: "https://git.example.org" + tt.to}[tt.isMove]
		if err != nil || refs.Moved != want {
			t.Errorf("%s: got %q, %v, want %q", tt.name, refs.Moved, err, want)
		}
		wantRefs(t, refs, map[string]string{"refs/heads/main": two})
	}
}
