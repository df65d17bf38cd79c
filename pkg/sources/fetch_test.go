package sources_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

const commit = "0123456789abcdef0123456789abcdef01234567"

// calls are one complete call of each fetcher, with every argument that it takes.
func calls() map[sources.Fetcher]sources.Fetch {
	return map[sources.Fetcher]sources.Fetch{
		sources.FetchURL: {URL: "https://example.org/a", Executable: true},
		sources.FetchZip: {URL: "https://example.org/a", StripRoot: true, Extension: "tar.gz"},
		sources.FetchGit: {
			URL: "https://example.org/a.git", Rev: commit,
			Submodules: true, LFS: true, SparseCheckout: "a\nb", RootDir: "a/b",
		},
		sources.FetchFromGitHub: {Owner: "o", Repo: "r", GithubBase: "ghe.example.org", Rev: commit},
	}
}

func TestFetchValidate(t *testing.T) {
	t.Parallel()
	for fetcher, f := range calls() {
		f.Fetcher, f.Name, f.Private, f.VarPrefix = fetcher, "name", true, "A_1"
		if err := f.Validate(); err != nil {
			t.Errorf("%s: got %v for %+v", fetcher, err, f)
		}
	}
	for name, f := range map[string]sources.Fetch{
		"fetchurl":        {Fetcher: sources.FetchURL, URL: "http://example.org/a?b=c"},
		"fetchzip":        {Fetcher: sources.FetchZip, URL: "https://example.org/a", Extension: "zip"},
		"fetchgit":        {Fetcher: sources.FetchGit, URL: "https://example.org/a", Rev: strings.Repeat("a", 64)},
		"fetchFromGitHub": {Fetcher: sources.FetchFromGitHub, Owner: "o", Repo: ".github", Rev: commit},
	} {
		if err := f.Validate(); err != nil {
			t.Errorf("%s: got %v for the least that it needs", name, err)
		}
	}
}

// Every argument that belongs to another fetcher is refused.
func TestFetchValidateForeign(t *testing.T) {
	t.Parallel()
	common := []string{"Fetcher", "Name", "Private", "VarPrefix"}
	pairs := 0
	for fetcher, own := range calls() {
		own.Fetcher = fetcher
		takes := reflect.ValueOf(own)
		for _, other := range calls() {
			gives := reflect.ValueOf(other)
			for i := range gives.NumField() {
				field := gives.Type().Field(i).Name
				if gives.Field(i).IsZero() || !takes.Field(i).IsZero() || strings.Contains(strings.Join(common, " "), field) {
					continue
				}
				pairs++
				mixed := own
				reflect.ValueOf(&mixed).Elem().Field(i).Set(gives.Field(i))
				if err := mixed.Validate(); !errors.Is(err, sources.ErrInvalid) {
					t.Errorf("%s with %s: got %v, want an ErrInvalid", fetcher, field, err)
				}
			}
		}
	}
	if pairs < 20 {
		t.Errorf("only %d pairs were tried", pairs)
	}
}

func TestFetchValidateRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		fetcher sources.Fetcher
		change  func(*sources.Fetch)
	}{
		{"no fetcher", sources.FetchURL, func(f *sources.Fetch) { f.Fetcher = "" }},
		{"fifth fetcher", sources.FetchURL, func(f *sources.Fetch) { f.Fetcher = "fetchhg" }},
		{"other case", sources.FetchURL, func(f *sources.Fetch) { f.Fetcher = "fetchUrl" }},
		{"no URL", sources.FetchURL, func(f *sources.Fetch) { f.URL = "" }},
		{"no URL", sources.FetchGit, func(f *sources.Fetch) { f.URL = "" }},
		{"scheme", sources.FetchURL, func(f *sources.Fetch) { f.URL = "ftp://example.org/a" }},
		{"mirror", sources.FetchURL, func(f *sources.Fetch) { f.URL = "mirror://gnu/hello" }},
		{"file", sources.FetchGit, func(f *sources.Fetch) { f.URL = "file:///srv/r.git" }},
		{"ssh", sources.FetchGit, func(f *sources.Fetch) { f.URL = "ssh://example.org/r.git" }},
		{"no host", sources.FetchURL, func(f *sources.Fetch) { f.URL = "https:///a" }},
		{"no host but a port", sources.FetchURL, func(f *sources.Fetch) { f.URL = "https://:80/a" }},
		{"no scheme", sources.FetchURL, func(f *sources.Fetch) { f.URL = "example.org/a" }},
		{"credentials", sources.FetchZip, func(f *sources.Fetch) { f.URL = "https://u:p@example.org/a" }},
		{"user", sources.FetchZip, func(f *sources.Fetch) { f.URL = "https://u@example.org/a" }},
		{"space", sources.FetchURL, func(f *sources.Fetch) { f.URL = "https://example.org/a b" }},
		{"line break", sources.FetchURL, func(f *sources.Fetch) { f.URL = "https://example.org/a\n" }},
		{"quote", sources.FetchURL, func(f *sources.Fetch) { f.URL = `https://example.org/a"` }},
		{"apostrophe", sources.FetchURL, func(f *sources.Fetch) { f.URL = "https://example.org/a'" }},
		{"braces", sources.FetchURL, func(f *sources.Fetch) { f.URL = "https://example.org/${a}" }},
		{"backquote", sources.FetchURL, func(f *sources.Fetch) { f.URL = "https://example.org/`a`" }},
		{"backslash", sources.FetchURL, func(f *sources.Fetch) { f.URL = `https://example.org/a\b` }},
		{"no rev", sources.FetchGit, func(f *sources.Fetch) { f.Rev = "" }},
		{"branch", sources.FetchGit, func(f *sources.Fetch) { f.Rev = "main" }},
		{"short rev", sources.FetchFromGitHub, func(f *sources.Fetch) { f.Rev = commit[:39] }},
		{"long rev", sources.FetchFromGitHub, func(f *sources.Fetch) { f.Rev = commit + "0" }},
		{"capitals", sources.FetchFromGitHub, func(f *sources.Fetch) { f.Rev = strings.ToUpper(commit) }},
		{"rev and a line", sources.FetchFromGitHub, func(f *sources.Fetch) { f.Rev = commit + "\n" }},
		{"no extension", sources.FetchZip, func(f *sources.Fetch) { f.Extension = "" }},
		{"strange extension", sources.FetchZip, func(f *sources.Fetch) { f.Extension = "rar" }},
		{"dotted extension", sources.FetchZip, func(f *sources.Fetch) { f.Extension = ".zip" }},
		{"shell in an extension", sources.FetchZip, func(f *sources.Fetch) { f.Extension = "zip;id" }},
		{"extension and a line", sources.FetchZip, func(f *sources.Fetch) { f.Extension = "zip\n" }},
		{"no owner", sources.FetchFromGitHub, func(f *sources.Fetch) { f.Owner = "" }},
		{"no repo", sources.FetchFromGitHub, func(f *sources.Fetch) { f.Repo = "" }},
		{"path as owner", sources.FetchFromGitHub, func(f *sources.Fetch) { f.Owner = "a/b" }},
		{"directory above", sources.FetchFromGitHub, func(f *sources.Fetch) { f.Repo = ".." }},
		{"owner above", sources.FetchFromGitHub, func(f *sources.Fetch) { f.Owner = ".." }},
		{"query as repo", sources.FetchFromGitHub, func(f *sources.Fetch) { f.Repo = "r?x" }},
		{"host with a path", sources.FetchFromGitHub, func(f *sources.Fetch) { f.GithubBase = "h/x" }},
		{"host with a user", sources.FetchFromGitHub, func(f *sources.Fetch) { f.GithubBase = "u@h" }},
		{"host with a scheme", sources.FetchFromGitHub, func(f *sources.Fetch) { f.GithubBase = "https://h" }},
		{"option as host", sources.FetchFromGitHub, func(f *sources.Fetch) { f.GithubBase = "-h" }},
		{"name with a slash", sources.FetchURL, func(f *sources.Fetch) { f.Name = "a/b" }},
		{"name with a dot first", sources.FetchURL, func(f *sources.Fetch) { f.Name = ".a" }},
		{"name with a space", sources.FetchURL, func(f *sources.Fetch) { f.Name = "a b" }},
		{"name with a line", sources.FetchURL, func(f *sources.Fetch) { f.Name = "a\n" }},
		{"long name", sources.FetchURL, func(f *sources.Fetch) { f.Name = strings.Repeat("a", 208) }},
		{"brackets", sources.FetchURL, func(f *sources.Fetch) { f.URL = "https://example.org/a[1-3]" }},
		{"bracket in a query", sources.FetchZip, func(f *sources.Fetch) { f.URL = "https://example.org?a]" }},
		{"directory above", sources.FetchURL, func(f *sources.Fetch) { f.URL = "https://example.org/a/../b" }},
		{"directory above at the end", sources.FetchZip, func(f *sources.Fetch) { f.URL = "https://example.org/a/..?b" }},
		{"same directory", sources.FetchURL, func(f *sources.Fetch) { f.URL = "https://example.org/./b" }},
		{"private over http", sources.FetchURL, func(f *sources.Fetch) { f.Private, f.URL = true, "http://example.org/a" }},
		{"private of an address", sources.FetchGit, func(f *sources.Fetch) { f.Private, f.URL = true, "https://[::1]/a" }},
		{"private without a path", sources.FetchURL, func(f *sources.Fetch) { f.Private, f.URL = true, "https://example.org?a" }},
		{"private of a port", sources.FetchFromGitHub, func(f *sources.Fetch) { f.Private, f.GithubBase = true, "ghe.example.org:8443" }},
		{"prefix of a public call", sources.FetchURL, func(f *sources.Fetch) { f.VarPrefix = "A" }},
		{"prefix in small letters", sources.FetchURL, func(f *sources.Fetch) { f.Private, f.VarPrefix = true, "a" }},
		{"shell in a prefix", sources.FetchURL, func(f *sources.Fetch) { f.Private, f.VarPrefix = true, "A;id" }},
		{"prefix and a line", sources.FetchURL, func(f *sources.Fetch) { f.Private, f.VarPrefix = true, "A\n" }},
		{"option as pattern", sources.FetchGit, func(f *sources.Fetch) { f.SparseCheckout = "--stdin" }},
		{"empty pattern", sources.FetchGit, func(f *sources.Fetch) { f.SparseCheckout = "a\n" }},
		{"absolute directory", sources.FetchGit, func(f *sources.Fetch) { f.RootDir = "/a" }},
		{"directory outside", sources.FetchGit, func(f *sources.Fetch) { f.RootDir = "a/../../b" }},
		{"option as directory", sources.FetchGit, func(f *sources.Fetch) { f.RootDir = "-a" }},
		{"git's own directory", sources.FetchGit, func(f *sources.Fetch) { f.RootDir = ".git" }},
	} {
		f := calls()[tt.fetcher]
		f.Fetcher = tt.fetcher
		tt.change(&f)
		if err := f.Validate(); !errors.Is(err, sources.ErrInvalid) {
			t.Errorf("%s of %s: got %v for %+v, want an ErrInvalid", tt.name, tt.fetcher, err, f)
		}
	}
}

