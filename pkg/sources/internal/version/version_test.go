package version_test

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

// The tags are real ones of repositories that mislead similar tools.
func TestNewest(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, constraint string
		prerelease       bool
		tags             []string
		want, version    string
	}{
		{name: "numbers, not text", tags: []string{"v0.9.0", "v0.10.0"}, want: "v0.10.0", version: "0.10.0"},
		{name: "pre-releases without a dash", tags: []string{"9.1.0rc2", "9.0.0", "9.1.0rc10"}, want: "9.0.0", version: "9.0.0"},
		{name: "pre-releases wanted", prerelease: true, tags: []string{"9.1.0rc2", "9.0.0", "9.1.0rc10"}, want: "9.1.0rc10", version: "9.1.0rc10"},
		{name: "release beats its candidates", prerelease: true, tags: []string{"9.1.0rc2", "9.1.0"}, want: "9.1.0", version: "9.1.0"},
		{name: "python's marks", tags: []string{"2.2b1", "2.1", "v0.1.0.a0"}, want: "2.1", version: "2.1"},
		{name: "a letter is no mark", tags: []string{"1.4.9", "1.4.9a", "1.4.8b"}, want: "1.4.9a", version: "1.4.9a"},
		{name: "tags that move", tags: []string{"latest", "v2", "v2.1.3", "v2.1.2"}, want: "v2.1.3", version: "2.1.3"},
		{name: "only lone numbers", tags: []string{"v3", "v20"}, want: "v20", version: "20"},
		{name: "lone numbers with candidates", tags: []string{"v256", "v257-rc1"}, want: "v256", version: "256"},
		{name: "lone numbers with letters", tags: []string{"r25", "r25c", "r26"}, want: "r26", version: "26"},
		{name: "less", tags: []string{"v668-rel", "v704-rel", "v709"}, want: "v704-rel", version: "704-rel"},
		{name: "by version, not by date", tags: []string{"v3.1.1", "v2.6.4"}, want: "v3.1.1", version: "3.1.1"},
		{name: "underscores", tags: []string{"release_3_0_28", "release_3_2_8", "release_3_2_10"}, want: "release_3_2_10", version: "3_2_10"},
		{name: "phpactor", tags: []string{"2023.06.17-1", "2025-07-25.0", "2025.10.17.0", "2026.07.22.0"}, want: "2026.07.22.0", version: "2026.07.22.0"},
		{name: "a rebuild is later", tags: []string{"2023.06.17", "2023.06.17-1"}, want: "2023.06.17-1", version: "2023.06.17-1"},
		{name: "build metadata", tags: []string{"0.86.0+mer56", "0.86.0+mer9"}, want: "0.86.0+mer56", version: "0.86.0+mer56"},
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
			s := version.Selection{Constraint: constraint, Prerelease: tt.prerelease}
			var tags []version.Tag
			for _, name := range tt.tags {
				if tag, ok := version.ReadTag(name); ok {
					tags = append(tags, tag)
				}
			}
			for range 2 { // the order of the tags must not matter
				got, ok := version.Newest(tags, s)
				if ok != (tt.want != "") || got.Name != tt.want || got.String() != tt.version {
					t.Errorf("Newest(%q) = %q, version %q, want %q, version %q", tt.tags, got.Name, got.String(), tt.want, tt.version)
				}
				slices.Reverse(tags)
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

// What cannot be compared is no candidate for the newest version, whatever its name says.
func TestReadTag(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"1.0": "1.0", "v1.0-rc1": "1.0-rc1", "1.0+b1": "1.0+b1", "1.0~rc1": "1.0~rc1", "a-v1.0": "1.0", "n8n@1.50.2": "1.50.2",
		"": "", "v": "", "latest": "", "dev/null": "", "1.0/x": "", "1.0 x": "", "1.0\n": "", "1.0:2": "", "1.0é": "", "v3.0;id": "", "v9.0-`id`": "",
	} {
		tag, ok := version.ReadTag(name)
		if ok != (want != "") || ok && (tag.String() != want || tag.Name != name) {
			t.Errorf("ReadTag(%q) = %+v, %v, want %q", name, tag, ok, want)
		}
	}
}

func TestKindOfVersion(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text               string
		prerelease, number bool
	}{
		{text: "1.0"}, {text: "1.4.9a"}, {text: "1.0-1"}, {text: "1.0-p1"}, {text: "1.0.Final"}, {text: "1.0+git"}, {text: "1.0-rc-is-no-word-here+1", prerelease: true},
		{text: "1.0-lts"}, {text: "2023.06.17-1"}, {text: "1-2-3"}, {text: "3_94_RTM"}, {text: "9_5_P1"}, {text: "16.5.0-ee"}, {text: "5.9.1-RELEASE"}, {text: "1.0-hotfix2"}, {text: "1_0_2"},
		{text: "1", number: true}, {text: "20240101", number: true}, {text: "1+b"}, {text: "1-1"},
		{text: "1.0rc1", prerelease: true}, {text: "1.0-rc.1", prerelease: true}, {text: "2.2b1", prerelease: true}, {text: "0.1.0.a0", prerelease: true},
		{text: "1.0-alpha", prerelease: true}, {text: "1.0-ALPHA2", prerelease: true}, {text: "1.0.beta1", prerelease: true}, {text: "1.0-dev", prerelease: true},
		{text: "1.0-SNAPSHOT", prerelease: true}, {text: "1.0-pre20240101", prerelease: true}, {text: "1.0-M1", prerelease: true}, {text: "1.0-mybranch", prerelease: true},
		{text: "0-unstable-2024-01-01", prerelease: true}, {text: "1-2-3-rc1", prerelease: true}, {text: "16.5.0-rc42-ee", prerelease: true},
		{text: "2.0-preview.3", prerelease: true}, {text: "1.0.CR2", prerelease: true}, {text: "2.1.ROLLING", prerelease: true}, {text: "1.0-5-gabcdef", prerelease: true}, {text: "1.0~rc1", prerelease: true}, {text: "1.0-rc1+b2", prerelease: true},
	} {
		v, ok := version.Parse(tt.text)
		if !ok || v.IsPrerelease() != tt.prerelease || v.IsNumber() != tt.number {
			t.Errorf("%q: got %v, pre-release %v, number %v, want pre-release %v, number %v", tt.text, ok, v.IsPrerelease(), v.IsNumber(), tt.prerelease, tt.number)
		}
	}
}

