package forgetest

import (
	"io"
	"net/http"
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
