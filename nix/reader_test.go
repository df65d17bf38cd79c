package nix_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/test/nixtest"
)

// hash matches no content; the tests in this file build nothing.
const hash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

// lockOf returns a lock with these pins, each "name": {…} in JSON.
func lockOf(pins ...string) string {
	return `{ "version": 1, "pins": { ` + strings.Join(pins, ",\n") + ` } }`
}

// githubPin returns a pin with all possible facts.
func githubPin(name string) string {
	return fmt.Sprintf(`%q: {
		"source": { "type": "github", "owner": "owner", "repo": "demo", "tags": "*" },
		"locked": { "ref": "refs/tags/v1.0", "version": "1.0", "date": "2025-01-02" },
		"fetch": { "fetcher": "fetchFromGitHub", "args": { "owner": "owner", "repo": "demo", "rev": "0123456789abcdef0123456789abcdef01234567", "hash": %q } }
	}`, name, hash)
}

// urlPin returns a pin without facts.
func urlPin(name string) string {
	return fmt.Sprintf(`%q: { "source": { "type": "url" }, "locked": { },
		"fetch": { "fetcher": "fetchurl", "args": { "url": "https://example.org/file.tar.gz", "hash": %q } } }`, name, hash)
}

// pinOf returns a pin for tests in which only the call matters.
func pinOf(name, fetch string) string {
	return fmt.Sprintf(`%q: { "source": { "type": "url" }, "locked": { }, "fetch": %s }`, name, fetch)
}

func TestFacts(t *testing.T) {
	t.Parallel()
	p := newProject(t, nixtest.New(t), lockOf(githubPin("demo"), urlPin("file"), githubPin("scope/demo"),
		pinOf("archive", fmt.Sprintf(`{ "fetcher": "fetchzip", "args": { "url": "https://example.org/a.tar.gz", "hash": %q, "stripRoot": true, "extension": "tar.gz" } }`, hash)),
		fmt.Sprintf(`"submodules": { "source": { "type": "github", "owner": "owner", "repo": "demo" }, "locked": { "version": "1" },
			"fetch": { "fetcher": "fetchgit", "args": { "url": "https://github.com/owner/demo.git", "rev": "0123456789abcdef0123456789abcdef01234567", "hash": %q, "fetchSubmodules": true } } }`, hash),
	))
	const all = `{ inherit (pin) date owner pname ref repo rev version; }`
	const facts = `{"date":"2025-01-02","owner":"owner","pname":"demo","ref":"refs/tags/v1.0","repo":"demo",` +
		`"rev":"0123456789abcdef0123456789abcdef01234567","version":"1.0"}`
	for _, test := range []struct{ name, expr, want string }{
		{"all", `let pin = pins.demo; in ` + all, facts},
		{"in a scope", `pins.scope.demo.pname`, `"scope-demo"`},
		{"absent facts", `map (fact: pins.file ? ${fact}) [ "version" "rev" "ref" "date" "owner" "repo" ]`, `[false,false,false,false,false,false]`},
		{"tag", `[ pins.demo.tag (pins.demo.overrideAttrs { name = "renamed"; }).tag (pins.submodules.tag or null) (pins.file ? tag) ]`, `["v1.0","v1.0",null,false]`},
		{"meta of the fetcher", `map (pin: pin.meta.homepage or "none") [ pins.demo (pins.demo.overrideAttrs (old: { name = "renamed"; })) pins.file ]`, `["https://github.com/owner/demo","https://github.com/owner/demo","none"]`},
		{"meta of the user", `(pins.demo.overrideAttrs { meta.homepage = "mine"; }).meta.homepage`, `"mine"`},
		{"pname without facts", `pins.file.pname`, `"file"`},
		{"owner of a checkout", `let pin = pins.submodules; in "${pin.owner}/${pin.repo}@${pin.rev}"`, `"owner/demo@0123456789abcdef0123456789abcdef01234567"`},
		{"src is the pin", `pins.demo.src.drvPath == pins.demo.drvPath && pins.demo.src.pname == "demo"`, `true`},
		{"type", `pins.demo.type`, `"derivation"`},
		{"not arguments of the builder", `builtins.intersectAttrs { pname = 0; version = 0; ref = 0; date = 0; } pins.demo.drvAttrs`, `{}`},
		{"after override", `let pin = pins.demo.override { name = "renamed"; }; in [ pin.name ` + all + ` pin.src.name ]`, `["renamed",` + facts + `,"renamed"]`},
		{"after overrideAttrs", `let pin = pins.demo.overrideAttrs (old: { name = "renamed"; }); in [ pin.name ` + all + ` pin.src.name ]`, `["renamed",` + facts + `,"renamed"]`},
		{"after both", `let pin = (pins.demo.overrideAttrs (final: prev: { extra = "1"; })).override { name = "renamed"; }; in [ pin.name pin.extra ` + all + ` ]`, `["renamed","1",` + facts + `]`},
		{"beside passthru of the fetcher", `[ pins.submodules.gitRepoUrl pins.file.resolvedUrl ]`, `["https://github.com/owner/demo.git","https://example.org/file.tar.gz"]`},
		{"beside passthru of the user", `(pins.demo.overrideAttrs (old: { passthru = old.passthru // { more = 1; }; })).more`, `1`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p.wantEval(t, test.expr, test.want)
		})
	}
	t.Run("nixpkgs 22.11", func(t *testing.T) {
		t.Parallel()
		p := p.on("22.11")
		p.wantEval(t, `let pin = pins.demo; in `+all, facts)
		p.wantEval(t, `let pin = pins.demo.overrideAttrs (old: { name = "renamed"; }); in `+all, facts)
		p.wantEval(t, `pins.demo.meta.homepage`, `"https://github.com/owner/demo"`)
	})
}

