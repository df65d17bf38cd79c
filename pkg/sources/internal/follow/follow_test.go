package follow_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/follow"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcestest"
)

const commit = "0123456789abcdef0123456789abcdef01234567"

// refsOf makes the refs of a remote out of short names: "tags/v1", "heads/main". Each has an ID of its own,
// and each tag whose name ends in "^" is annotated.
func refsOf(head string, names ...string) sources.Refs {
	refs := sources.Refs{Head: head}
	for _, name := range names {
		short, annotated := strings.CutSuffix(name, "^")
		ref := sources.Ref{Name: "refs/" + short, ID: idOf(short)}
		if annotated {
			ref.ID, ref.Peeled = idOf("object of "+short), idOf(short)
		}
		refs.List = append(refs.List, ref)
	}
	slices.SortFunc(refs.List, func(a, b sources.Ref) int { return strings.Compare(a.Name, b.Name) })
	return refs
}

// idOf makes a commit ID that tells where it comes from.
func idOf(name string) string {
	id := make([]byte, 40)
	sum := uint32(2166136261)
	for i := range id {
		for _, c := range []byte(name) {
			sum = (sum ^ uint32(c)) * 16777619
		}
		id[i] = "0123456789abcdef"[sum>>28]
	}
	return string(id)
}

func tagsOf(names string) sources.Refs {
	var full []string
	for name := range strings.FieldsSeq(names) {
		full = append(full, "tags/"+name)
	}
	return refsOf("refs/heads/main", append(full, "heads/main")...)
}

// Tags of real repositories that mislead similar tools.
const (
	brotli     = "dev/null go/brotli/v1.1.0-rc1 go/brotli/v1.1.1-rc0 go/cbrotli/v1.1.0 v0.6.0 v1.0.9 v1.1.0 v1.2.0"
	ripgrep    = "0.9.0 0.10.0 11.0.2 13.0.0 14.1.1 15.0.0 15.1.0 globset-0.4.16 grep-0.3.2 ignore-0.4.9 ignore-0.4.33 wincolor-0.1.6"
	pillow     = "9.0.0 9.0.1 9.1.0rc2 9.1.0rc10"
	catppuccin = "latest v1 v1.0.3 v2 v2.0.0 v2.1.3"
	cosign     = "v2.6.4 v3.0.6 v3.1.1 v3.1.0-rc.1 sget-v0.1"
	freeradius = "release_2_2_10 release_3_0_28 release_3_2_8 release_3_2_10 branch_1_1_0"
	phpactor   = "0.18.1 2023.06.17-1 2023.06.17 2025-07-25.0 2025.10.17.0 2026.07.22.0"
	usbModed   = "0.86.0+mer9 0.86.0+mer56 mer/0.86.0+mer69"
	nano       = "1.4.8 1.4.9 1.4.9a 2.2b1"
	golang     = "go1 go1.9 go1.21.13 go1.22rc2 go1.22.1 release.r60 weekly.2012-01-27"
	ffmpeg     = "n6.1 n7.0 n7.0.2 n7.1 n7.1-dev n8.0-dev v0.5"
	node       = "v0.12.18 v18.20.4 v20.17.0 v22.9.0 heads/tags"
	jdk        = "jdk-17+35 jdk-21+35 jdk-21.0.4+7 jdk-21.0.5+1"
	boost      = "boost-1.85.0 boost-1.86.0 boost-1.86.0.beta1 boost-1.9.0"
	linux      = "v6.18 v6.19 v6.19-rc8 v7.0-rc1 v7.0-rc3"
	n8n        = "n8n@0.222.3 n8n@1.50.2 n8n@1.49.9 n8n-core@0.9.0 n8n@1.51.0-rc.1"
	openssh    = "V_9_4_P1 V_9_5_P1 V_10_0_P2 ANONCVS_FIXES"
	biome      = "@biomejs/biome@2.0.0 @biomejs/biome@2.1.0 @biomejs/js-api@9.0.0 cli/v1.9.4"
	curl       = "curl-7_88_1 curl-8_9_1 curl-8_10_0 curl-8_10_0-rc1 tiny-curl-8_4_0"
)

