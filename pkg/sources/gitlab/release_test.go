package gitlab_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/gitlab"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

func following(asset string) gitlab.Spec {
	return gitlab.Spec{Owner: "g/s", Repo: "r", Tracking: sources.Tracking{Release: true}, File: sources.File{Asset: asset}}
}

// GitLab has no mark of pre-releases, and shows releases that are announced for later.
func TestReleases(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("g/s/r")
	rev := r.Commit("main", forgetest.Files{"a": {Body: "1"}})
	for _, tag := range []string{"v1.0", "v2.0-rc1", "v3.0"} {
		r.Tag(tag, rev)
		r.Release(forgetest.Release{Tag: tag, Upcoming: tag == "v3.0"})
	}
	set := sources.NewSet(newForgeKind(t, f))
	got, err := set.Resolve(t.Context(), following(""))
	if err != nil || got.Ref != "refs/tags/v1.0" || got.Rev() != rev || len(got.Held) != 1 || got.Held[0].By != sources.ByPrerelease {
		t.Errorf("got %+v, %v, want v1.0, and v2.0-rc1 held back", got, err)
	}
	for _, request := range f.Requests() {
		if strings.HasPrefix(request.Path, "/api/") && request.Query.Get("per_page") != "100" {
			t.Errorf("got %v, want pages of 100", request.Query)
		}
	}
}

// Links may lead anywhere. A lock records neither credentials nor addresses that work for some time only.
func TestLinks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, url, asset, want string }{
		{"GitLab's own", "", "tool 1.0", "https://gitlab.com/g/s/r/-/releases/v1.0/downloads/tool%201.0"},
		{"a package", "https://gitlab.com/api/v4/projects/7/packages/generic/tool/1.0/t.bin", "tool 1.0", "https://gitlab.com/api/v4/projects/7/packages/generic/tool/1.0/t.bin"},
		{"elsewhere", "https://files.example.org/t-1.0.bin?download=1", "t-{version}.bin", "https://files.example.org/t-1.0.bin?download=1"},
		{"elsewhere, by the name of the link", "https://files.example.org/t-1.0.bin", "tool 1.0", ""},
		{"http", "http://files.example.org/t-1.0.bin", "t-*", ""},
		{"credentials", "https://u:p4ss@files.example.org/t-1.0.bin", "t-*", ""},
		{"expiry", "https://files.example.org/t-1.0.bin?X-Amz-Signature=0&X-Amz-Expires=60", "t-*", ""},
		{"token", "https://files.example.org/t-1.0.bin?private_token=0", "t-*", ""},
		{"other scheme", "javascript:alert(1)", "*", ""},
		{"fragment", "https://files.example.org/t-1.0.bin#a", "t-*", ""},
	} {
		f := forgetest.New(t)
		f.Repo("g/s/r").Release(forgetest.Release{Tag: "v1.0", Assets: []forgetest.Asset{{Name: "tool 1.0", URL: tt.url}}})
		spec := following(tt.asset)
		got, err := sources.NewSet(newForgeKind(t, f)).Resolve(t.Context(), spec)
		if got.Call().URL != tt.want || (err == nil) != (tt.want != "") || err != nil && strings.Contains(err.Error(), "p4ss") {
			t.Errorf("%s: got %+v, %v, want %q", tt.name, got, err, tt.want)
		}
		if err == nil && (got.Call().Fetch.Validate() != nil || spec.Accepts(got) != nil) {
			t.Errorf("%s: got %+v, which is invalid: %v", tt.name, got, spec.Accepts(got))
		}
	}
}

func TestReleaseFaults(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("g/s/r")
	for i := range 250 {
		r.Release(forgetest.Release{Tag: fmt.Sprintf("v1.%d", i), Date: time.Date(2024, 1, 1, -i, 0, 0, 0, time.UTC)})
	}
	f.Repo("g/empty")
	resolve := func(s gitlab.Spec) error {
		_, err := sources.NewSet(newForgeKind(t, f)).Resolve(t.Context(), s)
		return err
	}
	if err := resolve(following("nothing")); !errors.Is(err, sources.ErrNotFound) || len(f.Requests()) != 3 {
		t.Errorf("got %v after %d requests, want an ErrNotFound after 3 pages", err, len(f.Requests()))
	}
	for repo, want := range map[string]error{"empty": sources.ErrNotFound, "nope": sources.ErrNotFound} {
		s := following("")
		s.Owner, s.Repo = "g", repo
		if err := resolve(s); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", repo, err, want)
		}
	}
	for name, fault := range map[string]struct {
		kind forgetest.Kind
		want error
	}{
		"401": {forgetest.Status(401, nil, `{"message":"401 Unauthorized"}`), web.ErrUnauthorized}, "429": {forgetest.Status(429, nil, "Retry later"), web.ErrRateLimited},
		"page": {forgetest.HTML(), sources.ErrAnswer}, "not found": {forgetest.Status(404, nil, ""), sources.ErrNotFound}, "broken": {forgetest.Status(502, nil, ""), web.ErrServer},
	} {
		f.Fault(forgetest.Fault{Host: "gitlab.com", Path: "/api/", Kind: fault.kind})
		if err := resolve(following("tool-{version}")); !errors.Is(err, fault.want) {
			t.Errorf("%s: got %v, want %v", name, err, fault.want)
		}
		f.ClearFaults()
	}
	f.Rename("g/s/r", "g/moved")
	if err := resolve(following("nothing")); !errors.Is(err, sources.ErrNotFound) || !strings.Contains(err.Error(), "it has no files") {
		t.Errorf("renamed: got %v, want the releases of the new place", err)
	}
}
