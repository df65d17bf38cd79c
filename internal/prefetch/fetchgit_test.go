package prefetch_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/internal/prefetch"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// tree has the hashes below, as printed by "nix hash path" of Nix 2.8.
func tree() forgetest.Files {
	return forgetest.Files{
		".gitattributes": {Body: "dos.txt eol=crlf\n"},
		"dos.txt":        {Body: "a\nb\n"},
		"sub/tool":       {Body: "#!/bin/sh\n", Executable: true},
		"sub/link":       {Symlink: "../dos.txt"},
	}
}

const (
	treeNAR = "sha256-+zvsXFtqXNAFtIgl8crTplf0r3nheSvQuX/PZPQBi+A="
	subNAR  = "sha256-9fn+kP3nkt+1puWW3vbINklT4xdOMeSNxNVXHolRpZo="
	dosNAR  = "sha256-kfbtSydgxtMU38YcpiGeiNOlFtr0zpdEUKioVM5JPiI="
)

func TestFetchGit(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := f.Repo("acme/demo")
	rev := repo.Commit("main", tree(), forgetest.CommitOptions{Date: time.Date(2024, time.March, 5, 23, 59, 59, 0, time.UTC)})
	const address = "https://github.com/acme/demo.git"
	tests := []struct {
		name string
		call sources.Fetch
		want string
	}{
		{"whole", sources.Fetch{URL: address, Rev: rev}, treeNAR},
		{"without submodules to have", sources.Fetch{URL: address, Rev: rev, Submodules: true}, treeNAR},
		{"root directory", sources.Fetch{URL: address, Rev: rev, RootDir: "sub"}, subNAR},
		{"root file", sources.Fetch{URL: address, Rev: rev, RootDir: "dos.txt"}, dosNAR},
		{"sparse", sources.Fetch{URL: address, Rev: rev, SparseCheckout: sources.NewPatterns("sub")}, treeNAR},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.call.Fetcher = sources.FetchGit
			result, err := hashOf(t, newPrefetcher(t, f, nil), tt.call)
			if err != nil {
				t.Fatal(err)
			}
			if got := result.Hash.String(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if result.Fetch != tt.call || result.Date != "2024-03-05" {
				t.Errorf("got %v", result)
			}
		})
	}
}

func TestFetchGitFails(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := f.Repo("acme/demo")
	rev := repo.Commit("main", tree())
	rev256 := f.Repo("acme/sha256", forgetest.SHA256()).Commit("main", tree())
	const address = "https://github.com/acme/demo.git"
	tests := []struct {
		name  string
		call  sources.Fetch
		class error
	}{
		{"no such commit", sources.Fetch{URL: address, Rev: strings.Repeat("1", 40)}, gitrefs.ErrNotFound},
		{"no such repository", sources.Fetch{URL: "https://git.example.org/acme/none", Rev: rev}, gitrefs.ErrNotFound},
		// nix-prefetch-git makes a SHA-1 repository, which cannot fetch SHA-256 objects.
		{"SHA-256", sources.Fetch{URL: "https://github.com/acme/sha256", Rev: rev256}, hash.ErrRefused},
		{"no such root directory", sources.Fetch{URL: address, Rev: rev, RootDir: "none"}, sources.ErrNotFound},
		{"no such repository for this user", sources.Fetch{URL: "https://github.com/acme/none", Rev: rev}, web.ErrUnauthorized},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.call.Fetcher = sources.FetchGit
			h := newPrefetcher(t, f, nil)
			result, err := hashOf(t, h, tt.call)
			if !errors.Is(err, tt.class) || !result.Hash.IsZero() {
				t.Fatalf("got %v, %v, want %v", result, err, tt.class)
			}
			if strings.Contains(err.Error(), h.TempDir) {
				t.Errorf("the error names a directory that no longer exists: %v", err)
			}
		})
	}
}

func TestFetchFromGitHub(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := f.Repo("acme/demo")
	rev := repo.Commit("main", tree(), forgetest.CommitOptions{Date: time.Date(2024, time.March, 5, 23, 59, 59, 0, time.UTC)})
	for _, base := range []string{"", "ghe.example.org"} {
		f.ResetLog()
		call := sources.Fetch{Fetcher: sources.FetchFromGitHub, Owner: "acme", Repo: "demo", Rev: rev, GithubBase: base}
		result, err := hashOf(t, newPrefetcher(t, f, nil), call)
		if err != nil {
			t.Fatal(err)
		}
		if got := result.Hash.String(); got != treeNAR || result.Date != "2024-03-05" || result.Fetch != call || len(result.Warnings) != 0 {
			t.Errorf("got %v, want %s", result, treeNAR)
		}
		var hosts []string
		for _, r := range f.Requests() {
			hosts = append(hosts, r.Host)
		}
		want := []string{"github.com", "codeload.github.com"}
		if base != "" {
			want = []string{base}
		}
		if !slices.Equal(hosts, want) {
			t.Errorf("got requests to %v, want %v", hosts, want)
		}
	}
}

