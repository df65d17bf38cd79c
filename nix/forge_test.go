package nix_test

import (
	"archive/zip"
	"io/fs"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pinfetch/pinfetch/test/nixtest"
)

// forge serves one small tree over loopback in every form that the four fetchers
// can download, and records the requests.
type forge struct {
	plain, tls *httptest.Server
	vars       map[string]string // values for ${NAME} in a lock

	mu       sync.Mutex
	requests []string
}

// tree holds the files that the forge serves. Names that end in ".sh" are executable.
var tree = map[string]string{
	"README":      "hello\n",
	"build.sh":    "#!/bin/sh\n",
	"src/main.c":  "int main(void) { return 0; }\n",
	"doc/guide":   "read the source\n",
	"src/.hidden": "",
}

const gitmodules = "[submodule \"sub\"]\n\tpath = sub\n\turl = ../sub.git\n"

func newForge(t *testing.T, n *nixtest.Nix) *forge {
	t.Helper()
	dir := t.TempDir()
	root := filepath.Join(dir, "root")
	f := &forge{vars: make(map[string]string)}

	writeTree(t, filepath.Join(dir, "demo-1"), tree)
	archives := filepath.Join(root, "archives")
	mkdir(t, archives)
	for option, name := range map[string]string{
		"--gzip": "demo.tar.gz", "--xz": "demo.tar.xz", "--zstd": "demo.tar.zst", "--lzip": "demo.tar.lz",
	} {
		command(t, dir, "tar", "--create", option, "--file", filepath.Join(archives, name), "demo-1")
	}
	writeZip(t, filepath.Join(archives, "demo.zip"), filepath.Join(dir, "demo-1"))
	writeFile(t, filepath.Join(archives, "README"), tree["README"])

	sub := gitRepository(t, filepath.Join(root, "sub.git"), map[string]string{"part": "of the whole\n"}, "")
	rev := gitRepository(t, filepath.Join(root, "demo.git"), tree, sub)
	github := filepath.Join(root, "owner", "demo", "archive")
	mkdir(t, github)
	command(t, dir, "tar", "--create", "--gzip", "--file", filepath.Join(github, rev+".tar.gz"), "demo-1")

	checkout := func(name string, parts ...map[string]string) string {
		writeTree(t, filepath.Join(dir, name), parts...)
		return nixHash(t, n, "path", filepath.Join(dir, name))
	}
	withModules := map[string]string{".gitmodules": gitmodules}
	f.vars["TREE"] = nixHash(t, n, "path", filepath.Join(dir, "demo-1"))
	f.vars["FILE"] = nixHash(t, n, "file", filepath.Join(archives, "README"))
	f.vars["EXECUTABLE"] = func() string {
		writeFile(t, filepath.Join(dir, "README.sh"), tree["README"])
		return nixHash(t, n, "path", filepath.Join(dir, "README.sh"))
	}()
	f.vars["CHECKOUT"] = checkout("checkout", tree, withModules, map[string]string{"sub/": ""})
	f.vars["SUBMODULES"] = checkout("submodules", tree, withModules, map[string]string{"sub/part": "of the whole\n"})
	// git's cone mode includes the files in the root, and counts a submodule as one.
	f.vars["SPARSE"] = checkout("sparse", withModules, map[string]string{"sub/": ""},
		only("README", "build.sh", "src/main.c", "src/.hidden"))
	f.vars["ROOTDIR"] = nixHash(t, n, "path", filepath.Join(dir, "sparse", "src"))
	f.vars["REV"] = rev

	f.plain = httptest.NewServer(f.handler(t, root))
	t.Cleanup(f.plain.Close)
	f.tls = httptest.NewTLSServer(f.handler(t, root))
	t.Cleanup(f.tls.Close)
	f.vars["URL"] = f.plain.URL
	f.vars["HOST"] = strings.TrimPrefix(f.tls.URL, "https://")
	return f
}

// lock replaces every ${NAME} in a lock.
func (f *forge) lock(text string) string {
	return os.Expand(text, func(name string) string { return f.vars[name] })
}

// log returns the requests since the last call.
func (f *forge) log() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	requests := f.requests
	f.requests = nil
	return requests
}

func (f *forge) handler(t *testing.T, root string) http.Handler {
	files := http.FileServer(http.Dir(root))
	git := &cgi.Handler{
		Path: filepath.Join(strings.TrimSpace(command(t, root, "git", "--exec-path")), "git-http-backend"),
		Env:  []string{"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_GLOBAL=/dev/null"},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		f.requests = append(f.requests, r.Method+" "+r.URL.Path)
		f.mu.Unlock()
		if strings.Contains(r.URL.Path, ".git/") {
			git.ServeHTTP(w, r)
			return
		}
		files.ServeHTTP(w, r)
	})
}

// gitRepository creates a bare repository with one commit and returns the commit's ID. If
// a submodule's commit is given, the submodule is at "sub".
func gitRepository(t *testing.T, bare string, files map[string]string, submodule string) string {
	t.Helper()
	work := t.TempDir()
	git := func(args ...string) string { t.Helper(); return command(t, work, "git", args...) }
	git("init", "--quiet", "--initial-branch=main")
	writeTree(t, work, files)
	if submodule != "" {
		writeFile(t, filepath.Join(work, ".gitmodules"), gitmodules)
	}
	git("add", ".")
	if submodule != "" {
		git("update-index", "--add", "--cacheinfo", "160000,"+submodule+",sub")
	}
	git("commit", "--quiet", "--message=one")
	git("clone", "--quiet", "--bare", work, bare)
	return strings.TrimSpace(git("rev-parse", "HEAD"))
}

// nixHash returns the SRI hash that Nix computes for a "file" or a "path".
func nixHash(t *testing.T, n *nixtest.Nix, kind, path string) string {
	t.Helper()
	out := n.Run("nix", "hash", kind, "--sri", path)
	if err := out.Failed(); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out.Stdout)
}

func only(names ...string) map[string]string {
	files := make(map[string]string)
	for name, content := range tree {
		if slices.Contains(names, name) {
			files[name] = content
		}
	}
	return files
}

// writeTree writes files below dir; a name that ends in "/" is an empty directory.
func writeTree(t *testing.T, dir string, parts ...map[string]string) {
	t.Helper()
	for _, files := range parts {
		for name, content := range files {
			path := filepath.Join(dir, name)
			if strings.HasSuffix(name, "/") {
				mkdir(t, path)
				continue
			}
			mkdir(t, filepath.Dir(path))
			writeFile(t, path, content)
		}
	}
}

// writeZip writes the contents of dir to an archive without a root directory.
func writeZip(t *testing.T, path, dir string) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w := zip.NewWriter(file)
	if err := w.AddFS(os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	mode := fs.FileMode(0o644)
	if strings.HasSuffix(path, ".sh") {
		mode = 0o755
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

func mkdir(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
}

// command runs a program in an environment in which commits have the same ID on every machine.
func command(t *testing.T, dir, program string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = dir
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir,
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_AUTHOR_DATE=2025-01-02T03:04:05Z",
		"GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@example.org", "GIT_COMMITTER_DATE=2025-01-02T03:04:05Z",
	}
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %q: %v", program, args, err)
	}
	return string(out)
}
