package forgetest

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// members reads a tar.gz into lines of type, mode and name.
func members(t *testing.T, archive string) []string {
	t.Helper()
	z, err := gzip.NewReader(strings.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return lines
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeXGlobalHeader {
			lines = append(lines, "comment "+h.PAXRecords["comment"])
			continue
		}
		lines = append(lines, fmt.Sprintf("%c %04o %s", h.Typeflag, h.Mode, h.Name))
	}
}

func TestArchive(t *testing.T) {
	t.Parallel()
	f := New(t)
	r := f.Repo("acme/demo")
	commit := r.Commit("main", Files{"a": {Body: "a\n"}, "bin/tool": {Body: "b\n", Executable: true}, "link": {Symlink: "a"}, "sub": {Submodule: "a293c1d5129da669aa1cea28a19288680f5725e5"}})
	r.AnnotatedTag("v1.0", commit, "one")
	r.Tag("release/2.0+b1", commit)
	r.Tag("version", commit)
	r.Branch("feature/x", commit)
	r.Branch("both", commit)
	r.Tag("both", commit)
	c := client(t, f)
	short := commit[:7]
	tests := []struct {
		rev, escaped, root string
	}{
		{"refs/tags/v1.0", "refs/tags/v1.0", "demo-1.0"},
		{"v1.0", "v1.0", "demo-1.0"},
		{"refs/tags/release/2.0+b1", "refs/tags/release/2.0+b1", "demo-release-2.0+b1"},
		{"version", "version", "demo-version"},
		{"refs/heads/feature/x", "refs/heads/feature/x", "demo-feature-x"},
		{"feature/x", "feature/x", "demo-feature-x"},
		{"main", "main", "demo-main"},
		{"HEAD", "HEAD", "demo-HEAD"},
		{commit, commit, "demo-" + commit},
		{short, short, "demo-" + short},
		{"refs/tags/both", "refs/tags/both", "demo-both"},
		{"refs/heads/both", "refs/heads/both", "demo-both"},
	}
	for _, tt := range tests {
		resp, _ := get(t, c, "https://github.com/acme/demo/archive/"+tt.rev+".tar.gz")
		location := "https://codeload.github.com/acme/demo/tar.gz/" + tt.escaped
		if got := resp.Header.Get("Location"); resp.StatusCode != 302 || got != location {
			t.Errorf("%s: got %d %q, want 302 %q", tt.rev, resp.StatusCode, got, location)
		}
		resp, first := get(t, c, location)
		if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "application/x-gzip" {
			t.Errorf("%s: got %d %v", tt.rev, resp.StatusCode, resp.Header)
			continue
		}
		want := []string{
			"comment " + commit,
			"5 0775 " + tt.root + "/",
			"0 0664 " + tt.root + "/a",
			"5 0775 " + tt.root + "/bin/",
			"0 0775 " + tt.root + "/bin/tool",
			"2 0777 " + tt.root + "/link",
			"5 0775 " + tt.root + "/sub/",
		}
		if got := members(t, first); !slices.Equal(got, want) {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.rev, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if _, second := get(t, c, location); second != first {
			t.Errorf("%s: two downloads differ", tt.rev)
		}
		if resp, direct := get(t, c, "https://git.example.org/acme/demo/archive/"+tt.rev+".tar.gz"); resp.StatusCode != 200 || direct != first {
			t.Errorf("%s: another host answers with %d and different bytes", tt.rev, resp.StatusCode)
		}
	}
	resp, body := get(t, c, "https://codeload.github.com/acme/demo/zip/main")
	z, err := zip.NewReader(bytes.NewReader([]byte(body)), int64(len(body)))
	if err != nil || resp.Header.Get("Content-Type") != "application/zip" || z.File[0].Name != "demo-main/" {
		t.Errorf("zip: got %v %v", resp.Header, err)
	}
	resp, err = c.Head("https://codeload.github.com/acme/demo/tar.gz/main")
	if err != nil || resp.StatusCode != 200 {
		t.Errorf("HEAD: got %v", err)
	}
	resp.Body.Close()
	resp, _ = get(t, c, "https://api.github.com/repos/acme/demo/tarball/refs/tags/v1.0")
	if got, want := resp.Header.Get("Location"), "https://codeload.github.com/acme/demo/legacy.tar.gz/refs/tags/v1.0"; got != want {
		t.Fatalf("tarball: got %q, want %q", got, want)
	}
	_, body = get(t, c, resp.Header.Get("Location"))
	if got, want := members(t, body)[1], "5 0775 acme-demo-"+short+"/"; got != want {
		t.Errorf("tarball: got root %q, want %q", got, want)
	}
}

func TestArchiveRefusals(t *testing.T) {
	t.Parallel()
	f := New(t)
	r := f.Repo("acme/demo")
	commit := r.Commit("main", Files{"a": {Body: "a\n"}})
	r.Branch("both", commit)
	r.Tag("both", commit)
	c := client(t, f)
	tests := []struct {
		url  string
		want int
	}{
		{"https://github.com/acme/none/archive/main.tar.gz", 404},
		{"https://github.com/acme/demo/archive/main.rar", 404},
		{"https://codeload.github.com/acme/demo/tar.gz/none", 404},
		{"https://codeload.github.com/acme/demo/tar.gz/refs/tags/main", 404},
		{"https://codeload.github.com/acme/demo/tar.gz/main~0", 404},
		{"https://codeload.github.com/acme/demo/tar.gz/0123456789012345678901234567890123456789", 404},
		{"https://codeload.github.com/acme/demo/tar.gz/" + commit[:3], 404},
		{"https://codeload.github.com/acme/demo/rar/main", 404},
		{"https://codeload.github.com/acme/demo/tar.gz/both", 300},
		{"https://git.example.org/acme/demo/archive/both.tar.gz", 300},
	}
	for _, tt := range tests {
		resp, body := get(t, c, tt.url)
		if resp.StatusCode != tt.want || body == "" {
			t.Errorf("%s: got %d %q, want %d", tt.url, resp.StatusCode, body, tt.want)
		}
	}
}

func TestPrivateArchive(t *testing.T) {
	t.Parallel()
	f := New(t)
	f.Repo("acme/secret").Commit("main", Files{"a": {Body: "a\n"}})
	f.Private("acme/secret", "s3cret")
	c := client(t, f)
	for _, url := range []string{
		"https://github.com/acme/secret/archive/main.tar.gz",
		"https://git.example.org/acme/secret/archive/main.tar.gz",
		"https://codeload.github.com/acme/secret/tar.gz/main",
		"https://codeload.github.com/acme/secret/tar.gz/main?token=s3cret",
		"https://api.github.com/repos/acme/secret/tarball/main",
		"https://git.example.org/api/v3/repos/acme/secret/tarball/main",
		"https://github.com/acme/secret",
	} {
		if resp, _ := get(t, c, url); resp.StatusCode != 404 {
			t.Errorf("%s: got %d without a token, want 404", url, resp.StatusCode)
		}
	}
	for _, url := range []string{
		"https://github.com/acme/secret/archive/main.tar.gz",
		"https://api.github.com/repos/acme/secret/tarball/main",
	} {
		resp, _ := get(t, c, url, "Authorization", "Bearer s3cret")
		location := resp.Header.Get("Location")
		if resp.StatusCode != 302 || !strings.Contains(location, "?token=") || strings.Contains(location, "s3cret") {
			t.Errorf("%s: got %d %q", url, resp.StatusCode, location)
		}
		if resp, _ := get(t, c, location); resp.StatusCode != 200 {
			t.Errorf("%s: got %d, want 200", location, resp.StatusCode)
		}
	}
	if resp, _ := get(t, c, "https://git.example.org/api/v3/repos/acme/secret/tarball/main", "Authorization", "token s3cret"); resp.StatusCode != 200 {
		t.Errorf("Enterprise: got %d, want 200", resp.StatusCode)
	}
}

// The bundle's attributes are applied: ignored files are absent, and the tree is
// what nixpkgs' fetchFromGitHub unpacked from GitHub's archive.
func TestArchiveOfBundle(t *testing.T) {
	t.Parallel()
	f := New(t)
	if _, err := f.Import("acme/demo", "testdata/demo.bundle"); err != nil {
		t.Fatal(err)
	}
	c := client(t, f)
	c.CheckRedirect = nil
	resp, body := get(t, c, "https://github.com/acme/demo/archive/8620b5e4e1d6dd6d6060bdbf53405f0604bbb23a.tar.gz")
	if resp.StatusCode != 200 || resp.Request.URL.Host != codeloadHost {
		t.Fatalf("got %d from %s", resp.StatusCode, resp.Request.URL)
	}
	dir := t.TempDir()
	archive := filepath.Join(dir, "demo.tar.gz")
	if err := os.WriteFile(archive, []byte(body), 0o644); err != nil {
		t.Fatal(err)
	}
	mustRun(t, f, "tar", "-C", dir, "-xf", archive)
	root := filepath.Join(dir, "demo-8620b5e4e1d6dd6d6060bdbf53405f0604bbb23a")
	attributes, err := os.ReadFile(filepath.Join(root, ".gitattributes"))
	if err != nil || !strings.Contains(string(attributes), "export-ignore") {
		t.Fatalf("the bundle shows nothing about attributes: %v\n%s", err, attributes)
	}
	for line := range strings.Lines(string(attributes)) {
		if fields := strings.Fields(line); slices.Contains(fields[1:], "export-ignore") {
			if _, err := os.Lstat(filepath.Join(root, fields[0])); !os.IsNotExist(err) {
				t.Errorf("%s is in the archive", fields[0])
			}
		}
	}
	nix, err := exec.LookPath("nix")
	if err != nil {
		t.Skip("no nix to hash the tree")
	}
	const want = "sha256-62i+LahNo6NoqqWSK2dkFvw0pNVzzXra4FdU87tbTQg="
	if got := mustRun(t, f, nix, "--experimental-features", "nix-command", "hash", "path", root); strings.TrimSpace(got) != want {
		t.Errorf("got hash %s, want %s", got, want)
	}
}

func TestAPI(t *testing.T) {
	t.Parallel()
	f := New(t)
	r := f.Repo("acme/demo")
	r.Commit("trunk", Files{"a": {}})
	r.DefaultBranch("trunk")
	for i := range 35 {
		r.Release(Release{Tag: fmt.Sprintf("v%d", i+1)})
	}
	r.Release(Release{Tag: "v99-rc1", Prerelease: true, Assets: []Asset{{Name: "tool.bin", Body: []byte("tool")}}})
	r.Release(Release{Tag: "v99", Draft: true})
	f.Repo("acme/empty")
	c := client(t, f)
	for _, root := range []string{"https://api.github.com", "https://git.example.org/api/v3", f.URL() + "/api/v3"} {
		tests := []struct {
			path   string
			status int
			want   []string
		}{
			{"/repos/acme/demo", 200, []string{`"default_branch":"trunk"`, `"full_name":"acme/demo"`, `"private":false`}},
			{"/repos/acme/demo/releases/latest", 200, []string{`"tag_name":"v35"`, `"published_at":"2024-02-04T12:00:00Z"`}},
			{"/repos/acme/demo/releases?per_page=2", 200, []string{`"tag_name":"v99-rc1"`, `"prerelease":true`, `"tag_name":"v35"`, `/releases/download/v99-rc1/tool.bin"`}},
			{"/repos/acme/empty/releases", 200, []string{"[]"}},
			{"/repos/acme/empty/releases/latest", 404, []string{`"message":"Not Found"`}},
			{"/repos/acme/none", 404, []string{`"message":"Not Found"`}},
			{"/rate_limit", 200, []string{`"remaining":`}},
		}
		for _, tt := range tests {
			resp, body := get(t, c, root+tt.path)
			if resp.StatusCode != tt.status || resp.Header.Get("X-RateLimit-Remaining") == "" {
				t.Errorf("%s%s: got %d %v, want %d", root, tt.path, resp.StatusCode, resp.Header, tt.status)
			}
			for _, want := range tt.want {
				if !strings.Contains(body, want) {
					t.Errorf("%s%s: got %s, want %s", root, tt.path, body, want)
				}
			}
			if strings.Contains(body, `"v99"`) {
				t.Errorf("%s%s shows a draft", root, tt.path)
			}
			if tag := resp.Header.Get("ETag"); tag != "" && tt.path != "/rate_limit" {
				if resp, _ := get(t, c, root+tt.path, "If-None-Match", tag); resp.StatusCode != 304 {
					t.Errorf("%s%s: got %d with If-None-Match, want 304", root, tt.path, resp.StatusCode)
				}
			}
		}
	}
	resp, body := get(t, c, "https://api.github.com/repos/acme/demo/releases?page=2&per_page=30")
	if got := strings.Count(body, `"tag_name"`); got != 6 {
		t.Errorf("got %d releases on page 2, want 6", got)
	}
	if got, want := resp.Header.Get("Link"), `<https://api.github.com/repos/acme/demo/releases?page=1&per_page=30>; rel="prev", <https://api.github.com/repos/acme/demo/releases?page=1&per_page=30>; rel="first"`; got != want {
		t.Errorf("got Link %s, want %s", got, want)
	}
	resp, _ = get(t, c, "https://api.github.com/repos/acme/demo/releases")
	if got, want := resp.Header.Get("Link"), `<https://api.github.com/repos/acme/demo/releases?page=2>; rel="next", <https://api.github.com/repos/acme/demo/releases?page=2>; rel="last"`; got != want {
		t.Errorf("got Link %s, want %s", got, want)
	}
	resp, _ = get(t, c, "https://github.com/acme/demo/releases/download/v99-rc1/tool.bin")
	if got := resp.Header.Get("Location"); resp.StatusCode != 302 || !strings.HasPrefix(got, "https://"+assetsHost+"/") {
		t.Errorf("asset: got %d %q", resp.StatusCode, got)
	}
	for _, url := range []string{resp.Header.Get("Location"), "https://git.example.org/acme/demo/releases/download/v99-rc1/tool.bin"} {
		if resp, body := get(t, c, url); resp.StatusCode != http.StatusOK || body != "tool" {
			t.Errorf("%s: got %d %q", url, resp.StatusCode, body)
		}
	}
}

// Each forge has its own addresses of archives, and its own directory around the files.
func TestArchivesOfForges(t *testing.T) {
	t.Parallel()
	f := New(t)
	var commit string
	for _, name := range []string{"~ada/demo", "ada/demo", "platform/demo"} {
		commit = f.Repo(name).Commit("main", Files{
			".gitattributes": {Body: "a export-ignore\n"},
			"a":              {Body: "a\n"}, "bin/tool": {Body: "b\n", Executable: true}, "link": {Symlink: "a"}, "sub": {Submodule: strings.Repeat("a", 40)},
		})
		f.Repo(name).Tag("v1.0", commit)
	}
	c := client(t, f)
	inside := []string{"0 0664 .gitattributes", "5 0775 bin/", "0 0775 bin/tool", "2 0777 link", "5 0775 sub/"}
	for address, want := range map[string][]string{
		"https://git.sr.ht/~ada/demo/archive/v1.0.tar.gz":             below("demo-v1.0/", commit, inside),
		"https://git.sr.ht/~ada/demo/archive/" + commit + ".tar.gz":   below("demo-"+commit+"/", commit, inside),
		"https://bitbucket.org/ada/demo/get/v1.0.tar.gz":              below("ada-demo-"+commit[:12]+"/", commit, inside),
		"https://code.example.org/platform/demo/+archive/v1.0.tar.gz": {"0 0644 .gitattributes", "0 0644 a", "5 0755 bin/", "0 0755 bin/tool", "2 0000 link", "5 0755 sub/"},
		"https://git.sr.ht/~ada/none/archive/v1.0.tar.gz":             nil,
		"https://bitbucket.org/ada/demo/get/none.tar.gz":              nil,
		"https://code.example.org/platform/demo/+archive/none.tar.gz": nil,
	} {
		resp, body := get(t, c, address)
		if want == nil {
			if resp.StatusCode != http.StatusNotFound {
				t.Errorf("%s: got %s, want 404", address, resp.Status)
			}
		} else if got := members(t, body); !slices.Equal(got, want) {
			t.Errorf("%s:\n got %q\nwant %q", address, got, want)
		}
	}
}

// below returns the members of an archive of a commit whose files are in a directory.
func below(root, commit string, inside []string) []string {
	lines := []string{"comment " + commit, "5 0775 " + root}
	for _, line := range inside {
		lines = append(lines, line[:7]+root+line[7:])
	}
	return lines
}
