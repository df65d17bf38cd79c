package e2e

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/test/forgetest"
)

// Every command of the page pins something, and the packages of the page build.
func TestDocsSources(t *testing.T) {
	t.Parallel()
	m := newManual(t, "sources.md")
	for repo := range strings.FieldsSeq("BurntSushi/ripgrep timvisee/ffsend nsxiv/nsxiv ~sircmpwn/core.sr.ht asbuch/lrcalc git/make " +
		"platform/external/minijail GNOME/libadwaita lix-project/lix") {
		release(m.forge, repo, "v1.0")
	}
	curl := m.forge.Repo("curl/curl")
	curl.Tag("curl-8_5_0", curl.Commit("master", forgetest.Files{"README": {Body: "curl\n"}}))
	just := m.forge.Repo("casey/just")
	just.Tag("1.36.0", just.Commit("master", forgetest.Files{"README": {Body: "just\n"}}))
	var assets []forgetest.Asset
	for _, system := range []string{"x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"} {
		assets = append(assets, forgetest.Asset{Name: "just-1.36.0-" + system + ".tar.gz", Body: releaseOf(t, "just", "#!/bin/sh\n")})
	}
	just.Release(forgetest.Release{Tag: "1.36.0", Assets: assets})

	serve := func(address, body string) {
		host, path, _ := strings.Cut(address, "/")
		m.forge.File(host, "/"+path, forgetest.Content{Body: []byte(body)})
	}
	tarball := string(archive(t, "tar.gz", "root"))
	serve("curl.se/download/curl-8.5.0.tar.gz", tarball)
	serve("ftp.gnu.org/gnu/hello/", `<a href="hello-2.12.tar.gz">hello-2.12.tar.gz</a> <a href="hello-2.9.tar.gz">hello-2.9.tar.gz</a>`)
	serve("ftp.gnu.org/gnu/hello/hello-2.12.tar.gz", tarball)
	serve("nodejs.org/dist/index.json", `[{"version":"v22.1.0"},{"version":"v20.12.2"}]`)
	serve("nodejs.org/dist/v22.1.0/node-v22.1.0.tar.gz", tarball)
	m.forge.File("example.org", "/tool/latest.tar.gz", forgetest.Content{Redirect: "https://example.org/tool/tool-3.1.tar.gz"})
	serve("example.org/tool/tool-3.1.tar.gz", tarball)
	serveRegistries(t, serve)
	m.follow(t)

	for file, built := range map[string]string{"just.nix": "bin/just", "hello.nix": "README", "requests.nix": "requests.py", "extension.nix": "extension/package.json"} {
		out := m.build(t, "-E", "with import <nixpkgs> { }; callPackage ./"+file+" { }")
		if read(t, filepath.Join(out, built)) == "" {
			t.Errorf("%s: %s is empty", file, built)
		}
	}
}

// serveRegistries serves the packages that the page pins.
func serveRegistries(t *testing.T, serve func(address, body string)) {
	sum := func(body string) string { digest := sha256.Sum256([]byte(body)); return hex.EncodeToString(digest[:]) }
	const hashed = "files.pythonhosted.org/packages/97/10/92d25b93e9c266c94b76a5548f020f3f1dd0eb40649cb1993532c0af8f4c/"
	python := func(name, file, body string) {
		serve("pypi.org/simple/"+name+"/", `{"files":[{"filename":"`+file+`","hashes":{"sha256":"`+sum(body)+`"},"url":"https://`+hashed+file+`"}]}`)
		serve(hashed+file, body)
	}
	python("requests", "requests-2.32.3.tar.gz", string(releaseOf(t, "requests-2.32.3/requests.py", "import this\n")))
	python("idna", "idna-3.10-py3-none-any.whl", "a wheel\n")
	crate := string(archive(t, "tar.gz", "nurl"))
	serve("index.crates.io/nu/rl/nurl", `{"name":"nurl","vers":"0.3.0","cksum":"`+sum(crate)+`","yanked":false}`)
	serve("static.crates.io/crates/nurl/nurl-0.3.0.crate", crate)
	for name, version := range map[string]string{"@types/semver": "7.5.8", "typescript": "5.9.0-beta"} {
		file := fmt.Sprintf("registry.npmjs.org/%s/-/%s-%s.tgz", name, name[strings.LastIndex(name, "/")+1:], version)
		serve("registry.npmjs.org/"+name, `{"dist-tags":{"latest":"`+version+`","next":"`+version+`"},"versions":{"`+version+`":{"dist":{"tarball":"https://`+file+`"}}}}`)
		serve(file, name)
	}
	serve("rubygems.org/api/v1/versions/rake.json", `[{"number":"13.2.1","platform":"ruby","sha":"`+sum("a gem\n")+`"}]`)
	serve("hackage.haskell.org/package/pandoc/preferred.json", `{"normal-version":["3.5"]}`)
	serve("hackage.haskell.org/package/pandoc-3.5/pandoc-3.5.tar.gz", crate)
	serve("hex.pm/api/packages/phoenix", `{"releases":[{"version":"1.7.14"}]}`)
	serve("hex.pm/api/packages/phoenix/releases/1.7.14", `{"checksum":"`+sum("a tarball\n")+`"}`)
	const jar = "repo1.maven.org/maven2/org/slf4j/slf4j-api/"
	serve(jar+"maven-metadata.xml", `<metadata><versioning><versions><version>2.0.16</version><version>2.1.0-alpha1</version></versions></versioning></metadata>`)
	serve(jar+"2.0.16/slf4j-api-2.0.16.jar.sha256", sum("a JAR\n"))
	var vsix bytes.Buffer
	w := zip.NewWriter(&vsix)
	file, err := w.Create("extension/package.json")
	if err == nil {
		_, err = file.Write([]byte("{}\n"))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	const yaml = "open-vsx.org/api/redhat/vscode-yaml"
	document := `{"version":"1.15.0","timestamp":"2024-01-02T03:04:05Z","files":{"sha256":"https://` + yaml + `/sha256"},"downloads":{"universal":""}}`
	serve(yaml, document)
	serve(yaml+"/1.15.0", document)
	serve(yaml+"/sha256", sum(vsix.String()))
	serve(yaml+"/1.15.0/file/redhat.vscode-yaml-1.15.0.vsix", vsix.String())
	serve("marketplace.visualstudio.com/_apis/public/gallery/extensionquery", `{"results":[{"extensions":[{"versions":[{"version":"0.42.1"}]}]}]}`)
	serve("golang.gallery.vsassets.io/_apis/public/gallery/publisher/golang/extension/Go/0.42.1/assetbyname/Microsoft.VisualStudio.Services.VSIXPackage", "go\n")
}
