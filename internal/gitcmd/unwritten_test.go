package gitcmd_test

import (
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// A file that cannot be written completely is an error, although "git checkout" exits with 0: the hash would
// be that of the part that fitted on the disk.
func TestUnwritten(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	big := f.Repo("acme/big")
	bigRev := big.Commit("main", forgetest.Files{"big": {Body: strings.Repeat("y\n", 1<<20)}, "small": {Body: "y"}})
	top := f.Repo("acme/top")
	topRev := top.Commit("main", forgetest.Files{".gitmodules": gitmodules("sub", "../big"), "sub": {Submodule: bigRev}})

	git, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	writeScript(t, filepath.Join(bin, "git"), "trap '' XFSZ; ulimit -f 1000; exec "+git+` "$@"`)
	for name, c := range map[string]gitcmd.Checkout{
		"repository": {URL: big.URL(), Rev: bigRev},
		"submodule":  {URL: top.URL(), Rev: topRev, Submodules: true},
	} {
		g := newGit(t, f)
		g.Env[0] = "PATH=" + bin + ":" + strings.TrimPrefix(g.Env[0], "PATH=")
		if tree, _, err := checkout(t, g, c); !errors.Is(err, gitcmd.ErrUnwritten) || len(tree) > 0 {
			t.Errorf("%s: got %d files, %v, want %v", name, len(tree), err, gitcmd.ErrUnwritten)
		}
	}
}
