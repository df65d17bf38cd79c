package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/pinfetch/pinfetch/test/built"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

var update = flag.Bool("update", false, "write what commands print into the scripts that compare it")

// TestMain builds the program for the scripts, which run it as a process of its own, with real
// signals, environment and exit code. The test binary would take twice as long to start, because
// it initializes what only tests import.
func TestMain(m *testing.M) {
	os.Exit(built.Run(m, func(program string) {
		os.Setenv("PATH", filepath.Dir(program)+string(filepath.ListSeparator)+os.Getenv("PATH"))
	}, built.Race()...))
}

// TestScript runs testdata/script: one promise of the command line each. testdata/script/README.md
// lists the commands that scripts have besides testscript's own.
func TestScript(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		Setup:               setup,
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		ContinueOnError:     true,
		Condition:           condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status":    positive(status),
			"untouched": positive(untouched),
			"refused":   positive(refused),
			"interrupt": positive(interrupt),
			"files":     positive(files),
			"json":      jsonField,
			"nosecret":  positive(nosecret),
			"forge":     positive(forge),
			"bucket":    positive(bucket),
			"imported":  positive(imported),
		},
	})
}

// secret is a token that nothing may show. Scripts find it as $SECRET.
const secret = "ghp_c4n4ryc4n4ryc4n4ryc4n4ryc4n4ryc4n4ry"

type (
	forgeKey struct{}
	startKey struct{} // when the script began
)

// setup gives a script a forge that is every host, and a home without tokens.
func setup(e *testscript.Env) error {
	f := forgetest.New(e.T().(forgetest.TB))
	e.Values[forgeKey{}], e.Values[startKey{}], e.Values[bucketKey{}] = f, time.Now().UTC(), &bucketServer{}
	e.Vars = append(e.Vars, f.Env()...)
	home := filepath.Join(e.WorkDir, "home")
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	for key, value := range map[string]string{
		"SECRET": secret, "FORGE": f.URL(),
		"READER": filepath.Join(dir, "../../nix/fetchers.nix"), "TESTDATA": filepath.Join(dir, "testdata"),
		"LOCKS": filepath.Join(dir, "../../internal/importer/testdata"),

		"HOME": home, "XDG_CONFIG_HOME": home + "/.config", "XDG_CACHE_HOME": home + "/.cache", "XDG_DATA_HOME": home + "/.local/share",
		"NIX_CONF_DIR":    home + "/nix",
		"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org", "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org",
		"GIT_CONFIG_NOSYSTEM": "1",
		"GORACE":              "atexit_sleep_ms=10", // else every process of a run with -race sleeps for a second
	} {
		e.Setenv(key, value)
	}
	return os.MkdirAll(home, 0o755)
}

// condition adds [root] and [namespaces]: whether file permissions do not bind, and whether
// a script can mount what only it sees.
func condition(name string) (bool, error) {
	switch name {
	case "root":
		return os.Geteuid() == 0, nil
	case "namespaces":
		return exec.Command("unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", os.TempDir()).Run() == nil, nil
	}
	return false, fmt.Errorf("unknown condition %q", name)
}

// positive is for commands that have no negation.
func positive(run func(*testscript.TestScript, []string)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg {
			ts.Fatalf("this command has no negation")
		}
		run(ts, args)
	}
}

// status CODE PROGRAM ARGUMENT…
func status(ts *testscript.TestScript, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: status CODE PROGRAM ARGUMENT…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	switch err := ts.Exec(args[1], args[2:]...); {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
	empty(ts, ts.Getenv("TMPDIR"))
}

// untouched CODE PROGRAM ARGUMENT…
func untouched(ts *testscript.TestScript, args []string) {
	before := tree(ts)
	status(ts, args)
	after := tree(ts)
	for path, stamp := range before {
		if after[path] != stamp {
			ts.Fatalf("%s was touched or removed", path)
		}
	}
	for path := range after {
		if _, known := before[path]; !known {
			ts.Fatalf("%s is new", path)
		}
	}
}

// refused CODE PROGRAM ARGUMENT…
func refused(ts *testscript.TestScript, args []string) {
	untouched(ts, args)
	for _, label := range []string{"pinfetch: error: ", "pinfetch: hint: "} {
		if !strings.Contains("\n"+ts.ReadFile("stderr"), "\n"+label) {
			ts.Fatalf("stderr has no line that begins with %q", label)
		}
	}
	nosecret(ts, []string{secret})
}

// interrupt SIGNAL HOST/PATH CODE PROGRAM ARGUMENT…
func interrupt(ts *testscript.TestScript, args []string) {
	if len(args) < 4 {
		ts.Fatalf("usage: interrupt SIGNAL HOST/PATH CODE PROGRAM ARGUMENT…")
	}
	signals := map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM}
	signal, known := signals[args[0]]
	if !known {
		ts.Fatalf("unknown signal %q", args[0])
	}
	pidFile := filepath.Join(ts.Getenv("HOME"), "pid")
	strike := func(pid int) bool { return syscall.Kill(pid, signal) == nil }
	stall(ts, args[1], func() bool {
		data, err := os.ReadFile(pidFile)
		pid, err2 := strconv.Atoi(strings.TrimSpace(string(data)))
		return err == nil && err2 == nil && strike(pid)
	})
	shell := []string{args[2], "sh", "-c", `echo $$ >"$0" && exec "$@"`, pidFile}
	status(ts, append(shell, args[3:]...))
}

