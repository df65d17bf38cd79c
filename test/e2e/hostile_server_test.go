package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pinfetch/pinfetch/test/forgetest"
)

// raw answers over a plain connection with exactly these bytes, which package http
// would not send.
func raw(answer string) forgetest.Kind {
	return forgetest.Answer(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		io.WriteString(conn, answer)
	})
}

// says answers with a status, a type and a body.
func says(code int, contentType, body string) forgetest.Kind {
	return forgetest.Status(code, http.Header{"Content-Type": {contentType}}, body)
}

// goesTo redirects to a location.
func goesTo(location string) forgetest.Kind {
	return forgetest.Answer(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Location"] = []string{location}
		w.WriteHeader(http.StatusFound)
	})
}

const (
	advertisement = "application/x-git-upload-pack-advertisement"
	result200     = "application/x-git-upload-pack-result"
)

// packets formats lines as git sends them, with a flush at the end.
func packets(lines ...string) string {
	var b strings.Builder
	for _, line := range lines {
		fmt.Fprintf(&b, "%04x%s", len(line)+4, line)
	}
	return b.String() + "0000"
}

// speaks answers git's requests: the question for capabilities, ls-refs and fetch.
func speaks(capabilities, refs, pack string) forgetest.Kind {
	return forgetest.Answer(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		switch {
		case r.Method == http.MethodGet:
			w.Header().Set("Content-Type", advertisement)
			io.WriteString(w, packets("# service=git-upload-pack\n")+capabilities)
		case strings.Contains(string(body), "command=ls-refs"):
			w.Header().Set("Content-Type", result200)
			io.WriteString(w, refs)
		default:
			w.Header().Set("Content-Type", result200)
			io.WriteString(w, pack)
		}
	})
}

const someID = "0123456789abcdef0123456789abcdef01234567"

var version2 = packets("version 2\n", "agent=git/2.39.5\n", "ls-refs=unborn\n", "fetch=shallow wait-for-done filter\n", "object-format=sha1\n")

// refsOf are a remote's refs in version 2, first of all HEAD.
func refsOf(lines ...string) string {
	all := []string{someID + " HEAD symref-target:refs/heads/main\n", someID + " refs/heads/main\n"}
	return packets(append(all, lines...)...)
}

// gitRefs and gitPack match what asks for refs and what fetches commits.
func gitRefs(r *http.Request) bool {
	return !isLate(r) && (strings.HasSuffix(r.URL.Path, "/info/refs") || strings.HasSuffix(r.URL.Path, "/git-upload-pack"))
}

func gitAll(r *http.Request) bool {
	return strings.HasSuffix(r.URL.Path, "/info/refs") || strings.HasSuffix(r.URL.Path, "/git-upload-pack")
}

func apiOnly(r *http.Request) bool { return r.Host == "api.github.com" }

func plainOnly(r *http.Request) bool { return r.TLS == nil }

// releases is what the API says of releases.
func releases(tag, page string) forgetest.Kind {
	text, _ := json.Marshal([]map[string]any{{"id": 1, "tag_name": tag, "name": tag, "html_url": page, "published_at": "2024-01-01T00:00:00Z", "tarball_url": page}})
	return says(http.StatusOK, "application/json", string(text))
}

