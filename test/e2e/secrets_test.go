package e2e

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/pinfetch/pinfetch/test/forgetest"
)

// fullMatrix is the variable that makes the test try every cell of the matrix. Without it
// the test tries every pair of a place, a command, a verbosity and a fault.
const fullMatrix = "PINFETCH_FULL_MATRIX"

// canary is the part of the token that is looked for. Letters and digits look the same in
// URLs, JSON, shells and messages that quote.
const canary = "c4n4ryW1thN0M3an1ngAtA11"

// token has, beside it, what each of these spells in its own way.
const token = "ghp_" + canary + "%s%2F/+~&=d"

// forms are the canary's spellings, by name: in hexadecimal, in base 64 behind whatever may stand
// before, and what is left of it where a text is cut.
func forms() map[string]string {
	half := len(canary) / 2
	forms := map[string]string{"hexadecimal": hex.EncodeToString([]byte(canary)), "first half": canary[:half], "second half": canary[half:]}
	for n := range 3 {
		text := strings.Repeat("-", n) + canary
		coded := base64.RawStdEncoding.EncodeToString([]byte(text))
		coded = coded[(n*8+5)/6 : len(text)*8/6]
		forms[fmt.Sprintf("base 64 (%d)", n)] = coded
		forms[fmt.Sprintf("base 64 for URLs (%d)", n)] = strings.NewReplacer("+", "-", "/", "_").Replace(coded)
	}
	return forms
}

// leak names the form in which a text holds the token, or is "".
func leak(text []byte) string {
	if bytes.Contains(bytes.ToLower(text), []byte(strings.ToLower(canary))) {
		return "plain"
	}
	forms := forms()
	for _, name := range slices.Sorted(maps.Keys(forms)) {
		if bytes.Contains(text, []byte(forms[name])) {
			return name
		}
	}
	return ""
}

// tokenPlace is a way to give pinfetch a token.
type tokenPlace struct {
	name     string
	env      []string          // HOME in it is the home directory
	files    map[string]string // by path below the home directory
	userinfo string            // of addresses in arguments
	lock     bool              // of an address in the lock
	hosts    []string          // that may be told
}

// tokenPlaces are all supported ways, and some where a token does not belong.
func tokenPlaces(proxy string) []tokenPlace {
	gitHub := []string{"github.com", "api.github.com"}
	three := []string{"github.com", "git.example.org", "files.example.org"}
	withAPI := append(slices.Clone(three), "api.github.com")
	enterprise := []string{"GITHUB_ACTIONS=true", "GITHUB_SERVER_URL=https://ghe.example.org", "GITHUB_API_URL=https://ghe.example.org/api/v3", "GITHUB_REPOSITORY=acme/project"}
	var netrc, access strings.Builder
	for _, host := range three {
		fmt.Fprintf(&netrc, "machine %s\n\tlogin ada\n\tpassword %s\n", host, token)
	}
	netrc.WriteString("default login ada password " + token + "\n")
	fmt.Fprintf(&access, "access-tokens = github.com=%s git.example.org=PAT:%s files.example.org=OAuth2:%s\n", token, token, token)
	userinfo := url.UserPassword("ada", token).String() + "@"
	return []tokenPlace{
		{name: "GITHUB_TOKEN", env: []string{"GITHUB_TOKEN=" + token}, hosts: gitHub},
		{name: "GH_TOKEN", env: []string{"GH_TOKEN=" + token}, hosts: gitHub},
		{name: "netrc", files: map[string]string{".netrc": netrc.String()}, hosts: withAPI},
		{name: "NETRC", env: []string{"NETRC=HOME/secrets/netrc"}, files: map[string]string{"secrets/netrc": netrc.String()}, hosts: withAPI},
		{name: "malformed netrc", files: map[string]string{".netrc": "machine\npassword " + token + " machine login\n"}},
		{name: "nix.conf", files: map[string]string{".config/nix/nix.conf": access.String()}, hosts: withAPI},
		{name: "NIX_CONFIG", env: []string{"NIX_CONFIG=extra-" + access.String()}, hosts: withAPI},
		{name: "AWS", env: []string{"AWS_ACCESS_KEY_ID=key", "AWS_SECRET_ACCESS_KEY=" + token, "AWS_SESSION_TOKEN=" + token}, hosts: []string{"s3.example.org"}},
		{name: "AWS file", files: map[string]string{".aws/credentials": "[default]\naws_access_key_id = " + token + "\naws_secret_access_key = " + token + "\n"},
			hosts: []string{"s3.example.org"}},
		{name: "userinfo of a URL", userinfo: userinfo},
		{name: "user of a URL", userinfo: url.User(token).String() + "@"},
		{name: "userinfo in the lock", userinfo: userinfo, lock: true},
		{name: "userinfo of the proxy", env: []string{
			"HTTPS_PROXY=" + strings.Replace(proxy, "://", "://"+userinfo, 1), "https_proxy=" + strings.Replace(proxy, "://", "://"+userinfo, 1),
		}},
		{name: "GITHUB_TOKEN of an enterprise", env: append(slices.Clone(enterprise), "GITHUB_TOKEN="+token), hosts: []string{"ghe.example.org"}},
		{name: "GH_ENTERPRISE_TOKEN", env: append(slices.Clone(enterprise), "GH_ENTERPRISE_TOKEN="+token), hosts: []string{"ghe.example.org"}},
		{name: "GITEA_TOKEN", env: []string{"GITEA_TOKEN=" + token}, hosts: []string{"gitea.com"}},
	}
}

