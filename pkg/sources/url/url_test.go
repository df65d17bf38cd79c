package url_test

import (
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcestest"
	"github.com/pinfetch/pinfetch/pkg/sources/url"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	var cases []sourcestest.Case
	for _, ref := range []string{
		"https://example.org/tool.bin", "http://example.org/tool.bin", "https://example.org:8443/a/tool.bin", "https://example.org/tool.bin?x=1&y=2",
		"https://example.org/a/../tool.bin", "https://192.0.2.1/tool.bin", "https://[2001:db8::1]/tool.bin", "https://example.org/tool.bin%20",
	} {
		title := "tool.bin"
		if strings.HasSuffix(ref, "%20") {
			title += " "
		}
		cases = append(cases, sourcestest.Case{
			Request: sources.Request{Ref: ref}, Spec: url.Spec{URL: ref}, Title: title,
			JSON: `{"type":"url","url":"` + ref + `"}`,
		})
	}
	const ref = "https://example.org/tool-1.0.zip"
	for _, tt := range []struct {
		request sources.Request
		spec    url.Spec
		json    string
	}{
		{sources.Request{Unpack: true}, url.Spec{Content: sources.Content{Unpack: true}}, `"unpack":true`},
		{sources.Request{Unpack: true, NoStripRoot: true}, url.Spec{Content: sources.Content{Unpack: true, NoStripRoot: true}}, `"unpack":true,"noStripRoot":true`},
		{sources.Request{Executable: true}, url.Spec{Content: sources.Content{Executable: true}}, `"executable":true`},
		{sources.Request{StoreName: "name"}, url.Spec{Name: "name"}, `"name":"name"`},
	} {
		tt.request.Ref, tt.spec.URL = ref, ref
		cases = append(cases, sourcestest.Case{Request: tt.request, Spec: tt.spec, Title: "tool", JSON: `{"type":"url","url":"` + ref + `",` + tt.json + `}`})
	}
	sourcestest.Conformance(t, url.New(nil, nil), cases)
}

// What upstream calls a file, and its version, by its address alone.
func TestTitleAndVersion(t *testing.T) {
	t.Parallel()
	set := sources.NewSet(url.New(nil, nil))
	for _, tt := range []struct{ ref, title, version string }{
		{"https://code.jquery.com/jquery-3.7.1.min.js", "jquery", "3.7.1"},
		{"https://example.org/tool-v1.2.3-linux-amd64.tar.gz", "tool", "1.2.3"},
		{"https://example.org/tool_1.2.3_amd64.deb", "tool", "1.2.3"},
		{"https://example.org/tool-1.2.3.tar.xz", "tool", "1.2.3"},
		{"https://example.org/tool-1.2.3-rc1.tar.xz", "tool", "1.2.3-rc1"},
		{"https://example.org/tool-1.2rc1.tgz", "tool", "1.2rc1"},
		{"https://example.org/tool.tar.gz", "tool", ""},
		{"https://example.org/tool", "tool", ""},
		{"https://example.org/tool.sh?raw=true", "tool", ""},
		{"https://example.org/v2.0/tool", "tool", "2.0"},
		{"https://github.com/o/r/releases/download/v1.2/foo", "foo", "1.2"},
		{"https://github.com/o/r/releases/download/v1.2/foo-linux", "foo-linux", "1.2"},
		{"https://github.com/o/r/releases/download/v1.2/foo-1.2.tar.gz", "foo", "1.2"},
		{"https://github.com/o/r/releases/latest/download/foo", "foo", ""},
		{"https://github.com/o/r/raw/main/foo.sh", "foo", ""},
		{"https://crates.io/api/v1/crates/serde/1.0.200/download", "serde", "1.0.200"},
		{"https://registry.npmjs.org/left-pad/-/left-pad-1.3.0.tgz", "left-pad", "1.3.0"},
		{"https://files.pythonhosted.org/packages/source/r/requests/requests-2.31.0.tar.gz", "requests", "2.31.0"},
		{"https://ftp.gnu.org/gnu/hello/hello-2.12.1.tar.gz", "hello", "2.12.1"},
		{"https://www.7-zip.org/a/7z2301-linux-x64.tar.xz", "7z2301-linux-x64", ""},
		{"https://example.org/2048.zip", "2048", ""},
		{"https://example.org/download/", "download", ""},
		{"https://example.org/download", "download", ""},
	} {
		spec, err := set.Parse(sources.Request{Ref: tt.ref})
		if err != nil {
			t.Errorf("%s: %v", tt.ref, err)
			continue
		}
		r, err := set.Resolve(t.Context(), spec)
		if got := spec.Title(); err != nil || got != tt.title || r.Version != tt.version {
			t.Errorf("%s: got title %q, version %q, %v, want %q, %q", tt.ref, got, r.Version, err, tt.title, tt.version)
		}
	}
}

