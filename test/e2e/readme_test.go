package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/test/forgetest"
	"github.com/pinfetch/pinfetch/test/nixtest"
)

// block is a fenced code block.
type block struct{ language, text string }

var fence = regexp.MustCompile("(?ms)^```([a-z]+)\n(.*?)^```$")

// blocks returns the code blocks between two texts in the README.
func blocks(t *testing.T, from, to string) []block {
	t.Helper()
	readme := read(t, filepath.Join("..", "..", "README.md"))
	_, readme, found := strings.Cut(readme, from)
	readme, _, found2 := strings.Cut(readme, to)
	if !found || !found2 {
		t.Fatalf("README.md has no %q before %q", from, to)
	}
	var all []block
	for _, m := range fence.FindAllStringSubmatch(readme, -1) {
		all = append(all, block{m[1], m[2]})
	}
	return all
}

// A new user who follows the README word for word gets the promised results. Only the
// forge and nixpkgs are replaced.
func TestReadme(t *testing.T) {
	t.Parallel()
	n := nixtest.New(t)
	forge := forgetest.New(t)
	repo := forge.Repo("BurntSushi/ripgrep")
	repo.Tag("15.0.0", repo.Commit("master", forgetest.Files{"README.md": {Body: "fifteen\n"}, "GUIDE.md": {Body: "guide\n"}}))
	repo.Tag("ignore-0.4.33", repo.Rev("master"))

	bin := filepath.Join(n.Dir(), "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(program, filepath.Join(bin, "pinfetch")); err != nil {
		t.Fatal(err)
	}
	pkgs, err := filepath.Abs(filepath.Join("..", "..", "nix", "tests", "pkgs.nix"))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(n.Dir(), "project")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	n = n.In(dir).With(append(forge.Env(), "PATH="+bin+":"+os.Getenv("PATH"), "NIX_PATH=nixpkgs="+pkgs,
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@example.org")...)
	follow := func(b block) nixtest.Output {
		t.Helper()
		out := n.Run("sh", "-e", "-c", b.text)
		if err := out.Failed(); err != nil {
			t.Fatalf("%s%v", b.text, err)
		}
		return out
	}

	steps := blocks(t, "In your project's directory:", "## What to pin")
	if len(steps) != 4 {
		t.Fatalf("the README has %d steps, want 4: pin, package.nix, build, update", len(steps))
	}
	if out, want := follow(steps[0]), "ripgrep: added 15.0.0 sha256-"; !strings.HasPrefix(out.Stdout, want) {
		t.Errorf("pinning printed %q, want %q…", out.Stdout, want)
	}
	if err := os.WriteFile(filepath.Join(dir, "package.nix"), []byte(steps[1].text), 0o644); err != nil {
		t.Fatal(err)
	}
	built := strings.TrimSpace(follow(steps[2]).Stdout)
	if got, want := read(t, filepath.Join(built, "share", "doc", "README.md")), "fifteen\n"; got != want {
		t.Errorf("built %q, want %q", got, want)
	}

	one := repo.Rev("master")
	two := repo.Commit("master", forgetest.Files{"README.md": {Body: "fifteen point one\n"}})
	repo.Tag("15.1.0", two)
	want := "ripgrep: 15.0.0 -> 15.1.0\n  https://github.com/BurntSushi/ripgrep/compare/" + one + "..." + two + "\n"
	if out := follow(steps[3]); out.Stdout != want {
		t.Errorf("updating printed %q, want %q", out.Stdout, want)
	}
	if built == strings.TrimSpace(follow(steps[2]).Stdout) {
		t.Error("the updated source builds to the same path")
	}

	bot := blocks(t, "## Updates by a bot", "## Private sources")
	if len(bot) < 2 || !strings.Contains(bot[1].text, "uses: pinfetch/pinfetch@") {
		t.Fatalf("the README has the blocks %q for bots, want a command and a step", bot)
	}
	follow(block{text: "git init -q && git add . && git commit -qm first"})
	n = hostProject(t, n, forge)
	repo.Tag("15.2.0", repo.Commit("master", forgetest.Files{"README.md": {Body: "fifteen point two\n"}}))
	if out, want := follow(bot[0]).Stdout, "opened  -  pinfetch/ripgrep  ripgrep: 15.1.0 -> 15.2.0\n"; out != want {
		t.Errorf("the bot would do %q, want %q", out, want)
	}
	follow(block{text: "pinfetch update --json --commit"})
	if out, want := follow(block{text: "git log -1 --format=%s"}).Stdout, "ripgrep: 15.1.0 -> 15.2.0\n"; out != want {
		t.Errorf("the update committed %q, want %q", out, want)
	}
}
