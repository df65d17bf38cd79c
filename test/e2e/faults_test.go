package e2e

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/test/forgetest"
)

// The pins of a troubled project, and where each meets the network:
//
//	tool  github:acme/tool                      refs of github.com, then an archive
//	app   github:acme/app?host=github.corp.example --release
//	                                            API, refs, then an archive
//	lib   git+https://git.example.org/acme/lib  refs, then the git program
//	data  https://dl.example.org/… --unpack     one file
//	note  https://notes.example.org/…           one file, never struck
//
// An update moves the first three, an update --rehash the last two.
const noteHost = "notes.example.org"

// Secrets that every run of a troubled project is given, each for its own hosts.
const (
	gitHubSecret = "ghp_c4n4ryc4n4ryc4n4ryc4n4ryc4n4ryc4n4ry"
	netrcSecret  = "canary-in-the-netrc"
)

// confidants are the hosts that may receive a secret.
var confidants = []string{"github.com", enterpriseHost, forgeHost, filesHost}

// repositories are what forges of troubled projects have in common.
var repositories = []string{"acme/tool", "acme/app", "acme/lib"}

// commit gives a forge's repositories the nth edition. Earlier editions must exist.
func commit(f *forgetest.Forge, n int) {
	for _, name := range repositories {
		repo := f.Repo(name)
		repo.Tag(edition(n), repo.Commit("main", forgetest.Files{"noise": {Body: noise(name+edition(n), 20_000)}}))
	}
}

// publish gives a forge the nth edition of files outside repositories.
func publish(f *forgetest.Forge, n int) {
	f.Repo("acme/app").Release(forgetest.Release{Tag: edition(n)})
	f.File(filesHost, "/data.tar.gz", forgetest.Content{Body: dataArchive(edition(n))})
	f.File(noteHost, "/note.txt", forgetest.Content{Body: []byte(noise("note"+edition(n), 2_000))})
}

func edition(n int) string { return fmt.Sprintf("v1.%d", n) }

// dataArchive is a tar.gz with one file in one directory.
func dataArchive(tag string) []byte {
	text := noise("data"+tag, 20_000)
	var buffer bytes.Buffer
	compressed := gzip.NewWriter(&buffer)
	archive := tar.NewWriter(compressed)
	archive.WriteHeader(&tar.Header{Name: "data/noise", Mode: 0o644, Size: int64(len(text))})
	archive.Write([]byte(text))
	archive.Close()
	compressed.Close()
	return buffer.Bytes()
}

// noise is text that does not compress well, the same for the same seed.
func noise(seed string, size int) string {
	random := rand.New(rand.NewChaCha8(sha256.Sum256([]byte(seed))))
	text := make([]byte, size)
	for i := range text {
		text[i] = ' ' + byte(random.IntN(95))
	}
	return string(text)
}

// history is what the lock of a troubled project was and should become.
type history struct {
	before, updated, rehashed string
	forge                     *forgetest.Forge // whose repositories have both editions
}

// newHistory makes a lock of the first edition and moves it to the second, with nothing in the
// way. The pin lib, which takes the git program many processes, is in it on request.
func newHistory(t *testing.T, withLib bool) history {
	t.Helper()
	h := history{forge: forgetest.New(t)}
	commit(h.forge, 1)
	publish(h.forge, 1)
	p := newProject(t, h.forge, t.TempDir())
	moved := []string{"app", "tool"}
	if withLib {
		moved = []string{"app", "lib", "tool"}
		p.run("add", "git+https://"+forgeHost+"/acme/lib")
	}
	p.run("add", "github:acme/tool", "https://"+noteHost+"/note.txt")
	p.run("add", "github:acme/app?host="+enterpriseHost, "--release")
	p.run("add", "https://"+filesHost+"/data.tar.gz", "--unpack")
	h.before = read(t, p.lockFile())
	commit(h.forge, 2)
	publish(h.forge, 2)
	p.run("update")
	h.updated = read(t, p.lockFile())
	p.writeLock(h.before)
	p.run("update", "--rehash")
	h.rehashed = read(t, p.lockFile())
	for _, lock := range []struct {
		text  string
		moved []string
	}{{h.updated, moved}, {h.rehashed, []string{"data", "note"}}} {
		if got := differing(t, h.before, lock.text); !slices.Equal(got, lock.moved) {
			t.Fatalf("with nothing in the way: %q moved, want %q", got, lock.moved)
		}
	}
	return h
}