// TestHostileServers has servers give malicious answers.
func TestHostileServers(t *testing.T) {
	t.Parallel()
	template := newTemplate(t)
	all := func(*http.Request) bool { return true }
	tests := []struct {
		name  string
		match func(*http.Request) bool
		kind  forgetest.Kind
		want  string // in stderr
	}{
		{"plain text", all, says(403, "text/plain", "no"+evil+"\nway\r\nat all"), "403"},
		{"plain text, late", isLate, says(403, "text/plain", "no"+evil+"\nway\r\nat all"), "403"},
		{"plain text of the server's fault, late", isLate, says(500, "text/plain; charset=utf-8", strings.Repeat("\x1b[31m", 10_000)), "500"},
		{"JSON", all, says(400, "application/json", `{"message":"no\u001b[2J\u202eway"}`), "400"},
		{"JSON, late", isLate, says(400, "application/json", `{"message":"no\u001b[2J\u202eway"}`), "400"},
		{"JSON of another kind", all, says(400, "application/json", `{"message":{"a":["`+evil+`"]}}`), "400"},
		{"type", all, says(200, "text/\x1b[2J"+strings.Repeat("x", 10_000), "x"), ""},
		{"type, late", isLate, says(200, "text/html"+evil, "<title>"+evil+"</title>"), ""},
		{"odd status", all, says(999, "text/plain", evil), ""},
		{"no content", all, says(204, "", ""), ""},
		{"partial content", isLate, says(206, "application/octet-stream", "x"), ""},

		{"ERR", gitRefs, says(200, advertisement, packets("# service=git-upload-pack\n")+packets("ERR no"+evil+"\r\nway\n")), "the remote says"},
		{"ERR that is long", gitRefs, says(200, advertisement, packets("# service=git-upload-pack\n")+packets("ERR "+strings.Repeat("x", 60_000)+"\n")), "the remote says"},
		{"ERR for refs", gitAll, speaks(version2, packets("ERR no"+evil+"\n"), ""), "the remote says"},
		{"ref", gitAll, speaks(version2, refsOf(someID+" refs/tags/v9"+evil+"\n"), ""), ""},
		{"ref that is no name", gitAll, speaks(version2, refsOf(someID+" ../../x\n"), ""), "not found"},
		{"ref that is no ID", gitAll, speaks(version2, refsOf("--upload-pack=TOUCH refs/tags/v9\n"), ""), "invalid ref"},
		{"ref without a name", gitAll, speaks(version2, refsOf(someID+"\n"), ""), "not found"},
		{"refs of HEAD", gitAll, speaks(version2, packets(someID+" HEAD symref-target:--upload-pack=TOUCH\n"), ""), ""},
		{"refs of HEAD with escapes", gitAll, speaks(version2, packets(someID+" HEAD symref-target:refs/heads/"+evil+"\n"), ""), ""},
		{"peeled ref", gitAll, speaks(version2, refsOf(someID+" refs/tags/v9 peeled:"+evil+"\n"), ""), "invalid ref"},
		{"version 0 with escapes", gitAll, speaks(packets(someID+" HEAD\x00symref=HEAD:refs/heads/"+evil+"\n", someID+" refs/heads/"+evil+"\n"), "", ""), ""},
		{"version 0 with NULs", gitAll, speaks(packets(someID+" refs/heads/main\x00\x00\x00\n", someID+" refs/\x00x\n"), "", ""), ""},
		{"version 3", gitAll, speaks(packets("version 3\n", evil+"\n"), "", ""), ""},
		{"object format", gitAll, speaks(packets("version 2\n", "ls-refs\n", "object-format="+evil+"\n"), refsOf(), ""), ""},
		{"no version", gitAll, speaks("", "", ""), ""},
		{"packet of no length", gitAll, speaks("zzzz", "", ""), ""},
		{"packet of a negative length", gitAll, speaks("-001", "", ""), ""},
		{"packet that is too long", gitAll, speaks("ffff"+strings.Repeat("x", 65531), "", ""), ""},
		{"packet that ends early", gitAll, speaks("00ffversion 2\n", "", ""), ""},
		{"packets of 4 bytes", gitAll, speaks(version2, strings.Repeat("0004", 10_000)+"0000", ""), ""},
		{"packet of refs with a wrong length", gitAll, speaks(version2, "fff0"+someID+" refs/heads/main\n0000", ""), ""},
		{"delimiters for ever", gitAll, speaks(version2, strings.Repeat("0001", 1_000_000), ""), ""},
		{"pack that is none", gitAll, speaks(version2, refsOf(someID+" refs/tags/v9.0\n"), packets("packfile\n", "\x01PACK\x00\x00\x00\x02\xff\xff\xff\xff"+evil)), ""},
		{"progress", gitAll, speaks(version2, refsOf(someID+" refs/tags/v9.0\n"), packets("packfile\n", "\x02"+evil+"\r\n", "\x03fatal"+evil+"\n")), ""},
		{"pack of a commit that was not asked for", gitAll, speaks(version2, refsOf(someID+" refs/tags/v9.0\n"), packets("packfile\n")), ""},

		{"redirect to a command", all, goesTo("ext::sh -c TOUCH"), ""},
		{"redirect to a command, late", isLate, goesTo("ext::sh -c TOUCH"), ""},
		{"redirect to a file", all, goesTo("file:///etc/passwd"), "redirect"},
		{"redirect to a file, late", isLate, goesTo("file:///etc/passwd"), ""},
		{"redirect to git", all, goesTo("git://example.org/x"), "redirect"},
		{"redirect to escapes", all, goesTo("https://example.org/" + strings.ReplaceAll(evil, "\x7f", "")), ""},
		{"redirect to coded escapes", isLate, goesTo("https://example.org/%1b[2J%e2%80%ae%0d%0a"), ""},
		{"redirect to a host with escapes", all, goesTo("https://\u009b31m.example.org/"), ""},
		{"redirect to no host", all, goesTo("https://"), ""},
		{"redirect to nothing", all, goesTo(""), ""},
		{"redirect to half an address", all, goesTo("https://[::1"), ""},
		{"redirect to an option", all, goesTo("--upload-pack=TOUCH"), ""},
		{"redirect that is long", all, goesTo("https://example.org/" + strings.Repeat("x", 100_000)), ""},
		{"redirect with a password", all, goesTo("https://ada:" + canary + "@example.org/x"), ""},
		{"redirect with a password, late", isLate, goesTo("https://ada:" + canary + "@example.org/x"), ""},
		{"redirects without end", all, forgetest.EndlessRedirects(), ""},
		{"redirects without end, late", isLate, forgetest.EndlessRedirects(), ""},

		{"API with escapes in a tag", apiOnly, releases("v9.0"+evil, "https://github.com/"), ""},
		{"API with another tag", apiOnly, releases("--upload-pack=TOUCH", "https://github.com/"), ""},
		{"API with a path for a tag", apiOnly, releases("../../heads/main", "https://github.com/"), ""},
		{"API with a long tag", apiOnly, releases("v"+strings.Repeat("9", 100_000), "https://github.com/"), ""},
		{"API with another page", apiOnly, says(200, "application/json", `[]`), ""},
		{"API with one number", apiOnly, says(200, "application/json", `1e999`), ""},
		{"API without an end", apiOnly, says(200, "application/json", `[{"tag_name":"`), ""},
		{"API that is deep", apiOnly, says(200, "application/json", strings.Repeat("[", 100_000)), ""},
		{"API with odd limits", apiOnly, forgetest.Status(403, http.Header{
			"X-RateLimit-Remaining": {"0"}, "X-RateLimit-Reset": {"99999999999999999"}, "Retry-After": {"99999999999999"}, "Content-Type": {"application/json"},
		}, "{}"), ""},
		{"API with a page elsewhere", apiOnly, forgetest.Status(200, http.Header{
			"Link": {`<file:///etc/passwd>; rel="next", <https://other.example.net/?page=99999999999999999999>; rel="last"`}, "Content-Type": {"application/json"},
		}, "[]"), ""},
		{"wait for ever", all, forgetest.Status(429, http.Header{"Retry-After": {"99999999999999"}}, ""), "429"},
		{"wait until long ago", all, forgetest.Status(503, http.Header{"Retry-After": {"Mon, 01 Jan 0001 00:00:00 GMT"}}, ""), "503"},
	}
	mayPass := map[string]bool{"refs of HEAD": true, "refs of HEAD with escapes": true} // nothing that is pinned
	// A few forges serve many cases, each with its own project.
	const parts = 2
	for part := range parts {
		t.Run(fmt.Sprint("part ", part), func(t *testing.T) {
			t.Parallel()
			forge := forgetest.New(t)
			serveSecrets(t, forge, 2, false)
			v := newVictim(t, forge)
			v.restore(template.lock)
			for i, tt := range tests {
				if i%parts != part {
					continue
				}
				t.Run(tt.name, func(t *testing.T) {
					v := v.in(t)
					forge.ClearFaults()
					forge.Fault(forgetest.Fault{Kind: tt.kind, Match: tt.match})
					for _, flag := range []string{"--verbose", "--json"} {
						args := []string{"--retries=0", "update", flag}
						if strings.HasPrefix(tt.name, "API ") {
							args = append(args, "released") // the others do not ask it
						}
						if mayPass[tt.name] {
							v.attack(args...)
							v.restore(template.lock)
							continue
						}
						r := v.unmoved(tt.want, args...)
						if strings.Contains(r.stderr+r.stdout, canary) {
							t.Errorf("pinfetch %q shows a password\n%s", args, r.stderr)
						}
						if flag == "--json" && !json.Valid([]byte(r.stdout)) {
							t.Errorf("no JSON: %.1000s", r.stdout)
						}
						if strings.Contains(r.stdout, `"class": "internal"`) {
							t.Errorf("an error has no class\n%s", r.stderr)
						}
					}
				})
			}
		})
	}
}

