package e2e

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/test/forgetest"
)

// packaged is a package of a registry: what a user adds, what the registry says of it, and its file.
type packaged struct {
	name    string // of the pin
	add     []string
	fetcher string
	serve   func(serve func(address, body string))
	file    string // the address
	body    string // of the file
	loads   int    // downloads that pinning takes
}

// packages has one package of each registry. No two have the same content.
func packages(t *testing.T) []packaged {
	sum := func(body string) string { digest := sha256.Sum256([]byte(body)); return hex.EncodeToString(digest[:]) }
	weak := sha1.Sum([]byte("a JAR\n"))
	const vsx, gallery = "open-vsx.org/api/acme/theme", "acme.gallery.vsassets.io/_apis/public/gallery/publisher/acme/extension/lint/1.0.0/assetbyname/Microsoft.VisualStudio.Services.VSIXPackage"
	crate, tarball := string(archive(t, "tar.gz", "crate")), string(archive(t, "tar.gz", "contents"))
	wide := sha512.Sum512([]byte("a tarball of npm\n"))
	const hashed = "files.pythonhosted.org/packages/97/10/92d25b93e9c266c94b76a5548f020f3f1dd0eb40649cb1993532c0af8f4c/"
	python := func(name, file, body string) func(serve func(string, string)) {
		return func(serve func(string, string)) {
			serve("pypi.org/simple/"+name+"/", `{"files":[{"filename":"`+file+`","hashes":{"sha256":"`+sum(body)+`"},"url":"https://`+hashed+file+`"}]}`)
		}
	}
	rust := func(path, name, body string) func(serve func(string, string)) {
		return func(serve func(string, string)) {
			serve("index.crates.io/"+path, `{"name":"`+name+`","vers":"1.2.0","cksum":"`+sum(body)+`","yanked":false}`)
		}
	}
	npm := func(name, integrity string) func(serve func(string, string)) {
		return func(serve func(string, string)) {
			serve("registry.npmjs.org/"+name, `{"versions":{"1.0.0":{"dist":{"tarball":"https://registry.npmjs.org/`+name+"/-/"+path.Base(name)+`-1.0.0.tgz","integrity":"`+integrity+`"}}}}`)
		}
	}
	return []packaged{
		{"sdist", []string{"pypi:sdist"}, "fetchurl", python("sdist", "sdist-1.0.tar.gz", "an sdist\n"), hashed + "sdist-1.0.tar.gz", "an sdist\n", 0},
		{"wheel", []string{"pypi:wheel", "--wheel", "py3-none-any"}, "fetchurl", python("wheel", "wheel-1!1.0-py3-none-any.whl", "a wheel\n"), hashed + "wheel-1!1.0-py3-none-any.whl", "a wheel\n", 0},
		{"crate", []string{"crate:crate"}, "fetchzip", rust("cr/at/crate", "crate", crate), "static.crates.io/crates/crate/crate-1.2.0.crate", crate, 1},
		{"rust", []string{"crate:rust", "--no-unpack"}, "fetchurl", rust("ru/st/rust", "rust", "a crate\n"), "static.crates.io/crates/rust/rust-1.2.0.crate", "a crate\n", 0},
		{"js", []string{"npm:@acme/js"}, "fetchurl", npm("@acme/js", "sha512-"+base64.StdEncoding.EncodeToString(wide[:])), "registry.npmjs.org/@acme/js/-/js-1.0.0.tgz", "a tarball of npm\n", 0},
		{"contents", []string{"npm:contents", "--unpack"}, "fetchzip", npm("contents", ""), "registry.npmjs.org/contents/-/contents-1.0.0.tgz", tarball, 1},
		{"gem", []string{"gem:gem"}, "fetchurl", func(serve func(string, string)) {
			serve("rubygems.org/api/v1/versions/gem.json", `[{"number":"1.0","platform":"ruby","sha":"`+sum("a gem\n")+`","created_at":"2024-01-02T03:04:05Z"}]`)
		}, "rubygems.org/downloads/gem-1.0.gem", "a gem\n", 0},
		{"hackage", []string{"hackage:hackage"}, "fetchurl", func(serve func(string, string)) {
			serve("hackage.haskell.org/package/hackage/preferred.json", `{"normal-version":["1.2"]}`)
		}, "hackage.haskell.org/package/hackage-1.2/hackage-1.2.tar.gz", string(archive(t, "tar.gz", "hackage")), 1},
		{"unpacked", []string{"hackage:unpacked", "--unpack"}, "fetchzip", func(serve func(string, string)) {
			serve("hackage.haskell.org/package/unpacked/preferred.json", `{"normal-version":["1.2"]}`)
		}, "hackage.haskell.org/package/unpacked-1.2/unpacked-1.2.tar.gz", string(archive(t, "tar.gz", "unpacked")), 1},
		{"hex", []string{"hex:hex"}, "fetchurl", func(serve func(string, string)) {
			serve("hex.pm/api/packages/hex", `{"releases":[{"version":"1.0.0"}]}`)
			serve("hex.pm/api/packages/hex/releases/1.0.0", `{"checksum":"`+sum("a tarball\n")+`"}`)
		}, "repo.hex.pm/tarballs/hex-1.0.0.tar", "a tarball\n", 0},
		{"maven", []string{"maven:org.acme:maven"}, "fetchurl", func(serve func(string, string)) {
			serve("repo1.maven.org/maven2/org/acme/maven/maven-metadata.xml", `<metadata><versioning><versions><version>1.0</version></versions></versioning></metadata>`)
			serve("repo1.maven.org/maven2/org/acme/maven/1.0/maven-1.0.jar.sha1", hex.EncodeToString(weak[:]))
		}, "repo1.maven.org/maven2/org/acme/maven/1.0/maven-1.0.jar", "a JAR\n", 1},
		{"theme", []string{"openvsx:acme/theme?platform=linux-x64"}, "fetchurl", func(serve func(string, string)) {
			document := `{"version":"1.0.0","timestamp":"2024-01-02T03:04:05Z","downloads":{"linux-x64":""},"files":{"sha256":"https://` + vsx + `/sha256"}}`
			serve(vsx, document)
			serve(vsx+"/linux-x64/1.0.0", document)
			serve(vsx+"/sha256", sum("an extension\n"))
		}, vsx + "/linux-x64/1.0.0/file/acme.theme-1.0.0@linux-x64.vsix", "an extension\n", 0},
		{"lint", []string{"vscode:acme/lint"}, "fetchurl", func(serve func(string, string)) {
			serve("marketplace.visualstudio.com/_apis/public/gallery/extensionquery", `{"results":[{"extensions":[{"versions":[{"version":"1.0.0"}]}]}]}`)
		}, gallery, "another extension\n", 1},
	}
}

