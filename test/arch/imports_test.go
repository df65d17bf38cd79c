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

// root is the repository, relative to this package.
const root = "../.."

// pkg is a package as go list -json describes it.
type pkg struct {
	ImportPath string
	Name       string
	Dir        string
	GoFiles    []string
	Imports    []string
}

// path is the import path relative to the module.
func (p pkg) path() string { return strings.TrimPrefix(p.ImportPath, module) }

// edges are the package's imports of this module, as exceptions spell them.
func (p pkg) edges() []string {
	var edges []string
	for _, imported := range p.Imports {
		if own, ok := strings.CutPrefix(imported, module); ok {
			edges = append(edges, p.path()+" imports "+own)
		}
	}
	return edges
}

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
		breach("has no layer: add it to a table in tables_test.go")
	}
	for _, imported := range p.Imports {
		if own, isOwn := strings.CutPrefix(imported, module); isOwn {
			if why := p.forbids(row, own); why != "" {
				breach("may not import %s: %s", own, why)
			}
		}
		for _, owner := range owners {
			if under(imported, owner.prefix) && !slices.ContainsFunc(owner.pkgs, p.isOrIsBelow) {
				breach("may not import %s: only %s may", imported, strings.Join(owner.pkgs, ", "))
			}
		}
		if under(p.path(), "pkg/hash") && !isPure(imported) {
			breach("may not import %s: pkg/hash is pure", imported)
		}
	}
	return found
}

// forbids says why the package, in a row of the tables, may not import another
// of this module; nothing if it may.
func (p pkg) forbids(row int, own string) string {
	for _, w := range walls {
		if strings.HasPrefix(own, w.to) && slices.ContainsFunc(w.from, p.begins) {
			if slices.Contains(w.except, p.path()+" imports "+own) {
				return ""
			}
			return w.reason
		}
	}
	switch {
	case row < 0:
		return ""
	case !slices.ContainsFunc(rows()[row].imports, matching(own)):
		return "its row does not list it"
	case rowOf(own) >= row:
		return "it is not in an earlier row"
	}
	return ""
}

func (p pkg) begins(prefix string) bool { return strings.HasPrefix(p.path(), prefix) }

// isOrIsBelow reports whether the package is the named one or, if the name ends
// in a slash, below it.
func (p pkg) isOrIsBelow(name string) bool {
	return p.path() == name || strings.HasSuffix(name, "/") && p.begins(name)
}

// isGear reports whether the package does not ship.
func (p pkg) isGear() bool {
	return slices.ContainsFunc(gear, func(l layer) bool { return l.pkg == p.path() })
}

// rows are all layers; gear may import the product.
func rows() []layer { return slices.Concat(product, gear) }

// rowOf is the row of a package, -1 if none. Its own row comes before patterns.
func rowOf(own string) int {
	if row := slices.IndexFunc(rows(), func(l layer) bool { return l.pkg == own }); row >= 0 {
		return row
	}
	return slices.IndexFunc(rows(), func(l layer) bool { return matching(own)(l.pkg) })
}

func matching(own string) func(pattern string) bool {
	return func(pattern string) bool {
		ok, err := path.Match(pattern, own)
		return ok && err == nil
	}
}

// under reports whether an import path is a directory or below it.
func under(imported, dir string) bool {
	return strings.HasPrefix(imported+"/", strings.TrimSuffix(dir, "/")+"/")
}

func isPure(imported string) bool {
	if strings.HasPrefix(imported, module+"pkg/hash/internal/") {
		return true
	}
	if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
		return first != "net"
	}
	return slices.ContainsFunc(pureImports, func(allowed string) bool { return under(imported, allowed) })
}

// stale returns the exceptions that no package needs.
func stale(all []pkg) []string {
	var edges, found []string
	for _, p := range all {
		edges = append(edges, p.edges()...)
	}
	for _, w := range walls {
		for _, exception := range w.except {
			if !slices.Contains(edges, exception) {
				found = append(found, exception)
			}
		}
	}
	return found
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
	all := packages(t)
	for _, p := range all {
		seen[rowOf(p.path())] = true
		for _, breach := range p.breaches() {
			t.Error(breach)
		}
	}
	for i, row := range rows() {
		if !seen[i] {
			t.Errorf("there is no package %s: delete its row", row.pkg)
		}
	}
	for _, exception := range stale(all) {
		t.Errorf("%q is no longer needed: delete the exception", exception)
	}
}

