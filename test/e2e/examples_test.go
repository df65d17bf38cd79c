package e2e

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/test/forgetest"
	"github.com/pinfetch/pinfetch/test/nixtest"
)

// example is a copy of a directory of examples/ in which the commands from its default.nix were run.
type example struct {
	dir string
	nix *nixtest.Nix
}

// pinning matches a command in the comment at the top of an example.
var pinning = regexp.MustCompile(`(?m)^#     ((?:xargs )?pinfetch .*)$`)

// newExample creates an example's lock as a user would, with the stub of nixpkgs as <nixpkgs>.
func newExample(t *testing.T, name string, forge *forgetest.Forge) *example {
	t.Helper()
	n := nixtest.New(t)
	dir := filepath.Join(n.Dir(), name)
	copyTree(t, filepath.Join("..", "..", "examples", name), dir)
	e := &example{dir, withShell(t, n, forge).In(dir)}
	commands := pinning.FindAllStringSubmatch(read(t, filepath.Join(dir, "default.nix")), -1)
	if len(commands) < 2 {
		t.Fatalf("examples/%s/default.nix says %q, want pinfetch init and pinfetch add", name, commands)
	}
	for _, command := range commands {
		e.shell(t, command[1])
	}
	return e
}

// withShell adds what documented commands need: pinfetch, the forge, <nixpkgs>, and a git identity.
func withShell(t *testing.T, n *nixtest.Nix, forge *forgetest.Forge) *nixtest.Nix {
	t.Helper()
	bin := filepath.Join(n.Dir(), "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(program, filepath.Join(bin, "pinfetch")); err != nil {
		t.Fatal(err)
	}
	nixpkgs := filepath.Join(n.Dir(), "nixpkgs")
	copyTree(t, filepath.Join("..", "..", "nix", "tests"), nixpkgs)
	for stub, name := range map[string]string{"stub-nixpkgs.nix": "default.nix", "stub-flake.nix": "flake.nix"} {
		if err := os.Symlink(stub, filepath.Join(nixpkgs, name)); err != nil {
			t.Fatal(err)
		}
	}
	return n.With(append(forge.Env(),
		"PATH="+bin+":"+os.Getenv("PATH"), "NIX_PATH=nixpkgs="+nixpkgs, "NIX_GIT_SSL_CAINFO="+forge.CAFile(), "PINFETCH_PROGRAM="+program,
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@example.org",
		"GIT_CONFIG_NOSYSTEM=1")...)
}

// shell runs a command and returns what it printed.
func (e *example) shell(t *testing.T, command string) string {
	t.Helper()
	out := e.nix.Run("sh", "-e", "-c", command)
	if err := out.Failed(); err != nil {
		t.Fatalf("%s\n%s%v", command, out.Stdout, err)
	}
	return out.Stdout
}

// build runs nix-build with arguments that select one derivation, and returns its path.
func (e *example) build(t *testing.T, args ...string) string {
	t.Helper()
	paths, err := e.nix.Build(args...)
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) != 1 {
		t.Fatalf("nix-build %q printed %q, want one path", args, paths)
	}
	return paths[0]
}

// eval decodes the value of an expression.
func (e *example) eval(t *testing.T, expr string, value any, args ...string) {
	t.Helper()
	text, err := e.nix.Eval(expr, args...)
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	if err := json.Unmarshal([]byte(text), value); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}

// wantFile fails the test unless the file contains the text.
func wantFile(t *testing.T, want string, path ...string) {
	t.Helper()
	if got := read(t, filepath.Join(path...)); !strings.Contains(got, want) {
		t.Errorf("%s holds %q, want %q", filepath.Join(path...), got, want)
	}
}

// copyTree copies a directory of plain files and directories.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// installer installs one program; the real install.sh of bats-core installs several.
const installer = `#!/usr/bin/env bash
install -Dm755 bin/bats "$1/bin/bats"
`

