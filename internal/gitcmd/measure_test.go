package gitcmd_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// Check receives the final size on disk, and can end a checkout at any time.
func TestCheck(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	leaf := f.Repo("acme/leaf").Commit("main", forgetest.Files{"leaf": {Body: "12345"}})
	repo := f.Repo("acme/demo")
	rev := repo.Commit("main", forgetest.Files{
		"a": {Body: strings.Repeat("a", 1000)}, "dir/link": {Symlink: "../a"}, "leaf": {Submodule: leaf}, ".gitmodules": gitmodules("leaf", "../leaf"),
	})
	modules := len(gitmodules("leaf", "../leaf").Body)
	var mu sync.Mutex
	var last gitcmd.Size
	c := gitcmd.Checkout{URL: repo.URL(), Rev: rev, Submodules: true, Check: func(s gitcmd.Size) error {
		mu.Lock()
		defer mu.Unlock()
		last = s
		return nil
	}}
	if _, _, err := checkout(t, newGit(t, f), c); err != nil {
		t.Fatal(err)
	}
	if want := int64(1000 + 5 + modules); last.Unpacked != want || last.Entries != 7 || last.Download == 0 {
		t.Errorf("got %+v, want %d bytes unpacked, 7 entries, some download", last, want)
	}
	tooMuch := errors.New("too much")
	for name, stop := range map[string]func(gitcmd.Size) bool{
		"download": func(s gitcmd.Size) bool { return s.Download > 500 },
		"unpacked": func(s gitcmd.Size) bool { return s.Unpacked > 500 },
		"entries":  func(s gitcmd.Size) bool { return s.Entries > 3 },
	} {
		c.Check = func(s gitcmd.Size) error {
			if stop(s) {
				return tooMuch
			}
			return nil
		}
		if tree, _, err := checkout(t, newGit(t, f), c); !errors.Is(err, tooMuch) || len(tree) > 0 {
			t.Errorf("%s: got %q, %v, want %v", name, tree, err, tooMuch)
		}
	}
}
