package e2e

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pinfetch/pinfetch/test/forgetest"
)

// TestUpdate changes upstream, then updates the pins, then builds them with Nix.
func TestUpdate(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	tool, part, whole := b.forge.Repo("acme/tool"), b.forge.Repo("acme/part"), b.forge.Repo("acme/whole")
	tool.AnnotatedTag("v1.9.0", tool.Commit("main", toolFiles("1.9")), "1.9")
	commitWhole := func(text string) {
		part.Commit("main", forgetest.Files{"part": {Body: text}})
		whole.Commit("main", forgetest.Files{
			".gitmodules": {Body: "[submodule \"part\"]\n\tpath = part\n\turl = https://" + forgeHost + "/acme/part\n"},
			"part":        {Submodule: part.Rev("main")},
		})
	}
	commitWhole("one\n")
	serveData := func(text string) {
		b.forge.File(filesHost, "/data", forgetest.Content{Body: []byte(text)})
	}
	serveData("one\n")

	b.run("add", "github:acme/tool")
	b.run("add", "github:acme/tool", "--branch", "main", "--name", "nightly")
	b.run("add", "github:acme/tool", "--frozen", "--name", "frozen")
	b.run("add", "git+https://"+forgeHost+"/acme/whole", "--submodules")
	b.run("add", "https://"+filesHost+"/data")
	for _, version := range []string{"1.9.0", "1.10.0"} {
		b.forge.File(filesHost, "/file-"+version, forgetest.Content{Body: []byte("file " + version + "\n")})
	}
	b.run("add", "https://"+filesHost+"/file-{version}", "--from", "github:acme/tool")
	names := []string{"data", "file", "frozen", "nightly", "tool", "whole"}
	before := b.build(names...)

	tool.Tag("v1.10.0", tool.Commit("main", toolFiles("1.10")))
	tool.Tag("v2.0.0-rc1", tool.Commit("main", toolFiles("2.0-rc1")))
	commitWhole("two\n")
	serveData("two\n")
	got := b.update()
	want := map[string]string{"data": "unchanged", "file": "updated", "frozen": "frozen", "nightly": "updated", "tool": "updated", "whole": "updated"}
	if !maps.Equal(got, want) {
		t.Errorf("update: status of pins\n got %v\nwant %v", got, want)
	}

	after := b.build(names...)
	for _, test := range []struct{ pin, path, want string }{
		{"tool", "hello.sh", "executable: #!/bin/sh\necho hello from 1.10\n"},
		{"nightly", "hello.sh", "executable: #!/bin/sh\necho hello from 2.0-rc1\n"},
		{"whole", "part/part", "file: two\n"},
		{"frozen", "hello.sh", "executable: #!/bin/sh\necho hello from 1.9\n"},
		{"data", "", "file: one\n"},
		{"file", "", "file: file 1.10.0\n"},
	} {
		if got := describe(t, filepath.Join(after[test.pin], test.path)); got != test.want {
			t.Errorf("%s: %q is %q, want %q", test.pin, test.path, got, test.want)
		}
		if changed := after[test.pin] != before[test.pin]; changed != (want[test.pin] == "updated") {
			t.Errorf("%s: was %s, is %s", test.pin, before[test.pin], after[test.pin])
		}
	}

	b.testUnchanged(names)

	b.run("update", "--rehash", "data")
	if got, want := describe(t, b.build("data")["data"]), "file: two\n"; got != want {
		t.Errorf("data is %q after --rehash, want %q", got, want)
	}
}

// update updates all pins and returns their outcomes.
func (p *project) update() map[string]string {
	p.t.Helper()
	out := p.run("update", "--json")
	var document struct {
		Pins []struct{ Name, Status string } `json:"pins"`
	}
	if err := json.Unmarshal([]byte(out), &document); err != nil {
		p.t.Fatalf("%v in %s", err, out)
	}
	status := make(map[string]string)
	for _, pin := range document.Pins {
		status[pin.Name] = pin.Status
	}
	return status
}

// An update that finds nothing new downloads nothing, leaves the lock untouched, and
// nothing needs to be rebuilt.
func (b *builder) testUnchanged(names []string) {
	b.t.Helper()
	long := time.Date(2001, time.February, 3, 4, 5, 6, 0, time.UTC)
	if err := os.Chtimes(b.lockFile(), long, long); err != nil {
		b.t.Fatal(err)
	}
	old, text, paths := stat(b.t, b.lockFile()), read(b.t, b.lockFile()), b.storePaths(names...)
	b.forge.ResetLog()
	for name, status := range b.update() {
		if status != "unchanged" && status != "frozen" {
			b.t.Errorf("second update: %s is %s", name, status)
		}
	}
	requests := b.forge.Requests()
	if len(requests) == 0 {
		b.t.Error("the update did not look for anything new")
	}
	for _, r := range requests {
		if r.Command != "ls-refs" && !strings.HasSuffix(r.Path, "/info/refs") {
			b.t.Errorf("the update downloaded %s %s%s", r.Method, r.Host, r.Path)
		}
	}
	if read(b.t, b.lockFile()) != text {
		b.t.Error("the update changed the lock")
	}
	if now := stat(b.t, b.lockFile()); !os.SameFile(old, now) || !now.ModTime().Equal(long) {
		b.t.Errorf("the update touched the lock: modified at %v, want %v", now.ModTime(), long)
	}
	b.forge.ResetLog()
	if got := b.build(names...); !maps.Equal(got, paths) {
		b.t.Errorf("store paths\n got %v\nwant %v", got, paths)
	}
	b.wantSilence("building what is built")
}

func stat(t *testing.T, path string) os.FileInfo {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info
}
