package nixtest_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/test/nixtest"
)

const readOnlyDir = `derivation {
  name = "directory"; system = builtins.currentSystem; PATH = "/usr/local/bin:/usr/bin:/bin";
  builder = "/bin/sh"; args = [ "-c" "mkdir -p $out/sub && echo text > $out/sub/file" ];
}`

// A store is private and removed with the test, including read-only directories.
func TestNew(t *testing.T) {
	t.Parallel()
	var built, dir string
	t.Run("store", func(t *testing.T) {
		n := nixtest.New(t)
		dir = n.Dir()
		paths, err := n.Build("--expr", readOnlyDir)
		if err != nil {
			t.Fatal(err)
		}
		if len(paths) != 1 {
			t.Fatalf("nix-build printed %q, want one path", paths)
		}
		built = paths[0]
		if root := filepath.Dir(dir); !strings.HasPrefix(built, root+"/") {
			t.Errorf("built %s, which is not below %s", built, root)
		}
		if _, err := os.Stat(filepath.Join(built, "sub", "file")); err != nil {
			t.Error(err)
		}
	})
	if built == "" {
		t.Skip("no store was made")
	}
	for _, path := range []string{built, dir} {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s outlived its test: %v", path, err)
		}
	}
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	n := nixtest.New(t)
	plain, err := n.Eval(`builtins.getEnv "NIXTEST_GIVEN"`)
	if err != nil {
		t.Fatal(err)
	}
	given, err := n.With("NIXTEST_GIVEN=yes").Eval(`builtins.getEnv "NIXTEST_GIVEN"`)
	if err != nil {
		t.Fatal(err)
	}
	if plain != `""` || given != `"yes"` {
		t.Errorf("without With %s, with it %s", plain, given)
	}
}

func TestFailure(t *testing.T) {
	t.Parallel()
	n := nixtest.New(t)
	if value, err := n.Eval(`throw "said so"`); err == nil || !strings.Contains(err.Error(), "said so") {
		t.Errorf("got %q and error %v, want one that repeats Nix's message", value, err)
	}
}