// troubled is a project whose sources have all moved on from its lock.
func troubled(t *testing.T, h history) *project {
	t.Helper()
	forge := forgetest.New(t)
	for _, name := range repositories {
		if _, err := forge.Import(name, h.forge.Repo(name).Dir()); err != nil {
			t.Fatal(err)
		}
	}
	publish(forge, 1)
	publish(forge, 2)
	p := newProject(t, forge, t.TempDir())
	netrc := filepath.Join(t.TempDir(), "netrc")
	var entries strings.Builder
	for _, host := range []string{enterpriseHost, forgeHost, filesHost} {
		fmt.Fprintf(&entries, "machine %s login ada password %s\n", host, netrcSecret)
	}
	if err := os.WriteFile(netrc, []byte(entries.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	p.env = append(p.env, "GITHUB_TOKEN="+gitHubSecret, "NETRC="+netrc)
	p.writeLock(h.before)
	return p
}

func (p *project) writeLock(text string) {
	p.t.Helper()
	if err := os.WriteFile(p.lockFile(), []byte(text), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// pinTexts returns a lock's pins as they are written.
func pinTexts(t *testing.T, lock string) map[string]string {
	t.Helper()
	var parsed struct {
		Version int
		Pins    map[string]json.RawMessage
	}
	if err := json.Unmarshal([]byte(lock), &parsed); err != nil {
		t.Fatalf("%v in the lock:\n%s", err, lock)
	}
	pins := make(map[string]string)
	for name, text := range parsed.Pins {
		pins[name] = string(text)
	}
	return pins
}

// differing returns the names of the pins that two locks do not have in common.
func differing(t *testing.T, a, b string) []string {
	t.Helper()
	one, other := pinTexts(t, a), pinTexts(t, b)
	all := maps.Clone(one)
	maps.Copy(all, other)
	return slices.DeleteFunc(slices.Sorted(maps.Keys(all)), func(name string) bool { return one[name] == other[name] })
}

// place is where a fault can strike, and which pin that hits.
type place struct {
	name   string
	pin    string
	rehash bool // which update gets there
	fault  forgetest.Fault
	passed int // connections to the host that come before
	spare  int // tries more than usual: refs are asked for in another way if the first is not understood
}

func byGit(r *http.Request) bool { return strings.HasPrefix(r.UserAgent(), "git/") }

var (
	atRefs    = place{"refs", "tool", false, forgetest.Fault{Host: "github.com", Path: "/acme/tool.git/"}, 0, 1}
	atArchive = place{"archive", "tool", false, forgetest.Fault{Host: "codeload.github.com", Path: "/acme/tool/"}, 0, 0}
	atAPI     = place{"API", "app", false, forgetest.Fault{Host: enterpriseHost, Path: "/api/v3/repos/acme/app/releases"}, 0, 0}
	atGitRefs = place{"git refs", "lib", false, forgetest.Fault{Host: forgeHost, Path: "/acme/lib/info/refs", Match: byGit}, 1, 0}
	atGitPack = place{"git pack", "lib", false, forgetest.Fault{Host: forgeHost, Path: "/acme/lib/git-upload-pack", Match: byGit}, 1, 0}
	atFile    = place{"file", "data", true, forgetest.Fault{Host: filesHost, Path: "/data.tar.gz"}, 0, 0}
)

// unconnected is a place whose fault strikes before there is a request.
func unconnected(at place) place {
	at.fault.Path, at.fault.Match, at.fault.Skip = "", nil, at.passed
	return at
}

// TestFaults makes one pin of a lock fail while all others have something new. The pin
// keeps its entry, the others are written, and the user learns which pin failed, why,
// and what to do.
//
// The program may retry a temporary fault once; a fault that occurs only once goes
// unnoticed.
func TestFaults(t *testing.T) {
	t.Parallel()
	histories := map[bool]history{true: newHistory(t, true), false: newHistory(t, false)}
	status := func(code int) forgetest.Kind { return forgetest.Status(code, nil, "") }
	retryAfter := func(code int, seconds string) forgetest.Kind {
		return forgetest.Status(code, http.Header{"Retry-After": {seconds}}, "")
	}
	var (
		early   = []place{unconnected(atRefs), unconnected(atAPI), unconnected(atGitRefs), unconnected(atFile)}
		our     = []place{atRefs, atArchive, atAPI, atFile} // requests that are not git's
		gits    = []place{atGitRefs, atGitPack}
		all     = slices.Concat(our, gits)
		files   = []place{atArchive, atFile}
		initial = []place{atRefs, atArchive, atAPI, atFile, atGitRefs} // git redirects nothing later
	)
	const uncounted, once, twice = 0, 1, 2
	for _, test := range []struct {
		name   string
		kind   forgetest.Kind
		places []place
		tries  int    // what the forge sees
		class  string // matches the error's class
		says   string // matches the error
		hint   string // matches what to do
	}{
		{"reset before TLS", forgetest.Refuse(), early, twice, "unreachable|truncated", `HOST.*(reset|SSL|EOF)`, `run the command again`},
		{"reset in the header", forgetest.ResetHeader(), all, twice, "unreachable|truncated", `HOST`, `run the command again`},
		{"reset in the body", forgetest.ResetBody(100), all, twice, "truncated|unreachable", `broke off|not reached`, `run the command again`},
		{"wrong length", forgetest.WrongLength(), []place{atArchive, atAPI, atFile}, twice, "truncated", `broke off`, `run the command again`}, // refs have an end of their own
		{"truncated gzip", forgetest.TruncateGzip(), files, twice, "corrupt", `HOST.*too early`, `run the command again`},
		{"429", status(429), all, twice, "rate-limited", `429`, `wait`},
		{"429 with Retry-After", retryAfter(429, "0"), []place{atArchive, atAPI}, twice, "rate-limited", `429`, `wait|resets`},
		{"500", status(500), []place{atRefs, atAPI, atGitPack}, twice, "server", `HOST.*500|500.*HOST`, `later`},
		{"503", status(503), all, twice, "server", `HOST.*503|503.*HOST`, `later`},
		{"503 with Retry-After", retryAfter(503, "0"), []place{atRefs, atFile}, twice, "server", `503`, `later`},
		{"503 for an hour", retryAfter(503, "3600"), our, once, "server", `503`, `later`},
		{"corrupt pack", forgetest.CorruptPack(), []place{atGitPack}, twice, "corrupt", `HOST`, `run the command again`},
		{"redirect to http", forgetest.RedirectTo("http://elsewhere.example/"), initial, once, "insecure", `insecure`, `address`},
		{"redirect loop", forgetest.RedirectLoop(), []place{atRefs, atAPI, atFile, atGitRefs}, 21, "redirects", `redirects`, `address`},
		{"redirect loop elsewhere", forgetest.RedirectLoop(), []place{atArchive}, 20, "redirects", `redirects`, `address`}, // one redirect leads there
		{"invalid certificate", forgetest.BadCertificate(), early, once, "insecure", `certificate`, `SSL_CERT_FILE`},
		{"web page", forgetest.HTML(), all, once, "protocol|not-archive", `HOST`, `browser|git repository`},
		{"garbage", forgetest.Garbage(), all, once, "protocol|not-archive", `HOST`, `browser|git repository`},
		{"question for a password", forgetest.AskPassword("here"), our, once, "unauthorized", `HOST.*401 Unauthorized`, `token`},
		{"question for git's password", forgetest.AskPassword("here"), gits, uncounted, "unauthorized", `HOST`, `token`}, // git itself asks again with the one that it has
	} {
		if len(test.places) == 0 {
			t.Fatalf("%s strikes nowhere", test.name)
		}
		for _, at := range test.places {
			t.Run(test.name+"/"+at.name, func(t *testing.T) {
				t.Parallel()
				h := histories[at.pin == "lib" || at.name == atRefs.name]
				p := troubled(t, h)
				at.fault.Kind = test.kind
				host := regexp.QuoteMeta(strings.TrimPrefix(at.fault.Host, "codeload.")) // an error may name what redirected
				p.forge.Fault(at.fault)
				p.fails(h, at, expected{test.class, strings.ReplaceAll(test.says, "HOST", host), test.hint, test.tries})
				p.forge.ClearFaults()
				p.forge.ResetLog()
				if test.tries == twice {
					at.fault.Times = 1
					p.forge.Fault(at.fault)
				}
				p.mends(h, at)
				if test.tries == twice {
					p.wantTries(at, twice)
				}
			})
		}
	}
}

// TestStalls lets a server go silent. The user sets the time-out.
func TestStalls(t *testing.T) {
	t.Parallel()
	h := newHistory(t, true)
	for _, test := range []struct {
		name string
		at   place
		sent int // bytes before the silence; -1 keeps the header back too
	}{
		{"header of refs", atRefs, -1},
		{"body of an archive", atArchive, 1000},
		{"API", atAPI, 10},
		{"git refs", atGitRefs, -1},
		{"git pack", atGitPack, 1000},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := troubled(t, h)
			test.at.fault.Kind = forgetest.Stall(test.sent)
			p.forge.Fault(test.at.fault)
			p.fails(h, test.at, expected{"stalled", `stalled`, `run the command again`, 2}, "--timeout", "1s")
			test.at.fault.Times = 1
			p.forge.ClearFaults()
			p.forge.Fault(test.at.fault)
			p.mends(h, test.at, "--timeout", "1s")
		})
	}
}

// TestNoConnection removes what HTTP needs: the listener, the host name.
func TestNoConnection(t *testing.T) {
	t.Parallel()
	h := newHistory(t, true)
	// The local end of a connection is an address that is taken and on which nobody
	// listens.
	forge := forgetest.New(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(forge.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	refusing := conn.LocalAddr().String()
	nameless := strings.Repeat("x", 64) + ".invalid" // a label is at most 63 bytes long, so that no server is asked
	for _, test := range []struct {
		name, host string // where the pin is now
		pin        string
		from       string // the host in the lock before
		rehash     bool
		says       string
	}{
		{"connection refused", refusing, "data", filesHost, true, `connection refused`},
		{"connection refused to refs", refusing, "lib", forgeHost, false, `connection refused`},
		{"connection refused to git", refusing, "lib", forgeHost, true, `(?i)connect`},
		{"no such name", nameless, "data", filesHost, true, `no such host`},
		{"no such name for refs", nameless, "lib", forgeHost, false, `no such host`},
		{"no such name for git", nameless, "lib", forgeHost, true, `resolve`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			moved := func(lock string) string { return strings.ReplaceAll(lock, "https://"+test.from, "https://"+test.host) }
			there := history{moved(h.before), moved(h.updated), moved(h.rehashed), h.forge}
			p := troubled(t, there)
			host, _, _ := strings.Cut(test.host, ":")
			p.env = append(p.env, "NO_PROXY="+host, "no_proxy="+host)
			p.fails(there, place{pin: test.pin, rehash: test.rehash}, expected{
				class: "unreachable", says: regexp.QuoteMeta(test.host) + ".*" + test.says + "|" + test.says + ".*" + regexp.QuoteMeta(host), hint: "network",
			})
		})
	}
}

// TestRedirectElsewhere lets another host answer. It gets no token, but its answer may
// still be correct.
func TestRedirectElsewhere(t *testing.T) {
	t.Parallel()
	h := newHistory(t, true)
	rev := regexp.MustCompile(`"rev": "([0-9a-f]{40})"`).FindStringSubmatch(pinTexts(t, h.updated)["tool"])
	if rev == nil {
		t.Fatal("no rev is locked")
	}
	const elsewhere = "elsewhere.example"
	for _, test := range []struct {
		at   place
		path string
	}{
		{atRefs, "/acme/tool.git/info/refs?service=git-upload-pack"},
		{atArchive, "/acme/tool/archive/" + rev[1] + ".tar.gz"},
		{atAPI, "/api/v3/repos/acme/app/releases?per_page=100"},
		{atGitRefs, "/acme/lib/info/refs?service=git-upload-pack"},
		{atFile, "/data.tar.gz"},
	} {
		t.Run(test.at.name, func(t *testing.T) {
			t.Parallel()
			p := troubled(t, h)
			p.forge.File(elsewhere, "/data.tar.gz", forgetest.Content{Body: dataArchive("v1.2")})
			test.at.fault.Kind = forgetest.RedirectTo("https://" + elsewhere + test.path)
			p.forge.Fault(test.at.fault)
			p.mends(h, test.at)
			if !slices.ContainsFunc(p.forge.Requests(), func(r forgetest.Request) bool { return r.Host == elsewhere }) {
				t.Error("the redirect was not followed")
			}
		})
	}
}

// TestNeverAsks offers every way in which git could ask for a password.
func TestNeverAsks(t *testing.T) {
	t.Parallel()
	h := newHistory(t, true)
	for _, at := range []place{atRefs, atGitRefs, atGitPack} {
		t.Run(at.name, func(t *testing.T) {
			t.Parallel()
			p := troubled(t, h)
			marker := filepath.Join(t.TempDir(), "asked")
			ask := filepath.Join(t.TempDir(), "ask")
			if err := writeProgram(ask, []byte("#!/bin/sh\necho \"$@\" >>"+marker+"\necho secret\n")); err != nil {
				t.Fatal(err)
			}
			p.env = append(p.env, "GIT_TERMINAL_PROMPT=1", "GIT_ASKPASS="+ask, "SSH_ASKPASS="+ask, "SSH_ASKPASS_REQUIRE=force", "DISPLAY=:0",
				"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=credential.helper", "GIT_CONFIG_VALUE_0=!"+ask)
			at.fault.Kind = forgetest.AskPassword("here")
			p.forge.Fault(at.fault)
			p.fails(h, at, expected{class: "unauthorized", says: ".", hint: "token"})
			if asked, err := os.ReadFile(marker); err == nil {
				t.Errorf("the user was asked: %s", asked)
			}
		})
	}
}

// expected is what the user should be told about a failing pin.
type expected struct {
	class, says, hint string // regular expressions
	tries             int    // 0: not counted
}

// document is the part of an update's JSON that tests look at.
type document struct {
	Pins []struct {
		Name, Status string
		Old, New     json.RawMessage
		Error        *struct{ Class, Message, Hint string }
	}
	Changed, Failed int
}

func (p *project) document(text string) document {
	p.t.Helper()
	var d document
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		p.t.Fatalf("%v in %q", err, text)
	}
	return d
}

// fails updates and wants one pin, at a place, to fail and all others to move.
func (p *project) fails(h history, at place, want expected, flags ...string) {
	p.t.Helper()
	r := p.attempt(at, flags...)
	if r.code != 2 {
		p.t.Errorf("exit code %d, want 2", r.code)
	}
	full := h.updated
	if at.rehash {
		full = h.rehashed
	}
	lock := read(p.t, p.lockFile())
	before, now, goal := pinTexts(p.t, h.before), pinTexts(p.t, lock), pinTexts(p.t, full)
	for name := range goal {
		switch {
		case name == at.pin && now[name] != before[name]:
			p.t.Errorf("%s failed and yet its entry changed to %s", name, now[name])
		case name != at.pin && now[name] != goal[name]:
			p.t.Errorf("%s was not struck, and its entry is %s", name, now[name])
		}
	}
	said := false
	for _, pin := range p.document(r.stdout).Pins {
		if pin.Name != at.pin {
			if pin.Error != nil {
				p.t.Errorf("%s was not struck, and failed: %+v", pin.Name, *pin.Error)
			}
			continue
		}
		if pin.Status != "failed" || pin.Error == nil || string(pin.New) != string(pin.Old) {
			p.t.Fatalf("%s is %q, old %s, new %s, error %v; want it failed and as it was", pin.Name, pin.Status, pin.Old, pin.New, pin.Error)
		}
		said = true
		for what, pair := range map[string][2]string{"class": {pin.Error.Class, "^(" + want.class + ")$"}, "message": {pin.Error.Message, want.says}, "hint": {pin.Error.Hint, want.hint}} {
			if !regexp.MustCompile(pair[1]).MatchString(pair[0]) {
				p.t.Errorf("%s: got %s %q, want it to match %q", at.pin, what, pair[0], pair[1])
			}
		}
		for _, line := range []string{"error: " + at.pin + ": " + pin.Error.Message, "hint: " + pin.Error.Hint} {
			if !strings.Contains(r.stderr, "pinfetch: "+line+"\n") {
				p.t.Errorf("stderr does not say %q", line)
			}
		}
	}
	if !said {
		p.t.Errorf("the document does not mention %s", at.pin)
	}
	if want.tries > 0 {
		p.wantTries(at, want.tries)
	}
	if p.t.Failed() {
		p.t.Logf("stderr:\n%s", r.stderr)
	}
}

// mends updates and wants all pins to move.
func (p *project) mends(h history, at place, flags ...string) {
	p.t.Helper()
	r := p.attempt(at, flags...)
	want := h.updated
	if at.rehash {
		want = h.rehashed
	}
	if r.code != 0 {
		p.t.Errorf("exit code %d, want 0\n%s", r.code, r.stderr)
	}
	if got := read(p.t, p.lockFile()); got != want {
		p.t.Errorf("%q are not what they should be", differing(p.t, got, want))
	}
}

// attempt updates with one retry per request, and checks what must always hold.
func (p *project) attempt(at place, flags ...string) result {
	p.t.Helper()
	args := slices.Concat(flags, []string{"--verbose", "--retries", "1", "update", "--json"})
	if at.rehash {
		args = append(args, "--rehash")
	}
	r := p.exec(args...)
	p.wantTidy()
	for _, secret := range []string{gitHubSecret, netrcSecret} {
		for where, text := range map[string]string{"stdout": r.stdout, "stderr": r.stderr, "the lock": read(p.t, p.lockFile())} {
			if strings.Contains(text, secret) {
				p.t.Errorf("%s shows a secret:\n%s", where, text)
			}
		}
	}
	for _, request := range p.forge.Requests() {
		if request.Header.Get("Authorization") != "" && !slices.Contains(confidants, request.Host) {
			p.t.Errorf("%s was told a secret", request.Host)
		}
	}
	return r
}

// wantTidy wants no other file beside the lock and the reader, and no temporary files.
func (p *project) wantTidy() {
	p.t.Helper()
	for dir, want := range map[string][]string{filepath.Dir(p.lockFile()): {"default.nix", "pins.json"}, p.temp: nil} {
		if got := names(p.t, dir); !slices.Equal(got, want) {
			p.t.Errorf("%s holds %q, want %q", filepath.Base(dir), got, want)
		}
	}
}

// names lists a directory.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, entry := range entries {
		found = append(found, entry.Name())
	}
	return found
}

// wantTries counts how often a place was tried: requests, or connections if the fault
// comes before requests.
func (p *project) wantTries(at place, want int) {
	p.t.Helper()
	got := 0
	if at.fault.Path == "" {
		for _, host := range p.forge.Connects() {
			if host == at.fault.Host {
				got++
			}
		}
		got -= at.passed
	}
	for _, r := range p.forge.Requests() {
		byGit := at.fault.Match == nil || strings.HasPrefix(r.Header.Get("User-Agent"), "git/")
		if at.fault.Path != "" && r.Host == at.fault.Host && strings.HasPrefix(r.Path, at.fault.Path) && byGit {
			got++
		}
	}
	if got < want || got > want+at.spare {
		p.t.Errorf("the forge saw %d tries, want %d", got, want)
	}
}