// What a glob takes, and what its literal start says of the version.
func TestResolveTags(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, tags, glob, constraint string
		prerelease                   bool
		want, version                string
	}{
		{name: "brotli", tags: brotli, glob: "*", want: "v1.2.0", version: "1.2.0"},
		{name: "brotli's v", tags: brotli, glob: "v*", want: "v1.2.0", version: "1.2.0"},
		{name: "brotli's line", tags: brotli, glob: "v1.0.*", want: "v1.0.9", version: "1.0.9"},
		{name: "brotli for go", tags: brotli, glob: "go/cbrotli/v*", want: "go/cbrotli/v1.1.0", version: "1.1.0"},
		{name: "brotli for go, slash", tags: brotli, glob: "go/cbrotli/*", want: "go/cbrotli/v1.1.0", version: "1.1.0"},
		{name: "brotli for go, candidates", tags: brotli, glob: "go/brotli/*", prerelease: true, want: "go/brotli/v1.1.1-rc0", version: "1.1.1-rc0"},
		{name: "ripgrep", tags: ripgrep, glob: "*", want: "15.1.0", version: "15.1.0"},
		{name: "ripgrep below", tags: ripgrep, glob: "*", constraint: "<15", want: "14.1.1", version: "14.1.1"},
		{name: "ripgrep line", tags: ripgrep, glob: "0.*", want: "0.10.0", version: "0.10.0"},
		{name: "ripgrep's ignore", tags: ripgrep, glob: "ignore-*", want: "ignore-0.4.33", version: "0.4.33"},
		{name: "ripgrep's ignore, line", tags: ripgrep, glob: "ignore-0.4.*", want: "ignore-0.4.33", version: "0.4.33"},
		{name: "whole name", tags: ripgrep, glob: "ignore-0.4.9", want: "ignore-0.4.9", version: "0.4.9"},
		{name: "pillow", tags: pillow, glob: "*", want: "9.0.1", version: "9.0.1"},
		{name: "pillow's candidates", tags: pillow, glob: "*", prerelease: true, want: "9.1.0rc10", version: "9.1.0rc10"},
		{name: "catppuccin", tags: catppuccin, glob: "*", want: "v2.1.3", version: "2.1.3"},
		{name: "catppuccin's line", tags: catppuccin, glob: "v1*", want: "v1.0.3", version: "1.0.3"},
		{name: "cosign", tags: cosign, glob: "v*", want: "v3.1.1", version: "3.1.1"},
		{name: "cosign's line", tags: cosign, glob: "v2.*", want: "v2.6.4", version: "2.6.4"},
		{name: "freeradius", tags: freeradius, glob: "release_*", want: "release_3_2_10", version: "3_2_10"},
		{name: "freeradius' line", tags: freeradius, glob: "release_3_0_*", want: "release_3_0_28", version: "3_0_28"},
		{name: "freeradius by constraint", tags: freeradius, glob: "release_*", constraint: "<3.1", want: "release_3_0_28", version: "3_0_28"},
		{name: "phpactor", tags: phpactor, glob: "*", want: "2026.07.22.0", version: "2026.07.22.0"},
		{name: "phpactor's year", tags: phpactor, glob: "2023.*", want: "2023.06.17-1", version: "2023.06.17-1"},
		{name: "usb-moded", tags: usbModed, glob: "*", want: "0.86.0+mer56", version: "0.86.0+mer56"},
		{name: "usb-moded's mer", tags: usbModed, glob: "mer/*", want: "mer/0.86.0+mer69", version: "0.86.0+mer69"},
		{name: "letters", tags: nano, glob: "*", want: "1.4.9a", version: "1.4.9a"},
		{name: "node", tags: node, glob: "*", want: "v22.9.0", version: "22.9.0"},
		{name: "node's even line", tags: node, glob: "v{18,20}.*", want: "v20.17.0", version: "20.17.0"},
		{name: "node's class", tags: node, glob: "v2[0-1].*", want: "v20.17.0", version: "20.17.0"},
		{name: "jdk", tags: jdk, glob: "jdk-21*", want: "jdk-21.0.5+1", version: "21.0.5+1"},
		{name: "boost", tags: boost, glob: "boost-*", want: "boost-1.86.0", version: "1.86.0"},
		{name: "curl", tags: curl, glob: "curl-*", want: "curl-8_10_0", version: "8_10_0"},
		{name: "curl's line", tags: curl, glob: "curl-8_9_*", want: "curl-8_9_1", version: "8_9_1"},
		// A letter stands right before the number: where the version begins is the same, wherever the glob ends.
		{name: "go", tags: golang, glob: "go*", want: "go1.22.1", version: "1.22.1"},
		{name: "go's line", tags: golang, glob: "go1.*", want: "go1.22.1", version: "1.22.1"},
		{name: "go's older line", tags: golang, glob: "go1.21.*", want: "go1.21.13", version: "1.21.13"},
		// A glob may reach into the version, which stays whole.
		{name: "candidates by name", tags: linux, glob: "v7.0-rc*", want: "v7.0-rc3", version: "7.0-rc3"},
		{name: "candidates by name, anywhere", tags: linux, glob: "*-rc*", want: "v7.0-rc3", version: "7.0-rc3"},
		{name: "candidates by flag", tags: linux, glob: "v7.*", prerelease: true, want: "v7.0-rc3", version: "7.0-rc3"},
		{name: "candidates left out", tags: linux, glob: "v*", want: "v6.19", version: "6.19"},
		{name: "build metadata", tags: "v1.28.4+k3s1 v1.28.4+k3s2 v1.28.4-rc1+k3s1", glob: "v1.28.4+k3s*", want: "v1.28.4+k3s2", version: "1.28.4+k3s2"},
		{name: "rebuilds", tags: phpactor + " 2023.06.17-2", glob: "2023.06.17-*", want: "2023.06.17-2", version: "2023.06.17-2"},
		{name: "numbered betas", tags: "1.0-beta.2 1.0-beta.10", glob: "1.0-beta.*", want: "1.0-beta.10", version: "1.0-beta.10"},
		{name: "a word that the glob has", tags: "1.2 1.2-alpine 1.3-alpine 1.4", glob: "*-alpine", want: "1.3-alpine", version: "1.3-alpine"},
		{name: "letters after the number", tags: "1.4.8 1.4.9 1.4.9a 1.4.9b", glob: "1.4.9?", want: "1.4.9b", version: "1.4.9b"},
		{name: "choices in the version", tags: node, glob: "v{18,20}.{4,17}.*", want: "v20.17.0", version: "20.17.0"},
		{name: "n8n", tags: n8n, glob: "n8n@*", want: "n8n@1.50.2", version: "1.50.2"},
		{name: "n8n without the at", tags: n8n, glob: "n8n*", want: "n8n@1.50.2", version: "1.50.2"},
		{name: "log4j", tags: "rel/log4j-2.9.1 rel/log4j-2.17.1 log4j-1.2.17", glob: "rel/*", want: "rel/log4j-2.17.1", version: "2.17.1"},
		{name: "a name that ends later than the glob", tags: "foo-1.0 foo-1.1", glob: "f*", want: "foo-1.1", version: "1.1"},
		{name: "a date in nightlies", tags: "nightly-2024-01-02 nightly-2024-01-10", glob: "nightly-*", want: "nightly-2024-01-10", version: "2024-01-10"},
		{name: "ffmpeg", tags: ffmpeg, glob: "n*", want: "n7.1", version: "7.1"},
		{name: "ffmpeg's line", tags: ffmpeg, glob: "n7.*", want: "n7.1", version: "7.1"},
		{name: "ffmpeg's older line", tags: ffmpeg, glob: "n6*", want: "n6.1", version: "6.1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			wish := sources.Tracking{Tags: tt.glob, Range: sources.Range{Constraint: tt.constraint, Prerelease: tt.prerelease}}
			got, err := follow.Resolve(tagsOf(tt.tags), wish)
			want := sources.Facts{Rev: idOf("tags/" + tt.want), Ref: "refs/tags/" + tt.want, Version: tt.version}
			if err != nil || got != want {
				t.Errorf("got %+v, %v, want %+v", got, err, want)
			}
		})
	}
}

