package pypi_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/pypi"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcestest"
	"github.com/pinfetch/pinfetch/test/dial"
	"github.com/pinfetch/pinfetch/test/forgetest"
	"github.com/pinfetch/pinfetch/test/registrytest"
)

const (
	files  = "https://files.pythonhosted.org/packages/"
	hashed = "97/10/92d25b93e9c266c94b76a5548f020f3f1dd0eb40649cb1993532c0af8f4c/"
	// The digest of requests-2.20.0.tar.gz, in hex and as nixpkgs writes it.
	sum = "99dcfdaaeb17caf6e526f32b6a7b780461512ab3f1d992187801694cba42770c"
	sri = "sha256-mdz9qusXyvblJvMrant4BGFRKrPx2ZIYeAFpTLpCdww="
)

// index writes what an index says of a package: "NAME DAY REASON" for each file, without a reason for what is not yanked.
func index(base string, entries ...string) forgetest.Content {
	var list []string
	for _, entry := range entries {
		name, rest, _ := strings.Cut(entry, " ")
		day, reason, _ := strings.Cut(rest, " ")
		list = append(list, fmt.Sprintf(`{"filename":"%s","hashes":{"sha256":"%s"},"requires-python":null,"size":1,"upload-time":"%sT10:00:00.000000Z","url":"%s","yanked":"%s"}`,
			name, sum, day, base+name, reason))
	}
	return forgetest.Content{Body: []byte(`{"files":[` + strings.Join(list, ",") + `],"meta":{"api-version":"1.1"},"name":"x"}`), ContentType: "application/vnd.pypi.simple.v1+json"}
}

// tool is a package with files of many sorts, in the order of their names.
func tool(t *testing.T) *forgetest.Forge {
	t.Helper()
	f := forgetest.New(t)
	entries := []string{
		"zope.tool-0.9-py2.7.egg 2020-01-01", "zope.tool-0.9.win32.exe 2020-01-01", "zope.tool-0.9.zip 2020-01-01",
		"zope.tool-1.0.zip 2021-01-01", "zope.tool-1.0.tar.gz 2021-01-02", "zope_tool-1.0-py2.py3-none-any.whl 2021-01-03",
		"Zope_Tool-1.0.post1.tar.gz 2021-02-01",
		"zope_tool-1.1-1-py3-none-any.whl 2022-01-01", "zope_tool-1.1-2-py3-none-any.whl 2022-01-01", "zope_tool-1.1-py3-none-any.whl 2022-01-01", "zope_tool-1.1.0.tar.gz 2022-01-01",
		"zope_tool-1.2-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl 2022-02-01", "zope_tool-1.2-cp312-cp312-musllinux_1_1_x86_64.whl 2022-02-01",
		"zope_tool-1.2-cp312-cp312-macosx_11_0_arm64.whl 2022-02-01", "zope_tool-1.2.tar.gz 2022-02-01",
		"zope_tool-1.3-cp312-cp312-manylinux_2_28_x86_64.whl 2022-03-01",
		"zope_tool-1.4.tar.gz 2022-04-01 it eats files",
		"zope_tool-2.0.dev1.tar.gz 2022-05-01", "zope_tool-2.0rc1.tar.gz 2999-01-01", "other-9.0.tar.gz 2020-01-01", "zope_tool-../9.0.tar.gz 2020-01-01",
	}
	f.File("pypi.org", "/simple/zope-tool/", index(files+hashed, entries...))
	f.File("pypi.example.org", "/simple/zope-tool/", index("../../files/", entries...))
	f.File("pypi.org", "/simple/binary/", index(files+hashed, "binary-1.0-py3-none-any.whl 2020-01-01"))
	return f
}

