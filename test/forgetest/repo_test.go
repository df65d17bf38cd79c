package forgetest

import (
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// noise returns n bytes that do not compress, always the same.
func noise(n int) string {
	data := make([]byte, n)
	rand.NewChaCha8([32]byte{1}).Read(data)
	return string(data)
}

func ids(t *testing.T, r *Repo, sub bool) []string {
	t.Helper()
	first := Txtar("-- README --\nhello\n-- bin/tool* --\n#!/bin/sh\necho tool\n-- .gitmodules --\n[submodule \"sub\"]\n\tpath = sub\n\turl = ../sub\n")
	first["link"] = File{Symlink: "README"}
	if sub {
		first["sub"] = File{Submodule: "a293c1d5129da669aa1cea28a19288680f5725e5"}
	}
	one := r.Commit("main", first)
	two := r.Commit("main", Files{"README": {Body: "bye\n"}, "link": {Delete: true}})
	tag := r.AnnotatedTag("v1.0.0", two, "first release")
	leap := r.Commit("main", Files{"x": {Body: "x\n"}}, CommitOptions{Message: "Leap", Date: time.Date(2020, 2, 29, 1, 2, 3, 0, time.UTC)})
	return []string{one, two, tag, leap}
}

// The IDs were computed by git commit and git tag from the same content.
func TestCommitIDs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		sub  bool
		opts []RepoOption
		want []string
	}{
		{"sha1", true, nil, []string{
			"0e79af3df4dd488c60e67e0bed2d69cf3f206b50",
			"3f53aa25157828087c97e739bfb7603840be6d37",
			"19c3887ed24b11474cec8be71cce4ef9f8c2480b",
			"fba869273891a543b09b4f9639d158e9b6b349bf",
		}},
		{"sha256", false, []RepoOption{SHA256()}, []string{
			"d9c374fb76c91abd729b0c075154eeb25b0d9241e3cc230b56b2d95a088806f1",
			"c4e9c350009656655bbbf8f69960ba31e2a71393acc39b21bcc81f7296255cc9",
			"3902db76ed3137ecdaab4c09d6789bae37089fbd3a9c06acf4268de0650ce777",
			"4824420dfdf8c0a0921a3838733dbc389a050996ef564c4037206c31a15913d6",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := New(t)
			repo := f.Repo("acme/demo", tt.opts...)
			for i, got := range ids(t, repo, tt.sub) {
				if got != tt.want[i] {
					t.Errorf("object %d: got %s, want %s", i, got, tt.want[i])
				}
			}
			repo.run("", "fsck", "--strict", "--no-dangling")
			out := mustRun(t, f, "git", "ls-remote", "https://github.com/acme/demo")
			for _, ref := range []string{tt.want[3] + "\tHEAD", tt.want[3] + "\trefs/heads/main", tt.want[2] + "\trefs/tags/v1.0.0", tt.want[1] + "\trefs/tags/v1.0.0^{}"} {
				if !strings.Contains(out, ref) {
					t.Errorf("git ls-remote: got %s, want %q", out, ref)
				}
			}
		})
	}
}

func TestRefs(t *testing.T) {
	t.Parallel()
	f := New(t)
	r := f.Repo("acme/demo")
	one := r.Commit("main", Files{"a": {Body: "1"}})
	r.Branch("feature/x", one)
	two := r.Commit("feature/x", Files{`odd "name"\ `: {Body: "2"}})
	merge := r.Commit("main", Files{"a": {Body: "3"}}, CommitOptions{Merge: []string{two}})
	r.Tag("v1", one)
	r.Tag("gone", one)
	r.MoveTag("v1", two)
	r.DeleteRef("refs/tags/gone")
	r.DefaultBranch("feature/x")
	got := mustRun(t, f, "git", "-C", r.Dir(), "for-each-ref", "--format=%(refname) %(objectname)")
	want := fmt.Sprintf("refs/heads/feature/x %s\nrefs/heads/main %s\nrefs/tags/v1 %s\n", two, merge, two)
	if got != want {
		t.Errorf("got refs\n%s, want\n%s", got, want)
	}
	if got, want := r.run("", "log", "-1", "--format=%P", "main"), one+" "+two; got != want {
		t.Errorf("got parents %q, want %q", got, want)
	}
	if got := r.run("", "ls-tree", "--name-only", "-z", two); got != "a\x00odd \"name\"\\ \x00" {
		t.Errorf("got names %q", got)
	}
	if got := r.Rev("HEAD"); got != two {
		t.Errorf("got HEAD %s, want %s", got, two)
	}
}

// tester records the end of a test instead of ending it.
type tester struct{ failure string }

