package gitcmd_test

import (
	"bytes"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// While git runs, a password is in no file, and in the arguments and the environment of no process.
func TestCredentialIsNotAtRest(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	const password = "hunter2hunter2 'with\"$HOME`\\"
	sub := f.Repo("acme/sub")
	subRev := sub.Commit("main", forgetest.Files{"sub": {Body: "sub\n"}})
	sub.Private(password)
	repo := f.Repo("acme/demo")
	rev := repo.Commit("main", forgetest.Files{"a": {Body: "a\n"}, ".gitmodules": gitmodules("sub", "../sub"), "sub": {Submodule: subRev}})
	repo.Private(password)
	g := newGit(t, f)
	g.Credentials = web.Credentials{
		"github.com":      {User: "x-access-token", Password: password},
		"git.example.org": {User: "ada", Password: password + "3"},
	}
	var looks atomic.Int64
	f.Fault(forgetest.Fault{Kind: forgetest.HTML(), Match: func(r *http.Request) bool {
		if r.Header.Get("Authorization") != "" {
			looks.Add(1)
			for _, place := range placesOf(t, "hunter2hunter2", g.TempDir) {
				t.Errorf("%s: %s contains the password", r.URL.Path, place)
			}
		}
		return false
	}})
	got, _, err := checkout(t, g, gitcmd.Checkout{URL: repo.URL(), Rev: rev, Submodules: true})
	if err != nil || got["a"] != "a\n" || got["sub/sub"] != "sub\n" {
		t.Errorf("got %q, %v", got, err)
	}
	if looks.Load() < 2 {
		t.Errorf("got %d requests with credentials, want some for each repository", looks.Load())
	}
}

// placesOf returns the files below a directory, and the processes that run below it, in which a text occurs.
func placesOf(t *testing.T, text, dir string) (places []string) {
	t.Helper()
	look := func(path string) {
		if data, err := os.ReadFile(path); err == nil && bytes.Contains(data, []byte(text)) {
			places = append(places, path)
		}
	}
	filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			look(path)
		}
		return nil
	})
	for _, pid := range processesIn(t, dir) {
		look(filepath.Join("/proc", pid, "cmdline"))
		look(filepath.Join("/proc", pid, "environ"))
	}
	return places
}

// A credential with a line break would say more to git than a password.
func TestCredentialOfSeveralLines(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := f.Repo("acme/demo")
	rev := repo.Commit("main", forgetest.Files{"a": {Body: "a\n"}})
	repo.Private("hunter2")
	g := newGit(t, f)
	g.Credentials = web.Credentials{"github.com": {User: "ada", Password: "hunter2\nurl=https://evil.example"}}
	if _, _, err := checkout(t, g, gitcmd.Checkout{URL: repo.URL(), Rev: rev}); !errors.Is(err, web.ErrUnauthorized) {
		t.Errorf("got %v, want %v", err, web.ErrUnauthorized)
	}
}

// git-lfs gets the credential of the repository's host, and no other: not that of the host that .lfsconfig names.
func TestCredentialOfLFS(t *testing.T) {
	t.Parallel()
	needLFS(t)
	f := forgetest.New(t)
	_, _, pointer := lfs(f, "acme/lfs", "the true content\n")
	oid := strings.TrimPrefix(strings.Fields(pointer)[3], "sha256:")
	askPassword := func(host string) {
		f.Fault(forgetest.Fault{
			Host: host, Kind: forgetest.AskPassword("lfs"),
			Match: func(r *http.Request) bool {
				return strings.HasSuffix(r.URL.Path, "/batch") && r.Header.Get("Authorization") == ""
			},
		})
	}
	askPassword("github.com")
	askPassword("lfs.example.org")
	f.File("lfs.example.org", "/x/objects/batch", forgetest.Content{ContentType: "application/vnd.git-lfs+json", Body: []byte(`{"objects":[]}`)})
	repo := f.Repo("acme/lfs")
	same := repo.Rev("main")
	elsewhere := repo.Commit("main", forgetest.Files{
		".gitattributes": {Body: "*.bin filter=lfs\n"}, "big.bin": {Body: pointer},
		".lfsconfig": {Body: "[lfs]\n\turl = https://lfs.example.org/x\n"},
	})
	g := newGit(t, f)
	g.Credentials = web.Credentials{
		"github.com":      {User: "x-access-token", Password: "hunter2"},
		"lfs.example.org": {User: "ada", Password: "hunter3"},
	}
	got, _, err := checkout(t, g, gitcmd.Checkout{URL: repo.URL(), Rev: same, LFS: true})
	if err != nil || got["big.bin"] != "the true content\n" {
		t.Errorf("got %q, %v, want the content of %s", got, err, oid)
	}
	_, _, err = checkout(t, g, gitcmd.Checkout{URL: repo.URL(), Rev: elsewhere, LFS: true})
	if !errors.Is(err, web.ErrUnauthorized) {
		t.Errorf("another host: got %v, want %v", err, web.ErrUnauthorized)
	}
	for _, r := range f.Requests() {
		if auth := r.Header.Get("Authorization"); auth != "" && r.Host != "github.com" {
			t.Errorf("%s got Authorization %q", r.Host, auth)
		}
	}
}
