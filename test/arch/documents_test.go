package arch

import (
	"encoding/json"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// files are the paths, from root, of the repository's files with an ending, except
// fixtures and directories whose name begins with a dot.
func files(t *testing.T, ending string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != root && (entry.Name() == "testdata" || strings.HasPrefix(entry.Name(), ".")):
			return fs.SkipDir
		case !entry.IsDir() && strings.HasSuffix(entry.Name(), ending):
			found = append(found, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatalf("no file ends in %q", ending)
	}
	return found
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

var (
	fence   = regexp.MustCompile("(?ms)^[ \t]*```.*?^[ \t]*```[ \t]*$|`[^`\n]*`")
	link    = regexp.MustCompile(`\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|(?m:^\[[^\]]+\]:\s*(\S+))`)
	heading = regexp.MustCompile(`(?m)^#{1,6}\s+(.*?)\s*#*$`)
)

// links are the targets of a document's links and images, except in code.
func links(document string) []string {
	var targets []string
	for _, found := range link.FindAllStringSubmatch(fence.ReplaceAllString(document, ""), -1) {
		targets = append(targets, found[1]+found[2])
	}
	return targets
}

// anchors are GitHub's anchors for a document's headings.
func anchors(document string) []string {
	var names []string
	drop := regexp.MustCompile(`[^\p{L}\p{N}\s_-]`)
	for _, found := range heading.FindAllStringSubmatch(regexp.MustCompile("(?ms)^```.*?^```$").ReplaceAllString(document, ""), -1) {
		name := drop.ReplaceAllString(strings.ToLower(found[1]), "")
		names = append(names, strings.ReplaceAll(name, " ", "-"))
	}
	return names
}

// brokenLinks are the links to files or headings that do not exist.
func brokenLinks(path, document string) []string {
	var broken []string
	for _, target := range links(document) {
		u, err := url.Parse(target)
		if err == nil && u.Scheme != "" {
			continue
		}
		if err != nil || !resolves(path, document, u) {
			broken = append(broken, target)
		}
	}
	return broken
}

func resolves(path, document string, u *url.URL) bool {
	if u.Path != "" {
		path = filepath.Join(filepath.Dir(path), filepath.FromSlash(u.Path))
		if _, err := os.Stat(path); err != nil {
			return false
		}
		if u.Fragment == "" || !strings.HasSuffix(path, ".md") {
			return true
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return false
		}
		document = string(data)
	}
	return slices.Contains(anchors(document), u.Fragment)
}

func TestLinks(t *testing.T) {
	t.Parallel()
	count := 0
	for _, path := range files(t, ".md") {
		document := read(t, path)
		count += len(links(document))
		for _, target := range brokenLinks(path, document) {
			t.Errorf("%s: broken link %q", path, target)
		}
	}
	if count == 0 {
		t.Error("no document has a link: check the pattern")
	}
}

func TestBrokenLinks(t *testing.T) {
	t.Parallel()
	document := strings.Join([]string{
		"# A title, and `code`!", "[a](b.md) [c](d.md#title) [e](#a-title-and-code) [f](#none)",
		"![g](gone.png) [h](https://example.org/) [i]: [j](mailto:k@example.org)", "[l]: m.md 'title'",
		"```", "[n](o.md)", "```", "`[p](q.md)`", `[r](<b.md> "title") [s](d.md#no) [t](b.md)`,
	}, "\n")
	dir := t.TempDir()
	for name, text := range map[string]string{"b.md": "", "d.md": "## Title ##\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got := brokenLinks(filepath.Join(dir, "a.md"), document)
	if want := []string{"#none", "gone.png", "m.md", "d.md#no"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// dependency is a line of CONTRIBUTING.md that says why a module was chosen.
var dependency = regexp.MustCompile("(?m)^- `([^`\n]+\\.[^`\n]+/[^`\n]+)`: \\S")

func TestDependenciesHaveReasons(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go mod edit: %v", err)
	}
	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	var required, explained []string
	for _, r := range mod.Require {
		if !r.Indirect {
			required = append(required, r.Path)
		}
	}
	if len(required) == 0 {
		t.Fatal("go.mod requires nothing directly: run go mod tidy")
	}
	for _, found := range dependency.FindAllStringSubmatch(read(t, filepath.Join(root, "CONTRIBUTING.md")), -1) {
		explained = append(explained, found[1])
	}
	for _, path := range required {
		if !slices.Contains(explained, path) {
			t.Errorf("CONTRIBUTING.md has no line that begins with \"- `%s`: \" and says why", path)
		}
	}
	for _, path := range explained {
		if !slices.Contains(required, path) {
			t.Errorf("CONTRIBUTING.md explains %s, which go.mod does not require", path)
		}
	}
}