func undated([]string) (map[string]time.Time, error) { return nil, follow.ErrUndated }

func TestChoose(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, repository, tags string
		wish                   sources.Tracking
		want                   sources.Tracking
		note                   string
	}{
		{name: "brotli", repository: "brotli", tags: brotli, want: sources.Tracking{Tags: "*"}, note: "v1.2.0"},
		{name: "ripgrep", repository: "ripgrep", tags: ripgrep, want: sources.Tracking{Tags: "*"}, note: "15.1.0"},
		{name: "catppuccin", repository: "tmux", tags: catppuccin, want: sources.Tracking{Tags: "*"}, note: "v2.1.3"},
		{name: "freeradius", repository: "freeradius-server", tags: freeradius, want: sources.Tracking{Tags: "release_*"}, note: "release_3_2_10"},
		{name: "phpactor", repository: "phpactor", tags: phpactor, want: sources.Tracking{Tags: "20*"}, note: "2026.07.22.0"},
		{name: "usb-moded", repository: "usb-moded", tags: usbModed, want: sources.Tracking{Tags: "*"}, note: "0.86.0+mer56"},
		{name: "go", repository: "go", tags: golang, want: sources.Tracking{Tags: "go*"}, note: "go1.22.1"},
		{name: "boost", repository: "boost", tags: boost, want: sources.Tracking{Tags: "boost-*"}, note: "boost-1.86.0"},
		{name: "jdk", repository: "jdk", tags: jdk, want: sources.Tracking{Tags: "jdk-*"}, note: "jdk-21.0.5+1"},
		{name: "curl", repository: "curl", tags: curl, want: sources.Tracking{Tags: "curl-*"}, note: "curl-8_10_0"},
		{name: "capitals", repository: "Curl", tags: curl, want: sources.Tracking{Tags: "curl-*"}, note: "curl-8_10_0"},
		{name: "constraint", repository: "ripgrep", tags: ripgrep, wish: sources.Tracking{Range: sources.Range{Constraint: "<15"}}, want: sources.Tracking{Tags: "*", Range: sources.Range{Constraint: "<15"}}, note: "14.1.1"},
		{name: "pre-releases", repository: "pillow", tags: pillow, wish: sources.Tracking{Range: sources.Range{Prerelease: true}}, want: sources.Tracking{Tags: "*", Range: sources.Range{Prerelease: true}}, note: "9.1.0rc10"},
		{name: "n8n", repository: "n8n", tags: n8n, want: sources.Tracking{Tags: "n8n@*"}, note: "n8n@1.50.2"},
		{name: "log4j", repository: "log4j", tags: "rel/log4j-2.17.1 rel/log4j-2.9 rel/chainsaw-3", want: sources.Tracking{Tags: "rel/log4j-*"}, note: "rel/log4j-2.17.1"},
		{name: "openssh", repository: "openssh-portable", tags: openssh, want: sources.Tracking{Tags: "V_*"}, note: "V_10_0_P2"},
		{name: "a scope", repository: "biome", tags: biome, want: sources.Tracking{Tags: "@biomejs/biome@*"}, note: "@biomejs/biome@2.1.0"},
		{name: "less", repository: "less", tags: "v668-rel v691 v692-rel v704-rel v709 v581.2", want: sources.Tracking{Tags: "*"}, note: "v704-rel"},
		{name: "tz", repository: "tz", tags: "2025c 2026a 2026b", want: sources.Tracking{Tags: "*"}, note: "2026b"},
		{name: "jq", repository: "jq", tags: "1.6rc2 jq-1.7rc1 jq-1.7 jq-1.8.2", want: sources.Tracking{Tags: "jq-*"}, note: "jq-1.8.2"},
		{name: "release directory", repository: "r", tags: "release/1.2 release/1.10 release/v1.11", want: sources.Tracking{Tags: "release/*"}, note: "release/v1.11"},
		{name: "dashes", repository: "r", tags: "rel-1-2-3 rel-1-2-10", want: sources.Tracking{Tags: "rel-*"}, note: "rel-1-2-10"},
		{name: "one letter", repository: "bird", tags: "R_2_5_0 R_2_15_1", want: sources.Tracking{Tags: "R_*"}, note: "R_2_15_1"},
		{name: "build numbers", repository: "llama.cpp", tags: "b999 b3947", want: sources.Tracking{Tags: "b*"}, note: "b3947"},
		{name: "no version", repository: "r", tags: "latest nightly dev/null", want: sources.Tracking{Branch: "main"}, note: "main"},
		{name: "only candidates", repository: "r", tags: "v1.0-rc1 v1.0-rc2", want: sources.Tracking{Branch: "main"}, note: "main"},
		{name: "another crate alone", repository: "r", tags: "ignore-0.4.33", want: sources.Tracking{Branch: "main"}, note: "main"},
		{name: "no tags", repository: "r", tags: "", want: sources.Tracking{Branch: "main"}, note: "main"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			refs := tagsOf(tt.tags)
			got, choice, err := follow.Choose(refs, tt.repository, tt.wish, undated)
			note := choice.Note
			if err != nil || got != tt.want || !strings.Contains(note, tt.note) {
				t.Fatalf("got %+v, %q, %v, want %+v and %q in the note", got, note, err, tt.want, tt.note)
			}
			if got.Tags == "" {
				return
			}
			target, err := follow.Resolve(refs, got)
			if err != nil || target.Ref != "refs/tags/"+tt.note {
				t.Errorf("then resolved to %+v, %v, want %s as the note says", target, err, tt.note)
			}
		})
	}
}