// in is the victim for a subtest.
func (v *victim) in(t *testing.T) *victim {
	p := *v.project
	p.t = t
	return &victim{project: &p, mark: v.mark, bounded: v.bounded, given: v.given}
}

// Only the HTTP parser reads what a server sends over plain http.
func TestHostileHTTP(t *testing.T) {
	t.Parallel()
	forge := forgetest.New(t)
	v := newVictim(t, forge)
	for _, tt := range []struct {
		name, answer string
	}{
		{"nothing", ""},
		{"garbage", evil + strings.Repeat("\x00", 1000)},
		{"reason", "HTTP/1.1 403 no" + evil + "way\r\nContent-Length: 0\r\n\r\n"},
		{"status that is none", "HTTP/1.1 " + evil + "\r\n\r\n"},
		{"status below 100", "HTTP/1.1 001 x\r\nContent-Length: 0\r\n\r\n"},
		{"informed again and again", strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n", 10_000)},
		{"header without an end", "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 4<<20)},
		{"headers without an end", "HTTP/1.1 200 OK\r\n" + strings.Repeat("X-Header: value\r\n", 300_000)},
		{"header with escapes", "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain" + evil + "\r\nWWW-Authenticate: " + evil + "\r\nContent-Length: 3\r\n\r\nno" + evil},
		{"header that goes on", "HTTP/1.1 302 Found\r\nLocation: https://example.org/\r\n " + evil + "\r\nContent-Length: 0\r\n\r\n"},
		{"two locations", "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nLocation: https://example.org/" + evil + "\r\nContent-Length: 0\r\n\r\n"},
		{"negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx"},
		{"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx"},
		{"length that is too large", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nx"},
		{"length that is a lie", "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\nx"},
		{"chunks that are none", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + evil + "\r\n"},
		{"chunk that is too large", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx"},
		{"chunk that goes on", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + strings.Repeat("x", 1<<20)},
		{"another protocol", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: " + evil + "\r\nConnection: Upgrade\r\n\r\nx"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := v.in(t)
			forge.ClearFaults()
			forge.Fault(forgetest.Fault{Kind: raw(tt.answer), Match: plainOnly})
			for _, ref := range []string{"http://files.example.org/tool.tar.gz", "git+http://git.example.org/acme/tool"} {
				v.unmoved("", "--retries=0", "--verbose", "add", "--name", "pin", ref)
			}
		})
	}
}

// packsFor answers git's fetch with a beginning and an endlessly repeated part.
func packsFor(begin, part string) forgetest.Kind {
	return forgetest.Answer(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", result200)
		body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if err == nil && strings.Contains(string(body), "command=ls-refs") {
			io.WriteString(w, refsOf())
			return
		}
		for text := begin; err == nil; text = part {
			_, err = io.WriteString(w, text)
		}
	})
}

// Endless answers are cut off within limits on bytes and memory.
func TestHostileEndless(t *testing.T) {
	t.Parallel()
	forge := forgetest.New(t)
	commit := forge.Repo("acme/tool").Commit("main", forgetest.Files{"a": {Body: "a\n"}})
	v := newVictim(t, forge)
	v.bounded = true
	const never = 1 << 40 // bytes
	git := func(contentType, begin, part string) forgetest.Kind {
		return forgetest.Endless(200, http.Header{"Content-Type": {contentType}}, begin, part, never)
	}
	line := func(text string) string { return fmt.Sprintf("%04x%s", len(text)+4, text) }
	ref := line(someID + " refs/heads/" + strings.Repeat("x", 60) + "\n")
	oneLine := line(strings.Repeat("x", 65_500) + "\n")
	isRefs := func(r *http.Request) bool { return r.Method == http.MethodPost && gitRefs(r) }
	isQuestion := func(r *http.Request) bool { return r.Method == http.MethodGet && gitRefs(r) }
	isGitPost := func(r *http.Request) bool { return r.Method == http.MethodPost && isLate(r) }
	noise := make([]byte, 0x8000+0x4000) // more than zlib looks back, so that git cannot make it small
	rand.NewChaCha8([32]byte{}).Read(noise)
	block := line("\x01\x00\x00\xc0\xff\x3f" + string(noise)) // deflate, stored
	const gitPin, urlPin, releasePin = "git+https://git.example.org/acme/tool", "https://files.example.org/tool.tar.gz", "github:acme/tool"
	for _, tt := range []struct {
		name  string
		match func(*http.Request) bool
		kind  forgetest.Kind
		args  []string
	}{
		{"refs", isRefs, git(result200, "", ref), []string{gitPin}},
		{"refs of one name", isRefs, git(result200, "", line(someID+" refs/tags/v1.0\n")), []string{gitPin}},
		{"refs that are none", isRefs, git(result200, "", oneLine), []string{gitPin}},
		{"empty packets", isRefs, git(result200, "", "0004"), []string{gitPin}},
		{"attributes of a ref", isRefs, git(result200, "", line(someID+" HEAD"+strings.Repeat(" symref-target:refs/heads/x", 2000)+"\n")), []string{gitPin}},
		{"unborn HEADs", isRefs, git(result200, "", line("unborn HEAD symref-target:refs/heads/main\n")), []string{gitPin}},
		{"capabilities", gitRefs, git(advertisement, packets("# service=git-upload-pack\n")+line("version 2\n"), oneLine), []string{gitPin}},
		{"refs of version 0", isQuestion, git(advertisement, packets("# service=git-upload-pack\n"), ref), []string{gitPin}},
		{"error", nil, forgetest.Endless(403, http.Header{"Content-Type": {"text/plain"}}, "", "no way ", never), []string{gitPin}},
		{"error as JSON", nil, forgetest.Endless(403, http.Header{"Content-Type": {"application/json"}}, `{"message":"`, "no way ", never), []string{releasePin, "--release"}},
		{"releases", apiOnly, forgetest.Endless(200, http.Header{"Content-Type": {"application/json"}}, "[", `{"tag_name":"v1"},`, never), []string{releasePin, "--release"}},
		{"pages of releases", apiOnly, forgetest.Answer(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Link", fmt.Sprintf(`<https://api.github.com%s?page=%d>; rel="next"`, r.URL.Path, time.Now().UnixNano()))
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, `[{"tag_name":"nightly","draft":true}]`)
		}), []string{releasePin, "--release"}},
		{"redirects", nil, forgetest.EndlessRedirects(), []string{urlPin}},
		{"file", nil, forgetest.Endless(200, nil, "", "x", never), []string{urlPin, "--max-download=10MB"}},
		{"archive", nil, forgetest.Endless(200, nil, "", gzipped(strings.Repeat("\x00", 1<<20)), never), []string{urlPin, "--unpack", "--max-download=1MB"}},
		{"archive, unpacked", nil, forgetest.Endless(200, nil, "", gzipped(strings.Repeat("\x00", 1<<20)), never), []string{urlPin, "--unpack", "--max-unpacked=10MB", "--max-download=50MB"}},
		{"archive of one file", nil, forgetest.Endless(200, nil, "", gzipped(strings.Repeat("x", 1<<20)), never), []string{urlPin, "--unpack", "--max-unpacked=100MB"}},
		{"git's question", isLate, git(advertisement, packets("# service=git-upload-pack\n"), ref), []string{gitPin, "--rev", commit}},
		{"pack", isGitPost, packsFor(line("packfile\n")+line("\x01PACK\x00\x00\x00\x02\x00\x00\x00\x01\xb0\x80\x80\x80\x80\x80\x01\x78\x01"), block), []string{gitPin, "--rev", commit, "--max-download=10MB"}},
		{"progress of a pack", isGitPost, packsFor(line("packfile\n"), line("\x02"+strings.Repeat("x", 1_000)+"\n")), []string{gitPin, "--rev", commit}},
		{"acknowledgments", isGitPost, packsFor(line("acknowledgments\n"), line("NAK\n")), []string{gitPin, "--rev", commit}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := v.in(t)
			forge.ClearFaults()
			forge.Fault(forgetest.Fault{Kind: tt.kind, Match: tt.match})
			if strings.HasSuffix(tt.name, "version 0") {
				forge.Fault(forgetest.Fault{Kind: says(200, result200, ""), Match: isRefs})
			}
			want := ""
			if strings.HasSuffix(tt.name, "unpacked") {
				want = "--max-unpacked"
			}
			r := v.unmoved(want, append([]string{"--retries=0", "add", "--name", "pin"}, tt.args...)...)
			if strings.Contains(r.stderr, "emory") && tt.name != "git's question" { // git reads that without a bound of its own
				t.Errorf("it ended for want of memory: %.600s", r.stderr)
			}
		})
	}
}