// A pin is the same derivation as a bare call of its fetcher, whichever way the reader is called.
func TestSameDerivation(t *testing.T) {
	t.Parallel()
	n := nixtest.New(t)
	f := newForge(t, n)
	p := newProject(t, n, f.lock(everyFetcher))
	const compare = `
		let
		  called = import ./pinfetch { inherit pkgs; };
		  pinOf = set: name: builtins.foldl' (set: part: set.${part}) set
		    (builtins.filter builtins.isString (builtins.split "/" name));
		  bare = call: pkgs.${call.fetcher} call.args;
		  callOf = fetch: fetch.systems.${builtins.currentSystem} or fetch;
		  needsTool = call: builtins.elem call.args.extension or "" [ "tar.zst" "tar.lz" ];
		  check = name: pin:
		    (pinOf pins name).drvPath == (pinOf called name).drvPath
		    && (pinOf pins name).outPath == (bare (callOf pin.fetch)).outPath
		    && (needsTool (callOf pin.fetch) || (pinOf pins name).drvPath == (bare (callOf pin.fetch)).drvPath);
		  wanted = if release == "22.11" then removeAttrs lock.pins [ "git-scope/rootdir" ] else lock.pins;
		  wrong = builtins.filter (name: !check name wanted.${name}) (builtins.attrNames wanted);
		in { inherit wrong; checked = builtins.length (builtins.attrNames wanted); }`
	p.wantEval(t, compare, fmt.Sprintf(`{"checked":%d,"wrong":[]}`, pinsOfEveryFetcher))
	p.on("22.11").wantEval(t, compare, fmt.Sprintf(`{"checked":%d,"wrong":[]}`, pinsOfEveryFetcher-1))
	if requests := f.log(); len(requests) != 0 {
		t.Errorf("evaluation made requests: %q", requests)
	}
}

