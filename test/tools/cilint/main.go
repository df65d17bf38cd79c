// Cilint checks a workflow, an action or a GitLab file and prints its steps as JSON: what each uses, with what, or its shell
// code and the variables that it gets.
//
//	go run -C test/tools ./cilint FILE
//
// Actionlint, which knows GitHub's syntax, contexts and runners, checks workflows of GitHub and Forgejo and, if shellcheck
// is installed, their shell code. The steps of a composite action are checked as those of a workflow. A GitLab file is checked for
// unknown keywords.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/rhysd/actionlint"
	"go.yaml.in/yaml/v4"
)

// step is one step of a workflow, an action or a job.
type step struct {
	ID    string            `yaml:"id" json:"id,omitempty"`
	Uses  string            `yaml:"uses" json:"uses,omitempty"`
	With  map[string]string `yaml:"with" json:"with,omitempty"`
	Env   map[string]string `yaml:"env" json:"env,omitempty"`
	Run   string            `yaml:"run" json:"run,omitempty"`
	Shell string            `yaml:"shell" json:"-"`
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: cilint FILE")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "cilint: %v\n", err)
		os.Exit(1)
	}
}

func run(path string, stdout io.Writer) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	read := workflow
	switch {
	case filepath.Base(path) == "action.yml":
		read = action
	case strings.Contains(path, "gitlab"), strings.Contains(path, "templates"):
		read = gitlab
	}
	steps, err := read(path, data)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return json.NewEncoder(stdout).Encode(steps)
}

// forgejo are complaints about features that only Forgejo has: a runner's label, and
// actions named by URL.
var forgejo = []string{`label "docker" is unknown`, `specifying action "https://`}

func workflow(path string, data []byte) ([]step, error) {
	shellcheck, _ := exec.LookPath("shellcheck") // "" turns it off
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{IgnorePatterns: forgejo, Shellcheck: shellcheck})
	if err != nil {
		return nil, err
	}
	found, err := linter.Lint(path, data, nil)
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, e := range found {
		errs = append(errs, e)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	var file struct {
		Jobs map[string]struct{ Steps []step }
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		return nil, err
	}
	var steps []step
	for _, job := range file.Jobs {
		steps = append(steps, job.Steps...)
	}
	return steps, nil
}

// action checks a composite action as the workflow that has its inputs and steps: actionlint reads actions only where workflows
// use them.
func action(path string, data []byte) ([]step, error) {
	var metadata actionlint.ActionMetadata
	if err := yaml.Unmarshal(data, &metadata); err != nil {
		return nil, err
	}
	var file struct {
		Inputs map[string]struct {
			Description, Default string
		}
		Outputs map[string]struct{ Value string }
		Runs    struct {
			Using string
			Steps []map[string]any
		}
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		return nil, err
	}
	if file.Runs.Using != "composite" {
		return nil, fmt.Errorf("runs.using is %q, want composite", file.Runs.Using)
	}
	inputs := make(map[string]any)
	for name, input := range file.Inputs {
		if input.Description == "" {
			return nil, fmt.Errorf("input %q has no description", name)
		}
		inputs[name] = map[string]any{"type": "string"}
	}
	steps := file.Runs.Steps
	for _, output := range file.Outputs {
		steps = append(steps, map[string]any{"run": ": \"$OUTPUT\"", "env": map[string]any{"OUTPUT": output.Value}, "shell": "bash"})
	}
	text, err := yaml.Marshal(map[string]any{
		"on":   map[string]any{"workflow_call": map[string]any{"inputs": inputs}},
		"jobs": map[string]any{"action": map[string]any{"runs-on": "ubuntu-latest", "steps": steps}},
	})
	if err != nil {
		return nil, err
	}
	found, err := workflow(path, text)
	if err != nil {
		return nil, err
	}
	found = found[:len(file.Runs.Steps)]
	for _, s := range found {
		if s.Run != "" && s.Shell != "bash" {
			return nil, fmt.Errorf("step %q names no shell", s.Run)
		}
	}
	defaults := make(map[string]string) // as the step "inputs", for those who run the action
	for name, input := range file.Inputs {
		defaults[name] = input.Default
	}
	return append([]step{{ID: "inputs", With: defaults}}, found...), nil
}

// gitlabJob has the job keywords that the example and the component may use; see https://docs.gitlab.com/ci/yaml/.
type gitlabJob struct {
	Stage         string
	Image         string
	Rules         []struct{ If string }
	ResourceGroup string `yaml:"resource_group"`
	Timeout       string
	Variables     map[string]string
	Script        []string
}

// gitlabSpec is the header of a component; see https://docs.gitlab.com/ci/components/.
type gitlabSpec struct {
	Spec struct {
		Inputs map[string]struct{ Description, Default string }
	}
}

// gitlab reads a file of jobs, or a component: its header, and jobs into which the defaults of its inputs are put.
func gitlab(_ string, data []byte) ([]step, error) {
	if header, rest, isComponent := bytes.Cut(data, []byte("\n---\n")); isComponent {
		var spec gitlabSpec
		if err := strict(header, &spec); err != nil {
			return nil, err
		}
		for name, input := range spec.Spec.Inputs {
			rest = bytes.ReplaceAll(rest, []byte("$[[ inputs."+name+" ]]"), []byte(input.Default))
		}
		if bytes.Contains(rest, []byte("$[[")) {
			return nil, errors.New("an input is not declared")
		}
		data = rest
	}
	jobs := map[string]gitlabJob{}
	if err := strict(data, &jobs); err != nil {
		return nil, err
	}
	var steps []step
	for name, job := range jobs {
		if len(job.Script) == 0 {
			return nil, fmt.Errorf("job %q has no script", name)
		}
		steps = append(steps, step{Run: strings.Join(job.Script, "\n"), Env: job.Variables})
	}
	return steps, nil
}

// strict decodes YAML without unknown keys.
func strict(data []byte, into any) error {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	return decoder.Decode(into)
}
