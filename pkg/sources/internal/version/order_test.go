package version_test

import (
	"testing"

	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

// The orders are those of PEP 440's examples and of semver.org's, section 11.
func TestOrders(t *testing.T) {
	t.Parallel()
	for name, scheme := range map[string]struct {
		order    func(a, b string) (int, bool)
		versions []string
	}{
		"PEP 440": {version.Order(version.ParsePython), []string{
			"0.9", "1.0.dev456", "1.0a1", "1.0a2.dev456", "1.0a12.dev456", "1.0a12", "1.0b1.dev456", "1.0b2", "1.0b2.post345.dev456", "1.0b2.post345",
			"1.0rc1.dev456", "1.0rc1", "1.0", "1.0+1v0", "1.0+abc.5", "1.0+abc.7", "1.0+5", "1.0.post456.dev34", "1.0.post456", "1.0.15", "1.1.dev1", "1.10", "2013.10", "1!0.1",
		}},
		"semantic": {version.Order(version.ParseSemantic), []string{
			"0.9.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.0+1", "1.0.0+9", "1.0.0+10",
			"1.0.0+20130313144700", "1.0.0+a", "1.0.0+a.1", "1.2.0", "1.10.0", "2.0.0-0", "2.0.0", "99999999999999999999.0.0",
		}},
	} {
		for i, a := range scheme.versions {
			for j, b := range scheme.versions {
				want := 0
				if i < j {
					want = -1
				} else if i > j {
					want = 1
				}
				if got, ok := scheme.order(a, b); !ok || got != want {
					t.Errorf("%s: %s and %s: got %d, %v, want %d", name, a, b, got, ok, want)
				}
			}
		}
		for _, text := range []string{"", "x", "1..2", "1.0 ", " 1.0", "../1.0", "1.0\n", "1.0/2"} {
			if _, ok := scheme.order(text, scheme.versions[0]); ok {
				t.Errorf("%s: %q is a version", name, text)
			}
		}
	}
	for _, text := range []string{"1", "1.2", "v1.2.3", "01.2.3", "1.2.3-01", "1.2.3+", "1.2.3-", "1.2.3.4"} {
		if _, ok := version.ParseSemantic(text); ok {
			t.Errorf("%q is a semantic version", text)
		}
	}
}

func TestParts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		core, canonical string
		early           bool
	}{
		"1.0":            {"1.0", "1", false},
		"1.0.0":          {"1.0.0", "1", false},
		"0.0":            {"0.0", "0", false},
		"10.0":           {"10.0", "10", false},
		"v1.0-beta.2":    {"1.0", "1b2", true},
		"1.0.0.dev3":     {"1.0.0", "1.dev3", true},
		"1.0-1":          {"1.0", "1.post1", false},
		"2!1.20":         {"1.20", "2!1.20", false},
		"1.0.post1+Deb1": {"1.0", "1.post1+deb1", false},
	} {
		v, ok := version.ParsePython(text)
		if !ok || v.String() != text || v.Core() != want.core || v.Canonical() != want.canonical || v.IsPrerelease() != want.early {
			t.Errorf("%s: got %q, %q, %v, %v", text, v.Core(), v.Canonical(), v.IsPrerelease(), ok)
		}
	}
	for text, want := range map[string]struct {
		core  string
		early bool
	}{
		"1.2.3": {"1.2.3", false}, "1.2.3-rc.1": {"1.2.3", true}, "1.2.3+a-b": {"1.2.3", false}, "1.2.3-rc.1+a-b": {"1.2.3", true}, "0.0.0-0": {"0.0.0", true},
	} {
		v, ok := version.ParseSemantic(text)
		if !ok || v.String() != text || v.Core() != want.core || v.IsPrerelease() != want.early {
			t.Errorf("%s: got %q, %v, %v", text, v.Core(), v.IsPrerelease(), ok)
		}
	}
}