// Version tags of another name are not the repository's, but are named.
func TestChooseBesideOtherNames(t *testing.T) {
	t.Parallel()
	refs := tagsOf("GE-Proton8-25 GE-Proton9-7 GE-Proton9-10 5.0-GE-1-test nightly-2024-01-01 nightly-2024-01-02 nightly-2024-01-03 nightly-2024-01-04")
	got, choice, err := follow.Choose(refs, "proton-ge-custom", sources.Tracking{}, undated)
	want := []sources.Scheme{{Tags: "GE-Proton*", Newest: "GE-Proton9-10"}}
	if err != nil || got != (sources.Tracking{Branch: "main"}) || !slices.Equal(choice.Others, want) || choice.Undated != nil {
		t.Errorf("got %+v, %+v, %v, want the default branch and %+v", got, choice, err, want)
	}
}

// Of several schemes, that of the newest tag is followed, and the others are named, each with a glob that follows it.
func TestChooseAmongSchemes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, repository, tags string
		dates                  string // "TAG=DAY", the newest tags of schemes
		want                   string // glob and newest tag
		others                 string
	}{
		{"old dates", "r", "2025-04-01 2025-06-20 v0.1.3 v0.1.4 v1.2.0", "2025-06-20=2025-06-20 v1.2.0=2026-01-01", "v* v1.2.0", "20* 2025-06-20"},
		{"old versions", "r", "2025-04-01 2025-06-20 v0.1.3", "2025-06-20=2025-06-20 v0.1.3=2020-01-01", "20* 2025-06-20", "v* v0.1.3"},
		{"versions without a v", "r", "2025.04.01 1.2.0 12.0.1", "2025.04.01=2025-04-01 12.0.1=2026-01-01", "{?,??,???}[._-]* 12.0.1", "20* 2025.04.01"},
		{"imported dates", "r", "2015-04-01 v1.2.0", "2015-04-01=2026-01-02 v1.2.0=2026-01-01", "v* v1.2.0", "20* 2015-04-01"},
		{"whole dates without dashes", "r", "20140101 20150101 1.2.0", "20150101=2015-01-01 1.2.0=2020-01-01", "{?,??,???}[._-]* 1.2.0", "20* 20150101"},
		{"phpactor", "phpactor", phpactor, "2026.07.22.0=2026-07-22 0.18.1=2021-01-01", "20* 2026.07.22.0", "{?,??,???}[._-]* 0.18.1"},
		{"ffmpeg", "FFmpeg", ffmpeg + " v0.6.1", "n7.1=2024-09-30 v0.6.1=2010-10-18", "n* n7.1", "v* v0.6.1"},
		{"tectonic", "tectonic", "v0.1.11 v0.1.12 tectonic@0.9.0 tectonic@0.17.0 tectonic_xdv@0.2.2", "tectonic@0.17.0=2026-05-01 v0.1.12=2019-12-06", "tectonic@* tectonic@0.17.0", "v* v0.1.12"},
		{"3proxy", "3proxy", "0.7 0.7.1.4 0.9.5 3proxy-0.7 3proxy-0.8.8", "3proxy-0.8.8=2016-12-12 0.9.5=2025-03-09", "[0-9]* 0.9.5", "3proxy-* 3proxy-0.8.8"},
		{"a prefix that was dropped", "r", "r-1.9 r-1.10 1.11", "r-1.10=2020-01-01 1.11=2021-01-01", "[0-9]* 1.11", "r-* r-1.10"},
		{"a lone high number", "r", "v1.2.0 v1.3.0 1000", "v1.3.0=2024-01-01 1000=2010-01-01", "v* v1.3.0", "[0-9][0-9][0-9][0-9] 1000"},
		{"systemd", "systemd", "v256 v256.6 v256.7 v257-rc1 v258", "v256.7=2024-10-01 v258=2024-12-01", "v[0-9][0-9][0-9] v258", "v{?,??,???}[._-]* v256.7"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			refs := tagsOf(tt.tags)
			got, choice, err := follow.Choose(refs, tt.repository, sources.Tracking{}, func(tags []string) (map[string]time.Time, error) {
				dates := make(map[string]time.Time)
				for text := range strings.FieldsSeq(tt.dates) {
					tag, day, _ := strings.Cut(text, "=")
					at, err := time.Parse(time.DateOnly, day)
					if err != nil || !slices.Contains(tags, tag) {
						t.Errorf("asked for the dates of %q, want that of %s (%v)", tags, tag, err)
					}
					dates[tag] = at.Add(12 * time.Hour)
				}
				return dates, nil
			})
			if err != nil || choice.Undated != nil || len(choice.Others) != 1 {
				t.Fatalf("got %+v, %+v, %v, want one other scheme", got, choice, err)
			}
			resolved, err := follow.Resolve(refs, got)
			if glob := got.Tags + " " + strings.TrimPrefix(resolved.Ref, "refs/tags/"); err != nil || glob != tt.want {
				t.Errorf("follows %s, %v, want %s", glob, err, tt.want)
			}
			other := choice.Others[0]
			resolved, err = follow.Resolve(refs, sources.Tracking{Tags: other.Tags})
			if glob := other.Tags + " " + other.Newest; err != nil || glob != tt.others || resolved.Ref != "refs/tags/"+other.Newest {
				t.Errorf("the other is %s, %v, and resolves to %s, want %s", glob, err, resolved.Ref, tt.others)
			}
		})
	}
}

