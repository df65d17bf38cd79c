package e2e

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/pinfetch/pinfetch/test/forgetest"
)

// Limits on what hostile input may cost.
const (
	maxAttack = 2 * time.Minute // for a machine that is busy
	maxData   = 768 << 10       // KiB of memory, with all that Go sets aside
	maxOutput = 32 << 10        // bytes of stdout and stderr each
)

// victim is a project under attack.
type victim struct {
	*project
	mark string // a file that no attack may make

	bounded bool // pinfetch gets [maxData] and no more
	given   int  // bytes that pinfetch may print besides, as it was given them
}

func newVictim(t *testing.T, forge *forgetest.Forge) *victim {
	t.Helper()
	v := &victim{project: newProject(t, forge, t.TempDir()), mark: filepath.Join(t.TempDir(), "mark")}
	v.env = append(v.env, "GORACE=atexit_sleep_ms=10")
	return v
}

// arm fills in what an attack would run.
func (v *victim) arm(text string) string {
	return strings.NewReplacer("TOUCH", "touch "+v.mark, "MARKDIR", filepath.Dir(v.mark), "MARK", v.mark).Replace(text)
}

// attack runs pinfetch and asserts what must always hold: it ends, runs nothing, leaves
// nothing behind, sends no control characters to a terminal, and stays small.
func (v *victim) attack(args ...string) result {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.t.Context(), maxAttack)
	defer cancel()
	args = slices.Clone(args) // which other attacks may share
	for i := range args {
		args[i] = v.arm(args[i])
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, program, args...)
	if v.bounded {
		limited := []string{"-c", `ulimit -d "$0" && exec "$@"`, strconv.Itoa(maxData), program}
		cmd = exec.CommandContext(ctx, "/bin/sh", append(limited, args...)...)
	}
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = v.dir, v.env, &stdout, &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		v.t.Fatalf("pinfetch %.200q: %v", args, err)
	}
	r := result{args, stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
	if ctx.Err() != nil {
		v.t.Errorf("pinfetch %.200q did not end", args)
	}
	if r.code < 0 || r.code > 4 || strings.Contains(r.stderr, "goroutine ") {
		v.t.Errorf("pinfetch %.200q: exit code %d\n%.600s", args, r.code, r.stderr)
	}
	v.wantClean(args, "stdout", r.stdout)
	v.wantClean(args, "stderr", r.stderr)
	if _, err := os.Lstat(v.mark); err == nil {
		v.t.Errorf("pinfetch %.200q ran what it was given\n%.600s", args, r.stderr)
		os.Remove(v.mark)
	}
	if left, err := os.ReadDir(v.temp); err == nil && len(left) > 0 {
		v.t.Errorf("pinfetch %.200q left %s in TMPDIR", args, left[0].Name())
		os.RemoveAll(filepath.Join(v.temp, left[0].Name()))
	}
	return r
}

// wantClean asserts that a text can be shown.
func (v *victim) wantClean(args []string, name, text string) {
	v.t.Helper()
	i := strings.IndexFunc(text, func(r rune) bool {
		return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r))
	})
	if i >= 0 || !utf8.ValidString(text) {
		v.t.Errorf("pinfetch %.200q: %s drives a terminal: %.500q", args, name, text[max(i, 0):])
	}
	if len(text) > maxOutput+v.given+3*len(strings.Join(args, "")) { // what a user types is repeated
		v.t.Errorf("pinfetch %.200q: %d bytes of %s: %.200q…", args, len(text), name, text)
	}
}

// unmoved runs an attack that must be refused with an error and a hint and must change
// nothing.
func (v *victim) unmoved(want string, args ...string) result {
	v.t.Helper()
	lock := read(v.t, v.lockFile())
	r := v.attack(args...)
	if r.code != 1 && r.code != 2 || !strings.Contains("\n"+r.stderr, "\npinfetch: error: ") || !strings.Contains(r.stderr, "\npinfetch: hint: ") {
		v.t.Errorf("pinfetch %.200q: exit code %d, want 1 or 2, an error and a hint\n%.600s%.600s", args, r.code, r.stdout, r.stderr)
	}
	if want = v.arm(want); !strings.Contains(r.stderr, want) {
		v.t.Errorf("pinfetch %.200q: stderr %.600q, want %q in it", args, r.stderr, want)
	}
	if read(v.t, v.lockFile()) != lock {
		v.t.Errorf("pinfetch %.200q changed the lock", args)
		v.restore(lock)
	}
	return r
}

