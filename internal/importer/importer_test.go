package importer_test

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/importer"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func read(t *testing.T, data, config string) map[string]importer.Entry {
	t.Helper()
	files := importer.Files{}
	if config != "" {
		files.NvfetcherConfig = []byte(config)
	}
	r, err := importer.Read([]byte(data), files)
	if err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	entries := make(map[string]importer.Entry)
	for _, e := range r.Entries {
		entries[e.Name] = e
	}
	return entries
}

// row is a row of testdata/expected.tsv.
type row struct{ file, name, status, source, follows, rev, hash string }

// expected are what files that real projects published mean. The hashes are those of trees that git archive made.
func expected(t *testing.T) (rows []row) {
	t.Helper()
	r := csv.NewReader(strings.NewReader(string(readFile(t, "expected.tsv"))))
	r.Comma, r.Comment, r.LazyQuotes = '\t', '#', true
	records, err := r.ReadAll()
	if err != nil || len(records) < 90 {
		t.Fatalf("%d rows, %v", len(records), err)
	}
	for _, c := range records {
		rows = append(rows, row{c[0], c[1], c[2], c[3], c[4], c[5], c[6]})
	}
	return rows
}

func TestRealFiles(t *testing.T) {
	t.Parallel()
	count := make(map[string]int)
	files := make(map[string]map[string]importer.Entry)
	for _, want := range expected(t) {
		if files[want.file] == nil {
			files[want.file] = read(t, string(readFile(t, want.file)), "")
		}
		count[want.file]++
		e, found := files[want.file][want.name]
		if !found {
			t.Errorf("%s: no entry %s", want.file, want.name)
			continue
		}
		got := want
		got.status, got.source, got.follows, got.rev, got.hash = statusOf(e), sourceOf(e.Follow), followsOf(e.Follow.Tracking), e.At, e.Hash.String()
		switch {
		case want.source == "-": // nothing more is known of a channel
			got = row{want.file, want.name, got.status, "-", "-", "-", "-"}
		case want.follows == "-":
			want.follows = got.follows
		}
		if strings.HasPrefix(want.source, "tarball:") {
			got.rev, got.source = cmp.Or(e.Facts.Rev, "-"), "tarball:"+e.Locked()[0].Ref
		}
		if want.rev == "-" && want.source != "-" && got.rev == "" {
			want.rev = ""
		}
		if want.hash == "computed" {
			want.hash = ""
		}
		if got != want {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}
	for file, entries := range files {
		if len(entries) != count[file] {
			t.Errorf("%s: got %d entries, want %d", file, len(entries), count[file])
		}
	}
}

func statusOf(e importer.Entry) string {
	if e.Skip != nil {
		return "skip"
	}
	return "pin"
}

func sourceOf(r sources.Request) string {
	switch {
	case strings.HasPrefix(r.Ref, "git+"):
		return "git:" + strings.TrimPrefix(r.Ref, "git+")
	case strings.HasPrefix(r.Ref, "https:") && r.Unpack:
		return "tarball:" + r.Ref
	case strings.HasPrefix(r.Ref, "https:"):
		return "url:" + r.Ref
	}
	return strings.TrimPrefix(r.Ref, "github:")
}

func followsOf(t sources.Tracking) string {
	switch {
	case t.Branch == sources.DefaultBranch:
		return "branch (default)"
	case t.Branch != "":
		return "branch " + t.Branch
	case t.Tags != "" && t.Prerelease:
		return "tags " + t.Tags + " pre"
	case t.Tags != "":
		return "tags " + t.Tags
	}
	return "-"
}

// Whatever is cut off is refused as a whole.
func TestCutOff(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*[0-9k].[jl]*")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		data := readFile(t, filepath.Base(file))
		for i := range 20 {
			if _, err := importer.Read(data[:len(data)*i/20], importer.Files{}); !errors.Is(err, importer.ErrUnknown) {
				t.Errorf("%s cut off after %d/20: got %v, want an ErrUnknown", file, i, err)
			}
		}
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		is   error
	}{
		{``, importer.ErrUnknown},
		{`[]`, importer.ErrUnknown},
		{`null`, importer.ErrUnknown},
		{`"pins"`, importer.ErrUnknown},
		{"[package]\nname = \"x\"\n", importer.ErrUnknown},
		{`{"name":"left-pad","version":"1.0.0","dependencies":{}}`, importer.ErrUnknown},
		{`{"lockfileVersion":3,"packages":{"":{}}}`, importer.ErrUnknown},
		{`{"pins":{"a":{"type":"Git"},"a":{"type":"Git"}},"version":6}`, nil},
		{`{"a":{"url":"x"},"a":{"url":"y"}}`, importer.ErrUnknown},
		{`{"a":{"url":"x"},"b":1}`, importer.ErrUnknown},
		{"{\"a\":{\"url\":\"\xff\"}}", importer.ErrUnknown},
		{`{"version":1,"pins":{"a":{"source":{"type":"github"},"fetch":{}}}}`, importer.ErrOwn},
		{`{"pins":{},"version":9}`, importer.ErrVersion},
		{`{"pins":{},"version":-1}`, importer.ErrVersion},
		{`{"pins":{},"version":1e99}`, nil},
		{`{"pins":{},"version":6.5}`, nil},
		{`{"version":"2","sources":{}}`, importer.ErrVersion},
		{`{"version":1,"packages":{}}`, importer.ErrVersion},
		{`{"nodes":{"root":{}},"root":"root","version":8}`, importer.ErrVersion},
		{`{"nodes":{"root":[]},"root":"root","version":7}`, nil},
	} {
		if r, err := importer.Read([]byte(tt.text), importer.Files{}); err == nil || tt.is != nil && !errors.Is(err, tt.is) {
			t.Errorf("%s: got %+v, %v, want %v", tt.text, r, err, tt.is)
		}
	}
	if _, err := importer.Read([]byte(`{"a":{"src":{}}}`), importer.Files{NvfetcherConfig: []byte("[a\n")}); err == nil || !strings.Contains(err.Error(), "nvfetcher.toml") {
		t.Errorf("got %v, want an error about nvfetcher.toml", err)
	}
}

