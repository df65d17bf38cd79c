package nix_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/test/nixtest"
)

// systemPin returns a pin for a vendor's program with a file for each system.
func systemPin(name string, systems ...string) string {
	var calls []string
	for _, system := range systems {
		calls = append(calls, fmt.Sprintf(`%q: { "fetcher": "fetchurl", "args": { "url": "https://example.org/%s", "hash": %q, "name": "tool-%s" } }`,
			system, system, hash, system))
	}
	return fmt.Sprintf(`%q: { "source": { "type": "url" }, "locked": { "version": "3" }, "fetch": { "systems": { %s } } }`, name, strings.Join(calls, ", "))
}

// crossLet defines native and cross package sets, all with an overlay.
const crossLet = `
	let
	  overlays = [ (final: prev: { pins = final.callPackage ./pinfetch { }; }) ];
	  setFor = attrs: import ./pkgs.nix ({ system = "x86_64-linux"; release = "%RELEASE%"; inherit overlays; } // attrs);
	  native = setFor { };
	  cross = setFor { crossSystem = "aarch64-linux"; };
	  called = import ./pinfetch { pkgs = cross; };
	  given = cross.callPackage ({ pins }: pins) { };
	in
`

func TestSystems(t *testing.T) {
	t.Parallel()
	n := nixtest.New(t)
	const zst = `{ "fetcher": "fetchzip", "args": { "url": "https://example.org/a.tar.zst", "hash": "` + hash + `", "stripRoot": true, "extension": "tar.zst" } }`
	p := newProject(t, n, lockOf(systemPin("tool", "aarch64-linux", "x86_64-linux"), systemPin("scope/vendor", "i686-hurd", "x86_64-linux"),
		urlPin("file"), githubPin("demo"), pinOf("zst", zst)))
	for _, test := range []struct{ name, expr, want string }{
		{"the host system", `[ native.pins.tool.name cross.pins.tool.name ]`, `["tool-x86_64-linux","tool-aarch64-linux"]`},
		{"the build system", `cross.buildPackages.pins.tool.name`, `"tool-x86_64-linux"`},
		{"without callPackage", `called.tool.drvPath == cross.pins.tool.drvPath`, `true`},
		{"facts", `{ inherit (cross.pins.tool) pname version; src = cross.pins.tool.src.name; }`, `{"pname":"tool","src":"tool-aarch64-linux","version":"3"}`},
		{"facts after overrideAttrs", `(cross.pins.tool.overrideAttrs (old: { name = "renamed"; })).src.version`, `"3"`},

		{"spliced, as a pin", `given.tool.drvPath == cross.pins.tool.drvPath`, `true`},
		{"spliced, as a source", `"${given.demo}" == "${cross.pins.demo}" && given.demo.version == "1.0" && given.demo.src.pname == "demo"`, `true`},
		{"spliced, as a tool", `builtins.head (cross.callPackage ({ stdenv, pins }: stdenv.mkDerivation { name = "x"; nativeBuildInputs = [ pins.tool ]; }) { }).drvAttrs.nativeBuildInputs == cross.buildPackages.pins.tool`, `true`},
		{"spliced, as an input", `builtins.head (cross.callPackage ({ stdenv, pins }: stdenv.mkDerivation { name = "x"; buildInputs = [ pins.tool ]; }) { }).drvAttrs.buildInputs == cross.pins.tool`, `true`},
		{"spliced scopes", `builtins.attrNames given.scope`, `["vendor"]`},

		{"pins that are the same for all systems", `[ (cross.pins.file.drvPath == native.pins.file.drvPath) (cross.pins.demo.drvPath == native.pins.demo.drvPath) ]`, `[true,true]`},
		{"import and callPackage are the same", `map (name: called.${name}.drvPath == cross.pins.${name}.drvPath) [ "demo" "file" "tool" "zst" ]`, `[true,true,true,true]`},
		{"an unpacker for the build system", `[ (called.zst.drvPath == native.pins.zst.drvPath) (map toString cross.pins.zst.drvAttrs.nativeBuildInputs == [ "${native.zstd}" ]) ]`, `[true,true]`},

		{"a missing system throws only when used", `[ (cross.pins.scope ? vendor) cross.pins.tool.version (builtins.tryEval cross.pins.scope.vendor.pname).success native.pins.scope.vendor.pname ]`,
			`[true,"3",false,"scope-vendor"]`},
		{"a missing system does not affect build tools", `cross.buildPackages.pins.scope.vendor.name`, `"tool-x86_64-linux"`},
		{"an override for a missing system", `let pin = (import ./pinfetch { pkgs = cross; overrides."scope/vendor" = ./pkgs.nix; }).scope.vendor; in
			[ pin.name pin.version (builtins.readFile pin == builtins.readFile ./pkgs.nix) ]`, `["tool-i686-hurd","3",true]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, release := range []string{"22.11", "25.11"} {
				expr := strings.ReplaceAll(crossLet, "%RELEASE%", release) + test.expr
				got, err := p.Eval(expr)
				if err != nil {
					t.Errorf("%s: %v", release, err)
				} else if got != test.want {
					t.Errorf("%s: %s\n got %s\nwant %s", release, test.expr, got, test.want)
				}
			}
		})
	}
	t.Run("message", func(t *testing.T) {
		t.Parallel()
		_, err := p.Eval(crossLet + `cross.pins.scope.vendor.drvPath`)
		const want = "pin 'scope/vendor' has no source for aarch64-linux, only for i686-hurd x86_64-linux: pin it again with `pinfetch add --replace` and one --system for each system"
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "buildPackages.pins") {
			t.Errorf("got error %v, want one that contains %q and names buildPackages.pins", err, want)
		}
	})
}

// In a cross build, programs of the build system download and unpack the sources.
func TestBuildForAnotherSystem(t *testing.T) {
	t.Parallel()
	n := nixtest.New(t)
	f := newForge(t, n)
	p := newProject(t, n, f.lock(everyFetcher))
	paths, err := p.Build("--expr", `
		let pkgs = import ./pkgs.nix {
		  release = "25.11";
		  crossSystem = if builtins.currentSystem == "aarch64-linux" then "x86_64-linux" else "aarch64-linux";
		  overlays = [ (final: prev: { pins = final.callPackage ./pinfetch { }; }) ];
		}; in
		pkgs.callPackage ({ pins, stdenv }: stdenv.mkDerivation {
		  name = "all";
		  sources = builtins.attrValues pins.zip ++ [ pins.github pins.url pins.git ];
		  buildCommand = ''for source in $sources; do basename "$source"; done | cut -c 34- > $out'';
		}) { }`)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(paths[0])
	if want := "gz\nlz\nxz\nzst\nzip\nsource\nREADME\ndemo-" + f.vars["REV"][:7] + "\n"; err != nil || string(data) != want {
		t.Errorf("built from %q (%v), want %q", data, err, want)
	}
}
