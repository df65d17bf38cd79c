package e2e

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/test/forgetest"
)

const (
	// realRepos names a directory of git directories OWNER+NAME of repositories that are
	// on github.com, those of their submodules among them.
	realRepos = "PINFETCH_REAL_REPOS"
	// realHashes names a table of hashes that were recorded for them, in nixpkgs for
	// the most part. Its lines have eight columns with tabs between: kind ("github" for
	// fetchFromGitHub, "git" for fetchgit, "submodules" for fetchgit with submodules),
	// owner, repo, ref, commit ID, SRI hash, whether the repository still gives that hash
	// ("yes" or "no"), and a note. Lines that begin with "#" are comments.
	realHashes = "PINFETCH_REAL_HASHES"
)

// TestRealHashes compares what pinfetch locks with what others have recorded for the same
// commits of real repositories. Neither is part of this one: [realRepos] and [realHashes]
// say where they are. Lines that say "no", and those whose repository is
// not in the directory, are left out.
func TestRealHashes(t *testing.T) {
	t.Parallel()
	directory, table := os.Getenv(realRepos), os.Getenv(realHashes)
	if directory == "" || table == "" {
		t.Skipf("needs real repositories in %s and a table of their hashes in %s", realRepos, realHashes)
	}
	forge := forgetest.New(t)
	importAll(t, forge, directory)
	p := newProject(t, forge, t.TempDir())
	tried := 0
	for _, recorded := range readRecorded(t, table) {
		if _, err := os.Stat(filepath.Join(directory, recorded.owner+"+"+recorded.repo)); errors.Is(err, fs.ErrNotExist) {
			t.Logf("left out: %s: no such repository in %s", recorded.name(), directory)
			continue
		}
		tried++
		t.Run(recorded.name(), func(t *testing.T) {
			t.Parallel()
			p := *p
			p.t = t
			var got string
			if removed := recorded.removed(); removed != nil {
				got = p.hashWithout(filepath.Join(directory, recorded.owner+"+"+recorded.repo), recorded.commit, removed)
			} else {
				got = p.hashOf(recorded.add()...)
			}
			if got != recorded.hash {
				t.Errorf("got %s, want %s (%s)", got, recorded.hash, recorded.note)
			}
		})
	}
	if tried == 0 {
		t.Errorf("no line of %s is about a repository in %s", table, directory)
	}
}

// hashOf returns the hash that an add would lock.
func (p *project) hashOf(args ...string) string {
	p.t.Helper()
	out := p.run(append([]string{"add", "--dry-run", "--json"}, args...)...)
	var document struct {
		Pins []struct {
			New struct {
				Hash string `json:"hash"`
			} `json:"new"`
		} `json:"pins"`
	}
	if err := json.Unmarshal([]byte(out), &document); err != nil || len(document.Pins) != 1 {
		p.t.Fatalf("pinfetch add printed %q (%v), want one pin", out, err)
	}
	return document.Pins[0].New.Hash
}

// hashWithout returns the hash of a commit's archive without some of its files, which is what a
// fetcher gives whose postFetch removes them. A lock has no postFetch.
func (p *project) hashWithout(repo, commit string, removed []string) string {
	p.t.Helper()
	dir := p.t.TempDir()
	archive := filepath.Join(p.t.TempDir(), "archive.tar")
	command(p.t, dir, "git", "--git-dir", repo, "archive", "--output", archive, commit)
	command(p.t, dir, "tar", "--extract", "--file", archive)
	for _, name := range removed {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			p.t.Fatal(err)
		}
	}
	return strings.TrimSpace(p.run("hash", "path", dir))
}

func importAll(t *testing.T, forge *forgetest.Forge, directory string) {
	t.Helper()
	entries, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		owner, repo, ok := strings.Cut(entry.Name(), "+")
		if !ok {
			continue
		}
		if _, err := forge.Import(owner+"/"+repo, filepath.Join(directory, entry.Name())); err != nil {
			t.Fatal(err)
		}
	}
}

// recorded is a line of the table.
type recorded struct{ kind, owner, repo, ref, commit, hash, note string }

func (r recorded) name() string {
	return strings.Join([]string{r.kind, r.owner, r.repo, r.ref}, " ")
}

// add is how a user would pin it.
func (r recorded) add() []string {
	path := r.owner + "/" + r.repo
	switch r.kind {
	case "git":
		return []string{"git+https://github.com/" + path, "--rev", r.commit}
	case "submodules":
		return []string{"git+https://github.com/" + path, "--rev", r.commit, "--submodules"}
	}
	return []string{"github:" + path, "--rev", r.commit}
}

// removed returns the files that were removed before the hash was recorded: "postFetch rm=a,b;"
// in the note.
func (r recorded) removed() []string {
	_, rest, found := strings.Cut(r.note, "postFetch rm=")
	if !found {
		return nil
	}
	names, _, _ := strings.Cut(rest, ";")
	return strings.Split(names, ",")
}

func readRecorded(t *testing.T, path string) []recorded {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var table []recorded
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		c := strings.Split(lines.Text(), "\t")
		if len(c) != 8 {
			t.Fatalf("%s: %d columns, want 8, in %q", path, len(c), lines.Text())
		}
		switch c[0] {
		case "github", "git", "submodules":
		default:
			t.Fatalf("%s: unknown kind %q", path, c[0])
		}
		if c[6] == "yes" {
			table = append(table, recorded{c[0], c[1], c[2], c[3], c[4], c[5], c[7]})
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return table
}
