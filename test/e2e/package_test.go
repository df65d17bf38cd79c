package e2e

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/test/forgetest"
	"github.com/pinfetch/pinfetch/test/nixtest"
)

var update = flag.Bool("update", false, "write the vendor hash into nix/package.nix")

var vendorHash = regexp.MustCompile(`vendorHash = "(.*)";`)

// nixpkgs' buildGoModule (pkgs/build-support/go/module.nix) downloads modules in a fixed-output derivation whose
// output is the directory that `go mod vendor` writes, so its hash changes with every dependency:
//
//	go test ./test/e2e -run TestVendorHash -update
func TestVendorHash(t *testing.T) {
	t.Parallel()
	// If a module's go.mod is missing, even one that nothing imports, `go mod vendor` writes different files without an error.
	download := exec.CommandContext(t.Context(), "go", "mod", "download")
	download.Dir = filepath.Join("..", "..")
	if out, err := download.CombinedOutput(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("go mod download: %v\n%s", err, out)
		}
		t.Skipf("download all modules first (./dev setup): %v\n%s", err, out)
	}
	vendor := filepath.Join(t.TempDir(), "vendor")
	cmd := exec.CommandContext(t.Context(), "go", "mod", "vendor", "-o", vendor)
	cmd.Dir = filepath.Join("..", "..")
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=mod", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go mod vendor: %v\n%s", err, out)
	}
	if _, err := os.Stat(filepath.Join(vendor, "modules.txt")); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), program, "hash", "path", vendor).Output()
	if err != nil {
		t.Fatal(err)
	}
	want := strings.TrimSpace(string(out))

	file := filepath.Join("..", "..", "nix", "package.nix")
	text := read(t, file)
	found := vendorHash.FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("%s has no vendorHash", file)
	}
	if *update {
		text = strings.Replace(text, found[0], `vendorHash = "`+want+`";`, 1)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got := found[1]; got != want {
		t.Errorf("nix/package.nix has vendorHash %s, want %s; to update it, run: go test ./test/e2e -run TestVendorHash -update", got, want)
	}
}

// newPackage copies the repository's Nix files and the files that they read.
func newPackage(t *testing.T, forge *forgetest.Forge) *example {
	t.Helper()
	n := nixtest.New(t)
	dir := filepath.Join(n.Dir(), "pinfetch")
	root := filepath.Join("..", "..")
	for _, name := range []string{"default.nix", "flake.nix", "docs/pinfetch.1", "nix/package.nix", "nix/overlay.nix", "nix/module.nix",
		"cmd/pinfetch/completion/pinfetch.bash", "cmd/pinfetch/completion/pinfetch.fish", "cmd/pinfetch/completion/pinfetch.zsh"} {
		to := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, []byte(read(t, filepath.Join(root, name))), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return &example{dir, withShell(t, n, forge).In(dir)}
}

// All files are installed where shells and man look for them. The stub of buildGoModule installs the program of
// this test run; TestVendorHash checks the modules that the real one builds with.
func TestPackage(t *testing.T) {
	t.Parallel()
	e := newPackage(t, forgetest.New(t))
	path := e.build(t)
	want := []string{
		"bin/pinfetch",
		"share/bash-completion/completions/pinfetch.bash",
		"share/fish/vendor_completions.d/pinfetch.fish",
		"share/man/man1/pinfetch.1",
		"share/zsh/site-functions/_pinfetch",
	}
	var got []string
	for _, name := range want {
		if info, err := os.Stat(filepath.Join(path, name)); err == nil && info.Size() > 0 {
			got = append(got, name)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("installed %q, want %q", got, want)
	}

	overlay := `(import <nixpkgs> { overlays = [ (import ./nix/overlay.nix) ]; }).pinfetch`
	if same := e.build(t, "-E", overlay); same != path {
		t.Errorf("%s builds %s, want %s", overlay, same, path)
	}
	var attrs struct {
		Pname, Version, VendorHash string
		Meta                       struct{ MainProgram string }
	}
	e.eval(t, `let inherit ((import ./default.nix { }).attrs) pname version vendorHash meta; in { inherit pname version vendorHash; meta.mainProgram = meta.mainProgram; }`, &attrs)
	if attrs.Pname != "pinfetch" || attrs.Meta.MainProgram != "pinfetch" || !strings.HasPrefix(attrs.VendorHash, "sha256-") {
		t.Errorf("buildGoModule was called with %+v", attrs)
	}
}

// The package needs the Go that go.mod names, and says so.
func TestPackageGo(t *testing.T) {
	t.Parallel()
	e := newPackage(t, forgetest.New(t))
	wanted := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, filepath.Join("..", "..", "go.mod")))[1]
	if text := read(t, filepath.Join("..", "..", "nix", "package.nix")); !strings.Contains(text, `"`+wanted+`"`) {
		t.Errorf("nix/package.nix does not name Go %s, the version in go.mod", wanted)
	}
	call := func(additions string) string {
		return `((import <nixpkgs> { overlays = [ (final: prev: { ` + additions + ` }) ]; }).callPackage ./nix/package.nix { }).name`
	}
	for additions, want := range map[string]string{
		`go.version = "1.27.0";`: "pinfetch-0-unstable",
		`go.version = "1.25.9"; buildGo126Module = prev.buildGoModule;`: "pinfetch-0-unstable",
		`go.version = "1.27.0"; buildGo126Module = throw "removed";`:    "pinfetch-0-unstable",
	} {
		var name string
		if e.eval(t, call(additions), &name); name != want {
			t.Errorf("%s: got %q, want %q", additions, name, want)
		}
	}
	out := e.nix.Run("nix-instantiate", "--eval", "--expr", call(`go.version = "1.25.9";`))
	if out.Err == nil || !strings.Contains(out.Stderr, "pinfetch: needs Go 1.26, and this nixpkgs has Go 1.25.9: use nixpkgs 26.05 or newer") {
		t.Errorf("with Go 1.25: got %v, %s", out.Err, out.Stderr)
	}
}

