package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// world are the names through which a program reaches its surroundings. Only
// cmd/pinfetch/main.go and test gear may use them; other code gets what it needs
// as arguments.
var world = map[string][]string{
	"os": {
		"Args", "Chdir", "Clearenv", "Environ", "Exit", "ExpandEnv", "Getenv", "LookupEnv", "Setenv", "Stderr", "Stdin",
		"Stdout", "Unsetenv", "UserCacheDir", "UserConfigDir", "UserHomeDir",
	},
	"fmt":                             {"Print", "Printf", "Println", "Scan", "Scanf", "Scanln"},
	"flag":                            {"*"},
	"log":                             {"*"},
	"log/slog":                        {"*"},
	"net/http":                        {"DefaultClient", "DefaultTransport", "Get", "Head", "Post", "PostForm", "ProxyFromEnvironment"},
	"golang.org/x/net/http/httpproxy": {"FromEnvironment"},
	"golang.org/x/net/proxy":          {"FromEnvironment"},
}

// syntaxBreaches are the rules that the code of a file breaks.
func syntaxBreaches(files *token.FileSet, file *ast.File, mayUseWorld bool) []string {
	var found []string
	breach := func(node ast.Node, text string) {
		found = append(found, files.Position(node.Pos()).String()+": "+text)
	}
	imported := make(map[string]string) // by the name it has in the file
	for _, spec := range file.Imports {
		name, path := importName(spec)
		if name == "." {
			breach(spec, "imports "+path+" without a name")
		}
		imported[name] = path
	}
	ast.Inspect(file, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.FuncDecl:
			if n.Recv == nil && n.Name.Name == "init" {
				breach(n, "func init")
			}
		case *ast.CallExpr:
			if name, ok := n.Fun.(*ast.Ident); ok && (name.Name == "print" || name.Name == "println") {
				breach(n, name.Name)
			}
		case *ast.SelectorExpr:
			name, ok := n.X.(*ast.Ident)
			if !ok || mayUseWorld {
				return true
			}
			if names := world[imported[name.Name]]; slices.Contains(names, n.Sel.Name) || slices.Contains(names, "*") {
				breach(n, name.Name+"."+n.Sel.Name)
			}
		}
		return true
	})
	return found
}

// importName is the name of an import in its file, and its path.
func importName(spec *ast.ImportSpec) (name, path string) {
	path, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return "", ""
	}
	if spec.Name != nil {
		return spec.Name.Name, path
	}
	return path[strings.LastIndex(path, "/")+1:], path
}

func TestSyntax(t *testing.T) {
	t.Parallel()
	count := 0
	for _, p := range packages(t) {
		for _, name := range p.GoFiles {
			count++
			files := token.NewFileSet()
			file, err := parser.ParseFile(files, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			mayUseWorld := p.isGear() || p.path() == "cmd/pinfetch" && name == "main.go"
			for _, breach := range syntaxBreaches(files, file, mayUseWorld) {
				t.Error(breach)
			}
		}
	}
	if count == 0 {
		t.Fatal("no files were checked")
	}
}

func TestSyntaxBreaches(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		code        string
		mayUseWorld bool
		want        string // the only breach, none if empty
	}{
		"nothing":          {code: `import "os"; var _ = os.Getpid`},
		"init":             {code: `func init() {}`, mayUseWorld: true, want: "bad.go:1:12: func init"},
		"method init":      {code: `type t int; func (t) init() {}`},
		"environment":      {code: `import "os"; var _ = os.Getenv("HOME")`, want: "bad.go:1:33: os.Getenv"},
		"another name":     {code: `import env "os"; var _ = env.Getenv`, want: "bad.go:1:37: env.Getenv"},
		"no name":          {code: `import . "os"; var _ = Getenv`, mayUseWorld: true, want: "bad.go:1:19: imports os without a name"},
		"in main.go":       {code: `import "os"; var _ = os.Getenv`, mayUseWorld: true},
		"exit":             {code: `import "os"; func f() { os.Exit(1) }`, want: "bad.go:1:36: os.Exit"},
		"print":            {code: `import "fmt"; func f() { fmt.Println() }`, want: "bad.go:1:37: fmt.Println"},
		"print to":         {code: `import ("fmt"; "io"); func f(w io.Writer) { fmt.Fprintln(w) }`},
		"standard output":  {code: `import ("fmt"; "os"); func f() { fmt.Fprintln(os.Stdout) }`, want: "bad.go:1:58: os.Stdout"},
		"built-in":         {code: `func f() { println() }`, mayUseWorld: true, want: "bad.go:1:23: println"},
		"log":              {code: `import "log"; func f() { log.Fatal() }`, want: "bad.go:1:37: log.Fatal"},
		"a local log":      {code: `type g struct{}; func f(log g) { log.Go() }; func (g) Go() {}`},
		"default client":   {code: `import "net/http"; var _ = http.DefaultClient`, want: "bad.go:1:39: http.DefaultClient"},
		"structured log":   {code: `import "log/slog"; func f() { slog.Info("") }`, want: "bad.go:1:42: slog.Info"},
		"proxy of the env": {code: `import "net/http"; var _ = http.ProxyFromEnvironment`, want: "bad.go:1:39: http.ProxyFromEnvironment"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := token.NewFileSet()
			file, err := parser.ParseFile(files, "bad.go", "package p; "+test.code, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(syntaxBreaches(files, file, test.mayUseWorld), "\n"); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