// word puts the place's userinfo into an argument: into every address, and in place of the name of a pin.
func (p tokenPlace) word(word string) string {
	switch {
	case p.userinfo == "" || p.lock:
		return strings.TrimPrefix(word, "@")
	case strings.HasPrefix(word, "@"):
		return "https://" + p.userinfo + "github.com/acme/" + word[1:]
	}
	word = strings.ReplaceAll(word, "github:", "https://github.com/")
	return strings.ReplaceAll(word, "https://", "https://"+p.userinfo)
}

// use is a way to call a command. An argument that begins with "@" is the name of a pin.
type use struct {
	command string
	args    []string
	network bool
	json    bool // knows --json
	commits bool // in a git repository
}

func uses() []use {
	return []use{
		{command: "add", args: []string{"github:acme/fresh", "git+https://git.example.org/acme/fresher", "https://files.example.org/fresh.tar.gz"}, network: true, json: true},
		{command: "add", args: []string{"github:acme/hidden", "--release", "--name", "fresh"}, network: true, json: true},
		{command: "add", args: []string{"git+https://github.com/acme/whole", "--submodules", "--name", "fresh"}, network: true, json: true},
		{command: "update", args: nil, network: true, json: true},
		{command: "update", args: []string{"--commit"}, network: true, json: true, commits: true},
		{command: "update", args: []string{"--rehash", "@hidden"}, network: true, json: true},
		{command: "outdated", args: []string{"--exit-code"}, network: true, json: true},
		{command: "verify", args: nil, network: true, json: true},
		{command: "mirror", args: []string{"mirror"}, network: true, json: true},
		{command: "mirror", args: []string{"s3://bucket?endpoint=s3.example.org", "--from-mirror", "https://files.example.org/mirror"}, network: true, json: true},
		{command: "hash url", args: []string{"--unpack", "https://files.example.org/tool.tar.gz"}, network: true},
		{command: "hash url", args: []string{"https://files.example.org/fresh.tar.gz", "--type", "sha512"}, network: true},
		{command: "hash git", args: []string{"https://github.com/acme/whole", "--rev", "v1.0", "--submodules"}, network: true},
		{command: "bot", network: true, json: true, commits: true},
		{command: "bot", args: []string{"--dry-run"}, network: true, json: true, commits: true},
		{command: "bot", args: []string{"--remote", "https://gitea.com/acme/project", "--group", "all"}, network: true, json: true},
		{command: "init"},
		{command: "show", json: true},
		{command: "show", args: []string{"--plain", "@hidden"}},
		{command: "show", args: []string{"@hidden"}},
		{command: "import", args: []string{"https://files.example.org/tool.tar.gz"}, json: true},
		{command: "import", args: []string{"--only", "https://files.example.org/tool.tar.gz"}, json: true},
		{command: "set", args: []string{"@hidden", "--tag", "v*"}, network: true, json: true},
		{command: "merge-driver", args: []string{"https://files.example.org/tool.tar.gz", "a", "b", "c"}},
		{command: "remove", args: []string{"@hidden"}},
		{command: "rename", args: []string{"@hidden", "seen"}},
		{command: "freeze", args: []string{"@hidden"}},
		{command: "unfreeze", args: []string{"@hidden"}},
		{command: "hash path", args: []string{"https://files.example.org/tool.tar.gz"}},
		{command: "hash file", args: []string{"https://files.example.org/tool.tar.gz"}},
		{command: "hash archive", args: []string{"https://files.example.org/tool.tar.gz"}},
		{command: "cache prune"},
		{command: "completion", args: []string{"bash"}},
		{command: "completion", args: []string{"https://files.example.org/tool.tar.gz"}},
		{command: "update", args: []string{"@hidden", "--generate-bash-completion"}},
		{command: "add", args: []string{"--help"}},
		{command: "", args: []string{"https://files.example.org/tool.tar.gz"}},
		{command: "", args: []string{"--version"}},
		{command: "", args: []string{"--no-such-flag=https://files.example.org/tool.tar.gz"}},
		{command: "", args: []string{"--lock-file", "https://files.example.org/tool.tar.gz", "show"}},
	}
}

