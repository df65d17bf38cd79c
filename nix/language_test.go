package nix_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/nix"
)

// builtins23 lists the builtins of Nix 2.3 (src/libexpr/primops.cc and primops/*.cc at tag
// 2.3), except those that fetch, import, run programs, or depend on the machine.
const builtins23 = `
	abort add addErrorContext all any appendContext attrNames attrValues baseNameOf bitAnd bitOr bitXor catAttrs
	compareVersions concatLists concatMap concatStringsSep deepSeq derivation derivationStrict dirOf div elem elemAt
	filter filterSource foldl' fromJSON fromTOML functionArgs genList genericClosure getAttr getContext getEnv hasAttr
	hasContext hashFile hashString head intersectAttrs isAttrs isBool isFloat isFunction isInt isList isNull isPath
	isString langVersion length lessThan listToAttrs map mapAttrs match mul nixVersion parseDrvName partition path
	pathExists placeholder readDir readFile removeAttrs replaceStrings seq sort split splitVersion storeDir stringLength
	sub substring tail throw toFile toJSON toPath toString toXML trace tryEval typeOf unsafeDiscardOutputDependency
	unsafeDiscardStringContext unsafeGetAttrPos`

// lib2211 lists the functions of nixpkgs' lib that the reader may use. nixpkgs 22.11 has all of them.
const lib2211 = `functionArgs groupBy strings.sanitizeDerivationName`

// forbidden matches words for fetching or evaluating something else, in any spelling.
var forbidden = regexp.MustCompile(`\b(import|scopedImport|fetchTarball|fetchGit|fetchMercurial|fetchTree|fetchClosure|getFlake|exec|nixPath|currentSystem|currentTime|storePath|with)\b|inherit \(builtins\)|<[a-z]`)

// fetching matches builtins that download during evaluation. Only fetchurl has the same name as one of
// nixpkgs' fetchers, so the pattern requires the prefix builtins.
var fetching = regexp.MustCompile(`\b(builtins\.fetchurl|fetchTarball|fetchGit|fetchMercurial|fetchTree|fetchClosure|getFlake)\b`)

var builtinUse = regexp.MustCompile(`\bbuiltins\.([A-Za-z']+)`)

func TestLanguage(t *testing.T) {
	t.Parallel()
	code := withoutCommentsAndStrings(string(nix.Reader()))

	for _, word := range forbidden.FindAllString(code, -1) {
		t.Errorf("the reader contains %q", word)
	}
	wantAmong(t, "builtin", builtinUse.FindAllStringSubmatch(code, -1), builtins23)
	wantAmong(t, "function of lib", regexp.MustCompile(`\blib\.([A-Za-z.]+)`).FindAllStringSubmatch(code, -1), lib2211)
}

// The other Nix files for use in projects evaluate with Nix 2.3 too and fetch nothing during evaluation.
func TestBuiltins(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.nix")
	if err != nil || len(files) == 0 {
		t.Fatalf("found %q (%v), want the reader at least", files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		code := withoutCommentsAndStrings(string(data))
		for _, word := range fetching.FindAllString(code, -1) {
			t.Errorf("%s contains %q", file, word)
		}
		for _, use := range builtinUse.FindAllStringSubmatch(code, -1) {
			if !slices.Contains(strings.Fields(builtins23), use[1]) {
				t.Errorf("%s uses %s, which is not in Nix 2.3 or is not allowed", file, use[0])
			}
		}
	}
}

func TestWithoutCommentsAndStrings(t *testing.T) {
	t.Parallel()
	code := withoutCommentsAndStrings("{ a = \"fetchGit ${builtins.b}\"; # builtins.fetchurl\n c = builtins.fetchTarball; d = ''\n  say \"hi\" fetchTree ${builtins.e} ''${x}\n''; }")
	if got := fetching.FindAllString(code, -1); !slices.Equal(got, []string{"fetchTarball"}) {
		t.Errorf("found %q in %q, want the one outside comments and strings", got, code)
	}
	if got := len(builtinUse.FindAllString(code, -1)); got != 3 {
		t.Errorf("found %d builtins in %q, want 3", got, code)
	}
}

// wantAmong fails the test for each use that is not an allowed word, and if there are no uses at all.
func wantAmong(t *testing.T, what string, uses [][]string, allowed string) {
	t.Helper()
	if len(uses) == 0 {
		t.Errorf("the reader uses no %s: is the pattern right?", what)
	}
	for _, use := range uses {
		if !slices.Contains(strings.Fields(allowed), use[1]) {
			t.Errorf("the reader uses %s, which is not an allowed %s", use[0], what)
		}
	}
}

// withoutCommentsAndStrings removes comments and strings, but keeps expressions inside strings.
func withoutCommentsAndStrings(code string) string {
	code = regexp.MustCompile(`(?m)(^|\s)#.*$`).ReplaceAllString(code, "")
	literal := regexp.MustCompile(`(?s)''(?:[^']|'[^']|''[$'\\])*''|"[^"]*"`)
	inner := regexp.MustCompile(`\$\{[^}]*\}`)
	return literal.ReplaceAllStringFunc(code, func(text string) string {
		return strings.Join(inner.FindAllString(text, -1), " ")
	})
}

func TestReaderIsACopy(t *testing.T) {
	t.Parallel()
	nix.Reader()[0] = 'x'
	if got := nix.Reader()[0]; got != '#' {
		t.Errorf("Reader() begins with %q after a caller changed its copy, want '#'", got)
	}
}
