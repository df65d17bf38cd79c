package arch

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/pinfetch/pinfetch/"

// root is the repository, seen from this package.
const root = "../.."

// layers says which packages of this module each package may import, test files aside.
// A pattern as in path.Match stands for several. An import must be of an earlier row.
var layers = []struct {
	pkg     string
	imports []string
}{
	{"pkg/hash/internal/fault", nil},
	{"pkg/hash/internal/input", []string{"pkg/hash/internal/fault"}},
	{"pkg/hash/internal/spool", nil},
	{"pkg/hash/internal/tree", []string{"pkg/hash/internal/fault"}},
	{"pkg/hash/internal/decompress", []string{"pkg/hash/internal/fault", "pkg/hash/internal/input", "pkg/hash/internal/spool"}},
	{"pkg/hash/internal/nar", []string{"pkg/hash/internal/fault", "pkg/hash/internal/tree"}},
	{"pkg/hash/internal/untar", []string{"pkg/hash/internal/fault", "pkg/hash/internal/spool", "pkg/hash/internal/tree"}},
	{"pkg/hash/internal/unzip", []string{"pkg/hash/internal/fault", "pkg/hash/internal/tree"}},
	{"pkg/hash/internal/format", []string{"pkg/hash/internal/decompress", "pkg/hash/internal/fault", "pkg/hash/internal/untar", "pkg/hash/internal/unzip"}},
	{"pkg/hash", []string{"pkg/hash/internal/*"}},
	{"pkg/sources/internal/version", nil},
	{"internal/cache", nil},
	{"internal/web", nil},
	{"internal/gitproto", []string{"internal/web"}},
	{"pkg/sources", []string{"pkg/sources/internal/version", "pkg/hash"}},
	{"pkg/sources/internal/follow", []string{"internal/gitproto", "pkg/sources/internal/version", "internal/web", "pkg/sources"}},
	{"test/forgetest", nil}, // for tests, as is sourcestest
	{"pkg/sources/sourcestest", []string{"test/forgetest", "internal/gitproto", "internal/web", "pkg/sources"}},
	{"pkg/sources/*", []string{"internal/cache", "internal/gitproto", "pkg/sources/internal/follow", "pkg/sources/internal/version", "internal/web", "pkg/hash", "pkg/sources"}},
	{"pkg/lock", []string{"pkg/hash", "pkg/sources"}},
	{"internal/prefetch", []string{"internal/cache", "internal/gitproto", "internal/web", "pkg/hash", "pkg/sources"}},
	{"internal/engine", []string{"internal/prefetch", "pkg/sources/internal/version", "pkg/hash", "pkg/lock", "pkg/sources"}},
	{"nix", nil},
	{"cmd/pinfetch", []string{"internal/*", "nix", "pkg/*", "pkg/sources/*"}},

	// For tests and the demonstration.
	{"test/forgetest/cmd/forge", []string{"test/forgetest"}},
	{"test/demo", []string{"test/forgetest"}},
	{"test/arch", nil},
	{"test/bench/forge", nil},
	{"test/bench", []string{"test/bench/forge", "nix", "pkg/hash", "pkg/lock", "pkg/sources", "pkg/sources/github"}},
	{"test/difftest", []string{"pkg/hash"}},
	{"test/difftest/cmd/difftest", []string{"test/difftest"}},
	{"test/nixtest", nil},
}

// owners says which packages alone may import, test files aside, what begins with a prefix.
var owners = []struct {
	prefix string
	pkgs   []string
}{
	{"github.com/urfave/cli", []string{"cmd/pinfetch"}},
	{"github.com/google/go-github", []string{"pkg/sources/github"}},
	{"github.com/nix-community/go-nix", []string{"pkg/hash"}},
	{"testing", []string{"test/nixtest", "pkg/sources/sourcestest"}},
	{module + "test/forgetest", []string{"test/demo", "test/forgetest/cmd/forge", "pkg/sources/sourcestest"}},
	{"os/exec", []string{"cmd/pinfetch", "internal/gitproto", "test/bench", "test/demo", "test/difftest", "test/forgetest", "test/forgetest/cmd/forge", "test/nixtest"}},
}

// hashImports are the only packages outside the standard library that pkg/hash and its internal packages may
// import besides each other: decompressors, encodings, and Go's own repositories. It is pure, so of the
// standard library it may not import what reaches a network.
var hashImports = []string{
	"github.com/klauspost/compress/", "github.com/mikelolasagasti/xz", "github.com/sorairolake/lzip-go",
	"github.com/ulikunitz/xz", "github.com/nix-community/go-nix/", "golang.org/x/",
}

// vagueNames are names that say nothing about a package.
var vagueNames = []string{"base", "common", "helper", "helpers", "misc", "shared", "types", "util", "utils"}

// pkg is what go list -json says of a package.
type pkg struct {
	ImportPath string
	Name       string
	Dir        string
	GoFiles    []string
	Imports    []string
}

// path is the import path below the module.
func (p pkg) path() string { return strings.TrimPrefix(p.ImportPath, module) }

