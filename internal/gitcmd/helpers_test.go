package gitcmd_test

import (
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os/exec"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// wantRefs compares refs by name; "" stands for one that must be absent.
func wantRefs(t *testing.T, refs sources.Refs, want map[string]string) {
	t.Helper()
	for name, commit := range want {
		ref, found := refs.Lookup(name)
		if found != (commit != "") || found && ref.Commit() != commit {
			t.Errorf("%s: got %q, want %q", name, ref.Commit(), commit)
		}
	}
}

// demo has every kind of ref.
func demo(f *forgetest.Forge, name string, opts ...forgetest.RepoOption) (repo *forgetest.Repo, one, two string) {
	repo = f.Repo(name, opts...)
	one = repo.Commit("main", forgetest.Files{"a": {Body: "a\n"}})
	two = repo.Commit("main", forgetest.Files{"a": {Body: "b\n"}})
	repo.Branch("release", one)
	repo.Branch("release-2", two)
	repo.Branch("feature/x", one)
	repo.Tag("v1.0", one)
	repo.Tag("v1.0.1", two)
	repo.AnnotatedTag("v2.0", two, "two")
	repo.Tag("main", one) // a tag with a branch's name
	return repo, one, two
}

// oldServer serves a bare repository like a server without protocol version 2.
func oldServer(t *testing.T, dir string) string {
	t.Helper()
	program, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	backend := &cgi.Handler{
		Path: program, Args: []string{"http-backend"}, Dir: dir,
		Env: []string{
			"GIT_PROJECT_ROOT=" + dir, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
			"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*",
		},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Git-Protocol")
		r.TransferEncoding = nil
		http.StripPrefix("/repo.git", backend).ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/repo.git"
}
