package e2e

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/test/forgetest"
)

const (
	forgeHost      = "git.example.org"
	enterpriseHost = "github.corp.example"
	filesHost      = "dl.example.org"
)

// source is what a user adds, and the call of a fetcher that it must become.
type source struct {
	name    string // of the pin
	add     []string
	fetcher string
}

// sources has at least one source of each kind and each fetcher. No two have the same
// content: they would have the same store path, and only one would be built.
func sources() []source {
	files := "https://" + filesHost
	return []source{
		{"awkward", []string{"github:acme/awkward"}, "fetchFromGitHub"},
		{"awkward-next", []string{"https://github.com/acme/awkward/tree/next", "--name", "awkward-next"}, "fetchFromGitHub"},
		{"awkward-modules", []string{"github:acme/awkward", "--submodules", "--name", "awkward-modules"}, "fetchgit"},
		{"enterprise", []string{"github:corp/enterprise?host=" + enterpriseHost}, "fetchFromGitHub"},
		{"tool", []string{"github:acme/tool", "--tag", "tool-*"}, "fetchFromGitHub"},
		{"tree-sitter/go", []string{"--scope", "tree-sitter", "github:tree-sitter/tree-sitter-go"}, "fetchFromGitHub"},
		{"tree-sitter/rust", []string{"github:tree-sitter/tree-sitter-rust", "--scope", "tree-sitter"}, "fetchFromGitHub"},

		{"lab", []string{"gitlab:acme/group/lab"}, "fetchzip"},
		{"gitlab-own", []string{"https://" + forgeHost + "/acme/group/lab/-/tree/next", "--host", forgeHost, "--name", "gitlab-own"}, "fetchzip"},
		{"gitlab-modules", []string{"gitlab:acme/group/lab", "--submodules", "--name", "gitlab-modules"}, "fetchgit"},
		{"berg", []string{"codeberg:acme/berg"}, "fetchzip"},
		{"forgejo-own", []string{"forgejo:" + forgeHost + "/acme/berg", "--branch", "next", "--name", "forgejo-own"}, "fetchzip"},

		{"git", []string{"git+https://" + forgeHost + "/acme/awkward", "--tag", "v*", "--name", "git"}, "fetchgit"},
		{"git-modules", []string{"https://" + forgeHost + "/acme/awkward.git", "--branch", "next", "--submodules", "--name", "git-modules"}, "fetchgit"},
		{"git-sparse", []string{"github:acme/awkward", "--sparse-checkout", "src", "--sparse-checkout", "nested/deeper", "--name", "git-sparse"}, "fetchgit"},
		{"git-directory", []string{"git+https://" + forgeHost + "/acme/awkward", "--root-dir", "nested", "--name", "git-directory"}, "fetchgit"},
		{"git-part", []string{"git+https://" + forgeHost + "/acme/awkward", "--root-dir", "third party/lib", "--submodules", "--name", "git-part"}, "fetchgit"},

		{"data", []string{files + "/data-1.2.bin"}, "fetchurl"},
		{"install", []string{files + "/install.sh?version=1.2&os=linux"}, "fetchurl"},
		{"run", []string{files + "/run", "--executable"}, "fetchurl"},
		{"tar-gz", []string{files + "/tar-gz-1.2.tar.gz", "--unpack"}, "fetchzip"},
		{"tar-xz", []string{files + "/tar-xz-1.2.tar.xz", "--unpack"}, "fetchzip"},
		{"tar-bz2", []string{files + "/tar-bz2-1.2.tar.bz2", "--unpack"}, "fetchzip"},
		{"tar-zst", []string{files + "/tar-zst-1.2.tar.zst", "--unpack"}, "fetchzip"},
		{"tar-lz", []string{files + "/tar-lz-1.2.tar.lz", "--unpack"}, "fetchzip"},
		{"zip", []string{files + "/zip-1.2.zip", "--unpack"}, "fetchzip"},
		{"whole", []string{files + "/whole-1.2.tar.gz", "--unpack", "--no-strip-root"}, "fetchzip"},
		{"nameless", []string{files + "/get?id=7", "--unpack", "--name", "nameless"}, "fetchzip"},
		{"moved", []string{files + "/moved/latest", "--unpack", "--store-name", "moved-here", "--name", "moved"}, "fetchzip"},
		{"followed", []string{files + "/{tag}/followed.tar.gz", "--from", "github:acme/tool", "--tag", "tool-*", "--unpack"}, "fetchzip"},
		{"listed", []string{files + "/{version}/listed.bin", "--from", files + "/versions", "--match", `listed (\S+)`, "--name", "listed"}, "fetchurl"},
		{"redirected", []string{files + "/redirected", "--redirect"}, "fetchurl"},
	}
}