func (t *tester) Helper()        {}
func (t *tester) Cleanup(func()) {}
func (t *tester) Fatalf(format string, args ...any) {
	t.failure = fmt.Sprintf(format, args...)
	panic(t)
}

func TestMisuse(t *testing.T) {
	t.Parallel()
	bare := t.TempDir()
	if err := initBare(bare, false); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		use  func(*Forge)
		want string
	}{
		{"tag twice", func(f *Forge) {
			r := f.Repo("acme/demo")
			c := r.Commit("main", Files{"a": {}})
			r.Tag("v1", c)
			r.Tag("v1", c)
		}, `tag "v1" of acme/demo exists`},
		{"no object ID", func(f *Forge) { f.Repo("acme/demo").Branch("main", "v1") }, `"v1" is no object ID`},
		{"ref outside", func(f *Forge) { f.Repo("acme/demo").DeleteRef("refs/../HEAD") }, "is no ref"},
		{"rename nothing", func(f *Forge) { f.Rename("acme/a", "acme/b") }, "no such repository"},
		{"certificate with path", func(f *Forge) { f.Fault(Fault{Path: "/x", Kind: BadCertificate()}) }, "before there is a path"},
		{"write an import", func(f *Forge) {
			r, err := f.Import("acme/other", bare)
			if err != nil {
				panic(err)
			}
			r.Commit("main", Files{"a": {}})
		}, "only read"},
		{"git fails", func(f *Forge) { f.Repo("acme/demo").Rev("nothing") }, "Needed a single revision"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := New(t)
			fake := &tester{}
			f.tb = fake
			func() {
				defer func() {
					if r := recover(); r != nil && r != any(fake) {
						panic(r)
					}
				}()
				tt.use(f)
			}()
			if !strings.Contains(fake.failure, tt.want) {
				t.Errorf("got %q, want %q", fake.failure, tt.want)
			}
		})
	}
}

