package forgetest

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// Archives of GitLab and Forgejo, and which credentials open those of private repositories.
func TestArchivesOfOtherForges(t *testing.T) {
	t.Parallel()
	f := New(t)
	public, secret := f.Repo("group/sub/my.tool"), f.Repo("acme/secret")
	rev := public.Commit("main", Files{"a": {Body: "a"}})
	hidden := secret.Commit("main", Files{"a": {Body: "b"}})
	secret.Private("t0ken")
	f.Repo("acme/old").Commit("main", Files{"a": {Body: "c"}})
	moved := f.Repo("acme/old").Rev("main")
	f.Rename("acme/old", "acme/new")
	client := &http.Client{Transport: f.Transport()}
	t.Cleanup(client.CloseIdleConnections)
	const gitlab, forgejo = "https://gitlab.com/api/v4/projects/", "https://codeberg.org/"
	for _, tt := range []struct {
		url, header, value string
		status             int
	}{
		{gitlab + "group%2Fsub%2Fmy%2Etool/repository/archive.tar.gz?sha=" + rev, "", "", 200},
		{gitlab + "group%2Fsub%2Fmy%2Etool/repository/archive.tar.gz?sha=nope", "", "", 404},
		{gitlab + "group%2Fnope/repository/archive.tar.gz?sha=" + rev, "", "", 404},
		{gitlab + "acme%2Fold/repository/archive.tar.gz?sha=" + moved, "", "", 200},
		{gitlab + "acme%2Fsecret/repository/archive.tar.gz?sha=" + hidden, "", "", 404},
		{gitlab + "acme%2Fsecret/repository/archive.tar.gz?sha=" + hidden, "Authorization", "Basic b2F1dGgyOnQwa2Vu", 404},
		{gitlab + "acme%2Fsecret/repository/archive.tar.gz?sha=" + hidden, "Authorization", "Bearer t0ken", 200},
		{gitlab + "acme%2Fsecret/repository/archive.tar.gz?sha=" + hidden, "PRIVATE-TOKEN", "t0ken", 200},
		{forgejo + "acme/new/archive/" + moved + ".tar.gz", "", "", 200},
		{forgejo + "acme/old/archive/" + moved + ".tar.gz", "", "", 200},
		{forgejo + "api/v1/repos/acme/old/archive/" + moved + ".tar.gz", "", "", 200},
		{forgejo + "acme/secret/archive/" + hidden + ".tar.gz", "", "", 404},
		{forgejo + "acme/secret/archive/" + hidden + ".tar.gz", "Authorization", "Basic b2F1dGgyOnQwa2Vu", 404},
		{forgejo + "acme/secret/archive/" + hidden + ".tar.gz", "Authorization", "token t0ken", 200},
		{forgejo + "api/v1/repos/acme/secret/archive/" + hidden + ".tar.gz", "", "", 404},
		{forgejo + "api/v1/repos/acme/secret/archive/" + hidden + ".tar.gz", "Authorization", "Basic b2F1dGgyOnQwa2Vu", 200},
		{"https://gitlab.com/acme/nope.git/info/refs?service=git-upload-pack", "", "", 401},
		{"https://codeberg.org/acme/nope.git/info/refs?service=git-upload-pack", "", "", 404},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, tt.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if tt.header != "" {
			req.Header.Set(tt.header, tt.value)
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode != tt.status {
			t.Errorf("%s with %s %q: got %d, want %d", tt.url, tt.header, tt.value, resp.StatusCode, tt.status)
		}
	}
}

// Releases of GitLab and Forgejo, with the fields that their servers send, and their files.
func TestReleasesOfOtherForges(t *testing.T) {
	t.Parallel()
	f := New(t)
	r := f.Repo("acme/tool")
	for i := range 60 {
		r.Release(Release{Tag: fmt.Sprintf("v%d", i), Assets: []Asset{{Name: "a b", Body: []byte("x")}}, Upcoming: i == 59})
	}
	r.Release(Release{Tag: "draft", Draft: true})
	client := &http.Client{Transport: f.Transport()}
	t.Cleanup(client.CloseIdleConnections)
	for _, tt := range []struct {
		url    string
		status int
		next   bool
		want   string
	}{
		{"https://gitlab.com/api/v4/projects/acme%2Ftool/releases?per_page=100", 200, false, `"upcoming_release":true`},
		{"https://gitlab.com/api/v4/projects/acme%2Ftool/releases", 200, true, `"direct_asset_url":"https://gitlab.com/acme/tool/-/releases/v59/downloads/a%20b"`},
		{"https://gitlab.com/api/v4/projects/acme%2Ftool/releases?page=9", 200, false, "[]"},
		{"https://gitlab.com/acme/tool/-/releases/v1/downloads/a%20b", 200, false, "x"},
		{"https://gitlab.com/acme/tool/-/releases/v1/downloads/b", 404, false, ""},
		{"https://codeberg.org/api/v1/repos/acme/tool/releases?limit=100", 200, true, `"browser_download_url":"https://codeberg.org/attachments/`},
		{"https://codeberg.org/api/v1/repos/acme/tool/releases?limit=50&page=2", 200, false, `"tag_name":"v9"`},
		{"https://codeberg.org/api/v1/repos/acme/nope/releases", 404, false, ""},
		{"https://codeberg.org/acme/tool/releases/download/v1/a%20b", 200, false, "x"},
	} {
		resp, err := client.Get(tt.url)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != tt.status || !strings.Contains(string(body), tt.want) || strings.Contains(resp.Header.Get("Link"), `rel="next"`) != tt.next || strings.Contains(string(body), "draft\",") {
			t.Errorf("%s: got %d, %v, Link %q, %.300s, want %d and %s", tt.url, resp.StatusCode, err, resp.Header.Get("Link"), body, tt.status, tt.want)
		}
	}
}