func TestPackageFlake(t *testing.T) {
	t.Parallel()
	e := newPackage(t, forgetest.New(t))
	nixpkgs := []string{"--no-write-lock-file", "--override-input", "nixpkgs", "path:" + filepath.Join(e.dir, "..", "nixpkgs")}
	out := e.nix.Run("nix", append([]string{"flake", "show", "--json", "path:" + e.dir}, nixpkgs...)...)
	if err := out.Failed(); err != nil {
		t.Fatal(err)
	}
	var flake struct {
		Packages               map[string]map[string]struct{ Name string }
		Overlays, NixosModules map[string]any
	}
	if err := json.Unmarshal([]byte(out.Stdout), &flake); err != nil {
		t.Fatalf("%v in %s", err, out.Stdout)
	}
	for _, system := range []string{"x86_64-linux", "aarch64-linux", "x86_64-darwin", "aarch64-darwin"} {
		if got, want := flake.Packages[system]["default"].Name, "pinfetch-"; !strings.HasPrefix(got, want) {
			t.Errorf("package of %s is called %q, want %q…", system, got, want)
		}
	}
	if err := e.nix.Run("nix", append([]string{"flake", "check", "--no-build", "--impure", "path:" + e.dir}, nixpkgs...)...).Failed(); err != nil {
		t.Error(err)
	}
	if len(flake.Overlays) != 1 || len(flake.NixosModules) != 1 {
		t.Errorf("the flake has overlays %v and modules %v, want one of each", flake.Overlays, flake.NixosModules)
	}
}

// The module's unit updates and commits, in the environment that it sets.
func TestModule(t *testing.T) {
	t.Parallel()
	forge := forgetest.New(t)
	tool := forge.Repo("acme/tool")
	tool.Tag("v1.0", tool.Commit("main", forgetest.Files{"a": {Body: "one\n"}}))
	e := newPackage(t, forge)
	project := filepath.Join(e.nix.Dir(), "project")
	if err := os.Mkdir(project, 0o755); err != nil {
		t.Fatal(err)
	}
	work := &example{project, e.nix.In(project)}
	work.shell(t, "pinfetch init && pinfetch add github:acme/tool && git init -q && git add . && git commit -qm first")
	tool.Tag("v1.1", tool.Commit("main", forgetest.Files{"a": {Body: "two\n"}}))

	var config struct {
		Service struct {
			Script        string
			Environment   map[string]string
			ServiceConfig map[string]any
		}
		Timer struct {
			WantedBy    []string
			TimerConfig map[string]any
		}
	}
	evaluate := func(settings string) string {
		return `let config = (import <nixpkgs/stub-nixos.nix> { modules = [ ./nix/module.nix { services.pinfetch = ` + settings + `; } ]; }).config; in `
	}
	e.eval(t, evaluate(`{
		enable = true; directory = "`+project+`"; user = "project"; schedule = "hourly";
		extraArgs = [ "--json" "to*" "a 'b" ]; environmentFile = "/run/keys/pinfetch";
	}`)+`{
		service = { inherit (config.systemd.services.pinfetch) script environment serviceConfig; };
		timer = { inherit (config.systemd.timers.pinfetch) wantedBy timerConfig; };
	}`, &config)
	service := config.Service
	if got, want := service.Script, `pinfetch update --commit '--json' 'to*' 'a '\''b'`; got != want {
		t.Errorf("the unit runs %q, want %q", got, want)
	}
	if got, want := config.Timer.TimerConfig["OnCalendar"], "hourly"; got != want || !slices.Equal(config.Timer.WantedBy, []string{"timers.target"}) {
		t.Errorf("the timer is %+v, want one that runs %s", config.Timer, want)
	}
	for name, want := range map[string]string{"User": "project", "WorkingDirectory": project, "EnvironmentFile": "/run/keys/pinfetch", "ProtectSystem": "strict"} {
		if got := service.ServiceConfig[name]; got != want {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
	if got, ok := service.ServiceConfig["ReadWritePaths"].([]any); !ok || len(got) != 1 || got[0] != project {
		t.Errorf("ReadWritePaths = %v, want only the project", service.ServiceConfig["ReadWritePaths"])
	}

	var script string
	e.eval(t, evaluate(`{ enable = true; directory = "`+project+`"; user = "project"; }`)+`config.systemd.services.pinfetch.script`, &script)
	var environment []string
	for name, value := range service.Environment {
		if name != "XDG_CACHE_HOME" {
			environment = append(environment, name+"="+value)
		}
	}
	run := &example{project, work.nix.With(environment...)}
	run.shell(t, script)
	if got, want := work.shell(t, "git log -1 --format='%an %s'"), "pinfetch tool: 1.0 -> 1.1\n"; got != want {
		t.Errorf("committed %q, want %q", got, want)
	}

	// A disabled module changes nothing, and an enabled one without a directory fails with a clear error.
	var untouched bool
	e.eval(t, evaluate("{ }")+"config.systemd.services.pinfetch.script == null", &untouched)
	if !untouched {
		t.Error("a disabled module defines units")
	}
	_, err := e.nix.Eval(evaluate(`{ enable = true; user = "project"; }`) + "config.systemd.services.pinfetch.description")
	if err == nil || !strings.Contains(err.Error(), "services.pinfetch.directory") {
		t.Errorf("without a directory: %v, want an error that names the option", err)
	}
}