func TestIsCommit(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		commit: true, strings.Repeat("a", 64): true, strings.Repeat("a", 40): true,
		"": false, commit[:39]: false, commit + "0": false, strings.Repeat("a", 65): false, strings.ToUpper(commit): false, commit + "\n": false,
		strings.Repeat("g", 40): false,
	} {
		if got := sources.IsCommit(text); got != want {
			t.Errorf("IsCommit(%q) = %v, want %v", text, got, want)
		}
	}
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	for _, list := range [][]string{nil, {"a"}, {"a", "b c", "é"}} {
		p := sources.NewPatterns(list...)
		if got := p.List(); !reflect.DeepEqual(got, list) {
			t.Errorf("got %q, want %q", got, list)
		}
	}
}

func TestEscapeURL(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://example.org/a":               "https://example.org/a",
		"https://example.org/a[1-3]?b=[c]":    "https://example.org/a%5B1-3%5D?b=%5Bc%5D",
		"https://example.org?[":               "https://example.org?%5B",
		"https://[::1]:8443/a[b]":             "https://[::1]:8443/a%5Bb%5D",
		"https://[::1]":                       "https://[::1]",
		"https://example.org/a/../é[1]//b/./": "https://example.org/%C3%A9%5B1%5D//b/",
		"https://example.org/../a/..?b=/../":  "https://example.org/?b=/../",
		"https://example.org/a%5B1%5D/..a/b.": "https://example.org/a%5B1%5D/..a/b.",
	} {
		got := sources.EscapeURL(text)
		if got != want || sources.EscapeURL(got) != got {
			t.Errorf("EscapeURL(%q) = %q, want %q", text, got, want)
		}
		if err := (sources.Fetch{Fetcher: sources.FetchURL, URL: got}).Validate(); err != nil {
			t.Errorf("%s: %v", got, err)
		}
	}
}

func TestStoreName(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 207)
	for name, want := range map[string]string{
		"": "", "a": "a", long: long, "bcde" + long: long, "b" + long[1:] + ".": long[1:] + ".", "bbb." + long[1:]: long[1:],
		"abcde" + long: "abcde" + long,
	} {
		if got := sources.StoreName(name); got != want {
			t.Errorf("StoreName(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestIsMisnamed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		url, extension string
		want           bool
	}{
		{"https://example.org/a-1.0.tar.gz", "tar.gz", false},
		{"https://example.org/a-1.0.tar.gz", "zip", true},
		{"https://example.org/a-1.0.tgz?x=.zip", "tar.xz", true},
		{"https://example.org/a-1.0.tgz", "tar", false},
		{"https://example.org/a.zip#x", "tar.gz", true},
		{"https://example.org/a.zip/", "tar.gz", false},
		{"https://example.org/zip", "tar.gz", false},
		{"https://example.org/a.tar.zst", "tar.gz", true},
	} {
		f := sources.Fetch{Fetcher: sources.FetchZip, URL: tt.url, Extension: tt.extension}
		if got := f.IsMisnamed(); got != tt.want {
			t.Errorf("%s as %s: got %v, want %v", tt.url, tt.extension, got, tt.want)
		}
	}
}
