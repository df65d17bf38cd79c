package version_test

import (
	"slices"
	"testing"

	"github.com/pinfetch/pinfetch/internal/version"
)

// The tags are real ones of repositories that mislead similar tools.
func TestNewest(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, prefix, constraint string
		prerelease               bool
		tags                     []string
		want, version            string
	}{
		{name: "numbers, not text", tags: []string{"v0.9.0", "v0.10.0"}, want: "v0.10.0", version: "0.10.0"},
		{name: "another crate's tag", tags: []string{"15.1.0", "ignore-0.4.33", "14.1.1"}, want: "15.1.0", version: "15.1.0"},
		{name: "a crate by prefix", prefix: "ignore-", tags: []string{"15.1.0", "ignore-0.4.33", "ignore-0.4.9"}, want: "ignore-0.4.33", version: "0.4.33"},
		{name: "brotli", tags: []string{"dev/null", "go/brotli/v1.1.1-rc0", "v1.2.0", "v1.1.0"}, want: "v1.2.0", version: "1.2.0"},
		{name: "pre-releases without a dash", tags: []string{"9.1.0rc2", "9.0.0", "9.1.0rc10"}, want: "9.0.0", version: "9.0.0"},
		{name: "pre-releases wanted", prerelease: true, tags: []string{"9.1.0rc2", "9.0.0", "9.1.0rc10"}, want: "9.1.0rc10", version: "9.1.0rc10"},
		{name: "release beats its candidates", prerelease: true, tags: []string{"9.1.0rc2", "9.1.0"}, want: "9.1.0", version: "9.1.0"},
		{name: "python's marks", tags: []string{"2.2b1", "2.1", "v0.1.0.a0"}, want: "2.1", version: "2.1"},
		{name: "a letter is no mark", tags: []string{"1.4.9", "1.4.9a", "1.4.8b"}, want: "1.4.9a", version: "1.4.9a"},
		{name: "tags that move", tags: []string{"latest", "v2", "v2.1.3", "v2.1.2"}, want: "v2.1.3", version: "2.1.3"},
		{name: "only lone numbers", tags: []string{"r1", "v3", "v20"}, want: "v20", version: "20"},
		{name: "by version, not by date", tags: []string{"v3.1.1", "v2.6.4"}, want: "v3.1.1", version: "3.1.1"},
		{name: "underscores", prefix: "release_", tags: []string{"release_3_0_28", "release_3_2_8", "release_3_2_10"}, want: "release_3_2_10", version: "3_2_10"},
		{name: "phpactor", tags: []string{"2023.06.17-1", "2025-07-25.0", "2025.10.17.0", "2026.07.22.0"}, want: "2026.07.22.0", version: "2026.07.22.0"},
		{name: "a rebuild is later", tags: []string{"2023.06.17", "2023.06.17-1"}, want: "2023.06.17-1", version: "2023.06.17-1"},
		{name: "build metadata", tags: []string{"0.86.0+mer56", "0.86.0+mer9", "mer/0.86.0+mer69"}, want: "0.86.0+mer56", version: "0.86.0+mer56"},
		{name: "constraint", constraint: "<2", tags: []string{"v1.9.1", "v2.0.0", "v2.0.0-rc1"}, want: "v1.9.1", version: "1.9.1"},
		{name: "constraint and candidates", constraint: "<2", prerelease: true, tags: []string{"v1.9.1", "v2.0.0-rc1"}, want: "v1.9.1", version: "1.9.1"},
		{name: "constraints", constraint: ">=1.4, <1.6", tags: []string{"1.3", "1.5.2", "1.6.0"}, want: "1.5.2", version: "1.5.2"},
		{name: "unknown words", tags: []string{"v1.0.0", "v2.0.0-mybranch"}, want: "v1.0.0", version: "1.0.0"},
		{name: "late words", tags: []string{"v1.0.0", "v1.0.0-p1", "v1.0.0-rc1"}, want: "v1.0.0-p1", version: "1.0.0-p1"},
		{name: "nightlies", tags: []string{"nightly", "v0.11.0-dev", "v0.10.4", "stable"}, want: "v0.10.4", version: "0.10.4"},
		{name: "nothing", tags: []string{"latest", "dev/null", "v1.0-rc1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			constraint, err := version.ParseConstraint(tt.constraint)
			if err != nil {
				t.Fatal(err)
			}
			s := version.Selection{Prefix: tt.prefix, Constraint: constraint, Prerelease: tt.prerelease}
			for range 2 { // the order of the tags must not matter
				got, ok := version.Newest(tt.tags, s)
				if ok != (tt.want != "") || got.Tag != tt.want || got.String() != tt.version {
					t.Errorf("Newest(%q) = %q, version %q, want %q, version %q", tt.tags, got.Tag, got.String(), tt.want, tt.version)
				}
				slices.Reverse(tt.tags)
			}
		})
	}
}

func TestCompareIsAnOrder(t *testing.T) {
	t.Parallel()
	sorted := []string{
		"0.9", "1.0-alpha1", "1.0-beta2", "1.0-rc2", "1.0rc10", "1.0", "1.0-1", "1.0a", "1.0.1-pre", "1.0.1", "1.2", "1.10", "20240101",
	}
	for i, a := range sorted {
		for j, b := range sorted {
			v, ok := version.Parse(a)
			w, ok2 := version.Parse(b)
			if !ok || !ok2 {
				t.Fatalf("Parse(%q), Parse(%q) = %v, %v", a, b, ok, ok2)
			}
			if got := v.Compare(w); got < 0 != (i < j) || got > 0 != (i > j) {
				t.Errorf("%q.Compare(%q) = %d", a, b, got)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"1.0", "v1", "1.0-rc1", "2025-07-25.0", "1.0~~", "0.86.0+mer56", "1..2", "1:2", "1-", "1.-+~"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, ok := version.Parse(text)
		if !ok {
			return
		}
		if got := v.Compare(v); got != 0 {
			t.Errorf("%q.Compare(itself) = %d", text, got)
		}
	})
}
