package e2e

import (
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/test/forgetest"
)

// TestBuild pins a source of every kind and builds all of them with Nix.
func TestBuild(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	serve(t, b.forge)
	var names []string
	for _, source := range sources() {
		b.run(append([]string{"add"}, source.add...)...)
		names = append(names, source.name)
	}
	slices.Sort(names)
	calls := b.lock()
	if got := slices.Sorted(maps.Keys(calls)); !slices.Equal(got, names) {
		t.Fatalf("pins %q, want %q", got, names)
	}

	// Each step uses what the previous one built.
	for _, step := range []struct {
		name string
		test func(b *builder, names []string)
	}{
		{"lock", testLock},
		{"evaluation", testEvaluation},
		{"contents", testContents},
		{"older nixpkgs", testOlderNixpkgs},
		{"pure", testPure},
		{"package", testPackage},
		{"flipped hashes", testFlippedHashes},
		{"hash", testHash},
		{"verify", testVerify},
	} {
		if !t.Run(step.name, func(t *testing.T) { step.test(b.in(t), names) }) {
			break
		}
	}
}

// in is the builder for a subtest.
func (b *builder) in(t *testing.T) *builder {
	p := *b.project
	p.t = t
	return &builder{&p, b.nix}
}

// wantSilence fails the test if the forge was asked for anything since its log was reset.
func (b *builder) wantSilence(what string) {
	b.t.Helper()
	if requests, connects := b.forge.Requests(), b.forge.Connects(); len(requests) > 0 || len(connects) > 0 {
		b.t.Errorf("%s made requests: %v, to %q", what, requests, connects)
	}
}

func testLock(b *builder, _ []string) {
	calls := b.lock()
	for _, source := range sources() {
		if got := calls[source.name].Fetcher; got != source.fetcher {
			b.t.Errorf("%s: fetcher %q, want %q", source.name, got, source.fetcher)
		}
	}
	for _, test := range []struct{ name, want string }{
		{"enterprise", `"githubBase":"` + enterpriseHost + `"`},
		{"awkward-modules", `"url":"https://github.com/acme/awkward.git"`},
		{"awkward-modules", `"fetchSubmodules":true`},
		{"git", `"fetchSubmodules":false`},
		{"git-sparse", `"sparseCheckout":["src","nested/deeper"]`},
		{"git-directory", `"rootDir":"nested"`},
		{"install", `"name":"install.sh"`},
		{"data", `"name":""`},
		{"run", `"executable":true`},
		{"tar-zst", `"extension":"tar.zst"`},
		{"whole", `"stripRoot":false`},
		{"nameless", `"extension":"tar.xz"`},
		{"moved", `"name":"moved-here"`},
		{"moved", `"url":"https://` + filesHost + `/moved/latest"`},
		{"followed", `"url":"https://` + filesHost + `/tool-1.2.0/followed.tar.gz"`},
		{"listed", `"url":"https://` + filesHost + `/1.10%2Bk3s1/listed.bin"`},
		{"redirected", `"url":"https://` + filesHost + `/dl/redirected-1.2.bin"`},
	} {
		got, err := json.Marshal(calls[test.name].Args)
		if err != nil {
			b.t.Fatal(err)
		}
		if !strings.Contains(string(got), test.want) {
			b.t.Errorf("%s: args %s, want %s among them", test.name, got, test.want)
		}
	}
	tag := b.forge.Repo("acme/tool").Rev("tool-1.2.0")
	if got := calls["tool"].Args.Rev; got != tag {
		b.t.Errorf("tool: rev %s, want the commit of the annotated tag, %s", got, tag)
	}
}

// Evaluation downloads nothing, however it is restricted.
func testEvaluation(b *builder, names []string) {
	b.forge.ResetLog()
	args := append([]string{"pins.nix"}, attributes(names)...)
	plain := b.instantiate(args...)
	if len(plain) != len(names) {
		b.t.Fatalf("instantiated %d derivations, want %d", len(plain), len(names))
	}
	restricted := b.instantiate(append(args, "--option", "restrict-eval", "true", "-I", b.dir,
		"--option", "allow-import-from-derivation", "false")...)
	if !slices.Equal(restricted, plain) {
		b.t.Errorf("under restrict-eval\n got %q\nwant %q", restricted, plain)
	}
	for name, path := range b.storePaths(names...) {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			b.t.Errorf("%s: %s is there before it was built: %v", name, path, err)
		}
	}
	b.wantSilence("evaluation")
}

// instantiate returns derivations in the order of the arguments.
func (b *builder) instantiate(args ...string) []string {
	b.t.Helper()
	out := b.nix.Run("nix-instantiate", args...)
	if err := out.Failed(); err != nil {
		b.t.Fatal(err)
	}
	return strings.Fields(out.Stdout)
}

