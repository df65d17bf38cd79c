package hash_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/hash"
)

// needNix skips a test where there is no Nix, unless CI=true.
func needNix(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("nix-store"); err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("nix-store is not installed, and CI=true")
	}
	t.Skip("nix-store is not installed")
}

// nixDump returns the hash of the NAR that Nix writes of path.
func nixDump(t *testing.T, path string) hash.SRI {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "nix-store", "--dump", path)
	state := t.TempDir()
	for _, name := range []string{"STORE_DIR", "STATE_DIR", "LOG_DIR", "DATA_DIR", "LOCALSTATE_DIR"} {
		cmd.Env = append(cmd.Env, "NIX_"+name+"="+filepath.Join(state, name))
	}
	cmd.Env = append(cmd.Env, "HOME="+state, "NIX_REMOTE=local", "NIX_CONFIG=build-users-group =", "PATH="+os.Getenv("PATH"))
	h := sha256.New()
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = h, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("nix-store --dump %q: %v: %s", path, err, &stderr)
	}
	return hash.NewSRI(hash.SHA256, h.Sum(nil))
}

// awkward makes a directory of everything that is easy to get wrong.
func awkward(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "awkward")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.MkdirAll(filepath.Join(dir, "foo", "empty"), 0o755))
	for i, name := range []string{
		"..foo", "-x", "\xff\xfe", "new\nline", "trailing ", "foo.c", "foo-", "fop", "é", "e\u0301", "A", "a", ".git", "foo/..", "foo/x",
	} {
		if strings.HasSuffix(name, "/..") {
			name += "."
		}
		// Lengths around the padding, and around the sizes of buffers.
		sizes := []int{0, 1, 7, 8, 9, 4096, 32<<10 - 1, 32 << 10, 256<<10 + 1}
		must(os.WriteFile(filepath.Join(dir, name), bytes.Repeat([]byte{byte(i)}, sizes[i%len(sizes)]), 0o644))
	}
	for _, mode := range []os.FileMode{0o744, 0o654, 0o611, 0o511, 0o400, 0o755} {
		name := filepath.Join(dir, fmt.Sprintf("mode-%o", mode))
		must(os.WriteFile(name, nil, 0o600))
		must(os.Chmod(name, mode))
	}
	for i, target := range []string{"/nonexistent", "../..", "a//b/", ".", "\xff"} {
		must(os.Symlink(target, filepath.Join(dir, fmt.Sprintf("link-%d", i))))
	}
	return dir
}

func TestDirEqualsNix(t *testing.T) {
	t.Parallel()
	needNix(t)
	dir := awkward(t)
	for _, name := range []string{"", "foo", "foo/empty", "mode-744", "mode-654", "link-0", "..foo"} {
		path := dir
		if name != "" {
			path = filepath.Join(dir, name)
		}
		got, err := hash.Dir(t.Context(), path, hash.DirOptions{})
		if want := nixDump(t, path); err != nil || got != want {
			t.Errorf("Dir(%q): got %v, %v, want %v", name, got, err, want)
		}
	}
}

func TestDirSkip(t *testing.T) {
	t.Parallel()
	needNix(t)
	dir := awkward(t)
	for _, name := range []string{"x/.git", "x/y/.git"} {
		if err := os.MkdirAll(filepath.Join(dir, name, "refs"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	skip := func(name string) bool { return name == ".git" }
	got, err := hash.Dir(t.Context(), dir, hash.DirOptions{Skip: skip})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{".git", "x/.git", "x/y/.git"} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if want := nixDump(t, dir); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestExecutableFileEqualsNix(t *testing.T) {
	t.Parallel()
	needNix(t)
	for _, size := range []int{0, 3, 8, 600 << 10} {
		path := filepath.Join(t.TempDir(), "tool")
		data := bytes.Repeat([]byte("#!"), size/2+1)[:size]
		if err := os.WriteFile(path, data, 0o755); err != nil {
			t.Fatal(err)
		}
		want := nixDump(t, path)
		for _, memory := range []int64{0, 1} {
			got, err := hash.ExecutableFile(t.Context(), bytes.NewReader(data), hash.SHA256, hash.SpoolOptions{TempDir: t.TempDir(), Memory: memory})
			if err != nil || got != want {
				t.Errorf("%d bytes, memory %d: got %v, %v, want %v", size, memory, got, err, want)
			}
		}
	}
}

// The result of the real fetchurl with executable = true, and without.
func TestFile(t *testing.T) {
	t.Parallel()
	got, err := hash.File(t.Context(), strings.NewReader(""), hash.SHA256)
	if want := "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="; err != nil || got.String() != want {
		t.Errorf("got %v, %v, want %s", got, err, want)
	}
	got, err = hash.File(t.Context(), strings.NewReader("abc"), hash.SHA512)
	want := "3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw=="
	if err != nil || got.String() != "sha512-"+want {
		t.Errorf("got %v, %v, want sha512-%s", got, err, want)
	}
}

func TestDirRefusesFifo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600); err != nil {
		t.Skipf("no fifo here: %v", err)
	}
	if _, err := hash.Dir(t.Context(), dir, hash.DirOptions{}); !isRefusal(err) {
		t.Errorf("got %v, want a refusal", err)
	}
}