const (
	rev  = "0123456789abcdef0123456789abcdef01234567"
	sri  = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
	nix3 = "0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73" // the same in base 32
)

// want is what an entry has to be: its first way to what is locked, and the fetcher that computes its hash, "" for none.
type want struct {
	follow  sources.Request
	locked  sources.Request
	fetcher sources.Fetcher
	facts   sources.Facts
}

// Each entry is the value of a JSON object in a file of its tool.
func TestEntries(t *testing.T) {
	t.Parallel()
	npins := func(version string) string { return `{"version":` + version + `,"pins":{"x":%}}` }
	const (
		niv   = `{"x":%}`
		lon   = `{"version":"1","sources":{"x":%}}`
		flake = `{"version":7,"root":"root","nodes":{"root":{"inputs":{"x":"y"}},"y":%}}`
	)
	branch := sources.Facts{Ref: "refs/heads/b"}
	tag := sources.Facts{Ref: "refs/tags/v1.0", Version: "1.0"}
	at := func(r sources.Request) sources.Request {
		r.Tracking = sources.Tracking{Rev: rev}
		return r
	}
	on := func(r sources.Request, t sources.Tracking) sources.Request {
		r.Tracking = t
		return r
	}
	gitHub, git := sources.Request{Ref: "github:o/r"}, sources.Request{Ref: "git+https://h.example/r"}
	b, standard := sources.Tracking{Branch: "b"}, sources.Tracking{Branch: sources.DefaultBranch}
	file, archive := sources.Request{Ref: "https://h.example/f"}, sources.Request{Ref: "https://h.example/f", Unpack: true}
	for _, tt := range []struct {
		name, file, entry string
		want              want
	}{
		{"version 0, a branch", npins("0"), `{"type":"GitHub","repository":"r","owner":"o","branch":"b","revision":"REV","hash":"NIX32"}`,
			want{on(gitHub, b), at(gitHub), sources.FetchFromGitHub, branch}},
		{"version 0, a release", npins("0"), `{"type":"GitHubRelease","repository":"r","owner":"o","tarball_url":"https://api.github.com/repos/o/r/tarball/v1.0","release_name":"r 1.0","hash":"NIX32"}`,
			want{on(gitHub, sources.Tracking{Tags: "*"}), on(gitHub, sources.Tracking{Rev: "v1.0"}), sources.FetchFromGitHub, tag}},
		{"version 0, git", npins("0"), `{"type":"Git","repository_url":"https://h.example/r","branch":"b","revision":"REV","hash":"NIX32"}`,
			want{on(git, b), at(git), sources.FetchGit, branch}},
		{"everything of a release", npins("6"), `{"type":"GitRelease","repository":{"type":"GitHub","owner":"o","repo":"r"},"pre_releases":true,"version_upper_bound":"v2","release_prefix":"a*-","submodules":true,"version":"v1.0","revision":"REV","url":null,"hash":"SRI"}`,
			want{sources.Request{Ref: "github:o/r", Tracking: sources.Tracking{Tags: `a\*-*`, Range: sources.Range{Constraint: "<2", Prerelease: true}}, Checkout: sources.Checkout{Submodules: true}},
				sources.Request{Ref: "github:o/r", Tracking: sources.Tracking{Rev: rev}, Checkout: sources.Checkout{Submodules: true}}, sources.FetchGit, tag}},
		{"GitLab", npins("6"), `{"type":"Git","repository":{"type":"GitLab","repo_path":"/g/s/r","server":"https://gitlab.example/"},"branch":"b","revision":"REV","url":"https://gitlab.example/api","hash":"SRI"}`,
			want{sources.Request{Ref: "gitlab:g/s/r", Host: "gitlab.example", Tracking: b}, at(sources.Request{Ref: "gitlab:g/s/r", Host: "gitlab.example"}), sources.FetchZip, branch}},
		{"GitLab below a path", npins("6"), `{"type":"Git","repository":{"type":"GitLab","repo_path":"g/r","server":"https://h.example/gitlab/"},"branch":"b","revision":"REV","url":"https://h.example/api","hash":"SRI"}`,
			want{on(sources.Request{Ref: "git+https://h.example/gitlab/g/r.git"}, b), at(sources.Request{Ref: "git+https://h.example/gitlab/g/r.git"}), sources.FetchZip, branch}},
		{"Forgejo", npins("6"), `{"type":"Git","repository":{"type":"Forgejo","server":"https://f.example","owner":"o","repo":"r"},"branch":"b","revision":"REV","url":"https://f.example/a","hash":"SRI"}`,
			want{sources.Request{Ref: "forgejo:o/r", Host: "f.example", Tracking: b}, at(sources.Request{Ref: "forgejo:o/r", Host: "f.example"}), sources.FetchZip, branch}},
		{"PyPI", npins("5"), `{"type":"PyPi","name":"n","version":"1.0","version_upper_bound":"2","url":"https://h.example/f","hash":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}`,
			want{sources.Request{Ref: "pypi:n", Tracking: sources.Tracking{Range: sources.Range{Constraint: "<2"}}}, file, sources.FetchURL, sources.Facts{Version: "1.0"}}},
		{"a file", npins("8"), `{"type":"Url","url":"https://h.example/f","unpack":false,"hash":"SRI"}`, want{file, file, sources.FetchURL, sources.Facts{}}},
		{"an archive that moves", npins("8"), `{"type":"MutableUrl","update_url":"https://h.example/latest","url":"https://h.example/f","unpack":true,"hash":"SRI"}`,
			want{sources.Request{Ref: "https://h.example/latest", Unpack: true, Redirect: true}, archive, sources.FetchZip, sources.Facts{}}},
		{"an old archive", npins("7"), `{"type":"Tarball","url":"https://h.example/f","hash":"SRI"}`, want{archive, archive, sources.FetchZip, sources.Facts{}}},
		{"an old archive that moves", npins("7"), `{"type":"Tarball","url":"https://h.example/latest","locked_url":"https://h.example/f","hash":"SRI"}`,
			want{sources.Request{Ref: "https://h.example/latest", Unpack: true, Redirect: true}, archive, sources.FetchZip, sources.Facts{}}},

		{"no branch", niv, `{"branch":null,"owner":"o","repo":"r","rev":"REV","sha256":"NIX32","type":"tarball","url":"https://github.com/o/r/archive/REV.tar.gz"}`,
			want{on(gitHub, standard), at(gitHub), sources.FetchFromGitHub, sources.Facts{}}},
		{"a version in a template", niv, `{"version":"1.0","sha256":"SRI","type":"tarball","url":"https://github.com/o/r/archive/refs/tags/v1.0.tar.gz","url_template":"…"}`,
			want{on(gitHub, sources.Tracking{Rev: "v1.0"}), on(gitHub, sources.Tracking{Rev: "v1.0"}), sources.FetchFromGitHub, sources.Facts{}}},
		{"another archive", niv, `{"sha256":"NIX32","type":"tarball","url":"https://h.example/f"}`, want{archive, archive, sources.FetchZip, sources.Facts{}}},
		{"a file of niv", niv, `{"sha256":"NIX32","type":"file","url":"https://h.example/f"}`, want{file, file, sources.FetchURL, sources.Facts{}}},
		{"git of niv", niv, `{"type":"git","repo":"https://h.example/r","branch":"b","rev":"REV","submodules":true}`,
			want{sources.Request{Ref: git.Ref, Tracking: b, Checkout: sources.Checkout{Submodules: true}}, sources.Request{Ref: git.Ref, Tracking: sources.Tracking{Rev: rev}, Checkout: sources.Checkout{Submodules: true}}, "", branch}},
		{"a tag of niv", niv, `{"type":"git","repo":"https://h.example/r","ref":"refs/tags/v1.0","rev":"REV"}`, want{on(git, sources.Tracking{Rev: "v1.0"}), at(git), "", tag}},

		{"git of lon", lon, `{"type":"Git","fetchType":"git","branch":"b","revision":"REV","url":"https://h.example/r","hash":"SRI","lastModified":86400}`,
			want{on(git, b), at(git), "", sources.Facts{Ref: "refs/heads/b", Date: "1970-01-02"}}},
		{"git of lon over ssh", lon, `{"type":"Git","fetchType":"git","branch":"b","revision":"REV","url":"git@h.example:r.git","hash":"SRI"}`,
			want{on(sources.Request{Ref: "git@h.example:r.git"}, b), at(sources.Request{Ref: "git@h.example:r.git"}), "", branch}},
		{"an archive of lon", lon, `{"type":"Tarball","fetchType":"tarball","origin":"https://h.example/latest","url":"https://h.example/f","hash":"SRI"}`,
			want{sources.Request{Ref: "https://h.example/latest", Unpack: true, Redirect: true}, archive, sources.FetchZip, sources.Facts{}}},

		{"an input on GitHub", flake, `{"flake":false,"locked":{"type":"github","owner":"o","repo":"r","rev":"REV","narHash":"SRI","lastModified":86400},"original":{"type":"github","owner":"o","repo":"r","ref":"b"}}`,
			want{on(gitHub, b), at(gitHub), sources.FetchFromGitHub, sources.Facts{Ref: "refs/heads/b", Date: "1970-01-02"}}},
		{"an input at a tag", flake, `{"flake":false,"locked":{"type":"github","owner":"o","repo":"r","rev":"REV","narHash":"SRI"},"original":{"type":"github","owner":"o","repo":"r","ref":"refs/tags/v1.0"}}`,
			want{on(gitHub, sources.Tracking{Rev: "v1.0"}), at(gitHub), sources.FetchFromGitHub, tag}},
		{"an input at a revision", flake, `{"flake":false,"locked":{"type":"github","owner":"o","repo":"r","rev":"REV","narHash":"SRI"},"original":{"type":"github","owner":"o","repo":"r","rev":"REV"}}`,
			want{at(gitHub), at(gitHub), sources.FetchFromGitHub, sources.Facts{}}},
		{"an input on GitLab", flake, `{"flake":false,"locked":{"type":"gitlab","owner":"g%2Fs","repo":"r","host":"gitlab.example","rev":"REV","narHash":"SRI"},"original":{"type":"gitlab"}}`,
			want{sources.Request{Ref: "gitlab:g/s/r", Host: "gitlab.example", Tracking: standard}, at(sources.Request{Ref: "gitlab:g/s/r", Host: "gitlab.example"}), sources.FetchZip, sources.Facts{}}},
		{"an input on sourcehut", flake, `{"flake":false,"locked":{"type":"sourcehut","owner":"~u","repo":"r","rev":"REV","narHash":"SRI"},"original":{"type":"sourcehut"}}`,
			want{on(sources.Request{Ref: "sourcehut:~u/r"}, standard), at(sources.Request{Ref: "sourcehut:~u/r"}), sources.FetchZip, sources.Facts{}}},
		{"a git input", flake, `{"flake":false,"locked":{"type":"git","url":"https://h.example/r","ref":"refs/heads/main","rev":"REV","narHash":"SRI","submodules":true},"original":{"type":"git","url":"https://h.example/r"}}`,
			want{sources.Request{Ref: git.Ref, Tracking: standard, Checkout: sources.Checkout{Submodules: true}}, sources.Request{Ref: git.Ref, Tracking: sources.Tracking{Rev: rev}, Checkout: sources.Checkout{Submodules: true}}, "", sources.Facts{}}},
		{"a file input", flake, `{"flake":false,"locked":{"type":"file","url":"https://h.example/f","narHash":"SRI"},"original":{"type":"file","url":"https://h.example/f"}}`, want{file, file, "", sources.Facts{}}},

		{"gridlock", `{"version":0,"packages":{"x":%}}`, `{"branch":"b","owner":"o","repo":"r","rev":"REV","sha256":"NIX32","url":"https://h.example/f"}`,
			want{on(gitHub, b), at(gitHub), sources.FetchFromGitHub, branch}},
	} {
		text := strings.NewReplacer("REV", rev, "SRI", sri, "NIX32", nix3).Replace(strings.Replace(tt.file, "%", tt.entry, 1))
		e := read(t, text, "")["x"]
		got := want{follow: e.Follow, facts: e.Facts}
		got.locked = e.Locked()[0]
		if len(e.Fetchers) > 0 {
			got.fetcher = e.Fetchers[0]
		}
		if tt.want.fetcher == sources.FetchFromGitHub {
			tt.want.fetcher = sources.FetchZip // the same hash
		}
		if e.Skip != nil || !reflect.DeepEqual(got, tt.want) || (tt.want.fetcher != "") != (e.Hash.String() == sri) {
			t.Errorf("%s: got %+v (hash %s, skip %v)\nwant %+v", tt.name, got, e.Hash, e.Skip, tt.want)
		}
	}
}

