package storepath_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/storepath"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/test/nixtest"
)

const rev = "0123456789abcdef0123456789abcdef01234567"

func sri(a hash.Algorithm) hash.SRI {
	digest := make([]byte, a.Size())
	for i := range digest {
		digest[i] = byte(i * 7)
	}
	return hash.NewSRI(a, digest)
}

// Whatever nixpkgs calls what it fetches, Nix puts it at one of the paths.
func TestOutputs(t *testing.T) {
	t.Parallel()
	n := nixtest.New(t).With("NIX_STORE_DIR=/nix/store")
	pkgs, err := filepath.Abs("../../nix/tests/pkgs.nix")
	if err != nil {
		t.Fatal(err)
	}
	calls := map[string]sources.Fetch{
		`fetchFromGitHub { owner = "acme"; repo = "demo.git.nvim"; rev = "` + rev + `"; HASH }`:                 {Fetcher: sources.FetchFromGitHub, Owner: "acme", Repo: "demo.git.nvim", Rev: rev},
		`fetchgit { url = "https://git.example.org/acme/demo.git"; rev = "` + rev + `"; HASH }`:                 {Fetcher: sources.FetchGit, URL: "https://git.example.org/acme/demo.git", Rev: rev},
		`fetchgit { url = "https://git.example.org:8443/demo"; rev = "` + rev + `"; HASH }`:                     {Fetcher: sources.FetchGit, URL: "https://git.example.org:8443/demo", Rev: rev},
		`fetchgit { url = "https://git.example.org/demo"; rev = "` + rev + `"; name = "own"; HASH }`:            {Fetcher: sources.FetchGit, URL: "https://git.example.org/demo", Rev: rev, Name: "own"},
		`fetchzip { url = "https://example.org/a/demo-1.0.tar.gz"; extension = "tar.gz"; HASH }`:                {Fetcher: sources.FetchZip, URL: "https://example.org/a/demo-1.0.tar.gz", Extension: "tar.gz", StripRoot: true},
		`fetchurl { url = "https://example.org/a/tool-1.0"; HASH }`:                                             {Fetcher: sources.FetchURL, URL: "https://example.org/a/tool-1.0"},
		`fetchurl { url = "https://example.org/a/tool-1.0"; executable = true; HASH }`:                          {Fetcher: sources.FetchURL, URL: "https://example.org/a/tool-1.0", Executable: true},
		`fetchurl { url = "https://example.org/a/%40tool?x=1"; name = "tool.tgz"; HASH }`:                       {Fetcher: sources.FetchURL, URL: "https://example.org/a/%40tool?x=1", Name: "tool.tgz"},
		`fetchgit { url = "https://git.example.org/demo"; rev = "` + rev + `"; rootDir = "a b/c"; HASH } # new`: {Fetcher: sources.FetchGit, URL: "https://git.example.org/demo", Rev: rev, RootDir: "a b/c"},
	}
	for _, algorithm := range []hash.Algorithm{hash.SHA256, hash.SHA512} {
		for text, fetch := range calls {
			text, onlyNew := strings.CutSuffix(text, " # new")
			text = strings.ReplaceAll(text, "HASH", fmt.Sprintf("hash = %q;", sri(algorithm)))
			var known []string
			for _, o := range storepath.Default.Outputs(sources.Call{Fetch: fetch, Hash: sri(algorithm)}) {
				known = append(known, o.Path)
			}
			for _, config := range []string{`"22.11"; `, `"25.11"; `, `"25.11"; config.fetchedSourceNameDefault = "source"; `} {
				if onlyNew && strings.Contains(config, "22") {
					continue
				}
				out, err := n.Eval(`((import ` + pkgs + ` { release = ` + config + `}).` + text + `).outPath`)
				var path string
				if err != nil || json.Unmarshal([]byte(out), &path) != nil {
					t.Fatalf("%s: %v", text, err)
				}
				if !slices.Contains(known, path) {
					t.Errorf("%s, %s: Nix says %s, which is not among %q", text, config, path, known)
				}
			}
		}
	}
}

// The paths are those of nix-store --print-fixed-path.
func TestOf(t *testing.T) {
	t.Parallel()
	n := nixtest.New(t).With("NIX_STORE_DIR=/nix/store")
	for _, algorithm := range []hash.Algorithm{hash.SHA256, hash.SHA512} {
		for _, recursive := range []bool{false, true} {
			args := []string{"--print-fixed-path", algorithm.String(), sri(algorithm).Base32(), "some-name"}
			if recursive {
				args = append([]string{"--print-fixed-path", "--recursive"}, args[1:]...)
			}
			out := n.Run("nix-store", args...)
			if err := out.Failed(); err != nil {
				t.Fatal(err)
			}
			got := storepath.Default.Of("some-name", sri(algorithm), recursive)
			if want := strings.TrimSpace(out.Stdout); got.Path != want {
				t.Errorf("%v, recursive %v: got %s, want %s", algorithm, recursive, got.Path, want)
			}
		}
	}
}

// The names that nixpkgs gives since 24.11, by lib/sources.nix and pkgs/build-support.
func TestNames(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		fetch sources.Fetch
		want  []string
	}{
		{sources.Fetch{Fetcher: sources.FetchFromGitHub, Repo: "demo", Rev: rev}, []string{"source", "demo-0123456-source", "demo-0123456-github-source"}},
		{sources.Fetch{Fetcher: sources.FetchZip, URL: "https://e.org/x.tar.gz"}, []string{"source", "x-source", "x-unpacked-source"}},
		{sources.Fetch{Fetcher: sources.FetchGit, URL: "https://e.org/x.git/", Rev: rev}, []string{"x-0123456", "source", "x-0123456-source", "x-0123456-git-source"}},
		{sources.Fetch{Fetcher: sources.FetchURL, URL: "https://e.org/a/.x%20y"}, []string{"x-20y"}},
	} {
		if got := storepath.Names(test.fetch); !slices.Equal(got, test.want) {
			t.Errorf("%v: got %q, want %q", test.fetch, got, test.want)
		}
	}
}
