package e2e

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/test/forgetest"
)

// TestAssets builds files of releases: a tool for each system, whose hashes are digests that the forge publishes, and contents of
// archives.
func TestAssets(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	b.forge.Repo("acme/tool").Release(forgetest.Release{Tag: "v1.2", Assets: []forgetest.Asset{
		{Name: "tool-1.2-linux_amd64", Body: []byte("#!/bin/sh\necho amd64\n")},
		{Name: "tool-1.2-linux_arm64", Body: []byte("#!/bin/sh\necho arm64\n")},
		{Name: "tool-1.2-macos", Body: []byte("#!/bin/sh\necho macos\n")},
		{Name: "tool@1.2 x.tar.gz", Body: archive(t, "tar.gz", "asset")},
	}})
	add := func(args ...string) { b.run(append([]string{"add"}, args...)...) }
	systems := []string{
		"--asset", "tool-{version}-{system}", "--system", "x86_64-linux=linux_amd64", "--system", "aarch64-linux=linux_arm64",
		"--system", "x86_64-darwin=macos", "--system", "aarch64-darwin=macos",
	}
	add(append([]string{"github:acme/tool"}, systems...)...)
	if asked := len(b.forge.Requests()); asked != 1 {
		t.Errorf("adding made %d requests, want 1 for the list of releases", asked)
	}
	add(append([]string{"codeberg:acme/tool", "--name", "program", "--executable"}, systems...)...)
	add("gitlab:acme/tool", "--name", "lab", "--asset", "tool@{version} ?.tar.gz", "--unpack")
	add("github:acme/tool", "--name", "archive", "--asset", "tool@*")

	b.forge.ResetLog()
	names := []string{"tool", "program", "lab", "archive"}
	b.storePaths(names...)
	b.wantSilence("evaluation")
	paths := b.build(names...)
	word := "amd64"
	if out, err := exec.CommandContext(t.Context(), "uname", "-m").Output(); err == nil && strings.HasPrefix(string(out), "a") {
		word = "arm64"
	}
	for _, test := range []struct{ pin, path, want string }{
		{"tool", "", "file: #!/bin/sh\necho " + word + "\n"},
		{"program", "", "executable: #!/bin/sh\necho " + word + "\n"},
		{"lab", "/README", "file: unpacked from asset\n"},
	} {
		if got := describe(t, paths[test.pin]+test.path); got != test.want {
			t.Errorf("%s: got %q, want %q", test.pin, got, test.want)
		}
	}
	for name, want := range map[string]string{"tool": "-tool-1.2-linux_" + word, "archive": "-tool-1.2-x.tar.gz"} {
		if !strings.HasSuffix(paths[name], want) {
			t.Errorf("%s is %s, want …%s", name, paths[name], want)
		}
	}
	b.run("verify")
}
