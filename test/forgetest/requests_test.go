package forgetest_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/test/forgetest"
)

// Who may push can push, nobody else; and what was pushed can be merged.
func TestPush(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("acme/demo")
	r.Commit("main", forgetest.Files{"a": {Body: "a\n"}})
	r.Grant("reads", "eve")
	r.Grant("writes", "bot", forgetest.MayPush)
	dir := filepath.Join(t.TempDir(), "clone")
	git := func(args ...string) (string, error) {
		cmd := exec.Command("git", args...)
		cmd.Env = append(cmd.Environ(), f.Env()...)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := git("clone", "-q", "https://github.com/acme/demo", dir); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if out, err := git("-C", dir, "-c", "user.name=b", "-c", "user.email=b@example.org", "commit", "-q", "--allow-empty", "-m", "new"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for token, want := range map[string]string{"": "could not read Username", "reads": "403", "writes": "new branch"} {
		address := "https://github.com/acme/demo"
		if token != "" {
			address = "https://bot:" + token + "@github.com/acme/demo"
		}
		if out, _ := git("-C", dir, "push", address, "HEAD:refs/heads/feature"); !strings.Contains(out, want) {
			t.Errorf("push with token %q: %s; want %q", token, out, want)
		}
	}
	n := r.OpenPullRequest(forgetest.PullRequest{Title: "t", Head: "feature", Base: "main"})
	r.MergePullRequest(n)
	if got := r.PullRequests()[0]; got.State != "merged" || got.HeadID != r.Rev("feature") || r.Rev("main^2") != r.Rev("feature") {
		t.Errorf("merged request: %+v", got)
	}
}
