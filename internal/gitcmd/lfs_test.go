package gitcmd_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

func needLFS(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("git-lfs"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("git-lfs is not installed")
	}
}

// withoutLFS puts a git-lfs into the PATH that must not run.
func withoutLFS(t *testing.T, g *gitcmd.Git) {
	t.Helper()
	_, touch := marker(t)
	bin := t.TempDir()
	writeScript(t, filepath.Join(bin, "git-lfs"), touch)
	g.Env[0] = "PATH=" + bin + ":" + os.Getenv("PATH")
}

// A repository does not choose how its files are fetched: git-lfs does not even start.
func TestLFSServerIsRefused(t *testing.T) {
	t.Parallel()
	for _, config := range []string{
		"[lfs]\n\turl = ssh://git@internal.example/x\n",
		"[LFS]\n\tURL = git@internal.example:x\n",
		"[remote \"origin\"]\n\tlfsurl = file:///srv/private.git\n",
		"[lfs]\n\turl = /srv/private.git\n",
		"[lfs]\n\turl = ../private.git\n",
		"[lfs]\n\turl = git://internal.example/x\n",
		"[lfs]\n\turl = https://github.com/acme/lfs\n\turl = HTTPS://internal.example/x\n",
	} {
		t.Run(config, func(t *testing.T) {
			t.Parallel()
			f := forgetest.New(t)
			repo, _, pointer := lfs(f, "acme/lfs", "the true content\n")
			rev := repo.Commit("main", forgetest.Files{
				".gitattributes": {Body: "*.bin filter=lfs\n"}, "big.bin": {Body: pointer}, ".lfsconfig": {Body: config},
			})
			top := f.Repo("acme/top")
			topRev := top.Commit("main", forgetest.Files{".gitmodules": gitmodules("sub", "../lfs"), "sub": {Submodule: rev}})
			for _, c := range []gitcmd.Checkout{{URL: repo.URL(), Rev: rev}, {URL: top.URL(), Rev: topRev, Submodules: true}} {
				g := newGit(t, f)
				withoutLFS(t, g)
				c.LFS = true
				if _, _, err := checkout(t, g, c); !errors.Is(err, gitcmd.ErrTransport) {
					t.Errorf("got %v, want %v", err, gitcmd.ErrTransport)
				}
			}
		})
	}
}

// Another https server is used, whatever else .lfsconfig says.
func TestLFSServerElsewhere(t *testing.T) {
	t.Parallel()
	needLFS(t)
	f := forgetest.New(t)
	repo, _, pointer := lfs(f, "acme/lfs", "the true content\n")
	rev := repo.Commit("main", forgetest.Files{
		".gitattributes": {Body: "*.bin filter=lfs\n"}, "big.bin": {Body: pointer},
		".lfsconfig": {Body: "[lfs]\n\turl = https://github.com/acme/lfs.git/info/lfs\n[remote \"origin\"]\n\tlfsurl = ssh://git@internal.example/x\n"},
	})
	f.Private("acme/other", "hunter2")
	got, _, err := checkout(t, newGit(t, f), gitcmd.Checkout{URL: repo.URL(), Rev: rev, LFS: true})
	if err != nil || got["big.bin"] != "the true content\n" {
		t.Errorf("got %q, %v", got, err)
	}
}

// git-lfs 3.3.0 deletes /dev/null for a pointer to the empty object with another size. Such pointers are refused before
// it starts, and only where a filter would see them.
func TestPointerToTheEmptyObject(t *testing.T) {
	t.Parallel()
	const oid = "oid sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85f\n"
	const version = "version https://git-lfs.github.com/spec/v1\n"
	for name, tt := range map[string]struct {
		attributes, pointer string
		refused             bool
	}{
		"another size":            {"f filter=lfs\n", version + oid + "size 1\n", true},
		"negative size":           {"f filter=lfs\n", version + oid + "size -1\n", true},
		"no size":                 {"f filter=lfs\n", version + oid, true},
		"two sizes":               {"f filter=lfs\n", version + "size 1\n" + oid + "size 0\n", true},
		"older version":           {"f filter=lfs\n", "version http://git-media.io/v/2\n" + oid + "size 1\n", true},
		"CRLF":                    {"f filter=lfs\n", strings.ReplaceAll(version+oid+"size 1\n", "\n", "\r\n"), true},
		"attribute of a macro":    {"[attr]big filter=lfs\nf big\n", version + oid + "size 1\n", true},
		"attributes are UTF-16":   {"f filter=lfs\n.gitattributes working-tree-encoding=UTF-16\n", version + oid + "size 1\n", true},
		"attributes are pointers": {"f filter=lfs\n.gitattributes filter=lfs\n", version + oid + "size 1\n", true},
		"no attribute":            {"g filter=lfs\n", version + oid + "size 1\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := forgetest.New(t)
			repo := f.Repo("acme/lfs")
			rev := repo.Commit("main", forgetest.Files{".gitattributes": {Body: tt.attributes}, "f": {Body: tt.pointer}})
			g := newGit(t, f)
			withoutLFS(t, g)
			got, _, err := checkout(t, g, gitcmd.Checkout{URL: repo.URL(), Rev: rev, LFS: true})
			if tt.refused && (!errors.Is(err, gitcmd.ErrLFS) || !strings.Contains(err.Error(), `file "f"`)) {
				t.Errorf("got %v, want %v", err, gitcmd.ErrLFS)
			}
			if !tt.refused && (err != nil || got["f"] != tt.pointer) {
				t.Errorf("got %q, %v, want the pointer", got, err)
			}
		})
	}
}

// The error keeps the reason of git-lfs, and names no file that is gone.
func TestLFSReason(t *testing.T) {
	t.Parallel()
	needLFS(t)
	f := forgetest.New(t)
	long := strings.Repeat("long", 40) + ".bin"
	_, _, pointer := lfs(f, "acme/lfs", "the true content\n")
	oid := strings.TrimPrefix(strings.Fields(pointer)[3], "sha256:")
	for name, tt := range map[string]struct {
		status int
		answer string
		want   string
	}{
		"budget":  {403, `{"message":"This repository exceeded its LFS budget."}`, "exceeded its LFS budget"},
		"missing": {200, `{"objects":[{"oid":"` + oid + `","size":17,"error":{"code":404,"message":"Object does not exist"}}]}`, "Object does not exist"},
		"gone":    {200, `{"objects":[{"oid":"` + oid + `","size":17,"actions":{"download":{"href":"https://media.example.org/none"}}}]}`, "object not found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := forgetest.New(t)
			repo := f.Repo("acme/demo")
			rev := repo.Commit("main", forgetest.Files{".gitattributes": {Body: "*.bin filter=lfs\n"}, long: {Body: pointer}})
			header := map[string][]string{"Content-Type": {"application/vnd.git-lfs+json"}}
			f.Fault(forgetest.Fault{Path: "/acme/demo.git/info/lfs", Kind: forgetest.Status(tt.status, header, tt.answer)})
			g := newGit(t, f)
			g.Tries = 1
			_, _, err := checkout(t, g, gitcmd.Checkout{URL: repo.URL(), Rev: rev, LFS: true})
			if !errors.Is(err, gitcmd.ErrLFS) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if text := fmt.Sprint(err); strings.Contains(text, "lfs/logs") || strings.Contains(text, "lfs logs") {
				t.Errorf("the error points at a log that is gone: %s", text)
			}
		})
	}
}
