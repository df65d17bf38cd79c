package nix_test

import (
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/test/nixtest"
)

// everyFetcher is a lock with one pin for each way to call a fetcher.
const everyFetcher = `{
  "version": 1,
  "pins": {
    "git": {
      "source": { "type": "git" }, "locked": { "date": "2025-01-02" },
      "fetch": { "fetcher": "fetchgit", "args": { "url": "${URL}/demo.git", "rev": "${REV}", "hash": "${CHECKOUT}", "fetchSubmodules": false } }
    },
    "git-scope/rootdir": {
      "source": { "type": "git" }, "locked": { },
      "fetch": { "fetcher": "fetchgit", "args": { "url": "${URL}/demo.git", "rev": "${REV}", "hash": "${ROOTDIR}", "fetchSubmodules": false, "rootDir": "src" } }
    },
    "git-scope/sparse": {
      "source": { "type": "git" }, "locked": { },
      "fetch": { "fetcher": "fetchgit", "args": { "url": "${URL}/demo.git", "rev": "${REV}", "hash": "${SPARSE}", "fetchSubmodules": false, "sparseCheckout": [ "src" ] } }
    },
    "git-scope/submodules": {
      "source": { "type": "github", "owner": "owner", "repo": "demo" }, "locked": { },
      "fetch": { "fetcher": "fetchgit", "args": { "url": "${URL}/demo.git", "rev": "${REV}", "hash": "${SUBMODULES}", "fetchSubmodules": true } }
    },
    "github": {
      "source": { "type": "github", "owner": "owner", "repo": "demo" },
      "locked": { "ref": "refs/tags/v1.0", "version": "1.0", "date": "2025-01-02" },
      "fetch": { "fetcher": "fetchFromGitHub", "args": { "owner": "owner", "repo": "demo", "rev": "${REV}", "hash": "${TREE}", "githubBase": "${HOST}" } }
    },
    "system": {
      "source": { "type": "url" }, "locked": { },
      "fetch": { "systems": {
        "x86_64-linux": { "fetcher": "fetchurl", "args": { "url": "${URL}/archives/README", "hash": "${FILE}", "name": "x86_64-linux" } },
        "aarch64-linux": { "fetcher": "fetchurl", "args": { "url": "${URL}/archives/README", "hash": "${FILE}", "name": "aarch64-linux" } }
      } }
    },
    "url": {
      "source": { "type": "url" }, "locked": { },
      "fetch": { "fetcher": "fetchurl", "args": { "url": "${URL}/archives/README", "hash": "${FILE}" } }
    },
    "url-executable": {
      "source": { "type": "url" }, "locked": { },
      "fetch": { "fetcher": "fetchurl", "args": { "url": "${URL}/archives/README", "hash": "${EXECUTABLE}", "name": "tool", "executable": true } }
    },
    "zip/tar-gz": {
      "source": { "type": "url" }, "locked": { "rev": "${REV}" },
      "fetch": { "fetcher": "fetchzip", "args": { "url": "${URL}/archives/demo.tar.gz", "hash": "${TREE}", "stripRoot": true, "extension": "tar.gz", "name": "gz" } }
    },
    "zip/tar-lz": {
      "source": { "type": "url" }, "locked": { },
      "fetch": { "fetcher": "fetchzip", "args": { "url": "${URL}/archives/demo.tar.lz", "hash": "${TREE}", "stripRoot": true, "extension": "tar.lz", "name": "lz" } }
    },
    "zip/tar-xz": {
      "source": { "type": "url" }, "locked": { },
      "fetch": { "fetcher": "fetchzip", "args": { "url": "${URL}/archives/demo.tar.xz", "hash": "${TREE}", "stripRoot": true, "extension": "tar.xz", "name": "xz" } }
    },
    "zip/tar-zst": {
      "source": { "type": "url" }, "locked": { },
      "fetch": { "fetcher": "fetchzip", "args": { "url": "${URL}/archives/demo.tar.zst", "hash": "${TREE}", "stripRoot": true, "extension": "tar.zst", "name": "zst" } }
    },
    "zip/zip": {
      "source": { "type": "url" }, "locked": { },
      "fetch": { "fetcher": "fetchzip", "args": { "url": "${URL}/archives/demo.zip", "hash": "${TREE}", "stripRoot": false, "extension": "zip", "name": "zip" } }
    }
  }
}`

// attributes select all pins of everyFetcher.
var attributes = []string{
	"-A", "git", "-A", "git-scope", "-A", "github", "-A", "system", "-A", "url", "-A", "url-executable", "-A", "zip",
}

// pinsOfEveryFetcher is the number of its pins, to check that none is lost.
const pinsOfEveryFetcher = 13

// Nix computed the hashes from the same content, and checks the builds against them.
func TestBuild(t *testing.T) {
	t.Parallel()
	n := nixtest.New(t)
	f := newForge(t, n)
	p := newProject(t, n, f.lock(everyFetcher))
	paths, err := p.Build(append(attributes, "pins.nix")...)
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) != pinsOfEveryFetcher {
		t.Fatalf("built %d paths, want %d: %q", len(paths), pinsOfEveryFetcher, paths)
	}
	if len(f.log()) == 0 {
		t.Error("the builds downloaded nothing")
	}
}

func TestFlippedHash(t *testing.T) {
	t.Parallel()
	n := nixtest.New(t)
	f := newForge(t, n)
	for name, value := range f.vars {
		if hash, ok := strings.CutPrefix(value, "sha256-"); ok {
			f.vars[name] = "sha256-" + flip(hash[:1]) + hash[1:]
		}
	}
	p := newProject(t, n, f.lock(everyFetcher))
	out := p.Run("nix-build", append([]string{"--no-out-link", "--keep-going"}, append(attributes, "pins.nix")...)...)
	if out.Err == nil {
		t.Fatal("nix-build succeeded with wrong hashes")
	}
	if got := strings.Count(out.Stderr, "hash mismatch in fixed-output derivation"); got != pinsOfEveryFetcher {
		t.Errorf("%d builds failed because of their hash, want %d\n%s", got, pinsOfEveryFetcher, out.Stderr)
	}
}

// flip returns a different base64 letter.
func flip(letter string) string {
	if letter == "A" {
		return "B"
	}
	return "A"
}
