package gitrefs_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// newClient returns a client that reaches the forge under every host name.
func newClient(t *testing.T, f *forgetest.Forge, credentials web.Credentials) *gitrefs.Client {
	t.Helper()
	pem, err := os.ReadFile(f.CAFile())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		t.Fatalf("%s holds no certificate", f.CAFile())
	}
	proxy, err := url.Parse(f.ProxyURL())
	if err != nil {
		t.Fatal(err)
	}
	return gitrefs.NewClient(web.New(web.Options{
		Roots: roots, Proxy: func(*url.URL) (*url.URL, error) { return proxy, nil },
		Credentials: credentials, Backoff: time.Millisecond, Tries: 2,
	}), nil)
}

// commands counts the requests for refs that the forge has seen.
func commands(f *forgetest.Forge) int {
	n := 0
	for _, r := range f.Requests() {
		if r.Command == "ls-refs" {
			n++
		}
	}
	return n
}

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

func TestRefs(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]forgetest.RepoOption{"SHA-1": nil, "SHA-256": {forgetest.SHA256()}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := forgetest.New(t)
			_, one, two := demo(f, "acme/demo", opts...)
			for _, address := range []string{"https://github.com/acme/demo", "https://github.com/acme/demo.git", "https://git.example.org/acme/demo/", "http://git.example.org/acme/demo", f.URL() + "/acme/demo"} {
				refs, err := newClient(t, f, nil).Refs(t.Context(), address, "HEAD", "refs/heads/", "refs/tags/")
				if err != nil {
					t.Errorf("%s: %v", address, err)
					continue
				}
				if want := "refs/heads/main"; refs.Head != want {
					t.Errorf("%s: got HEAD %q, want %q", address, refs.Head, want)
				}
				if len(refs.List) != 8 {
					t.Errorf("%s: got %d refs, want 8: %v", address, len(refs.List), refs.List)
				}
				wantRefs(t, refs, map[string]string{
					"refs/heads/main": two, "refs/heads/release": one, "refs/heads/release-2": two, "refs/heads/feature/x": one,
					"refs/tags/v1.0": one, "refs/tags/v1.0.1": two, "refs/tags/v2.0": two, "refs/tags/main": one, "HEAD": "",
				})
				if tag, _ := refs.Lookup("refs/tags/v2.0"); tag.ID == two || tag.Peeled != two {
					t.Errorf("%s: annotated tag: got %v, want it peeled to %s", address, tag, two)
				}
			}
		})
	}
}

func TestPrefixes(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	_, one, two := demo(f, "acme/demo")
	tests := []struct {
		name     string
		prefixes []string
		head     string
		want     map[string]string
		most     int // refs in the response
	}{
		{"HEAD brings its branch", []string{"HEAD"}, "refs/heads/main", map[string]string{"refs/heads/main": two}, 1},
		{"a name that begins another", []string{"refs/heads/release"}, "", map[string]string{"refs/heads/release": one, "refs/heads/release-2": two}, 2},
		{"the longer one", []string{"refs/heads/release-2"}, "", map[string]string{"refs/heads/release": "", "refs/heads/release-2": two}, 1},
		{"a tag that begins another", []string{"refs/tags/v1.0"}, "", map[string]string{"refs/tags/v1.0": one, "refs/tags/v1.0.1": two}, 2},
		{"a branch that is a tag too", []string{"refs/heads/main"}, "", map[string]string{"refs/heads/main": two, "refs/tags/main": ""}, 1},
		{"nothing", []string{"refs/heads/none"}, "", map[string]string{"refs/heads/none": ""}, 0},
		{"all", []string{""}, "refs/heads/main", map[string]string{"refs/heads/main": two, "refs/tags/v2.0": two}, 8},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			refs, err := newClient(t, f, nil).Refs(t.Context(), "https://github.com/acme/demo", tt.prefixes...)
			if err != nil {
				t.Fatal(err)
			}
			if refs.Head != tt.head {
				t.Errorf("got HEAD %q, want %q", refs.Head, tt.head)
			}
			wantRefs(t, refs, tt.want)
			if len(refs.List) > tt.most {
				t.Errorf("got %d refs, want at most %d: %v", len(refs.List), tt.most, refs.List)
			}
		})
	}
}