// What is not imported is listed with its reason.
func TestSkipped(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text      string
		is        error
		says      string
		evaluated bool
	}{
		{`{"version":8,"pins":{"x":{"type":"Channel","name":"nixos-unstable","url":"https://releases.nixos.org/n.tar.xz","hash":"SRI"}}}`, importer.ErrSkipped, "channel", true},
		{`{"version":8,"pins":{"x":{"type":"Container","image_name":"a/b","image_tag":"1"}}}`, importer.ErrSkipped, "a/b:1", false},
		{`{"version":8,"pins":{"x":{"type":"Svn"}}}`, importer.ErrEntry, `"Svn"`, false},
		{`{"version":8,"pins":{"x":{"type":"Git","repository":{"type":"Svn"},"branch":"b","revision":"REV"}}}`, importer.ErrEntry, `"Svn"`, false},
		{`{"version":8,"pins":{"x":{"type":"Git","repository":7,"branch":"b","revision":"REV"}}}`, importer.ErrEntry, "repository", false},
		{`{"version":8,"pins":{"x":{"type":"Git","repository":{"type":"GitHub","owner":"o","repo":"r"},"branch":"b"}}}`, importer.ErrEntry, "revision", false},
		{`{"version":8,"pins":{"x":{"type":"Git","repository":{"type":"GitHub","owner":"o","repo":"r"},"branch":"b","revision":"REV","hash":"md5-x"}}}`, importer.ErrEntry, "hash", false},
		{`{"version":8,"pins":{"x":{"type":"PyPi","name":"n?host=h.example","version":"1","url":"https://h.example/f"}}}`, importer.ErrEntry, "not a name", false},
		{`{"version":8,"pins":{"x":{"type":"Git","repository":{"type":"GitLab","repo_path":"g/r?host=h.example","server":"https://gitlab.com"},"branch":"b","revision":"REV"}}}`, importer.ErrEntry, "not a name", false},
		{`{"version":8,"pins":{"x":[]}}`, importer.ErrEntry, "", false},
		{`{"x":{"type":"local","path":"/home"}}`, importer.ErrSkipped, "local", false},
		{`{"x":{"type":"tarball","owner":"NixOS","repo":"nixpkgs","rev":"REV","url":"https://github.com/NixOS/nixpkgs/archive/REV.tar.gz"}}`, importer.ErrSkipped, "nixpkgs", true},
		{`{"version":7,"root":"root","nodes":{"root":{"inputs":{"x":["a","nixpkgs"]}}}}`, importer.ErrSkipped, "a/nixpkgs", false},
		{`{"version":7,"root":"root","nodes":{"root":{"inputs":{"x":"y"}}}}`, importer.ErrEntry, "node", false},
		{`{"version":7,"root":"root","nodes":{"root":{"inputs":{"x":"y"}},"y":{"flake":false,"locked":{"type":"path"}}}}`, importer.ErrSkipped, "local", false},
		{`{"version":7,"root":"root","nodes":{"root":{"inputs":{"x":"y"}},"y":{"flake":false,"locked":{"type":"indirect"}}}}`, importer.ErrSkipped, "registry", false},
		{`{"version":7,"root":"root","nodes":{"root":{"inputs":{"x":"y"}},"y":{"locked":{"type":"git","url":"https://h.example/r","rev":"REV"}}}}`, importer.ErrSkipped, "flake", true},
		{`{"x":{"src":{"type":"github","owner":"o","repo":"r","rev":"v1","sha256":"SRI","leaveDotGit":true}}}`, importer.ErrSkipped, "leaveDotGit", false},
		{`{"x":{"src":{"type":"git","url":"https://h.example/r","rev":"v1","sha256":"SRI","deepClone":true}}}`, importer.ErrSkipped, "deepClone", false},
		{`{"x":{"src":{"type":"docker"}}}`, importer.ErrSkipped, "container", false},
		{`{"x":{"src":{"type":"url","url":"file:///dev/null","sha256":"SRI"}}}`, importer.ErrSkipped, "local", false},
	} {
		e := read(t, strings.NewReplacer("REV", rev, "SRI", sri).Replace(tt.text), "")["x"]
		if !errors.Is(e.Skip, tt.is) || !strings.Contains(e.Skip.Error(), tt.says) || e.Evaluated != tt.evaluated {
			t.Errorf("%s: got %v (evaluated %v), want %v with %q", tt.text, e.Skip, e.Evaluated, tt.is, tt.says)
		}
	}
}

