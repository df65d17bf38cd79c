package nix_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/test/nixtest"
)

// newOverrideProject returns a project that contains a checkout, in "local tree".
func newOverrideProject(t *testing.T) *project {
	t.Helper()
	p := newProject(t, nixtest.New(t), lockOf(
		githubPin("demo"), githubPin("scope/demo-2"), urlPin("file"),
		pinOf("named", `{ "fetcher": "fetchurl", "args": { "url": "", "hash": "", "name": "chosen" } }`)))
	writeTree(t, filepath.Join(p.dir, "local tree"), tree, map[string]string{
		".git/HEAD": "ref: refs/heads/main\n", "vendor/.git": "gitdir: ../.git/modules/vendor\n", "vendor/lib.c": "",
	})
	writeFile(t, filepath.Join(p.dir, "local file.tar.gz"), "not really")
	return p
}

func TestOverrides(t *testing.T) {
	t.Parallel()
	p := newOverrideProject(t)
	const call = `let pins = import ./pinfetch { inherit pkgs; overrides = %; }; in `
	for _, test := range []struct{ name, overrides, expr, want string }{
		{"path", `{ demo = ./. + "/local tree"; }`, `builtins.attrNames (builtins.readDir pins.demo)`, `["README","build.sh","doc","src","vendor"]`},
		{"no .git of a submodule", `{ demo = ./. + "/local tree"; }`, `builtins.attrNames (builtins.readDir (pins.demo + "/vendor"))`, `["lib.c"]`},
		{"facts", `{ demo = ./.; }`, `{ inherit (pins.demo) owner pname rev version; }`, `{"owner":"owner","pname":"demo","rev":"0123456789abcdef0123456789abcdef01234567","version":"1.0"}`},
		{"src", `{ demo = ./. + "/local tree"; }`, `[ ("${pins.demo.src}" == "${pins.demo}") pins.demo.src.name pins.demo.src.pname ]`, `[true,"source","demo"]`},
		{"attributes", `{ demo = ./.; }`, `builtins.attrNames pins.demo`, `["date","name","outPath","owner","pname","ref","repo","rev","src","tag","version"]`},
		{"string", `{ demo = toString ./. + "/local tree"; }`, `builtins.pathExists (pins.demo + "/README")`, `true`},
		{"scoped", `{ "scope/demo-2" = ./. + "/local tree"; }`, `[ pins.scope.demo-2.pname (builtins.pathExists (pins.scope.demo-2 + "/README")) pins.demo.type ]`, `["scope-demo-2",true,"derivation"]`},
		{"file", `{ file = ./. + "/local file.tar.gz"; }`, `[ pins.file.name (builtins.readFile pins.file) ]`, `["local-file.tar.gz","not really"]`},
		{"file with a locked name", `{ named = ./. + "/local file.tar.gz"; }`, `pins.named.name`, `"chosen"`},
		{"derivation", `{ demo = pkgs.stdenv.mkDerivation { name = "mine"; }; }`, `[ pins.demo.name ("${pins.demo}" == "${pkgs.stdenv.mkDerivation { name = "mine"; }}") ]`, `["mine",true]`},
		{"in a derivation", `{ demo = "${pkgs.stdenv.mkDerivation { name = "mine"; }}/part"; }`, `builtins.hasContext "${pins.demo}" && baseNameOf (toString pins.demo) == "part"`, `true`},
		{"other pins do not change", `{ demo = ./.; }`, `pins.file.drvPath == (import ./pinfetch { inherit pkgs; }).file.drvPath`, `true`},
		{"overrides are lazy", `{ demo = throw "forced"; }`, `pins.file.pname`, `"file"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p.wantEval(t, strings.ReplaceAll(call, "%", test.overrides)+test.expr, test.want)
		})
	}
	t.Run("callPackage", func(t *testing.T) {
		t.Parallel()
		p.wantEval(t, `(pkgs.callPackage ./pinfetch { overrides.demo = ./. + "/local tree"; }).demo ? drvPath`, `false`)
		p.wantEval(t, `(pins.override { overrides.demo = ./. + "/local tree"; }).demo ? drvPath`, `false`)
	})
}

// A package that builds with a pin also builds with the pin's override.
func TestBuildWithOverride(t *testing.T) {
	t.Parallel()
	p := newOverrideProject(t)
	writeFile(t, filepath.Join(p.dir, "package.nix"), `{ stdenv, pins }: stdenv.mkDerivation {
		inherit (pins.demo) pname version src;
		installPhase = "mkdir $out; cp -r . $out";
	}`)
	paths, err := p.Build("--expr", p.prelude()+`pkgs.callPackage ./package.nix { pins = pins.override { overrides.demo = ./. + "/local tree"; }; }`)
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) != 1 || !strings.HasSuffix(paths[0], "-demo-1.0") {
		t.Fatalf("built %q, want one demo-1.0", paths)
	}
	content, err := os.ReadFile(filepath.Join(paths[0], "README"))
	if err != nil || string(content) != tree["README"] {
		t.Errorf("README holds %q (%v), want %q", content, err, tree["README"])
	}
}

func TestEnvironmentOverride(t *testing.T) {
	t.Parallel()
	p := newOverrideProject(t)
	local := filepath.Join(p.dir, "local tree")
	readme := func(pin string) string { return `builtins.pathExists (` + pin + ` + "/README")` }
	for _, test := range []struct{ name, env, expr, trace string }{
		{"absolute", "PINFETCH_OVERRIDE_demo=" + local, readme("pins.demo"),
			"pinfetch: PINFETCH_OVERRIDE_demo replaces pin 'demo' with " + local},
		{"relative to PWD", "PINFETCH_OVERRIDE_demo=local tree", readme("pins.demo"), "with " + local},
		{"above PWD", "PINFETCH_OVERRIDE_demo=../" + filepath.Base(p.dir) + "/local tree", readme("pins.demo"), "with " + local},
		{"other characters", "PINFETCH_OVERRIDE_scope_demo_2=local tree", readme("pins.scope.demo-2"), "replaces pin 'scope/demo-2'"},
		{"before the argument", "PINFETCH_OVERRIDE_demo=local tree", `(import ./pinfetch { inherit pkgs; overrides.demo = ./pinfetch; }).demo.src.pname == "demo"`, "with " + local},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			out := p.with(test.env).Run("nix-instantiate", "--eval", "--read-write-mode", "--strict", "--expr", p.prelude()+test.expr)
			if err := out.Failed(); err != nil {
				t.Fatal(err)
			}
			if got := strings.TrimSpace(out.Stdout); got != "true" {
				t.Errorf("%s is %s, want true", test.expr, got)
			}
			if !strings.Contains(out.Stderr, test.trace) || strings.Count(out.Stderr, "PINFETCH_OVERRIDE_") != 1 {
				t.Errorf("traced\n%s\nwant %q, once", out.Stderr, test.trace)
			}
		})
	}
	t.Run("an empty value is ignored", func(t *testing.T) {
		t.Parallel()
		p.with("PINFETCH_OVERRIDE_demo=").wantEval(t, `pins.demo.type`, `"derivation"`)
	})
	t.Run("ignored in restricted evaluation", func(t *testing.T) {
		t.Parallel()
		p.with("PINFETCH_OVERRIDE_demo="+local).wantEval(t, `pins.demo.type`, `"derivation"`,
			"--option", "restrict-eval", "true", "-I", p.dir)
	})
}

// Evaluation downloads nothing and needs nothing that Nix can forbid. Under every
// restriction it gives the same derivations.
func TestRestrictedEvaluation(t *testing.T) {
	t.Parallel()
	n := nixtest.New(t)
	f := newForge(t, n)
	p := newProject(t, n, f.lock(everyFetcher))
	system, err := p.Eval(`builtins.currentSystem`)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(p.dir, "flake.nix"), `{
		outputs = { self }: {
			pins = (import ./pkgs.nix { system = `+system+`; release = "25.11"; }).callPackage ./pinfetch { };
		};
	}`)

	plain := p.Run("nix-instantiate", append(attributes, "pins.nix")...)
	if err := plain.Failed(); err != nil {
		t.Fatal(err)
	}
	want := sortedFields(plain.Stdout)
	if len(want) != pinsOfEveryFetcher {
		t.Fatalf("instantiated %d derivations, want %d", len(want), pinsOfEveryFetcher)
	}
	restricted := append(attributes, "pins.nix", "--option", "restrict-eval", "true", "-I", p.dir)
	for _, test := range []struct {
		name string
		args []string
	}{
		{"restrict-eval", restricted},
		{"no import from derivation", append(attributes, "pins.nix", "--option", "allow-import-from-derivation", "false")},
		{"both", append(restricted, "--option", "allow-import-from-derivation", "false")},
	} {
		out := p.Run("nix-instantiate", slices.Clone(test.args)...)
		if err := out.Failed(); err != nil {
			t.Errorf("%s: %v", test.name, err)
		} else if got := sortedFields(out.Stdout); !slices.Equal(got, want) {
			t.Errorf("%s\n got %q\nwant %q", test.name, got, want)
		}
	}

	// Flakes use pure evaluation.
	const drvPaths = `pins: with builtins;
		let paths = set: if set ? drvPath then [ set.drvPath ] else concatMap paths (filter isAttrs (attrValues set)); in
		concatStringsSep " " (paths (removeAttrs pins [ "override" "overrideAttrs" ]))`
	flake := p.with("PINFETCH_OVERRIDE_git="+p.dir).Run("nix", "eval", "--raw", "path:"+p.dir+"#pins", "--apply", drvPaths)
	if err := flake.Failed(); err != nil {
		t.Error(err)
	} else if got := sortedFields(flake.Stdout); !slices.Equal(got, want) {
		t.Errorf("flake\n got %q\nwant %q", got, want)
	}

	if requests := f.log(); len(requests) != 0 {
		t.Errorf("evaluation made requests: %q", requests)
	}
}

func sortedFields(text string) []string {
	fields := strings.Fields(text)
	slices.Sort(fields)
	return fields
}
