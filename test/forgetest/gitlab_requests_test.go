package forgetest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// gitlabProjectURL is the address of the project acme/demo.
const gitlabProjectURL = "https://gitlab.com/api/v4/projects/acme%2Fdemo"

// gitlabDemo makes a project with a branch, whose tokens have all rights, those that their names say, or none.
func gitlabDemo(f *Forge) *Repo {
	r := f.Repo("acme/demo")
	r.Branch("pinfetch/a", r.Commit("main", Files{"a": {Body: "a"}}))
	r.Grant("all", "bot", MayPush, MayRequest, MayLabel, MayMerge)
	r.Grant("requests", "ada", MayRequest)
	r.Grant("pushes", "bob", MayPush)
	r.Grant("reads", "eve")
	return r
}

// ask sends a request to the API and returns status and answer.
func ask(t *testing.T, c *http.Client, token, method, path, body string) (int, string, http.Header) {
	t.Helper()
	address, isProject := strings.CutPrefix(path, "/")
	if address = "https://gitlab.com/api/v4/" + address; !isProject {
		address = strings.TrimSuffix(gitlabProjectURL+"/"+path, "/")
	}
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("PRIVATE-TOKEN", token)
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, strings.TrimSpace(string(text)), resp.Header
}

// A merge request from its opening to its end, and what is refused on the way.
func TestGitLabMergeRequests(t *testing.T) {
	t.Parallel()
	f := New(t)
	r, c := gitlabDemo(f), client(t, f)
	r.PipelineAfter(1)
	const opened = `{"title":"Draft: t","description":"x\n/close","source_branch":"pinfetch/a","target_branch":"main"}`
	for _, step := range []struct {
		token, method, path, body string
		status                    int
		want                      string
	}{
		{"", "POST", "merge_requests", opened, 401, `{"message":"401 Unauthorized"}`},
		{"wrong", "GET", "merge_requests", "", 401, `{"message":"401 Unauthorized"}`},
		{"reads", "POST", "merge_requests", opened, 403, `"error":"insufficient_scope"`},
		{"pushes", "POST", "merge_requests", opened, 403, `{"message":"403 Forbidden"}`},
		{"all", "POST", "merge_requests", `{"title":"t","branch":"b"}`, 400, `unknown field`},
		{"all", "POST", "merge_requests", `{"title":"t","source_branch":"pinfetch/a"}`, 400, `{"error":"target_branch is missing"}`},
		{"all", "POST", "merge_requests", `{"title":"t","source_branch":"none","target_branch":"main"}`, 400, `{"message":{"source_branch":["does not exist"]}}`},
		{"all", "POST", "merge_requests", `{"title":"t","source_branch":"main","target_branch":"main"}`, 422, "same project/branch"},
		{"all", "POST", "merge_requests", strings.Replace(opened, "x", `\u0000`, 1), 400, "description is invalid"},
		{"all", "POST", "merge_requests", opened, 201, `"state":"closed"`},
		{"all", "PUT", "merge_requests/1", `{"state_event":"reopen","add_labels":"b,c","reviewer_ids":[7]}`, 200, `"labels":["b","c"]`},
		{"requests", "PUT", "merge_requests/1", `{"add_labels":"d"}`, 200, `"labels":["b","c"]`},
		{"all", "PUT", "merge_requests/1", `{}`, 400, "at least one parameter"},
		{"all", "PUT", "merge_requests/1", `{"target_branch":"b"}`, 500, "not served"},
		{"all", "POST", "merge_requests", opened, 409, `{"message":["Another open merge request already exists for this source branch: !1"]}`},
		{"", "GET", "merge_requests?state=opened&source_branch=pinfetch/a&target_branch=main", "", 200, `"title":"Draft: t"`},
		{"all", "GET", "merge_requests?state=open", "", 400, "state does not have a valid value"},
		{"all", "GET", "merge_requests?head=a", "", 400, "head is unknown"},
		{"all", "PUT", "merge_requests/1/merge", `{"auto_merge":true}`, 405, `{"message":"405 Method Not Allowed"}`},
		{"all", "PUT", "merge_requests/1", `{"title":"t"}`, 200, `"draft":false`},
		{"requests", "PUT", "merge_requests/1/merge", `{"auto_merge":true}`, 401, "401"},
		{"all", "PUT", "merge_requests/1/merge", `{"auto_merge":true,"sha":"00"}`, 409, "SHA does not match"},
		{"all", "PUT", "merge_requests/1/merge", `{"auto_merge":true,"squash":true}`, 200, `"merge_when_pipeline_succeeds":true`},
		{"all", "POST", "merge_requests/1/notes", `{"body":"hello"}`, 201, `"body":"hello"`},
		{"all", "GET", "merge_requests/1/notes", "", 200, `"system":true`},
		{"all", "GET", "merge_requests/1", "", 200, `"detailed_merge_status":"ci_still_running"`},
		{"all", "GET", "merge_requests/2", "", 404, `{"message":"404 Not found"}`},
		{"all", "GET", "/users?username=eve", "", 200, `"username":"eve"`},
		{"all", "GET", "/users?username=nobody", "", 200, `[]`},
	} {
		status, answer, _ := ask(t, c, step.token, step.method, step.path, step.body)
		if status != step.status || !strings.Contains(answer, step.want) {
			t.Errorf("%s %s %s by %q: got %d %s, want %d and %s", step.method, step.path, step.body, step.token, status, answer, step.status, step.want)
		}
	}
	r.Private("secret")
	if status, answer, _ := ask(t, c, "all", "GET", "merge_requests", ""); status != 404 || answer != `{"message":"404 Project Not Found"}` {
		t.Errorf("a project that the token does not see: got %d %s", status, answer)
	}
}