// However long a value is, what is said about it is short.
func TestLong(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 1<<20)
	for _, text := range []string{
		`{"version":8,"pins":{"x":{"type":"LONG"}}}`, `{"version":8,"pins":{"x":{"type":"Url","url":"https://h.example/LONG"}}}`,
		`{"version":8,"pins":{"x":{"type":"Git","repository":{"type":"GitHub","owner":"LONG","repo":"r"},"branch":"LONG","revision":"LONG","hash":"LONG"}}}`,
		`{"version":8,"pins":{"x":{"type":"PyPi","name":"n","version":"LONG","url":"LONG","version_upper_bound":"LONG"}}}`,
		`{"x":{"type":"git","repo":"LONG","rev":"LONG"}}`, `{"x":{"src":{"type":"github","owner":"o","repo":"r","rev":"LONG"}}}`,
		`{"version":7,"root":"root","nodes":{"root":{"inputs":{"x":["LONG"]}}}}`,
	} {
		e := read(t, strings.ReplaceAll(text, "LONG", long), "")["x"]
		if e.Skip == nil || len(e.Skip.Error()) > 1000 || len(e.Follow.Ref) > 5000 {
			t.Errorf("%s: got an error of %d bytes, %.100v", text, len(fmt.Sprint(e.Skip)), e.Skip)
		}
	}
}

