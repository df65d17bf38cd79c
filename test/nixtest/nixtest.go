// Package nixtest runs real Nix in tests, with a private store for each test.
//
// [New] makes the store and its state in a temporary directory, so tests do not see
// each other's builds, need no daemon and leave nothing behind. Substituters and the
// sandbox are disabled: builds download from the servers of the test, through the
// proxies in the environment given to [Nix.With].
//
// Builds run as nixbld users if the test runs as root and that group has users,
// otherwise as the test's user. So other users must be able to read, and reach,
// whatever a builder needs: [Nix.Dir] is a directory for such files,
// testing.TB.TempDir is not.
package nixtest

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// stopDelay is how long a stopped Nix command may keep its output open.
const stopDelay = 10 * time.Second

// buildGroup is Nix's default group of users that build for root.
const buildGroup = "nixbld"

// userPool is where Nix locks the members of [buildGroup]. Nix kills every process of
// a member before it builds as that member, so private stores must share these locks
// with each other and with the installed Nix.
const userPool = "/nix/var/nix/userpool"

// Nix is a private Nix store and the environment of the commands that use it.
// It is safe for concurrent use.
type Nix struct {
	tb  testing.TB
	dir string
	cwd string
	env []string
}

// Output is the result of a command. Err is an *[exec.ExitError] if the command
// failed.
type Output struct {
	Stdout, Stderr string
	Err            error
}

// New makes a private store that lives as long as the test. Without Nix the test is
// skipped, or fails if CI=true.
func New(tb testing.TB) *Nix {
	tb.Helper()
	if _, err := exec.LookPath("nix-build"); err != nil {
		if os.Getenv("CI") == "true" {
			tb.Fatalf("this test needs Nix: %v (Debian: apt install nix-bin)", err)
		}
		tb.Skipf("this test needs Nix: %v (Debian: apt install nix-bin)", err)
	}
	dir := tempDir(tb)
	n := &Nix{tb: tb, dir: filepath.Join(dir, "work")}
	for _, sub := range []string{"work", "home", "conf", "cache", "state"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
			tb.Fatal(err)
		}
	}
	group := ""
	if hasBuildUsers() {
		group = buildGroup
		if err := shareUserPool(filepath.Join(dir, "state")); err != nil {
			tb.Fatal(err)
		}
	}
	n.cwd = n.dir
	n.env = []string{
		"PATH=" + os.Getenv("PATH"),
		"LANG=C.UTF-8",
		"HOME=" + filepath.Join(dir, "home"),
		"XDG_CACHE_HOME=" + filepath.Join(dir, "cache"),
		"NIX_REMOTE=local",
		"NIX_STORE_DIR=" + n.StoreDir(),
		"NIX_STATE_DIR=" + filepath.Join(dir, "state"),
		"NIX_LOG_DIR=" + filepath.Join(dir, "log"),
		"NIX_CONF_DIR=" + filepath.Join(dir, "conf"),
		"NIX_CONFIG=" + strings.Join([]string{
			"build-users-group = " + group,
			"sandbox = false",
			"substituters =",
			"flake-registry =",
			"fsync-metadata = false",
			"experimental-features = nix-command flakes",
		}, "\n"),
	}
	// Two first commands at once would race to create the database.
	if err := n.Run("nix-store", "--init").Failed(); err != nil {
		tb.Fatalf("make a Nix store: %v", err)
	}
	return n
}