// newForgeOfExamples returns a forge with the repositories that the examples pin.
func newForgeOfExamples(t *testing.T) *forgetest.Forge {
	t.Helper()
	forge := forgetest.New(t)
	bats := forge.Repo("bats-core/bats-core")
	bats.Tag("v1.11.0", bats.Commit("master", forgetest.Files{
		"install.sh": {Body: installer, Executable: true},
		"bin/bats":   {Body: "#!/bin/sh\necho bats 1.11.0\n", Executable: true},
		"README.md":  {Body: "# Bats\n"},
	}))
	for _, name := range []string{"bats-support", "bats-assert"} {
		library := forge.Repo("bats-core/" + name)
		library.Tag("v0.3.0", library.Commit("master", forgetest.Files{"load.bash": {Body: name + "\n"}, "src/" + name + ".bash": {Body: "true\n"}}))
	}
	hosts := forge.Repo("StevenBlack/hosts")
	hosts.Tag("3.14.100", hosts.Commit("master", forgetest.Files{"hosts": {Body: "0.0.0.0 ads.example.org\n"}}))
	for system, arch := range map[string]string{"x86_64-linux": "amd64", "aarch64-linux": "arm64"} {
		forge.File("github.com", "/jgm/pandoc/releases/download/3.6/pandoc-3.6-linux-"+arch+".tar.gz", forgetest.Content{
			Body: releaseOf(t, "pandoc-3.6/bin/pandoc", "#!/bin/sh\n(echo 'by the pandoc of "+system+"'; cat \"$3\") >\"$2\"\n"),
		})
	}
	return forge
}

// releaseOf returns a tar.gz archive of one program.
func releaseOf(t *testing.T, name, text string) []byte {
	t.Helper()
	var data bytes.Buffer
	compressed := gzip.NewWriter(&data)
	archive := tar.NewWriter(compressed)
	if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(text))}); err != nil {
		t.Fatal(err)
	}
	archive.Write([]byte(text))
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := compressed.Close(); err != nil {
		t.Fatal(err)
	}
	return data.Bytes()
}

