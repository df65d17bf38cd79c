package e2e

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/test/forgetest"
	"github.com/pinfetch/pinfetch/test/nixtest"
)

// botProject is a project on a forge with two pins: acme/tool has a new version, acme/gone no longer exists.
type botProject struct {
	forge *forgetest.Forge
	repo  *forgetest.Repo
	home  string
	temp  string // the runner's
}

const projectToken = "t0ken-of-the-project"

func newBotProject(t *testing.T, host string) *botProject {
	t.Helper()
	p := &botProject{forge: forgetest.New(t), home: t.TempDir(), temp: t.TempDir()}
	for _, name := range []string{"acme/tool", "acme/gone"} {
		r := p.forge.RepoOn("github.com", name)
		r.Tag("v1.0", r.Commit("main", forgetest.Files{"a": {Body: "one\n"}}))
	}
	if out := p.run(t, nil, program+" init && "+program+" add github:acme/tool github:acme/gone"); out.err != nil {
		t.Fatal(out)
	}
	p.repo = p.forge.RepoOn(host, "acme/project")
	p.repo.Commit("main", forgetest.Files{"pinfetch/pins.json": {Body: read(t, filepath.Join(p.home, "pinfetch", "pins.json"))}})
	p.repo.Grant(projectToken, "bot", forgetest.MayPush, forgetest.MayRequest, forgetest.MayLabel, forgetest.MayMerge)
	tool := p.forge.RepoOn("github.com", "acme/tool")
	tool.Tag("v1.1", tool.Commit("main", forgetest.Files{"a": {Body: "two\n"}}))
	p.forge.Fault(forgetest.Fault{Host: "github.com", Path: "/acme/gone.git/", Kind: forgetest.Status(404, nil, "")})
	return p
}

type output struct {
	text string
	err  error
}

// run runs shell code as a runner does, in an empty directory.
func (p *botProject) run(t *testing.T, env []string, code string) output {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-e", "-o", "pipefail", "-c", code)
	cmd.Dir = p.home
	cmd.Env = append(append(p.forge.Env(), "PATH="+os.Getenv("PATH"), "HOME="+p.home, "RUNNER_TEMP="+p.temp,
		"GITHUB_OUTPUT="+filepath.Join(p.home, "output"), "GITHUB_STEP_SUMMARY="+filepath.Join(p.home, "summary.md")), env...)
	out, err := cmd.CombinedOutput()
	return output{string(out), err}
}

// step is what cilint prints of one step.
type step struct {
	ID, Uses, Run string
	With, Env     map[string]string
}

// lint checks a workflow, an action or a component, and returns its steps.
func lint(t *testing.T, file string) (steps []step) {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", file))
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
	if err := json.Unmarshal(out, &steps); err != nil {
		t.Fatal(err)
	}
	return steps
}

var expression = regexp.MustCompile(`\$\{\{ *([^ }]+) *\}\}`)

// evaluate replaces the expressions of a workflow by their values.
func evaluate(t *testing.T, texts, values map[string]string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	for name, text := range texts {
		found[name] = expression.ReplaceAllStringFunc(text, func(e string) string {
			value, known := values[expression.FindStringSubmatch(e)[1]]
			if !known {
				t.Fatalf("%s has no value", e)
			}
			return value
		})
	}
	return found
}

// workflow runs the steps of a file. Of the actions that they use it runs this project's own.
func (p *botProject) workflow(t *testing.T, file string, env []string, values map[string]string) output {
	t.Helper()
	var last output
	for _, s := range lint(t, file) {
		switch {
		case s.Run != "":
			for name, value := range evaluate(t, s.Env, values) {
				env = append(env, name+"="+value)
			}
			last = p.run(t, env, s.Run)
		case strings.Contains(s.Uses, "pinfetch/pinfetch@"):
			last = p.action(t, env, s.With, values)
		}
	}
	return last
}