func (v *victim) restore(lock string) {
	v.t.Helper()
	if err := os.WriteFile(v.lockFile(), []byte(lock), 0o644); err != nil {
		v.t.Fatal(err)
	}
}

// wantSilence fails the test if anything was asked of the forge since its log was reset.
func (v *victim) wantSilence(what any) {
	v.t.Helper()
	if connects, requests := v.forge.Connects(), v.forge.Requests(); len(connects)+len(requests) > 0 {
		v.t.Errorf("%.200q made %d requests, to %.300q", what, len(requests), connects)
		v.forge.ResetLog()
	}
}

// evil is text that controls terminals.
const evil = "\x1b[2J\x1b]0;owned\x07\b\x7f\u009b31m\u202e"

// badReferences are refused before any network use.
func badReferences() []string {
	return []string{
		"-x", "-", "--", "-utouch MARK", "--upload-pack=TOUCH", "--exec=TOUCH", "-oProxyCommand=TOUCH:x", "-oProxyCommand=TOUCH@example.org:x",
		"ext::sh -c touch% MARK", "ext::TOUCH", "git+ext::sh -c touch% MARK", "git+ext://sh", "fd::17", "git+fd::17", "git+-x", "git+--upload-pack=TOUCH",
		"file:///etc/passwd", "git+file://MARKDIR", "git+file:///etc", "/etc/passwd", "../..", ".", "~root/x", "file:../x", "",
		"git+ssh://-oProxyCommand=touch%20MARK/x", "ssh://-oProxyCommand=touch%20MARK/x", "git@-oProxyCommand=touch MARK:x", "git+ssh://example.org/--upload-pack=x",
		"git://example.org/x", "git+git://example.org/x", "gopher://example.org/x", "ftp://example.org/x", "javascript:alert(1)", "data:,x", "git+git+https://example.org/x",
		"https://", "https:///x", "https://[::1", "https://example.org:port/x", "https://%00/x", "https://exa mple.org/x", "https://exa\nmple.org/x",
		`https://example.org\@evil.example.net/x`, "https://example.org/a\nb", "https://example.org/" + evil, "https://example.org/\xff\xfe", "https://" + evil + "/x",
		"git+https://example.org/a\nb", "git+https://example.org/" + evil, "git+https://example.org/\xff",
		"github:acme/a\nb", "github:acme/" + evil, "github:" + evil + "/tool", "github:acme/\xff\xfe", "github:acme/..", "github:../..", "github:acme/.", "github:./tool",
		"github:acme/tool/../../x", "github:acme/$(TOUCH)", "github:acme/`TOUCH`", "github:acme/${x}", "github:acme/tool;TOUCH",
		"github:acme/tool?host=-x", "github:acme/tool?host=example.org/x", "github:acme/tool?host=me@example.org", "github:acme/tool?host=example.org%0a", "github:acme/tool?host=" + evil, "github:acme/tool#main", "github:acme/tool?dir=..",
		strings.Repeat("a", 100_000),
	}
}

// oddReferences are requested and do not exist.
func oddReferences() []string {
	return []string{
		"github:-acme/-tool", "github:acme/--upload-pack=x", "git+https://-x/y", "git+https://example.org/-x", "git+https://example.org/--upload-pack=x", "git+https://example.org/$(touch%20MARK)",
		"git+https://example.org/x;y", "git+https://example.org/`x`", "git+https://example.org/..", "git+https://example.org/%2e%2e/%00", "https://example.org:99999/x", "https://-x/y",
		"https://example.org/%0d%0aX-Evil:%201", "https://example.org/${x}", "https://example.org/'x'", "https://example.org/--x", "https://example.org/%1b%5b2J",
		"https://" + strings.Repeat("a", 100_000) + "/x", "https://example.org/" + strings.Repeat("a", 100_000), "git+https://example.org/" + strings.Repeat("a", 100_000),
	}
}

