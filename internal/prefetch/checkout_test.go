package prefetch_test

import (
	"errors"
	"fmt"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/prefetch"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// Files as git checks them out. The hashes are those that "nix hash path" of Nix 2.8 prints for files
// with the bytes that gitattributes(5) specifies, written by a separate program.
func TestCheckoutTrees(t *testing.T) {
	t.Parallel()
	many := forgetest.Files{}
	for i := range 40_000 {
		many[fmt.Sprintf("d%d/f%d", i%200, i)] = forgetest.File{Body: fmt.Sprintln(i)}
	}
	names := forgetest.Files{}
	for i, name := range []string{
		"..foo", "...", "-rf", "--help/-x", "..d/..e", "\xff\xfe.txt", "dir\xe9/\x80", " lead", "trail ", "new\nline",
		`back\slash`, `q"uote`, "a.b", "a/b", "a-b", "*", "~", ".gitfoo", "git", "日本",
	} {
		names[name] = forgetest.File{Body: fmt.Sprint(i + 1)}
	}
	tests := []struct {
		name    string
		files   forgetest.Files
		rootDir string
		want    string
	}{
		{"attributes", forgetest.Files{
			".gitattributes": {Body: "*.dos eol=crlf\n*.id ident\n*.u16 working-tree-encoding=UTF-16LE-BOM eol=crlf\n*.l1 working-tree-encoding=ISO-8859-1\nboth.dos ident\n*.bin -text\n"},
			"a.dos":          {Body: "a\nb\n"}, "a.id": {Body: "$Id$\n"}, "a.u16": {Body: "grüß\n日本\n"}, "sub/a.l1": {Body: "grüß\n"},
			"both.dos": {Body: "$Id$\nx\n"}, "a.bin": {Body: "a\nb\n"}, "sub/.gitattributes": {Body: "*.txt eol=crlf\n"}, "sub/x.txt": {Body: "x\n"},
		}, "", "sha256-UB1byu66BBRLumna9sH5zwmbxidEZq+zIKryjkvdvwQ="},
		{"names", names, "", "sha256-IYW44LcSZRtjyfUrKHq2MixEyRSuOf+VYoYfsKCT6og="},
		{"40,000 files", many, "", "sha256-ye2p07PuO1k50nbflvZfT5zB2CCiiYICll1XoqaUXtc="},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := forgetest.New(t)
			repo := f.Repo("acme/demo")
			rev := repo.Commit("main", tt.files)
			result, err := hashOf(t, newPrefetcher(t, f, nil), sources.Fetch{Fetcher: sources.FetchGit, URL: repo.URL(), Rev: rev, RootDir: tt.rootDir})
			if err != nil {
				t.Fatal(err)
			}
			if got := result.Hash.String(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if len(result.Warnings) > 0 {
				t.Errorf("got warnings %v", result.Warnings)
			}
		})
	}
}

// Each kind of surprise in a checkout is one warning with its paths.
func TestCheckoutWarnings(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	pointer := "version https://git-lfs.github.com/spec/v1\noid sha256:" + strings.Repeat("0", 64) + "\nsize 1\n"
	leaf := f.Repo("acme/leaf").Commit("main", forgetest.Files{"leaf": {Body: "leaf\n"}})
	mid := f.Repo("acme/mid").Commit("main", forgetest.Files{
		".gitmodules": {Body: "[submodule \"deep\"]\n\tpath = in/deep\n\turl = ../leaf\n\tupdate = none\n"},
		"in/deep":     {Submodule: leaf},
	})
	repo := f.Repo("acme/odd")
	rev := repo.Commit("main", forgetest.Files{
		".gitattributes": {Body: "version.txt export-subst\n"}, // does not matter in a checkout
		"version.txt":    {Body: "$Format:%H$\n"},
		"dir/data.bin":   {Body: pointer},
		".gitmodules": {Body: "[submodule \"x\"]\n\tpath = dir/sub\n\turl = ../leaf\n[submodule \"y\"]\n\tpath = mid\n\turl = ../mid\n" +
			"[submodule \"gone\"]\n\tpath = gone\n\turl = ../gone\n\tupdate = none\n"},
		"dir/sub":  {Submodule: leaf},
		"mid":      {Submodule: mid},
		"dir/Name": {Body: "1"},
		"dir/name": {Body: "2"},
		"a*/x":     {Body: "x"},
		"README":   {Body: "x"},
	})
	warn := func(kind prefetch.WarningKind, names ...string) prefetch.Warning {
		return prefetch.Warning{Kind: kind, Names: names}
	}
	tests := []struct {
		name string
		call sources.Fetch
		want []prefetch.Warning
	}{
		{"plain", sources.Fetch{}, []prefetch.Warning{
			warn(prefetch.EmptySubmodule, `"dir/sub"`, `"mid"`), warn(prefetch.LFSPointer, `"dir/data.bin"`), warn(prefetch.NameCollision, `"dir/Name" and "name"`),
		}},
		{"submodules", sources.Fetch{Submodules: true}, []prefetch.Warning{
			warn(prefetch.LFSPointer, `"dir/data.bin"`), warn(prefetch.NameCollision, `"dir/Name" and "name"`), warn(prefetch.ForcedSubmodule, `"mid/in/deep"`),
		}},
		{"LFS without .gitattributes", sources.Fetch{LFS: true, RootDir: "dir/data.bin"}, []prefetch.Warning{warn(prefetch.LFSPointer, `""`)}},
		{"root directory", sources.Fetch{RootDir: "dir"}, []prefetch.Warning{
			warn(prefetch.EmptySubmodule, `"sub"`), warn(prefetch.LFSPointer, `"data.bin"`), warn(prefetch.NameCollision, `"Name" and "name"`),
		}},
		{"sparse directories that do not exist", sources.Fetch{SparseCheckout: sources.NewPatterns("a*", "/dir/", "dirr", "README", "d*", "dir/none/deep")}, []prefetch.Warning{
			warn(prefetch.EmptySubmodule, `"dir/sub"`, `"mid"`), warn(prefetch.LFSPointer, `"dir/data.bin"`), // files at the root are always included
			warn(prefetch.NameCollision, `"dir/Name" and "name"`), warn(prefetch.MissingDirectory, `"dirr"`, `"README"`, `"d*"`, `"dir/none/deep"`),
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.call.Fetcher, tt.call.URL, tt.call.Rev = sources.FetchGit, repo.URL(), rev
			result, err := hashOf(t, newPrefetcher(t, f, nil), tt.call)
			if err != nil || !reflect.DeepEqual(result.Warnings, tt.want) {
				t.Errorf("got %v, %v, want %v", result.Warnings, err, tt.want)
			}
		})
	}
}