// verbosities are flags; "--json" is left out where a command does not know it.
func verbosities() [][]string {
	return [][]string{nil, {"--quiet"}, {"--verbose"}, {"--json"}, {"--verbose", "--json"}}
}

// trouble is a fault of the forge, everywhere from the start, or, if late, of downloads alone.
type trouble struct {
	name string
	kind forgetest.Kind
	late bool
	// tells means that the server itself passes the token on.
	tells bool
}

func troubles() []trouble {
	var all []trouble
	both := func(name string, kind forgetest.Kind) {
		all = append(all, trouble{name: name, kind: kind}, trouble{name: name + ", late", kind: kind, late: true})
	}
	all = append(all, trouble{name: "none"})
	for _, code := range []int{401, 403, 404, 429, 500} {
		header := http.Header{"WWW-Authenticate": {`Basic realm="say it again"`}, "Content-Type": {"text/plain"}}
		kind := forgetest.Status(code, header, "no\n")
		if code != 404 && code != 500 {
			all = append(all, trouble{name: http.StatusText(code), kind: kind})
		}
		if code != 403 && code != 429 {
			all = append(all, trouble{name: http.StatusText(code) + ", late", kind: kind, late: true})
		}
	}
	both("another host", forgetest.Elsewhere("https://other.example.net"))
	both("a host below", forgetest.Elsewhere("https://sub.github.com"))
	both("plain http", forgetest.Answer(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://"+r.Host+r.URL.RequestURI(), http.StatusTemporaryRedirect)
	}))
	both("reset", forgetest.ResetHeader())
	both("echo", forgetest.Echo(http.StatusForbidden))
	all = append(all,
		trouble{name: "echo of the server's fault", kind: forgetest.Echo(http.StatusInternalServerError), late: true},
		trouble{name: "echo as JSON", kind: forgetest.EchoJSON(http.StatusBadRequest)},
		trouble{name: "echo that is cut", kind: forgetest.Answer(cutEcho)},
		trouble{name: "echo in a git message", kind: forgetest.Answer(gitEcho)},
		trouble{name: "echo in a redirect", kind: forgetest.Answer(echoRedirect), tells: true},
		trouble{name: "HTML", kind: forgetest.HTML()},
		trouble{name: "garbage", kind: forgetest.Garbage(), late: true},
		trouble{name: "body broken off", kind: forgetest.ResetBody(10), late: true},
		trouble{name: "half a body", kind: forgetest.TruncateGzip(), late: true},
		trouble{name: "certificate", kind: forgetest.BadCertificate()},
		trouble{name: "refused", kind: forgetest.Refuse()},
	)
	return all
}

// cutEcho repeats what the client sent, where lines of 200 and texts of 300 bytes end.
func cutEcho(w http.ResponseWriter, r *http.Request) {
	_, password, _ := r.BasicAuth()
	w.Header().Set("Content-Type", "text/plain")
	w.WriteHeader(http.StatusForbidden)
	for _, end := range []int{200, 300} {
		fmt.Fprintf(w, "%s%s\n", strings.Repeat("x", end-len("ghp_"+canary)+2), password)
	}
	fmt.Fprintf(w, "%s%s\n", strings.Repeat("x", 200-len("Basic "+password)), r.Header.Get("Authorization"))
}