func TestHostileReferences(t *testing.T) {
	t.Parallel()
	v := newVictim(t, forgetest.New(t))
	for _, ref := range badReferences() {
		v.unmoved("", "add", "--name", "pin", "--", ref)
		v.unmoved("", "--verbose", "hash", "url", "--", ref)
		if !strings.HasPrefix(ref, "https://") { // the others are quoted
			if shown := strings.TrimSpace(ref); len(shown) < 30 && regexp.MustCompile(`^[!-~]+$`).MatchString(shown) {
				v.unmoved(shown, "add", "--name", "pin", "--json", "--", ref)
			}
		}
		v.wantSilence(ref)
	}
	for _, ref := range oddReferences() {
		v.unmoved("", "--retries=0", "--verbose", "add", "--name", "pin", "--json", "--", ref)
		v.unmoved("", "--retries=0", "hash", "git", "--rev", "main", "--", strings.TrimPrefix(ref, "git+"))
	}
	for _, r := range v.forge.Requests() {
		if r.Header.Get("X-Evil") != "" {
			t.Errorf("%s %s%s has a header field of the attacker's", r.Method, r.Host, r.Path)
		}
	}
	v.forge.ResetLog()
	// Without "--" they are flags or invalid.
	for _, ref := range []string{"-x", "--upload-pack=TOUCH", "-utouch MARK", "-oProxyCommand=TOUCH:x"} {
		for _, command := range []string{"add", "update", "verify", "remove", "hash git", "hash url", "hash path"} {
			v.unmoved("", append(strings.Fields(command), ref)...)
		}
	}
	v.wantSilence("flags")
}