// Without dates the choice is a guess, which is said.
func TestChooseUndated(t *testing.T) {
	t.Parallel()
	refs := tagsOf("2025-06-20 v1.2.0")
	got, choice, err := follow.Choose(refs, "r", sources.Tracking{}, undated)
	if err != nil || !errors.Is(choice.Undated, follow.ErrUndated) || len(choice.Others) != 1 || got.Tags == "" || got.Tags == choice.Others[0].Tags {
		t.Errorf("got %+v, %+v, %v, want a choice, another scheme and %v", got, choice, err, follow.ErrUndated)
	}
}

// One scheme needs no dates.
func TestChooseAsksForNothing(t *testing.T) {
	t.Parallel()
	for repository, tags := range map[string]string{
		"brotli": brotli, "ripgrep": ripgrep, "tmux": catppuccin, "cosign": cosign, "freeradius-server": freeradius, "curl": curl, "node": node, "n8n": n8n,
	} {
		_, choice, err := follow.Choose(tagsOf(tags), repository, sources.Tracking{}, func(tags []string) (map[string]time.Time, error) {
			t.Errorf("%s: asked for the dates of %q", repository, tags)
			return nil, follow.ErrUndated
		})
		if err != nil || choice.Others != nil || choice.Undated != nil {
			t.Errorf("%s: got %+v, %v, want one scheme", repository, choice, err)
		}
	}
}

func TestChooseRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		refs sources.Refs
		wish sources.Tracking
		is   error
		hint string
	}{
		{"empty repository", sources.Refs{}, sources.Tracking{}, sources.ErrNotFound, "branch"},
		{"detached head", refsOf("", "heads/main"), sources.Tracking{}, sources.ErrNotFound, "branch"},
		{"default branch that git refuses", refsOf("refs/heads/a..b", "heads/main"), sources.Tracking{}, sources.ErrInvalid, "branch"},
		{"default branch that drives a terminal", refsOf("refs/heads/a\u202eb", "heads/a\u202eb"), sources.Tracking{}, sources.ErrInvalid, "branch"},
		{"no such version", tagsOf(ripgrep), sources.Tracking{Range: sources.Range{Constraint: ">99"}}, sources.ErrNotFound, "constraint"},
		{"no version at all", tagsOf("latest"), sources.Tracking{Range: sources.Range{Prerelease: true}}, sources.ErrNotFound, "branch"},
		{"malformed constraint", tagsOf(ripgrep), sources.Tracking{Range: sources.Range{Constraint: "two"}}, sources.ErrInvalid, ""},
	} {
		got, _, err := follow.Choose(tt.refs, "r", tt.wish, undated)
		if !errors.Is(err, tt.is) || !strings.Contains(sourcestest.AdviceOf(err), tt.hint) {
			t.Errorf("%s: got %+v, %v (hint %q), want %v with %q in the hint", tt.name, got, err, sourcestest.AdviceOf(err), tt.is, tt.hint)
		}
	}
}

