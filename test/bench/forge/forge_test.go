package forge_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/pinfetch/pinfetch/test/bench/forge"
)

const repository = "https://github.com/tree-sitter-grammars/language-00001"

// start starts a forge with two repositories.
func start(t *testing.T, tail []byte) *forge.Forge {
	t.Helper()
	f, err := forge.Start(forge.Options{Repositories: 2, Tar: tail})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

// git runs git against the forge.
func git(t *testing.T, f *forge.Forge, args ...string) (stdout string, err error) {
	t.Helper()
	dir := t.TempDir()
	certificate := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(certificate, f.Certificate(), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0",
		"https_proxy=" + f.ProxyURL(), "GIT_SSL_CAINFO=" + certificate,
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, &stderr)
	}
	return string(out), err
}

// client returns a client as Go programs are that trust the forge's certificate.
func client(t *testing.T, f *forge.Forge) *http.Client {
	t.Helper()
	proxy, err := url.Parse(f.ProxyURL())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(f.Certificate())
	transport := &http.Transport{Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestGitListsAllRefs(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	out, err := git(t, f, "ls-remote", "--symref", repository+".git")
	if err != nil {
		t.Fatal(err)
	}
	main := forge.Commit("language-00001", "refs/heads/main")
	for _, want := range []string{
		"ref: refs/heads/main\tHEAD\n" + main + "\tHEAD\n",
		main + "\trefs/heads/main\n",
		forge.Commit("language-00001", "refs/heads/branch-19") + "\trefs/heads/branch-19\n",
		"\trefs/tags/v1.7.0\n" + forge.Commit("language-00001", "refs/tags/v1.7.0") + "\trefs/tags/v1.7.0^{}\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("got %q, want %q in it", out, want)
		}
	}
	if got, want := strings.Count(out, "\n"), 2+forge.Branches+2*forge.Tags; got != want {
		t.Errorf("got %d lines, want %d", got, want)
	}
}

// A connection, its handshake and two answers are four round trips: git has no way to fewer.
func TestCountsOfGit(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	if _, err := git(t, f, "ls-remote", repository); err != nil {
		t.Fatal(err)
	}
	got := f.Counts()
	if got.BytesIn == 0 || got.BytesOut == 0 {
		t.Errorf("got %+v, want bytes in and out", got)
	}
	got.BytesIn, got.BytesOut = 0, 0
	if want := (forge.Counts{Capabilities: 1, LsRefs: 1, Connections: 1, RoundTrips: 4, MostInFlight: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestGitAsksForSomeRefs(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	patterns := []string{"refs/heads/main", "refs/tags/v1.1.0"}
	for i := range 100 { // so many that git compresses its request
		patterns = append(patterns, fmt.Sprintf("refs/heads/none-%d", i))
	}
	out, err := git(t, f, append([]string{"ls-remote", repository}, patterns...)...)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(out) {
		got = append(got, strings.TrimSpace(strings.SplitAfter(line, "\t")[1]))
	}
	// "v1.1.0" begins nothing else, and git itself leaves out what the patterns do not match.
	if want := "refs/heads/main refs/tags/v1.1.0"; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPrefixesKeepTheAnswerSmall(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	body := "0014command=ls-refs\n00010009peel\n001bref-prefix refs/heads/b0000"
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, repository+".git/git-upload-pack", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Git-Protocol", "version=2")
	request.Header.Set("Content-Type", "application/x-git-upload-pack-request")
	resp, err := client(t, f).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	out, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.Proto != "HTTP/2.0" || resp.StatusCode != http.StatusOK {
		t.Fatalf("got %s %s: %s", resp.Proto, resp.Status, out)
	}
	if got, want := strings.Count(string(out), " refs/heads/branch-"), forge.Branches-1; got != want {
		t.Errorf("got %d branches, want %d", got, want)
	}
	if strings.Contains(string(out), "main") || strings.Contains(string(out), "tags") || !strings.HasSuffix(string(out), "0000") {
		t.Errorf("got %q, want branches with b alone, and an end", out)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	for name, args := range map[string][]string{
		"no such repository": {"ls-remote", "https://github.com/tree-sitter-grammars/language-00002"},
		"version 0":          {"-c", "protocol.version=0", "ls-remote", repository},
		"fetch":              {"clone", "-q", repository, filepath.Join(t.TempDir(), "clone")},
		"push":               {"push", repository, "HEAD"},
	} {
		if out, err := git(t, f, args...); err == nil {
			t.Errorf("%s: got %q, want an error", name, out)
		}
	}
	if got := f.Counts().Others; got == 0 {
		t.Error("got no refused request")
	}
}

func TestArchive(t *testing.T) {
	t.Parallel()
	var tail bytes.Buffer
	for range 2 { // the end of a tar is two blocks of zeros; none of the files before matters here
		tail.Write(make([]byte, 512))
	}
	f := start(t, tail.Bytes())
	commit := forge.Commit("language-00001", "refs/heads/main")
	resp, err := client(t, f).Get(repository + "/archive/" + commit + ".tar.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := resp.Request.URL.String(), "https://codeload.github.com/tree-sitter-grammars/language-00001/tar.gz/"+commit; got != want {
		t.Errorf("got it from %s, want %s", got, want)
	}
	for _, test := range []struct{ name, command, want string }{
		{"files", "tar -tz", "tree/\ntree/COMMIT\n"},
		{"content", "tar -xzO tree/COMMIT", commit + "\n"},
		{"commit", "gzip -dc | git get-tar-commit-id", commit + "\n"},
	} {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", test.command)
		cmd.Stdin = bytes.NewReader(data)
		out, err := cmd.CombinedOutput()
		if err != nil || string(out) != test.want {
			t.Errorf("%s: got %q, %v, want %q", test.name, out, err, test.want)
		}
	}
	got := f.Counts()
	got.BytesIn, got.BytesOut = 0, 0
	if want := (forge.Counts{Redirects: 1, Downloads: 1, Connections: 2, RoundTrips: 6, MostInFlight: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestMostInFlight(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	c := client(t, f)
	const requests = 5
	var bodies []*io.PipeWriter
	var answers sync.WaitGroup
	for range requests {
		r, w := io.Pipe() // the forge waits for the end of the request
		bodies = append(bodies, w)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, repository+"/git-upload-pack", r)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Git-Protocol", "version=2")
		request.Header.Set("Content-Type", "application/x-git-upload-pack-request")
		answers.Go(func() {
			if resp, err := c.Do(request); err == nil {
				resp.Body.Close()
			}
		})
	}
	for i, w := range bodies { // each has arrived when its body is being read
		if _, err := io.WriteString(w, "0014command=ls-refs\n"); err != nil {
			t.Fatal(i, err)
		}
	}
	for f.Counts().MostInFlight < requests && t.Context().Err() == nil {
		runtime.Gosched()
	}
	for _, w := range bodies {
		io.WriteString(w, "00010000")
		w.Close()
	}
	answers.Wait()
	if got := f.Counts(); got.MostInFlight != requests || got.LsRefs != requests {
		t.Errorf("got %+v, want %d requests at once", got, requests)
	}
}
