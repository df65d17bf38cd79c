package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/test/forgetest"
	"github.com/pinfetch/pinfetch/test/nixtest"
)

// project is a user's directory after `pinfetch init`, and the forge that the user's programs reach.
type project struct {
	t     *testing.T
	forge *forgetest.Forge
	dir   string
	temp  string   // where pinfetch puts what it needs for a while
	env   []string // of pinfetch
}

// result is the result of a run of pinfetch.
type result struct {
	args           []string
	stdout, stderr string
	code           int
}

func newProject(t *testing.T, forge *forgetest.Forge, dir string) *project {
	t.Helper()
	p := &project{t: t, forge: forge, dir: dir, temp: t.TempDir()}
	p.env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TMPDIR=" + p.temp}, forge.Env()...)
	p.run("init")
	return p
}

// exec runs pinfetch.
func (p *project) exec(args ...string) result {
	p.t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(p.t.Context(), program, args...)
	cmd.Dir, cmd.Env = p.dir, p.env
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		p.t.Fatalf("pinfetch %q: %v", args, err)
	}
	return result{args, stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// run runs pinfetch, which must succeed, and returns its standard output.
func (p *project) run(args ...string) string {
	p.t.Helper()
	r := p.exec(args...)
	if r.code != 0 {
		p.t.Fatalf("pinfetch %q: exit code %d\n%s%s", args, r.code, r.stdout, r.stderr)
	}
	return r.stdout
}

func (p *project) lockFile() string { return filepath.Join(p.dir, "pinfetch", "pins.json") }

// call is a pin's call of a fetcher, as the lock has it.
type call struct {
	Fetcher string `json:"fetcher"`
	Args    struct {
		Name            string   `json:"name"`
		Rev             string   `json:"rev"`
		Hash            string   `json:"hash"`
		URL             string   `json:"url"`
		GithubBase      string   `json:"githubBase"`
		Extension       string   `json:"extension"`
		StripRoot       *bool    `json:"stripRoot"`
		Executable      bool     `json:"executable"`
		FetchSubmodules bool     `json:"fetchSubmodules"`
		SparseCheckout  []string `json:"sparseCheckout"`
		RootDir         string   `json:"rootDir"`
	} `json:"args"`
}

// lock returns the calls of all pins.
func (p *project) lock() map[string]call {
	p.t.Helper()
	var lock struct {
		Pins map[string]struct {
			Fetch call `json:"fetch"`
		} `json:"pins"`
	}
	if err := json.Unmarshal([]byte(read(p.t, p.lockFile())), &lock); err != nil {
		p.t.Fatal(err)
	}
	calls := make(map[string]call)
	for name, pin := range lock.Pins {
		calls[name] = pin.Fetch
	}
	return calls
}

// pinsNix gives the pins to nix-build: nix-build pins.nix -A ripgrep.
const pinsNix = `{ release ? "25.11" }:
let pkgs = import ./pkgs.nix { inherit release; }; in
pkgs.callPackage ./pinfetch { }
`

// builder is a project with a Nix that builds it.
type builder struct {
	*project
	nix *nixtest.Nix
}

func newBuilder(t *testing.T) *builder {
	t.Helper()
	n := nixtest.New(t)
	forge := forgetest.New(t)
	dir := filepath.Join(n.Dir(), "project")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	env := append(forge.Env(), "NIX_GIT_SSL_CAINFO="+forge.CAFile())
	b := &builder{newProject(t, forge, dir), n.In(dir).With(env...)}
	b.write("pins.nix", pinsNix)
	b.write("pkgs.nix", read(t, filepath.Join("..", "..", "nix", "tests", "pkgs.nix")))
	return b
}

// write writes a file of the project.
func (b *builder) write(name, text string) {
	b.t.Helper()
	if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// attribute is a pin's attribute path.
func attribute(name string) string { return strings.ReplaceAll(name, "/", ".") }

// attributes are arguments that select pins.
func attributes(names []string) []string {
	var args []string
	for _, name := range names {
		args = append(args, "-A", attribute(name))
	}
	return args
}

// mismatch matches what Nix says of a fixed-output derivation with another hash.
var mismatch = regexp.MustCompile(`hash mismatch in fixed-output derivation '[^']+':\s+specified:\s+(\S+)\s+got:\s+(\S+)`)

// build builds pins with nix-build and returns their store paths.
func (b *builder) build(names ...string) map[string]string {
	b.t.Helper()
	out := b.nix.Run("nix-build", append([]string{"--no-out-link", "--keep-going", "pins.nix"}, attributes(names)...)...)
	if err := out.Failed(); err != nil {
		b.explain(out.Stderr)
		b.t.Fatal(err)
	}
	paths := b.storePaths(names...)
	for name, path := range paths {
		if _, err := os.Lstat(path); err != nil {
			b.t.Fatalf("%s was not built: %v", name, err)
		}
	}
	return paths
}

// explain lists the pins whose hash differs from Nix's.
func (b *builder) explain(stderr string) {
	b.t.Helper()
	calls := b.lock()
	for _, found := range mismatch.FindAllStringSubmatch(stderr, -1) {
		for name, call := range calls {
			if call.Args.Hash == found[1] {
				b.t.Errorf("%s: pinfetch locked %s, Nix got %s", name, found[1], found[2])
			}
		}
	}
}

// storePaths evaluates where pins will be, without building them.
func (b *builder) storePaths(names ...string) map[string]string {
	b.t.Helper()
	var fields strings.Builder
	for _, name := range names {
		fields.WriteString(`"` + name + `" = "${pins.` + attribute(name) + `}"; `)
	}
	value, err := b.nix.Eval("let pins = import ./pins.nix { }; in { " + fields.String() + "}")
	if err != nil {
		b.t.Fatal(err)
	}
	var paths map[string]string
	if err := json.Unmarshal([]byte(value), &paths); err != nil {
		b.t.Fatalf("%v in %s", err, value)
	}
	return paths
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// command runs a program in a directory, away from the user's configuration.
func command(t *testing.T, dir, program string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = dir
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LC_ALL=C.UTF-8",
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull,
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %q: %v\n%s", program, args, err, out)
	}
}