// Names are whole names: a suffix, a prefix or the other kind of ref of the same name is something else.
func TestResolve(t *testing.T) {
	t.Parallel()
	refs := refsOf("refs/heads/main",
		"heads/main", "heads/x/main", "heads/main-2", "heads/v1.0", "heads/only-branch", "heads/"+commit[:8], "pull/1/head",
		"tags/v1.0^", "tags/x/v1.0", "tags/v1.0.0", "tags/main", "tags/only-tag", "tags/nightly", "tags/ignore-0.4.9", "tags/release-2.0-final")
	for _, tt := range []struct {
		name string
		wish sources.Tracking
		want sources.Facts
	}{
		{"branch", sources.Tracking{Branch: "main"}, sources.Facts{Rev: idOf("heads/main"), Ref: "refs/heads/main"}},
		{"default branch", sources.Tracking{Branch: sources.DefaultBranch}, sources.Facts{Rev: idOf("heads/main"), Ref: "refs/heads/main"}},
		{"nested branch", sources.Tracking{Branch: "x/main"}, sources.Facts{Rev: idOf("heads/x/main"), Ref: "refs/heads/x/main"}},
		{"branch like a tag", sources.Tracking{Branch: "v1.0"}, sources.Facts{Rev: idOf("heads/v1.0"), Ref: "refs/heads/v1.0"}},
		{"annotated tag", sources.Tracking{Rev: "v1.0"}, sources.Facts{Rev: idOf("tags/v1.0"), Ref: "refs/tags/v1.0", Version: "1.0"}},
		{"tag like a branch", sources.Tracking{Rev: "main"}, sources.Facts{Rev: idOf("tags/main"), Ref: "refs/tags/main", Version: "main"}},
		{"tag without a number", sources.Tracking{Rev: "nightly"}, sources.Facts{Rev: idOf("tags/nightly"), Ref: "refs/tags/nightly", Version: "nightly"}},
		{"tag with a prefix", sources.Tracking{Rev: "ignore-0.4.9"}, sources.Facts{Rev: idOf("tags/ignore-0.4.9"), Ref: "refs/tags/ignore-0.4.9", Version: "0.4.9"}},
		{"tag with a path", sources.Tracking{Rev: "x/v1.0"}, sources.Facts{Rev: idOf("tags/x/v1.0"), Ref: "refs/tags/x/v1.0", Version: "1.0"}},
		{"tag with a suffix", sources.Tracking{Rev: "release-2.0-final"}, sources.Facts{Rev: idOf("tags/release-2.0-final"), Ref: "refs/tags/release-2.0-final", Version: "2.0-final"}},
		{"commit", sources.Tracking{Rev: commit}, sources.Facts{Rev: commit}},
		{"commit in capitals", sources.Tracking{Rev: strings.ToUpper(commit)}, sources.Facts{Rev: commit}},
		{"full name of a branch", sources.Tracking{Branch: "refs/heads/x/main"}, sources.Facts{Rev: idOf("heads/x/main"), Ref: "refs/heads/x/main"}},
		{"full name of a tag", sources.Tracking{Rev: "refs/tags/v1.0"}, sources.Facts{Rev: idOf("tags/v1.0"), Ref: "refs/tags/v1.0", Version: "1.0"}},
		{"full name of another ref", sources.Tracking{Rev: "refs/pull/1/head"}, sources.Facts{Rev: idOf("pull/1/head"), Ref: "refs/pull/1/head"}},
		{"full glob", sources.Tracking{Tags: "refs/tags/v1.*"}, sources.Facts{Rev: idOf("tags/v1.0.0"), Ref: "refs/tags/v1.0.0", Version: "1.0.0"}},
	} {
		if got, err := follow.Resolve(refs, tt.wish); err != nil || got != tt.want {
			t.Errorf("%s: got %+v, %v, want %+v", tt.name, got, err, tt.want)
		}
	}
	for _, tt := range []struct {
		name string
		wish sources.Tracking
		is   error
		hint string
	}{
		{"branch", sources.Tracking{Branch: "mai"}, sources.ErrNotFound, "spelling"},
		{"branch that is a tag", sources.Tracking{Branch: "only-tag"}, sources.ErrNotFound, "rev=only-tag"},
		{"tag", sources.Tracking{Rev: "v1"}, sources.ErrNotFound, "tag"},
		{"tag without its v", sources.Tracking{Rev: "1.0"}, sources.ErrNotFound, "rev=v1.0"},
		{"tag with a v too many", sources.Tracking{Rev: "vnightly"}, sources.ErrNotFound, "rev=nightly"},
		{"tag that is a branch", sources.Tracking{Rev: "only-branch"}, sources.ErrNotFound, "branch=only-branch"},
		{"abbreviated commit", sources.Tracking{Rev: "abcdef1"}, sources.ErrNotFound, "40 digits"},
		{"renamed default branch", sources.Tracking{Branch: "master"}, sources.ErrNotFound, "branch=main"},
		{"full name", sources.Tracking{Branch: "refs/heads/mai"}, sources.ErrNotFound, "spelling"},
		{"full name of another ref", sources.Tracking{Rev: "refs/pull/2/head"}, sources.ErrNotFound, "ls-remote"},
		{"no match", sources.Tracking{Tags: "nope*"}, sources.ErrNotFound, "tag="},
		{"glob of one letter", sources.Tracking{Tags: "?"}, sources.ErrNotFound, "tag="},
		{"constraint", sources.Tracking{Tags: "*", Range: sources.Range{Constraint: ">9"}}, sources.ErrNotFound, "constraint="},
		{"malformed constraint", sources.Tracking{Tags: "*", Range: sources.Range{Constraint: "two"}}, sources.ErrInvalid, ""},
		{"malformed glob", sources.Tracking{Tags: "v[1"}, sources.ErrInvalid, ""},
		{"nothing", sources.Tracking{}, sources.ErrInvalid, ""},
	} {
		got, err := follow.Resolve(refs, tt.wish)
		if !errors.Is(err, tt.is) || !strings.Contains(sourcestest.AdviceOf(err), tt.hint) {
			t.Errorf("%s: got %+v, %v (hint %q), want %v with %q in the hint", tt.name, got, err, sourcestest.AdviceOf(err), tt.is, tt.hint)
		}
	}
	_, err := follow.Resolve(tagsOf(pillow), sources.Tracking{Tags: "9.1*"})
	if !errors.Is(err, sources.ErrNotFound) || !strings.Contains(sourcestest.AdviceOf(err), "prerelease") || !strings.Contains(err.Error(), "9.1.0rc10") {
		t.Errorf("only pre-releases: got %v (hint %q), want a hint at the newest and --prerelease", err, sourcestest.AdviceOf(err))
	}
}

