package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Regular expressions of a package are compiled when they are used, and must be well-formed even where no test uses them.
func TestLazyRegexps(t *testing.T) {
	t.Parallel()
	tried := 0
	for _, path := range files(t, ".go") {
		if strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "../../test/") {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range calls(file, "lazyregexp.New") {
			if text, ok := literal(call.Args[0]); ok {
				tried++
				if _, err := regexp.Compile(text); err != nil {
					t.Errorf("%s: %v", set.Position(call.Pos()), err)
				}
			}
		}
		for _, decl := range file.Decls {
			if _, isVar := decl.(*ast.GenDecl); isVar {
				for _, call := range calls(decl, "regexp.MustCompile") {
					t.Errorf("%s: compiled at every start: use lazyregexp.New", set.Position(call.Pos()))
				}
			}
		}
	}
	if tried < 100 {
		t.Errorf("tried only %d regular expressions", tried)
	}
}

// calls returns the calls of a function.
func calls(in ast.Node, function string) (found []*ast.CallExpr) {
	ast.Inspect(in, func(node ast.Node) bool {
		if call, ok := node.(*ast.CallExpr); ok && types.ExprString(call.Fun) == function {
			found = append(found, call)
		}
		return true
	})
	return found
}

// literal returns the value of string literals joined by "+".
func literal(expr ast.Expr) (text string, ok bool) {
	switch e := expr.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.BinaryExpr:
		left, ok := literal(e.X)
		right, ok2 := literal(e.Y)
		return left + right, ok && ok2
	}
	return "", false
}
