package nix_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/nix"
	"github.com/pinfetch/pinfetch/test/nixtest"
)

// overlayLet defines a project with an overlay, and a package that takes its source from the overlay.
const overlayLet = `
	let
	  package = { stdenv, pins }: stdenv.mkDerivation {
	    inherit (pins.demo) pname version src;
	    grammars = map (pin: pin.src) (builtins.attrValues pins.scope);
	  };
	  project = final: prev: {
	    pins = final.callPackage ./pinfetch { };
	    demo = final.callPackage package { };
	  };
	  setOf = overlays: import ./pkgs.nix { release = "%RELEASE%"; inherit overlays; };
	  crossSetOf = overlays: import ./pkgs.nix { system = "x86_64-linux"; crossSystem = "aarch64-linux"; release = "%RELEASE%"; inherit overlays; };
	  plain = setOf [ project ];
	in
`

func TestOverlay(t *testing.T) {
	t.Parallel()
	p := newProject(t, nixtest.New(t), lockOf(githubPin("demo"), githubPin("other"), githubPin("scope/a"), urlPin("scope/b")))
	for _, test := range []struct{ name, expr, want string }{
		{"a package takes its source", `[ plain.demo.name (plain.demo.src == plain.pins.demo) ]`, `["demo-1.0",true]`},
		{"a later overlay changes an attribute", `
			let
			  changed = setOf [ project (final: prev: { pins = prev.pins // { demo = prev.pins.demo.overrideAttrs (old: { name = "changed"; }); }; }) ];
			in [ changed.demo.src.name changed.demo.name (changed.pins.other.drvPath == plain.pins.other.drvPath) (changed.demo.drvPath == plain.demo.drvPath) ]`,
			`["changed","demo-1.0",true,false]`},
		{"a later overlay replaces a pin", `
			let changed = setOf [ project (final: prev: { pins = prev.pins.override { overrides.demo = ./.; }; }) ];
			in [ (changed.demo.src ? drvPath) changed.demo.name (changed.pins.other.drvPath == plain.pins.other.drvPath) ]`, `[false,"demo-1.0",true]`},
		{"a later overlay names a mirror", `
			let changed = setOf [ project (final: prev: { pins = prev.pins.override { mirrors."https://github.com/" = "https://m.corp/"; }; }) ];
			in [ (changed.demo.src.outPath == plain.demo.src.outPath) changed.demo.src.drvAttrs.urls ]`,
			`[true,["https://m.corp/owner/demo/archive/0123456789abcdef0123456789abcdef01234567.tar.gz"]]`},
		{"an earlier overlay changes a fetcher", `
			let changed = setOf [ (final: prev: { fetchFromGitHub = args: prev.fetchFromGitHub (args // { name = "mine"; }); }) project ];
			in [ changed.demo.src.name changed.pins.other.name (builtins.elemAt changed.demo.grammars 1).name ]`, `["mine","mine","file.tar.gz"]`},
		{"spliced", `
			let
			  cross = crossSetOf [ project ];
			  changed = crossSetOf [ project (final: prev: { pins = prev.pins // { demo = prev.pins.demo.overrideAttrs (old: { name = "changed"; }); }; }) ];
			  given = cross.callPackage ({ pins }: pins) { };
			in [ cross.demo.src.version (toString cross.demo.src == toString cross.pins.demo) changed.demo.src.name
			  (builtins.attrNames given.scope) (map toString (builtins.attrValues given.scope) == map toString (builtins.attrValues cross.pins.scope)) ]`,
			`["1.0",true,"changed",["a","b"],true]`},
		{"mapped over", `builtins.attrValues (builtins.mapAttrs (name: pin: "${name}:${pin.pname}") plain.pins.scope)`, `["a:scope-a","b:scope-b"]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, release := range []string{"22.11", "25.11"} {
				got, err := p.Eval(strings.ReplaceAll(overlayLet, "%RELEASE%", release) + test.expr)
				if err != nil {
					t.Errorf("%s: %v", release, err)
				} else if got != test.want {
					t.Errorf("%s: %s\n got %s\nwant %s", release, test.expr, got, test.want)
				}
			}
		})
	}
}

// A project may have a lock in each of its directories.
func TestSeveralLocks(t *testing.T) {
	t.Parallel()
	p := newProject(t, nixtest.New(t), lockOf())
	for subdir, lock := range map[string]string{
		"a": lockOf(githubPin("demo"), urlPin("scope/x"), urlPin("same")),
		"b": lockOf(githubPin("other"), urlPin("scope/y"), githubPin("same")),
	} {
		dir := filepath.Join(p.dir, subdir, "pinfetch")
		mkdir(t, dir)
		writeFile(t, filepath.Join(dir, "default.nix"), string(nix.Reader()))
		writeFile(t, filepath.Join(dir, "pins.json"), lock)
		writeFile(t, filepath.Join(p.dir, subdir, "package.nix"), `{ stdenv, callPackage }:
			let pins = callPackage ./pinfetch { }; in stdenv.mkDerivation { name = "`+subdir+`"; src = pins.same; }`)
	}
	const let = `
		let
		  pkgs = import ./pkgs.nix {
		    overlays = [ (final: prev: {
		      a-pins = final.callPackage ./a/pinfetch { };
		      b-pins = final.callPackage ./b/pinfetch { };
		      pins = final.a-pins // final.b-pins;
		      a = final.callPackage ./a/package.nix { };
		      b = final.callPackage ./b/package.nix { };
		    }) ];
		  };
		in
	`
	for _, test := range []struct{ name, expr, want string }{
		{"side by side", `[ pkgs.a-pins.demo.pname pkgs.b-pins.other.pname (pkgs.a-pins ? other) (pkgs.a-pins.same.drvPath == pkgs.b-pins.same.drvPath) ]`, `["demo","other",false,false]`},
		{"as one, the latter first", `[ pkgs.pins.demo.pname pkgs.pins.other.pname (pkgs.pins.same.drvPath == pkgs.b-pins.same.drvPath) (builtins.attrNames pkgs.pins.scope) ]`, `["demo","other",true,["y"]]`},
		{"a package for each", `[ (pkgs.a.src.drvPath == pkgs.a-pins.same.drvPath) (pkgs.b.src.drvPath == pkgs.b-pins.same.drvPath) ]`, `[true,true]`},
		{"overridden apart", `let changed = pkgs.a-pins.override { overrides.same = ./a; }; in [ (changed.same ? drvPath) (pkgs.b-pins.same ? drvPath) ]`, `[false,true]`},
		{"other lock, same reader", `builtins.attrNames (pkgs.callPackage ./a/pinfetch { lockFile = ./b/pinfetch/pins.json; }).scope`, `["y"]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := p.Eval(let + test.expr)
			if err != nil {
				t.Error(err)
			} else if got != test.want {
				t.Errorf("%s\n got %s\nwant %s", test.expr, got, test.want)
			}
		})
	}
	t.Run("a broken one", func(t *testing.T) {
		t.Parallel()
		if err := os.Mkdir(filepath.Join(p.dir, "c"), 0o755); err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(p.dir, "c", "pins.json"), "<<<<<<< HEAD")
		got, err := p.Eval(let + `let broken = pkgs.callPackage ./a/pinfetch { lockFile = ./c/pins.json; }; in [ pkgs.pins.demo.pname (pkgs // { c-pins = broken; }).b-pins.other.pname ]`)
		if err != nil || got != `["demo","other"]` {
			t.Errorf("got %s and error %v beside a broken lock", got, err)
		}
	})
}
