// Cilint checks the workflows of examples/ci and prints the shell code of their steps.
//
//	go run -C test/tools ./cilint FILE
//
// Actionlint, which knows GitHub's syntax, contexts and runners, checks workflows of
// GitHub and Forgejo. A GitLab file is checked for unknown keywords.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/rhysd/actionlint"
	"go.yaml.in/yaml/v4"
)

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
	var scripts []string
	if strings.Contains(path, "gitlab") {
		scripts, err = gitlab(data)
	} else {
		scripts, err = actions(path, data)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	fmt.Fprintln(stdout, strings.Join(scripts, "\n"))
	return nil
}

// forgejo are complaints about features that only Forgejo has: a runner's label, and
// actions named by URL.
var forgejo = []string{`label "docker" is unknown`, `specifying action "https://`}

func actions(path string, data []byte) ([]string, error) {
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{IgnorePatterns: forgejo})
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
	var workflow struct {
		Jobs map[string]struct {
			Steps []struct{ Run string }
		}
	}
	if err := yaml.Unmarshal(data, &workflow); err != nil {
		return nil, err
	}
	var scripts []string
	for _, job := range workflow.Jobs {
		for _, step := range job.Steps {
			if step.Run != "" {
				scripts = append(scripts, step.Run)
			}
		}
	}
	return scripts, nil
}

// gitlabJob has the job keywords that the example may use; see
// https://docs.gitlab.com/ci/yaml/.
type gitlabJob struct {
	Image         string
	Rules         []struct{ If string }
	ResourceGroup string `yaml:"resource_group"`
	Timeout       string
	Variables     map[string]string
	BeforeScript  []string `yaml:"before_script"`
	Script        []string
}

func gitlab(data []byte) ([]string, error) {
	jobs := map[string]gitlabJob{}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&jobs); err != nil {
		return nil, err
	}
	var scripts []string
	for name, job := range jobs {
		if len(job.Script) == 0 {
			return nil, fmt.Errorf("job %q has no script", name)
		}
		scripts = append(append(scripts, job.BeforeScript...), job.Script...)
	}
	return scripts, nil
}
