package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/test/forgetest"
)

// TestRefused pins sources that no fetcher of nixpkgs can fetch. A hash that Nix can
// never compare is worse than none.
func TestRefused(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	plain := b.forge.Repo("acme/plain")
	plain.Commit("main", forgetest.Files{"README": {Body: "plain\n"}})
	long := b.forge.Repo("acme/long", forgetest.SHA256())
	long.Commit("main", forgetest.Files{"README": {Body: "long\n"}})
	lost := b.forge.Repo("acme/lost")
	lost.Commit("main", forgetest.Files{"README": {Body: "lost\n"}, "lib": {Submodule: plain.Rev("main")}})
	stray := b.forge.Repo("acme/stray")
	stray.Commit("main", forgetest.Files{
		"lib":         {Submodule: strings.Repeat("1", 40)},
		".gitmodules": {Body: "[submodule \"lib\"]\n\tpath = lib\n\turl = ../plain\n"},
	})
	roots := t.TempDir()
	for _, root := range []string{"a", "b"} {
		if err := os.WriteFile(filepath.Join(roots, root), []byte(root), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, format := range []string{"tar.gz", "zip"} {
		b.forge.File(filesHost, "/two-roots."+format, forgetest.Content{Body: pack(t, format, roots)})
	}

	for _, test := range []struct {
		name string
		add  []string
		call string // what would be locked
	}{
		{"SHA-256 object IDs", []string{"git+https://" + forgeHost + "/acme/long"},
			fmt.Sprintf(`fetchgit { url = "https://%s/acme/long"; rev = %q; fetchSubmodules = false;`, forgeHost, long.Rev("main"))},
		{"submodule without a URL", []string{"github:acme/lost", "--submodules"},
			fmt.Sprintf(`fetchgit { url = "https://github.com/acme/lost.git"; rev = %q; fetchSubmodules = true;`, lost.Rev("main"))},
		{"submodule without its commit", []string{"github:acme/stray", "--submodules"},
			fmt.Sprintf(`fetchgit { url = "https://github.com/acme/stray.git"; rev = %q; fetchSubmodules = true;`, stray.Rev("main"))},
		{"root directory that is not there", []string{"github:acme/plain", "--root-dir", "src"},
			fmt.Sprintf(`fetchgit { url = "https://github.com/acme/plain.git"; rev = %q; fetchSubmodules = false; rootDir = "src";`, plain.Rev("main"))},
		{"tar with two roots", []string{"https://" + filesHost + "/two-roots.tar.gz", "--unpack"},
			`fetchzip { url = "https://` + filesHost + `/two-roots.tar.gz"; stripRoot = true; extension = "tar.gz";`},
		{"zip with two roots", []string{"https://" + filesHost + "/two-roots.zip", "--unpack"},
			`fetchzip { url = "https://` + filesHost + `/two-roots.zip"; stripRoot = true; extension = "zip";`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			out := b.nix.Run("nix-build", "--no-out-link", "--expr",
				`(import ./pkgs.nix { release = "25.11"; }).`+test.call+` hash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="; }`)
			if out.Err == nil || !strings.Contains(out.Stderr, "failed with exit code") {
				t.Fatalf("Nix fetched it (%v), so it need not be refused\n%s", out.Err, out.Stderr)
			}
			p := newProject(t, b.forge, t.TempDir())
			lock := read(t, p.lockFile())
			r := p.exec(append([]string{"add", "--name", "pin"}, test.add...)...)
			if r.code != 1 || !strings.Contains(r.stderr, "\npinfetch: hint: ") || r.stdout != "" {
				t.Errorf("exit code %d, want 1 and a hint on stderr\n%s%s", r.code, r.stdout, r.stderr)
			}
			if strings.Contains(r.stderr, p.temp) {
				t.Errorf("the message names a temporary directory that is gone: %s", r.stderr)
			}
			if read(t, p.lockFile()) != lock {
				t.Error("the lock changed")
			}
		})
	}
}
