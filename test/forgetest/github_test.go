package forgetest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/test/forgetest"
)

// What GitHub refuses, and what its description does not allow.
func TestGitHubRequests(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("acme/demo")
	r.Commit("main", forgetest.Files{"a": {Body: "1"}})
	r.Grant("t", "bot", forgetest.MayRequest, forgetest.MayLabel)
	fork := func(name string) {
		r.Branch(name, r.Rev("refs/heads/main"))
		r.Commit(name, forgetest.Files{"a": {Body: name}})
	}
	closed := func(p *forgetest.PullRequest) { p.State = "closed" }
	for _, branch := range []string{"forced", "deleted", "grown", "merged"} {
		fork(branch)
		r.OpenPullRequest(forgetest.PullRequest{Title: branch, Head: branch, Base: "main"})
	}
	r.Commit("forced", forgetest.Files{"a": {Body: "seen while open"}})
	for n := range 3 {
		r.EditPullRequest(n+1, closed)
	}
	r.MergePullRequest(4)
	r.DeleteRef("refs/heads/deleted")
	r.Branch("forced", r.Rev("forced^"))
	r.Commit("grown", forgetest.Files{"a": {Body: "more"}})
	fork("new")
	const pulls = "/repos/acme/demo/pulls"
	client := &http.Client{Transport: f.Transport()}
	defer client.CloseIdleConnections()
	for _, tt := range []struct {
		method, path, body string
		status             int
		text               string
	}{
		{"PATCH", pulls + "/1", `{"state":"open"}`, 422, "force-pushed or recreated"},
		{"PATCH", pulls + "/2", `{"state":"open"}`, 422, "has been deleted"},
		{"PATCH", pulls + "/4", `{"state":"open"}`, 422, "was merged"},
		{"PATCH", pulls + "/3", `{"state":"open"}`, 200, `"state":"open"`},
		{"PATCH", pulls + "/3", `{"state":"shut"}`, 500, `value is not one of the allowed values`},
		{"PATCH", pulls + "/9", `{"title":"t"}`, 404, "Not Found"},
		{"GET", pulls + "/3", "", 200, `"title":"grown"`},
		{"GET", pulls + "?state=closed&head=acme:forced", "", 200, `"number":1,`},
		{"GET", pulls + "?state=closed&head=nobody:forced&sort=updated&direction=asc&per_page=1", "", 200, `"number":1,`},
		{"GET", pulls + "?perpage=1", "", 500, `unknown parameter "perpage"`},
		{"GET", pulls + "?state=merged", "", 500, `parameter "state"`},
		{"GET", pulls + "/3/files", "", 500, "no matching operation"},
		{"POST", pulls, `{"title":"t","base":"main","head":"acme:new"}`, 201, `"number":5,`},
		{"POST", pulls, `{"title":"t","base":"main","head":"nothing"}`, 422, `"field":"head"`},
		{"POST", pulls, `{"title":"t","base":"none","head":"new"}`, 422, `"field":"base"`},
		{"POST", pulls, `{"base":"main","head":"new"}`, 422, `"field":"title"`},
		{"POST", pulls, `{"title":"t","base":"main"}`, 500, `property "head" is missing`},
		{"POST", "/repos/acme/demo/issues/3/labels", `["bare list"]`, 500, "is not as the API's description says"},
		{"POST", "/repos/acme/demo/issues/3/comments", `{"body":"` + strings.Repeat("a", 65537) + `"}`, 422, "too long"},
		{"POST", "/graphql", `{"query":"query { viewer { login } }"}`, 200, "only enablePullRequestAutoMerge"},
		{"POST", "/graphql", `{"query":"enablePullRequestAutoMerge(input: $input)","variables":{"input":{"mergeMethod":"MERGE","pullRequestId":"PR_1_99"}}}`, 200, "NOT_FOUND"},
		{"POST", "/graphql", `{"query":"enablePullRequestAutoMerge(input: $input)","variables":{"input":{"mergeMethod":"merge","pullRequestId":"PR_1_3"}}}`, 200, "invalid value"},
		{"GET", "/repos/acme/demo", "", 200, `"allow_auto_merge":true`},
	} {
		req, err := http.NewRequestWithContext(t.Context(), tt.method, "https://api.github.com"+tt.path, strings.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer t")
		req.Header.Set("Content-Type", "application/json")
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != tt.status || !strings.Contains(string(answer), tt.text) || err != nil {
			t.Errorf("%s %s %.100s: got %d %.300s, %v; want %d and %q", tt.method, tt.path, tt.body, resp.StatusCode, answer, err, tt.status, tt.text)
		}
	}
}