func TestStaleExceptions(t *testing.T) {
	t.Parallel()
	var all []pkg
	count := 0
	for _, w := range walls {
		for _, exception := range w.except {
			from, to, ok := strings.Cut(exception, " imports ")
			if !ok || !strings.HasPrefix(to, w.to) {
				t.Errorf("exception %q does not belong to the wall before %s", exception, w.to)
			}
			count++
			all = append(all, pkg{ImportPath: module + from, Imports: []string{"io", module + to}})
		}
	}
	if got := stale(all); len(got) > 0 {
		t.Errorf("got stale exceptions %q, want none", got)
	}
	if got := stale(nil); len(got) != count {
		t.Errorf("got %d stale exceptions without any package, want %d", len(got), count)
	}
}

func TestImportBreaches(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		pkg     string
		imports string
		want    string // part of the only breach, none if empty
	}{
		"new kind":                {"pkg/sources/gitlab", module + "pkg/sources", ""},
		"standard library":        {"pkg/hash", "net", "pure"},
		"network below":           {"pkg/hash", "net/http", "pure"},
		"like a network":          {"pkg/hash", "netip.example/net", "pure"},
		"decompressor":            {"pkg/hash", "github.com/klauspost/compress/zstd", ""},
		"like a decompressor":     {"pkg/hash", "github.com/ulikunitz/xzibit", "pure"},
		"process":                 {"pkg/hash", "os/exec", "only internal/gitcmd"},
		"process in a kind":       {"pkg/sources/git", "os/exec", "only internal/gitcmd"},
		"process in gear":         {"test/demo", "os/exec", ""},
		"process in conformance":  {"pkg/sources/sourcestest", "os/exec", "only internal/gitcmd"},
		"flags below commands":    {"internal/engine", "github.com/urfave/cli/v2", "only cmd/pinfetch"},
		"flags in gear":           {"test/demo", "github.com/urfave/cli/v2", "only cmd/pinfetch"},
		"API client in prefetch":  {"internal/prefetch", "github.com/google/go-github/v92/github", "only internal/bot/github, pkg/sources/github"},
		"kind imports kind":       {"pkg/sources/git", module + "pkg/sources/github", "does not list it"},
		"kind imports lock":       {"pkg/sources/git", module + "pkg/lock", "does not list it"},
		"kind imports engine":     {"pkg/sources/url", module + "internal/engine", "for other programs"},
		"kind imports client":     {"pkg/sources/url", module + "internal/web", "for other programs"},
		"new kind imports client": {"pkg/sources/gitlab", module + "internal/web", "for other programs"},
		"library's own internals": {"pkg/sources/git", module + "pkg/sources/internal/version", ""},
		"lock imports engine":     {"pkg/lock", module + "internal/engine", "for other programs"},
		"engine imports kind":     {"internal/engine", module + "pkg/sources/git", "does not list it"},
		"engine imports command":  {"internal/engine", module + "cmd/pinfetch", "does not list it"},
		"command imports all":     {"cmd/pinfetch", module + "pkg/sources/git", ""},
		"command imports forge":   {"cmd/pinfetch", module + "test/forgetest", "does not ship"},
		"command imports gear":    {"cmd/pinfetch", module + "pkg/sources/sourcestest", "not in an earlier row"},
		"kind imports forge":      {"pkg/sources/git", module + "test/forgetest", "does not ship"},
		"client imports Nix gear": {"internal/web", module + "test/nixtest", "does not ship"},
		"reader imports gear":     {"nix", module + "test/nixtest", "does not ship"},
		"conformance":             {"pkg/sources/sourcestest", module + "test/forgetest", "does not ship"},
		"network deep below":      {"pkg/hash/internal/input", "net/http", "pure"},
		"hash imports its own":    {"pkg/hash", module + "pkg/hash/internal/nar", ""},
		"hash within others":      {"pkg/lock", module + "pkg/hash/internal/nar", "does not list it"},
		"unpacker imports nar":    {"pkg/hash/internal/untar", module + "pkg/hash/internal/nar", "does not list it"},
		"refs run no program":     {"internal/gitrefs", module + "internal/gitcmd", "does not list it"},
		"process for refs":        {"internal/gitrefs", "os/exec", "only internal/gitcmd"},
		"test helper":             {"internal/web", "testing", "only pkg/sources/sourcestest"},
		"new package":             {"internal/tower", "io", "no layer"},
		"vague name":              {"pkg/sources/utils", "io", "says nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := pkg{ImportPath: module + test.pkg, Name: path.Base(test.pkg), Imports: []string{test.imports}}.breaches()
			switch {
			case test.want == "" && len(got) > 0:
				t.Errorf("got breaches %q, want none", got)
			case test.want != "" && (len(got) != 1 || !strings.Contains(got[0], test.want)):
				t.Errorf("got breaches %q, want one with %q", got, test.want)
			}
		})
	}
}
