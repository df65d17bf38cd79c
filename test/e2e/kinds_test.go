package e2e

import (
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pinfetch/pinfetch/test/forgetest"
)

// hosted is a repository on a forge, and what a pin of it must lock.
type hosted struct {
	name    string // of the pin
	repo    string // on the forge
	add     []string
	fetcher string
	applies bool // whether the archive is made by git, which applies .gitattributes
}

// forges has the kinds of source for forges.
func forges() []hosted {
	return []hosted{
		{name: "gitlab", repo: "acme/group/gitlab", add: []string{"gitlab:acme/group/gitlab"}, fetcher: "fetchzip", applies: true},
		{name: "forgejo", repo: "acme/forgejo", add: []string{"https://codeberg.org/acme/forgejo"}, fetcher: "fetchzip", applies: true},
		{name: "sourcehut", repo: "~acme/sourcehut", add: []string{"sourcehut:~acme/sourcehut"}, fetcher: "fetchzip", applies: true},
		{name: "sourcehut-git", repo: "~acme/sourcehut-git", add: []string{"https://git.sr.ht/~acme/sourcehut-git", "--submodules"}, fetcher: "fetchgit"},
		{name: "bitbucket", repo: "acme/bitbucket", add: []string{"bitbucket:acme/bitbucket"}, fetcher: "fetchzip", applies: true},
		{name: "bitbucket-git", repo: "acme/bitbucket-git", add: []string{"https://bitbucket.org/acme/bitbucket-git", "--submodules"}, fetcher: "fetchgit"},
		{name: "gitiles", repo: "platform/gitiles", add: []string{"gitiles:acme.googlesource.com/platform/gitiles"}, fetcher: "fetchzip"},
		{name: "gitiles-git", repo: "platform/gitiles-git", add: []string{"https://acme.googlesource.com/platform/gitiles-git", "--submodules"}, fetcher: "fetchgit"},
	}
}

// TestForges pins a tag of a repository on every kind of forge and builds the pins with Nix.
func TestForges(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	library := b.forge.Repo("acme/library").Commit("main", forgetest.Files{"lib.c": {Body: "int lib;\n"}})
	commits := make(map[string]string)
	var names []string
	for _, kind := range forges() {
		repo := b.forge.Repo(kind.repo)
		commit := repo.Commit("main", forgetest.Files{
			".gitattributes": {Body: "private export-ignore\nversion.txt export-subst\nwindows.bat text eol=crlf\n"},
			".gitmodules":    {Body: "[submodule \"lib\"]\n\tpath = lib\n\turl = https://git.example.org/acme/library\n"},
			"lib":            {Submodule: library},
			"README":         {Body: kind.name + "\n"},
			"bin/run it.sh":  {Body: "#!/bin/sh\n", Executable: true},
			"link":           {Symlink: "bin/run it.sh"},
			"private":        {Body: "not in archives\n"},
			"version.txt":    {Body: "$Format:%H$\n"},
			"windows.bat":    {Body: "echo off\n"},
		})
		repo.AnnotatedTag("v1.2.0", commit, "one")
		commits[kind.name] = commit
		names = append(names, kind.name)
		b.run(append([]string{"add", "--name", kind.name}, kind.add...)...)
	}
	slices.Sort(names)
	calls := b.lock()
	if got := slices.Sorted(maps.Keys(calls)); !slices.Equal(got, names) {
		t.Fatalf("pins %q, want %q", got, names)
	}

	b.forge.ResetLog()
	b.instantiate(append([]string{"pins.nix"}, attributes(names)...)...)
	b.wantSilence("evaluation")
	paths := b.build(names...)
	for _, kind := range forges() {
		if got := calls[kind.name].Fetcher; got != kind.fetcher {
			t.Errorf("%s: fetcher %q, want %q", kind.name, got, kind.fetcher)
		}
		isCheckout := kind.fetcher == "fetchgit"
		want := map[string]string{
			"README": "file: " + kind.name + "\n", "bin/run it.sh": "executable: #!/bin/sh\n", "link": "link: bin/run it.sh",
			"private": "file: not in archives\n", "version.txt": "file: $Format:%H$\n", "windows.bat": "file: echo off\n", "lib": "directory of 0",
		}
		if kind.applies {
			want["private"], want["version.txt"] = "nothing", "file: "+commits[kind.name]+"\n"
		}
		if kind.applies || isCheckout {
			want["windows.bat"] = "file: echo off\r\n"
		}
		if isCheckout {
			want["lib"] = "directory of 1"
		}
		for path, want := range want {
			if got := describe(t, filepath.Join(paths[kind.name], path)); got != want {
				t.Errorf("%s: %q is %q, want %q", kind.name, path, got, want)
			}
		}
		facts, err := b.nix.Eval(`let p = (import ./pins.nix { }).` + kind.name + `; in [ p.pname p.version p.rev p.tag p.date ]`)
		if want := `["` + kind.name + `","1.2.0","` + commits[kind.name] + `","v1.2.0","2024-01-01"]`; err != nil || facts != want {
			t.Errorf("%s: got %s, %v, want %s", kind.name, facts, err, want)
		}
	}
	b.run("verify")
}