// Few refs are requested from a remote with very many, and one that sends all of them
// costs limited memory.
func TestHostileManyRefs(t *testing.T) {
	t.Parallel()
	forge := forgetest.New(t)
	forge.Repo("acme/tool").Commit("main", forgetest.Files{"a": {Body: "a\n"}})
	v := newVictim(t, forge)
	v.bounded = true
	var refs strings.Builder
	for i := range 500_000 {
		line := fmt.Sprintf("%040x refs/tags/v1.%d.0\n", i+1, i)
		fmt.Fprintf(&refs, "%04x%s", len(line)+4, line)
	}
	forge.Fault(forgetest.Fault{Kind: speaks(version2, refs.String()+"0000", ""), Match: gitRefs})
	r := v.attack("--retries=0", "add", "--name", "pin", "git+https://git.example.org/acme/tool", "--dry-run")
	if r.code != 1 || !strings.Contains(r.stderr, "v1.499999.0") && !strings.Contains(r.stderr, fmt.Sprintf("%040x", 500_000)) {
		t.Errorf("exit code %d, want 1 for the commit of the newest tag, which is not there\n%s", r.code, r.stderr)
	}
}

// hostileNames are tags that git allows.
func hostileNames() []string {
	return []string{
		"v1.0;touch${IFS}mark", "v1.1$(touch${IFS}mark)", "v1.2`touch${IFS}mark`", "v1.3'x", `v1.4"x`, "v1.5&x|x>mark", "v1.6#x", "v1.7%n%s", "v1.8<x>", "v1.9\u202ex", "v1.10=x", "--upload-pack=x", "-x", "v1.11,x", "v1.12{}", "v1.13\xff",
		"v1.14/../x", "v1.15/--x", "v1.16${x}", "v1.17''${x}''",
	}
}

