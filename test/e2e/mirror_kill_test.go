package e2e

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/nix-community/go-nix/pkg/nixbase32"

	"github.com/pinfetch/pinfetch/test/forgetest"
)

// TestKillMirror ends runs of mirror over 50 pins with SIGKILL at any moment: no narinfo is without its NAR, no NAR is another
// than its name says, nothing accumulates, and a rerun completes.
func TestKillMirror(t *testing.T) {
	t.Parallel()
	s := newSeesaw(t)
	add := []string{"add"}
	for i := range 50 - len(s.lock()) {
		name := fmt.Sprintf("file-%d", i)
		s.forge.File("", "/"+name, forgetest.Content{Body: []byte(noise(name, 1000<<(i%9)))})
		add = append(add, s.forge.URL()+"/"+name)
	}
	s.run(add...)
	s.run("verify")
	dir := filepath.Join(s.dir, "mirror")
	struck, completed := 0, 0
	for i := range *kills {
		if s.random.IntN(3) == 0 {
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		}
		if _, killed := s.end(syscall.SIGKILL, 50, "mirror", dir); killed {
			struck++
		}
		s.wantWholeMirror(dir)
		if left := names(t, s.temp); len(left) > 2 {
			t.Errorf("TMPDIR holds %q: it accumulates", left)
		}
		if i%20 == 19 {
			s.run("mirror", dir)
			completed++
			if out := s.run("mirror", dir, "--check"); strings.Count(out, ": present\n") != len(s.lock()) {
				t.Errorf("not complete after a rerun:\n%s", out)
			}
		}
		if t.Failed() {
			t.Fatalf("after %d runs", i+1)
		}
	}
	if struck < *kills/2 || completed == 0 {
		t.Errorf("only %d of %d runs were killed, and %d completed", struck, *kills, completed)
	}
	s.wantTidy()
}

// wantWholeMirror looks at the files of a cache, and then lets the program look, which must find nothing damaged.
func (s *seesaw) wantWholeMirror(dir string) {
	s.t.Helper()
	nars, _ := filepath.Glob(filepath.Join(dir, "nar", "*"))
	for _, path := range nars {
		sum := sha256.Sum256([]byte(read(s.t, path)))
		if want := nixbase32.EncodeToString(sum[:]) + ".nar.zst"; filepath.Base(path) != want {
			s.t.Errorf("%s is %s", path, want)
		}
	}
	infos, _ := filepath.Glob(filepath.Join(dir, "*.narinfo"))
	for _, path := range infos {
		_, url, _ := strings.Cut(read(s.t, path), "\nURL: ")
		url, _, _ = strings.Cut(url, "\n")
		if info, err := os.Stat(filepath.Join(dir, url)); err != nil || info.Size() == 0 {
			s.t.Errorf("%s names %q, which is not there: %v", path, url, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 1 {
		s.t.Errorf("left behind: %q", left)
	}
	s.run("mirror", dir, "--check", "--dry-run")
}