// Whatever a Tracking resolves to, it asked for; and a fixed commit asks for nothing.
func TestPrefixes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		wish sources.Tracking
		want []string // refs that must be asked for
		not  []string // refs that must not, in a repository of half a million
	}{
		{"branch", sources.Tracking{Branch: "main"}, []string{"refs/heads/main", "refs/tags/main"}, []string{"refs/heads/dev", "refs/tags/v1", "refs/pull/1/head"}},
		{"default branch", sources.Tracking{Branch: sources.DefaultBranch}, []string{"HEAD"}, []string{"refs/heads/dev", "refs/tags/v1"}},
		{"glob", sources.Tracking{Tags: "v1.*"}, []string{"refs/tags/v1.0"}, []string{"refs/tags/v2.0", "refs/heads/v1.0"}},
		{"glob from the start", sources.Tracking{Tags: "*"}, []string{"refs/tags/v1.0", "refs/tags/x/y"}, []string{"refs/heads/main"}},
		{"glob of classes", sources.Tracking{Tags: "v[12].?"}, []string{"refs/tags/v1.0", "refs/tags/v2.0"}, []string{"refs/tags/w"}},
		{"glob of choices", sources.Tracking{Tags: "{a,b}-*"}, []string{"refs/tags/a-1", "refs/tags/b-1"}, nil},
		{"escaped glob", sources.Tracking{Tags: `v\*1`}, []string{"refs/tags/v*1"}, []string{"refs/tags/w"}},
		{"release", sources.Tracking{Release: true}, []string{"refs/tags/v1.0"}, []string{"refs/heads/main"}},
		{"tag", sources.Tracking{Rev: "v1.0"}, []string{"refs/tags/v1.0", "refs/heads/v1.0"}, []string{"refs/tags/v2.0"}},
		{"open", sources.Tracking{}, []string{"HEAD", "refs/tags/v1.0"}, []string{"refs/pull/1/head"}},
		{"full name of a tag", sources.Tracking{Rev: "refs/tags/v1.0"}, []string{"refs/tags/v1.0"}, []string{"refs/tags/v2.0"}},
		{"full name of another ref", sources.Tracking{Rev: "refs/pull/1/head"}, []string{"refs/pull/1/head"}, []string{"refs/tags/v1.0", "refs/heads/main"}},
		{"commit", sources.Tracking{Rev: commit}, nil, []string{"HEAD", "refs/heads/main", "refs/tags/v1.0"}},
	} {
		prefixes := follow.Prefixes(tt.wish)
		asked := func(ref string) bool {
			return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(ref, p) })
		}
		for _, ref := range tt.want {
			if !asked(ref) {
				t.Errorf("%s: got prefixes %q, want %s among what they match", tt.name, prefixes, ref)
			}
		}
		for _, ref := range tt.not {
			if asked(ref) {
				t.Errorf("%s: got prefixes %q, which match %s too", tt.name, prefixes, ref)
			}
		}
	}
}
