package prefetch_test

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/bitbucket"
	"github.com/pinfetch/pinfetch/pkg/sources/forgejo"
	"github.com/pinfetch/pinfetch/pkg/sources/gitlab"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcehut"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// golden returns the rows of a table, without comments.
func golden(t *testing.T, want int, name ...string) [][]string {
	t.Helper()
	var rows [][]string
	for line := range strings.Lines(string(readFile(t, name...))) {
		if !strings.HasPrefix(line, "#") {
			rows = append(rows, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
		}
	}
	if len(rows) != want {
		t.Fatalf("%v: got %d rows, want %d", name, len(rows), want)
	}
	return rows
}

// The hashes are those of nixpkgs' fetchers for three repositories.
func TestGoldenGit(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	for _, name := range []string{"demo", "plain", "sub"} {
		if _, err := f.Import("acme/"+name, filepath.Join("testdata", "git", name+".bundle")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.Import("~acme/plain", filepath.Join("testdata", "git", "plain.bundle")); err != nil {
		t.Fatal(err)
	}
	demo, plain := f.Repo("acme/demo"), f.Repo("acme/plain")
	v1 := demo.Rev("refs/tags/v1.0")
	if want := "8620b5e4e1d6dd6d6060bdbf53405f0604bbb23a"; v1 != want {
		t.Fatalf("got %s, want %s", v1, want)
	}
	const address = "https://github.com/acme/demo.git"
	gitHub := func(repo, rev string) sources.Fetch {
		return sources.Fetch{Fetcher: sources.FetchFromGitHub, Owner: "acme", Repo: repo, Rev: rev}
	}
	calls := map[string]sources.Fetch{
		"gh-plain":     gitHub("plain", plain.Rev("refs/tags/v1.0")),
		"gh-demo":      gitHub("demo", v1),
		"gh-demo-rev":  gitHub("demo", v1),
		"gh-demo-sub":  {Fetcher: sources.FetchGit, URL: address, Rev: v1, Submodules: true},
		"gl-plain":     gitlab.Spec{Owner: "acme", Repo: "plain"}.Fetch(plain.Rev("refs/tags/v1.0")),
		"gl-demo":      gitlab.Spec{Owner: "acme", Repo: "demo"}.Fetch(v1),
		"gitea":        forgejo.Spec{Owner: "acme", Repo: "demo"}.Fetch(v1),
		"srht":         sourcehut.Spec{Owner: "~acme", Repo: "plain"}.Fetch(plain.Rev("refs/tags/v1.0")),
		"bitbucket":    bitbucket.Spec{Owner: "acme", Repo: "demo"}.Fetch(v1),
		"git-demo":     {Fetcher: sources.FetchGit, URL: address, Rev: v1},
		"git-demo-sub": {Fetcher: sources.FetchGit, URL: address, Rev: v1, Submodules: true},
		"git-branch":   {Fetcher: sources.FetchGit, URL: address, Rev: demo.Rev("refs/heads/main")},
	}
	noContent := []string{"url-flat", "url-exec"} // the table does not contain their files; see TestFetchURL
	for _, row := range golden(t, len(calls)+len(noContent), "git", "expected.tsv") {
		name, want := row[0], row[2]
		if slices.Contains(noContent, name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			call, found := calls[name]
			if !found {
				t.Fatalf("no call for %q", row[1])
			}
			result, err := hashOf(t, newPrefetcher(t, f, nil), call)
			if err != nil {
				t.Fatal(err)
			}
			if got := result.Hash.String(); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			if call.Fetcher != sources.FetchZip && result.Date != "2024-01-01" {
				t.Errorf("got date %q, want 2024-01-01", result.Date)
			}
			if err := result.Fetch.Validate(); err != nil {
				t.Error(err)
			}
			if call.Fetcher != sources.FetchZip && result.Fetch != call {
				t.Errorf("got %v, want %v", result.Fetch, call)
			}
		})
	}
}

// The content determines an archive's format, and the call locks it. The real fetcher took some
// archives for another format because of their names.
func TestGoldenFetchzip(t *testing.T) {
	t.Parallel()
	extensions := map[string]string{
		"base.tar": "tar", "base.tar.gz": "tar.gz", "base.tar.bz2": "tar.bz2", "base.tar.xz": "tar.xz", "base.tgz": "tar.gz", "base.txz": "tar.xz",
		"plain.tar.gz": "tar", "modes.tar.gz": "tar.gz", "multi.tar.gz": "tar.gz", "trailing.tar.gz": "tar.gz", "dotdot.tar.gz": "", "fifo.tar.gz": "",
		"unix.zip": "zip", "stored.zip": "zip", "dup.zip": "",
		"gz-named.tar.xz": "tar.gz", "noext": "tar.gz", "tar-named.zip": "tar", "x.tar.zip": "zip", "zip-named.tar.gz": "zip",
	}
	// The same content is in the table under another name, with the hash of the real fetcher.
	same := map[string]string{"gz-named.tar.xz": "base.tar.gz", "noext": "base.tar.gz", "tar-named.zip": "base.tar", "x.tar.zip": "unix.zip", "zip-named.tar.gz": "unix.zip"}
	rows := golden(t, 40, "fetchzip.tsv")
	wants := map[string]string{}
	for _, row := range rows {
		wants[row[0]+" "+row[1]] = row[2]
	}
	f := forgetest.New(t)
	for name := range extensions {
		f.File("files.example.org", "/dir/"+name, forgetest.Content{Body: readFile(t, "archives", name)})
	}
	seen := map[string]bool{}
	for _, row := range rows {
		name, stripRoot, want := row[0], row[1] == "true", row[2]
		seen[name] = true
		if other, found := same[name]; found {
			want = wants[other+" "+row[1]]
		}
		t.Run(fmt.Sprintf("%s %t", name, stripRoot), func(t *testing.T) {
			t.Parallel()
			result, err := hashOf(t, newPrefetcher(t, f, nil), sources.Fetch{Fetcher: sources.FetchZip, URL: "https://files.example.org/dir/" + name, StripRoot: stripRoot})
			if want == "refuse" {
				if !errors.Is(err, hash.ErrRefused) {
					t.Errorf("got %v, %v, want %v", result.Hash, err, hash.ErrRefused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := result.Hash.String(); got != want || want == "" {
				t.Errorf("got %s, want %s", got, want)
			}
			if got, want := result.Fetch.Extension, extensions[name]; got != want {
				t.Errorf("got extension %q, want %q", got, want)
			}
			if err := result.Fetch.Validate(); err != nil {
				t.Error(err)
			}
		})
	}
	if len(seen) != len(extensions) {
		t.Errorf("got %v, want %v", slices.Sorted(maps.Keys(seen)), slices.Sorted(maps.Keys(extensions)))
	}
}
