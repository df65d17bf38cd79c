package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/config"
	"github.com/pinfetch/pinfetch/test/forgetest"
	"github.com/pinfetch/pinfetch/test/nixtest"
)

var docs = filepath.Join("..", "..", "docs")

// manual is a page of docs/ that a user follows in a project.
type manual struct {
	*example
	forge *forgetest.Forge
	text  string
}

func newManual(t *testing.T, page string) *manual {
	t.Helper()
	n := nixtest.New(t)
	forge := forgetest.New(t)
	dir := filepath.Join(n.Dir(), "project")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	with := withShell(t, n, forge).With("NIX_SSL_CERT_FILE=" + forge.CAFile())
	return &manual{&example{dir, with.In(dir)}, forge, read(t, filepath.Join(docs, page))}
}

var fileName = regexp.MustCompile(`^# ([a-z./-]+\.nix)\n`)

// follow runs the commands of a page and writes its files, whose first lines name them.
func (m *manual) follow(t *testing.T) {
	t.Helper()
	commands := 0
	found := fence.FindAllStringSubmatch(m.text, -1)
	for _, f := range found {
		switch b := (block{f[1], f[2]}); b.language {
		case "sh":
			commands++
			m.shell(t, b.text)
		case "nix":
			name := fileName.FindStringSubmatch(b.text)
			if name == nil {
				t.Fatalf("the first line of a file does not name it:\n%s", b.text)
			}
			m.write(t, name[1], b.text)
			if out := m.nix.Run("nix-instantiate", "--parse", name[1]); out.Err != nil {
				t.Fatal(out.Failed())
			}
		case "json":
			if _, err := config.Parse([]byte(b.text)); err != nil {
				t.Errorf("%v in\n%s", err, b.text)
			}
		case "ini", "yaml": // for other programs
		default:
			t.Fatalf("no test for code in %q:\n%s", b.language, b.text)
		}
	}
	if commands == 0 {
		t.Fatal("the page has no command")
	}
}