// Every pin builds, with the contents that a user expects.
func testContents(b *builder, names []string) {
	paths := b.build(names...)
	if len(b.forge.Requests()) == 0 {
		b.t.Error("the builds downloaded nothing")
	}
	commit := b.forge.Repo("acme/awkward").Rev("v1.0.0")
	for _, test := range []struct{ pin, path, want string }{
		{"awkward", "README", "file: awkward\n"},
		{"awkward", "bin/run it.sh", "executable: #!/bin/sh\n"},
		{"awkward", "dangling", "link: no/such file"},
		{"awkward", "absolute", "link: /no/such/file"},
		{"awkward", "link to directory", "link: src/../bin/"},
		{"awkward", "windows.bat", "file: echo off\r\n"},
		{"awkward", "utf16.txt", "file: h\x00\xe9\x00\n\x00"},
		{"awkward", "nested/dos.txt", "file: one\r\ntwo\r\n"},
		{"awkward", "nested/ignored.o", "file: tracked all the same\n"},
		{"awkward", "version.txt", "file: " + commit + "\n"},
		{"awkward", "private", "nothing"},
		{"awkward", "third party/lib", "directory of 0"},
		{"awkward", "next", "nothing"},
		{"awkward", "..foo", "file: no parent\n"},
		{"awkward", "new\nline", "file: new line\n"},
		{"awkward", "latin1-\xe9", "file: not UTF-8\n"},
		{"awkward-next", "next", "file: after v1.0.0\n"},
		{"awkward-next", "src.c", "nothing"},
		{"awkward-modules", "third party/lib/leaf/leaf.txt", "file: a leaf\n"},
		{"awkward-modules", "third party/lib/.git", "nothing"},
		{"awkward-modules", "private/notes", "file: not in archives\n"},
		{"enterprise", "LICENSE", "file: ours alone\n"},
		{"tool", "hello.sh", "executable: #!/bin/sh\necho hello from 1.2\n"},
		{"tree-sitter/go", "grammar.js", "file: go\n"},
		{"tree-sitter/rust", "grammar.js", "file: rust\n"},
		{"git", "private/notes", "file: not in archives\n"},
		{"git", "version.txt", "file: $Format:%H$\n"},
		{"git", "windows.bat", "file: echo off\r\n"},
		{"git", "third party/lib", "directory of 0"},
		{"git", ".git", "nothing"},
		{"git-modules", "third party/lib/lib.c", "file: int lib;\n"},
		{"git-modules", "next", "file: after v1.0.0\n"},
		{"git-sparse", "src/main.c", "file: int main;\n"},
		{"git-sparse", "README", "file: awkward\n"},
		{"git-sparse", "bin", "nothing"},
		{"git-sparse", "nested/dos.txt", "file: one\r\ntwo\r\n"},
		{"git-directory", "deeper/x.bat", "file: echo x\r\n"},
		{"git-directory", "README", "nothing"},
		{"git-part", "leaf/leaf.txt", "file: a leaf\n"},
		{"data", "", "file: \x00\x01\r\n\xff"},
		{"install", "", "file: #!/bin/sh\n# the installer\n"},
		{"run", "", "executable: #!/bin/sh\necho running\n"},
		{"tar-gz", "README", "file: unpacked from tar-gz\n"},
		{"tar-xz", "README", "file: unpacked from tar-xz\n"},
		{"tar-bz2", "README", "file: unpacked from tar-bz2\n"},
		{"tar-zst", "README", "file: unpacked from tar-zst\n"},
		{"tar-lz", "README", "file: unpacked from tar-lz\n"},
		{"tar-gz", "bin/others only", "file: #!/bin/sh\n"},
		{"tar-gz", "empty", "directory of 0"},
		{"zip", "README", "file: unpacked from zip\n"},
		{"zip", "bin/run", "executable: #!/bin/sh\n"},
		{"zip", "dangling", "link: no/such file"},
		{"zip", "empty", "directory of 0"},
		{"whole", "whole-1.2/README", "file: unpacked from whole\n"},
		{"nameless", "README", "file: unpacked from nameless\n"},
		{"moved", "README", "file: unpacked from moved\n"},
		{"followed", "README", "file: unpacked from followed\n"},
		{"listed", "", "file: listed 1.10\n"},
		{"redirected", "", "file: redirected\n"},
	} {
		if got := describe(b.t, filepath.Join(paths[test.pin], test.path)); got != test.want {
			b.t.Errorf("%s: %q is %q, want %q", test.pin, test.path, got, test.want)
		}
	}
	for name, want := range map[string]string{"install": "-install.sh", "data": "-data-1.2.bin", "awkward": "-source", "moved": "-moved-here", "listed": "-listed-1.10+k3s1.bin"} {
		if !strings.HasSuffix(paths[name], want) {
			b.t.Errorf("%s is %s, want …%s", name, paths[name], want)
		}
	}
}