func TestHEAD(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	other := f.Repo("acme/other")
	other.Branch("trunk/next", other.Commit("main", forgetest.Files{"a": {Body: "a"}}))
	other.DefaultBranch("trunk/next")
	f.Repo("acme/empty")
	f.Repo("acme/empty256", forgetest.SHA256())
	dangling := f.Repo("acme/dangling")
	dangling.Commit("main", forgetest.Files{"a": {Body: "a"}})
	dangling.DefaultBranch("gone")
	detached := f.Repo("acme/detached")
	commit := detached.Commit("main", forgetest.Files{"a": {Body: "a"}})
	if err := os.WriteFile(filepath.Join(detached.Dir(), "HEAD"), []byte(commit+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"other": "refs/heads/trunk/next", "empty": "", "empty256": "", "dangling": "", "detached": ""} {
		refs, err := newClient(t, f, nil).Refs(t.Context(), "https://github.com/acme/"+name, "HEAD", "refs/heads/")
		if err != nil || refs.Head != want {
			t.Errorf("%s: got %q, %v, want %q", name, refs.Head, err, want)
		}
		if empty := strings.HasPrefix(name, "empty"); empty != (len(refs.List) == 0) {
			t.Errorf("%s: got %v", name, refs.List)
		}
	}
}

// The size of the response does not depend on the size of the repository.
func TestManyRefs(t *testing.T) {
	t.Parallel()
	const tags = 5000
	f := forgetest.New(t)
	repo := f.Repo("acme/many")
	commit := repo.Commit("main", forgetest.Files{"a": {Body: "a"}})
	var packed strings.Builder
	packed.WriteString("# pack-refs with: peeled fully-peeled sorted \n")
	for i := range tags {
		fmt.Fprintf(&packed, "%s refs/tags/v%05d\n", commit, i)
	}
	if err := os.WriteFile(filepath.Join(repo.Dir(), "packed-refs"), []byte(packed.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	c := newClient(t, f, nil)
	refs, err := c.Refs(t.Context(), repo.URL(), "HEAD", "refs/tags/v01234")
	if err != nil {
		t.Fatal(err)
	}
	wantRefs(t, refs, map[string]string{"refs/heads/main": commit, "refs/tags/v01234": commit, "refs/tags/v01235": ""})
	if len(refs.List) != 2 {
		t.Errorf("got %d refs, want 2", len(refs.List))
	}
	if n := commands(f); n != 1 {
		t.Errorf("got %d requests for refs, want 1", n)
	}
	refs, err = c.Refs(t.Context(), repo.URL(), "refs/tags/")
	if err != nil || len(refs.List) != tags+1 {
		t.Errorf("got %d refs, %v, want %d", len(refs.List), err, tags+1)
	}
}

func TestOneRequest(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo, one, two := demo(f, "acme/demo")
	c := newClient(t, f, nil)
	wanted := []string{"HEAD", "refs/heads/main", "refs/heads/release", "refs/tags/"}
	for _, prefix := range wanted {
		c.Announce(repo.URL(), prefix)
	}
	if n := len(f.Requests()); n != 0 {
		t.Errorf("announcing made %d requests", n)
	}
	var wait sync.WaitGroup
	for i := range 64 {
		wait.Go(func() {
			refs, err := c.Refs(t.Context(), repo.URL(), wanted[i%len(wanted)])
			if err != nil {
				t.Error(err)
			}
			wantRefs(t, refs, map[string]string{"refs/heads/main": two, "refs/heads/release": one, "refs/tags/v2.0": two})
		})
	}
	wait.Wait()
	if _, err := c.Refs(t.Context(), repo.URL(), "refs/tags/v1", "refs/heads/release-2", "refs/heads/main"); err != nil {
		t.Error(err)
	}
	if n := commands(f); n != 1 {
		t.Errorf("got %d requests for refs, want 1", n)
	}
	if n := len(f.Requests()); n != 1 {
		t.Errorf("got %d requests, want 1", n)
	}

	refs, err := c.Refs(t.Context(), repo.URL(), "refs/heads/feature/")
	if err != nil {
		t.Fatal(err)
	}
	wantRefs(t, refs, map[string]string{"refs/heads/feature/x": one, "refs/heads/main": two, "refs/tags/v2.0": two})
	if n := commands(f); n != 2 {
		t.Errorf("after one more prefix: got %d requests for refs, want 2", n)
	}
}

func TestNoPrefixNoRequest(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	refs, err := newClient(t, f, nil).Refs(t.Context(), "https://github.com/acme/none")
	if err != nil || len(refs.List) != 0 || len(f.Requests()) != 0 {
		t.Errorf("got %v, %v and %d requests", refs, err, len(f.Requests()))
	}
}

func TestFailureIsRemembered(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	c := newClient(t, f, nil)
	var first error
	for i := range 3 {
		_, err := c.Refs(t.Context(), "https://git.example.org/acme/none", "HEAD")
		if !errors.Is(err, gitrefs.ErrNotFound) {
			t.Errorf("call %d: got %v, want %v", i, err, gitrefs.ErrNotFound)
		}
		if i == 0 {
			first = err
		} else if err.Error() != first.Error() {
			t.Errorf("call %d: got %v, want %v", i, err, first)
		}
	}
	if n := len(f.Requests()); n != 2 {
		t.Errorf("got %d requests, want 2: ls-refs, and what the server can do", n)
	}
}

func TestCancelledIsNotRemembered(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo, _, two := demo(f, "acme/demo")
	c := newClient(t, f, nil)
	reason := errors.New("the user said so")
	ctx, cancel := context.WithCancelCause(t.Context())
	f.Fault(forgetest.Fault{Kind: forgetest.Stall(-1), Match: func(*http.Request) bool { cancel(reason); return true }})
	if _, err := c.Refs(ctx, repo.URL(), "HEAD"); !errors.Is(err, reason) {
		t.Errorf("got %v, want %v", err, reason)
	}
	f.ClearFaults()
	refs, err := c.Refs(t.Context(), repo.URL(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	wantRefs(t, refs, map[string]string{"refs/heads/main": two})
}

func TestRefsFail(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, url string
		kind      *forgetest.Kind
		class     error
		requests  int
	}{
		{"no repository", "https://git.example.org/acme/none", nil, gitrefs.ErrNotFound, 2},
		{"no repository for this user", "https://github.com/acme/none", nil, web.ErrUnauthorized, 1},
		{"forbidden", "https://git.example.org/acme/demo", new(forgetest.Status(403, nil, "")), web.ErrUnauthorized, 2},
		{"rate limit", "https://git.example.org/acme/demo", new(forgetest.Status(429, http.Header{"Retry-After": {"3600"}}, "")), web.ErrRateLimited, 1},
		{"server fails", "https://git.example.org/acme/demo", new(forgetest.Status(500, nil, "")), web.ErrServer, 2},
		{"HTML", "https://git.example.org/acme/demo", new(forgetest.HTML()), gitrefs.ErrProtocol, 2},
		{"empty", "https://git.example.org/acme/demo", new(forgetest.EmptyBody()), gitrefs.ErrProtocol, 2},
		{"garbage", "https://git.example.org/acme/demo", new(forgetest.Garbage()), gitrefs.ErrProtocol, 1},
		{"plain text", "https://git.example.org/acme/demo", new(forgetest.Status(200, http.Header{"Content-Type": {"text/plain"}}, "no repository\tat all\n")), gitrefs.ErrProtocol, 2},
		{"refuses", "https://git.example.org/acme/demo", new(forgetest.Status(200, http.Header{"Content-Type": {"application/x-git-upload-pack-advertisement"}}, "0011ERR go away\n")), gitrefs.ErrProtocol, 2},
		{"breaks off", "https://git.example.org/acme/demo", new(forgetest.ResetBody(20)), web.ErrTruncated, 2},
		{"malformed URL", "https://git.example.org/%zz", nil, nil, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := forgetest.New(t)
			demo(f, "acme/demo")
			if tt.kind != nil {
				f.Fault(forgetest.Fault{Kind: *tt.kind})
			}
			refs, err := newClient(t, f, nil).Refs(t.Context(), tt.url, "HEAD")
			if err == nil || tt.class != nil && !errors.Is(err, tt.class) {
				t.Errorf("got %v, %v, want %v", refs, err, tt.class)
			}
			if n := len(f.Requests()); n != tt.requests {
				t.Errorf("got %d requests, want %d", n, tt.requests)
			}
			if err != nil && tt.name != "malformed URL" && !strings.Contains(err.Error(), tt.url) {
				t.Errorf("the error does not name the repository: %v", err)
			}
		})
	}
}

// The second request can fail too.
func TestRefsFailLater(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		kind  forgetest.Kind
		class error
	}{
		"empty":      {forgetest.EmptyBody(), gitrefs.ErrProtocol},
		"garbage":    {forgetest.Garbage(), gitrefs.ErrProtocol},
		"HTML":       {forgetest.HTML(), gitrefs.ErrProtocol},
		"breaks off": {forgetest.ResetBody(20), web.ErrTruncated},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := forgetest.New(t)
			repo, _, two := demo(f, "acme/demo")
			isPost := func(r *http.Request) bool { return r.Method == http.MethodPost }
			f.Fault(forgetest.Fault{Kind: tt.kind, Match: isPost})
			if _, err := newClient(t, f, nil).Refs(t.Context(), repo.URL(), "HEAD"); !errors.Is(err, tt.class) {
				t.Errorf("got %v, want %v", err, tt.class)
			}
			f.ClearFaults()
			if tt.class != web.ErrTruncated {
				return
			}
			f.Fault(forgetest.Fault{Kind: tt.kind, Match: isPost, Times: 1})
			refs, err := newClient(t, f, nil).Refs(t.Context(), repo.URL(), "HEAD")
			if err != nil {
				t.Fatal(err)
			}
			wantRefs(t, refs, map[string]string{"refs/heads/main": two})
		})
	}
}

