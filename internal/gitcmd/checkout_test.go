package gitcmd_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// checkout returns the files of a checkout except .git: contents by path, with "*" behind
// the name of an executable, "@" of a link and "/" of an empty directory.
func checkout(t *testing.T, g *gitcmd.Git, c gitcmd.Checkout) (map[string]string, time.Time, error) {
	t.Helper()
	tree := map[string]string{}
	var date time.Time
	err := g.Checkout(t.Context(), c, func(w gitcmd.Worktree) error {
		dir := w.Dir
		date = w.Date
		return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.Name() == ".git" && d.IsDir():
				return filepath.SkipDir
			case d.Name() == ".git":
				return nil
			}
			name := strings.TrimPrefix(strings.TrimPrefix(path, dir), "/")
			info, err := d.Info()
			if err != nil {
				return err
			}
			switch {
			case d.IsDir():
				entries, err := os.ReadDir(path)
				if err == nil && len(entries) == 0 {
					tree[name+"/"] = ""
				}
				return err
			case d.Type() == fs.ModeSymlink:
				tree[name+"@"], err = os.Readlink(path)
				return err
			case info.Mode()&0o100 != 0:
				name += "*"
			}
			data, err := os.ReadFile(path)
			tree[name] = string(data)
			return err
		})
	})
	return tree, date, err
}

func wantTree(t *testing.T, got, want map[string]string) {
	t.Helper()
	if !maps.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCheckout(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]forgetest.RepoOption{"SHA-1": nil, "SHA-256": {forgetest.SHA256()}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := forgetest.New(t)
			repo := f.Repo("acme/demo", opts...)
			date := time.Date(2024, time.March, 5, 23, 59, 59, 0, time.UTC)
			rev := repo.Commit("main", forgetest.Files{
				"README":             {Body: "hello\n"},
				"bin/tool":           {Body: "#!/bin/sh\n", Executable: true},
				"link":               {Symlink: "bin/../README"},
				"dangling":           {Symlink: "/no/where"},
				".gitattributes":     {Body: "dos.txt eol=crlf\nid.txt ident\nignored export-ignore\n"},
				"dos.txt":            {Body: "a\nb\n"},
				"id.txt":             {Body: "$Id$\n"},
				"ignored":            {Body: "kept\n"},
				"wide/日本/name\twith": {Body: "x"},
			}, forgetest.CommitOptions{Date: date})
			repo.Commit("main", forgetest.Files{"README": {Body: "later\n"}})
			id := strings.TrimSpace(run(t, "git", "--git-dir", repo.Dir(), "rev-parse", rev+":id.txt"))
			got, committed, err := checkout(t, newGit(t, f), gitcmd.Checkout{URL: repo.URL(), Rev: rev})
			if err != nil {
				t.Fatal(err)
			}
			wantTree(t, got, map[string]string{
				"README": "hello\n", "bin/tool*": "#!/bin/sh\n", "link@": "bin/../README", "dangling@": "/no/where",
				".gitattributes": "dos.txt eol=crlf\nid.txt ident\nignored export-ignore\n",
				"dos.txt":        "a\r\nb\r\n", "id.txt": "$Id: " + id + " $\n", "ignored": "kept\n", "wide/日本/name\twith": "x",
			})
			if !committed.Equal(date) || committed.Location() != time.UTC {
				t.Errorf("got date %v, want %v", committed, date)
			}
			for _, r := range f.Requests() {
				if auth := r.Header.Get("Authorization"); auth != "" {
					t.Errorf("got Authorization %q without a credential", auth)
				}
			}
		})
	}
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v: %s", name, args, err, out)
	}
	return string(out)
}

// A commit that no ref names any more is still fetched, alone (--depth=1).
func TestCheckoutUnadvertised(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := f.Repo("acme/demo")
	first := repo.Commit("main", forgetest.Files{"a": {Body: "first\n"}})
	lost := repo.Commit("main", forgetest.Files{"a": {Body: "lost\n"}})
	repo.Branch("main", first)
	last := repo.Commit("main", forgetest.Files{"a": {Body: "last\n"}})
	for rev, want := range map[string]string{first: "first\n", lost: "lost\n", last: "last\n"} {
		f.ResetLog()
		got, _, err := checkout(t, newGit(t, f), gitcmd.Checkout{URL: repo.URL() + ".git", Rev: rev})
		if err != nil {
			t.Fatal(err)
		}
		wantTree(t, got, map[string]string{"a": want})
		fetches := 0
		for _, r := range f.Requests() {
			if r.Command == "fetch" {
				fetches++
			}
		}
		if fetches == 0 || fetches > 2 {
			t.Errorf("got %d fetches", fetches)
		}
	}
}

