package nix_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/test/nixtest"
)

// A flake is only an entry point: in pure evaluation, it builds the same package as the overlay without it.
func TestFlake(t *testing.T) {
	t.Parallel()
	n := nixtest.New(t)
	f := newForge(t, n)
	p := newProject(t, n, f.lock(everyFetcher))
	system, err := p.Eval(`builtins.currentSystem`)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(p.dir, "overlay.nix"), `final: prev: {
		pins = final.callPackage ./pinfetch { };
		demo = final.callPackage ./package.nix { };
	}`)
	writeFile(t, filepath.Join(p.dir, "package.nix"), `{ stdenv, pins }: stdenv.mkDerivation {
		inherit (pins.github) pname version src;
		readme = pins.url;
		installPhase = "mkdir $out; cp $readme $out/README; cp src/main.c $out";
	}`)
	writeFile(t, filepath.Join(p.dir, "flake.nix"), `{
		outputs = { self }: {
			overlays.default = import ./overlay.nix;
			packages.`+system+`.default = (import ./pkgs.nix { system = `+system+`; overlays = [ self.overlays.default ]; }).demo;
		};
	}`)
	out := p.Run("nix", "build", "--no-link", "--json", "--option", "allow-import-from-derivation", "false", "path:"+p.dir)
	if err := out.Failed(); err != nil {
		t.Fatal(err)
	}
	paths, err := p.Build("--expr", `(import ./pkgs.nix { overlays = [ (import ./overlay.nix) ]; }).demo`)
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) != 1 || !strings.HasSuffix(paths[0], "-github-1.0") || !strings.Contains(out.Stdout, `"`+paths[0]+`"`) {
		t.Fatalf("the flake built %s, the overlay %q, want the same github-1.0", out.Stdout, paths)
	}
	for file, want := range map[string]string{"README": tree["README"], "main.c": tree["src/main.c"]} {
		if data, err := os.ReadFile(filepath.Join(paths[0], file)); err != nil || string(data) != want {
			t.Errorf("%s holds %q (%v), want %q", file, data, err, want)
		}
	}
}
