package arch

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Locks compare Specs, so a Spec that Go cannot compare must not compile.
func TestSpecIsComparable(t *testing.T) {
	t.Parallel()
	for field, want := range map[string]string{
		"URL string":              "",
		"Args [2]string":          "",
		"Args []string":           "does not satisfy comparable",
		"Args map[string]string":  "does not satisfy comparable",
		"Args func()":             "does not satisfy comparable",
		"Args struct{ l []byte }": "does not satisfy comparable",
	} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			out, err := compile(t, `package kind

import "github.com/pinfetch/pinfetch/pkg/sources"

type Spec struct { `+field+` }

func (Spec) Kind() string    { return "kind" }
func (Spec) Title() string   { return "kind" }
func (Spec) Validate() error { return nil }
func (Spec) Accepts(sources.Resolution) error { return nil }

var Codec = sources.Define[Spec](sources.Definition{}, nil, nil)
`)
			if (err == nil) != (want == "") || !strings.Contains(out, want) {
				t.Errorf("got %v and %q, want %q", err, out, want)
			}
		})
	}
}

// compile compiles a package that lies in this module only for as long as the test.
func compile(t *testing.T, code string) (string, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "kind.go")
	if err := os.WriteFile(file, []byte(code), 0o644); err != nil {
		t.Fatal(err)
	}
	module, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(module, "pkg", "sources", "kind", "kind.go"): file}})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "overlay.json")
	if err := os.WriteFile(name, overlay, 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "build", "-overlay", name, "./pkg/sources/kind")
	cmd.Dir = module
	out, err := cmd.CombinedOutput()
	return string(out), err
}