// ssh and file addresses go through git.
func TestHostileTransports(t *testing.T) {
	t.Parallel()
	v := newVictim(t, forgetest.New(t))
	evilRepository := filepath.Join(t.TempDir(), "evil")
	command(t, t.TempDir(), "git", "init", "-q", "--bare", evilRepository)
	settings := v.arm("[core]\n\tfsmonitor = TOUCH\n\tsshCommand = TOUCH\n\tgitProxy = TOUCH\n[uploadpack]\n\tpackObjectsHook = TOUCH\n[remote \"origin\"]\n\tuploadpack = TOUCH\n")
	appendTo(t, filepath.Join(evilRepository, "config"), settings)
	hook := filepath.Join(evilRepository, "hooks", "post-upload-pack")
	if err := errors.Join(os.MkdirAll(filepath.Dir(hook), 0o755), writeProgram(hook, []byte(v.arm("#!/bin/sh\nTOUCH\n")))); err != nil {
		t.Fatal(err)
	}
	const fetchURL = "https://example.org/x.git"
	for _, ref := range []string{
		"git+file://" + evilRepository, "git+file:///etc", "git+file:///etc/passwd", "git+file:///dev/zero", "git+file:///no/such", "git+file://-x", "git+file://example.org/x",
		"git+file:///\x1b[2J", "git+file:///a\nb", "git+file:///" + strings.Repeat("a", 100_000),
		"git+ssh://-oProxyCommand=touch%20MARK/x", "git+ssh://me@-oProxyCommand=TOUCH/x", "git@-oProxyCommand=TOUCH:x", "-oProxyCommand=TOUCH:x",
		"git+ssh://example.invalid:0;TOUCH/x", "git+ssh://$(TOUCH)/x", "git@`TOUCH`:x", "git+ssh://example.org:22:22/x",
		"ext::TOUCH", "git+ext::TOUCH", "git+fd::0",
	} {
		v.unmoved("", "add", "--name", "pin", "--fetch-url", fetchURL, "--", ref)
		v.unmoved("", "hash", "git", "--rev", "main", "--", strings.TrimPrefix(ref, "git+"))
	}
	for _, fetchURL := range []string{
		"-x", "--upload-pack=TOUCH", "ext::TOUCH", "file://" + evilRepository, "ssh://example.org/x", "git@example.org:x", "/etc", "..", "https://", "https://u:p@example.org/x",
		"https://example.org/\n", "https://example.org/" + evil, "https://example.org/?x", "https://example.org/#x",
	} {
		v.unmoved("", "add", "--name", "pin", "--rev", strings.Repeat("1", 40), "--fetch-url", fetchURL, "git+ssh://git@example.invalid/x")
	}
	v.wantSilence("transports")
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

// badValues are tried as the values of flags.
func badValues() []string {
	return []string{
		"", "-x", "--upload-pack=TOUCH", "$(TOUCH)", "`TOUCH`", "'; TOUCH; '", "\"; TOUCH; \"", "${builtins.currentTime}", "../../x", "/etc/passwd", "a\nb", evil, "\xff\xfe", "[", "%s%d%n",
		"99999999999999999999999", "-1", strings.Repeat("9", 100_000),
	}
}

// checksOut are the flags whose bad values are found only after a checkout: to save time
// they get only some of the values.
var checksOut = map[string]bool{"sparse-checkout": true, "root-dir": true}

// Every flag that takes a value is given bad values.
func TestHostileFlags(t *testing.T) {
	t.Parallel()
	forge := forgetest.New(t)
	repo := forge.Repo("acme/tool")
	repo.Tag("v1.0", repo.Commit("main", forgetest.Files{"src/a": {Body: "a\n"}}))
	forge.File("files.example.org", "/tool.tar.gz", forgetest.Content{Body: archive(t, "tar.gz", "tool")})
	valued := regexp.MustCompile(`(?m)^   --([a-z0-9-]+) [A-Z]+`)
	for _, test := range []struct{ command, rest []string }{
		{nil, []string{"add", "github:acme/tool"}},
		{[]string{"add"}, []string{"github:acme/tool"}},
		{[]string{"hash", "git"}, []string{"https://example.org/acme/tool"}},
		{[]string{"hash", "url"}, []string{"https://files.example.org/tool.tar.gz"}},
	} {
		t.Run(strings.Join(append([]string{"pinfetch"}, test.command...), " "), func(t *testing.T) {
			t.Parallel()
			v := newVictim(t, forge)
			lock := read(t, v.lockFile())
			flags := valued.FindAllStringSubmatch(v.run(append(test.command, "--help")...), -1)
			if len(flags) == 0 {
				t.Fatal("the help names no flag with a value")
			}
			for _, flag := range flags {
				for _, value := range badValues() {
					if checksOut[flag[1]] && !strings.ContainsAny(value, "-.;\n") && utf8.ValidString(value) {
						continue
					}
					args := append(append([]string{"--retries=0"}, test.command...), "--"+flag[1]+"="+value)
					r := v.attack(append(args, test.rest...)...)
					isWritten := flag[1] == "mirror" && r.code == 2 // only the mirror failed
					switch {
					case r.code != 0 && !isWritten && read(t, v.lockFile()) != lock:
						t.Errorf("pinfetch %.200q: exit code %d, and the lock changed", r.args, r.code)
					case r.code != 0 && !strings.Contains(r.stderr, "pinfetch: hint: "):
						t.Errorf("pinfetch %.200q: no hint\n%.1000s", r.args, r.stderr)
					case r.code == 0 && read(t, v.lockFile()) != lock:
						v.attack("show")
					}
					v.restore(lock)
				}
			}
		})
	}
}

// Neither the directory in which pinfetch runs, nor TMPDIR, nor the variables of git make it run anything.
func TestHostileSurroundings(t *testing.T) {
	t.Parallel()
	forge := forgetest.New(t)
	part := forge.Repo("acme/part").Commit("main", forgetest.Files{"part": {Body: "part\n"}})
	forge.Repo("acme/whole").Commit("main", forgetest.Files{
		"part": {Submodule: part}, "text": {Body: "text\n"},
		".gitmodules": {Body: "[submodule \"part\"]\n\tpath = part\n\turl = https://modules.example.net/acme/part\n"},
	})
	forge.Repo("acme/decoy").Commit("main", forgetest.Files{"decoy": {Body: "decoy\n"}})
	add := []string{"add", "git+https://git.example.org/acme/whole", "--submodules"}
	calm := newVictim(t, forge)
	calm.run(add...)
	want := calm.lock()["whole"].Args.Hash

	tests := map[string]func(v *victim){
		"directory": func(v *victim) { v.poison(v.dir) },
		"directory for temporary files": func(v *victim) {
			v.poison(v.temp)
			inside := filepath.Join(v.temp, "inside")
			if err := os.Mkdir(inside, 0o755); err != nil {
				t.Fatal(err)
			}
			v.env = append(v.env, "TMPDIR="+inside)
			v.temp = inside
		},
		"home": func(v *victim) {
			home := t.TempDir()
			v.poison(home)
			if err := os.Rename(filepath.Join(home, ".git", "config"), filepath.Join(home, ".gitconfig")); err != nil {
				t.Fatal(err)
			}
			v.env = append(v.env, "HOME="+home, "XDG_CONFIG_HOME="+home)
		},
		"variables": func(v *victim) {
			repo := t.TempDir()
			v.poison(repo)
			git := filepath.Join(repo, ".git")
			for _, variable := range []string{
				"GIT_DIR=" + git, "GIT_WORK_TREE=" + repo, "GIT_INDEX_FILE=MARK", "GIT_OBJECT_DIRECTORY=MARK", "GIT_CONFIG_GLOBAL=" + git + "/config", "GIT_CONFIG_SYSTEM=" + git + "/config",
				"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=core.fsmonitor", "GIT_CONFIG_VALUE_0=TOUCH", "GIT_CONFIG_PARAMETERS='core.fsmonitor'='TOUCH'",
				"GIT_SSH_COMMAND=TOUCH", "GIT_SSH=TOUCH", "GIT_ASKPASS=TOUCH", "SSH_ASKPASS=TOUCH", "GIT_PROXY_COMMAND=TOUCH", "GIT_EXTERNAL_DIFF=TOUCH", "GIT_EDITOR=TOUCH", "GIT_PAGER=TOUCH",
				"GIT_TEMPLATE_DIR=" + git, "GIT_EXEC_PATH=" + git + "/hooks", "GIT_TRACE=MARK", "GIT_TRACE2=MARK", "GIT_TRACE_CURL=MARK", "GIT_ALLOW_PROTOCOL=ext:file", "GIT_PROTOCOL_FROM_USER=1",
				"GIT_REDIRECT_STDERR=MARK", "GIT_SHELL_PATH=TOUCH", "BASH_ENV=TOUCH", "ENV=TOUCH", "LESSOPEN=TOUCH",
			} {
				v.env = append(v.env, v.arm(variable))
			}
		},
	}
	for name, poison := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVictim(t, forge)
			poison(v)
			if r := v.attack(add...); r.code != 0 {
				t.Fatalf("exit code %d\n%s", r.code, r.stderr)
			}
			if got := v.lock()["whole"].Args.Hash; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			if r := v.attack("verify"); r.code != 0 {
				t.Errorf("verify: exit code %d\n%s", r.code, r.stderr)
			}
		})
	}
}