// From an old server, which provides only what refs name, everything is fetched.
func TestCheckoutFromServerThatRefusesIDs(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := f.Repo("acme/demo")
	first := repo.Commit("main", forgetest.Files{"a": {Body: "first\n"}})
	repo.Commit("main", forgetest.Files{"a": {Body: "last\n"}})
	tagged := repo.Commit("side", forgetest.Files{"a": {Body: "tagged\n"}})
	repo.Tag("v1", tagged)
	repo.DeleteRef("refs/heads/side")
	lost := repo.Commit("lost", forgetest.Files{"a": {Body: "lost\n"}})
	repo.DeleteRef("refs/heads/lost")
	address := oldServer(t, repo.Dir())
	for rev, want := range map[string]string{first: "first\n", tagged: "tagged\n"} {
		g := newGit(t, f)
		g.Proxy = nil
		got, _, err := checkout(t, g, gitcmd.Checkout{URL: address, Rev: rev})
		if err != nil {
			t.Fatal(err)
		}
		wantTree(t, got, map[string]string{"a": want})
	}
	g := newGit(t, f)
	g.Proxy = nil
	if _, _, err := checkout(t, g, gitcmd.Checkout{URL: address, Rev: lost}); !errors.Is(err, gitrefs.ErrNotFound) {
		t.Errorf("got %v, want %v", err, gitrefs.ErrNotFound)
	}
}

func TestCheckoutFails(t *testing.T) {
	t.Parallel()
	missing := strings.Repeat("1", 40)
	tests := []struct {
		name  string
		c     gitcmd.Checkout
		kind  *forgetest.Kind
		class error
	}{
		{"no such commit", gitcmd.Checkout{URL: "https://git.example.org/acme/demo", Rev: missing}, nil, gitrefs.ErrNotFound},
		{"no such SHA-256 commit", gitcmd.Checkout{URL: "https://git.example.org/acme/demo", Rev: strings.Repeat("1", 64)}, nil, nil},
		{"no repository", gitcmd.Checkout{URL: "https://git.example.org/acme/none", Rev: missing}, nil, gitrefs.ErrNotFound},
		{"no repository for this user", gitcmd.Checkout{URL: "https://github.com/acme/none", Rev: missing}, nil, web.ErrUnauthorized},
		{"forbidden", gitcmd.Checkout{URL: "https://git.example.org/acme/demo", Rev: missing}, new(forgetest.Status(403, nil, "")), web.ErrUnauthorized},
		{"rate limit", gitcmd.Checkout{URL: "https://git.example.org/acme/demo", Rev: missing}, new(forgetest.Status(429, nil, "")), web.ErrRateLimited},
		{"server fails", gitcmd.Checkout{URL: "https://git.example.org/acme/demo", Rev: missing}, new(forgetest.Status(500, nil, "")), web.ErrServer},
		{"HTML", gitcmd.Checkout{URL: "https://git.example.org/acme/demo", Rev: missing}, new(forgetest.HTML()), nil},
		{"garbage", gitcmd.Checkout{URL: "https://git.example.org/acme/demo", Rev: missing}, new(forgetest.Garbage()), nil},
		{"connection reset", gitcmd.Checkout{URL: "https://git.example.org/acme/demo", Rev: missing}, new(forgetest.Refuse()), nil},
		{"bad certificate", gitcmd.Checkout{URL: "https://git.example.org/acme/demo", Rev: missing}, new(forgetest.BadCertificate()), web.ErrInsecure},
		{"redirect to http", gitcmd.Checkout{URL: "https://git.example.org/acme/demo", Rev: missing},
			new(forgetest.RedirectTo("http://git.example.org/acme/other/info/refs?service=git-upload-pack")), nil},
		{"URL is an option", gitcmd.Checkout{URL: "--upload-pack=touch", Rev: missing}, nil, nil},
		{"URL is a short option", gitcmd.Checkout{URL: "-u", Rev: missing}, nil, nil},
		{"URL is a file", gitcmd.Checkout{URL: "file:///srv/demo.git", Rev: missing}, nil, gitcmd.ErrTransport},
		{"URL is a path", gitcmd.Checkout{URL: "/srv/demo.git", Rev: missing}, nil, nil},
		{"URL is ssh", gitcmd.Checkout{URL: "ssh://git.example.org/acme/demo", Rev: missing}, nil, gitcmd.ErrTransport},
		{"URL is a command", gitcmd.Checkout{URL: "ext::sh -c exit", Rev: missing}, nil, gitcmd.ErrTransport},
		{"commit is an option", gitcmd.Checkout{URL: "https://git.example.org/acme/demo", Rev: "--upload-pack=touch"}, nil, nil},
		{"commit is a refspec", gitcmd.Checkout{URL: "https://git.example.org/acme/demo", Rev: "+refs/heads/*:refs/heads/*"}, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := forgetest.New(t)
			f.Repo("acme/demo").Commit("main", forgetest.Files{"a": {Body: "a"}})
			if tt.kind != nil {
				f.Fault(forgetest.Fault{Host: "git.example.org", Kind: *tt.kind})
			}
			g := newGit(t, f)
			err := g.Checkout(t.Context(), tt.c, func(gitcmd.Worktree) error {
				t.Error("there is a tree")
				return nil
			})
			if err == nil || tt.class != nil && !errors.Is(err, tt.class) {
				t.Fatalf("got %v, want %v", err, tt.class)
			}
			if strings.Contains(err.Error(), g.TempDir) {
				t.Errorf("the error names a directory that no longer exists: %v", err)
			}
		})
	}
}