// serve fills a forge with the sources.
func serve(t *testing.T, forge *forgetest.Forge) {
	t.Helper()
	serveAwkward(forge)

	tool := forge.Repo("acme/tool")
	first := tool.Commit("main", toolFiles("1.1"))
	tool.Tag("tool-1.1.0", first)
	tool.AnnotatedTag("tool-1.2.0", tool.Commit("main", toolFiles("1.2")), "the second")
	tool.Tag("other-9.0", first)

	enterprise := forge.RepoOn(enterpriseHost, "corp/enterprise")
	enterprise.AnnotatedTag("2.0", enterprise.Commit("main", forgetest.Files{"LICENSE": {Body: "ours alone\n"}}), "two")

	for _, grammar := range []string{"go", "rust"} {
		repo := forge.Repo("tree-sitter/tree-sitter-" + grammar)
		repo.Tag("v0.25.0", repo.Commit("master", forgetest.Files{"grammar.js": {Body: grammar + "\n"}}))
		repo.DefaultBranch("master")
	}

	for _, name := range []string{"acme/group/lab", "acme/berg"} {
		repo := forge.Repo(name)
		repo.Tag("v1.0", repo.Commit("main", forgetest.Files{"README": {Body: name + "\n"}, ".gitattributes": {Body: "/private export-ignore\n"}, "private": {Body: "-"}}))
		repo.Branch("next", repo.Rev("main"))
		repo.Commit("next", forgetest.Files{"README": {Body: name + ", later\n"}})
	}

	file := func(path string, body []byte) { forge.File(filesHost, path, forgetest.Content{Body: body}) }
	file("/data-1.2.bin", []byte("\x00\x01\r\n\xff"))
	file("/install.sh?version=1.2&os=linux", []byte("#!/bin/sh\n# the installer\n"))
	file("/run", []byte("#!/bin/sh\necho running\n"))
	for _, format := range []string{"tar.gz", "tar.xz", "tar.bz2", "tar.zst", "tar.lz", "zip"} {
		name := strings.ReplaceAll(format, ".", "-")
		file("/"+name+"-1.2."+format, archive(t, format, name))
	}
	file("/whole-1.2.tar.gz", archive(t, "tar.gz", "whole"))
	file("/get?id=7", archive(t, "tar.xz", "nameless"))
	forge.File(filesHost, "/moved/latest", forgetest.Content{Redirect: "/moved/moved-1.2.tar.gz?token=short-lived"})
	file("/moved/moved-1.2.tar.gz", archive(t, "tar.gz", "moved"))
	file("/tool-1.2.0/followed.tar.gz", archive(t, "tar.gz", "followed"))
	file("/versions", []byte("listed 1.9\nlisted 1.10+k3s1\nlisted 2.0-rc1\n"))
	file("/1.10+k3s1/listed.bin", []byte("listed 1.10\n"))
	forge.File(filesHost, "/redirected", forgetest.Content{Redirect: "/dl/redirected-1.2.bin"})
	file("/dl/redirected-1.2.bin", []byte("redirected\n"))
}

func toolFiles(version string) forgetest.Files {
	return forgetest.Files{
		"hello.sh": {Body: "#!/bin/sh\necho hello from " + version + "\n", Executable: true},
		"README":   {Body: "A tool.\n"},
	}
}

const awkwardAttributes = `*.bat text eol=crlf
ident.c ident
utf16.txt working-tree-encoding=UTF-16LE
/private export-ignore
version.txt export-subst
`