// poison makes a repository of a directory, with settings and hooks that run the canary's command.
func (v *victim) poison(dir string) {
	v.t.Helper()
	command(v.t, dir, "git", "init", "-q", dir)
	git := filepath.Join(dir, ".git")
	appendTo(v.t, filepath.Join(git, "config"), v.arm(`
[core]
	fsmonitor = TOUCH
	sshCommand = TOUCH
	hooksPath = `+git+`/hooks
	attributesFile = `+git+`/attributes
	autocrlf = true
	pager = TOUCH
[credential]
	helper = !TOUCH
[url "https://git.example.org/acme/decoy"]
	insteadOf = https://git.example.org/acme/whole
[http]
	proxy = http://127.0.0.1:1
[init]
	templateDir = `+git+`
[filter "evil"]
	smudge = TOUCH
	process = TOUCH
	required = true
[alias]
	init = !TOUCH
	fetch = !TOUCH
[protocol]
	allow = always
[submodule]
	recurse = true
[include]
	path = `+git+`/more
`))
	for name, text := range map[string]string{"attributes": "* filter=evil\n", "info/attributes": "* filter=evil\n", "more": "[core]\n\tfsmonitor = TOUCH\n"} {
		appendTo(v.t, filepath.Join(git, name), v.arm(text))
	}
	for _, name := range []string{"post-checkout", "reference-transaction", "post-index-change", "pre-commit", "fsmonitor-watchman", "git-remote-https", "git"} {
		path := filepath.Join(git, "hooks", name)
		if err := writeProgram(path, []byte(v.arm("#!/bin/sh\nTOUCH\n"))); err != nil {
			v.t.Fatal(err)
		}
	}
}

