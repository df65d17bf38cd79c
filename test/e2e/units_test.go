package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/test/forgetest"
	"github.com/pinfetch/pinfetch/test/nixtest"
)

// workTree is a clone of a project with two pins: acme/tool has a new version, acme/gone no longer exists.
type workTree struct {
	*example
	origin string // its bare repository
}

func newWorkTree(t *testing.T) *workTree {
	t.Helper()
	forge := forgetest.New(t)
	tool := forge.Repo("acme/tool")
	tool.Tag("v1.0", tool.Commit("main", forgetest.Files{"a": {Body: "one\n"}}))
	gone := forge.Repo("acme/gone")
	gone.Tag("v1.0", gone.Commit("main", forgetest.Files{"a": {Body: "one\n"}}))
	n := nixtest.New(t)
	dir := filepath.Join(n.Dir(), "project")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	w := &workTree{&example{dir, withShell(t, n, forge).In(dir)}, filepath.Join(n.Dir(), "origin.git")}
	w.shell(t, `
		pinfetch init && pinfetch add github:acme/tool github:acme/gone
		git init -q -b main && git add . && git commit -qm first
		git clone -q --bare . ../origin.git
		git remote add origin ../origin.git && git fetch -q && git branch -q -u origin/main`)
	tool.Tag("v1.1", tool.Commit("main", forgetest.Files{"a": {Body: "two\n"}}))
	forge.Fault(forgetest.Fault{Path: "/acme/gone.git/", Kind: forgetest.Status(404, nil, "")})
	return w
}

// subject returns the subject of the commit at a ref of the bare repository, or "" if the ref does not exist.
func (w *workTree) subject(t *testing.T, ref string) string {
	t.Helper()
	return strings.TrimSpace(w.shell(t, "git -C ../origin.git for-each-ref --format='%(subject)' "+ref))
}

var unitCommand = regexp.MustCompile(`(?m)^(ExecStart|ExecStopPost)=(.*)$`)

func TestUnits(t *testing.T) {
	t.Parallel()
	ci := filepath.Join("..", "..", "examples", "ci")
	service := strings.ReplaceAll(read(t, filepath.Join(ci, "pinfetch.service")), "%h/go/bin/pinfetch", program)
	timer := read(t, filepath.Join(ci, "pinfetch.timer"))
	if _, err := exec.LookPath("systemd-analyze"); err == nil {
		dir := t.TempDir()
		for name, text := range map[string]string{"pinfetch.service": service, "pinfetch.timer": timer} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		command(t, dir, "systemd-analyze", "verify", "--man=no", "./pinfetch.service", "./pinfetch.timer")
	}
	w := newWorkTree(t)
	commands := unitCommand.FindAllStringSubmatch(service, -1)
	if len(commands) != 2 {
		t.Fatalf("the unit runs %q, want an update and a push", commands)
	}
	for _, command := range commands {
		out := w.nix.Run("sh", "-c", command[2])
		if failed, wanted := out.Err != nil, command[1] == "ExecStart"; failed != wanted {
			t.Errorf("%s failed: %v, want %v\n%s", command[2], failed, wanted, out.Stderr)
		}
	}
	if got, want := w.subject(t, "refs/heads/main"), "tool: 1.0 -> 1.1"; got != want {
		t.Errorf("pushed %q, want %q", got, want)
	}
	if !strings.Contains(timer, "[Timer]\nOnCalendar=") || !strings.Contains(timer, "[Install]\nWantedBy=timers.target") {
		t.Errorf("the timer is never started:\n%s", timer)
	}
}