// gitEcho is git's own error (gitprotocol-common(5)), with what the client sent.
func gitEcho(w http.ResponseWriter, r *http.Request) {
	_, password, _ := r.BasicAuth()
	message := "ERR no way, " + r.Header.Get("Authorization")
	message += strings.Repeat("x", max(0, 285-len(message))) + password + "\n" // behind a cut at 304 bytes
	w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
	fmt.Fprintf(w, "001e# service=git-upload-pack\n0000%04x%s0000", len(message)+4, message)
}

// echoRedirect redirects to an address that contains what the client sent.
func echoRedirect(w http.ResponseWriter, r *http.Request) {
	_, password, _ := r.BasicAuth()
	said := r.Header.Get("Authorization") + password
	w.Header().Set("Location", "https://other.example.net/"+url.PathEscape(said)+r.URL.RequestURI())
	w.WriteHeader(http.StatusFound)
}

// isLate reports whether a request is a download.
func isLate(r *http.Request) bool {
	return strings.HasPrefix(r.UserAgent(), "git/") || strings.Contains(r.URL.Path, "/archive/") ||
		strings.HasPrefix(r.Host, "codeload.") || strings.HasSuffix(r.URL.Path, ".tar.gz") && !strings.Contains(r.Host, "github")
}

func (tr trouble) strike(f *forgetest.Forge) {
	f.ClearFaults()
	if tr.name == "none" {
		return
	}
	fault := forgetest.Fault{Kind: tr.kind}
	if tr.late {
		fault.Match = isLate
	}
	f.Fault(fault)
}

// cell is one run of the program.
type cell struct {
	place     tokenPlace
	use       use
	verbosity []string
	trouble   trouble
}

func (c cell) String() string {
	return fmt.Sprintf("%s: %s %q %q: %s", c.place.name, c.use.command, c.use.args, c.verbosity, c.trouble.name)
}

func (c cell) args() []string {
	args := []string{"--retries", "0"}
	args = append(args, strings.Fields(c.use.command)...)
	for _, word := range c.use.args {
		args = append(args, c.place.word(word))
	}
	var flags []string
	for _, flag := range c.verbosity {
		if flag != "--json" || c.use.json {
			flags = append(flags, flag)
		}
	}
	if n := len(args); n > 0 && args[n-1] == "--generate-bash-completion" {
		return slices.Concat(flags, args)
	}
	return append(args, flags...)
}

// cells are all cells of a place, by its number, or a subset in which every pair occurs.
// Commands that do not use the network meet no fault.
func cells(n int, p tokenPlace, full bool) []cell {
	var all []cell
	for u, use := range uses() {
		for f, trouble := range troubles() {
			for v, verbosity := range verbosities() {
				c := cell{p, use, verbosity, trouble}
				switch {
				case !use.network && trouble.name != "none":
				case full:
					all = append(all, c)
				case !use.network && v == (u+n)%len(verbosities()):
					all = append(all, c)
				case use.network && n == (u+f)%placeCount && v == (2*u+f)%len(verbosities()):
					all = append(all, c)
				}
			}
		}
	}
	return all
}

const placeCount = 16

// TestSecrets checks that no command, at any verbosity and with any fault, reveals a token.
func TestSecrets(t *testing.T) {
	t.Parallel()
	template := newTemplate(t)
	for n, p := range tokenPlaces("http://proxy.invalid") {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			s := newSpy(t, template, n)
			answered := 0
			for _, c := range cells(n, s.place, os.Getenv(fullMatrix) != "") {
				r, traces := s.run(program, c)
				if found := leaks(traces); len(found) > 0 {
					t.Errorf("%v\n\tthe token is in %q\n%s", c, found, s.show(r))
				}
				if r.code > 4 || r.code < 0 || strings.Contains(r.stderr, "goroutine ") {
					t.Errorf("%v: exit code %d\n%s", c, r.code, s.show(r))
				}
				if s.told {
					answered++
				}
			}
			if want := len(s.place.hosts) > 0; (answered > 0) != want {
				t.Errorf("%d runs told a host the token, want some: %t", answered, want)
			}
		})
	}
}