// TestRegistries pins a package of every registry and builds all of them with Nix.
func TestRegistries(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	var names []string
	all := packages(t)
	for _, p := range all {
		serve := func(address, body string) {
			host, path, _ := strings.Cut(address, "/")
			b.forge.File(host, "/"+path, forgetest.Content{Body: []byte(body)})
		}
		p.serve(serve)
		serve(p.file, p.body)
		b.forge.ResetLog()
		b.run(append([]string{"add"}, p.add...)...)
		loads := 0
		for _, r := range b.forge.Requests() {
			if r.Method == "GET" && r.Host+r.Path == p.file {
				loads++
			}
		}
		if loads != p.loads {
			t.Errorf("%s: got %d downloads, want %d", p.name, loads, p.loads)
		}
		names = append(names, p.name)
	}
	calls := b.lock()
	b.forge.ResetLog()
	b.storePaths(names...)
	b.wantSilence("evaluation")
	paths := b.build(names...)
	for _, p := range all {
		call := calls[p.name]
		if call.Fetcher != p.fetcher || call.Args.URL != "https://"+p.file {
			t.Errorf("%s: got %s of %s, want %s of %s", p.name, call.Fetcher, call.Args.URL, p.fetcher, p.file)
		}
		info, err := os.Stat(paths[p.name])
		if err != nil || info.IsDir() != (p.fetcher == "fetchzip") {
			t.Errorf("%s: got %v, %v", p.name, info, err)
			continue
		}
		if !info.IsDir() && read(t, paths[p.name]) != p.body {
			t.Errorf("%s: got other content than was served", p.name)
		}
	}
	for name, want := range map[string]string{"lint": "-lint-1.0.0.zip", "rust": "-rust-1.2.0.tar.gz"} {
		if got := paths[name]; !strings.HasSuffix(got, want) {
			t.Errorf("got %s, want a name %s, by which stdenv unpacks it", got, want)
		}
	}
	b.run("verify")
}
