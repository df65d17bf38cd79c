package arch

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// platformList is the line of ./dev with the platforms that lint checks.
var platformList = regexp.MustCompile(`(?m)^platforms=\(([^)]+)\)$`)

// lintPlatforms are the platforms for which ./dev lint vets all files.
func lintPlatforms(t *testing.T) []string {
	t.Helper()
	found := platformList.FindStringSubmatch(read(t, filepath.Join(root, "dev")))
	if found == nil {
		t.Fatal("./dev does not list platforms")
	}
	return strings.Fields(found[1])
}

// compiled are the Go files that a platform compiles, tests included.
func compiled(t *testing.T, platform string) []string {
	t.Helper()
	system, arch, _ := strings.Cut(platform, "/")
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=Dir,GoFiles,TestGoFiles,XTestGoFiles", "./...")
	cmd.Dir = root
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0", "GOOS="+system, "GOARCH="+arch)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var names []string
	for decoder := json.NewDecoder(strings.NewReader(string(out))); decoder.More(); {
		var p struct {
			Dir                                string
			GoFiles, TestGoFiles, XTestGoFiles []string
		}
		if err := decoder.Decode(&p); err != nil {
			t.Fatalf("go list: %v", err)
		}
		for _, name := range slices.Concat(p.GoFiles, p.TestGoFiles, p.XTestGoFiles) {
			names = append(names, filepath.Join(p.Dir, name))
		}
	}
	return names
}

// No file escapes the checks through a build constraint.
func TestLintCompilesEveryFile(t *testing.T) {
	t.Parallel()
	platforms := lintPlatforms(t)
	for _, want := range []string{"linux/arm64", "darwin/arm64"} {
		if !slices.Contains(platforms, want) {
			t.Errorf("./dev lint does not check %s", want)
		}
	}
	var all []string
	for _, platform := range platforms {
		all = append(all, compiled(t, platform)...)
	}
	tools, err := filepath.Abs(filepath.Join(root, "test", "tools")) // another module
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files(t, ".go") {
		path, err := filepath.Abs(path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(path, tools) && !slices.Contains(all, path) {
			t.Errorf("no platform of ./dev lint compiles %s", path)
		}
	}
}