// serveAwkward makes acme/awkward, with most of what git can contain and what archives,
// checkouts and store paths can get wrong. It has a nested submodule.
func serveAwkward(forge *forgetest.Forge) {
	leaf := forge.Repo("acme/leaf").Commit("main", forgetest.Files{"leaf.txt": {Body: "a leaf\n"}})
	lib := forge.Repo("acme/lib").Commit("main", forgetest.Files{
		"lib.c":       {Body: "int lib;\n"},
		".gitmodules": {Body: "[submodule \"leaf\"]\n\tpath = leaf\n\turl = ../leaf\n"},
		"leaf":        {Submodule: leaf},
	})
	repo := forge.Repo("acme/awkward")
	commit := repo.Commit("main", forgetest.Files{
		".gitattributes":           {Body: awkwardAttributes},
		".github/workflows/ci.yml": {Body: "on: push\n"},
		".gitmodules":              {Body: "[submodule \"lib\"]\n\tpath = \"third party/lib\"\n\turl = ../lib.git\n"},
		"third party/lib":          {Submodule: lib},
		"README":                   {Body: "awkward\n"},
		"empty":                    {},
		"bin/run":                  {Body: "#!/bin/sh\n", Executable: true},
		"bin/run it.sh":            {Body: "#!/bin/sh\n", Executable: true},
		"link":                     {Symlink: "bin/run it.sh"},
		"link to directory":        {Symlink: "src/../bin/"},
		"dangling":                 {Symlink: "no/such file"},
		"absolute":                 {Symlink: "/no/such/file"},
		"windows.bat":              {Body: "echo off\n"},
		"ident.c":                  {Body: "/* $Id$ */\n"},
		"utf16.txt":                {Body: "hé\n"},
		"private/notes":            {Body: "not in archives\n"},
		"version.txt":              {Body: "$Format:%H$\n"},
		"src/main.c":               {Body: "int main;\n"},
		"src.c":                    {Body: "before src/ in a tar\n"},
		"src-old/main.c":           {Body: "int old;\n"},
		"nested/.gitattributes":    {Body: "*.txt text eol=crlf\n"},
		"nested/.gitignore":        {Body: "*\n"},
		"nested/dos.txt":           {Body: "one\ntwo\n"},
		"nested/ignored.o":         {Body: "tracked all the same\n"},
		"nested/deeper/x.bat":      {Body: "echo x\n"},
		"..foo":                    {Body: "no parent\n"},
		"..dir/...":                {Body: "dots\n"},
		"-rf":                      {Body: "no flag\n"},
		"name with spaces":         {Body: "spaces\n"},
		"ends in space ":           {Body: "space\n"},
		"new\nline":                {Body: "new line\n"},
		`back\slash "quoted"`:      {Body: "quoted\n"},
		"ünïcödé/日本語.txt":          {Body: "UTF-8\n"},
		"latin1-\xe9":              {Body: "not UTF-8\n"},
		strings.Repeat("long/", 60) + strings.Repeat("n", 120): {Body: "beyond ustar\n"},
	})
	repo.Tag("v1.0.0", commit)
	repo.Tag("v1.1.0-rc1", commit)
	repo.Branch("next", commit)
	repo.Commit("next", forgetest.Files{"next": {Body: "after v1.0.0\n"}, "src.c": {Delete: true}})
}

// archive makes an archive of a directory NAME-1.2.
func archive(t *testing.T, format, name string) []byte {
	t.Helper()
	dir := t.TempDir()
	root := filepath.Join(dir, name+"-1.2")
	for _, directory := range []string{"bin", "empty", "sub/directory"} {
		if err := os.MkdirAll(filepath.Join(root, directory), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []struct {
		path, text string
		mode       fs.FileMode
	}{
		{"README", "unpacked from " + name + "\n", 0o644},
		{"bin/run", "#!/bin/sh\n", 0o755},
		{"bin/others only", "#!/bin/sh\n", 0o655}, // executable, but not for its owner
		{"sub/directory/..foo", "no parent\n", 0o600},
		{"sub.c", "before sub/ in no order\n", 0o444},
	} {
		path := filepath.Join(root, file.path)
		if err := os.WriteFile(path, []byte(file.text), file.mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, file.mode); err != nil {
			t.Fatal(err)
		}
	}
	for path, target := range map[string]string{"link": "bin/run", "dangling": "no/such file"} {
		if err := os.Symlink(target, filepath.Join(root, path)); err != nil {
			t.Fatal(err)
		}
	}
	return pack(t, format, dir)
}

// pack archives the contents of a directory: with the system's programs, or, for a zip
// with Unix modes, with the standard library.
func pack(t *testing.T, format, dir string) []byte {
	t.Helper()
	if format == "zip" {
		return zipped(t, dir)
	}
	option := map[string]string{
		"tar.gz": "--gzip", "tar.xz": "--xz", "tar.bz2": "--bzip2", "tar.zst": "--zstd", "tar.lz": "--lzip",
	}[format]
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "archive")
	args := []string{"--create", option, "--file", path}
	for _, entry := range entries {
		args = append(args, entry.Name())
	}
	command(t, dir, "tar", args...)
	return []byte(read(t, path))
}

// zipped makes a zip of the contents of a directory.
func zipped(t *testing.T, dir string) []byte {
	t.Helper()
	var buffer bytes.Buffer
	w := zip.NewWriter(&buffer)
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		header, err := zip.FileInfoHeader(info)
		if err != nil {
			return err
		}
		if header.Name, err = filepath.Rel(dir, path); err != nil {
			return err
		}
		header.Method = zip.Deflate
		var content []byte
		switch {
		case entry.IsDir():
			header.Name += "/"
			header.Method = zip.Store
		case entry.Type() == fs.ModeSymlink:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			content = []byte(target)
		default:
			if content, err = os.ReadFile(path); err != nil {
				return err
			}
		}
		file, err := w.CreateHeader(header)
		if err != nil {
			return err
		}
		_, err = file.Write(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}
