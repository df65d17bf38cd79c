package e2e

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/pinfetch/pinfetch/test/forgetest"
)

// during runs an update and does something after it has read the lock and before it
// writes it.
func (p *project) during(happen func()) result {
	p.t.Helper()
	once := sync.OnceFunc(happen)
	p.forge.Fault(forgetest.Fault{Kind: forgetest.ResetHeader(), Match: func(*http.Request) bool {
		once()
		return false
	}})
	return p.exec("update", "--rehash")
}

// TestLockTakenAway replaces or removes the lock during an update. The change was
// deliberate: it stays, a removed lock is not recreated, and the user is told.
func TestLockTakenAway(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		happen func(t *testing.T, path string) error // path is where the lock was
		code   int
	}{
		{"removed", func(_ *testing.T, path string) error { return os.Remove(path) }, 1},
		{"removed with its directory", func(_ *testing.T, path string) error { return os.RemoveAll(filepath.Dir(path)) }, 1},
		{"replaced by a directory", func(_ *testing.T, path string) error {
			return first(os.Remove(path), os.Mkdir(path, 0o755))
		}, 1},
		{"replaced by a pipe", func(_ *testing.T, path string) error {
			return first(os.Remove(path), syscall.Mkfifo(path, 0o644))
		}, 1},
		{"replaced by a link to nothing", func(t *testing.T, path string) error {
			return first(os.Remove(path), os.Symlink(filepath.Join(t.TempDir(), "nothing"), path))
		}, 1},
		{"replaced by a link to itself", func(_ *testing.T, path string) error {
			return first(os.Remove(path), os.Symlink(filepath.Base(path), path))
		}, 1},
		{"replaced by a link to a file that is no lock", func(t *testing.T, path string) error {
			return first(os.Remove(path), os.Symlink("/etc/hostname", path))
		}, 1},
		{"replaced by nothing at all", func(_ *testing.T, path string) error { return os.Truncate(path, 0) }, 1},
		{"replaced by a link to where it went", func(t *testing.T, path string) error {
			moved := filepath.Join(t.TempDir(), "lock.json")
			return first(os.Rename(path, moved), os.Symlink(moved, path))
		}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newProject(t, forgetest.New(t), t.TempDir())
			p.run("add", p.files(1, "data")["data"])
			p.files(2, "data")
			var before []string
			r := p.during(func() {
				if err := test.happen(t, p.lockFile()); err != nil {
					t.Error(err)
				}
				before = append(describeLink(p.lockFile()), list(filepath.Dir(p.lockFile()))...)
			})
			if r.code != test.code {
				t.Errorf("exit code %d, want %d\n%s%s", r.code, test.code, r.stdout, r.stderr)
			}
			if test.code != 0 && (!strings.Contains(r.stderr, "pinfetch: error: ") || !strings.Contains(r.stderr, "pinfetch: hint: ")) {
				t.Errorf("stderr holds no error or no hint:\n%s", r.stderr)
			}
			if after := append(describeLink(p.lockFile()), list(filepath.Dir(p.lockFile()))...); !slices.Equal(after, before) {
				t.Errorf("there was %q, and is %q", before, after)
			}
			if test.code == 0 && len(p.lock()) != 1 {
				t.Errorf("%d pins, want 1", len(p.lock()))
			}
			if left := names(t, p.temp); len(left) > 0 {
				t.Errorf("TMPDIR holds %q", left)
			}
		})
	}
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// describeLink describes the file at a path and where it leads.
func describeLink(path string) []string {
	info, err := os.Lstat(path)
	if err != nil {
		return []string{"nothing"}
	}
	target, _ := os.Readlink(path) // "" unless it is a link
	return []string{info.Mode().Type().String(), target}
}

// list lists a directory that may not exist.
func list(dir string) []string {
	entries, _ := os.ReadDir(dir)
	var found []string
	for _, entry := range entries {
		found = append(found, entry.Name())
	}
	return found
}

// TestLockOnReadOnlyDisk has a readable lock on a disk that cannot be written.
func TestLockOnReadOnlyDisk(t *testing.T) {
	t.Parallel()
	p := newProject(t, forgetest.New(t), t.TempDir())
	p.run("add", p.files(1, "data")["data"])
	p.files(2, "data")
	before := read(t, p.lockFile())
	mount := func(args ...string) result {
		script := `mount --bind pinfetch pinfetch && mount -o remount,bind,ro pinfetch || exit 99; exec "$@"`
		cmd := exec.CommandContext(t.Context(), "unshare", append([]string{"--map-root-user", "--mount", "sh", "-c", script, "sh", program}, args...)...)
		cmd.Dir, cmd.Env = p.dir, p.env
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Run(); cmd.ProcessState == nil {
			if os.Getenv("CI") == "true" {
				t.Fatal(err)
			}
			t.Skipf("needs unshare: %v", err)
		}
		if cmd.ProcessState.ExitCode() == 99 || strings.Contains(stderr.String(), "unshare failed") {
			t.Skipf("needs a mount namespace: %s", stderr.String())
		}
		return result{args, stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
	}
	for _, args := range [][]string{{"update", "--rehash"}, {"add", p.forge.URL() + "/data", "--name", "other"}, {"remove", "data"}, {"freeze", "data"}, {"rename", "data", "other"}} {
		r := mount(args...)
		if r.code != 1 || !strings.Contains(r.stderr, "read-only file system") || !strings.Contains(r.stderr, "hint: ") {
			t.Errorf("pinfetch %q: exit code %d, want 1 and why\n%s%s", args, r.code, r.stdout, r.stderr)
		}
	}
	for _, args := range [][]string{{"show"}, {"verify"}, {"outdated"}, {"update", "--dry-run", "--rehash"}} {
		p.files(1, "data") // what is locked
		p.wantDone(mount(args...))
	}
	if read(t, p.lockFile()) != before {
		t.Error("the lock changed")
	}
	p.wantTidy()
}
