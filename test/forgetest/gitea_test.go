package forgetest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/test/forgetest"
)

// giteaClient returns a function that calls the API of a host and gives the status and the text of the answer.
func giteaClient(t *testing.T, f *forgetest.Forge) func(token, method, path, body string) (int, string, http.Header) {
	client := &http.Client{Transport: f.Transport()}
	t.Cleanup(client.CloseIdleConnections)
	return func(token, method, path, body string) (int, string, http.Header) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, "https://gitea.example.org/api/v1"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		if token != "" {
			req.Header.Set("Authorization", "token "+token)
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(text), resp.Header
	}
}

// What Gitea answers and refuses, and what its description does not allow.
func TestGiteaRequests(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("acme/demo")
	r.Commit("main", forgetest.Files{"a": {Body: "1"}})
	r.Grant("all", "bot", forgetest.MayRequest, forgetest.MayLabel, forgetest.MayMerge)
	r.Grant("reads", "eve")
	r.Grant("requests", "ada", forgetest.MayRequest)
	for _, branch := range []string{"x", "pinfetch/a", "pinfetch/b"} {
		r.Branch(branch, r.Rev("main"))
	}
	call := giteaClient(t, f)
	const repo, pulls = "/repos/acme/demo", "/repos/acme/demo/pulls"
	for _, tt := range []struct {
		token, method, path, body string
		status                    int
		text                      string
	}{
		{"", "GET", "/version", "", 200, "1.26.4"},
		{"", "GET", repo, "", 200, `"full_name":"acme/demo"`},
		{"", "GET", "/repos/acme/none/pulls", "", 404, "couldn't be found"},
		{"", "GET", "/orgs/acme/labels", "", 404, "couldn't be found"},
		{"", "POST", pulls, `{"title":"t","head":"x","base":"main"}`, 401, "token is required"},
		{"old", "GET", pulls, "", 401, "invalid username"},
		{"reads", "POST", pulls, `{"title":"t","head":"x","base":"main"}`, 403, "required=[write:repository]"},
		{"requests", "POST", repo + "/labels", `{"name":"l","color":"#ededed"}`, 403, "required=[write:issue]"},
		{"requests", "GET", repo + "/labels", "", 403, "required=[read:issue]"},
		{"all", "POST", pulls, `{"title":"t","head":"x","base":"main","labels":["l"]}`, 500, "must be an integer"},
		{"all", "POST", pulls, `{"head":"x","base":"main"}`, 422, "[Title]"},
		{"all", "POST", pulls, `{"title":"t","head":"none","base":"main"}`, 404, "couldn't be found"},
		{"all", "POST", pulls, `{"title":"t","head":"main","base":"main"}`, 422, "no changes"},
		{"all", "POST", pulls, `{"title":"WIP: t","head":"pinfetch/a","base":"main","body":"b"}`, 201, `"draft":true`}, // without changes
		{"all", "POST", pulls, `{"title":"t","head":"pinfetch/a","base":"main"}`, 409, "pull request already exists for these targets [id: 1,"},
		{"all", "GET", pulls + "?state=none", "", 500, `parameter "state"`},
		{"all", "GET", pulls + "?head=x", "", 500, `unknown parameter "head"`},
		{"all", "GET", pulls + "?state=open&sort=oldest&page=2", "", 200, "[]"},
		{"all", "POST", pulls + "/1/merge", `{"Do":"merge","merge_when_checks_succeed":true}`, 405, "Work in progress"},
		{"requests", "POST", pulls + "/1/merge", `{"Do":"merge"}`, 405, "not allowed"},
		{"all", "PATCH", pulls + "/1", `{"title":"` + strings.Repeat("t", 300) + `"}`, 201, strings.Repeat("t", 254) + `…"`},
		{"all", "PATCH", pulls + "/1", `{"assignees":["nobody"]}`, 422, "nobody"},
		{"all", "PATCH", pulls + "/9", `{"title":"t"}`, 404, "couldn't be found"},
		{"all", "POST", pulls + "/1/requested_reviewers", `{"reviewers":["nobody"]}`, 404, "'nobody' not exist"},
		{"all", "POST", pulls + "/1/requested_reviewers", `{"reviewers":["bot"]}`, 422, "poster of pr"},
		{"all", "POST", repo + "/issues/1/comments", `{"body":""}`, 422, "[Body]"},
		{"all", "POST", repo + "/issues/1/labels", `{"labels":[7]}`, 200, "[]"},
		{"all", "POST", pulls + "/1/merge", `{"Do":"squash","merge_when_checks_succeed":true}`, 201, ""},
		{"all", "POST", pulls + "/1/merge", `{"Do":"squash","merge_when_checks_succeed":true}`, 409, "already scheduled"},
		{"all", "PATCH", pulls + "/1", `{"state":"closed","body":""}`, 201, `"body":""`},
		{"all", "POST", pulls + "/1/merge", `{"Do":"squash","merge_when_checks_succeed":true}`, 404, "couldn't be found"},
		{"all", "GET", pulls + "/1/files", "", 500, "no matching operation"},
	} {
		if status, text, _ := call(tt.token, tt.method, tt.path, tt.body); status != tt.status || !strings.Contains(text, tt.text) {
			t.Errorf("%q %s %s %s: got %d %.600s; want %d %s", tt.token, tt.method, tt.path, tt.body, status, text, tt.status, tt.text)
		}
	}
}