func TestConstraint(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		constraint string
		allowed    string
		refused    string
	}{
		{"", "0 1 99.9", ""},
		{"<2", "1.9.9 1.99 0.1 1", "2 2.0 2.0.1 2.0-rc1 10.0"},
		{"<=2", "2 2.0 2.0.0 1.9", "2.0.1 2.1"},
		{">2", "2.0.1 3 10.0", "2 2.0 1.9"},
		{">=1.4", "1.4 1.4.0 1.10", "1.3.9 1.3"},
		{"=1.2", "1.2 1.2.0", "1.2.1 1.1"},
		{"1.2", "1.2", "1.3"},
		{"!=1.2", "1.3 1.2.1", "1.2 1.2.0"},
		{"~>1.2", "1.2 1.9", "2.0 1.1"},
		{"~>1.2.3", "1.2.3 1.2.9", "1.3 1.2.2"},
		{">=1.4, <2", "1.4 1.9", "1.3 2"},
		{">=1.4,<2,!=1.5", "1.4 1.6", "1.5 2"},
		{"<3.1", "3_0_28 3.0", "3_2_10 3.1"},
		{"<2025", "2024.1 20.1 2024-01-02", "2025.1 20240101"},
		{">=8.6", "8-6-13 8_6", "8-5-19"},
	} {
		c, err := version.ParseConstraint(tt.constraint)
		if err != nil {
			t.Errorf("%q: %v", tt.constraint, err)
			continue
		}
		for text := range strings.FieldsSeq(tt.allowed) {
			if v, ok := version.Parse(text); !ok || !c.Allows(v) {
				t.Errorf("%q refuses %q", tt.constraint, text)
			}
		}
		for text := range strings.FieldsSeq(tt.refused) {
			if v, ok := version.Parse(text); !ok || c.Allows(v) {
				t.Errorf("%q allows %q", tt.constraint, text)
			}
		}
	}
	for _, text := range []string{"two", "<", "<two", "1.0 2.0", ">=1,", ",", " ", "=>1", "<2 || >3", "^1", "<2\x1b[31m", "1.*"} {
		if _, err := version.ParseConstraint(text); !errors.Is(err, version.ErrConstraint) {
			t.Errorf("%q: got %v, want an ErrConstraint", text, err)
		}
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	for text, day := range map[string]string{
		"2025-06-20": "2025-06-20", "2025.06.20.1": "2025-06-20", "20250620": "2025-06-20", "202506201530": "2025-06-20", "2025_06_20": "2025-06-20",
		"2025.06.20-1": "2025-06-20", "1999-12-31": "1999-12-31", "2024.1": "-", "2024": "-", "202405": "-", "2025.6.1": "-", "2025-02-31": "-",
		"1.2.0": "", "2.0": "", "25.05": "", "1985.1": "", "2100": "", "20.5": "", "20": "", "2048576": "", "20251301": "",
	} {
		v, ok := version.Parse(text)
		got, hasDay := v.Day()
		if !ok || v.IsDate() != (day != "") || hasDay != (len(day) > 1) || hasDay && got.Format("2006-01-02") != day {
			t.Errorf("%q: got date %v, day %v %v, want %q", text, v.IsDate(), got, hasDay, day)
		}
	}
}

// Numbers of any length are compared and not cut.
func TestLongNumbers(t *testing.T) {
	t.Parallel()
	short, ok := version.Parse("1.99999999999999999999999999999998")
	long, ok2 := version.Parse("1.99999999999999999999999999999999")
	if !ok || !ok2 {
		t.Fatal("long numbers do not parse")
	}
	if short.Compare(long) >= 0 || long.Compare(short) <= 0 {
		t.Errorf("%q.Compare(%q) = %d", short, long, short.Compare(long))
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"1.0", "v1", "1.0-rc1", "2025-07-25.0", "1.0~~", "0.86.0+mer56", "1..2", "1:2", "1-", "1.-+~"} {
		f.Add(seed, "1.0")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		v, ok := version.Parse(a)
		w, ok2 := version.Parse(b)
		if !ok || !ok2 {
			return
		}
		if got := v.Compare(v); got != 0 {
			t.Errorf("%q.Compare(itself) = %d", a, got)
		}
		if v.Compare(w) != -w.Compare(v) {
			t.Errorf("%q.Compare(%q) = %d, the other way round %d", a, b, v.Compare(w), w.Compare(v))
		}
		if a != b && v.Compare(w) == 0 {
			t.Errorf("%q.Compare(%q) = 0", a, b)
		}
	})
}

// An empty corpus would make the fuzz target test little.
func TestCorpus(t *testing.T) {
	t.Parallel()
	if seeds, err := filepath.Glob("testdata/fuzz/FuzzParse/*"); err != nil || len(seeds) == 0 {
		t.Errorf("got %d seeds, %v, want some", len(seeds), err)
	}
}
