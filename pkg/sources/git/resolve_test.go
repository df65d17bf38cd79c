package git_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/git"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcestest"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// Over http and over the file system a repository means the same.
func TestResolve(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.RepoOn("git.example.org", "o/r")
	v10 := r.Commit("main", forgetest.Files{"a": {Body: "1"}})
	r.AnnotatedTag("v1.0", v10, "annotated")
	tip := r.Commit("main", forgetest.Files{"a": {Body: "2"}})
	r.Tag("main", v10)
	r.Branch("v1.0", tip)
	r.Branch("x/main", v10)
	r.Tag("x/v9", v10)
	const url = "https://git.example.org/o/r.git"
	set := sources.NewSet(newKind(t, f, nil))
	for _, remote := range []git.Spec{
		{URL: url},
		{URL: "http://git.example.org/o/r"},
		{URL: "file://" + r.Dir(), FetchURL: url},
	} {
		for _, tt := range []struct {
			tracking sources.Tracking
			want     sources.Facts
			rev      string
		}{
			{sources.Tracking{Branch: "main"}, sources.Facts{Ref: "refs/heads/main"}, tip},
			{sources.Tracking{Rev: "main"}, sources.Facts{Ref: "refs/tags/main", Version: "main"}, v10},
			{sources.Tracking{Branch: "v1.0"}, sources.Facts{Ref: "refs/heads/v1.0"}, tip},
			{sources.Tracking{Rev: "v1.0"}, sources.Facts{Ref: "refs/tags/v1.0", Version: "1.0"}, v10},
			{sources.Tracking{Tags: "*"}, sources.Facts{Ref: "refs/tags/v1.0", Version: "1.0"}, v10},
			{sources.Tracking{Rev: commit}, sources.Facts{}, commit},
		} {
			spec := remote
			spec.Tracking = tt.tracking
			want := sources.Resolution{Facts: tt.want, Calls: []sources.Call{{Fetch: sources.Fetch{Fetcher: sources.FetchGit, URL: remote.URL, Rev: tt.rev}}}}
			if remote.FetchURL != "" {
				want.Calls[0].URL = remote.FetchURL
			}
			if got, err := set.Resolve(t.Context(), spec); err != nil || !got.Equal(want) {
				t.Errorf("%s %+v: got %+v, %v, want %+v", remote.URL, tt.tracking, got, err, want)
			}
		}
		open, choice, err := set.Choose(t.Context(), remote)
		if err != nil || open.(git.Spec).Tracking != (sources.Tracking{Tags: "*"}) || !strings.Contains(choice.Note, "v1.0") {
			t.Errorf("%s: got %+v, %q, %v, want it to follow tags", remote.URL, open, choice, err)
		}
	}
}

func TestResolveSHA256(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("o/long", forgetest.SHA256())
	tip := r.Commit("main", forgetest.Files{"a": {Body: "1"}})
	got, err := sources.NewSet(newKind(t, f, nil)).Resolve(t.Context(), git.Spec{URL: "https://example.org/o/long", Tracking: sources.Tracking{Branch: "main"}})
	if err != nil || got.Rev() != tip || len(tip) != 64 {
		t.Errorf("got %+v, %v, want %s", got, err, tip)
	}
}

func TestResolveErrors(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	f.Repo("o/r").Commit("main", forgetest.Files{"a": {Body: "1"}})
	f.File("example.org", "/page/info/refs", forgetest.Content{Body: []byte("<html>log in</html>"), ContentType: "text/html"})
	set := sources.NewSet(newKind(t, f, nil))
	for _, tt := range []struct {
		name string
		spec git.Spec
		is   error
		hint string
	}{
		{"repository", git.Spec{URL: "https://example.org/o/nope"}, sources.ErrNotFound, ""},
		{"branch", git.Spec{URL: "https://example.org/o/r"}, sources.ErrNotFound, "spelling"},
		{"web page", git.Spec{URL: "https://example.org/page"}, gitrefs.ErrProtocol, ""},
		{"directory", git.Spec{URL: "file:///nonexistent/r.git", FetchURL: "https://example.org/r.git"}, sources.ErrNotFound, ""},
	} {
		tt.spec.Branch = "nope"
		_, err := set.Resolve(t.Context(), tt.spec)
		if !errors.Is(err, tt.is) || !strings.Contains(sourcestest.AdviceOf(err), tt.hint) {
			t.Errorf("%s: got %v (hint %q), want %v with %q in the hint", tt.name, err, sourcestest.AdviceOf(err), tt.is, tt.hint)
		}
	}
	f.Unreachable("down.example.org")
	if _, err := set.Resolve(t.Context(), git.Spec{URL: "https://down.example.org/o/r", Tracking: sources.Tracking{Branch: "main"}}); !errors.Is(err, web.ErrUnreachable) {
		t.Errorf("got %v, want an ErrUnreachable", err)
	}
}

// One request serves two pins of one repository; a token goes to its own host alone.
func TestAnnounce(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.RepoOn("git.example.org", "o/r")
	r.Tag("v1", r.Commit("main", forgetest.Files{"a": {Body: "1"}}))
	r.Private("t0ken")
	credentials := web.Credentials{"git.example.org": {User: "me", Password: "t0ken"}}
	set := sources.NewSet(newKind(t, f, credentials))
	specs := []git.Spec{
		{URL: "https://git.example.org/o/r", Tracking: sources.Tracking{Branch: "main"}},
		{URL: "https://git.example.org/o/r", Tracking: sources.Tracking{Rev: "v1"}},
	}
	for _, spec := range specs {
		set.Announce(spec)
	}
	for _, spec := range specs {
		if _, err := set.Resolve(t.Context(), spec); err != nil {
			t.Error(err)
		}
	}
	refs := 0
	for _, r := range f.Requests() {
		if r.Command == "ls-refs" {
			refs++
		}
		if r.Host != "git.example.org" {
			t.Errorf("a request went to %s", r.Host)
		}
	}
	if refs != 1 {
		t.Errorf("got %d requests for refs, want 1", refs)
	}
	plain := sources.NewSet(newKind(t, f, credentials))
	f.ResetLog()
	if _, err := plain.Resolve(t.Context(), git.Spec{URL: "http://git.example.org/o/r", Tracking: sources.Tracking{Branch: "main"}}); err == nil {
		t.Error("a private repository was readable over http, where no token may go")
	}
	for _, r := range f.Requests() {
		if r.Header.Get("Authorization") != "" {
			t.Errorf("the token went over http: %+v", r)
		}
	}
}
