package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/pinfetch/pinfetch/test/forgetest"
)

// packageNix is a package that uses every pin of the story.
const packageNix = `{ stdenv, callPackage, pins ? callPackage ./pinfetch { } }:

stdenv.mkDerivation {
  inherit (pins.hello) pname version src;
  installPhase = ''
    mkdir -p "$out/bin"
    sed -e 's|@banner@|${pins.banner}|' -e 's|@theme@|${pins.theme}|' \
      -e 's|@greetings@|${pins.greetings}|' hello.sh > "$out/bin/hello"
    chmod +x "$out/bin/hello"
  '';
}
`

// nixpkgs can be called like nixpkgs. The PATH is for systems without programs in
// /usr/bin.
const nixpkgs = `{ }: import ./pkgs.nix { path = builtins.getEnv "PATH"; }
`

// building are the steps that need Nix. At their end upstream is gone.
func building(forge *forgetest.Forge) []step {
	return []step{
		{
			say:     "Nix needs only the lock: a package takes its source and version from a pin, and\nother pins as inputs. (To save a download, <nixpkgs> is a small stand-in here.)",
			command: "cat package.nix",
		},
		{
			command: "nix-build --quiet -E 'with import <nixpkgs> { }; callPackage ./package.nix { }'",
			prints:  []string{"-hello-1.2.0"},
			keeps:   true,
		},
		{
			command: "./result/bin/hello",
			prints:  []string{"--- greetings of the day ---\n* hello\n* bonjour\n* moin\n"},
		},
		{
			say:     "A mirror is a binary cache with every pinned source: a directory, a web server or a\nbucket. Builds substitute from it, without a key.",
			command: "pinfetch mirror ~/mirror",
			keeps:   true,
		},
		{
			say:     "All upstreams disappear, and the store is emptied. The package still builds.",
			before:  forge.Stop,
			command: "rm result && nix-store --gc --quiet",
		},
		{
			command: "nix-build --quiet --option substituters file://$HOME/mirror -E 'with import <nixpkgs> { }; callPackage ./package.nix { }'",
			prints:  []string{"-hello-1.2.0"},
			keeps:   true,
		},
	}
}

// build plays the part of the story that needs Nix. root is the directory of pinfetch's
// sources; its package set for tests replaces nixpkgs.
func (s *stage) build(ctx context.Context, root string, forge *forgetest.Forge) error {
	pkgs, err := os.ReadFile(filepath.Join(root, "nix", "tests", "pkgs.nix"))
	if err != nil {
		return err
	}
	for path, content := range map[string]string{
		"package.nix":            packageNix,
		"../nixpkgs/default.nix": nixpkgs,
		"../nixpkgs/pkgs.nix":    string(pkgs),
	} {
		if err := os.WriteFile(filepath.Join(s.dir, path), []byte(content), 0o644); err != nil {
			return err
		}
	}
	return s.play(ctx, building(forge))
}

// nixEnvironment makes Nix use a store below dir and reach the forge. Without a build
// group, builds run as the user of the demo and do not touch the system's Nix.
func nixEnvironment(dir string, forge *forgetest.Forge) []string {
	below := func(name string) string { return filepath.Join(dir, "nix", name) }
	return []string{
		"NIX_REMOTE=local",
		"NIX_STORE_DIR=" + below("store"),
		"NIX_STATE_DIR=" + below("state"),
		"NIX_LOG_DIR=" + below("log"),
		"NIX_CONF_DIR=" + below("conf"),
		"NIX_PATH=nixpkgs=" + filepath.Join(dir, "nixpkgs"),
		"NIX_GIT_SSL_CAINFO=" + forge.CAFile(),
		"NIX_CONFIG=" + strings.Join([]string{
			"build-users-group =",
			"sandbox = false",
			"substituters =",
			"fsync-metadata = false",
		}, "\n"),
	}
}