// A branch that is deleted closes its request, which then has another ref. One without checks is merged at once.
func TestGiteaBranches(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("acme/demo")
	r.Commit("main", forgetest.Files{"a": {Body: "1"}})
	r.Grant("all", "bot", forgetest.MayRequest, forgetest.MayLabel, forgetest.MayMerge)
	call := giteaClient(t, f)
	for n := range 61 {
		branch := fmt.Sprint("pinfetch/", n)
		r.Branch(branch, r.Rev("main"))
		r.OpenPullRequest(forgetest.PullRequest{Title: "t", Head: branch, Base: "main"})
	}
	_, text, header := call("", "GET", "/repos/acme/demo/pulls?limit=99", "")
	if n, total, link := strings.Count(text, `"number":`), header.Get("X-Total-Count"), header.Get("Link"); n != 50 || total != "61" || !strings.Contains(link, `page=2>; rel="next"`) {
		t.Errorf("first page: %d of %s, link %s", n, total, link)
	}
	r.DeleteRef("refs/heads/pinfetch/0")
	if _, text, _ := call("", "GET", "/repos/acme/demo/pulls/1", ""); !strings.Contains(text, `"state":"closed"`) || !strings.Contains(text, `"label":"pinfetch/0","ref":"refs/pull/1/head"`) {
		t.Errorf("request of a deleted branch: %s", text)
	}
	r.Settings(forgetest.Settings{NoChecks: true})
	r.Commit("pinfetch/1", forgetest.Files{"a": {Body: "2"}})
	call("all", "POST", "/repos/acme/demo/pulls/2/merge", `{"Do":"merge","merge_when_checks_succeed":true,"delete_branch_after_merge":true}`)
	if status, text, _ := call("all", "PATCH", "/repos/acme/demo/pulls/2", `{"state":"open"}`); status != http.StatusPreconditionFailed || r.PullRequests()[1].State != "merged" {
		t.Errorf("reopen a merged request: %d %s", status, text)
	}
}

// Answers have the fields of recorded ones, with values of the same types.
func TestGiteaAnswers(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	r := f.Repo("acme/demo")
	r.Commit("main", forgetest.Files{"a": {Body: "1"}})
	r.Branch("x", r.Rev("main"))
	r.Grant("all", "bot", forgetest.MayRequest, forgetest.MayLabel)
	r.Grant("reads", "eve")
	r.OpenPullRequest(forgetest.PullRequest{
		Title: "t", Author: "bot", Head: "x", Base: "main", Assignees: []string{"ada"}, Reviewers: []string{"ada"},
		Comments: []forgetest.Comment{{User: "ada", Body: "hello"}},
	})
	r.EditPullRequest(1, func(p *forgetest.PullRequest) { p.Labels, p.State = []string{"l"}, "closed" })
	call := giteaClient(t, f)
	for file, request := range map[string][3]string{
		"pull.json": {"GET", "/pulls/1"}, "comment.json": {"GET", "/issues/1/comments"}, "label.json": {"GET", "/labels"},
		"review.json": {"POST", "/pulls/1/requested_reviewers", `{"reviewers":["eve"]}`},
	} {
		recording, err := os.ReadFile("testdata/gitea/" + file)
		if err != nil {
			t.Fatal(err)
		}
		status, text, _ := call("all", request[0], "/repos/acme/demo"+request[1], request[2])
		text = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(text), "["), "]") // lists have one entry
		got, want := shape(t, text), shape(t, string(recording))
		without := func(all, others []string) []string {
			return slices.DeleteFunc(slices.Clone(all), func(field string) bool { return slices.Contains(others, field) })
		}
		if more, less := without(got, want), without(want, got); status >= 300 || len(more)+len(less) > 0 {
			t.Errorf("%s: status %d, unknown fields %q, missing fields %q", file, status, more, less)
		}
	}
}

// shape is the paths and types of the values in a JSON object. Of a list, only the first counts; what is null is left out.
func shape(t *testing.T, text string) (all []string) {
	var walk func(path string, value any)
	walk = func(path string, value any) {
		switch value := value.(type) {
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(value)) {
				walk(path+"."+key, value[key])
			}
		case []any:
			if len(value) > 0 {
				walk(path+"[]", value[0])
			}
		case nil:
		default:
			all = append(all, fmt.Sprintf("%s %T", path, value))
		}
	}
	var value map[string]any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	walk("", value)
	return all
}