// A renamed repository responds with a redirect, as does plain http.
func TestRefsFollowRedirects(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	_, _, two := demo(f, "acme/old")
	f.Rename("acme/old", "acme/new")
	for _, address := range []string{"https://github.com/acme/old", "https://github.com/acme/old.git", "http://github.com/acme/new", "http://github.com/acme/old"} {
		refs, err := newClient(t, f, nil).Refs(t.Context(), address, "HEAD", "refs/tags/")
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		wantRefs(t, refs, map[string]string{"refs/heads/main": two, "refs/tags/v2.0": two})
	}
}

func TestRefsOfPrivate(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo, _, two := demo(f, "acme/secret")
	repo.Private("hunter2")
	credentials := web.Credentials{"github.com": {User: "x-access-token", Password: "hunter2"}}
	refs, err := newClient(t, f, credentials).Refs(t.Context(), repo.URL(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	wantRefs(t, refs, map[string]string{"refs/heads/main": two})

	credentials = web.Credentials{"github.com": {User: "x-access-token", Password: "hunter3"}}
	for name, c := range map[string]web.Credentials{"none": nil, "wrong": credentials} {
		_, err = newClient(t, f, c).Refs(t.Context(), repo.URL(), "HEAD")
		if !errors.Is(err, web.ErrUnauthorized) || strings.Contains(fmt.Sprint(err), "hunter") {
			t.Errorf("%s: got %v, want %v and no secret", name, err, web.ErrUnauthorized)
		}
	}
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

func TestVersion0(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	_, one, two := demo(f, "acme/demo")
	demo(f, "acme/demo256", forgetest.SHA256())
	f.Repo("acme/empty")
	direct := gitrefs.NewClient(web.New(web.Options{Tries: 1}), nil)

	refs, err := direct.Refs(t.Context(), oldServer(t, f.Repo("acme/demo").Dir()), "HEAD", "refs/tags/v")
	if err != nil {
		t.Fatal(err)
	}
	if want := "refs/heads/main"; refs.Head != want {
		t.Errorf("got HEAD %q, want %q", refs.Head, want)
	}
	wantRefs(t, refs, map[string]string{"refs/heads/main": two, "refs/tags/v1.0": one, "refs/tags/v1.0.1": two, "refs/tags/v2.0": two, "HEAD": ""})
	if len(refs.List) != 4 {
		t.Errorf("got %v, want no ref that was not asked for", refs.List)
	}

	refs, err = direct.Refs(t.Context(), oldServer(t, f.Repo("acme/demo256").Dir()), "HEAD")
	if ref, _ := refs.Lookup(refs.Head); err != nil || ref.Commit() != f.Repo("acme/demo256").Rev("refs/heads/main") {
		t.Errorf("SHA-256: got %v, %v", ref, err)
	}
	refs, err = direct.Refs(t.Context(), oldServer(t, f.Repo("acme/empty").Dir()), "HEAD")
	if err != nil || len(refs.List) != 0 || refs.Head != "" {
		t.Errorf("empty: got %v, %v", refs, err)
	}

	shallow := filepath.Join(t.TempDir(), "shallow.git")
	clone := exec.Command("git", "clone", "-q", "--bare", "--depth=1", "file://"+f.Repo("acme/demo").Dir(), shallow)
	if out, err := clone.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	refs, err = direct.Refs(t.Context(), oldServer(t, shallow), "HEAD")
	if err != nil {
		t.Fatalf("shallow: %v", err)
	}
	wantRefs(t, refs, map[string]string{"refs/heads/main": two})
}

// What a host requires is found out only once.
func TestRequestsPerServer(t *testing.T) {
	t.Parallel()
	post := func(r *http.Request) bool { return r.Method == http.MethodPost }
	for _, tt := range []struct {
		name   string
		faults []forgetest.Fault
		opts   []forgetest.RepoOption
		want   []int // requests for each repository in turn
	}{
		{"version 2", nil, nil, []int{1, 1, 1}},
		{"SHA-256", nil, []forgetest.RepoOption{forgetest.SHA256()}, []int{3, 3}},
		{"asked before", []forgetest.Fault{{Match: post, Times: 1, Kind: forgetest.EmptyBody()}}, nil, []int{3, 2, 2}},
		{"no POST", []forgetest.Fault{{Match: post, Times: 1, Kind: forgetest.Status(405, nil, "")}}, nil, []int{3, 2, 2}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := forgetest.New(t)
			for _, fault := range tt.faults {
				f.Fault(fault)
			}
			c := newClient(t, f, nil)
			seen := 0
			for i, want := range tt.want {
				repo, _, two := demo(f, fmt.Sprintf("acme/demo-%d", i), tt.opts...)
				refs, err := c.Refs(t.Context(), repo.URL(), "HEAD")
				if err != nil {
					t.Fatal(err)
				}
				wantRefs(t, refs, map[string]string{"refs/heads/main": two})
				if got := len(f.Requests()) - seen; got != want {
					t.Errorf("repository %d: got %d requests, want %d", i+1, got, want)
				}
				seen = len(f.Requests())
			}
		})
	}
}

func TestNoURLShowsItsSecrets(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	u := url.URL{Scheme: "https", User: url.UserPassword("ada", "hunter2"), Host: "git.example.org", Path: "/acme/none"}
	_, err := newClient(t, f, nil).Refs(t.Context(), u.String(), "HEAD")
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}