// action runs the steps of action.yml with some inputs.
func (p *botProject) action(t *testing.T, env []string, inputs, values map[string]string) (last output) {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	steps := lint(t, "action.yml")
	all := maps.Clone(values)
	all["github.action_path"] = root
	for name, value := range evaluate(t, steps[0].With, values) {
		all["inputs."+name] = value
	}
	for name, value := range evaluate(t, inputs, values) {
		if _, declared := all["inputs."+name]; !declared {
			t.Fatalf("the action has no input %q", name)
		}
		all["inputs."+name] = value
	}
	for _, s := range steps[1:] {
		if s.Run == "" {
			continue
		}
		with := env
		for name, value := range evaluate(t, s.Env, all) {
			with = append(with, name+"="+value)
		}
		if last = p.run(t, with, s.Run); last.err != nil {
			break
		}
	}
	return last
}

// noInstall puts a go program before the real one that installs nothing: the test has pinfetch already.
func (p *botProject) noInstall(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(p.home, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	install := `#!/bin/sh
[ "$*" != 'install -tags urfave_cli_no_docs github.com/pinfetch/pinfetch/cmd/pinfetch@latest' ] || exit 0
[ "$1" = build ] || exit 1
while [ "$1" != -o ]; do shift; done
cp ` + program + ` "$2"
`
	if err := writeProgram(filepath.Join(bin, "go"), []byte(install)); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(program, filepath.Join(bin, "pinfetch")); err != nil {
		t.Fatal(err)
	}
	return "PATH=" + bin + ":" + os.Getenv("PATH")
}

// The workflows are valid for their platforms. If a pin fails, they open a request for those that moved and then fail; on the
// next day they do nothing again.
func TestWorkflows(t *testing.T) {
	t.Parallel()
	github := []string{"GITHUB_ACTIONS=true", "GITHUB_REPOSITORY=acme/project", "GITHUB_SERVER_URL=https://github.com", "GITHUB_API_URL=https://api.github.com"}
	gitlab := []string{
		"GITLAB_CI=true", "CI_SERVER_URL=https://gitlab.example.org", "CI_API_V4_URL=https://gitlab.example.org/api/v4",
		"CI_PROJECT_PATH=acme/project", "CI_PROJECT_ID=3", "CI_DEFAULT_BRANCH=main", "GITLAB_TOKEN=" + projectToken,
	}
	forgejo := []string{
		"GITHUB_ACTIONS=true", "FORGEJO_ACTIONS=true", "GITHUB_REPOSITORY=acme/project", "GITHUB_SERVER_URL=https://forgejo.example.org",
		"GITHUB_API_URL=https://forgejo.example.org/api/v1",
	}
	tests := []struct {
		file, host string
		env        []string
		values     map[string]string
	}{
		{"examples/ci/github.yml", "github.com", github, map[string]string{"github.token": projectToken}},
		{"examples/ci/github-app.yml", "github.com", github, map[string]string{"github.token": "other", "steps.app.outputs.token": projectToken}},
		{"examples/ci/forgejo.yml", "forgejo.example.org", forgejo, map[string]string{"github.token": "other", "secrets.PINFETCH_TOKEN": projectToken}},
		{"examples/ci/gitlab.yml", "gitlab.example.org", gitlab, nil},
		{"templates/bot.yml", "gitlab.example.org", gitlab, nil},
	}
	for _, test := range tests {
		t.Run(filepath.Base(test.file), func(t *testing.T) {
			t.Parallel()
			p := newBotProject(t, test.host)
			env := append(test.env, p.noInstall(t))
			for _, day := range []string{"first", "second"} {
				out := p.workflow(t, test.file, env, test.values)
				var exit *exec.ExitError
				if !errors.As(out.err, &exit) || exit.ExitCode() != 2 {
					t.Fatalf("on the %s day, with a failing pin, the workflow ended with %v, want exit code 2\n%s", day, out.err, out.text)
				}
				requests := p.repo.PullRequests()
				if len(requests) != 1 || requests[0].Title != "tool: 1.0 -> 1.1" || requests[0].State != "open" {
					t.Fatalf("on the %s day, the requests are %+v\n%s", day, requests, out.text)
				}
				if strings.Contains(out.text, projectToken) {
					t.Errorf("the log shows the token:\n%s", out.text)
				}
			}
			p.repo.MergePullRequest(1)
			p.forge.ClearFaults()
			if out := p.workflow(t, test.file, env, test.values); out.err != nil {
				t.Fatalf("%v\n%s", out.err, out.text)
			}
			if got := len(p.repo.PullRequests()); got != 1 {
				t.Errorf("%d requests, want none but the merged one", got)
			}
			if test.host == "gitlab.example.org" {
				return
			}
			if got := read(t, filepath.Join(p.home, "output")); got != "changed=1\nchanged=1\nchanged=0\n" {
				t.Errorf("the action's outputs are %q", got)
			}
			if got := read(t, filepath.Join(p.home, "summary.md")); !strings.Contains(got, "pinfetch/tool") {
				t.Errorf("the summary is %q", got)
			}
		})
	}
}

// The action passes its inputs on, updates a checkout when asked to, and refuses what does not fit.
func TestActionInputs(t *testing.T) {
	t.Parallel()
	env := []string{"GITHUB_ACTIONS=true", "GITHUB_REPOSITORY=acme/project", "GITHUB_SERVER_URL=https://github.com", "GITHUB_API_URL=https://api.github.com"}
	values := map[string]string{"github.token": projectToken}
	t.Run("bot", func(t *testing.T) {
		t.Parallel()
		p := newBotProject(t, "github.com")
		out := p.action(t, append(env, p.noInstall(t)), map[string]string{
			"pins": "tool", "group": "all", "labels": "dependencies\nnix stuff", "draft": "true",
		}, values)
		if out.err != nil {
			t.Fatalf("%v\n%s", out.err, out.text)
		}
		all := p.repo.PullRequests()
		if len(all) != 1 || all[0].Head != "pinfetch/all" || !all[0].Draft || strings.Join(all[0].Labels, "|") != "dependencies|nix stuff" {
			t.Errorf("requests: %+v\n%s", all, out.text)
		}
	})
	t.Run("dry run", func(t *testing.T) {
		t.Parallel()
		p := newBotProject(t, "github.com")
		out := p.action(t, append(env, p.noInstall(t)), map[string]string{"exclude": "gone", "dry-run": "true"}, values)
		if out.err != nil || len(p.repo.PullRequests()) != 0 || !strings.Contains(out.text, "pinfetch/tool") {
			t.Errorf("%v, requests: %+v\n%s", out.err, p.repo.PullRequests(), out.text)
		}
	})
	t.Run("update", func(t *testing.T) {
		t.Parallel()
		p := newBotProject(t, "github.com")
		identity := []string{"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@example.org"}
		if out := p.run(t, identity, "git init -q && git add pinfetch && git commit -qm first"); out.err != nil {
			t.Fatal(out)
		}
		out := p.action(t, append(append(env, p.noInstall(t)), identity...), map[string]string{"command": "update", "pins": "tool"}, values)
		if out.err != nil {
			t.Fatalf("%v\n%s", out.err, out.text)
		}
		if got := p.run(t, nil, "git log -1 --format=%s"); got.text != "tool: 1.0 -> 1.1\n" {
			t.Errorf("the last commit is %q", got.text)
		}
	})
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		p := newBotProject(t, "github.com")
		env := append(env, p.noInstall(t))
		for _, inputs := range []map[string]string{{"command": "remove"}, {"command": "update", "group": "all"}} {
			if out := p.action(t, env, inputs, values); out.err == nil || !strings.Contains(out.text, "::error::") {
				t.Errorf("inputs %v: %v\n%s", inputs, out.err, out.text)
			}
		}
	})
}

// hostProject makes the checkout in which n runs a project on github.com, for which the environment has a token.
func hostProject(t *testing.T, n *nixtest.Nix, forge *forgetest.Forge) *nixtest.Nix {
	t.Helper()
	project := forge.Repo("acme/hosted")
	project.Grant(projectToken, "bot", forgetest.MayPush, forgetest.MayRequest)
	n = n.With("GITHUB_TOKEN="+projectToken, "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=http.extraHeader", "GIT_CONFIG_VALUE_0=Authorization: Bearer "+projectToken)
	out := n.Run("sh", "-e", "-c", "git remote add origin https://github.com/acme/hosted.git && git push -q origin HEAD:refs/heads/main")
	if err := out.Failed(); err != nil {
		t.Fatal(err)
	}
	return n
}
