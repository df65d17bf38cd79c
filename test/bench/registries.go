package main

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/crate"
	"github.com/pinfetch/pinfetch/pkg/sources/gem"
	"github.com/pinfetch/pinfetch/pkg/sources/npm"
	"github.com/pinfetch/pinfetch/pkg/sources/pypi"
	"github.com/pinfetch/pinfetch/test/forgetest"
	"github.com/pinfetch/pinfetch/test/forgetest/synthetic"
)

// registries are the services that list the versions of packages. Each package has as many versions as a repository has tags.
func registries() []service {
	onRegistry := func(kind func(http.RoundTripper) sources.Kind, scheme, host string, document func(name string) (path, text string)) service {
		name := func(i int) string { return fmt.Sprintf("package%05d", i) }
		return service{
			kind: func(_ sources.RefLister, api http.RoundTripper) sources.Kind { return kind(api) },
			ask:  func(i int) sources.Request { return sources.Request{Ref: scheme + ":" + name(i)} },
			serve: func(f *forgetest.Forge, _ *synthetic.Set, i int) {
				path, text := document(name(i))
				f.File(host, path, forgetest.Content{Body: []byte(text), ContentType: "application/json"})
			},
		}
	}
	return []service{
		onRegistry(pypi.New, "pypi", "pypi.org", pypiDocument),
		onRegistry(crate.New, "crate", "index.crates.io", crateDocument),
		onRegistry(npm.New, "npm", "registry.npmjs.org", npmDocument),
		onRegistry(gem.New, "gem", "rubygems.org", gemDocument),
	}
}

// versionsOf returns the versions of every package, with the text whose digests stand for those of the version's file.
func versionsOf(name string) (numbers, contents []string) {
	for i := range synthetic.Tags {
		number := strings.TrimPrefix(synthetic.Tag(i), "v")
		numbers, contents = append(numbers, number), append(contents, name+" "+number)
	}
	return numbers, contents
}

func sha256Hex(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func encode(value any) string {
	data, err := json.Marshal(value)
	if err != nil { // every value here can be written
		panic(err)
	}
	return string(data)
}

// pypiDocument is the JSON form of the Simple API.
func pypiDocument(name string) (path, text string) {
	var files []any
	numbers, contents := versionsOf(name)
	for i, number := range numbers {
		file := name + "-" + number + ".tar.gz"
		files = append(files, map[string]any{
			"filename": file, "url": "https://files.pythonhosted.org/packages/aa/bb/" + sha256Hex(file)[:60] + "/" + file,
			"hashes": map[string]string{"sha256": sha256Hex(contents[i])}, "upload-time": synthetic.Date() + "T00:00:00Z", "yanked": false,
		})
	}
	return "/simple/" + name + "/", encode(map[string]any{"files": files})
}

// crateDocument is a file of the sparse index: a line of JSON for each version.
func crateDocument(name string) (path, text string) {
	var lines []string
	numbers, contents := versionsOf(name)
	for i, number := range numbers {
		lines = append(lines, encode(map[string]any{
			"name": name, "vers": number, "deps": []any{}, "cksum": sha256Hex(contents[i]), "features": map[string]any{}, "yanked": false,
		}))
	}
	return "/" + name[:2] + "/" + name[2:4] + "/" + name, strings.Join(lines, "\n") + "\n"
}

// npmDocument is the short form of a package's document.
func npmDocument(name string) (path, text string) {
	versions := make(map[string]any)
	numbers, contents := versionsOf(name)
	for i, number := range numbers {
		sum := sha512.Sum512([]byte(contents[i]))
		versions[number] = map[string]any{"dist": map[string]string{
			"tarball":   fmt.Sprintf("https://registry.npmjs.org/%s/-/%s-%s.tgz", name, name, number),
			"integrity": "sha512-" + base64.StdEncoding.EncodeToString(sum[:]),
		}}
	}
	return "/" + name, encode(map[string]any{"dist-tags": map[string]string{"latest": numbers[len(numbers)-1]}, "versions": versions})
}

// gemDocument lists the versions of a gem.
func gemDocument(name string) (path, text string) {
	var versions []any
	numbers, contents := versionsOf(name)
	for i, number := range numbers {
		versions = append(versions, map[string]any{
			"number": number, "platform": "ruby", "sha": sha256Hex(contents[i]), "created_at": synthetic.Date() + "T00:00:00Z", "prerelease": false,
		})
	}
	return "/api/v1/versions/" + name + ".json", encode(versions)
}