// breaches are the rules that the package's imports and name break.
func (p pkg) breaches() []string {
	var found []string
	breach := func(format string, args ...any) {
		found = append(found, p.path()+" "+fmt.Sprintf(format, args...))
	}
	if slices.Contains(vagueNames, p.Name) || slices.Contains(vagueNames, path.Base(p.ImportPath)) {
		breach("has a name that says nothing")
	}
	row := rowOf(p.path())
	if row < 0 {
		breach("is in no layer: add it to the table")
	}
	for _, imported := range p.Imports {
		own, isOwn := strings.CutPrefix(imported, module)
		if isOwn && row >= 0 && (!slices.ContainsFunc(layers[row].imports, matching(own)) || rowOf(own) >= row) {
			breach("may not import %s", own)
		}
		for _, owner := range owners {
			if strings.HasPrefix(imported+"/", owner.prefix+"/") && !slices.Contains(owner.pkgs, p.path()) {
				breach("may not import %s: only %s may", imported, strings.Join(owner.pkgs, ", "))
			}
		}
		if strings.HasPrefix(p.path()+"/", "pkg/hash/") && !hashMayImport(imported) {
			breach("may not import %s: it is pure", imported)
		}
	}
	return found
}

// rowOf is the row of the table that a package is in, -1 if none.
func rowOf(own string) int {
	for i, layer := range layers {
		if matching(own)(layer.pkg) {
			return i
		}
	}
	return -1
}

func matching(own string) func(pattern string) bool {
	return func(pattern string) bool {
		ok, err := path.Match(pattern, own)
		return ok && err == nil
	}
}

func hashMayImport(imported string) bool {
	if strings.HasPrefix(imported, module+"pkg/hash/internal/") {
		return true
	}
	if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
		return first != "net"
	}
	return slices.ContainsFunc(hashImports, func(allowed string) bool {
		return strings.HasPrefix(imported+"/", strings.TrimSuffix(allowed, "/")+"/")
	})
}

// packages are all packages of the module that have files besides tests.
func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-pgo=off", "-json=ImportPath,Name,Dir,GoFiles,Imports", "./...")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("go list: %v", err)
		}
		if len(p.GoFiles) > 0 {
			all = append(all, p)
		}
	}
}

func TestImports(t *testing.T) {
	t.Parallel()
	seen := make(map[int]bool)
	for _, p := range packages(t) {
		seen[rowOf(p.path())] = true
		for _, breach := range p.breaches() {
			t.Error(breach)
		}
	}
	for i, layer := range layers {
		if !seen[i] {
			t.Errorf("there is no package %s", layer.pkg)
		}
	}
}

func TestImportBreaches(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		pkg     string
		imports string
		want    string // part of the only breach, none if empty
	}{
		"kind of other modules": {"pkg/sources/gitlab", module + "pkg/sources", ""},
		"standard library":      {"pkg/hash", "net", "pure"},
		"network below":         {"pkg/hash", "net/http", "pure"},
		"like a network":        {"pkg/hash", "netip.example/net", "pure"},
		"decompressor":          {"pkg/hash", "github.com/klauspost/compress/zstd", ""},
		"like a decompressor":   {"pkg/hash", "github.com/ulikunitz/xzibit", "pure"},
		"network deep below":    {"pkg/hash/internal/input", "net/http", "pure"},
		"hash imports its own":  {"pkg/hash", module + "pkg/hash/internal/nar", ""},
		"hash within others":    {"pkg/lock", module + "pkg/hash/internal/nar", "may not import pkg/hash/internal/nar"},
		"unpacker imports nar":  {"pkg/hash/internal/untar", module + "pkg/hash/internal/nar", "may not import pkg/hash/internal/nar"},
		"process":               {"pkg/hash", "os/exec", "only cmd/pinfetch"},
		"process in a kind":     {"pkg/sources/git", "os/exec", "only cmd/pinfetch"},
		"flags below commands":  {"internal/engine", "github.com/urfave/cli/v2", "only cmd/pinfetch"},
		"API client in a fetch": {"internal/prefetch", "github.com/google/go-github/v57/github", "only pkg/sources/github"},
		"kind imports kind":     {"pkg/sources/git", module + "pkg/sources/github", "may not import pkg/sources/github"},
		"kind imports lock":     {"pkg/sources/git", module + "pkg/lock", "may not import pkg/lock"},
		"kind imports engine":   {"pkg/sources/url", module + "internal/engine", "may not import internal/engine"},
		"lock imports engine":   {"pkg/lock", module + "internal/engine", "may not import internal/engine"},
		"engine imports kind":   {"internal/engine", module + "pkg/sources/git", "may not import pkg/sources/git"},
		"command imports all":   {"cmd/pinfetch", module + "pkg/sources/git", ""},
		"command imports forge": {"cmd/pinfetch", module + "test/forgetest", "only test/demo"},
		"test helper":           {"internal/web", "testing", "only test/nixtest"},
		"new package":           {"internal/tower", "io", "no layer"},
		"vague name":            {"pkg/sources/utils", "io", "says nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := pkg{ImportPath: module + test.pkg, Name: path.Base(test.pkg), Imports: []string{test.imports}}.breaches()
			switch {
			case test.want == "" && len(got) > 0:
				t.Errorf("got breaches %q, want none", got)
			case test.want != "" && (len(got) == 0 || !strings.Contains(strings.Join(got, "\n"), test.want)):
				t.Errorf("got breaches %q, want one with %q", got, test.want)
			}
		})
	}
}
