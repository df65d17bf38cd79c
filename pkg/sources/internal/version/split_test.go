package version_test

import (
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

// The names are those of real repositories' tags, or have their form.
func TestSplit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ tag, prefix, version string }{
		{"1.0", "", "1.0"},
		{"v1.0", "", "1.0"},
		{"V1.0", "", "1.0"},
		{"v.1.0", "", "1.0"},
		{"vv1.0", "", "1.0"},
		{"vvv1.0", "vvv", "1.0"},
		{"1", "", "1"},
		{"v7.0-rc3", "", "7.0-rc3"},
		{"1.0.0-beta", "", "1.0.0-beta"},
		{"v1.28.4+k3s1", "", "1.28.4+k3s1"},
		{"2023.06.17-1", "", "2023.06.17-1"},
		{"2025-07-25.0", "", "2025-07-25.0"},
		{"v2_0_1", "", "2_0_1"},
		{"0.86.0+mer56", "", "0.86.0+mer56"},
		{"20240101", "", "20240101"},
		{"1.0-foo/bar", "", "1.0-foo/bar"},
		{"v4.0-@torvalds", "", "4.0-@torvalds"},
		{"v7.0-[x](http://evil.test)", "", "7.0-[x](http://evil.test)"},
		{"2%1.2-3", "", "2%1.2-3"},
		{"5.4lts-1.2", "", "5.4lts-1.2"},
		{"9rc-1.0", "", "9rc-1.0"},
		{"n8n@1.50.2", "n8n@", "1.50.2"},
		{"n8n-core@0.9.0", "n8n-core@", "0.9.0"},
		{"@biomejs/biome@2.0.0-beta.1", "@biomejs/biome@", "2.0.0-beta.1"},
		{"tectonic@0.15.0", "tectonic@", "0.15.0"},
		{"name@v1.2", "name@", "1.2"},
		{"go1.22", "go", "1.22"},
		{"go1.22rc2", "go", "1.22rc2"},
		{"go1.20-rc.1.2", "go", "1.20-rc.1.2"},
		{"n7.1", "n", "7.1"},
		{"b3947", "b", "3947"},
		{"log4j-2.17.1", "log4j-", "2.17.1"},
		{"rel/log4j-2.17.1", "rel/log4j-", "2.17.1"},
		{"log4j-2", "log4j-", "2"},
		{"release/1.2", "release/", "1.2"},
		{"release/v1.2", "release/", "1.2"},
		{"rel-1-2-3", "rel-", "1-2-3"},
		{"core-8-6-13", "core-", "8-6-13"},
		{"R_2_5_0", "R_", "2_5_0"},
		{"V_9_5_P1", "V_", "9_5_P1"},
		{"REL_16_1", "REL_", "16_1"},
		{"REL9_6_24", "REL", "9_6_24"},
		{"release_3_2_10", "release_", "3_2_10"},
		{"curl-8_10_0", "curl-", "8_10_0"},
		{"OpenSSL_1_1_1w", "OpenSSL_", "1_1_1w"},
		{"NSS_3_94_RTM", "NSS_", "3_94_RTM"},
		{"swift-5.9.1-RELEASE", "swift-", "5.9.1-RELEASE"},
		{"android-14.0.0_r1", "android-", "14.0.0_r1"},
		{"foo-v1.2", "foo-", "1.2"},
		{"vte-0.70", "vte-", "0.70"},
		{"stable-202405", "stable-", "202405"},
		{"nightly-2024-01-01", "nightly-", "2024-01-01"},
		{"weekly.2012-01-27", "weekly.", "2012-01-27"},
		{"release.r60", "release.r", "60"},
		{"jq-1.7rc1", "jq-", "1.7rc1"},
		{"jdk-21.0.5+1", "jdk-", "21.0.5+1"},
		{"jdk8u402-b06", "jdk", "8u402-b06"},
		{"ndk-r25c", "ndk-r", "25c"},
		{"imap-2004a", "imap-", "2004a"},
		{"boost-1.86.0.beta1", "boost-", "1.86.0.beta1"},
		{"go/brotli/v1.1.1-rc0", "go/brotli/", "1.1.1-rc0"},
		{"1.x/1.2.3", "1.x/", "1.2.3"},
		{"p11-kit-0.25.3", "p11-kit-", "0.25.3"},
		{"utf8proc-2.9.0", "utf8proc-", "2.9.0"},
		{"lua5.1-foo-1.2", "lua5.1-foo-", "1.2"},
		{"grep-pcre2-0.1.9", "grep-pcre2-", "0.1.9"},
		{"tectonic_bridge_freetype2@0.3.2", "tectonic_bridge_freetype2@", "0.3.2"},
		{"proton-3.7beta-20180907", "proton-", "3.7beta-20180907"},
		{"rc-8_22_0-1", "rc-", "8_22_0-1"},
		{"x86_64-1.2", "x86_64-", "1.2"},
		{"GE-Proton8-25", "GE-Proton", "8-25"},
		{"build123-4", "build", "123-4"},
		{"stable-2024-1.2", "stable-", "2024-1.2"},
		{"3proxy-0.9.4", "3proxy-", "0.9.4"},
		{"foo/v1.0/bar", "foo/", "1.0/bar"},
		// A name without a version is its own.
		{"stable", "", "stable"},
		{"dev/null", "", "dev/null"},
		{"latest", "", "latest"},
		{"k3s", "", "k3s"},
		{"n8n", "", "n8n"},
		{"v", "", "v"},
		{"", "", ""},
	} {
		prefix, text := version.Split(tt.tag)
		if prefix != tt.prefix || text != tt.version {
			t.Errorf("Split(%q) = %q, %q, want %q, %q", tt.tag, prefix, text, tt.prefix, tt.version)
		}
	}
}

// Whatever the name, the version is its end, and no more than a "v" is lost before it.
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{"v1.0", "foo-v.1", "a1b2", "@a/b@1", "1x/2", "3proxy-0.9", "x86_64-1.2", "REL9_6", "\xff1", "é1", "v"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, tag string) {
		prefix, text := version.Split(tag)
		between, isEnd := strings.CutSuffix(strings.TrimPrefix(tag, prefix), text)
		if !strings.HasPrefix(tag, prefix) || !isEnd || strings.Trim(between, "vV.") != "" || tag != "" && text == "" {
			t.Errorf("Split(%q) = %q, %q", tag, prefix, text)
		}
	})
}