// describe describes the file at a path.
func describe(t *testing.T, path string) string {
	t.Helper()
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "nothing"
	case err != nil:
		t.Fatal(err)
	case info.Mode().Type() == fs.ModeSymlink:
		target, err := os.Readlink(path)
		if err != nil {
			t.Fatal(err)
		}
		return "link: " + target
	case info.IsDir():
		entries, err := os.ReadDir(path)
		if err != nil {
			t.Fatal(err)
		}
		return "directory of " + strconv.Itoa(len(entries))
	case info.Mode()&0o100 != 0:
		return "executable: " + read(t, path)
	}
	return "file: " + read(t, path)
}

// The fetchers of nixpkgs 22.11 make the same store paths, but do not know rootDir.
func testOlderNixpkgs(b *builder, names []string) {
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return b.lock()[name].Args.RootDir != "" })
	want := b.storePaths(names...)
	// Without --check nothing would be built: the paths exist.
	args := []string{"--no-out-link", "--keep-going", "--check", "pins.nix", "--argstr", "release", "22.11"}
	build := b.nix.Run("nix-build", append(args, attributes(names)...)...)
	if err := build.Failed(); err != nil {
		b.explain(build.Stderr)
		b.t.Fatal(err)
	}
	got := strings.Fields(build.Stdout)
	slices.Sort(got)
	if want := slices.Sorted(maps.Values(want)); !slices.Equal(got, want) {
		b.t.Errorf("got %q\nwant %q", got, want)
	}
	out := b.nix.Run("nix-build", "--no-out-link", "pins.nix", "--argstr", "release", "22.11", "-A", "git-directory")
	if out.Err == nil || !strings.Contains(out.Stderr, "needs nixpkgs 25.11 or newer") {
		b.t.Errorf("git-directory on nixpkgs 22.11: %v\n%s", out.Err, out.Stderr)
	}
}

// A flake is evaluated purely, with the same result.
func testPure(b *builder, names []string) {
	system, err := b.nix.Eval("builtins.currentSystem")
	if err != nil {
		b.t.Fatal(err)
	}
	b.write("flake.nix", `{
		outputs = { self }: {
			pins = (import ./pkgs.nix { system = `+system+`; release = "25.11"; }).callPackage ./pinfetch { };
		};
	}`)
	b.forge.ResetLog()
	const outPaths = `pins: with builtins;
		let paths = set: if set ? outPath then [ set.outPath ] else concatMap paths (filter isAttrs (attrValues set)); in
		concatStringsSep " " (paths (removeAttrs pins [ "override" "overrideAttrs" ]))`
	flake := "path:" + b.dir + "#pins"
	out := b.nix.Run("nix", "eval", "--offline", "--raw", flake, "--apply", outPaths)
	if err := out.Failed(); err != nil {
		b.t.Fatal(err)
	}
	got := strings.Fields(out.Stdout)
	slices.Sort(got)
	if want := slices.Sorted(maps.Values(b.storePaths(names...))); !slices.Equal(got, want) {
		b.t.Errorf("got %q\nwant %q", got, want)
	}
	if err := b.nix.Run("nix", "build", "--offline", "--no-link", flake+".tool", flake+".tree-sitter.rust").Failed(); err != nil {
		b.t.Error(err)
	}
	b.wantSilence("pure evaluation")
}

const packageNix = `{ stdenv, pins }:
stdenv.mkDerivation {
  inherit (pins.tool) pname version src;
  installPhase = ''
    mkdir -p $out/bin
    cp hello.sh $out/bin/hello
    echo "$pname $version" > $out/about
  '';
}
`

// A package takes its name, version and source from a pin.
func testPackage(b *builder, _ []string) {
	b.write("package.nix", packageNix)
	paths, err := b.nix.Build("--expr", `let pkgs = import ./pkgs.nix { }; in
		pkgs.callPackage ./package.nix { pins = pkgs.callPackage ./pinfetch { }; }`)
	if err != nil {
		b.t.Fatal(err)
	}
	if len(paths) != 1 || !strings.HasSuffix(paths[0], "-tool-1.2.0") {
		b.t.Fatalf("built %q, want one tool-1.2.0", paths)
	}
	if got, want := describe(b.t, filepath.Join(paths[0], "about")), "file: tool 1.2.0\n"; got != want {
		b.t.Errorf("about is %q, want %q", got, want)
	}
	got, err := exec.CommandContext(b.t.Context(), filepath.Join(paths[0], "bin", "hello")).Output()
	if want := "hello from 1.2\n"; err != nil || string(got) != want {
		b.t.Errorf("hello printed %q (%v), want %q", got, err, want)
	}
}

