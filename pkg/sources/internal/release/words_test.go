package release

import (
	"testing"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Words that occur in the names of real files, for each system.
func TestWords(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ system, name, want string }{
		{"x86_64-linux", "ripgrep-14.1.1-x86_64-unknown-linux-musl.tar.gz", "x86_64-unknown-linux-musl"},
		{"x86_64-linux", "gh_2.60.0_linux_amd64.tar.gz", "linux_amd64"},
		{"x86_64-linux", "hugo_0.136.0_Linux-64bit.tar.gz", "Linux-64bit"},
		{"x86_64-linux", "deno-linux64.zip", "linux64"},
		{"x86_64-linux", "tool-linux-x64", "linux-x64"},
		{"x86_64-linux", "tool-linux-arm64", ""},
		{"x86_64-linux", "tool-linux-x64-baseline", "linux-x64"},
		{"aarch64-linux", "fd-v10-aarch64-unknown-linux-gnu.tar.gz", "aarch64-unknown-linux-gnu"},
		{"aarch64-linux", "gh_2.60.0_linux_arm64.deb", "linux_arm64"},
		{"aarch64-darwin", "gh_2.60.0_macOS_arm64.zip", "macOS_arm64"},
		{"aarch64-darwin", "nvim-macos-arm64.tar.gz", "macos-arm64"},
		{"aarch64-darwin", "jq-macos-universal", "macos-universal"},
		{"x86_64-darwin", "bat-x86_64-apple-darwin.tar.gz", "x86_64-apple-darwin"},
		{"x86_64-darwin", "tool-darwin_all.tar.gz", "darwin_all"},
		{"x86_64-darwin", "tool-darwin-arm64.tar.gz", ""},
		{"i686-linux", "tool_linux_386", "linux_386"},
		{"i686-linux", "tool_linux_x86_64", ""},
		{"armv7l-linux", "tool-armv7-unknown-linux-gnueabihf", "armv7-unknown-linux-gnueabihf"},
		{"sparc-linux", "tool-linux-amd64", ""},
	} {
		from := Release{Tag: "none", Assets: []Asset{{Name: tt.name}}}
		f := sources.File{Asset: "x-{system}", Systems: sources.NewBySystem(map[string]string{tt.system: tt.system})}
		got := ""
		for _, words := range templates(f, from) {
			got = words.Texts()[tt.system]
		}
		if got != tt.want {
			t.Errorf("%s in %s: got %q, want %q", tt.system, tt.name, got, tt.want)
		}
	}
}