// TestSecretsMatrix asserts that no command is missing, and that the subset of the matrix
// has every pair.
func TestSecretsMatrix(t *testing.T) {
	t.Parallel()
	known := make(map[string]bool)
	for _, use := range uses() {
		known[use.command] = true
	}
	commands := commandsOf(t)
	if len(commands) < 10 {
		t.Fatalf("the help lists the commands %q", commands)
	}
	for _, command := range commands {
		if !known[command] {
			t.Errorf("pinfetch %s is not in the matrix", command)
		}
		delete(known, command)
	}
	delete(known, "")
	for command := range known {
		t.Errorf("pinfetch %s is in the matrix, but not in the help", command)
	}

	if got := len(tokenPlaces("")); got != placeCount {
		t.Fatalf("%d places, want %d", got, placeCount)
	}
	got, want := make(map[string]bool), make(map[string]bool)
	for n, p := range tokenPlaces("http://proxy.invalid") {
		for _, c := range cells(n, p, false) {
			pairs(c, got)
		}
		for _, c := range cells(n, p, true) {
			pairs(c, want)
		}
	}
	for pair := range want {
		if !got[pair] {
			t.Errorf("no cell for %s", pair)
		}
	}
}

// pairs enters the pairs of a cell with a network.
func pairs(c cell, into map[string]bool) {
	if !c.use.network {
		return
	}
	names := []string{c.place.name, fmt.Sprint(c.use.command, c.use.args), fmt.Sprint(c.verbosity), c.trouble.name}
	for i := range names {
		for j := range i {
			into[names[j]+" with "+names[i]] = true
		}
	}
}

// commandsOf lists the commands that the help names, "hash url" for one below another.
func commandsOf(t *testing.T, above ...string) []string {
	t.Helper()
	help, err := exec.CommandContext(t.Context(), program, append(above, "--help")...).Output()
	if err != nil {
		t.Fatal(err)
	}
	_, list, found := strings.Cut(string(help), "\nCOMMANDS:\n")
	if !found {
		return []string{strings.Join(above, " ")}
	}
	list, _, _ = strings.Cut(list, "\n\n")
	var commands []string
	for line := range strings.Lines(list) {
		name, _, _ := strings.Cut(strings.Fields(line)[0], ",")
		commands = append(commands, commandsOf(t, append(slices.Clone(above), name)...)...)
	}
	return commands
}

// template is what every run begins with.
type template struct {
	lock string
	git  string // a directory with .git, for update --commit
}

func newTemplate(t *testing.T) template {
	t.Helper()
	forge := forgetest.New(t)
	serveSecrets(t, forge, 1, false)
	p := newProject(t, forge, t.TempDir())
	p.run("add", "github:acme/hidden")
	p.run("add", "github:acme/hidden", "--release", "--name", "released")
	p.run("add", "git+https://github.com/acme/whole", "--submodules")
	p.run("add", "git+https://git.example.org/acme/open")
	p.run("add", "https://files.example.org/tool.tar.gz", "--unpack")
	command(t, p.dir, "git", "init", "-q", "-b", "main")
	command(t, p.dir, "git", "add", "pinfetch")
	command(t, p.dir, "git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "-q", "-m", "pins")
	command(t, p.dir, "git", "remote", "add", "origin", "https://github.com/acme/project")
	return template{read(t, p.lockFile()), p.dir}
}

// serveSecrets makes what is pinned, at its first version or with a second.
func serveSecrets(t *testing.T, f *forgetest.Forge, versions int, private bool) {
	t.Helper()
	part := f.Repo("acme/part").Commit("main", forgetest.Files{"part.txt": {Body: "a part\n"}})
	for _, name := range []string{"hidden", "whole", "open", "fresh", "fresher"} {
		repo := f.Repo("acme/" + name)
		for n := range versions {
			files := forgetest.Files{"README": {Body: fmt.Sprintf("%s %d\n", name, n)}}
			if name == "whole" {
				files["part"] = forgetest.File{Submodule: part}
				files[".gitmodules"] = forgetest.File{Body: "[submodule \"part\"]\n\tpath = part\n\turl = https://modules.example.net/acme/part\n"}
			}
			tag := fmt.Sprintf("v1.%d", n)
			repo.Tag(tag, repo.Commit("main", files))
			if name == "hidden" {
				repo.Release(forgetest.Release{Tag: tag})
			}
		}
		if private && name != "open" && name != "fresher" {
			repo.Private(token)
		}
	}
	for _, name := range []string{"tool", "fresh"} {
		f.File("files.example.org", "/"+name+".tar.gz", forgetest.Content{Redirect: "https://cdn.example.net/" + name + ".tar.gz?signature=short-lived"})
		f.File("cdn.example.net", "/"+name+".tar.gz", forgetest.Content{Body: []byte(gzipped("not looked at"))})
	}
	f.File("cdn.example.net", "/tool.tar.gz", forgetest.Content{Body: archive(t, "tar.gz", "tool")})
}

func gzipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, text)
	w.Close()
	return b.String()
}