// files DIR NAME…
func files(ts *testscript.TestScript, args []string) {
	if len(args) == 0 {
		ts.Fatalf("usage: files DIR NAME…")
	}
	var got []string
	dir := ts.MkAbs(args[0])
	ts.Check(filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			name, _ := filepath.Rel(dir, path)
			got = append(got, name)
		}
		return err
	}))
	want := slices.Sorted(slices.Values(args[1:]))
	if slices.Sort(got); !slices.Equal(got, want) {
		ts.Fatalf("%s holds %q, want %q", args[0], got, want)
	}
}

// [!] json FILE PATH [VALUE]
func jsonField(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 || !neg && len(args) != 3 {
		ts.Fatalf("usage: json FILE PATH VALUE, or: ! json FILE PATH")
	}
	decoder := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	var value any
	if err := decoder.Decode(&value); err != nil {
		ts.Fatalf("%s is no JSON: %v", args[0], err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		ts.Fatalf("%s holds more than one JSON document", args[0])
	}
	value, found := field(value, args[1])
	switch {
	case neg && found:
		ts.Fatalf("%s: %s is %s", args[0], args[1], render(value))
	case neg:
	case !found:
		ts.Fatalf("%s has no %s", args[0], args[1])
	case render(value) != args[2]:
		ts.Fatalf("%s: %s is %s, want %s", args[0], args[1], render(value), args[2])
	}
}

// field follows a path such as "pins.0.new.version".
func field(value any, path string) (any, bool) {
	for key := range strings.SplitSeq(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			next, found := v[key]
			if !found {
				return nil, false
			}
			value = next
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(v) {
				return nil, false
			}
			value = v[i]
		default:
			return nil, false
		}
	}
	return value, true
}

// render writes a string as it is, everything else as JSON.
func render(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	data, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// nosecret TEXT
func nosecret(ts *testscript.TestScript, args []string) {
	if len(args) != 1 || args[0] == "" {
		ts.Fatalf("usage: nosecret TEXT")
	}
	texts := map[string]string{"stdout": ts.ReadFile("stdout"), "stderr": ts.ReadFile("stderr")}
	for path, stamp := range tree(ts) {
		texts[path] = stamp.body
	}
	for place, text := range texts {
		for _, user := range []string{"x-access-token", "oauth2", "token"} {
			if strings.Contains(text, args[0]) || strings.Contains(text, base64.StdEncoding.EncodeToString([]byte(user+":"+args[0]))) {
				ts.Fatalf("%s shows the secret", place)
			}
		}
	}
}

// stamp is what a write or a replacement of a file changes.
type stamp struct {
	mode  fs.FileMode
	mtime int64
	inode uint64
	body  string
}

// tree stamps all files and directories of a script but its home and git's own.
func tree(ts *testscript.TestScript) map[string]stamp {
	stamps := make(map[string]stamp)
	ts.Check(filepath.WalkDir(ts.Getenv("WORK"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if path == ts.Getenv("HOME") || path == ts.Getenv("TMPDIR") || entry.Name() == ".git" {
			return fs.SkipDir
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		s := stamp{mode: info.Mode(), inode: info.Sys().(*syscall.Stat_t).Ino}
		if info.Mode().IsRegular() {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			s.mtime, s.body = info.ModTime().UnixNano(), string(data)
		}
		stamps[path] = s
		return nil
	}))
	return stamps
}

// empty fails unless a directory contains nothing.
func empty(ts *testscript.TestScript, dir string) {
	entries, err := os.ReadDir(dir)
	ts.Check(err)
	for _, entry := range entries {
		ts.Fatalf("%s stays behind in %s", entry.Name(), dir)
	}
}

// TestScriptsSayWhy asserts that every script begins with the promise that it proves.
func TestScriptsSayWhy(t *testing.T) {
	t.Parallel()
	scripts, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("%d scripts, error %v; want some", len(scripts), err)
	}
	for _, script := range scripts {
		data, err := os.ReadFile(script)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(data, []byte("# ")) {
			t.Errorf("%s does not begin with a comment", script)
		}
	}
}
