package synthetic_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/pinfetch/pinfetch/test/forgetest"
	"github.com/pinfetch/pinfetch/test/forgetest/synthetic"
)

const repository = "https://github.com/tree-sitter-grammars/language-00001"

// start starts a forge with two repositories.
func start(t *testing.T, tar []byte) *forgetest.Forge {
	t.Helper()
	set, err := synthetic.New(tar)
	if err != nil {
		t.Fatal(err)
	}
	f := forgetest.New(t)
	for i := range 2 {
		f.Serve(synthetic.Owner+"/"+synthetic.Name(i), set.Repo(synthetic.Name(i)))
	}
	return f
}

// git runs git against the forge.
func git(t *testing.T, f *forgetest.Forge, args ...string) (stdout string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Env = append(f.Env(), "PATH="+os.Getenv("PATH"), "HOME="+t.TempDir(), "GIT_CONFIG_NOSYSTEM=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, &stderr)
	}
	return string(out), err
}

func client(t *testing.T, f *forgetest.Forge) *http.Client {
	t.Helper()
	transport := f.Transport()
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// lsRefs prepares a request for refs.
func lsRefs(t *testing.T, body io.Reader) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, repository+".git/git-upload-pack", body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Git-Protocol", "version=2")
	request.Header.Set("Content-Type", "application/x-git-upload-pack-request")
	return request
}

// counts returns what the forge counted, without bytes.
func counts(f *forgetest.Forge) forgetest.Counts {
	counts := f.Counts()
	counts.BytesIn, counts.BytesOut = 0, 0
	return counts
}

func TestGitListsAllRefs(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	out, err := git(t, f, "ls-remote", "--symref", repository+".git")
	if err != nil {
		t.Fatal(err)
	}
	main := synthetic.Commit("language-00001", "refs/heads/main")
	for _, want := range []string{
		"ref: refs/heads/main\tHEAD\n" + main + "\tHEAD\n",
		main + "\trefs/heads/main\n",
		synthetic.Commit("language-00001", "refs/heads/branch-19") + "\trefs/heads/branch-19\n",
		"\trefs/tags/v1.7.0\n" + synthetic.Commit("language-00001", "refs/tags/v1.7.0") + "\trefs/tags/v1.7.0^{}\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("got %q, want %q in it", out, want)
		}
	}
	if got, want := strings.Count(out, "\n"), 2+synthetic.Branches+2*synthetic.Tags; got != want {
		t.Errorf("got %d lines, want %d", got, want)
	}
}

// A connection, its handshake and two answers take four round trips: git cannot
// do with fewer.
func TestCountsOfGit(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	if _, err := git(t, f, "ls-remote", repository); err != nil {
		t.Fatal(err)
	}
	if got := f.Counts(); got.BytesIn == 0 || got.BytesOut == 0 {
		t.Errorf("got %+v, want bytes in and out", got)
	}
	if got, want := counts(f), (forgetest.Counts{Capabilities: 1, LsRefs: 1, Connections: 1, RoundTrips: 4, MostInFlight: 1, MostConnections: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	f.ResetLog()
	if got, want := f.Counts(), (forgetest.Counts{}); got != want {
		t.Errorf("after ResetLog: got %+v, want %+v", got, want)
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
	// No other ref begins with "v1.1.0", and git drops refs that do not match.
	if want := "refs/heads/main refs/tags/v1.1.0"; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPrefixesKeepTheAnswerSmall(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	body := "0014command=ls-refs\n00010009peel\n001bref-prefix refs/heads/b0000"
	resp, err := client(t, f).Do(lsRefs(t, strings.NewReader(body)))
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
	if got, want := strings.Count(string(out), " refs/heads/branch-"), synthetic.Branches-1; got != want {
		t.Errorf("got %d branches, want %d", got, want)
	}
	if strings.Contains(string(out), "main") || strings.Contains(string(out), "tags") || !strings.HasSuffix(string(out), "0000") {
		t.Errorf("got %q, want only branches that begin with b, and an end", out)
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
	if f.Counts().Refused == 0 {
		t.Error("got no refused request")
	}
}

func TestMalformedRequests(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	c := client(t, f)
	for _, body := range []string{
		"", "0000", "0014command=ls-refs\n", "0012command=fetch\n0000", "00010014command=ls-refs\n0000", "0014command=ls-refs\n00010001",
		"0014command=ls-refs\n0009nope\n0000", "0014command=ls-refs\n00010009nope\n0000", "0014command=ls-refs\n00", "0014command=ls-refs\n0002", "zzzz", "ffff",
	} {
		resp, err := c.Do(lsRefs(t, strings.NewReader(body)))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%q: got %s, want 400", body, resp.Status)
		}
	}
}

func TestArchive(t *testing.T) {
	t.Parallel()
	end := make([]byte, 2*512) // of a tar file: the files themselves do not matter here
	f := start(t, end)
	commit := synthetic.Commit("language-00001", "refs/heads/main")
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
	if got, want := counts(f), (forgetest.Counts{Redirects: 1, Downloads: 1, Connections: 2, RoundTrips: 6, MostInFlight: 1, MostConnections: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestNoSuchArchive(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	resp, err := client(t, f).Get(repository + "/archive/v1.0.0.tar.gz")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNotFound {
		t.Errorf("got %s, want 404", resp.Status)
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
		request := lsRefs(t, r)
		answers.Go(func() {
			if resp, err := c.Do(request); err == nil {
				resp.Body.Close()
			}
		})
	}
	for i, w := range bodies { // a request has arrived when its body is read
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

// The forge must not limit what a benchmark measures.
func BenchmarkRefs(b *testing.B) {
	set, err := synthetic.New(nil)
	if err != nil {
		b.Fatal(err)
	}
	f, err := forgetest.Start(forgetest.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer f.Stop()
	const repositories = 10_000
	for i := range repositories {
		f.Serve(synthetic.Owner+"/"+synthetic.Name(i), set.Repo(synthetic.Name(i)))
	}
	client := &http.Client{Transport: f.Transport()}
	defer client.CloseIdleConnections()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		address := "https://github.com/" + synthetic.Owner + "/" + synthetic.Name(i%repositories) + ".git/git-upload-pack"
		request, err := http.NewRequestWithContext(b.Context(), http.MethodPost, address, strings.NewReader("0014command=ls-refs\n00010009peel\n001bref-prefix refs/heads/m0000"))
		if err != nil {
			b.Fatal(err)
		}
		request.Header.Set("Git-Protocol", "version=2")
		request.Header.Set("Content-Type", "application/x-git-upload-pack-request")
		resp, err := client.Do(request)
		if err != nil {
			b.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			b.Fatal(resp.Status)
		}
	}
}