func TestExampleProject(t *testing.T) {
	t.Parallel()
	e := newExample(t, "project", newForgeOfExamples(t))
	wantBats := func(path, want string) {
		t.Helper()
		wantFile(t, want, path, "bin", "bats")
	}
	wantBats(e.build(t), "bats 1.11.0")

	// The source is an argument.
	local := filepath.Join(e.dir, "local")
	copyTree(t, e.build(t, "-E", "(import <nixpkgs> { overlays = [ (import ./overlay.nix) ]; }).pins.bats-core"), local)
	if err := os.WriteFile(filepath.Join(local, "bin", "bats"), []byte("mine\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	wantBats(e.build(t, "-E", "(import ./default.nix { }).override { src = ./local; }"), "mine")

	// A later overlay changes a pin and everything that uses it, as the comment in overlay.nix says.
	wantBats(e.build(t, "-E", `(import <nixpkgs> {
		overlays = [ (import ./overlay.nix) (final: prev: { pins = prev.pins.override { overrides.bats-core = ./local; }; }) ];
	}).bats`), "mine")

	t.Run("flake", func(t *testing.T) {
		out := e.nix.Run("nix", "build", "--no-link", "--json", "--no-write-lock-file",
			"--override-input", "nixpkgs", "path:"+filepath.Join(e.dir, "..", "nixpkgs"), "path:"+e.dir)
		if err := out.Failed(); err != nil {
			t.Fatal(err)
		}
		var built []struct{ Outputs struct{ Out string } }
		if err := json.Unmarshal([]byte(out.Stdout), &built); err != nil || len(built) != 1 {
			t.Fatalf("nix build printed %s: %v", out.Stdout, err)
		}
		wantBats(built[0].Outputs.Out, "bats 1.11.0")
	})

	t.Run("NixOS module", func(t *testing.T) {
		system := e.build(t, "-E", `
			let config = (import <nixpkgs/stub-nixos.nix> { modules = [ ./module.nix ]; }).config; in
			derivation {
			  name = "system"; builder = "/bin/sh"; system = builtins.currentSystem; PATH = "/usr/bin:/bin";
			  args = [ "-c" "mkdir $out; cat $hosts >$out/hosts; ln -s $bats $out/bats; ln -s $core $out/core" ];
			  hosts = config.networking.hostFiles;
			  bats = builtins.head config.environment.systemPackages;
			  core = config.environment.etc."bats/core".source;
			}`)
		wantFile(t, "ads.example.org", system, "hosts")
		wantFile(t, "bats 1.11.0", system, "bats", "bin", "bats")
		wantFile(t, "# Bats", system, "core", "README.md")
	})
}

func TestExampleCross(t *testing.T) {
	t.Parallel()
	e := newExample(t, "cross", newForgeOfExamples(t))
	var systems struct{ Pins, BuildPins string }
	e.eval(t, `
		let pkgs = import <nixpkgs> { system = "x86_64-linux"; crossSystem = "aarch64-linux"; overlays = [ (import ./overlay.nix) ]; };
		in { Pins = pkgs.pins.pandoc.url; BuildPins = pkgs.buildPackages.pins.pandoc.url; }`, &systems)
	if !strings.Contains(systems.Pins, "arm64") || !strings.Contains(systems.BuildPins, "amd64") {
		t.Errorf("got %+v, want the sources of arm64 and amd64", systems)
	}
	var native string
	e.eval(t, "builtins.currentSystem", &native)
	for _, cross := range []string{"x86_64-linux", "aarch64-linux"} {
		path := e.build(t, "--argstr", "crossSystem", cross)
		wantFile(t, "by the pandoc of "+native+"\n# Bats", path, "share", "doc", "manual.html")
	}
}

func TestExampleScope(t *testing.T) {
	t.Parallel()
	e := newExample(t, "scope", newForgeOfExamples(t))
	bats := e.build(t, "-A", "bats")
	wantFile(t, "bats 1.11.0", bats, "bin", "bats")
	for _, name := range []string{"bats-support", "bats-assert"} {
		wantFile(t, name, bats, "share", "bats", name, "load.bash")
	}
	// A changed pin changes its library and everything built from that, but no other library.
	changed := `(import ./default.nix { }).overrideScope (final: prev: { pins = prev.pins.override { overrides.bats-support = prev.pins.bats-assert; }; })`
	wantFile(t, "bats-assert", e.build(t, "-E", "("+changed+").bats"), "share", "bats", "bats-support", "load.bash")
	var same map[string]bool
	e.eval(t, `let one = import ./default.nix { }; two = `+changed+`;
		in builtins.mapAttrs (name: drv: drv.drvPath == two.${name}.drvPath) { inherit (one) bats bats-support bats-assert; }`, &same)
	if same["bats"] || same["bats-support"] || !same["bats-assert"] {
		t.Errorf("unchanged: %v, want only bats-assert", same)
	}
}

// grammars is the number of repositories that the example pins.
const grammars = 100

// newForgeOfGrammars returns a forge with the repositories of the example tree-sitter.
func newForgeOfGrammars(t *testing.T) *forgetest.Forge {
	t.Helper()
	forge := forgetest.New(t)
	refs := strings.Fields(read(t, filepath.Join("..", "..", "examples", "tree-sitter", "grammars.txt")))
	if len(refs) != grammars {
		t.Fatalf("grammars.txt has %d references, want %d", len(refs), grammars)
	}
	for i, ref := range refs {
		name := strings.TrimPrefix(ref, "github:")
		_, language, _ := strings.Cut(name, "/tree-sitter-")
		symbol := strings.ReplaceAll(language, "-", "_")
		files := forgetest.Files{"src/parser.c": {Body: fmt.Sprintf("const char *tree_sitter_%s(void) { return \"%s\"; }\n", symbol, language)}}
		if i%3 == 0 {
			files["src/scanner.c"] = forgetest.File{Body: fmt.Sprintf("int tree_sitter_%s_scan(void) { return %d; }\n", symbol, i)}
		}
		repo := forge.Repo(name)
		repo.Tag(fmt.Sprintf("v0.%d.0", i), repo.Commit("master", files))
	}
	return forge
}

func TestExampleTreeSitter(t *testing.T) {
	t.Parallel()
	forge := newForgeOfGrammars(t)
	e := newExample(t, "tree-sitter", forge)
	pinned := len(forge.Requests())

	var packages map[string]struct{ Name, DrvPath string }
	e.eval(t, `builtins.mapAttrs (name: package: { inherit (package) name drvPath; }) (import ./default.nix { })`, &packages)
	if len(packages) != grammars {
		t.Fatalf("evaluated %d packages, want %d", len(packages), grammars)
	}
	for language, p := range packages {
		if want := "tree-sitter-" + language + "-0."; !strings.HasPrefix(p.Name, want) {
			t.Errorf("%s is called %q, want %q…", language, p.Name, want)
		}
	}
	if asked := len(forge.Requests()) - pinned; asked != 0 {
		t.Errorf("evaluation made %d requests", asked)
	}

	args := []string{"--max-jobs", "4"}
	if testing.Short() {
		args = append(args, "-A", "rust", "-A", "c-sharp", "-A", "zig")
	}
	paths, err := e.nix.Build(args...)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		wantFile(t, "\x7fELF", path, "parser.so")
	}
	if !testing.Short() && len(paths) != grammars {
		t.Errorf("built %d packages, want %d", len(paths), grammars)
	}
}
