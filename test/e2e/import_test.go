package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/test/forgetest"
)

// foreign are locks of other tools, by name of their file. HASH:NAME is the hash that Nix computes of the tree NAME, or of
// its archive's bytes for FILE:NAME; REV:NAME is the commit with this tree.
func foreign() map[string]string {
	return map[string]string{
		"npins.json": `{"version": 5, "pins": {
			"branched": {"type": "Git", "repository": {"type": "GitHub", "owner": "acme", "repo": "branched"}, "branch": "main", "revision": "REV:branched", "url": "https://github.com/", "hash": "HASH:branched"},
			"released": {"type": "GitRelease", "repository": {"type": "GitLab", "repo_path": "acme/released", "server": "https://gitlab.com/"}, "version": "v1.2.0", "revision": "REV:released", "url": "https://gitlab.com/", "hash": "HASH:released"},
			"berg": {"type": "Git", "repository": {"type": "Forgejo", "server": "https://codeberg.org/", "owner": "acme", "repo": "berg"}, "branch": "main", "revision": "REV:berg", "url": "https://codeberg.org/", "hash": "HASH:berg"},
			"checkout": {"type": "Git", "repository": {"type": "Git", "url": "https://git.example.org/acme/checkout.git"}, "branch": "main", "revision": "REV:checkout", "url": null, "hash": "HASH:checkout"},
			"tarball": {"type": "Tarball", "url": "https://dl.example.org/tarball.tar.gz", "hash": "HASH:tarball"}}}`,
		"niv.json": `{
			"from-niv": {"type": "tarball", "branch": "main", "owner": "acme", "repo": "from-niv", "rev": "REV:from-niv", "url": "https://github.com/acme/from-niv/archive/REV:from-niv.tar.gz", "sha256": "HASH:from-niv"},
			"file": {"type": "file", "url": "https://dl.example.org/file.tar.gz", "sha256": "FILE:file"}}`,
		"lon.lock": `{"version": "1", "sources": {
			"from-lon": {"type": "GitHub", "fetchType": "tarball", "owner": "acme", "repo": "from-lon", "branch": "main", "revision": "REV:from-lon", "url": "https://github.com/", "hash": "HASH:from-lon"}}}`,
		"gridlock.json": `{"version": 0, "packages": {
			"from-gridlock": {"branch": "main", "owner": "acme", "repo": "from-gridlock", "rev": "REV:from-gridlock", "sha256": "HASH:from-gridlock"}}}`,
		"flake.lock": `{"version": 7, "root": "root", "nodes": {
			"root": {"inputs": {"from-flake": "a", "hut": "b"}},
			"a": {"flake": false, "locked": {"type": "github", "owner": "acme", "repo": "from-flake", "rev": "REV:from-flake", "narHash": "HASH:from-flake"}, "original": {"type": "github"}},
			"b": {"flake": false, "locked": {"type": "sourcehut", "owner": "~acme", "repo": "hut", "rev": "REV:hut", "narHash": "HASH:hut"}, "original": {"type": "sourcehut"}}}}`,
		"generated.json": `{
			"from-nvfetcher": {"src": {"type": "github", "owner": "acme", "repo": "from-nvfetcher", "rev": "REV:from-nvfetcher", "sha256": "HASH:from-nvfetcher"}},
			"sparse": {"src": {"type": "git", "url": "https://git.example.org/acme/sparse", "rev": "REV:sparse", "sha256": "HASH:sparse", "name": "sparse-source"}}}`,
	}
}

// TestImport imports the locks of other tools, with hashes that Nix computed, without a request, and builds the pins with Nix.
// Then they are verified and updated.
func TestImport(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	var names []string
	repo := func(name string) *forgetest.Repo {
		if name == "hut" {
			return b.forge.Repo("~acme/hut")
		}
		return b.forge.Repo("acme/" + name)
	}
	var replacements []string
	for _, name := range []string{
		"branched", "released", "berg", "checkout", "tarball", "from-niv", "file", "from-lon", "from-gridlock", "from-flake", "hut", "from-nvfetcher", "sparse",
	} {
		names = append(names, name)
		dir := t.TempDir()
		root := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Join(root, "bin"), 0o755); err != nil {
			t.Fatal(err)
		}
		for path, mode := range map[string]os.FileMode{"README": 0o644, "bin/run": 0o755} {
			if err := os.WriteFile(filepath.Join(root, path), []byte(name+"\n"), mode); err != nil {
				t.Fatal(err)
			}
		}
		archive := pack(t, "tar.gz", dir)
		file := filepath.Join(t.TempDir(), "archive")
		if err := os.WriteFile(file, archive, 0o644); err != nil {
			t.Fatal(err)
		}
		b.forge.File(filesHost, "/"+name+".tar.gz", forgetest.Content{Body: archive})
		commit := repo(name).Commit("main", forgetest.Files{"README": {Body: name + "\n"}, "bin/run": {Body: name + "\n", Executable: true}})
		repo(name).Tag("v1.2.0", commit)
		replacements = append(replacements, "REV:"+name, commit, "HASH:"+name, b.nixHash(root), "FILE:"+name, b.nixHash("--flat", file))
	}
	b.forge.ResetLog()
	for file, text := range foreign() {
		b.write(file, strings.NewReplacer(replacements...).Replace(text))
		b.run("import", file)
	}
	b.wantSilence("import")
	slices.Sort(names)
	for name, path := range b.build(names...) {
		want := "file: " + name + "\n"
		if name == "file" {
			continue
		}
		if got := describe(t, filepath.Join(path, "README")); got != want {
			t.Errorf("%s: README is %q, want %q", name, got, want)
		}
	}
	if got := read(t, filepath.Join(b.build("sparse")["sparse"], "bin", "run")); got != "sparse\n" {
		t.Errorf("sparse: got %q", got)
	}
	b.run("verify")

	for _, name := range []string{"branched", "berg", "hut", "from-flake", "from-lon"} {
		repo(name).Commit("main", forgetest.Files{"README": {Body: name + " moved on\n"}})
	}
	repo("released").Tag("v1.3.0", repo("released").Commit("main", forgetest.Files{"README": {Body: "released moved on\n"}}))
	b.run("update")
	moved := []string{"branched", "berg", "hut", "from-flake", "from-lon", "released"}
	for name, path := range b.build(moved...) {
		if got, want := describe(t, filepath.Join(path, "README")), "file: "+name+" moved on\n"; got != want {
			t.Errorf("%s: README is %q after an update, want %q", name, got, want)
		}
	}
}

// nixHash returns what nix-hash prints, in base 32.
func (b *builder) nixHash(args ...string) string {
	b.t.Helper()
	out := b.nix.Run("nix-hash", append([]string{"--type", "sha256", "--base32"}, args...)...)
	if err := out.Failed(); err != nil {
		b.t.Fatal(err)
	}
	return strings.TrimSpace(out.Stdout)
}
