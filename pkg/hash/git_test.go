package hash_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pinfetch/pinfetch/pkg/hash"
)

// The results of the real fetchFromGitHub and fetchgit for the repositories in testdata/git.
const (
	goldenArchivePlain = "gh-plain"
	goldenArchiveDemo  = "gh-demo"
	goldenCheckoutRev  = "git-demo"
	goldenCheckoutMain = "git-branch"
	demoRev            = "8620b5e4e1d6dd6d6060bdbf53405f0604bbb23a"
)

func gitGolden(t *testing.T, name string) string {
	t.Helper()
	for _, fields := range readTable(t, "testdata/git/expected.tsv") {
		if fields[0] == name {
			return fields[2]
		}
	}
	t.Fatalf("no golden case %q", name)
	return ""
}

// git runs git without anyone's configuration and returns its output.
func git(t *testing.T, dir string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git %s: %v: %s", strings.Join(args, " "), err, &stderr)
	}
	return out
}

// clone unpacks a bundle of testdata/git.
func clone(t *testing.T, name string) string {
	t.Helper()
	bundle, err := filepath.Abs(filepath.Join("testdata", "git", name+".bundle"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	git(t, dir, "clone", "--quiet", "--mirror", bundle, "bare.git")
	return filepath.Join(dir, "bare.git")
}

func TestGitArchive(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ repo, rev, golden string }{
		{"plain", "v1.0", goldenArchivePlain},
		{"demo", "v1.0", goldenArchiveDemo},
		{"demo", demoRev, goldenArchiveDemo},
	} {
		dir := clone(t, test.repo)
		commit := strings.TrimSpace(string(git(t, dir, "rev-parse", test.rev+"^{commit}")))
		date := strings.TrimSpace(string(git(t, dir, "log", "-1", "--format=%cI", test.rev)))
		when, err := time.Parse(time.RFC3339, date)
		if err != nil {
			t.Fatal(err)
		}
		for _, format := range []string{"tar.gz", "zip"} {
			data := git(t, dir, "archive", "--format="+format, "--prefix=x/", test.rev)
			got, err := hash.Archive(t.Context(), bytes.NewReader(data), hash.ArchiveOptions{StripRoot: true})
			if err != nil {
				t.Fatal(err)
			}
			if want := gitGolden(t, test.golden); got.SRI.String() != want {
				t.Errorf("%s %s as %s: got %v, want %s", test.repo, test.rev, format, got.SRI, want)
			}
			if got.Commit != commit || !got.Date.Equal(when) || got.Extension != format {
				t.Errorf("%s %s as %s: got commit %s of %v, want %s of %v", test.repo, test.rev, format, got.Commit, got.Date, commit, when)
			}
			if test.repo == "demo" {
				kinds := make(map[hash.NoticeKind]bool)
				for _, n := range got.Notices {
					kinds[n.Kind] = true
				}
				if !kinds[hash.ExportSubst] || !kinds[hash.LFSPointer] || !kinds[hash.EmptyGitlink] {
					t.Errorf("%s as %s: got notices %v, want export-subst, an LFS pointer and an empty submodule", test.repo, format, got.Notices)
				}
			}
		}
	}
}

func TestGitCheckout(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ rev, golden string }{
		{demoRev, goldenCheckoutRev},
		{"main", goldenCheckoutMain},
	} {
		bare := clone(t, "demo")
		work := filepath.Join(t.TempDir(), "work")
		git(t, bare, "clone", "--quiet", bare, work)
		git(t, work, "checkout", "--quiet", test.rev)
		got, err := hash.Dir(t.Context(), work, hash.DirOptions{Skip: func(name string) bool { return name == ".git" }})
		if want := gitGolden(t, test.golden); err != nil || got.String() != want {
			t.Errorf("%s: got %v, %v, want %s", test.rev, got, err, want)
		}
	}
}
