package nix_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/test/nixtest"
)

func TestMirrors(t *testing.T) {
	t.Parallel()
	n := nixtest.New(t)
	p := newProject(t, n, lockOf(githubPin("github"), urlPin("url"),
		pinOf("enterprise", fmt.Sprintf(`{ "fetcher": "fetchFromGitHub", "args": { "owner": "o", "repo": "r", "rev": "0123456", "hash": %q, "githubBase": "ghe.example.org" } }`, hash)),
		pinOf("git", fmt.Sprintf(`{ "fetcher": "fetchgit", "args": { "url": "https://example.org/deep/x.git", "rev": "0123456", "hash": %q, "fetchSubmodules": false } }`, hash)),
		pinOf("zip", fmt.Sprintf(`{ "fetcher": "fetchzip", "args": { "url": "https://example.org/a.zip?x=/y", "hash": %q, "stripRoot": true, "extension": "zip" } }`, hash)),
		pinOf("mirror", fmt.Sprintf(`{ "fetcher": "fetchurl", "args": { "url": "mirror://pypi/x/x-1.tar.gz", "hash": %q } }`, hash)),
	))
	const mirrored = `
		let
		  mirrors = {
		    "https://" = "https://all.corp/";
		    "https://example.org/" = "https://m.corp/e/";
		    "https://example.org/deep/" = "https://m.corp/d/";
		    "https://github.com/owner/" = "https://m.corp/gh/";
		    "https://example.org/file.tar.gz/" = "https://m.corp/longer/";
		    "mirror://pypi/" = "https://pypi.corp/";
		  };
		  there = import ./pinfetch { inherit pkgs mirrors; };
		  called = pkgs.callPackage ./pinfetch { inherit mirrors; };
		  names = [ "enterprise" "git" "github" "mirror" "url" "zip" ];
		  urls = pin: pin.drvAttrs.urls or [ pin.drvAttrs.url ];
		in
	`
	for _, test := range []struct{ name, expr, want string }{
		{"URLs", `map (name: urls there.${name}) names`, `[["https://all.corp/ghe.example.org/o/r/archive/0123456.tar.gz"],["https://m.corp/d/x.git"],` +
			`["https://m.corp/gh/demo/archive/0123456789abcdef0123456789abcdef01234567.tar.gz"],["https://pypi.corp/x/x-1.tar.gz"],["https://m.corp/e/file.tar.gz"],["https://m.corp/e/a.zip?x=/y"]]`},
		{"store paths", `map (name: there.${name}.outPath == pins.${name}.outPath) names`, `[true,true,true,true,true,true]`},
		{"import and callPackage", `map (name: there.${name}.drvPath == called.${name}.drvPath) names`, `[true,true,true,true,true,true]`},
		{"facts", `[ there.github.version there.github.src.owner (urls there.github.src == urls there.github) ]`, `["1.0","owner",true]`},
		{"after overrideAttrs", `let pin = there.github.overrideAttrs (old: { name = "renamed"; }); in [ pin.name (urls pin == urls there.github) pin.version ]`, `["renamed",true,"1.0"]`},
		{"no prefix matches", `let far = import ./pinfetch { inherit pkgs; mirrors."https://example.com/" = "https://m.corp/"; }; in map (name: far.${name}.drvPath == pins.${name}.drvPath) names`,
			`[true,true,true,true,true,true]`},
		{"configured source names", `
			let pkgs = import ./pkgs.nix { inherit release; config.fetchedSourceNameDefault = "versioned"; };
			in map (name: (import ./pinfetch { inherit pkgs mirrors; }).${name}.outPath == (import ./pinfetch { inherit pkgs; }).${name}.outPath) names`,
			`[true,true,true,true,true,true]`},
		{"beside an override", `(import ./pinfetch { inherit pkgs mirrors; overrides.url = ./pkgs.nix; }).url ? drvPath`, `false`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, release := range []string{"22.11", "25.11"} {
				p.on(release).wantEval(t, mirrored+test.expr, test.want)
			}
		})
	}
	t.Run("after override", func(t *testing.T) {
		t.Parallel()
		p.wantEval(t, mirrored+`let pin = there.github.override { repo = "other"; }; in urls pin`,
			`["https://m.corp/gh/other/archive/0123456789abcdef0123456789abcdef01234567.tar.gz"]`)
	})
	for _, test := range []struct{ name, mirrors string }{
		{"from", `{ "https://example.org" = "https://m.corp/"; }`},
		{"to", `{ "https://example.org/" = "https://m.corp"; }`},
	} {
		t.Run("no final slash "+test.name, func(t *testing.T) {
			t.Parallel()
			value, err := p.eval(`(import ./pinfetch { inherit pkgs; mirrors = ` + test.mirrors + `; }).url.drvPath`)
			if err == nil || !strings.Contains(err.Error(), "pinfetch: URLs without a final slash in mirrors") {
				t.Errorf("got %s and error %v, want one about the slash", value, err)
			}
		})
	}
}

// A project builds even if no host in its lock is reachable.
func TestBuildFromMirror(t *testing.T) {
	t.Parallel()
	n := nixtest.New(t)
	f := newForge(t, n)
	mirror := httptest.NewServer(http.StripPrefix("/mirror", f.plain.Config.Handler))
	t.Cleanup(mirror.Close)
	vars := maps.Clone(f.vars)
	f.vars["URL"], f.vars["HOST"] = "https://unreachable.invalid", "github.com"
	lock := f.lock(everyFetcher)
	f.vars = vars
	p := newProject(t, n, lock)
	build := func(mirrors string) nixtest.Output {
		writeFile(t, p.dir+"/pins.nix", p.prelude()+`import ./pinfetch { inherit pkgs; `+mirrors+` }`)
		return p.Run("nix-build", append(attributes, "--no-out-link", "--keep-going", "pins.nix")...)
	}
	// The submodule's relative URL resolves to the mirror too.
	out := build(`mirrors = { "https://unreachable.invalid/" = "` + mirror.URL + `/mirror/"; "https://github.com/" = "` + mirror.URL + `/mirror/"; };`)
	if err := out.Failed(); err != nil {
		t.Fatal(err)
	}
	paths := sortedFields(out.Stdout)
	if len(paths) != pinsOfEveryFetcher {
		t.Fatalf("built %q, want %d paths", paths, pinsOfEveryFetcher)
	}
	for _, request := range f.log() {
		if strings.Contains(request, "/mirror/") {
			t.Errorf("%s reached the forge unchanged", request)
		}
	}
	// Without the mirror the paths are the same, so nothing is left to build.
	again := build("")
	if err := again.Failed(); err != nil {
		t.Errorf("with the sources from the mirror: %v", err)
	}
	if got := sortedFields(again.Stdout); strings.Join(got, " ") != strings.Join(paths, " ") {
		t.Errorf("without the mirror\n got %q\nwant %q", got, paths)
	}
}

// Newer fetchers may set urls to null where url has the address.
func TestMirrorsWithoutURLs(t *testing.T) {
	t.Parallel()
	p := newProject(t, nixtest.New(t), lockOf(
		pinOf("git", fmt.Sprintf(`{ "fetcher": "fetchgit", "args": { "url": "https://example.org/x.git", "rev": "0123456", "hash": %q, "fetchSubmodules": false } }`, hash))))
	p.wantEval(t, `(import ./pinfetch { inherit pkgs; mirrors."https://example.org/" = "https://m.corp/";
		fetchgit = args: (pkgs.fetchgit args).overrideAttrs { urls = null; }; }).git.url`, `"https://m.corp/x.git"`)
}