func TestCloneWithProtocol2(t *testing.T) {
	t.Parallel()
	f := New(t)
	sub := f.Repo("acme/sub").Commit("main", Files{"s": {Body: "sub\n"}})
	repo := f.Repo("acme/demo")
	files := Txtar("-- README --\nhello\n-- bin/tool* --\nrun\n-- .gitmodules --\n[submodule \"sub\"]\n\tpath = sub\n\turl = ../sub\n")
	files["link"] = File{Symlink: "README"}
	files["sub"] = File{Submodule: sub}
	repo.Commit("main", files)
	for _, host := range []string{"github.com", "git.example.org"} {
		f.ResetLog()
		dir := filepath.Join(t.TempDir(), "demo")
		out := mustRun(t, f, "git", "clone", "-q", "--recurse-submodules", "https://"+host+"/acme/demo.git", dir)
		if !strings.Contains(out, "git< version 2") {
			t.Errorf("%s: no protocol version 2 in %s", host, out)
		}
		got := map[string]string{}
		for _, name := range []string{"README", "bin/tool", "link", "sub/s"} {
			info, err := os.Lstat(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			got[name] = (info.Mode() & (fs.ModeSymlink | 0o100)).String()
		}
		if got["README"] != "----------" || got["bin/tool"] != "---x------" || got["link"][0] != 'L' {
			t.Errorf("%s: got modes %v", host, got)
		}
		commands := map[string]int{}
		for _, r := range f.Requests() {
			if r.Proto != "HTTP/2.0" || r.Host != host || r.Header.Get("Git-Protocol") != "version=2" || r.Status != 200 {
				t.Errorf("got log entry %+v", r)
			}
			commands[r.Command]++
		}
		if commands["ls-refs"] == 0 || commands["fetch"] != 2 {
			t.Errorf("%s: got commands %v", host, commands)
		}
	}
}

// ls-refs without asking for capabilities first, and with a body of unknown
// length, over HTTP/2 and HTTP/1.1.
func TestLsRefsAtOnce(t *testing.T) {
	t.Parallel()
	f := New(t)
	commit := f.Repo("acme/demo").Commit("main", Files{"a": {}})
	const body = "0014command=ls-refs\n00010009peel\n0000"
	for _, proto := range []string{"HTTP/2.0", "HTTP/1.1"} {
		c := client(t, f)
		if proto == "HTTP/1.1" {
			oldTransport(c)
		}
		for _, known := range []bool{true, false} {
			var reader io.Reader = strings.NewReader(body)
			if !known {
				reader = io.MultiReader(reader)
			}
			req, _ := http.NewRequest("POST", "https://github.com/acme/demo/git-upload-pack", reader)
			req.Header.Set("Git-Protocol", "version=2")
			req.Header.Set("Content-Type", "application/x-git-upload-pack-request")
			resp, err := c.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if want := "0032" + commit + " HEAD\n003d" + commit + " refs/heads/main\n0000"; err != nil || string(got) != want || resp.Proto != proto {
				t.Errorf("%s, length known %t: got %s %q, %v, want %q", proto, known, resp.Proto, got, err, want)
			}
		}
	}
	for _, r := range f.Requests() {
		if r.Command != "ls-refs" {
			t.Errorf("got command %q, want ls-refs", r.Command)
		}
	}
}

// An object that no ref reaches can be fetched, as on GitHub.
func TestFetchLooseCommit(t *testing.T) {
	t.Parallel()
	f := New(t)
	r := f.Repo("acme/demo")
	lost := r.Commit("main", Files{"a": {Body: "1"}})
	kept := r.Commit("other", Files{"a": {Body: "2"}})
	r.Branch("main", kept)
	dir := t.TempDir()
	mustRun(t, f, "git", "init", "-q", dir)
	mustRun(t, f, "git", "-C", dir, "fetch", "-q", "--depth=1", "https://github.com/acme/demo", lost)
	if got := mustRun(t, f, "git", "-C", dir, "rev-parse", "FETCH_HEAD"); strings.TrimSpace(got) != lost {
		t.Errorf("got %s, want %s", got, lost)
	}
	mustRun(t, f, "git", "clone", "-q", "--filter=blob:none", "https://github.com/acme/demo", filepath.Join(dir, "partial"))
}

func TestGitRefusals(t *testing.T) {
	t.Parallel()
	f := New(t)
	f.Repo("acme/demo").Commit("main", Files{"a": {}})
	f.Repo("acme/secret").Commit("main", Files{"a": {}})
	f.Private("acme/secret", "s3cret")
	f.RepoOn("git.example.org", "acme/only").Commit("main", Files{"a": {}})
	c := client(t, f)
	const service = "/info/refs?service=git-upload-pack"
	tests := []struct {
		name, url, authorization string
		want                     int
	}{
		{"public", "https://github.com/acme/demo" + service, "", 200},
		{"other case", "https://github.com/Acme/Demo.git" + service, "", 200},
		{"unknown on GitHub", "https://github.com/acme/none" + service, "", 401},
		{"unknown elsewhere", "https://git.example.org/acme/none" + service, "", 404},
		{"own host", "https://git.example.org/acme/only" + service, "", 200},
		{"other host", "https://github.com/acme/only" + service, "", 401},
		{"private", "https://github.com/acme/secret" + service, "", 401},
		{"private elsewhere", "https://git.example.org/acme/secret" + service, "", 401},
		{"wrong token", "https://github.com/acme/secret" + service, "token wrong", 401},
		{"token", "https://github.com/acme/secret" + service, "token s3cret", 200},
		{"bearer", "https://github.com/acme/secret" + service, "Bearer s3cret", 200},
		{"basic", "https://github.com/acme/secret" + service, "Basic eDpzM2NyZXQ=", 200},
		{"push", "https://github.com/acme/demo/info/refs?service=git-receive-pack", "", 401},
		{"dumb", "https://github.com/acme/demo/info/refs", "", 403},
	}
	for _, tt := range tests {
		resp, body := get(t, c, tt.url, "Authorization", tt.authorization)
		if resp.StatusCode != tt.want {
			t.Errorf("%s: got %d %s, want %d", tt.name, resp.StatusCode, body, tt.want)
		}
		if got := resp.Header.Get("WWW-Authenticate"); (got != "") != (tt.want == 401) {
			t.Errorf("%s: got WWW-Authenticate %q with status %d", tt.name, got, resp.StatusCode)
		}
	}
	requests := f.Requests()
	if got := requests[len(requests)-4].Header.Get("Authorization"); got != "Bearer s3cret" {
		t.Errorf("got Authorization %q in the log", got)
	}
	out, err := run(t, f, "git", "clone", "https://github.com/acme/secret")
	if err == nil || !strings.Contains(out, "could not read Username") {
		t.Errorf("git clone: got %v, %s", err, out)
	}
	mustRun(t, f, "git", "clone", "https://x:s3cret@github.com/acme/secret")
}

func TestRename(t *testing.T) {
	t.Parallel()
	f := New(t)
	repo := f.Repo("acme/old")
	repo.Commit("main", Files{"a": {}})
	f.Rename("acme/old", "new-owner/new")
	c := client(t, f)
	tests := []struct{ url, want string }{
		{"https://github.com/acme/old", "https://github.com/new-owner/new"},
		{"https://github.com/acme/old.git/info/refs?service=git-upload-pack", "https://github.com/new-owner/new.git/info/refs?service=git-upload-pack"},
		{"https://github.com/acme/old/archive/main.tar.gz", "https://github.com/new-owner/new/archive/main.tar.gz"},
		{"https://api.github.com/repos/acme/old/releases?page=1", "https://api.github.com/repositories/1/releases?page=1"},
	}
	for _, tt := range tests {
		resp, _ := get(t, c, tt.url)
		if got := resp.Header.Get("Location"); resp.StatusCode != 301 || got != tt.want {
			t.Errorf("%s: got %d %q, want 301 %q", tt.url, resp.StatusCode, got, tt.want)
		}
		resp, _ = get(t, c, tt.want)
		if resp.StatusCode != 200 && resp.StatusCode != 302 {
			t.Errorf("%s: got %d", tt.want, resp.StatusCode)
		}
	}
	mustRun(t, f, "git", "clone", "https://github.com/acme/old")
}

func TestImport(t *testing.T) {
	t.Parallel()
	f := New(t)
	bundle, err := f.Import("acme/demo", "testdata/demo.bundle")
	if err != nil {
		t.Fatal(err)
	}
	want := "b7d359c1fdb786a41ff687bac453a5bd2d539d2b\tHEAD\n" +
		"b7d359c1fdb786a41ff687bac453a5bd2d539d2b\trefs/heads/feature/x\n" +
		"b7d359c1fdb786a41ff687bac453a5bd2d539d2b\trefs/heads/main\n" +
		"b7d359c1fdb786a41ff687bac453a5bd2d539d2b\trefs/tags/release/2.0+b1\n" +
		"8620b5e4e1d6dd6d6060bdbf53405f0604bbb23a\trefs/tags/v1.0\n" +
		"d7041e63f2ab6e68980fe0dfbe746d8dd960f78e\trefs/tags/v1.1\n" +
		"8620b5e4e1d6dd6d6060bdbf53405f0604bbb23a\trefs/tags/v1.1^{}\n"
	check := func(name, url string) {
		t.Helper()
		out, err := run(t, f, "git", "-c", "protocol.version=0", "ls-remote", url)
		got := ""
		for line := range strings.Lines(out) {
			if !strings.Contains(line, "packet:") {
				got += line
			}
		}
		if err != nil || got != want {
			t.Errorf("%s: got %v\n%s, want\n%s", name, err, got, want)
		}
	}
	check("bundle", "https://github.com/acme/demo")
	if got := bundle.store.Head(); got != "main" {
		t.Errorf("got default branch %q, want main", got)
	}

	// A directory that must not change.
	bare := filepath.Join(t.TempDir(), "demo.git")
	mustRun(t, f, "git", "clone", "-q", "--mirror", "https://github.com/acme/demo", bare)
	before := listing(t, bare)
	other, err := f.ImportOn("git.example.org", "team/group/demo", bare)
	if err != nil {
		t.Fatal(err)
	}
	check("directory", "https://git.example.org/team/group/demo")
	resp, _ := get(t, client(t, f), "https://git.example.org/team/group/demo/archive/v1.0.tar.gz")
	if resp.StatusCode != 200 || other.Dir() != bare {
		t.Errorf("archive: got %d, directory %s", resp.StatusCode, other.Dir())
	}
	mustRun(t, f, "git", "clone", "-q", "https://git.example.org/team/group/demo")
	if after := listing(t, bare); after != before {
		t.Errorf("the imported repository changed from\n%s to\n%s", before, after)
	}

	work := t.TempDir()
	mustRun(t, f, "git", "clone", "-q", "https://github.com/acme/demo", work)
	if r, err := f.Import("acme/work", work); err != nil || r.Dir() != filepath.Join(work, ".git") {
		t.Errorf("import of a working tree: %v", err)
	}
	for name, path := range map[string]string{"acme/DEMO": "testdata/sub.bundle", "acme/x": "repo.go", "acme/y": t.TempDir(), "acme/z": "no such file"} {
		if _, err := f.Import(name, path); err == nil {
			t.Errorf("import %s from %s: no error", name, path)
		}
	}
}

// listing lists all files below a directory with their sizes and times.
func listing(t *testing.T, dir string) string {
	t.Helper()
	var list strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		fmt.Fprintln(&list, path, info.Size(), info.ModTime())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list.String()
}

func BenchmarkLsRefs(b *testing.B) {
	f, err := Start(Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer f.Stop()
	f.Repo("acme/demo").Commit("main", Files{"a": {}})
	transport := f.Transport()
	defer transport.CloseIdleConnections()
	c := &http.Client{Transport: transport}
	for b.Loop() {
		req, _ := http.NewRequest("POST", "https://github.com/acme/demo/git-upload-pack", strings.NewReader("0014command=ls-refs\n00010009peel\n0000"))
		req.Header.Set("Git-Protocol", "version=2")
		req.Header.Set("Content-Type", "application/x-git-upload-pack-request")
		resp, err := c.Do(req)
		if err != nil {
			b.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
}
