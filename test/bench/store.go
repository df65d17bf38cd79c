package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/pinfetch/pinfetch/test/forgetest"
)

// userPool is where Nix locks the users that build for root. Nix kills all
// processes of a user before it builds as that user, so a private store must share
// these locks with the installed Nix.
const userPool = "/nix/var/nix/userpool"

// store is an empty private Nix store, a cold cache, and the environment of the
// commands that use it. Only one exists at a time, always at the same path, because
// the paths of sources depend on the path of the store.
type store struct {
	dir string
	env []string
}

func (b *bench) newStore() (*store, error) {
	if err := os.Chmod(b.dir, 0o755); err != nil { // builders run as other users
		return nil, err
	}
	top, err := filepath.EvalSymlinks(b.dir) // Nix refuses a store below a symbolic link
	if err != nil {
		return nil, err
	}
	s := &store{dir: filepath.Join(top, "nix")}
	if err := os.Mkdir(s.dir, 0o755); err != nil {
		return nil, err
	}
	state := filepath.Join(s.dir, "state")
	err = os.Mkdir(state, 0o755)
	group := ""
	if _, missing := user.LookupGroup("nixbld"); missing == nil && os.Geteuid() == 0 {
		group = "nixbld"
		err = errors.Join(err, os.MkdirAll(userPool, 0o755), os.Symlink(userPool, filepath.Join(state, "userpool")))
	}
	if err != nil {
		return nil, errors.Join(err, s.remove())
	}
	s.env = []string{
		"PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "HOME=" + s.dir, "XDG_CACHE_HOME=" + filepath.Join(s.dir, "cache"),
		"NIX_REMOTE=local", "NIX_STORE_DIR=" + filepath.Join(s.dir, "store"), "NIX_STATE_DIR=" + state,
		"NIX_LOG_DIR=" + filepath.Join(s.dir, "log"), "NIX_CONF_DIR=" + filepath.Join(s.dir, "conf"), "NIX_PATH=",
		"NIX_CONFIG=" + strings.Join([]string{"build-users-group = " + group, "sandbox = false", "substituters =", "fsync-metadata = false"}, "\n"),
	}
	// The first command creates the database, which should not be measured.
	if _, _, err := s.run(b, nil, "nix-store", "--init"); err != nil {
		return nil, errors.Join(err, s.remove())
	}
	return s, nil
}

// remove removes the store, whose directories are read-only.
func (s *store) remove() error {
	err := filepath.WalkDir(s.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		return os.Chmod(path, 0o755)
	})
	return errors.Join(err, os.RemoveAll(s.dir))
}

// run runs one of Nix's programs, with or without a forge, and returns its output.
func (s *store) run(b *bench, p *forgeProcess, args ...string) (figures, []byte, error) {
	cmd := exec.CommandContext(b.ctx, args[0], args[1:]...)
	if p != nil {
		cmd.Env = p.env(s.dir)
	}
	cmd.Env = append(cmd.Env, s.env...)
	cmd.Env = append(cmd.Env, "NIX_SHOW_STATS=1", "NIX_SHOW_STATS_PATH="+s.statistics())
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	// Nix stops its builders on SIGTERM; killed, it cannot.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	begin := time.Now()
	err := cmd.Run()
	wall := time.Since(begin)
	if err != nil {
		return figures{}, nil, fmt.Errorf("%s: %w: %s", args[0], err, &stderr)
	}
	return figuresOf(cmd, wall), stdout.Bytes(), nil
}

func (s *store) statistics() string { return filepath.Join(s.dir, "statistics.json") }

// counters are Nix's statistics of an evaluation. They are the same in every run,
// however busy the machine is.
type counters struct {
	Calls   int64 `json:"nrFunctionCalls"`
	Thunks  int64 `json:"nrThunks"`
	Updates int64 `json:"nrOpUpdates"`
	Copied  int64 `json:"nrOpUpdateValuesCopied"` // values, by updates
	Envs    struct {
		Bytes int64 `json:"bytes"`
	} `json:"envs"`
	GC struct {
		Bytes int64 `json:"totalBytes"` // all that was allocated
	} `json:"gc"`
}

// evaluated is the cost of one evaluation and the store paths it returned.
type evaluated struct {
	figures
	counters
	asked forgetest.Counts // while it evaluated
	paths []string
}

// instantiate evaluates an expression whose value is store paths, one per line,
// and writes its derivations to the store.
func (s *store) instantiate(b *bench, p *forgeProcess, expression string) (evaluated, error) {
	return s.evaluate(b, p, expression, "--read-write-mode")
}

// evaluate does the same, but writes derivations only with --read-write-mode.
func (s *store) evaluate(b *bench, p *forgeProcess, expression string, flags ...string) (e evaluated, err error) {
	args := slices.Concat([]string{"nix-instantiate", "--eval", "--json", "--expr", expression}, flags)
	figures, out, err := s.run(b, p, args...)
	if err != nil {
		return e, err
	}
	var text string
	if err := json.Unmarshal(out, &text); err != nil {
		return e, fmt.Errorf("%s: %w", out, err)
	}
	e.figures, e.paths = figures, strings.Fields(text)
	e.counters, err = s.counters()
	return e, err
}

// build builds the derivations of a list, so many at once.
func (s *store) build(b *bench, p *forgeProcess, expression string, jobs int, options ...string) (e evaluated, err error) {
	args := slices.Concat([]string{"nix-build", "--no-out-link", "--max-jobs", fmt.Sprint(jobs), "--expr", expression}, options)
	figures, out, err := s.run(b, p, args...)
	if err != nil {
		return e, err
	}
	e.figures, e.paths = figures, strings.Fields(string(out))
	e.counters, err = s.counters()
	return e, err
}

// counters reads the statistics of the last command.
func (s *store) counters() (c counters, err error) {
	text, err := os.ReadFile(s.statistics())
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return c, fmt.Errorf("%s: %w", s.statistics(), err)
	}
	if c.GC.Bytes == 0 {
		return c, fmt.Errorf("%s: unknown statistics of this Nix: %s", s.statistics(), text)
	}
	return c, nil
}