// Daemon starts a daemon that owns the store and trusts nobody, with more arguments, and returns the store as a user of the daemon
// sees it. The daemon ends with the test.
func (n *Nix) Daemon(args ...string) *Nix {
	n.tb.Helper()
	path := filepath.Join(n.dir, "daemon")
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		n.tb.Fatal(err)
	}
	defer listener.Close()
	listener.SetUnlinkOnClose(false)
	socket, err := listener.File()
	if err != nil {
		n.tb.Fatal(err)
	}
	defer socket.Close()
	// As systemd would start it, so that nobody has to wait for the socket: sd_listen_fds(3).
	script := []string{"-c", `LISTEN_FDS=1 LISTEN_PID=$$ exec nix-daemon --option trusted-users '' "$@"`, "nix-daemon"}
	cmd := exec.CommandContext(n.tb.Context(), "sh", append(script, args...)...)
	cmd.Env, cmd.ExtraFiles = n.env, []*os.File{socket}
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = stopDelay
	if err := cmd.Start(); err != nil {
		n.tb.Fatal(err)
	}
	n.tb.Cleanup(func() { cmd.Wait() }) // when the context has ended
	return n.With("NIX_REMOTE=daemon", "NIX_DAEMON_SOCKET_PATH="+path)
}

// Dir is a directory for files of the test that builders can read.
func (n *Nix) Dir() string { return n.dir }

// StoreDir is the store's directory, as NIX_STORE_DIR has it.
func (n *Nix) StoreDir() string { return filepath.Join(filepath.Dir(n.dir), "store") }

// Environ is the environment of the commands, for programs that run them.
func (n *Nix) Environ() []string { return slices.Clone(n.env) }

// With returns the same store with additional environment variables, each
// "NAME=value". Of the test's own environment only PATH is passed on.
func (n *Nix) With(env ...string) *Nix {
	with := *n
	with.env = append(slices.Clone(n.env), env...)
	return &with
}

// In returns the same store with another working directory than [Nix.Dir].
func (n *Nix) In(dir string) *Nix {
	in := *n
	in.cwd = dir
	return &in
}

// Run runs one of Nix's programs: "nix-build", "nix-instantiate", "nix-store", "nix", ….
// It is stopped when the test ends.
func (n *Nix) Run(program string, args ...string) Output {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(n.tb.Context(), program, args...)
	cmd.Dir = n.cwd
	cmd.Env = append(slices.Clone(n.env), "PWD="+n.cwd)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = stopDelay
	err := cmd.Run()
	return Output{stdout.String(), stderr.String(), err}
}

// Build runs nix-build without a result link and returns the store paths it printed.
func (n *Nix) Build(args ...string) ([]string, error) {
	out := n.Run("nix-build", append([]string{"--no-out-link"}, args...)...)
	return strings.Fields(out.Stdout), out.Failed()
}

// Eval evaluates a Nix expression strictly and returns its value as JSON. Evaluation
// may write to the store, for example to copy a local source.
func (n *Nix) Eval(expr string, args ...string) (string, error) {
	out := n.Run("nix-instantiate", append([]string{"--eval", "--read-write-mode", "--strict", "--json", "--expr", expr}, args...)...)
	return strings.TrimSpace(out.Stdout), out.Failed()
}

// Failed returns Err with the command's stderr, nil if the command succeeded.
func (o Output) Failed() error {
	if o.Err == nil {
		return nil
	}
	return fmt.Errorf("%w\n%s", o.Err, o.Stderr)
}

// tempDir is like testing.TB.TempDir, but other users can enter the directory, and
// read-only directories in it are removed too.
func tempDir(tb testing.TB) string {
	dir, err := os.MkdirTemp("", "nixtest-")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := removeAll(dir); err != nil {
			tb.Errorf("remove the test's Nix store: %v", err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		tb.Fatal(err)
	}
	// Nix refuses a store below a symbolic link, which /tmp is on some systems.
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		tb.Fatal(err)
	}
	return real
}

// removeAll removes a store, whose directories are read-only.
func removeAll(dir string) error {
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		return os.Chmod(path, 0o755)
	})
	return errors.Join(err, os.RemoveAll(dir))
}

// hasBuildUsers reports whether Nix can build as other users.
func hasBuildUsers() bool {
	if os.Geteuid() != 0 {
		return false
	}
	_, err := user.LookupGroup(buildGroup)
	return err == nil
}

func shareUserPool(state string) error {
	if err := os.MkdirAll(userPool, 0o755); err != nil {
		return err
	}
	return os.Symlink(userPool, filepath.Join(state, "userpool"))
}
