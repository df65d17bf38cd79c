package nix_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/nix"
	"github.com/pinfetch/pinfetch/test/nixtest"
)

// project is a directory as `pinfetch init` leaves it, with the tests' package set beside it.
type project struct {
	*nixtest.Nix
	dir     string
	release string // release of nixpkgs that the package set imitates
}

// prelude defines the names that the tests' expressions use.
const prelude = `
	let
	  release = "%RELEASE%";
	  pkgs = import ./pkgs.nix { inherit release; };
	  pins = pkgs.callPackage ./pinfetch { };
	  lock = builtins.fromJSON (builtins.readFile ./pinfetch/pins.json);
	in
`

func newProject(t *testing.T, n *nixtest.Nix, lock string) *project {
	t.Helper()
	dir, err := os.MkdirTemp(n.Dir(), "project-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	pkgs, err := os.ReadFile("tests/pkgs.nix")
	if err != nil {
		t.Fatal(err)
	}
	mkdir(t, filepath.Join(dir, "pinfetch"))
	writeFile(t, filepath.Join(dir, "pinfetch", "default.nix"), string(nix.Reader()))
	writeFile(t, filepath.Join(dir, "pinfetch", "pins.json"), lock)
	writeFile(t, filepath.Join(dir, "pkgs.nix"), string(pkgs))
	p := &project{n.In(dir), dir, "25.11"}
	writeFile(t, filepath.Join(dir, "pins.nix"), p.prelude()+"pins")
	return p
}

// with returns the project with additional environment variables.
func (p *project) with(env ...string) *project { return &project{p.With(env...), p.dir, p.release} }

// on returns the project with the fetchers of another release of nixpkgs.
func (p *project) on(release string) *project { return &project{p.Nix, p.dir, release} }

func (p *project) prelude() string { return strings.ReplaceAll(prelude, "%RELEASE%", p.release) }

// eval evaluates an expression after the prelude and returns its value as JSON.
func (p *project) eval(expr string, args ...string) (string, error) {
	return p.Eval(p.prelude()+expr, args...)
}

// wantEval fails the test unless an expression has this value, in JSON.
func (p *project) wantEval(t *testing.T, expr, want string, args ...string) {
	t.Helper()
	got, err := p.eval(expr, args...)
	if err != nil {
		t.Errorf("%s: %v", expr, err)
	} else if got != want {
		t.Errorf("%s\n got %s\nwant %s", expr, got, want)
	}
}