// Content that can change the hash later or on another machine causes a warning with its paths.
func TestWarnings(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := f.Repo("acme/odd")
	rev := repo.Commit("main", forgetest.Files{
		".gitattributes": {Body: "version.txt export-subst\n"},
		"version.txt":    {Body: "$Format:%H$\n"},
		"data.bin":       {Body: "version https://git-lfs.github.com/spec/v1\noid sha256:" + strings.Repeat("0", 64) + "\nsize 1\n"},
		".gitmodules":    {Body: "[submodule \"sub\"]\n\tpath = sub\n\turl = ../sub\n"},
		"sub":            {Submodule: strings.Repeat("1", 40)},
		"Name":           {Body: "1"},
		"name":           {Body: "2"},
	})
	for _, call := range []sources.Fetch{
		{Fetcher: sources.FetchFromGitHub, Owner: "acme", Repo: "odd", Rev: rev},
		{Fetcher: sources.FetchZip, URL: "https://git.example.org/acme/odd/archive/" + rev + ".tar.gz", StripRoot: true},
		{Fetcher: sources.FetchZip, URL: "https://git.example.org/acme/odd/archive/" + rev + ".zip", StripRoot: true},
	} {
		result, err := hashOf(t, newPrefetcher(t, f, nil), call)
		if err != nil {
			t.Fatal(err)
		}
		want := []prefetch.Warning{
			{Kind: prefetch.ExportSubst, Names: []string{`".gitattributes"`}}, {Kind: prefetch.LFSPointer, Names: []string{`"data.bin"`}},
			{Kind: prefetch.EmptySubmodule, Names: []string{`"sub"`}}, {Kind: prefetch.NameCollision, Names: []string{`"Name" and "name"`}},
		}
		if !reflect.DeepEqual(result.Warnings, want) {
			t.Errorf("%s: got %v, want %v", call.Fetcher, result.Warnings, want)
		}
		if result.Commit != rev || result.Date == "" {
			t.Errorf("%s: got commit %q of %q, want %q and its date", call.Fetcher, result.Commit, result.Date, rev)
		}
	}
}

func TestFetchFromGitHubFails(t *testing.T) {
	t.Parallel()
	const path = "/acme/demo/archive/"
	tests := []struct {
		name  string
		fault func(rev, other string) forgetest.Fault
		class []error
	}{
		{"no such commit", nil, []error{sources.ErrNotFound, web.ErrNotFound}},
		{"another commit", func(rev, other string) forgetest.Fault {
			return forgetest.Fault{Path: path + rev, Kind: forgetest.RedirectTo("https://codeload.github.com/acme/demo/tar.gz/" + other)}
		}, []error{prefetch.ErrWrongCommit}},
		{"login page", func(string, string) forgetest.Fault {
			return forgetest.Fault{Host: "codeload.github.com", Kind: forgetest.HTML()}
		}, []error{hash.ErrNotArchive}},
		{"forbidden", func(string, string) forgetest.Fault {
			return forgetest.Fault{Host: "codeload.github.com", Kind: forgetest.Status(403, nil, "")}
		}, []error{web.ErrUnauthorized}},
		{"rate limit", func(string, string) forgetest.Fault {
			return forgetest.Fault{Host: "codeload.github.com", Kind: forgetest.SecondaryLimit(2 * time.Minute)}
		}, []error{web.ErrRateLimited}},
		{"always cut short", func(string, string) forgetest.Fault {
			return forgetest.Fault{Host: "codeload.github.com", Kind: forgetest.TruncateGzip()}
		}, []error{hash.ErrCorrupt}},
		{"connection always lost", func(string, string) forgetest.Fault {
			return forgetest.Fault{Host: "codeload.github.com", Kind: forgetest.ResetBody(20)}
		}, []error{web.ErrTruncated}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := forgetest.New(t)
			repo := f.Repo("acme/demo")
			other := repo.Commit("main", forgetest.Files{"a": {Body: "a\n"}})
			rev := repo.Commit("main", forgetest.Files{"a": {Body: "b\n"}})
			if tt.fault == nil {
				rev = strings.Repeat("1", 40)
			} else {
				f.Fault(tt.fault(rev, other))
			}
			result, err := hashOf(t, newPrefetcher(t, f, nil), sources.Fetch{Fetcher: sources.FetchFromGitHub, Owner: "acme", Repo: "demo", Rev: rev})
			if !result.Hash.IsZero() {
				t.Errorf("got hash %s beside %v", result.Hash, err)
			}
			for _, class := range tt.class {
				if !errors.Is(err, class) {
					t.Errorf("got %v, want %v", err, class)
				}
			}
		})
	}
}

// A private repository's archive: the token is sent to github.com only, and neither it nor
// the ticket in the redirect is stored or shown.
func TestFetchPrivate(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	repo := f.Repo("acme/demo")
	rev := repo.Commit("main", tree())
	repo.Private("hunter2")
	credentials := web.Credentials{"github.com": {User: "x-access-token", Password: "hunter2"}}
	for _, call := range []sources.Fetch{
		{Fetcher: sources.FetchFromGitHub, Owner: "acme", Repo: "demo", Rev: rev},
		{Fetcher: sources.FetchGit, URL: "https://github.com/acme/demo", Rev: rev},
	} {
		f.ResetLog()
		result, err := hashOf(t, newPrefetcher(t, f, credentials), call)
		if err != nil || result.Hash.String() != treeNAR || result.Fetch != call {
			t.Errorf("%s: got %v, %v, want %s", call.Fetcher, result, err, treeNAR)
		}
		if len(f.Requests()) == 0 {
			t.Error("no requests")
		}
		for _, r := range f.Requests() {
			if auth := r.Header.Get("Authorization"); auth != "" && r.Host != "github.com" {
				t.Errorf("%s: got Authorization %q", r.Host, auth)
			}
		}
		if _, err := hashOf(t, newPrefetcher(t, f, nil), call); err == nil {
			t.Errorf("%s: it is open to everybody", call.Fetcher)
		}
	}
	f.Fault(forgetest.Fault{Host: "codeload.github.com", Kind: forgetest.Status(500, nil, "")})
	_, err := hashOf(t, newPrefetcher(t, f, credentials), sources.Fetch{Fetcher: sources.FetchFromGitHub, Owner: "acme", Repo: "demo", Rev: rev})
	if !errors.Is(err, web.ErrServer) || strings.Contains(err.Error(), "token") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v, want %v and no ticket", err, web.ErrServer)
	}
}