func TestConformance(t *testing.T) {
	t.Parallel()
	w, _ := dial.Forge(t, tool(t), nil)
	words := []string{"x86_64-linux=cp312-cp312-manylinux*_x86_64", "aarch64-darwin=cp312-cp312-macosx_11_0_arm64"}
	var cases []sourcestest.Case
	for _, tt := range []struct {
		request sources.Request
		spec    pypi.Spec
		json    string
	}{
		{sources.Request{Ref: "pypi:zope-tool"}, pypi.Spec{}, ``},
		{sources.Request{Ref: "pypi:Zope.Tool"}, pypi.Spec{}, ``},
		{sources.Request{Ref: "pkg:pypi/zope_tool"}, pypi.Spec{}, ``},
		{sources.Request{Ref: "https://pypi.org/project/zope.tool/#files"}, pypi.Spec{}, ``},
		{sources.Request{Ref: "https://pypi.org/project/zope.tool/1.0/"}, pypi.Spec{Versions: sources.Versions{Version: "1.0"}}, `,"version":"1.0"`},
		{sources.Request{Ref: "pkg:pypi/zope-tool@1.0"}, pypi.Spec{Versions: sources.Versions{Version: "1.0"}}, `,"version":"1.0"`},
		{sources.Request{Ref: "pypi:zope-tool", Wheel: "py3-none-any"}, pypi.Spec{Wheel: "py3-none-any"}, `,"wheel":"py3-none-any"`},
		{sources.Request{Ref: "pypi:zope-tool", Systems: words}, pypi.Spec{Systems: "aarch64-darwin cp312-cp312-macosx_11_0_arm64\nx86_64-linux cp312-cp312-manylinux*_x86_64"},
			`,"systems":{"aarch64-darwin":"cp312-cp312-macosx_11_0_arm64","x86_64-linux":"cp312-cp312-manylinux*_x86_64"}`},
		{sources.Request{Ref: "pypi:zope-tool", StoreName: "n", Tracking: sources.Tracking{Range: sources.Range{Constraint: "<2", Prerelease: true, MinAge: "2w"}}},
			pypi.Spec{Name: "n", Versions: sources.Versions{Range: sources.Range{Constraint: "<2", Prerelease: true, MinAge: "2w"}}},
			`,"constraint":"<2","prerelease":true,"minAge":"2w","name":"n"`},
	} {
		tt.spec.Package = "zope-tool"
		cases = append(cases, sourcestest.Case{Request: tt.request, Spec: tt.spec, Title: "zope-tool", JSON: `{"type":"pypi","package":"zope-tool"` + tt.json + `}`})
	}
	cases = append(cases, sourcestest.Case{
		Request: sources.Request{Ref: "pypi:zope-tool?host=pypi.example.org"}, Spec: pypi.Spec{Host: "pypi.example.org", Package: "zope-tool"},
		JSON: `{"type":"pypi","host":"pypi.example.org","package":"zope-tool"}`, Title: "zope-tool",
	})
	sourcestest.Conformance(t, pypi.New(w.RoundTripper()), cases)
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	item := `{"filename":"a-%s.tar.gz","hashes":{"sha256":"` + sum + `"},"url":"` + files + hashed + `a-%s.tar.gz","yanked":"%m"}`
	registrytest.Test(t, registrytest.Package{
		New: pypi.New, Ref: "pypi:a", Host: "pypi.org", Path: "/simple/a/", Early: "2.0.0rc1", Withdrawn: "2.0.0 | it eats files",
		List: registrytest.JSON(`{"files":[`, item, `]}`),
	})
}

func TestChoose(t *testing.T) {
	t.Parallel()
	f := tool(t)
	at := func(version string) sources.Tracking { return sources.Tracking{Rev: version} }
	in := func(r sources.Range) sources.Tracking { return sources.Tracking{Range: r} }
	for _, tt := range []struct {
		name    string
		request sources.Request
		want    string // version, day and files
	}{
		{"sdist", sources.Request{}, "1.2 2022-02-01 zope_tool-1.2.tar.gz"},
		{"the best format", sources.Request{Tracking: at("1")}, "1.0 2021-01-03 zope.tool-1.0.tar.gz"},
		{"another format", sources.Request{Tracking: at("0.9.0")}, "0.9 2020-01-01 zope.tool-0.9.zip"},
		{"post-release", sources.Request{Tracking: in(sources.Range{Constraint: "<1.1"})}, "1.0.post1 2021-02-01 Zope_Tool-1.0.post1.tar.gz"},
		{"pre-release", sources.Request{Tracking: in(sources.Range{Prerelease: true})}, "2.0rc1 2999-01-01 zope_tool-2.0rc1.tar.gz"},
		{"old pre-release", sources.Request{Tracking: in(sources.Range{Prerelease: true, MinAge: "1h"})}, "2.0.dev1 2022-05-01 zope_tool-2.0.dev1.tar.gz"},
		{"yanked", sources.Request{Tracking: at("1.4")}, "1.4 2022-04-01 zope_tool-1.4.tar.gz; upstream withdrew 1.4: it eats files"},
		{"wheel of two Pythons", sources.Request{Wheel: "py3-none-any", Tracking: at("1.0")}, "1.0 2021-01-03 zope_tool-1.0-py2.py3-none-any.whl"},
		{"last build of a wheel", sources.Request{Wheel: "py3-none-any"}, "1.1 2022-01-01 zope_tool-1.1-2-py3-none-any.whl"},
		{"sdist of the same version", sources.Request{Tracking: at("1.1.0")}, "1.1 2022-01-01 zope_tool-1.1.0.tar.gz"},
		{"old platform", sources.Request{Wheel: "cp312-cp312-manylinux_2_17_x86_64"}, "1.2 2022-02-01 zope_tool-1.2-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"},
		{"any platform", sources.Request{Wheel: "cp312-*-manylinux*_x86_64"}, "1.3 2022-03-01 zope_tool-1.3-cp312-cp312-manylinux_2_28_x86_64.whl"},
		{"systems", sources.Request{Systems: []string{"x86_64-linux=cp312-cp312-manylinux*_x86_64", "aarch64-darwin=cp312-cp312-macosx*_arm64"}},
			"1.2 2022-02-01 zope_tool-1.2-cp312-cp312-macosx_11_0_arm64.whl zope_tool-1.2-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"},
		{"no such wheel", sources.Request{Wheel: "py2-none-any", Tracking: at("1.1")}, `error: version 1.1 of package "zope-tool": no wheel py2-none-any, only the wheels py3-none-any, py3-none-any, py3-none-any: not found; `},
		{"no sdist at all", sources.Request{Ref: "pypi:binary"}, `error: package "binary": 1.0: no sdist, only the wheels py3-none-any: not found; wheel=py3-none-any`},
	} {
		if tt.request.Ref == "" {
			tt.request.Ref = "pypi:zope-tool"
		}
		found, err := registrytest.Package{New: pypi.New}.Resolve(t, f, tt.request)
		got := found.Version + " " + found.Date
		for _, c := range found.Calls {
			got += " " + strings.TrimPrefix(c.URL, files+hashed)
			if c.Hash.String() != sri || c.Fetcher != sources.FetchURL {
				t.Errorf("%s: got %+v, want the published hash", tt.name, c)
			}
		}
		if found.Notice != "" {
			got += "; " + found.Notice
		}
		if err != nil {
			got = "error: " + err.Error() + "; " + sourcestest.AdviceOf(err)
		}
		if got != tt.want {
			t.Errorf("%s:\n got %q\nwant %q", tt.name, got, tt.want)
		}
	}
}

