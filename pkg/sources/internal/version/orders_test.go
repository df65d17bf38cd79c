package version_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

// order tests that versions ascend. Those between "=" are equal.
func order[V version.Ordered](t *testing.T, parse func(string) (V, bool), ascending ...string) {
	t.Helper()
	compare := version.Order(parse)
	for _, line := range ascending {
		groups := strings.Fields(line)
		for i, low := range groups {
			for j, high := range groups[i:] {
				for _, a := range strings.Split(low, "=") {
					for _, b := range strings.Split(high, "=") {
						want := 0
						if j > 0 {
							want = -1
						}
						there, ok := compare(a, b)
						back, okToo := compare(b, a)
						if there != want || back != -want || !ok || !okToo {
							t.Errorf("%s and %s: got %d and %d, want %d", a, b, there, back, want)
						}
					}
				}
			}
		}
	}
}

// The cases are those of Maven's ComparableVersionTest.
func TestMavenOrder(t *testing.T) {
	t.Parallel()
	order(t, version.ParseMaven,
		"1-alpha2snapshot 1-alpha2 1-alpha-123 1-beta-2 1-beta123 1-m2 1-m11 1-rc 1-cr2 1-rc123 1-SNAPSHOT 1 1-sp 1-sp2 1-sp123 1-abc 1-def 1-pom-1 1-1-snapshot 1-1 1-2 1-123",
		"2.0 2.0.a 2-1 2.0.2 2.0.123 2.1.0 2.1-a 2.1b 2.1-c 2.1-1 2.1.0.1 2.2 2.123",
		"11.a2 11.a11 11.b2 11.b11 11.m2 11.m11 11 11.a 11b 11c 11m",
		"1=1.0=1.0.0=1-0=1.0-0=1ga=1release=1final=1GA=1.0.0-0.0.0=1-=1.=001",
		"1a=1-a=1.0-a=1.0.0-a=1.0a=1.0.0a=1A", "1x=1-x=1.0-x=1.0.0x=1X", "1cr=1rc=1Cr", "1a1=1-alpha-1", "1b2=1-beta-2", "1m3=1-milestone-3=1MileStone3",
		"1 1.1 1.2.0 1.5 2 2.5", "1.0-alpha-1-SNAPSHOT 1.0-alpha-1 1.0-alpha-2 1.0-beta-1 1.0-SNAPSHOT 1.0 1.0-1 1.0-2", "2.0-1 2.0.1 2.0.1-klm 2.0.1-lmn 2.0.1-xyz 2.0.1-123",
		"6.1.0rc3 6.1.0 6.1H.5-beta", "20190126.230843 1234567890.12345 123456789012345.1H.5-beta 12345678901234567890.1H.5-beta", "1-0.alpha 1-0.beta 1",
		"1.0.RC2 1.0-RC3 1.0.1", "0.7 2", "0.2 1.0.7", "J 7", "aardvark zebra 1",
	)
	for _, x := range []string{"abc", "alpha", "a", "beta", "b", "def", "milestone", "m", "rc"} { // MNG-7644
		order(t, version.ParseMaven, fmt.Sprintf("1.0.0.%[1]s1 1.0.0-%[1]s2", x), fmt.Sprintf("2-%[1]s=2.0.%[1]s=2.0.0.%[1]s", x))
	}
	for _, x := range []string{"final", "ga", "release"} { // MNG-7714
		order(t, version.ParseMaven, "1.0."+x+"-redhat 1.0-sp1-redhat=1.0-sp-1-redhat")
	}
}

// The cases are those of RubyGems' test_gem_version.rb.
func TestGemOrder(t *testing.T) {
	t.Parallel()
	order(t, version.ParseGem,
		"0.0.beta=0.beta 0.beta.1=0.0.beta.1 1.0", "1.8.2.a 1.8.2.a9 1.8.2.a10 1.8.2.b 1.8.2 5.x=5.0.0.x 5.0.0=5", "5.a 5.0.0.rc2 5.0.0", "1.0.pre 1.0.preview 1.0",
		"1.2.b1=1.2.b.1 1.2=1.2.0", "1.0-1=1.0.pre.1 1.0", "9.8.7.a 9.8.7 9.8.8 22.1.50.0.a 22.1.50.0=22.1.50",
		"1.9 1.10 99999999999999999999 100000000000000000000",
	)
}

func TestHaskellOrder(t *testing.T) {
	t.Parallel()
	order(t, version.ParseHaskell, "0 0.0 0.9 0.10 1 1.0 1.0.0 1.0.1 2.20000000000000000000")
}

func TestPrereleases(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"maven 1.0": "1.0", "maven 2.0.0.Final": "2.0.0", "maven 31.1-jre": "31.1", "maven 1.4.01": "1.4.01", "maven 9.4.1.v20170120": "9.4.1", "maven r09": "", "maven 1-sp2": "1",
		"maven 1.0-SNAPSHOT": "1.0 early", "maven 2.0.0-M1": "2.0.0 early", "maven 4.0.0.CR1": "4.0.0 early", "maven 1.0-b05": "1.0 early", "maven 2.0-preview1": "2.0 early",
		"gem 1.2.3": "1.2.3", "gem 1.2.0.rc1": "1.2.0 early", "gem 1.0-1": "1.0 early", "haskell 1.2.3.4": "1.2.3.4",
		"gem ../x": "none", "gem 1.0\n": "none", "gem 1..0": "none", "gem v1": "none", "haskell 1.0-rc1": "none", "haskell 1.": "none", "haskell": "none",
	} {
		kind, number, _ := strings.Cut(text, " ")
		v, ok := map[string]func(string) (version.Ordered, bool){
			"maven":   func(s string) (version.Ordered, bool) { return version.ParseMaven(s) },
			"gem":     func(s string) (version.Ordered, bool) { return version.ParseGem(s) },
			"haskell": func(s string) (version.Ordered, bool) { return version.ParseHaskell(s) },
		}[kind](number)
		got := v.Core()
		if v.IsPrerelease() {
			got += " early"
		}
		if !ok {
			got = "none"
		}
		if got != want || v.String() != number {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}