// spy runs the program with one token place and collects everything it leaves behind.
type spy struct {
	t        *testing.T
	template template
	place    tokenPlace
	forge    *forgetest.Forge
	spied    string // where the git on PATH writes down how it was called
	path     string // PATH
	told     bool   // some host was told in the last run
}

func newSpy(t *testing.T, template template, n int) *spy {
	t.Helper()
	forge := forgetest.New(t)
	s := &spy{t: t, template: template, place: tokenPlaces(forge.ProxyURL())[n], forge: forge, spied: t.TempDir()}
	serveSecrets(t, forge, 2, len(s.place.hosts) > 0)
	project := forge.Repo("acme/project")
	project.Commit("main", forgetest.Files{"pinfetch/pins.json": {Body: template.lock}})
	project.Grant(token, "bot", forgetest.MayPush, forgetest.MayRequest, forgetest.MayLabel, forgetest.MayMerge)
	project.Private(token)
	bin := t.TempDir()
	s.path = bin + ":" + os.Getenv("PATH")
	git, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf(`#!/bin/sh
{ printf '%%s\n' "$@"; } >>%[1]s/$$.arguments
case $1 in status|commit) ;; *) env | grep -iv '^https\?_proxy=' >>%[1]s/$$.environment ;; esac
GIT_TRACE2_EVENT=%[1]s GIT_TRACE_REDACT=0 exec %[2]s "$@"
`, s.spied, git)
	if err := writeProgram(filepath.Join(bin, "git"), []byte(script)); err != nil {
		t.Fatal(err)
	}
	return s
}

// traces are texts by where they were found.
type traces map[string][]byte

// leaks lists the traces that hold the token.
func leaks(found traces) []string {
	var all []string
	for _, where := range slices.Sorted(maps.Keys(found)) {
		if form := leak(found[where]); form != "" {
			all = append(all, where+", "+form)
		} else if form := leak([]byte(where)); form != "" {
			all = append(all, "the name of "+where+", "+form)
		}
	}
	return all
}