func TestCheckoutUnreachable(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	f.Unreachable("down.example.org")
	g := newGit(t, f)
	c := gitcmd.Checkout{URL: "https://down.example.org/acme/demo", Rev: strings.Repeat("1", 40)}
	if _, _, err := checkout(t, g, c); !errors.Is(err, web.ErrUnreachable) {
		t.Errorf("proxy cannot reach it: got %v, want %v", err, web.ErrUnreachable)
	}
	g.Proxy = []string{"https_proxy=http://127.0.0.1:1"}
	if _, _, err := checkout(t, g, c); !errors.Is(err, web.ErrUnreachable) {
		t.Errorf("no proxy: got %v, want %v", err, web.ErrUnreachable)
	}
}

// After a temporary fault the same commit is fetched again, not the whole history.
func TestCheckoutTriesAgain(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]forgetest.Fault{
		"server fails":          {Path: "/acme/demo/info/refs", Kind: forgetest.Status(503, nil, "")},
		"connection lost":       {Path: "/acme/demo/info/refs", Kind: forgetest.ResetHeader()},
		"connection refused":    {Kind: forgetest.Refuse()},
		"pack breaks off":       {Path: "/acme/demo/git-upload-pack", Kind: forgetest.ResetBody(100)},
		"server fails the pack": {Path: "/acme/demo/git-upload-pack", Kind: forgetest.Status(502, nil, "")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := forgetest.New(t)
			repo := f.Repo("acme/demo")
			for i := range 3 {
				repo.Commit("main", forgetest.Files{"a": {Body: fmt.Sprint(i)}})
			}
			fault.Times = 1
			f.Fault(fault)
			err := newGit(t, f).Checkout(t.Context(), gitcmd.Checkout{URL: repo.URL(), Rev: repo.Rev("main")}, func(w gitcmd.Worktree) error {
				if got := strings.TrimSpace(run(t, "git", "--git-dir", gitDir(t, w), "rev-list", "--count", "HEAD")); got != "1" {
					t.Errorf("got %s commits, want 1", got)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// gitDir returns the git directory of a checkout without submodules.
func gitDir(t *testing.T, w gitcmd.Worktree) string {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(filepath.Dir(w.Dir), "repository-*"))
	if err != nil || len(dirs) != 1 {
		t.Fatalf("got %q, %v, want one git directory", dirs, err)
	}
	return dirs[0]
}

// The error of use is returned, and the tree is removed nevertheless.
func TestCheckoutUseFails(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := f.Repo("acme/demo")
	rev := repo.Commit("main", forgetest.Files{"a": {Body: "a"}})
	broken := errors.New("broken")
	err := newGit(t, f).Checkout(t.Context(), gitcmd.Checkout{URL: repo.URL(), Rev: rev}, func(w gitcmd.Worktree) error {
		return errors.Join(broken, os.Mkdir(filepath.Join(w.Dir, "readonly"), 0o500))
	})
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

// gitmodules returns the text of a .gitmodules file.
func gitmodules(entries ...string) forgetest.File {
	var s strings.Builder
	for i := 0; i < len(entries); i += 2 {
		fmt.Fprintf(&s, "[submodule %q]\n\tpath = %s\n\turl = %s\n", entries[i], entries[i], entries[i+1])
	}
	return forgetest.File{Body: s.String()}
}

func TestSubmodules(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	leaf := f.Repo("acme/leaf")
	leafRev := leaf.Commit("main", forgetest.Files{"leaf": {Body: "leaf\n"}})
	leaf.Commit("main", forgetest.Files{"leaf": {Body: "later\n"}})
	mid := f.Repo("acme/mid")
	midRev := mid.Commit("main", forgetest.Files{
		".gitmodules": gitmodules("deep/leaf", "../leaf"), "deep/leaf": {Submodule: leafRev}, "mid": {Body: "mid\n"},
	})
	far := f.RepoOn("git.example.org", "acme/far")
	farRev := far.Commit("main", forgetest.Files{"far": {Body: "far\n", Executable: true}})
	top := f.Repo("acme/top")
	modules := gitmodules("mid", "../mid.git", "far", "https://git.example.org/acme/far", "hidden", "https://github.com/acme/leaf")
	modules.Body += "\tupdate = none\n"
	rev := top.Commit("main", forgetest.Files{
		".gitmodules": modules, "mid": {Submodule: midRev}, "far": {Submodule: farRev}, "hidden": {Submodule: leafRev},
	})

	got, _, err := checkout(t, newGit(t, f), gitcmd.Checkout{URL: top.URL(), Rev: rev})
	if err != nil {
		t.Fatal(err)
	}
	wantTree(t, got, map[string]string{".gitmodules": modules.Body, "mid/": "", "far/": "", "hidden/": ""})
	got, _, err = checkout(t, newGit(t, f), gitcmd.Checkout{URL: top.URL(), Rev: rev, Submodules: true})
	if err != nil {
		t.Fatal(err)
	}
	wantTree(t, got, map[string]string{
		".gitmodules": modules.Body, "mid/.gitmodules": "[submodule \"deep/leaf\"]\n\tpath = deep/leaf\n\turl = ../leaf\n",
		"mid/mid": "mid\n", "mid/deep/leaf/leaf": "leaf\n", "far/far*": "far\n",
		"hidden/leaf": "leaf\n", // update = none is overridden by --checkout, as in the newest nix-prefetch-git
	})

	got, _, err = checkout(t, newGit(t, f), gitcmd.Checkout{URL: leaf.URL(), Rev: leafRev, Submodules: true})
	if err != nil {
		t.Fatal(err)
	}
	wantTree(t, got, map[string]string{"leaf": "leaf\n"})
}

// A submodule's commit that no ref names, on a server that provides only what refs name.
func TestSubmoduleFromServerThatRefusesIDs(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	sub := f.Repo("acme/sub")
	subRev := sub.Commit("main", forgetest.Files{"a": {Body: "first\n"}})
	sub.Commit("main", forgetest.Files{"a": {Body: "last\n"}})
	top := f.Repo("acme/top")
	modules := gitmodules("sub", oldServer(t, sub.Dir()))
	rev := top.Commit("main", forgetest.Files{".gitmodules": modules, "sub": {Submodule: subRev}})
	g := newGit(t, f)
	g.Proxy = append(g.Proxy, "no_proxy=127.0.0.1")
	got, _, err := checkout(t, g, gitcmd.Checkout{URL: top.URL(), Rev: rev, Submodules: true})
	if err != nil {
		t.Fatal(err)
	}
	wantTree(t, got, map[string]string{".gitmodules": modules.Body, "sub/a": "first\n"})
}

func TestSubmodulesRefused(t *testing.T) {
	t.Parallel()
	path, touch := marker(t)
	tests := []struct{ name, modules string }{
		{"file URL", "[submodule \"sub\"]\n\tpath = sub\n\turl = file://LOCAL\n"},
		{"path", "[submodule \"sub\"]\n\tpath = sub\n\turl = LOCAL\n"},
		{"command", "[submodule \"sub\"]\n\tpath = sub\n\turl = ext::sh -c \"touch% " + path + "\"\n"},
		{"ssh", "[submodule \"sub\"]\n\tpath = sub\n\turl = ssh://-oProxyCommand=touch%20" + path + "/x\n"},
		{"option", "[submodule \"sub\"]\n\tpath = sub\n\turl = -u" + touch + "\n"},
		{"long option", "[submodule \"sub\"]\n\tpath = sub\n\turl = --upload-pack=" + touch + "\n"},
		{"command for the update", "[submodule \"sub\"]\n\tpath = sub\n\turl = ../sub\n\tupdate = !" + touch + "\n"},
		{"name that climbs", "[submodule \"../../x\"]\n\tpath = sub\n\turl = ../sub\n"},
		{"no such repository", "[submodule \"sub\"]\n\tpath = sub\n\turl = ../none\n"},
		{"no URL", "[submodule \"sub\"]\n\tpath = sub\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := forgetest.New(t)
			sub := f.Repo("acme/sub")
			subRev := sub.Commit("main", forgetest.Files{"local secret": {Body: "secret\n"}})
			top := f.RepoOn("git.example.org", "acme/top")
			rev := top.Commit("main", forgetest.Files{
				".gitmodules": {Body: strings.ReplaceAll(tt.modules, "LOCAL", sub.Dir())}, "sub": {Submodule: subRev},
			})
			got, _, err := checkout(t, newGit(t, f), gitcmd.Checkout{URL: top.URL(), Rev: rev, Submodules: true})
			if err == nil {
				t.Errorf("got %q, want an error", got)
			}
		})
	}
}

// Nothing in a repository can make git run a program.
func TestRepositoryCannotRunPrograms(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	_, touch := marker(t)
	hook := forgetest.File{Body: "#!/bin/sh\n" + touch + "\n", Executable: true}
	config := "[core]\n\thooksPath = hooks\n\tfsmonitor = " + touch + "\n\tautocrlf = true\n\tsymlinks = false\n[filter \"evil\"]\n\tsmudge = " + touch + "\n\tprocess = " + touch + "\n[alias]\n\tcheckout = !" + touch + "\n"
	files := forgetest.Files{
		".gitattributes":      {Body: "* filter=evil diff=evil merge=evil\n"},
		".gitconfig":          {Body: config},
		"config":              {Body: config},
		"HEAD":                {Body: "ref: refs/heads/main\n"},
		"objects/info/x":      {Body: "x"},
		"refs/x":              {Body: "x"},
		"hooks/post-checkout": hook,
		"hooks/post-merge":    hook,
		"hooks/pre-commit":    hook,
		"git":                 hook,
		"git-remote-https":    hook,
		"git-lfs":             hook,
		"sed":                 hook,
		"uname":               hook,
		"basename":            hook,
		"sh":                  hook,
		"link":                {Symlink: "git"},
		"text":                {Body: "a\n"},
	}
	sub := f.Repo("acme/sub")
	subRev := sub.Commit("main", files)
	top := f.Repo("acme/top")
	withSub := maps.Clone(files)
	withSub["sub"] = forgetest.File{Submodule: subRev}
	withSub[".gitmodules"] = forgetest.File{Body: gitmodules("sub", "../sub").Body + config}
	rev := top.Commit("main", withSub)

	g := newGit(t, f)
	home := strings.TrimPrefix(g.Env[1], "HOME=")
	templates := filepath.Join(home, "templates")
	writeScript(t, filepath.Join(templates, "hooks", "post-checkout"), touch)
	if err := os.WriteFile(filepath.Join(home, ".gitconfig"), []byte(config+"[init]\n\ttemplateDir = "+templates+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	g.Env[0] = "PATH=:.:" + os.Getenv("PATH") + ":"
	got, _, err := checkout(t, g, gitcmd.Checkout{URL: top.URL(), Rev: rev, Submodules: true})
	if err != nil {
		t.Fatal(err)
	}
	if got["text"] != "a\n" || got["sub/text"] != "a\n" || got["link@"] != "git" || len(got) != 2*len(files)+1 {
		t.Errorf("got %q", got)
	}
}

func TestSparse(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := f.Repo("acme/demo")
	files := forgetest.Files{}
	for _, path := range []string{"root", "src/a", "src/deep/b", "src/deep/deeper/c", "docs/d", "docs/src/e", "src-not/f"} {
		files[path] = forgetest.File{Body: path}
	}
	files[".gitattributes"] = forgetest.File{Body: "*.txt eol=crlf\n"}
	files["src/dos.txt"] = forgetest.File{Body: "a\n"}
	rev := repo.Commit("main", files)
	const attributes = "*.txt eol=crlf\n"
	tests := []struct {
		name string
		c    gitcmd.Checkout
		want map[string]string
	}{
		{"cone", gitcmd.Checkout{SparseCheckout: []string{"src"}}, map[string]string{
			".gitattributes": attributes, "root": "root", "src/a": "src/a", "src/deep/b": "src/deep/b", "src/deep/deeper/c": "src/deep/deeper/c", "src/dos.txt": "a\r\n",
		}},
		{"cone of a deep directory", gitcmd.Checkout{SparseCheckout: []string{"src/deep/deeper"}}, map[string]string{
			".gitattributes": attributes, "root": "root", "src/a": "src/a", "src/dos.txt": "a\r\n", "src/deep/b": "src/deep/b", "src/deep/deeper/c": "src/deep/deeper/c",
		}},
		{"two cones", gitcmd.Checkout{SparseCheckout: []string{"docs", "src-not"}}, map[string]string{
			".gitattributes": attributes, "root": "root", "docs/d": "docs/d", "docs/src/e": "docs/src/e", "src-not/f": "src-not/f",
		}},
		{"cone that begins with -", gitcmd.Checkout{SparseCheckout: []string{"--no-cone"}}, map[string]string{".gitattributes": attributes, "root": "root"}},
		{"root directory", gitcmd.Checkout{RootDir: "src/deep"}, map[string]string{"src/deep/b": "src/deep/b", "src/deep/deeper/c": "src/deep/deeper/c"}},
		{"root directory, attributes of the root apply", gitcmd.Checkout{RootDir: "src/dos.txt"}, map[string]string{"src/dos.txt": "a\r\n"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.c.URL, tt.c.Rev = repo.URL(), rev
			got, _, err := checkout(t, newGit(t, f), tt.c)
			if err != nil {
				t.Fatal(err)
			}
			wantTree(t, got, tt.want)
		})
	}
}

// lfs makes a repository with one file in Git LFS, and a minimal LFS server for it.
func lfs(f *forgetest.Forge, name, content string) (repo *forgetest.Repo, rev, pointer string) {
	sum := sha256.Sum256([]byte(content))
	oid := hex.EncodeToString(sum[:])
	pointer = fmt.Sprintf("version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n", oid, len(content))
	repo = f.Repo(name)
	rev = repo.Commit("main", forgetest.Files{
		".gitattributes": {Body: "*.bin filter=lfs diff=lfs merge=lfs -text\n"}, "big.bin": {Body: pointer},
	})
	f.File("github.com", "/"+name+".git/info/lfs/objects/batch", forgetest.Content{
		ContentType: "application/vnd.git-lfs+json",
		Body: fmt.Appendf(nil, `{"transfer":"basic","objects":[{"oid":%q,"size":%d,"actions":{"download":{"href":"https://media.githubusercontent.com/%s"}}}]}`,
			oid, len(content), oid),
	})
	f.File("media.githubusercontent.com", "/"+oid, forgetest.Content{Body: []byte(content)})
	return repo, rev, pointer
}

func TestLFS(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo, rev, pointer := lfs(f, "acme/lfs", "the true content\n")
	got, _, err := checkout(t, newGit(t, f), gitcmd.Checkout{URL: repo.URL(), Rev: rev})
	if err != nil {
		t.Fatal(err)
	}
	if got["big.bin"] != pointer {
		t.Errorf("without LFS: got %q, want the pointer", got["big.bin"])
	}
	needLFS(t)
	got, _, err = checkout(t, newGit(t, f), gitcmd.Checkout{URL: repo.URL(), Rev: rev, LFS: true})
	if err != nil {
		t.Fatal(err)
	}
	if want := "the true content\n"; got["big.bin"] != want {
		t.Errorf("with LFS: got %q, want %q", got["big.bin"], want)
	}
	top := f.Repo("acme/top")
	topRev := top.Commit("main", forgetest.Files{".gitmodules": gitmodules("sub", "../lfs"), "sub": {Submodule: rev}})
	got, _, err = checkout(t, newGit(t, f), gitcmd.Checkout{URL: top.URL(), Rev: topRev, LFS: true, Submodules: true})
	if err != nil {
		t.Fatal(err)
	}
	if want := "the true content\n"; got["sub/big.bin"] != want {
		t.Errorf("in a submodule: got %q, want %q", got["sub/big.bin"], want)
	}
}

// A missing program is not reported as a missing repository.
func TestLFSIsNotInstalled(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo, rev, _ := lfs(f, "acme/lfs", "the true content\n")
	g := newGit(t, f)
	bin := t.TempDir()
	for _, name := range []string{"git", "sh"} {
		program, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(program, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	g.Env[0] = "PATH=" + bin
	_, _, err := checkout(t, g, gitcmd.Checkout{URL: repo.URL(), Rev: rev, LFS: true})
	if !errors.Is(err, gitcmd.ErrNoLFS) {
		t.Errorf("got %v, want %v", err, gitcmd.ErrNoLFS)
	}
}

func TestCheckoutPrivate(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	sub := f.Repo("acme/sub")
	subRev := sub.Commit("main", forgetest.Files{"sub": {Body: "sub\n"}})
	sub.Private("hunter2")
	far := f.RepoOn("git.example.org", "acme/far")
	farRev := far.Commit("main", forgetest.Files{"far": {Body: "far\n"}})
	far.Private("hunter3")
	open := f.RepoOn("open.example.org", "acme/open")
	openRev := open.Commit("main", forgetest.Files{"open": {Body: "open\n"}})
	top := f.Repo("acme/top")
	modules := gitmodules("sub", "../sub", "far", "https://git.example.org/acme/far", "open", "https://open.example.org/acme/open")
	rev := top.Commit("main", forgetest.Files{".gitmodules": modules, "sub": {Submodule: subRev}, "far": {Submodule: farRev}, "open": {Submodule: openRev}})
	top.Private("hunter2")

	credentials := web.Credentials{
		"git.example.org": {User: "ada", Password: "hunter3"},
		"github.com":      {User: "x-access-token", Password: "hunter2"},
		"github.com/api/": {User: "ada", Password: "hunter4"}, // not for git
	}
	g := newGit(t, f)
	g.Credentials = credentials
	c := gitcmd.Checkout{URL: top.URL(), Rev: rev, Submodules: true}
	got, _, err := checkout(t, g, c)
	if err != nil {
		t.Fatal(err)
	}
	wantTree(t, got, map[string]string{".gitmodules": modules.Body, "sub/sub": "sub\n", "far/far": "far\n", "open/open": "open\n"})
	home := map[string]string{
		"github.com": credentials["github.com"].Header(), "git.example.org": credentials["git.example.org"].Header(),
	}
	if len(f.Requests()) == 0 {
		t.Error("no requests")
	}
	for _, r := range f.Requests() {
		if auth := r.Header.Get("Authorization"); auth != "" && "Authorization: "+auth != home[r.Host] {
			t.Errorf("%s %s: got Authorization %q, want %q", r.Host, r.Path, auth, home[r.Host])
		}
	}

	for name, wrong := range map[string]web.Credentials{
		"none":                   {},
		"wrong":                  {"github.com": {User: "x-access-token", Password: "hunter4"}},
		"wrong for a submodule":  {"github.com": {User: "x-access-token", Password: "hunter2"}, "git.example.org": {User: "ada", Password: "hunter4"}},
		"none for a submodule":   {"github.com": {User: "x-access-token", Password: "hunter2"}},
		"bearer that is refused": {"github.com": {Password: "hunter4", Bearer: true}},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGit(t, f)
			g.Credentials = wrong
			_, _, err := checkout(t, g, c)
			if !errors.Is(err, web.ErrUnauthorized) {
				t.Fatalf("got %v, want %v", err, web.ErrUnauthorized)
			}
			for _, credential := range wrong {
				_, encoded, _ := strings.Cut(credential.Header(), " ")
				if text := err.Error(); strings.Contains(text, "hunter") || strings.Contains(text, encoded) {
					t.Errorf("the error shows a secret: %v", err)
				}
			}
		})
	}
}

// A host's credential does not follow a redirect to another host.
func TestCheckoutCredentialIsNotRedirected(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"evil.example", "sub.git.example.org"} {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			f := forgetest.New(t)
			repo := f.RepoOn(target, "acme/demo")
			rev := repo.Commit("main", forgetest.Files{"a": {Body: "a\n"}})
			f.Fault(forgetest.Fault{Host: "git.example.org", Kind: forgetest.RedirectTo("https://" + target + "/acme/demo/info/refs?service=git-upload-pack")})
			g := newGit(t, f)
			g.Credentials = web.Credentials{"git.example.org": {User: "ada", Password: "hunter2"}}
			_, _, err := checkout(t, g, gitcmd.Checkout{URL: "https://git.example.org/acme/demo", Rev: rev})
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error shows a secret: %v", err)
			}
			if len(f.Requests()) == 0 {
				t.Error("no requests")
			}
			for _, r := range f.Requests() {
				if auth := r.Header.Get("Authorization"); auth != "" && r.Host != "git.example.org" {
					t.Errorf("%s %s %s: got Authorization %q", r.Method, r.Host, r.Path, auth)
				}
			}
		})
	}
}

// Credentials are not sent over http to another machine.
func TestCheckoutOverHTTP(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := f.RepoOn("git.example.org", "acme/demo")
	rev := repo.Commit("main", forgetest.Files{"a": {Body: "a\n"}})
	g := newGit(t, f)
	g.Credentials = web.Credentials{"git.example.org": {User: "ada", Password: "hunter2"}}
	got, _, err := checkout(t, g, gitcmd.Checkout{URL: "http://git.example.org/acme/demo", Rev: rev})
	if err != nil {
		t.Fatal(err)
	}
	wantTree(t, got, map[string]string{"a": "a\n"})
	for _, r := range f.Requests() {
		if auth := r.Header.Get("Authorization"); auth != "" || r.TLS {
			t.Errorf("got Authorization %q", auth)
		}
	}
}

// A server's redirect from https to http is refused, as in package web.
func TestCheckoutRedirectToHTTP(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := f.RepoOn("git.example.org", "acme/demo")
	rev := repo.Commit("main", forgetest.Files{"a": {Body: "a\n"}})
	f.Fault(forgetest.Fault{
		Match: func(r *http.Request) bool { return r.TLS != nil },
		Kind:  forgetest.RedirectTo("http://git.example.org/acme/demo/info/refs?service=git-upload-pack"),
	})
	_, _, err := checkout(t, newGit(t, f), gitcmd.Checkout{URL: "https://git.example.org/acme/demo", Rev: rev})
	if err == nil {
		t.Error("the tree came over http")
	}
}

func TestCheckoutRenamed(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := f.Repo("acme/old")
	rev := repo.Commit("main", forgetest.Files{"a": {Body: "a\n"}})
	f.Rename("acme/old", "acme/new")
	got, _, err := checkout(t, newGit(t, f), gitcmd.Checkout{URL: "https://github.com/acme/old.git", Rev: rev})
	if err != nil {
		t.Fatal(err)
	}
	wantTree(t, got, map[string]string{"a": "a\n"})
}

func TestCancelCheckout(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, path string
		kind       forgetest.Kind
	}{
		{"in the list of refs", "/acme/demo/info/refs", forgetest.Stall(-1)},
		{"in the pack", "/acme/demo/git-upload-pack", forgetest.Stall(10)},
		{"in a submodule", "/acme/sub", forgetest.Stall(-1)},
	}
	reason := errors.New("the user said so")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := forgetest.New(t)
			sub := f.Repo("acme/sub")
			subRev := sub.Commit("main", forgetest.Files{"a": {Body: "a\n"}})
			repo := f.Repo("acme/demo")
			rev := repo.Commit("main", forgetest.Files{".gitmodules": gitmodules("sub", "../sub"), "sub": {Submodule: subRev}})
			ctx, cancel := context.WithCancelCause(t.Context())
			f.Fault(forgetest.Fault{Path: tt.path, Kind: tt.kind, Match: func(*http.Request) bool { cancel(reason); return true }})
			g := newGit(t, f)
			err := g.Checkout(ctx, gitcmd.Checkout{URL: repo.URL(), Rev: rev, Submodules: true}, func(gitcmd.Worktree) error {
				t.Error("there is a tree")
				return nil
			})
			if !errors.Is(err, reason) {
				t.Errorf("got %v, want %v", err, reason)
			}
			for _, pid := range processesIn(t, g.TempDir) {
				t.Errorf("process %s is still there", pid)
			}
		})
	}
}

// processesIn returns the processes whose working directory is below a directory.
func processesIn(t *testing.T, dir string) []string {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, link := range links {
		if cwd, err := os.Readlink(link); err == nil && strings.HasPrefix(cwd, dir+"/") {
			found = append(found, filepath.Base(filepath.Dir(link)))
		}
	}
	return found
}

func TestNoURLShowsItsSecrets(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	u := url.URL{Scheme: "https", User: url.UserPassword("ada", "hunter2"), Host: "git.example.org", Path: "/acme/none"}
	_, _, err := checkout(t, newGit(t, f), gitcmd.Checkout{URL: u.String(), Rev: strings.Repeat("1", 40)})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("checkout: got %v", err)
	}
}
