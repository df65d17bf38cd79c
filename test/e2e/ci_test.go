package e2e

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
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

// pushLog is a hook that makes a bare repository record the options of a push.
const pushLog = `#!/bin/sh
env | sed -n 's/^GIT_PUSH_OPTION_[0-9]*=//p' | sort >options
`

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
		git clone -q --bare . ../origin.git && git -C ../origin.git config receive.advertisePushOptions true
		git remote add origin ../origin.git && git fetch -q && git branch -q -u origin/main`)
	if err := writeProgram(filepath.Join(w.origin, "hooks", "pre-receive"), []byte(pushLog)); err != nil {
		t.Fatal(err)
	}
	tool.Tag("v1.1", tool.Commit("main", forgetest.Files{"a": {Body: "two\n"}}))
	forge.Fault(forgetest.Fault{Path: "/acme/gone.git/", Kind: forgetest.Status(404, nil, "")})
	// The workflows install pinfetch with go, but this test has it already.
	install := "#!/bin/sh\n[ \"$*\" = 'install github.com/pinfetch/pinfetch/cmd/pinfetch@latest' ]\n"
	if err := writeProgram(filepath.Join(n.Dir(), "bin", "go"), []byte(install)); err != nil {
		t.Fatal(err)
	}
	return w
}

// subject returns the subject of the commit at a ref of the bare repository, or "" if the ref does not exist.
func (w *workTree) subject(t *testing.T, ref string) string {
	t.Helper()
	return strings.TrimSpace(w.shell(t, "git -C ../origin.git for-each-ref --format='%(subject)' "+ref))
}

// commit returns the ID of the commit at a ref of the bare repository.
func (w *workTree) commit(t *testing.T, ref string) string {
	t.Helper()
	return strings.TrimSpace(w.shell(t, "git -C ../origin.git for-each-ref --format='%(objectname)' "+ref))
}

// The workflows are valid for their platforms. If a pin fails, they push the pins that moved and then fail; if no
// pin moved, they push nothing.
func TestWorkflows(t *testing.T) {
	t.Parallel()
	tests := []struct {
		file    string
		ref     string
		options []string
		env     []string
	}{
		{"github.yml", "refs/heads/update-pins", nil, []string{"GITHUB_REF_NAME=main"}},
		{"forgejo.yml", "refs/for/main", []string{"force-push=true", "title=Update pins", "topic=update-pins"}, []string{"GITHUB_REF_NAME=main"}},
		{"gitlab.yml", "refs/heads/update-pins", []string{"merge_request.create", "merge_request.target=main", "merge_request.title=Update pins"}, []string{
			"CI_DEFAULT_BRANCH=main", "CI_SERVER_HOST=gitlab.example.org", "CI_PROJECT_PATH=acme/project", "UPDATE_TOKEN=secret",
			"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=url.../origin.git.insteadOf", "GIT_CONFIG_VALUE_0=https://pinfetch:secret@gitlab.example.org/acme/project.git",
		}},
	}
	for _, test := range tests {
		t.Run(test.file, func(t *testing.T) {
			t.Parallel()
			script := lint(t, test.file)
			w := newWorkTree(t)
			run := func() nixtest.Output {
				commit := strings.TrimSpace(w.shell(t, "git rev-parse HEAD"))
				return w.nix.With(append(test.env, "GITHUB_SHA="+commit, "CI_COMMIT_SHA="+commit, "GITHUB_STEP_SUMMARY=../summary.md")...).Run("bash", "-e", "-c", script)
			}
			out := run()
			var exit *exec.ExitError
			if !errors.As(out.Err, &exit) || exit.ExitCode() != 2 {
				t.Errorf("with a failing pin, the workflow ended with %v, want exit code 2\n%s", out.Err, out.Stderr)
			}
			if got, want := w.subject(t, test.ref), "tool: 1.0 -> 1.1"; got != want {
				t.Fatalf("%s has %q, want %q\n%s", test.ref, got, want, out.Stderr)
			}
			if got := strings.FieldsFunc(read(t, filepath.Join(w.origin, "options")), func(r rune) bool { return r == '\n' }); !slices.Equal(got, test.options) {
				t.Errorf("pushed with %q, want %q", got, test.options)
			}
			pushed := w.commit(t, test.ref)
			w.shell(t, "git reset -q --hard HEAD~")
			if out := run(); !errors.As(out.Err, &exit) || exit.ExitCode() != 2 {
				t.Errorf("on the next day, the workflow ended with %v, want exit code 2\n%s", out.Err, out.Stderr)
			}
			if got := w.commit(t, test.ref); got != pushed {
				t.Errorf("the same content was pushed again")
			}
			w.shell(t, "git -C ../origin.git update-ref -d "+test.ref+"; pinfetch remove gone; git commit -qam removed")
			if out := run(); out.Err != nil {
				t.Fatal(out.Failed())
			}
			if got := w.subject(t, test.ref); got != "" {
				t.Errorf("pushed %q although nothing changed", got)
			}
		})
	}
}

// lint checks a workflow and returns the shell code of its steps.
func lint(t *testing.T, file string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "examples", "ci", file))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "run", "./cilint", path)
	cmd.Dir = filepath.Join("..", "tools")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	if script := string(out); strings.Contains(script, "pinfetch update --json --commit") {
		return script
	}
	t.Fatalf("%s has no step that updates:\n%s", file, out)
	return ""
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
