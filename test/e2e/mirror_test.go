package e2e

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/pinfetch/pinfetch/test/forgetest"
	"github.com/pinfetch/pinfetch/test/nixtest"
)

// served is a mirror, as pinfetch writes it and as Nix reads it.
type served struct{ name, destination, address string }

// newMirrors returns a directory, the same behind a web server, and a bucket.
func newMirrors(t *testing.T, dir string) []served {
	t.Helper()
	dir = filepath.Join(dir, "mirror")
	web := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(web.Close)
	backend := s3mem.New()
	if err := backend.CreateBucket("sources"); err != nil {
		t.Fatal(err)
	}
	bucket := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(bucket.Close)
	endpoint := strings.TrimPrefix(bucket.URL, "http://")
	return []served{
		{"directory", dir, "file://" + dir},
		{"web", dir, web.URL},
		{"bucket", "s3://sources/some/prefix?scheme=http&endpoint=" + endpoint, bucket.URL + "/sources/some/prefix"},
	}
}

// mirrorEnv is what pinfetch and Nix need for all of them: the proxy of the forge is not for loopback.
var mirrorEnv = []string{"no_proxy=127.0.0.1", "NO_PROXY=127.0.0.1", "AWS_ACCESS_KEY_ID=key", "AWS_SECRET_ACCESS_KEY=secret"}

// from are arguments for Nix that make it substitute from an address, and trust no key but those given.
func from(address string, keys ...string) []string {
	return []string{
		"--option", "substituters", address, "--option", "require-sigs", "true", "--option", "trusted-public-keys", strings.Join(keys, " "),
	}
}

// empty deletes everything in a store.
func empty(t *testing.T, n *nixtest.Nix) {
	t.Helper()
	if err := n.Run("nix-store", "--gc").Failed(); err != nil {
		t.Fatal(err)
	}
}

// newMirrorBuilder returns a project that is mirrored for the private store.
func newMirrorBuilder(t *testing.T) *builder {
	t.Helper()
	b := newBuilder(t)
	b.env = append(append(b.env, mirrorEnv...), "NIX_STORE_DIR="+b.nix.StoreDir())
	b.nix = b.nix.With(mirrorEnv...)
	return b
}

// rehash locks a source by SHA-512 instead. args are those of pinfetch hash.
func (b *builder) rehash(name string, args ...string) {
	b.t.Helper()
	digest := strings.TrimSpace(b.run(append([]string{"hash", args[0], "--type", "sha512"}, args[1:]...)...))
	b.write("pinfetch/pins.json", strings.Replace(read(b.t, b.lockFile()), b.lock()[name].Args.Hash, digest, 1))
}

// Without any upstream, what pinfetch can pin is substituted from a mirror into an empty store, without a signature: all fetchers
// and names, by both algorithms, and also what this machine could not build.
func TestMirror(t *testing.T) {
	t.Parallel()
	b := newMirrorBuilder(t)
	serve(t, b.forge)
	var names []string
	for _, source := range sources() {
		b.run(append([]string{"add"}, source.add...)...)
		names = append(names, source.name)
	}
	for _, name := range []string{"flat", "tool-512", "tree"} {
		b.forge.File(filesHost, "/"+name+".tar.gz", forgetest.Content{Body: releaseOf(t, name+"/file", name)})
	}
	url := "https://" + filesHost + "/"
	b.run("add", "--name", "flat", url+"flat.tar.gz")
	b.run("add", "--name", "tool-512", "--executable", url+"tool-512.tar.gz")
	b.run("add", "--name", "tree", "--unpack", url+"tree.tar.gz")
	b.rehash("flat", "url", url+"flat.tar.gz")
	b.rehash("tree", "url", url+"tree.tar.gz", "--unpack")
	tool := filepath.Join(b.dir, "tool-512")
	if err := os.WriteFile(tool, releaseOf(t, "tool-512/file", "tool-512"), 0o755); err != nil {
		t.Fatal(err)
	}
	b.rehash("tool-512", "path", tool)
	names = append(names, "flat", "tool-512", "tree")
	systems := []string{"x86_64-linux", "aarch64-linux", "aarch64-darwin"}
	add := []string{"add", "--name", "vendor", "--unpack", url + "vendor-{system}.tar.gz"}
	for _, system := range systems {
		b.forge.File(filesHost, "/vendor-"+system+".tar.gz", forgetest.Content{Body: releaseOf(t, "vendor/tool", "for "+system)})
		add = append(add, "--system", system)
	}
	b.run(add...)

	mirrors := newMirrors(t, b.nix.Dir())
	for _, m := range mirrors {
		b.run("mirror", m.destination)
	}
	b.forge.Stop()
	want := slices.Sorted(maps.Values(b.storePaths(names...)))
	for _, m := range mirrors {
		t.Run(m.name, func(t *testing.T) {
			empty(t, b.nix)
			got, err := b.nix.Build(append(append([]string{"pins.nix"}, attributes(names)...), from(m.address)...)...)
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("got %q\nwant %q", got, want)
			}
			for _, system := range systems {
				expr := fmt.Sprintf("((import ./pkgs.nix { system = %q; }).callPackage ./pinfetch { }).vendor", system)
				paths, err := b.nix.Build(append([]string{"-E", expr}, from(m.address)...)...)
				if err != nil {
					t.Fatal(err)
				}
				wantFile(t, "for "+system, paths[0], "tool")
			}
		})
	}
	// Other nixpkgs and settings give the same sources other names. (The tests' package set does not imitate all of them.)
	older := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return b.lock()[name].Args.RootDir != "" })
	for config, names := range map[string][]string{
		`release = "22.11"; `: older,
		`release = "25.11"; config.fetchedSourceNameDefault = "source"; `: names,
	} {
		args := append([]string{"-E", "(import ./pkgs.nix { " + config + "}).callPackage ./pinfetch { }"}, attributes(names)...)
		if _, err := b.nix.Build(append(args, from(mirrors[0].address)...)...); err != nil {
			t.Errorf("%s: %v", config, err)
		}
	}
}