// A missing or wrong environment variable is an error that names it.
func TestHostileEnvironment(t *testing.T) {
	t.Parallel()
	forge := forgetest.New(t)
	forge.Repo("acme/tool").Commit("main", forgetest.Files{"a": {Body: "a\n"}})
	forge.File("files.example.org", "/tool.tar.gz", forgetest.Content{Body: archive(t, "tar.gz", "tool")})
	const secretive = "http://ada:" + canary + "@"
	for _, tt := range []struct {
		name    string
		without string   // a variable that is not set
		env     []string // more of them
		archive bool     // a pin without git works all the same
		git     bool     // so does one with git
	}{
		{"no PATH", "PATH", nil, true, false},
		{"empty PATH", "", []string{"PATH="}, true, false},
		{"relative PATH", "", []string{"PATH=.:bin"}, true, false},
		{"no HOME", "HOME", nil, true, true},
		{"relative HOME", "", []string{"HOME=."}, true, true},
		{"HOME that is not there", "", []string{"HOME=MARK/home"}, true, true},
		{"no TMPDIR", "TMPDIR", nil, true, true},
		{"TMPDIR that is not there", "", []string{"TMPDIR=MARK/tmp"}, true, false},
		{"TMPDIR that is a file", "", []string{"TMPDIR=/etc/passwd"}, true, false},
		{"TMPDIR that is a flag", "", []string{"TMPDIR=--upload-pack=TOUCH"}, true, false},
		{"proxy that is down", "", []string{"HTTPS_PROXY=http://127.0.0.1:1", "https_proxy=http://127.0.0.1:1"}, false, false},
		{"proxy that is down, with a password", "", []string{"HTTPS_PROXY=" + secretive + "127.0.0.1:1", "https_proxy=" + secretive + "127.0.0.1:1"}, false, false},
		{"proxy that is none", "", []string{"HTTPS_PROXY=" + secretive + "a b:c", "https_proxy=" + secretive + "a b:c"}, false, false},
		{"proxy of an unknown kind", "", []string{"HTTPS_PROXY=ext://ada:" + canary + "@TOUCH", "https_proxy=ext://ada:" + canary + "@TOUCH"}, false, false},
		{"proxy that is " + "a terminal's", "", []string{"HTTPS_PROXY=" + evil, "https_proxy=" + evil}, false, false},
		{"authorities that are none", "", []string{"NIX_SSL_CERT_FILE=/etc/passwd"}, false, false},
		{"authorities that are a directory", "", []string{"NIX_SSL_CERT_FILE=/etc"}, false, false},
		{"odd locale and terminal", "", []string{"LC_ALL=xx_XX", "TERM=" + evil, "COLUMNS=-1", "LINES=x"}, true, true},
		{"odd runtime", "", []string{"GOMAXPROCS=x", "GODEBUG=http2client=0"}, true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := newVictim(t, forge)
			if tt.without != "" {
				var env []string
				for _, variable := range v.env {
					if !strings.HasPrefix(variable, tt.without+"=") {
						env = append(env, variable)
					}
				}
				v.env = env
			}
			for _, variable := range tt.env {
				v.env = append(v.env, v.arm(variable))
			}
			for ref, works := range map[string]bool{"https://files.example.org/tool.tar.gz": tt.archive, "git+https://git.example.org/acme/tool": tt.git} {
				args := []string{"--retries", "0", "--verbose", "add", ref, "--name", "pin", "--replace"}
				if works {
					if r := v.attack(args...); r.code != 0 {
						t.Errorf("%s: exit code %d\n%s", ref, r.code, r.stderr)
					}
				} else if r := v.unmoved("", args...); strings.Contains(r.stderr, canary) {
					t.Errorf("%s: the password is shown: %s", ref, r.stderr)
				}
			}
		})
	}
}