// The hashes are those of nixpkgs' fetchPypi, for entries of the real index.
func TestGolden(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, digest, path, version, file, sri string }{
		{"requests", sum, hashed, "2.20.0", "requests-2.20.0.tar.gz", sri},
		{"nltk", "74b30826a37d78d53427105bbd037dd880251be269fca64ee530838a46ed55fc", "5a/79/ddce5929c47a7bd8be7127a763eab4d55ab0236ecb53478ba8acfc9a1ee2/", "3.8", "nltk-3.8.zip",
			"sha256-dLMIJqN9eNU0JxBbvQN92IAlG+Jp/KZO5TCDikbtVfw="},
	} {
		f := forgetest.New(t)
		// A mirror may give relative addresses, or its own.
		for _, base := range []string{files, "../../packages/", "https://mirror.example.org/packages/"} {
			f.File("pypi.org", "/simple/"+tt.name+"/", forgetest.Content{Body: fmt.Appendf(nil, `{"files":[{"filename":%q,"hashes":{"sha256":%q},"url":%q,"yanked":false}]}`,
				tt.file, tt.digest, base+tt.path+tt.file+"#sha256="+tt.digest)})
			got, err := registrytest.Package{New: pypi.New}.Resolve(t, f, sources.Request{Ref: "pypi:" + tt.name})
			if c := got.Call(); err != nil || c.URL != files+tt.path+tt.file || c.Hash.String() != tt.sri || got.Version != tt.version {
				t.Errorf("%s: got %+v %s, %v", tt.name, c.Fetch, c.Hash, err)
			}
		}
		if requests := f.Requests(); len(requests) != 3 {
			t.Errorf("got %d requests, want one for each index", len(requests))
		}
	}
}

// What an index says of a file must be of that file.
func TestFileElsewhere(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"https://example.org/a-1.0.tar.gz", files + "source/a/a-1.0.tar.gz", files + hashed[:20] + "/a-1.0.tar.gz", "javascript:alert(1)", "", "%", "//[", strings.Repeat("x", 1<<20),
	} {
		for host, want := range map[string]string{"": "pypi.org", "pypi.example.org": "pypi.example.org"} {
			f := forgetest.New(t)
			f.File(want, "/simple/a/", forgetest.Content{Body: fmt.Appendf(nil, `{"files":[{"filename":"a-1.0.tar.gz","hashes":{"sha256":"%s"},"url":%q}]}`, sum, address)})
			got, err := registrytest.Package{New: pypi.New}.Resolve(t, f, sources.Request{Ref: "pypi:a", Host: host})
			if err == nil || !strings.Contains(err.Error(), `file "a-1.0.tar.gz" is at`) || len(err.Error()) > 1000 {
				t.Errorf("%q: %.50s: got %+v, %v", host, address, got, err)
			}
		}
	}
}

