package nix_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/git"
	"github.com/pinfetch/pinfetch/pkg/sources/github"
	"github.com/pinfetch/pinfetch/pkg/sources/url"
	"github.com/pinfetch/pinfetch/test/nixtest"
)

// The lock's validation and the reader refuse the same calls: what pinfetch accepts, evaluates.
func TestAgreement(t *testing.T) {
	t.Parallel()
	file := func(private, url, more string) string {
		return fmt.Sprintf(`{ "source": { "type": "url", "url": %[2]q }, "locked": { }, "fetch": { "fetcher": "fetchurl", %[1]s
			"args": { "url": %[2]q, "hash": %[3]q %[4]s } } }`, private, url, hash, more)
	}
	enterprise := func(private, host string) string {
		return fmt.Sprintf(`{ "source": { "type": "github", "host": %[2]q, "owner": "o", "repo": "r", "tags": "*" }, "locked": { },
			"fetch": { "fetcher": "fetchFromGitHub", %[1]s "args": { "githubBase": %[2]q, "owner": "o", "repo": "r",
			"rev": "0123456789abcdef0123456789abcdef01234567", "hash": %[3]q } } }`, private, host, hash)
	}
	const private = `"private": { },`
	tests := []struct {
		name, pin string
		builds    bool
	}{
		{"public file", file("", "http://example.org/x", ""), true},
		{"private file", file(private, "https://example.org/x", ""), true},
		{"private file of a port", file(private, "https://example.org:8443/x", ""), true},
		{"private file over http", file(private, "http://example.org/x", ""), false},
		{"private file without a path", file(private, "https://example.org?x", ""), false},
		{"private file of an address", file(private, "https://[::1]/x", ""), false},
		{"private file of a host that is not ASCII", file(private, "https://exämple.org/x", ""), false},
		{"public file of an address", file("", "https://[::1]/x", ""), true},
		{"prefix", file(`"private": { "varPrefix": "A_1" },`, "https://example.org/x", ""), true},
		{"prefix in lower case", file(`"private": { "varPrefix": "a" },`, "https://example.org/x", ""), false},
		{"prefix that begins with a digit", file(`"private": { "varPrefix": "1A" },`, "https://example.org/x", ""), false},
		{"longest name", file("", "https://example.org/x", `, "name": "`+strings.Repeat("a", 207)+`"`), true},
		{"Enterprise", enterprise("", "ghe.example.org:8443"), true},
		{"private Enterprise", enterprise(private, "ghe.example.org"), true},
		{"private Enterprise of a port", enterprise(private, "ghe.example.org:8443"), false},
	}
	var pins []string
	for i, test := range tests {
		pins = append(pins, fmt.Sprintf(`"x%d": %s`, i, test.pin))
	}
	text := lockOf(pins...)
	f, err := lock.Parse([]byte(text), sources.Codecs{github.Codec(), git.Codec(), url.Codec()})
	if err != nil {
		t.Fatal(err)
	}
	p := newProject(t, nixtest.New(t), text)
	for i, test := range tests {
		name := fmt.Sprintf("x%d", i)
		if err := f.Pins[name].Locked.Validate(); (err == nil) != test.builds {
			t.Errorf("%s: pinfetch says %v, want valid: %v", test.name, err, test.builds)
		}
		if _, err := p.eval("pins." + name + ".drvPath"); (err == nil) != test.builds {
			t.Errorf("%s: the reader says %v, want valid: %v", test.name, err, test.builds)
		}
	}
}

// nixpkgs unpacks an archive by an extension if and only if pinfetch says so.
func TestUnpacks(t *testing.T) {
	t.Parallel()
	n := nixtest.New(t)
	f := newForge(t, n)
	formats := []string{"tar.gz", "tar.xz", "tar.zst", "tar.lz", "zip"}
	extensions := append([]string{"tar", "tgz", "tar.bz2", "txz", "tar.lzma"}, formats...)
	var pins []string
	for _, format := range formats {
		for _, extension := range extensions {
			pins = append(pins, pinOf(pinName(format, extension), fmt.Sprintf(`{ "fetcher": "fetchzip", "args": {
				"url": "${URL}/archives/demo.%s", "hash": "${TREE}", "stripRoot": %t, "extension": %q, "name": %q } }`,
				format, format != "zip", extension, pinName(format, extension))))
		}
	}
	p := newProject(t, n, f.lock(lockOf(pins...)))
	p.Run("nix-build", "--no-out-link", "--keep-going", "--expr", p.prelude()+`builtins.attrValues (removeAttrs pins [ "override" ])`)
	for _, format := range formats {
		for _, extension := range extensions {
			path, err := p.eval("pins." + pinName(format, extension) + ".outPath")
			if err != nil {
				t.Fatal(err)
			}
			_, err = os.Stat(filepath.Clean(strings.Trim(path, `"`)))
			isNewer := format == "tar.lz" && err == nil // xz 5.4 and later also read lzip; nixpkgs 22.11 has an older one
			if got := (sources.Fetch{Extension: extension}).Unpacks(format); got != (err == nil) && !isNewer {
				t.Errorf("%s as %s: pinfetch says %v, the build %v", format, extension, got, err)
			}
		}
	}
}

func pinName(format, extension string) string {
	return strings.ReplaceAll(format+"-as-"+extension, ".", "_")
}

// A value that pinfetch refuses in one pin concerns neither the others nor that pin's source.
func TestInvalidFacts(t *testing.T) {
	t.Parallel()
	p := newProject(t, nixtest.New(t), lockOf(githubPin("good"),
		strings.NewReplacer("2025-01-02", "10000-01-02", "refs/tags/v1.0", "v 1.0", `"version": "1.0"`, `"version": "1.0\u001b"`).Replace(githubPin("odd")),
		pinOf("broken", fmt.Sprintf(`{ "fetcher": "fetchurl", "private": { }, "args": { "url": "ext::sh", "hash": %q } }`, hash))))
	p.wantEval(t, `[ (pins.good.drvPath == pins.odd.drvPath) pins.odd.date pins.good.version ]`, `[true,"10000-01-02","1.0"]`)
}

// fetchgit that takes rootDir joins directories correctly, and its derivation stays that of the bare call.
func TestSparseDirectories(t *testing.T) {
	t.Parallel()
	p := newProject(t, nixtest.New(t), lockOf(pinOf("x", fmt.Sprintf(`{ "fetcher": "fetchgit", "args": { "url": "https://example.org/x.git",
		"rev": "0123456789abcdef0123456789abcdef01234567", "hash": %q, "fetchSubmodules": false, "sparseCheckout": [ "a", "b c" ] } }`, hash))))
	p.wantEval(t, `let seen = import ./pinfetch { inherit pkgs; fetchgit = pkgs.fetchgit // {
		__functor = self: args: (pkgs.fetchgit args).overrideAttrs { passthru.seen = args.sparseCheckout; }; }; }; in
		[ seen.x.seen (pins.x.drvPath == (pkgs.fetchgit lock.pins.x.fetch.args).drvPath) ]`, `[["a","b c"],true]`)
	p.on("22.11").wantEval(t, `pins.x.sparseCheckout`, `"a\nb c"`)
}