func (m *manual) write(t *testing.T, name, text string) {
	t.Helper()
	name = filepath.Join(m.dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// names returns the names of the pins.
func (m *manual) names(t *testing.T) []string {
	t.Helper()
	return strings.Fields(m.shell(t, "pinfetch show --plain"))
}

// release creates a repository with one file and one version.
func release(forge *forgetest.Forge, name, version string) *forgetest.Repo {
	repo := forge.Repo(name)
	repo.Tag(version, repo.Commit("master", forgetest.Files{"README.md": {Body: name + " " + version + "\n"}}))
	return repo
}

// What the page says about import, with a file of each tool that it names in a command.
func TestDocsMigrating(t *testing.T) {
	t.Parallel()
	m := newManual(t, "migrating.md")
	rev := release(m.forge, "acme/tool", "v1.0").Rev("master")
	m.write(t, "npins/sources.json", strings.ReplaceAll(`{
  "version": 5,
  "pins": {
    "plenary.nvim": {"type": "Git", "repository": {"type": "GitHub", "owner": "acme", "repo": "tool"}, "branch": "master", "revision": "REV"},
    "released": {"type": "GitRelease", "repository": {"type": "GitHub", "owner": "acme", "repo": "tool"}, "version": "v1.0", "revision": "REV", "version_upper_bound": "2"}
  }
}`, "REV", rev))
	m.follow(t)
	if got, want := m.names(t), []string{"plenary-nvim", "released"}; !slices.Equal(got, want) {
		t.Errorf("imported %q, want %q", got, want)
	}
	if got := m.shell(t, "pinfetch show released && pinfetch verify"); !strings.Contains(got, "<2") {
		t.Errorf("got %s, want the constraint", got)
	}
}

// Every pinfetch command and flag in the documents exists.
func TestDocsTables(t *testing.T) {
	t.Parallel()
	forge := forgetest.New(t)
	p := newProject(t, forge, t.TempDir())
	span := regexp.MustCompile("`pinfetch ([a-z]+)((?: [^`]*)?)`")
	flag := regexp.MustCompile(`--[a-z-]+`)
	pages, err := filepath.Glob(filepath.Join(docs, "*.md"))
	if err != nil || len(pages) < 5 {
		t.Fatalf("docs/ has the pages %q, %v", pages, err)
	}
	seen := 0
	for _, page := range append(pages, filepath.Join("..", "..", "README.md")) {
		for _, m := range span.FindAllStringSubmatch(read(t, page), -1) {
			seen++
			args := append([]string{m[1]}, "--help")
			if word, _, _ := strings.Cut(strings.TrimSpace(m[2]), " "); m[1] == "hash" || m[1] == "cache" {
				if word = strings.Trim(word, `\`); regexp.MustCompile(`^[a-z]+$`).MatchString(word) {
					args = []string{m[1], word, "--help"}
				}
			}
			r := p.exec(args...)
			if r.code != 0 {
				t.Errorf("%s: %s: pinfetch %q: %s", filepath.Base(page), m[0], args, r.stderr)
				continue
			}
			for _, name := range flag.FindAllString(m[2], -1) {
				if !strings.Contains(r.stdout, name) {
					t.Errorf("%s: %s: there is no flag %s", filepath.Base(page), m[0], name)
				}
			}
		}
	}
	if seen < 20 {
		t.Errorf("the documents have %d commands, want more", seen)
	}
}

// Links between documents have targets.
func TestDocsLinks(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	link := regexp.MustCompile(`\]\(([^):#]+)(?:#[^)]*)?\)`)
	var pages []string
	for _, pattern := range []string{"*.md", "docs/*.md", "examples/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("no documents match %s: %v", pattern, err)
		}
		pages = append(pages, found...)
	}
	for _, page := range pages {
		for _, m := range link.FindAllStringSubmatch(read(t, page), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s: %v", page, err)
			}
		}
	}
}

func TestDocsPackaging(t *testing.T) {
	t.Parallel()
	m := newManual(t, "packaging.md")
	for _, name := range []string{"BurntSushi/ripgrep", "bats-core/bats-core", "tree-sitter/tree-sitter-rust", "tree-sitter/tree-sitter-go"} {
		release(m.forge, name, "v15.1.0")
	}
	for _, name := range []string{"vendor-1.0-x86_64-linux", "vendor-1.0-aarch64-linux", "other-amd64", "other-arm64"} {
		m.forge.File("example.org", "/"+name+".tar.gz", forgetest.Content{Body: releaseOf(t, name+"/tool", name)})
	}
	m.write(t, "../ripgrep/README.md", "mine\n")
	m.write(t, "../ripgrep/.git/HEAD", "ref: refs/heads/mine\n")
	m.follow(t)

	local := m.build(t, "-E", "with import <nixpkgs> { }; callPackage ./patched.nix { }")
	wantFile(t, "mine", local, "share", "doc", "README.md")
	overridden := m.nix.With("PINFETCH_OVERRIDE_ripgrep=../ripgrep")
	for _, nix := range []*nixtest.Nix{m.nix, overridden} {
		want := "BurntSushi/ripgrep v15.1.0"
		if nix == overridden {
			want = "mine"
		}
		e := &example{m.dir, nix}
		wantFile(t, want, e.build(t, "-E", "with import <nixpkgs> { }; callPackage ./package.nix { }"), "share", "doc", "README.md")
	}

	var facts struct {
		Systems, Vendor, Other, Mirror string
		Same, Both                     bool
	}
	m.eval(t, `
		let
		  pkgs = import <nixpkgs> { system = "x86_64-linux"; crossSystem = "aarch64-linux"; overlays = [ (import ./overlay.nix) ]; };
		  native = import <nixpkgs> { overlays = [ (import ./both.nix) ]; };
		  mirrored = (native.callPackage ./mirrored.nix { }).src;
		  url = pin: toString (pin.drvAttrs.urls or pin.drvAttrs.url);
		in {
		  Vendor = url pkgs.pins.vendor;
		  Other = url pkgs.buildPackages.pins.other;
		  Mirror = url mirrored;
		  Same = mirrored.outPath == native.pins.ripgrep.outPath;
		  Both = native.pins ? bats-core && native.pins ? ripgrep;
		}`, &facts)
	if got, want := path.Base(facts.Vendor)+" "+path.Base(facts.Other), "vendor-1.0-aarch64-linux.tar.gz other-amd64.tar.gz"; got != want {
		t.Errorf("a cross build uses %q, want %q", got, want)
	}
	if want := "https://mirror.example.org/github/BurntSushi/ripgrep/"; !strings.HasPrefix(facts.Mirror, want) || !facts.Same {
		t.Errorf("mirrored is %s, the same store path: %v; want %s…", facts.Mirror, facts.Same, want)
	}
	if !facts.Both {
		t.Error("two locks do not compose")
	}
}

func TestDocsBorder(t *testing.T) {
	t.Parallel()
	m := newManual(t, "border.md")
	library := m.forge.Repo("acme/library")
	library.Tag("v1.0", library.Commit("main", forgetest.Files{"default.nix": {Body: "{ answer = 42; }\n"}}))
	nixpkgs := m.forge.Repo("NixOS/nixpkgs")
	nixpkgs.Tag("25.11", nixpkgs.Commit("master", forgetest.Files{"default.nix": {Body: "{ ... }: { lib.version = \"25.11\"; }\n"}}))
	m.follow(t)

	importing := "with import <nixpkgs> { }; (import (callPackage ./pinfetch { }).library).answer"
	if _, err := m.nix.Eval(importing, "--option", "allow-import-from-derivation", "false"); err == nil || !strings.Contains(err.Error(), "allow-import-from-derivation") {
		t.Errorf("importing a pin: %v, want the error that the page describes", err)
	}
	var version string
	m.eval(t, "(import ./nixpkgs.nix { }).lib.version", &version)
	if want := "25.11"; version != want {
		t.Errorf("fetchTarball gave %q, want %q", version, want)
	}
	if out := m.nix.Run("sh", "-c", "pinfetch add github:NixOS/nixpkgs"); out.Err != nil || !strings.Contains(out.Stderr, "warning: nixpkgs: ") {
		t.Errorf("pinning nixpkgs: %v, want a warning\n%s", out.Err, out.Stderr)
	}
}

func TestDocsUpdating(t *testing.T) {
	t.Parallel()
	m := newManual(t, "updating.md")
	ripgrep := release(m.forge, "BurntSushi/ripgrep", "15.0.0")
	m.shell(t, "pinfetch init && pinfetch add github:BurntSushi/ripgrep && git init -q && git add . && git commit -qm first")
	m.nix = hostProject(t, m.nix, m.forge)
	ripgrep.Tag("15.1.0", ripgrep.Commit("master", forgetest.Files{"README.md": {Body: "news\n"}}))
	m.follow(t)
	if got, want := m.shell(t, "git log -1 --format=%s"), "ripgrep: 15.0.0 -> 15.1.0\n"; got != want {
		t.Errorf("committed %q, want %q", got, want)
	}
	copyTree(t, filepath.Join("..", "..", "nix"), filepath.Join(m.dir, "nix"))
	var timer string
	m.eval(t, "(import <nixpkgs/stub-nixos.nix> { modules = [ ./nix/module.nix ./configuration.nix ]; }).config.systemd.timers.pinfetch.timerConfig.OnCalendar", &timer)
	if want := "Mon 04:00"; timer != want {
		t.Errorf("the timer runs %q, want %q", timer, want)
	}
}

func TestDocsPrivate(t *testing.T) {
	t.Parallel()
	const token, password = "token-of-github", "password-of-acme"
	m := newManual(t, "private.md")
	release(m.forge, "acme/secret", "v1.0").Private(token)
	m.forge.File("example.org", "/licence.key", forgetest.Content{Body: []byte("key\n")})
	m.forge.Fault(forgetest.Fault{
		Host: "example.org",
		Match: func(r *http.Request) bool {
			user, given, _ := r.BasicAuth()
			return user != "ada" || given != password
		},
		Kind: forgetest.Status(http.StatusUnauthorized, http.Header{"Www-Authenticate": {`Basic realm="acme"`}}, ""),
	})
	m.write(t, "netrc", fmt.Sprintf("machine example.org login ada password %s\n", password))
	if err := os.Chmod(filepath.Join(m.dir, "netrc"), 0o600); err != nil {
		t.Fatal(err)
	}
	m.nix = m.nix.With("GITHUB_TOKEN="+token, "NETRC="+filepath.Join(m.dir, "netrc"), "ACME_PASSWORD="+password)
	m.follow(t)

	for _, name := range []string{"secret", "licence-key"} {
		if !slices.Contains(m.names(t), name) {
			t.Errorf("%s is not among the pins %q", name, m.names(t))
		}
	}
	out := m.nix.Run("nix-build", "--no-out-link", "--check", "-E", "(import <nixpkgs> { }).callPackage ./pinfetch { }")
	if out.Err == nil || !strings.Contains(out.Stderr, "PRIVATE_USERNAME") {
		t.Errorf("without credentials: %v, want an error that names the variables\n%s", out.Err, out.Stderr)
	}
	for _, secret := range []string{token, password} {
		if found := m.nix.Run("grep", "-rlF", secret, filepath.Join(m.dir, "pinfetch"), filepath.Join(m.dir, "..", "..", "store")); found.Stdout != "" {
			t.Errorf("%s contains a secret", found.Stdout)
		}
	}
}

func TestDocsMirror(t *testing.T) {
	t.Parallel()
	m := newManual(t, "mirror.md")
	release(m.forge, "BurntSushi/ripgrep", "15.0.0")
	m.nix = m.nix.With(mirrorEnv...)
	m.follow(t)
	m.forge.Stop()
	for _, dir := range []string{"mirror", "disk"} {
		empty(t, m.nix)
		source := m.build(t, append([]string{"-E", "((import <nixpkgs> { }).callPackage ./pinfetch { }).ripgrep"}, from("file://"+filepath.Join(m.dir, "..", dir))...)...)
		wantFile(t, "ripgrep 15.0.0", source, "README.md")
	}
}

// Every page with commands has a test that follows it.
func TestDocsAllFollowed(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob(filepath.Join(docs, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	source := read(t, "docs_test.go") + read(t, "docs_sources_test.go")
	for _, page := range pages {
		name := filepath.Base(page)
		if strings.Contains(read(t, page), "```sh") && !strings.Contains(source, `newManual(t, "`+name+`")`) {
			t.Errorf("no test follows %s", name)
		}
	}
}