// With a wrong hash in the lock no pin builds, and Nix reports the hash that pinfetch
// had locked.
func testFlippedHashes(b *builder, names []string) {
	lock := read(b.t, b.lockFile())
	b.t.Cleanup(func() { b.write("pinfetch/pins.json", lock) })
	flipped := lock
	want := make(map[string]string)
	for _, call := range b.lock() {
		hash := strings.TrimPrefix(call.Args.Hash, "sha256-")
		letter := "A"
		if hash[0] == 'A' {
			letter = "B"
		}
		other := "sha256-" + letter + hash[1:]
		want[other] = call.Args.Hash
		flipped = strings.ReplaceAll(flipped, call.Args.Hash, other)
	}
	if len(want) != len(names) {
		b.t.Fatalf("%d pins have %d hashes: some are equal", len(names), len(want))
	}
	b.write("pinfetch/pins.json", flipped)

	out := b.nix.Run("nix-build", append([]string{"--no-out-link", "--keep-going", "pins.nix"}, attributes(names)...)...)
	if out.Err == nil || out.Stdout != "" {
		b.t.Errorf("nix-build built %q from wrong hashes (%v)", out.Stdout, out.Err)
	}
	got := make(map[string]string)
	for _, found := range mismatch.FindAllStringSubmatch(out.Stderr, -1) {
		got[found[1]] = found[2]
	}
	if !maps.Equal(got, want) {
		b.t.Errorf("mismatches, specified to got\n got %v\nwant %v\n%s", got, want, out.Stderr)
	}
}

// `pinfetch hash` agrees with Nix on trees, and with the lock on sources.
func testHash(b *builder, names []string) {
	paths := b.storePaths(names...)
	for _, name := range names {
		out := b.nix.Run("nix", "hash", "path", "--sri", paths[name])
		if err := out.Failed(); err != nil {
			b.t.Fatal(err)
		}
		if got := b.run("hash", "path", paths[name]); got != out.Stdout {
			b.t.Errorf("hash path %s: got %q, want %q", paths[name], got, out.Stdout)
		}
	}
	lock := b.lock()
	for _, test := range []struct {
		pin  string
		args []string
	}{
		{"tar-gz", []string{"url", "--unpack", lock["tar-gz"].Args.URL}},
		{"zip", []string{"url", lock["zip"].Args.URL, "--unpack"}},
		{"nameless", []string{"url", "--unpack", lock["nameless"].Args.URL}},
		{"whole", []string{"url", "--unpack", "--no-strip-root", lock["whole"].Args.URL}},
		{"data", []string{"url", lock["data"].Args.URL}},
		{"awkward", []string{"url", "--unpack", "https://github.com/acme/awkward/archive/" + lock["awkward"].Args.Rev + ".tar.gz"}},
		{"git", []string{"git", "https://" + forgeHost + "/acme/awkward", "--rev", "v1.0.0"}},
		{"git-modules", []string{"git", lock["git-modules"].Args.URL, "--rev", lock["git-modules"].Args.Rev, "--submodules"}},
	} {
		if got, want := b.run(append([]string{"hash"}, test.args...)...), lock[test.pin].Args.Hash+"\n"; got != want {
			b.t.Errorf("hash %q: got %q, want %q, as %s has it", test.args, got, want, test.pin)
		}
	}
}

// verify finds what a server has changed since.
func testVerify(b *builder, names []string) {
	lock := read(b.t, b.lockFile())
	b.run("verify")

	b.forge.File(filesHost, "/data-1.2.bin", forgetest.Content{Body: []byte("something else")})
	r := b.exec("verify", "--json")
	if r.code != 4 {
		b.t.Errorf("exit code %d, want 4\n%s", r.code, r.stderr)
	}
	var document struct {
		Pins []struct{ Name, Status string } `json:"pins"`
	}
	if err := json.Unmarshal([]byte(r.stdout), &document); err != nil {
		b.t.Fatalf("%v in %s", err, r.stdout)
	}
	got := make(map[string]string)
	for _, pin := range document.Pins {
		got[pin.Name] = pin.Status
	}
	want := make(map[string]string)
	for _, name := range names {
		want[name] = "unchanged"
	}
	want["data"] = "mismatch"
	if !maps.Equal(got, want) {
		b.t.Errorf("status of pins\n got %v\nwant %v", got, want)
	}
	if locked := b.lock()["data"].Args.Hash; !strings.Contains(r.stderr, "data: ") || !strings.Contains(r.stderr, locked) {
		b.t.Errorf("verify says\n%s\nwant the pin's name and the hash that was expected, %s", r.stderr, locked)
	}
	if read(b.t, b.lockFile()) != lock {
		b.t.Error("verify changed the lock")
	}
}