// A token in another tool's file goes nowhere.
func TestToken(t *testing.T) {
	t.Parallel()
	const token = "glpat-c4n4ry"
	e := read(t, `{"version":6,"pins":{"x":{"type":"Git","repository":{"type":"GitLab","repo_path":"g/r","server":"https://gitlab.example/","private_token":"`+token+`"},
		"branch":"b","revision":"`+rev+`","url":"https://gitlab.example/api?private_token=`+token+`","hash":"`+sri+`"}}}`, "")["x"]
	if !e.Follow.Private || len(e.Warnings) != 1 || strings.Contains(fmt.Sprintf("%+v", e), token) {
		t.Errorf("got %+v, want a private source, a warning, and no token", e)
	}
}

// nvfetcher.toml says what to follow. Entries are those of generated.json.
func TestNvfetcherConfig(t *testing.T) {
	t.Parallel()
	const (
		github  = `{"version":"v1.0","src":{"type":"github","owner":"o","repo":"r","rev":"v1.0","sha256":"SRI"}}`
		commit  = `{"version":"REV","pinned":true,"src":{"type":"git","url":"https://github.com/o/r.git","rev":"REV","sha256":"SRI","sparseCheckout":["a"],"name":"n"}}`
		url     = `{"version":"v1.0","src":{"type":"url","url":"https://h.example/v1.0/f-v1.0","name":"f","sha256":"SRI"}}`
		app     = `{"version":"v1.0","src":{"type":"url","url":"https://h.example/v1.0/f.zip","sha256":"SRI"}}`
		version = `{"version":"1.0","src":{"type":"url","url":"https://h.example/f-1.0","sha256":"SRI"}}`
	)
	fixed := sources.Tracking{Rev: "v1.0"}
	from := func(ref, from string, t sources.Tracking) sources.Request {
		return sources.Request{Ref: ref, From: from, Tracking: t}
	}
	repo := func(t sources.Tracking) sources.Request { return sources.Request{Ref: "github:o/r", Tracking: t} }
	checkout := sources.Request{Ref: "git+https://github.com/o/r.git", StoreName: "n", Checkout: sources.Checkout{SparseCheckout: sources.NewPatterns("a")}}
	on := func(r sources.Request, t sources.Tracking) sources.Request {
		r.Tracking = t
		return r
	}
	template := from("https://h.example/{tag}/f-{tag}", "github:o/r", sources.Tracking{Release: true})
	template.StoreName = "f-{tag}"
	named := from("https://h.example/{tag}/f.zip", "github:o/r", sources.Tracking{Release: true})
	named.StoreName = "f.zip"
	page := from("https://h.example/f-{version}", "https://h.example/list", sources.Tracking{})
	page.Match = `f-([0-9.]+)`
	for _, tt := range []struct {
		name, entry, config string
		want                sources.Request
		warns               string // in the only warning; "" for none
	}{
		{"releases", github, `src.github = "o/r"`, repo(sources.Tracking{Release: true}), ""},
		{"tags", github, `src.github_tag = "o/r"`, repo(sources.Tracking{Tags: "*"}), ""},
		{"some tags", github, "src.github_tag = \"O/R\"\nsrc.include_regex = '^v[0-9.]+\\.\\d+$'", repo(sources.Tracking{Tags: "v*.*"}), ""},
		{"a prefix of tags", github, `src.github_tag = "o/r"` + "\n" + `src.include_regex = "zt-.*"`, repo(sources.Tracking{Tags: "zt-*"}), ""},
		{"a regular expression", github, `src.github_tag = "o/r"` + "\n" + `src.include_regex = "(a|b).*"`, repo(sources.Tracking{Tags: "*"}), "include_regex"},
		{"left out tags", github, `src.github_tag = "o/r"` + "\n" + `src.exclude_regex = "rc"`, repo(sources.Tracking{Tags: "*"}), "exclude_regex"},
		{"a version by hand", github, `src.manual = "v1.0"`, repo(fixed), ""},
		{"another repository", github, `src.github = "o/other"`, repo(fixed), "src.github = o/other"},
		{"a command", github, `src.cmd = "echo v1.0"`, repo(fixed), "src.cmd"},
		{"no table", github, ``, repo(fixed), "no table"},
		{"a table of another form", github, `src = 7`, repo(fixed), "cannot be read"},
		{"the default branch", commit, `src.git = "https://github.com/o/r"`, on(checkout, sources.Tracking{Branch: sources.DefaultBranch}), ""},
		{"a branch", commit, "src.git = \"https://github.com/o/r\"\nsrc.branch = \"dev\"", on(checkout, sources.Tracking{Branch: "dev"}), ""},
		{"a release of a checkout", commit, `src.github = "o/r"`, on(checkout, sources.Tracking{Tags: "*"}), ""},
		{"a file of a release", url, "src.github = \"o/r\"\nfetch.url = \"https://h.example/$ver/f-$ver\"\nurl.name = \"f-$ver\"", template, ""},
		{"a file whose name has no version", app, "src.github = \"o/r\"\nfetch.url = \"https://h.example/$ver/f.zip\"", named, ""},
		{"a file without v", version, "src.github_tag = \"o/r\"\nsrc.prefix = \"v\"\nfetch.url = \"https://h.example/f-$ver\"",
			from("https://h.example/f-{version}", "github:o/r", sources.Tracking{Tags: "*"}), ""},
		{"a file of a page", version, "src.webpage = \"https://h.example/list\"\nsrc.regex = 'f-([0-9.]+)'\nfetch.url = \"https://h.example/f-$ver\"", page, ""},
		{"a file of a package", version, "src.pypi = \"p\"\nfetch.url = \"https://h.example/f-$ver\"", from("https://h.example/f-{version}", "pypi:p", sources.Tracking{}), ""},
		{"a package", version, "src.pypi = \"p\"\nfetch.pypi = \"p\"", sources.Request{Ref: "pypi:p"}, ""},
		{"an extension", version, "src.openvsx = \"a.b\"\nfetch.openvsx = \"a.b\"", sources.Request{Ref: "openvsx:a/b"}, ""},
		{"another extension", version, "src.vsmarketplace = \"a.b\"\nfetch.vsmarketplace = \"a.b\"", sources.Request{Ref: "vscode:a/b"}, ""},
		{"a fixed file", version, "src.manual = \"1.0\"\nfetch.url = \"https://h.example/f-$ver\"", sources.Request{Ref: "https://h.example/f-1.0"}, ""},
		{"another address", version, "src.github = \"o/r\"\nfetch.url = \"https://h.example/g-$ver\"", sources.Request{Ref: "https://h.example/f-1.0"}, "$ver"},
		{"a file of a command", version, "src.cmd = \"x\"\nfetch.url = \"https://h.example/f-$ver\"", sources.Request{Ref: "https://h.example/f-1.0"}, "src.cmd"},
	} {
		config := "[other]\nsrc.manual = \"1\"\n"
		if tt.config != "" {
			config += "[x]\n" + tt.config + "\n"
		}
		e := read(t, strings.NewReplacer("REV", rev, "SRI", sri).Replace(`{"x":`+tt.entry+`}`), config)["x"]
		warnings := strings.Join(e.Warnings, "\n")
		if e.Skip != nil || !reflect.DeepEqual(e.Follow, tt.want) || e.Hash.String() != sri || !strings.Contains(warnings, tt.warns) || (tt.warns == "") != (warnings == "") {
			t.Errorf("%s: got %+v, %q (skip %v)\nwant %+v, %q", tt.name, e.Follow, warnings, e.Skip, tt.want, tt.warns)
		}
		if e.Frozen != strings.Contains(tt.entry, "pinned") || e.At == "" && e.URL == "" && e.Follow.Ref != "https://h.example/f-1.0" {
			t.Errorf("%s: got %+v, want it locked and frozen as it is", tt.name, e)
		}
	}
}

// Nothing of any file makes reading it panic.
func FuzzRead(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.*")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, []byte("[x]\nsrc.git = \"https://h.example\"\n"))
	}
	f.Fuzz(func(_ *testing.T, data, config []byte) {
		r, err := importer.Read(data, importer.Files{NvfetcherConfig: config})
		for _, e := range r.Entries {
			if err == nil {
				e.Locked()
			}
		}
	})
}