// Fifty pins of one package, with whatever settings, take one request.
func TestOneRequest(t *testing.T) {
	t.Parallel()
	f := tool(t)
	w, _ := dial.Forge(t, f, nil)
	set := sources.NewSet(pypi.New(w.RoundTripper()))
	f.ResetLog()
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			spec, err := set.Parse(sources.Request{Ref: "pypi:Zope_Tool", Tracking: sources.Tracking{Range: sources.Range{Constraint: fmt.Sprintf("<%d", i+1)}}})
			if err != nil {
				t.Error(err)
			} else if _, err := set.Resolve(t.Context(), spec); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if requests := f.Requests(); len(requests) != 1 || requests[0].Header.Get("Accept") != "application/vnd.pypi.simple.v1+json" {
		t.Errorf("got %d requests, want one", len(requests))
	}
}

func TestAccepts(t *testing.T) {
	t.Parallel()
	const good = files + hashed + "zope_tool-1.0.tar.gz"
	for _, tt := range []struct {
		spec         pypi.Spec
		version, url string
		ok           bool
	}{
		{pypi.Spec{}, "1.0", good, true},
		{pypi.Spec{}, "1", good, true},
		{pypi.Spec{}, "1.1", good, false},
		{pypi.Spec{}, "", good, false},
		{pypi.Spec{}, "1.0", files + hashed + "zope_other-1.0.tar.gz", false},
		{pypi.Spec{}, "1.0", files + "source/z/zope_tool/zope_tool-1.0.tar.gz", false},
		{pypi.Spec{}, "1.0", "https://pypi.org/packages/" + hashed + "zope_tool-1.0.tar.gz", false},
		{pypi.Spec{}, "1.0", strings.Replace(good, "https", "http", 1), false},
		{pypi.Spec{}, "1.0", good + "?x", false},
		{pypi.Spec{}, "1.0", files + hashed + "zope_tool-1.0-py3-none-any.whl", false},
		{pypi.Spec{Wheel: "py3-none-any"}, "1.0", files + hashed + "zope_tool-1.0-py3-none-any.whl", true},
		{pypi.Spec{Wheel: "py3-none-any"}, "1.0", files + hashed + "zope_tool-1.0-py2-none-any.whl", false},
		{pypi.Spec{Wheel: "py3-none-any"}, "1.0", good, false},
		{pypi.Spec{Host: "pypi.example.org"}, "1.0", "https://pypi.example.org/files/zope_tool-1.0.tar.gz", true},
		{pypi.Spec{Host: "pypi.example.org"}, "1.0", good, false},
	} {
		tt.spec.Package = "zope-tool"
		r := sources.Resolution{Facts: sources.Facts{Version: tt.version}, Calls: []sources.Call{{Fetch: sources.Fetch{Fetcher: sources.FetchURL, URL: tt.url}}}}
		if err := tt.spec.Accepts(r); (err == nil) != tt.ok {
			t.Errorf("%+v with %q %s: got %v", tt.spec, tt.version, tt.url, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	set := sources.Codecs{pypi.Codec()}
	for _, tt := range []struct {
		request sources.Request
		want    string
	}{
		{sources.Request{Ref: "pypi:"}, "cannot name"},
		{sources.Request{Ref: "pypi:../x"}, "cannot name"},
		{sources.Request{Ref: "pypi:a b"}, "cannot name"},
		{sources.Request{Ref: "pypi:-a"}, "cannot name"},
		{sources.Request{Ref: "pypi:a/b"}, "cannot name"},
		{sources.Request{Ref: "pypi:" + strings.Repeat("a", 300)}, "cannot name"},
		{sources.Request{Ref: "pypi:requests@2.20.0"}, "pypi:requests rev rev=2.20.0"},
		{sources.Request{Ref: "pypi:a?host=b/c"}, "not a host"},
		{sources.Request{Ref: "pypi:a?host=b", Host: "c"}, "contradicts"},
		{sources.Request{Ref: "pkg:pypi/a?file_name=b"}, "file_name"},
		{sources.Request{Ref: "pypi:a", Wheel: "any"}, "not the tags of a wheel"},
		{sources.Request{Ref: "pypi:a", Wheel: "py3-none-any.whl;id"}, "not the tags of a wheel"},
		{sources.Request{Ref: "pypi:a", Wheel: "py3-none-any", Systems: []string{"x86_64-linux=py3-none-any"}}, "exclude each other"},
		{sources.Request{Ref: "pypi:a", Systems: []string{"x86_64-linux"}}, "x86_64-linux="},
		{sources.Request{Ref: "pypi:a", Tracking: sources.Tracking{Rev: "latest"}}, "not a version of a Python package"},
		{sources.Request{Ref: "pypi:a", Executable: true}, "executable does not apply"},
	} {
		spec, err := set.Parse(tt.request)
		sourcestest.WantRefusal(t, tt.request.Ref, spec, err, tt.want)
	}
	if spec, err := set.Decode([]byte(`{"type":"pypi","package":"Zope.Tool"}`)); err != nil || spec.Validate() == nil {
		t.Errorf("a name that is not normalized: got %+v, %v", spec, err)
	}
}