// Tags of any name appear only in the lock, in messages and in the commit message, never
// in a shell.
func TestHostileTags(t *testing.T) {
	t.Parallel()
	forge := forgetest.New(t)
	repo := forge.Repo("acme/tool")
	commit := repo.Commit("main", forgetest.Files{"a": {Body: "a\n"}})
	repo.Tag("v0.1", commit)
	v := newVictim(t, forge)
	v.env = append(v.env, "GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.org", "GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.org", "GIT_CONFIG_NOSYSTEM=1")
	v.run("add", "github:acme/tool", "--tag", "*", "--name", "tag")
	v.run("add", "github:acme/tool", "--branch", "main", "--name", "branch")
	command(t, v.dir, "git", "init", "-q")
	command(t, v.dir, "git", "add", ".")
	command(t, v.dir, "git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "-q", "-m", "pins")
	for i, name := range hostileNames() {
		path := filepath.Clean("/refs/tags/" + name)[len("/refs/tags/"):]
		if strings.Contains(name, "..") {
			continue // git allows no such name; the file system would make another of it
		}
		commit := repo.Commit("main", forgetest.Files{"a": {Body: fmt.Sprint(i)}})
		repo.Tag(path, commit)
		repo.Branch("b-"+path, commit)
		v.attack("update", "--commit", "--json")
		v.attack("--verbose", "add", "github:acme/tool", "--rev", name, "--name", "rev", "--replace")
		v.attack("add", "github:acme/tool", "--branch", "b-"+name, "--name", "rev", "--replace")
		if _, err := os.Lstat(filepath.Join(v.dir, "mark")); err == nil {
			t.Errorf("tag %q was run", name)
		}
		command(t, v.dir, "git", "checkout", "-q", "--", "pinfetch")
	}
}