// Every answer has the types that GitLab's have in the test data of its own client.
func TestGitLabAnswersAreLikeGitLab(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "gitlab.com/gitlab-org/api/client-go").Output()
	if err != nil {
		t.Fatal(err)
	}
	dir := strings.TrimSpace(string(out))
	if dir == "" {
		t.Skip("the module is vendored, without its test data")
	}
	f := New(t)
	r, c := gitlabDemo(f), client(t, f)
	n := r.OpenPullRequest(PullRequest{Title: "t", Head: "pinfetch/a", Base: "main", Author: "ada", Labels: []string{"l"}, Assignees: []string{"ada"}, Reviewers: []string{"bob"}})
	r.EditPullRequest(n, func(p *PullRequest) { p.Comments = []Comment{{"bob", "b"}} })
	note := append(inSource(t, dir, "notes_test.go"), map[string]any{"author": inFile(t, dir, "list_users.json")[0]})
	request := slices.Concat(inFile(t, dir, "get_merge_request.json"), inFile(t, dir, "get_merge_requests.json"))
	for _, tt := range []struct {
		method, path, body string
		like               []any
		reads              string // what the bot needs
	}{
		{"POST", "merge_requests", `{"title":"t","source_branch":"main","target_branch":"pinfetch/a"}`, request, "iid title"},
		{"GET", "merge_requests", "", request, "iid title description draft source_branch source_project_id target_project_id sha web_url"},
		{"GET", "merge_requests/1", "", request, "iid detailed_merge_status"},
		{"PUT", "merge_requests/1", `{"title":"u"}`, request, "iid labels assignees reviewers"},
		{"PUT", "merge_requests/1/merge", `{"auto_merge":true}`, request, "iid merge_when_pipeline_succeeds"},
		{"POST", "merge_requests/1/notes", `{"body":"b"}`, note, "id"},
		{"GET", "merge_requests/1/notes", "", note, "body system"},
		{"GET", "/users?username=bob", "", inFile(t, dir, "list_users.json"), "id username"},
	} {
		status, text, _ := ask(t, c, "all", tt.method, tt.path, tt.body)
		got := items(t, []byte(text))
		if status >= 300 || len(got) == 0 {
			t.Errorf("%s %s: got %d %s", tt.method, tt.path, status, text)
		}
		for _, item := range got {
			for name := range strings.FieldsSeq(tt.reads) {
				if _, sent := item.(map[string]any)[name]; !sent {
					t.Errorf("%s %s: %s is missing", tt.method, tt.path, name)
				}
			}
			if problem := unlike(item, tt.like); problem != "" {
				t.Errorf("%s %s: %s", tt.method, tt.path, problem)
			}
		}
	}
}

// inFile returns the items of a file of test data.
func inFile(t *testing.T, dir, name string) []any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return items(t, text)
}

// inSource returns the items of all JSON texts in a test's source.
func inSource(t *testing.T, dir, name string) (all []any) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, name), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if text, ok := n.(*ast.BasicLit); ok && strings.HasPrefix(text.Value, "`") && json.Valid([]byte(strings.Trim(text.Value, "`"))) {
			all = append(all, items(t, []byte(strings.Trim(text.Value, "`")))...)
		}
		return true
	})
	return all
}

// items returns the items of a list in JSON, or the one that is no list.
func items(t *testing.T, text []byte) []any {
	t.Helper()
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if list, isList := value.([]any); isList {
		return list
	}
	return []any{value}
}

// unlike returns how the type of a value differs from that of all examples, "" if it does not.
func unlike(value any, examples []any) (problem string) {
	ofType := slices.DeleteFunc(slices.Clone(examples), func(e any) bool { return fmt.Sprintf("%T", e) != fmt.Sprintf("%T", value) })
	if len(ofType) == 0 {
		return fmt.Sprintf("%v is a %T, want one like %v", value, value, examples)
	}
	switch value := value.(type) {
	case map[string]any:
		for name, field := range value {
			var known []any
			for _, e := range ofType {
				if example, found := e.(map[string]any)[name]; found {
					known = append(known, example)
				}
			}
			if p := unlike(field, known); p != "" {
				problem = cmp.Or(problem, name+": "+p)
			}
		}
	case []any:
		var known []any
		for _, e := range ofType {
			known = append(known, e.([]any)...)
		}
		for _, item := range value {
			problem = cmp.Or(problem, unlike(item, known))
		}
	}
	return problem
}
