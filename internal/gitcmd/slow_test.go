package gitcmd_test

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// A server that keeps the connection busy and sends nothing is given up, also if only a submodule comes from it.
func TestDrip(t *testing.T) {
	t.Parallel()
	drip := forgetest.Answer(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/x-git-upload-pack-result")
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		flush := http.NewResponseController(w)
		for packet := "000dpackfile\n"; r.Context().Err() == nil; packet = "0006\x02." { // a message to the user
			if _, err := w.Write([]byte(packet)); err != nil || flush.Flush() != nil {
				return
			}
			select {
			case <-r.Context().Done():
			case <-tick.C:
			}
		}
	})
	f := forgetest.New(t)
	slow := f.RepoOn("slow.example.org", "acme/demo")
	slowRev := slow.Commit("main", forgetest.Files{"a": {Body: "a"}})
	top := f.Repo("acme/top")
	topRev := top.Commit("main", forgetest.Files{".gitmodules": gitmodules("sub", slow.URL()), "sub": {Submodule: slowRev}})
	f.Fault(forgetest.Fault{Host: "slow.example.org", Path: "/acme/demo/git-upload-pack", Kind: drip})
	for name, c := range map[string]gitcmd.Checkout{
		"repository": {URL: slow.URL(), Rev: slowRev},
		"submodule":  {URL: top.URL(), Rev: topRev, Submodules: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGit(t, f)
			g.Stall = 200 * time.Millisecond
			if _, _, err := checkout(t, g, c); !errors.Is(err, web.ErrStalled) {
				t.Errorf("got %v, want %v", err, web.ErrStalled)
			}
		})
	}
}

// ssh is told how long to wait, and ended if it does not obey.
func TestSSHThatWaits(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo, _, _ := demo(f, "acme/demo")
	remote := "ssh://git@git.example.org" + repo.Dir()
	arguments := func(g *gitcmd.Git) []string {
		log := fakeSSH(t, g)
		if _, err := list(t, g, remote); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(string(text), "\n")
	}

	g := newGit(t, f)
	g.Stall = 8500 * time.Millisecond
	args := arguments(g)
	for _, want := range []string{"ConnectTimeout=9", "ServerAliveInterval=4", "ServerAliveCountMax=1", "BatchMode=yes"} {
		if !slices.Contains(args, want) {
			t.Errorf("ssh was called with %q, want %s", args, want)
		}
	}
	g.SSH = "ssh -i key -o ConnectTimeout=99" // ssh takes the first value of an option
	if args := arguments(g); slices.Index(args, "ConnectTimeout=99") > slices.Index(args, "ConnectTimeout=9") || args[1] != "key" {
		t.Errorf("ssh was called with %q, want the user's options first", args)
	}
	other, log := filepath.Join(t.TempDir(), "plink"), filepath.Join(t.TempDir(), "log")
	writeScript(t, other, `printf '%s\n' "$@" >`+log+`; for last; do :; done; exec sh -c "$last"`)
	g.SSH = other + " -batch"
	if _, err := list(t, g, remote); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(log); err != nil || strings.Contains(string(text), "-o\n") {
		t.Errorf("another program was called with %q, %v, want only its own options", text, err)
	}

	bin := t.TempDir()
	fifo := filepath.Join(bin, "fifo")
	if err := exec.Command("mkfifo", fifo).Run(); err != nil {
		t.Fatal(err)
	}
	writeScript(t, filepath.Join(bin, "ssh"), "exec cat "+fifo)
	g = newGit(t, f)
	g.Env[0], g.Stall = "PATH="+bin+":"+os.Getenv("PATH"), 10*time.Millisecond
	if _, err := list(t, g, remote); !errors.Is(err, web.ErrStalled) {
		t.Errorf("silent ssh: got %v, want %v", err, web.ErrStalled)
	}
}
