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

// builtins23 are the builtins of Nix 2.3 (src/libexpr/primops.cc and primops/*.cc at tag
// 2.3), without those that fetch, import, run programs, or depend on the machine.
const builtins23 = `
	abort add addErrorContext all any appendContext attrNames attrValues baseNameOf bitAnd bitOr bitXor catAttrs
	compareVersions concatLists concatMap concatStringsSep deepSeq derivation derivationStrict dirOf div elem elemAt
	filter filterSource foldl' fromJSON fromTOML functionArgs genList genericClosure getAttr getContext getEnv hasAttr
	hasContext hashFile hashString head intersectAttrs isAttrs isBool isFloat isFunction isInt isList isNull isPath
	isString langVersion length lessThan listToAttrs map mapAttrs match mul nixVersion parseDrvName partition path
	pathExists placeholder readDir readFile removeAttrs replaceStrings seq sort split splitVersion storeDir stringLength
	sub substring tail throw toFile toJSON toPath toString toXML trace tryEval typeOf unsafeDiscardOutputDependency
	unsafeDiscardStringContext unsafeGetAttrPos`

// lib2211 are the functions of nixpkgs' lib that the reader may use, all of them in nixpkgs 22.11.
const lib2211 = `functionArgs groupBy strings.sanitizeDerivationName`

// forbidden are words that mean fetching or evaluating something else, in any spelling.
var forbidden = regexp.MustCompile(`\b(import|scopedImport|fetchTarball|fetchGit|fetchMercurial|fetchTree|fetchClosure|getFlake|exec|nixPath|currentSystem|currentTime|storePath|with)\b|inherit \(builtins\)|<[a-z]`)

// fetching are the words for downloads during evaluation; nixpkgs' fetchers are other words,
// but for fetchurl, which has to be told by what stands before it.
var fetching = regexp.MustCompile(`\b(builtins\.fetchurl|fetchTarball|fetchGit|fetchMercurial|fetchTree|fetchClosure|getFlake)\b`)

var builtinUse = regexp.MustCompile(`\bbuiltins\.([A-Za-z']+)`)

func TestLanguage(t *testing.T) {
	t.Parallel()
	code := withoutCommentsAndStrings(string(nix.Reader()))

	for _, word := range forbidden.FindAllString(code, -1) {
		t.Errorf("the reader says %q", word)
	}
	wantAmong(t, "builtin", builtinUse.FindAllStringSubmatch(code, -1), builtins23)
	wantAmong(t, "function of lib", regexp.MustCompile(`\blib\.([A-Za-z.]+)`).FindAllStringSubmatch(code, -1), lib2211)
}

// Whatever else is here for use in projects evaluates with Nix 2.3 too, and fetches nothing to do so.
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
			t.Errorf("%s says %q", file, word)
		}
		for _, use := range builtinUse.FindAllStringSubmatch(code, -1) {
			if !slices.Contains(strings.Fields(builtins23), use[1]) {
				t.Errorf("%s uses %s, which Nix 2.3 lacks, or which may not be used", file, use[0])
			}
		}
	}
}

func TestWithoutCommentsAndStrings(t *testing.T) {
	t.Parallel()
	code := withoutCommentsAndStrings("{ a = \"fetchGit ${builtins.b}\"; # builtins.fetchurl\n c = builtins.fetchTarball; d = ''\n  say \"hi\" fetchTree ${builtins.e} ''${x}\n''; }")
	if got := fetching.FindAllString(code, -1); !slices.Equal(got, []string{"fetchTarball"}) {
		t.Errorf("found %q in %q, want the one outside of comments and strings", got, code)
	}
	if got := len(builtinUse.FindAllString(code, -1)); got != 3 {
		t.Errorf("found %d builtins in %q, want 3", got, code)
	}
}

// wantAmong fails the test for each use that is not among the allowed words, and if there is no use at all.
func wantAmong(t *testing.T, what string, uses [][]string, allowed string) {
	t.Helper()
	if len(uses) == 0 {
		t.Errorf("the reader uses no %s: is the pattern right?", what)
	}
	for _, use := range uses {
		if !slices.Contains(strings.Fields(allowed), use[1]) {
			t.Errorf("the reader uses %s, which is no %s that it may use", use[0], what)
		}
	}
}

// withoutCommentsAndStrings keeps the expressions inside of strings.
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