// run runs a cell with a program and returns all that came of it.
func (s *spy) run(program string, c cell) (result, traces) {
	s.t.Helper()
	root, err := os.MkdirTemp(s.t.TempDir(), "")
	if err != nil {
		s.t.Fatal(err)
	}
	defer os.RemoveAll(root)
	dir, home, temp := filepath.Join(root, "project"), filepath.Join(root, "home"), filepath.Join(root, "tmp")
	given := s.lay(root, c)

	env := append([]string{
		"PATH=" + s.path, "HOME=" + home, "TMPDIR=" + temp, "XDG_CACHE_HOME=" + filepath.Join(home, ".cache"), "NIX_CONF_DIR=" + home,
		"GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.org", "GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.org",
		"GORACE=atexit_sleep_ms=10",
	}, s.forge.Env()...)
	for _, variable := range s.place.env {
		env = append(env, strings.ReplaceAll(variable, "HOME/", home+"/"))
	}
	c.trouble.strike(s.forge)
	s.forge.ResetLog()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(s.t.Context(), program, c.args()...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, &stdout, &stderr
	if err := cmd.Run(); cmd.ProcessState == nil {
		s.t.Fatal(err)
	}
	found := traces{"stdout": stdout.Bytes(), "stderr": stderr.Bytes()}
	s.collect(root, given, found)
	s.collect(s.spied, nil, found)
	s.overhear(c, found)
	if err := os.RemoveAll(s.spied); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Mkdir(s.spied, 0o755); err != nil {
		s.t.Fatal(err)
	}
	return result{c.args(), stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}, found
}

// lay lays out the directories of a run. It returns the files that are given the token.
func (s *spy) lay(root string, c cell) (given map[string]string) {
	s.t.Helper()
	given = make(map[string]string)
	files := map[string]string{
		"project/pinfetch/pins.json": s.template.lock,
		"home/.gitconfig":            "[user]\n\tname = Ada\n\temail = ada@example.org\n",
	}
	if s.place.lock {
		files["project/pinfetch/pins.json"] = strings.ReplaceAll(s.template.lock, "https://", "https://"+s.place.userinfo)
		given["project/pinfetch/pins.json"] = files["project/pinfetch/pins.json"]
	}
	for path, text := range s.place.files {
		files["home/"+path], given["home/"+path] = text, text
	}
	if c.use.commits {
		if err := os.CopyFS(filepath.Join(root, "project"), os.DirFS(s.template.git)); err != nil {
			s.t.Fatal(err)
		}
	}
	for path, text := range files {
		path = filepath.Join(root, path)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if err == nil {
			err = os.WriteFile(path, []byte(text), 0o644)
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(root, "tmp"), 0o755); err != nil {
		s.t.Fatal(err)
	}
	return given
}

// collect reads all files below a directory, decompressed, except those that were given
// the token.
func (s *spy) collect(root string, given map[string]string, into traces) {
	s.t.Helper()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil || given[name] != "" && given[name] == string(data) {
			return err
		}
		into[name] = append(data, unpacked(data)...)
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// unpacked decompresses gzip, and zlib, which git uses for objects.
func unpacked(data []byte) []byte {
	var r io.Reader
	var err error
	if r, err = gzip.NewReader(bytes.NewReader(data)); err != nil {
		if r, err = zlib.NewReader(bytes.NewReader(data)); err != nil {
			return nil
		}
	}
	text, _ := io.ReadAll(r) // as far as it goes
	return text
}

// overhear reads what hosts received that the token is not for.
func (s *spy) overhear(c cell, into traces) {
	s.told = false
	for i, r := range s.forge.Requests() {
		text := fmt.Appendf(nil, "%s %q %q", r.Path, r.Query, r.Header)
		form := leak(text)
		switch {
		case form == "":
		case r.TLS && slices.Contains(s.place.hosts, r.Host) && leak(fmt.Appendf(nil, "%s %q", r.Path, r.Query)) == "":
			s.told = true
		case c.trouble.tells && leak(fmt.Appendf(nil, "%q", r.Header)) == "":
		default:
			into[fmt.Sprintf("request %d, %s to %s (TLS: %t)", i+1, r.Method, r.Host, r.TLS)] = text
		}
	}
}

// show shows what a run printed, or the lines of it that hold the token.
func (s *spy) show(r result) string {
	var lines []string
	for line := range strings.Lines(r.stdout + r.stderr) {
		if leak([]byte(line)) != "" {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	if len(lines) == 0 {
		return r.stderr
	}
	return strings.Join(lines, "\n")
}

// TestSpy plants leaks and checks that the test finds them.
func TestSpy(t *testing.T) {
	t.Parallel()
	s := newSpy(t, newTemplate(t), 0)
	basic := base64.StdEncoding.EncodeToString([]byte("x-access-token:" + token))
	for _, tt := range []struct {
		name, script string
		want         string // where it is found; "" if nowhere
	}{
		{"nothing", "git --version; curl -s -u x-access-token:$GITHUB_TOKEN https://github.com/", ""},
		{"stdout", "echo $GITHUB_TOKEN", "stdout, plain"},
		{"stderr", "echo a $GITHUB_TOKEN b >&2", "stderr, plain"},
		{"a part", "echo $GITHUB_TOKEN | tr -d '/' | cut -c 1-28", "stdout, plain"},
		{"what a cut leaves", "echo $GITHUB_TOKEN | cut -c 1-18", "stdout, first half"},
		{"what is behind a cut", "echo $GITHUB_TOKEN | cut -c 12-", "stdout, second half"},
		{"escaped for a URL", "echo '" + url.QueryEscape(token) + "'", "stdout, plain"},
		{"quoted", "echo '" + fmt.Sprintf("%q", token) + "'", "stdout, plain"},
		{"in lower case", "echo $GITHUB_TOKEN | tr A-Z a-z", "stdout, plain"},
		{"basic authentication", "echo " + basic, "stdout, base 64"},
		{"basic authentication of another user", "printf 'ad:%s' $GITHUB_TOKEN | base64 -w0", "stdout, base 64"},
		{"token in base 64", "printf %s $GITHUB_TOKEN | base64 -w0", "stdout, base 64"},
		{"hexadecimal", "printf %s $GITHUB_TOKEN | od -An -v -tx1 | tr -d ' \\n'", "stdout, hexadecimal"},
		{"lock", "echo $GITHUB_TOKEN >>pinfetch/pins.json", "project/pinfetch/pins.json, plain"},
		{"cache", "mkdir -p $XDG_CACHE_HOME/x; echo $GITHUB_TOKEN >$XDG_CACHE_HOME/x/y", "home/.cache/x/y, plain"},
		{"packed", "echo $GITHUB_TOKEN | gzip >$HOME/x", "home/x, plain"},
		{"temporary file", "echo $GITHUB_TOKEN >$TMPDIR/x", "tmp/x, plain"},
		{"name of a file", "touch $TMPDIR/" + canary, "the name of tmp/" + canary + ", plain"},
		{"argument of git", "git -c x.y=$GITHUB_TOKEN version", ".arguments, plain"},
		{"argument of git's helper", "git -c alias.a='!f() { git version \"$1\"x; }; f' a " + canary, ".arguments, plain"},
		{"environment of git", "git version", ".environment, plain"},
		{"header for another host", "curl -s -u ada:$GITHUB_TOKEN https://other.example.net/", "GET to other.example.net (TLS: true), base 64"},
		{"path for another host", "curl -s https://other.example.net/" + canary, "GET to other.example.net (TLS: true), plain"},
		{"header over http", "curl -s -u ada:$GITHUB_TOKEN http://github.com/", "GET to github.com (TLS: false), base 64"},
		{"path for its own host", "curl -s https://github.com/" + canary, "GET to github.com (TLS: true), plain"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "program")
			clean := "unset GITHUB_TOKEN\n"
			if tt.name == "environment of git" {
				clean = ""
			}
			script := strings.ReplaceAll(tt.script, "$GITHUB_TOKEN", "'"+token+"'")
			if err := writeProgram(path, []byte("#!/bin/sh\n"+clean+script+"\ntrue\n")); err != nil {
				t.Fatal(err)
			}
			r, traces := s.run(path, cell{place: s.place, use: use{command: "update"}, trouble: trouble{name: "none"}})
			got := leaks(traces)
			found := slices.ContainsFunc(got, func(leak string) bool {
				return slices.ContainsFunc(strings.Split(tt.want, "|"), func(want string) bool { return strings.Contains(leak, want) })
			})
			if tt.want == "" && len(got) > 0 || tt.want != "" && !found {
				t.Errorf("found %q, want %q\n%s", got, tt.want, s.show(r))
			}
		})
	}
	t.Run("commit", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "program")
		script := "#!/bin/sh\nunset GITHUB_TOKEN\nprintf %s '" + token + "' | git commit -q --allow-empty -F -\n"
		if err := writeProgram(path, []byte(script)); err != nil {
			t.Fatal(err)
		}
		_, traces := s.run(path, cell{place: s.place, use: use{command: "update", commits: true}, trouble: trouble{name: "none"}})
		if got := leaks(traces); len(got) == 0 || !strings.Contains(strings.Join(got, "\n"), "project/.git/objects/") {
			t.Errorf("found %q, want an object of git", got)
		}
	})
}

// writeProgram writes an executable file. No other test may start a process meanwhile: it would hold the file open for
// writing until its own program begins, and the file could not be run ("text file busy").
func writeProgram(path string, script []byte) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return os.WriteFile(path, script, 0o755)
}
