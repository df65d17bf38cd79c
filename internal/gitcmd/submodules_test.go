package gitcmd_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// wide returns the files of a commit with n submodules, all of which are one commit of ../b.
func wide(n int, commit string) forgetest.Files {
	files := forgetest.Files{}
	var modules []string
	for i := range n {
		path := fmt.Sprintf("m%d", i)
		files[path] = forgetest.File{Submodule: commit}
		modules = append(modules, path, "../b")
	}
	files[".gitmodules"] = gitmodules(modules...)
	return files
}

// Each repository of a checkout is fetched once, however often it occurs, at any depth.
func TestEqualSubmodulesAreFetchedOnce(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := f.Repo("acme/b")
	leaf := repo.Commit("leaf", forgetest.Files{"leaf": {Body: "leaf\n"}, "dir/x": {Body: "x", Executable: true}})
	mid := repo.Commit("mid", wide(3, leaf))
	top := repo.Commit("top", wide(3, mid))
	got, _, err := checkout(t, newGit(t, f), gitcmd.Checkout{URL: repo.URL(), Rev: top, Submodules: true})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{".gitmodules": wide(3, mid)[".gitmodules"].Body}
	for i := range 3 {
		want[fmt.Sprintf("m%d/.gitmodules", i)] = wide(3, leaf)[".gitmodules"].Body
		for j := range 3 {
			want[fmt.Sprintf("m%d/m%d/leaf", i, j)] = "leaf\n"
			want[fmt.Sprintf("m%d/m%d/dir/x*", i, j)] = "x"
		}
	}
	wantTree(t, got, want)
	fetches := 0
	for _, r := range f.Requests() {
		if r.Command == "fetch" {
			fetches++
		}
	}
	// top names the repository with its own address, the others with "../b" relative to it: three commits.
	if fetches != 3 {
		t.Errorf("got %d fetches, want 3", fetches)
	}
}

func TestTooManySubmodules(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := f.Repo("acme/b")
	leaf := repo.Commit("leaf", forgetest.Files{"leaf": {Body: "leaf\n"}})
	bomb := leaf
	for range 6 {
		bomb = repo.Commit("main", wide(8, bomb))
	}
	deep := leaf
	for range 20 {
		deep = repo.Commit("deep", wide(1, deep))
	}
	for name, rev := range map[string]string{
		"wide": repo.Commit("wide", wide(1025, leaf)), "deep": deep, "wide and deep": bomb,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := checkout(t, newGit(t, f), gitcmd.Checkout{URL: repo.URL(), Rev: rev, Submodules: true})
			if !errors.Is(err, gitcmd.ErrSubmodules) {
				t.Errorf("got %v, want %v", err, gitcmd.ErrSubmodules)
			}
		})
	}
}

// The error about a submodule names it and its address.
func TestSubmoduleReason(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	for address, class := range map[string]error{
		"git@github.com:acme/sub.git": gitcmd.ErrTransport, "ssh://git@github.com/acme/sub": gitcmd.ErrTransport,
		"git://github.com/acme/sub": gitcmd.ErrTransport, "file:///srv/sub": gitcmd.ErrTransport,
		"ftp://ftp.example.org/sub": gitcmd.ErrTransport, "https://git.example.org/acme/none": nil,
	} {
		top := f.Repo("acme/top")
		rev := top.Commit("main", forgetest.Files{".gitmodules": gitmodules("sub", address), "sub": {Submodule: strings.Repeat("1", 40)}})
		_, _, err := checkout(t, newGit(t, f), gitcmd.Checkout{URL: top.URL(), Rev: rev, Submodules: true})
		if err == nil || class != nil && !errors.Is(err, class) {
			t.Errorf("%s: got %v, want %v", address, err, class)
		} else if text := err.Error(); !strings.Contains(text, `submodule "sub"`) || !strings.Contains(text, "/sub") && !strings.Contains(text, "/none") {
			t.Errorf("%s: got %v", address, err)
		}
	}
}

// The addresses of submodules are resolved as git does (gitsubmodules(7)), and the last of two values counts.
func TestSubmoduleAddresses(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	leaf := f.Repo("acme/leaf").Commit("main", forgetest.Files{"leaf": {Body: "leaf\n"}})
	f.Repo("acme/other").Commit("main", forgetest.Files{"other": {Body: "other\n"}})
	top := f.Repo("acme/top")
	modules := `[submodule "a name"]
	path = two
	path = one
	url = ../other
	url = ../leaf/
[submodule "two"]
	path = "deep/two"
	url = ./../../acme/leaf
[submodule "three"]
	path = sp ace
	url = https://github.com/acme/leaf.git
[submodule "not there"]
	path = nowhere
	url = ssh://git@github.com/acme/other
`
	rev := top.Commit("main", forgetest.Files{
		".gitmodules": {Body: modules}, "one": {Submodule: leaf}, "deep/two": {Submodule: leaf}, "sp ace": {Submodule: leaf},
	})
	got, _, err := checkout(t, newGit(t, f), gitcmd.Checkout{URL: top.URL(), Rev: rev, Submodules: true})
	if err != nil {
		t.Fatal(err)
	}
	wantTree(t, got, map[string]string{".gitmodules": modules, "one/leaf": "leaf\n", "deep/two/leaf": "leaf\n", "sp ace/leaf": "leaf\n"})
}

// Submodules outside a sparse checkout are checked out too, as by nix-prefetch-git.
func TestSubmodulesOfSparseCheckout(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	leaf := f.Repo("acme/leaf").Commit("main", forgetest.Files{"leaf": {Body: "leaf\n"}})
	top := f.Repo("acme/top")
	modules := gitmodules("src/in", "../leaf", "docs/deep/out", "../leaf")
	rev := top.Commit("main", forgetest.Files{
		".gitmodules": modules, "src/in": {Submodule: leaf}, "docs/deep/out": {Submodule: leaf}, "docs/d": {Body: "d"},
	})
	inside := map[string]string{"src/in/leaf": "leaf\n", "docs/deep/out/leaf": "leaf\n"}
	got, _, err := checkout(t, newGit(t, f), gitcmd.Checkout{URL: top.URL(), Rev: rev, Submodules: true, RootDir: "src"})
	if err != nil {
		t.Fatal(err)
	}
	wantTree(t, got, inside)
	inside[".gitmodules"] = modules.Body
	got, _, err = checkout(t, newGit(t, f), gitcmd.Checkout{URL: top.URL(), Rev: rev, Submodules: true, SparseCheckout: []string{"src"}})
	if err != nil {
		t.Fatal(err)
	}
	wantTree(t, got, inside)
}