func TestScopes(t *testing.T) {
	t.Parallel()
	p := newProject(t, nixtest.New(t), lockOf(
		urlPin("a-b/x"), urlPin("a/b/c"), urlPin("a/b/d"), urlPin("a/e"), urlPin("a0"), urlPin("a_"), urlPin("A/a")))
	for _, test := range []struct{ name, expr, want string }{
		{"names", `builtins.attrNames (import ./pinfetch { inherit pkgs; })`, `["A","a","a-b","a0","a_"]`},
		{"a scope holds nothing but its pins", `builtins.attrNames pins.a`, `["b","e"]`},
		{"a scope in a scope", `builtins.mapAttrs (_: pin: pin.pname) pins.a.b`, `{"c":"a-b-c","d":"a-b-d"}`},
		{"neighbours", `[ pins.a-b.x.pname pins.A.a.pname pins.a0.pname ]`, `["a-b-x","A-a","a0"]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p.wantEval(t, test.expr, test.want)
		})
	}
	out := p.Run("nix-instantiate", "pins.nix", "-A", "a")
	if err := out.Failed(); err != nil {
		t.Fatal(err)
	}
	if got := len(strings.Fields(out.Stdout)); got != 1 {
		// a.b is another scope, and nix-instantiate descends only one level.
		t.Errorf("-A a instantiates %d derivations, want 1", got)
	}
}

func TestEmptyLock(t *testing.T) {
	t.Parallel()
	p := newProject(t, nixtest.New(t), lockOf())
	p.wantEval(t, `import ./pinfetch { inherit pkgs; }`, `{}`)
}

// Evaluating one pin evaluates no other.
func TestLazy(t *testing.T) {
	t.Parallel()
	p := newProject(t, nixtest.New(t), lockOf(
		urlPin("good"), urlPin("scope/good"),
		`"bad": null`, `"scope/bad": { "source": { }, "locked": { }, "fetch": { "fetcher": "fetchMagic", "args": { } } }`))
	p.wantEval(t, `[ pins.good.pname pins.scope.good.pname ]`, `["good","scope-good"]`)
	p.wantEval(t, `[ (pins ? bad) (builtins.attrNames pins.scope) ]`, `[true,["bad","good"]]`)
	p.wantEval(t, `pins.good.drvPath == (import ./pinfetch { inherit pkgs; overrides.bad = ./.; }).good.drvPath`, `true`)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	n := nixtest.New(t)
	good := lockOf(urlPin("good"))
	for _, test := range []struct{ name, lock, expr, want string }{
		{"no package set", good, `(import ./pinfetch { }).good`, "import ./pinfetch { inherit pkgs; }"},
		{"newer lock", `{ "version": 2, "pins": { } }`, `pins`, "pins.json has version 2, but this reader supports only version 1: run `pinfetch init`"},
		{"lock without a version", `{ "pins": { } }`, `pins`, "has version null"},
		{"unknown fetcher", lockOf(pinOf("x", `{ "fetcher": "fetchhg", "args": { } }`)), `pins.x`, "pin 'x' uses the fetcher 'fetchhg', which this reader does not support: run `pinfetch init`"},
		{"unsupported system", lockOf(pinOf("x", `{ "systems": { "i686-hurd": { }, "vax-netbsd": { } } }`)), `pins.x`, "pin 'x' has no source for " + "%SYSTEM%" + ", only for i686-hurd vax-netbsd: pin it again with `pinfetch add --replace` and one --system for each system"},
		{"unknown override", good, `import ./pinfetch { inherit pkgs; overrides.goood = ./.; }`, "unknown pins in overrides: goood: run `pinfetch show --plain`"},
		{"override of a scope", lockOf(urlPin("s/p")), `import ./pinfetch { inherit pkgs; overrides.s = ./.; }`, "unknown pins in overrides: s"},
		{"rootDir before 25.11", lockOf(pinOf("x", `{ "fetcher": "fetchgit", "args": { "url": "https://example.org/x.git", "rev": "", "hash": "", "rootDir": "sub" } }`)),
			`(import ./pinfetch { pkgs = import ./pkgs.nix { release = "22.11"; }; }).x`, "pin 'x' needs nixpkgs 25.11 or newer"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newProject(t, n, test.lock)
			system, err := p.Eval(`builtins.currentSystem`)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.ReplaceAll(test.want, "%SYSTEM%", strings.Trim(system, `"`))
			value, err := p.eval(`builtins.seq (` + test.expr + `) "accepted"`)
			if err == nil {
				t.Fatalf("got %s, want an error", value)
			}
			if !strings.Contains(err.Error(), "pinfetch: ") || !strings.Contains(err.Error(), want) {
				t.Errorf("got error\n%v\nwant one that contains %q", err, want)
			}
		})
	}
}

// A function without declared arguments may accept any argument.
func TestWrappedFetcher(t *testing.T) {
	t.Parallel()
	p := newProject(t, nixtest.New(t), lockOf(
		pinOf("x", fmt.Sprintf(`{ "fetcher": "fetchgit", "args": { "url": "https://example.org/x.git", "rev": "", "hash": %q, "rootDir": "sub" } }`, hash))))
	p.wantEval(t, `(import ./pinfetch { inherit pkgs; fetchgit = args: pkgs.fetchgit (args // { name = "wrapped"; }); }).x.name`, `"wrapped"`)
}

// Programs for unpacking come from the build platform; the host platform's throw in this package set.
func TestDecompressor(t *testing.T) {
	t.Parallel()
	p := newProject(t, nixtest.New(t), lockOf(
		pinOf("zst", fmt.Sprintf(`{ "fetcher": "fetchzip", "args": { "url": "https://example.org/a.tar.zst", "hash": %q, "stripRoot": true, "extension": "tar.zst" } }`, hash)),
		pinOf("gz", fmt.Sprintf(`{ "fetcher": "fetchzip", "args": { "url": "https://example.org/a.tar.gz", "hash": %q, "stripRoot": true, "extension": "tar.gz" } }`, hash)),
	))
	p.wantEval(t, `map toString pins.zst.drvAttrs.nativeBuildInputs == [ "${pkgs.buildPackages.zstd}" ]`, `true`)
	p.wantEval(t, `pins.gz.drvAttrs.nativeBuildInputs`, `[]`)
}

func TestCustomLockFile(t *testing.T) {
	t.Parallel()
	p := newProject(t, nixtest.New(t), lockOf())
	writeFile(t, filepath.Join(p.dir, "other.json"), lockOf(urlPin("other")))
	p.wantEval(t, `(pkgs.callPackage ./pinfetch { lockFile = ./other.json; }).other.pname`, `"other"`)
}