// Many notices of a kind become one warning, which tells whether there are more.
func TestManyWarnings(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	pointer := "version https://git-lfs.github.com/spec/v1\noid sha256:" + strings.Repeat("0", 64) + "\nsize 1\n"
	for _, count := range []int{3, 5, 200} {
		files := forgetest.Files{}
		for i := range count {
			files[fmt.Sprint("f", i)] = forgetest.File{Body: pointer}
		}
		name := fmt.Sprint("acme/lfs", count)
		repo := f.Repo(name)
		rev := repo.Commit("main", files)
		for _, call := range []sources.Fetch{
			{Fetcher: sources.FetchGit, URL: repo.URL(), Rev: rev},
			{Fetcher: sources.FetchFromGitHub, Owner: "acme", Repo: strings.TrimPrefix(name, "acme/"), Rev: rev},
			{Fetcher: sources.FetchZip, URL: repo.URL() + "/archive/" + rev + ".zip", StripRoot: true},
		} {
			result, err := hashOf(t, newPrefetcher(t, f, nil), call)
			if err != nil || len(result.Warnings) != 1 {
				t.Fatalf("%s of %d: got %v, %v, want one warning", call.Fetcher, count, result.Warnings, err)
			}
			w := result.Warnings[0]
			if w.Kind != prefetch.LFSPointer || len(w.Names) != min(count, hash.MaxNotices) || w.More != (count > hash.MaxNotices) || count < 200 && w.Names[1] != `"f1"` {
				t.Errorf("%s of %d: got %+v", call.Fetcher, count, w)
			}
		}
	}
}

// Limits apply to checkouts: to the download, to the checked-out files, and to trees too large for any disk.
func TestCheckoutLimits(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := f.Repo("acme/demo")
	rev := repo.Commit("main", forgetest.Files{"zeros": {Body: strings.Repeat("\x00", 1<<20)}, "a/b/c": {Body: "c"}})
	tests := []struct {
		name   string
		limits hash.Limits
		class  error
	}{
		{"large enough", hash.Limits{Download: 1 << 20, Unpacked: 1<<20 + 1, Entries: 4096}, nil},
		{"download", hash.Limits{Download: 1 << 10}, hash.ErrDownload},
		{"unpacked", hash.Limits{Unpacked: 1 << 20}, hash.ErrUnpacked},
		{"entries", hash.Limits{Entries: 3}, hash.ErrLimit},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newPrefetcher(t, f, nil)
			h.Limits = tt.limits
			result, err := hashOf(t, h, sources.Fetch{Fetcher: sources.FetchGit, URL: repo.URL(), Rev: rev})
			if !errors.Is(err, tt.class) || (err == nil) == result.Hash.IsZero() {
				t.Errorf("got %v, %v, want %v", result.Hash, err, tt.class)
			}
			if tt.class != nil && !errors.Is(err, hash.ErrLimit) {
				t.Errorf("%v is not a %v", err, hash.ErrLimit)
			}
		})
	}
}

// A tree of a few hundred bytes can name more files than fit on any disk; it is not checked out.
func TestCheckoutTreeBomb(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := f.Repo("acme/bomb")
	rev := bomb(t, repo, 10, 10)
	h := newPrefetcher(t, f, nil)
	result, err := hashOf(t, h, sources.Fetch{Fetcher: sources.FetchGit, URL: repo.URL(), Rev: rev})
	if !errors.Is(err, hash.ErrLimit) || !result.Hash.IsZero() || !strings.Contains(err.Error(), fmt.Sprint(hash.DefaultEntries)) {
		t.Errorf("got %v, %v, want %v", result.Hash, err, hash.ErrLimit)
	}
}

// bomb makes a commit with one small file under width to the power of depth paths.
func bomb(t *testing.T, repo *forgetest.Repo, width, depth int) string {
	t.Helper()
	git := func(stdin string, args ...string) string {
		cmd := exec.CommandContext(t.Context(), "git", append([]string{"-C", repo.Dir(), "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "safe.directory=*"}, args...)...)
		cmd.Stdin = strings.NewReader(stdin)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("git %q: %v", args, err)
		}
		return strings.TrimSpace(string(out))
	}
	id, mode := git("x", "hash-object", "-w", "--stdin"), "100644 blob"
	for range depth {
		var tree strings.Builder
		for i := range width {
			fmt.Fprintf(&tree, "%s %s\t%d\n", mode, id, i)
		}
		id, mode = git(tree.String(), "mktree"), "040000 tree"
	}
	commit := git("", "commit-tree", "-m", "bomb", id)
	repo.Branch("main", commit)
	return commit
}