// Unpacked archives of forges are named after the repository.
func TestTitleOfArchives(t *testing.T) {
	t.Parallel()
	set := sources.NewSet(url.New(nil, nil))
	for _, tt := range []struct{ ref, title, version string }{
		{"https://github.com/o/r/archive/refs/tags/v1.2.tar.gz", "r", "1.2"},
		{"https://github.com/o/r/archive/v1.2.3.zip", "r", "1.2.3"},
		{"https://github.com/o/r/archive/refs/tags/v1.tar.gz", "r", ""},
		{"https://gitlab.com/g/r/-/archive/v1.2/r-v1.2.tar.gz", "r", "1.2"},
		{"https://codeload.github.com/o/r/tar.gz/refs/tags/v1.2", "r", "1.2"},
	} {
		spec, err := set.Parse(sources.Request{Ref: tt.ref, Unpack: true})
		if err != nil {
			t.Errorf("%s: %v", tt.ref, err)
			continue
		}
		r, err := set.Resolve(t.Context(), spec)
		if got := spec.Title(); err != nil || got != tt.title || r.Version != tt.version {
			t.Errorf("%s: got title %q, version %q, %v, want %q, %q", tt.ref, got, r.Version, err, tt.title, tt.version)
		}
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	set := sources.NewSet(url.New(nil, nil))
	long := strings.Repeat("l", 300)
	for _, tt := range []struct {
		name    string
		request sources.Request
		want    sources.Fetch
	}{
		{"file", sources.Request{Ref: "https://example.org/a.bin"}, sources.Fetch{Fetcher: sources.FetchURL, URL: "https://example.org/a.bin"}},
		{"executable", sources.Request{Ref: "https://example.org/a", Executable: true}, sources.Fetch{Fetcher: sources.FetchURL, URL: "https://example.org/a", Executable: true}},
		{"contents", sources.Request{Ref: "https://example.org/a.zip", Unpack: true}, sources.Fetch{Fetcher: sources.FetchZip, URL: "https://example.org/a.zip", StripRoot: true}},
		{"contents with roots", sources.Request{Ref: "https://example.org/a.zip", Unpack: true, NoStripRoot: true}, sources.Fetch{Fetcher: sources.FetchZip, URL: "https://example.org/a.zip"}},
		{"contents behind a query", sources.Request{Ref: "https://example.org/a.zip?x=1", Unpack: true}, sources.Fetch{Fetcher: sources.FetchZip, URL: "https://example.org/a.zip?x=1", StripRoot: true}},
		{"named contents", sources.Request{Ref: "https://example.org/a.zip", Unpack: true, StoreName: "n"}, sources.Fetch{Fetcher: sources.FetchZip, URL: "https://example.org/a.zip", StripRoot: true, Name: "n"}},
		// Names that nixpkgs' default (the last component, query and all) would not build.
		{"query", sources.Request{Ref: "https://example.org/a.bin?x=1"}, sources.Fetch{Fetcher: sources.FetchURL, URL: "https://example.org/a.bin?x=1", Name: "a.bin"}},
		{"query alone", sources.Request{Ref: "https://example.org/?file=a"}, sources.Fetch{Fetcher: sources.FetchURL, URL: "https://example.org/?file=a", Name: "source"}},
		{"query of a directory", sources.Request{Ref: "https://example.org/dir/?file=a"}, sources.Fetch{Fetcher: sources.FetchURL, URL: "https://example.org/dir/?file=a", Name: "dir"}},
		{"escapes", sources.Request{Ref: "https://example.org/a%20b%26c"}, sources.Fetch{Fetcher: sources.FetchURL, URL: "https://example.org/a%20b%26c", Name: "a-b-c"}},
		{"tilde", sources.Request{Ref: "https://example.org/~a"}, sources.Fetch{Fetcher: sources.FetchURL, URL: "https://example.org/~a", Name: "a"}},
		{"at", sources.Request{Ref: "https://example.org/a@1"}, sources.Fetch{Fetcher: sources.FetchURL, URL: "https://example.org/a@1", Name: "a-1"}},
		{"dot", sources.Request{Ref: "https://example.org/.a"}, sources.Fetch{Fetcher: sources.FetchURL, URL: "https://example.org/.a", Name: "a"}},
		{"long", sources.Request{Ref: "https://example.org/" + long}, sources.Fetch{Fetcher: sources.FetchURL, URL: "https://example.org/" + long, Name: long[:200]}},
		{"directory", sources.Request{Ref: "https://example.org/a/"}, sources.Fetch{Fetcher: sources.FetchURL, URL: "https://example.org/a/", Name: "a"}},
		{"the user's name first", sources.Request{Ref: "https://example.org/a?x", StoreName: "n"}, sources.Fetch{Fetcher: sources.FetchURL, URL: "https://example.org/a?x", Name: "n"}},
	} {
		spec, err := set.Parse(tt.request)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		got, err := set.Resolve(t.Context(), spec)
		if err != nil || got.Call().Fetch != tt.want {
			t.Errorf("%s: got %+v, %v, want %+v", tt.name, got.Call().Fetch, err, tt.want)
		}
		if got.Call().Fetch.Fetcher == sources.FetchURL {
			if err := got.Call().Fetch.Validate(); err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	generated := []string{
		"https://github.com/o/r/archive/refs/tags/v1.tar.gz", "https://github.com/o/r/archive/v1.zip", "https://codeload.github.com/o/r/tar.gz/v1",
		"https://api.github.com/repos/o/r/tarball/v1", "https://gitlab.com/g/r/-/archive/v1/r-v1.tar.gz", "https://gitlab.example.org/g/s/r/-/archive/v1/r-v1.tar.gz",
		"https://gitlab.com/api/v4/projects/g%2Fr/repository/archive.tar.gz?sha=v1", "https://bitbucket.org/o/r/get/v1.tar.gz", "https://codeberg.org/o/r/archive/v1.tar.gz",
		"https://git.sr.ht/~o/r/archive/v1.tar.gz", "https://go.googlesource.com/g/r/+archive/v1.tar.gz", "https://go.googlesource.com/r/+archive/refs/heads/main/src.tar.gz",
		"https://git.savannah.gnu.org/cgit/r.git/snapshot/r-1.tar.gz", "https://repo.or.cz/r.git/snapshot/v1.tar.gz", "https://git.zx2c4.com/r/snapshot/r-1.tar.xz",
		"https://git.kernel.org/torvalds/t/linux-6.1.tar.gz", "https://sourceware.org/git/?p=r.git;a=snapshot;h=v1;sf=tgz",
	}
	set := sources.NewSet(url.New(nil, nil))
	for _, ref := range generated {
		spec, err := set.Parse(sources.Request{Ref: ref})
		sourcestest.WantRefusal(t, ref, spec, err, "unpack")
		if _, err := set.Parse(sources.Request{Ref: ref, Unpack: true}); err != nil {
			t.Errorf("%s with --unpack: got %v, want it taken", ref, err)
		}
	}
	const ref = "https://example.org/a.zip"
	for _, tt := range []struct {
		name    string
		request sources.Request
		want    string
	}{
		{"branch", sources.Request{Ref: ref, Tracking: sources.Tracking{Branch: "main"}}, "git+" + ref},
		{"rev", sources.Request{Ref: ref, Tracking: sources.Tracking{Rev: "v1"}}, "rev"},
		{"tag", sources.Request{Ref: ref, Tracking: sources.Tracking{Tags: "*"}}, "tag"},
		{"release", sources.Request{Ref: ref, Tracking: sources.Tracking{Release: true}}, "release"},
		{"constraint", sources.Request{Ref: ref, Tracking: sources.Tracking{Range: sources.Range{Constraint: "<2"}}}, "constraint"},
		{"prerelease", sources.Request{Ref: ref, Tracking: sources.Tracking{Range: sources.Range{Prerelease: true}}}, "prerelease"},
		{"submodules", sources.Request{Ref: ref, Checkout: sources.Checkout{Submodules: true}}, "submodules"},
		{"lfs", sources.Request{Ref: ref, Checkout: sources.Checkout{LFS: true}}, "lfs"},
		{"sparse", sources.Request{Ref: ref, Checkout: sources.Checkout{SparseCheckout: "a"}}, "sparse-checkout"},
		{"root", sources.Request{Ref: ref, Checkout: sources.Checkout{RootDir: "a"}}, "root-dir"},
		{"host", sources.Request{Ref: ref, Host: "example.org"}, "host"},
		{"fetch URL", sources.Request{Ref: ref, FetchURL: ref}, "fetch-url"},
		{"no strip root alone", sources.Request{Ref: ref, NoStripRoot: true}, "unpack="},
		{"executable contents", sources.Request{Ref: ref, Executable: true, Unpack: true}, "executable"},
		{"fragment", sources.Request{Ref: ref + "#a"}, "fragment"},
		{"host alone", sources.Request{Ref: "https://example.org/"}, "git+https://example.org/"},
		{"credentials", sources.Request{Ref: "https://u:p@example.org/a"}, "~/.netrc"},
		{"store name", sources.Request{Ref: ref, StoreName: "a b"}, "store path"},
		{"long store name", sources.Request{Ref: ref, StoreName: strings.Repeat("a", 212)}, "store path"},
	} {
		spec, err := set.Parse(tt.request)
		sourcestest.WantRefusal(t, tt.name, spec, err, tt.want)
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	set := sources.NewSet(url.New(nil, nil))
	for name, text := range map[string]string{
		"no URL":       `{"type":"url"}`,
		"file":         `{"type":"url","url":"file:///etc/passwd"}`,
		"credentials":  `{"type":"url","url":"https://u:p@example.org/a"}`,
		"both":         `{"type":"url","url":"https://example.org/a","unpack":true,"executable":true}`,
		"other kind's": `{"type":"url","url":"https://example.org/a","branch":"main"}`,
		"line break":   `{"type":"url","url":"https://example.org/a\nb"}`,
	} {
		if spec, err := set.Decode([]byte(text)); err == nil && spec.Validate() == nil {
			t.Errorf("%s: got %+v, want an error", name, spec)
		}
	}
}