// allPins is the expression of a list of all pins of the working directory.
const allPins = `
	let all = set: builtins.concatMap (value: if value ? outPath then [ value ] else if builtins.isAttrs value then all value else [ ]) (builtins.attrValues set);
	in all ((import <nixpkgs> { }).callPackage ./pinfetch { })`

// The examples build from a mirror when no upstream exists any more.
func TestMirrorOfExamples(t *testing.T) {
	t.Parallel()
	for name, example := range map[string]struct {
		forge  func(*testing.T) *forgetest.Forge
		builds [][]string // arguments of nix-build
	}{
		"project":     {newForgeOfExamples, [][]string{nil}},
		"scope":       {newForgeOfExamples, [][]string{{"-A", "bats"}}},
		"cross":       {newForgeOfExamples, [][]string{{"--argstr", "crossSystem", "x86_64-linux"}, {"--argstr", "crossSystem", "aarch64-linux"}}},
		"tree-sitter": {newForgeOfGrammars, [][]string{{"-A", "rust", "-A", "zig"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			forge := example.forge(t)
			e := newExample(t, name, forge)
			e.nix = e.nix.With(mirrorEnv...)
			mirrors := newMirrors(t, e.nix.Dir())
			for _, m := range mirrors {
				e.shell(t, "pinfetch mirror '"+m.destination+"'")
			}
			forge.Stop()
			for _, m := range mirrors {
				empty(t, e.nix)
				for _, args := range append(example.builds, []string{"-E", allPins}) {
					if _, err := e.nix.Build(append(args, from(m.address)...)...); err != nil {
						t.Errorf("%s, nix-build %q: %v", m.name, args, err)
					}
				}
			}
		})
	}
}

// Nix refuses a source that was changed in the mirror, and --check finds it.
func TestMirrorTampered(t *testing.T) {
	t.Parallel()
	b := newMirrorBuilder(t)
	serve(t, b.forge)
	b.run("add", "github:acme/tool")
	b.run("add", "https://"+filesHost+"/run", "--name", "run")
	m := newMirrors(t, b.nix.Dir())[0]
	b.run("mirror", "--compression", "none", m.destination)
	b.run("mirror", "--check", m.destination)
	b.forge.Stop()
	for _, nar := range glob(t, m.destination, "nar", "*") {
		text := bytes.Replace([]byte(read(t, nar)), []byte("echo running"), []byte("echo tampere"), 1)
		if err := os.WriteFile(nar, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.nix.Build(append([]string{"pins.nix", "-A", "run"}, from(m.address)...)...); err == nil || !strings.Contains(err.Error(), "hash mismatch") {
		t.Errorf("Nix says %v, want a hash mismatch", err)
	}
	if _, err := b.nix.Build(append([]string{"pins.nix", "-A", "tool"}, from(m.address)...)...); err != nil {
		t.Error(err)
	}
	for _, args := range [][]string{{"mirror", "--check", m.destination}, {"mirror", "--check", "--dry-run", m.destination}} {
		if r := b.exec(args...); r.code != 4 || !strings.Contains(r.stderr, "error: run: ") || strings.Contains(r.stderr, "tool: ") {
			t.Errorf("pinfetch %q: exit code %d, want 4 and a message about run only\n%s%s", args, r.code, r.stdout, r.stderr)
		}
	}
}

// A signature is good for a Nix that has the key, even without the content address.
func TestMirrorSigned(t *testing.T) {
	t.Parallel()
	b := newMirrorBuilder(t)
	serve(t, b.forge)
	b.run("add", "github:acme/tool")
	b.run("add", "https://"+filesHost+"/data-1.2.bin", "--name", "data")
	if err := b.nix.Run("nix-store", "--generate-binary-cache-key", "mirror-1", "secret", "public").Failed(); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(b.dir, "secret")
	m := newMirrors(t, b.nix.Dir())[0]
	b.run("mirror", "--sign-key", key, m.destination)
	b.forge.Stop()
	for _, narinfo := range glob(t, m.destination, "*.narinfo") {
		unaddressed := ""
		for line := range strings.Lines(read(t, narinfo)) {
			if !strings.HasPrefix(line, "CA: ") {
				unaddressed += line
			}
		}
		if err := os.WriteFile(narinfo, []byte(unaddressed), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	public := strings.TrimSpace(read(t, filepath.Join(b.dir, "public")))
	args := []string{"pins.nix", "-A", "tool", "-A", "data"}
	if _, err := b.nix.Build(append(args, from(m.address)...)...); err == nil {
		t.Error("Nix took unaddressed sources without the key")
	}
	if _, err := b.nix.Build(append(args, from(m.address, public)...)...); err != nil {
		t.Errorf("with the key: %v", err)
	}
}

// A daemon lets a user whom it does not trust substitute from a mirror that trusted-substituters names, and from no other.
func TestMirrorDaemon(t *testing.T) {
	t.Parallel()
	b := newMirrorBuilder(t)
	serve(t, b.forge)
	b.run("add", "github:acme/tool")
	b.run("add", "https://"+filesHost+"/data-1.2.bin", "--name", "data")
	m := newMirrors(t, b.nix.Dir())[0]
	b.run("mirror", m.destination)
	b.forge.Stop()
	for _, dir := range []string{"realisations", "log"} { // Nix makes them in a mirror, and would fail if it may not write there
		if _, err := os.Stat(filepath.Join(m.destination, dir)); err != nil {
			t.Error(err)
		}
	}
	b.nix = b.nix.Daemon("--option", "trusted-substituters", m.address)
	other := filepath.Join(b.nix.Dir(), "other")
	copyTree(t, m.destination, other)
	args := []string{"pins.nix", "-A", "tool", "-A", "data"}
	if _, err := b.nix.Build(append(args, from("file://"+other)...)...); err == nil || !strings.Contains(err.Error(), "untrusted substituter") {
		t.Errorf("another mirror: %v, want a warning", err)
	}
	if _, err := b.nix.Build(append(args, from(m.address)...)...); err != nil {
		t.Error(err)
	}
}

// --store puts sources into the store at once, so that builds download nothing.
func TestMirrorStore(t *testing.T) {
	t.Parallel()
	b := newMirrorBuilder(t)
	b.env = append(b.env, b.nix.Environ()...)
	serve(t, b.forge)
	files := "https://" + filesHost
	for _, add := range [][]string{
		{"github:acme/tool"}, {"git+https://" + forgeHost + "/acme/awkward", "--name", "git"}, {files + "/zip-1.2.zip", "--unpack", "--name", "zip"},
		{files + "/run", "--executable", "--name", "run"}, {files + "/data-1.2.bin", "--name", "data"},
	} {
		b.run(append([]string{"add"}, add...)...)
	}
	b.run("mirror", "--store", "tool", "git", "zip", "run")
	b.forge.ResetLog()
	b.run("mirror", "--store")
	if asked := b.forge.Requests(); len(asked) != 1 || asked[0].Path != "/data-1.2.bin" {
		t.Errorf("a second run asked for %v, want only what was missing", asked)
	}
	b.forge.Stop()
	if out := b.run("mirror", "--store"); strings.Count(out, ": present\n") != 5 {
		t.Errorf("a third run says %s", out)
	}
	if _, err := b.nix.Build("pins.nix"); err != nil {
		t.Error(err)
	}
	if left := glob(t, b.temp, "*"); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	b.env = append(b.env, "PATH="+t.TempDir())
	if r := b.exec("mirror", "--store"); r.code != 1 || !strings.Contains(r.stderr, "Nix programs are not installed") {
		t.Errorf("without Nix: exit code %d\n%s", r.code, r.stderr)
	}
}

// The example workflow publishes to the destination that it is given.
func TestMirrorWorkflow(t *testing.T) {
	t.Parallel()
	p := newBotProject(t, "github.com")
	p.forge.ClearFaults()
	dir := filepath.Join(p.home, "mirror")
	out := p.workflow(t, "examples/ci/mirror.yml", []string{p.noInstall(t)}, map[string]string{
		"vars.MIRROR": dir, "secrets.MIRROR_KEY_ID": "key", "secrets.MIRROR_SECRET": "secret-of-the-bucket",
	})
	if out.err != nil || strings.Contains(out.text, "secret-of-the-bucket") {
		t.Fatalf("%v\n%s", out.err, out.text)
	}
	if nars := glob(t, dir, "nar", "*.nar.zst"); len(nars) != 1 { // both pins have the same content
		t.Errorf("published %q", nars)
	}
}

func glob(t *testing.T, pattern ...string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(pattern...))
	if err != nil {
		t.Fatal(err)
	}
	return found
}
