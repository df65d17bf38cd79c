package gitlab_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pinfetch/pinfetch/internal/bot"
	"github.com/pinfetch/pinfetch/internal/bot/gitlab"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/test/dial"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

const (
	api  = "https://git.example.org/api/v4"
	path = "/api/v4/projects/acme/demo/merge_requests"
)

// project is a project on a fake server with the branches main and pinfetch/a.
type project struct {
	*forgetest.Repo
	server *forgetest.Forge
}

func newProject(t *testing.T) project {
	t.Helper()
	f := forgetest.New(t)
	r := f.Repo("acme/demo")
	r.Branch("pinfetch/a", r.Commit("main", forgetest.Files{"a": {Body: "a"}}))
	r.Grant("all", "bot", forgetest.MayPush, forgetest.MayRequest, forgetest.MayLabel, forgetest.MayMerge)
	r.Grant("requests", "ada", forgetest.MayRequest)
	r.Grant("pushes", "bob", forgetest.MayPush)
	r.Grant("reads", "eve")
	return project{r, f}
}

// as returns the project as the owner of a token uses it.
func (p project) as(t *testing.T, token string) *gitlab.Forge {
	t.Helper()
	credentials := make(web.Credentials)
	credentials.Add("git.example.org/api/", web.Credential{Password: token, Bearer: true, Source: "GITLAB_TOKEN"})
	w, _ := dial.Forge(t, p.server, credentials)
	f, err := gitlab.New(api, "acme/demo", w.WritingRoundTripper())
	if err != nil {
		t.Fatal(err)
	}
	f.Pause = time.Nanosecond
	return f
}

// asked counts the requests to the server.
func (p project) asked() int { return len(p.server.Requests()) }

func (p project) only(t *testing.T) forgetest.PullRequest {
	t.Helper()
	all := p.PullRequests()
	if len(all) != 1 {
		t.Fatalf("got %d requests, want 1", len(all))
	}
	return all[0]
}

var draft = bot.Draft{Branch: "pinfetch/a", Base: "main", Title: "Update a", Body: "body"}

// A request from its opening to its end.
func TestLife(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	f := p.as(t, "all")
	r, err := f.Create(t.Context(), draft)
	want := bot.Request{
		Number: 1, Branch: "pinfetch/a", Head: p.Rev("pinfetch/a"), Title: "Update a", Body: "body",
		URL: "https://git.example.org/acme/demo/-/merge_requests/1",
	}
	if err != nil || r != want {
		t.Fatalf("got %+v, %v, want %+v", r, err, want)
	}
	if _, err := f.Create(t.Context(), draft); !errors.Is(err, bot.ErrExists) {
		t.Errorf("second request of a branch: got %v, want %v", err, bot.ErrExists)
	}
	if err := f.Edit(t.Context(), r, "Update a to 2", "other"); err != nil {
		t.Error(err)
	}
	open, err := f.Open(t.Context(), "main", "pinfetch/")
	if err != nil || len(open) != 1 || open[0].Title != "Update a to 2" || open[0].Body != "other" {
		t.Errorf("got %+v, %v", open, err)
	}
	text := "I leave this alone:\n/close\n  /merge\nor not <!-- pinfetch: x -->"
	if err := f.Comment(t.Context(), r, text); err != nil {
		t.Error(err)
	}
	comments, err := f.Comments(t.Context(), r)
	if want := []string{strings.NewReplacer("\n/", "\n\\/", "\n  /", "\n\\/").Replace(text)}; err != nil || !slices.Equal(comments, want) {
		t.Errorf("got comments %q, %v, want %q", comments, err, want)
	}
	if got := p.only(t); got.State != "open" {
		t.Errorf("a comment made the request %s", got.State)
	}
	if err := f.Close(t.Context(), r, "done"); err != nil {
		t.Error(err)
	}
	if got := p.only(t); got.State != "closed" || got.Body != "done" || got.Title != "Update a to 2" {
		t.Errorf("got %+v", got)
	}
	closed, err := f.Closed(t.Context(), "main", "pinfetch/a")
	if err != nil || len(closed) != 1 || closed[0].Body != "done" {
		t.Errorf("got %+v, %v", closed, err)
	}
	if limits := f.Limits(); limits != (bot.Limits{Body: 1_000_000, Pushes: 3}) {
		t.Errorf("got %+v", limits)
	}
}

// A draft's title looks as the bot wrote it, stays a draft, and is none once a person says so.
func TestDraft(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	f := p.as(t, "all")
	d := draft
	d.IsDraft = true
	created, err := f.Create(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	for _, isDraft := range []bool{true, false} {
		p.EditPullRequest(1, func(p *forgetest.PullRequest) { p.Draft = isDraft })
		open, err := f.Open(t.Context(), "main", "pinfetch/")
		if err != nil || len(open) != 1 || open[0].IsDraft != isDraft || open[0].Title != p.only(t).Title {
			t.Fatalf("draft %t: got %+v, %v", isDraft, open, err)
		}
		if err := f.Edit(t.Context(), open[0], open[0].Title+"!", "x"); err != nil {
			t.Fatal(err)
		}
		if got := p.only(t); got.Draft != isDraft || got.Title != open[0].Title+"!" {
			t.Errorf("draft %t: got %+v", isDraft, got)
		}
	}
	if err := f.Edit(t.Context(), created, created.Title, "y"); err != nil || p.only(t).Draft {
		t.Errorf("title that stays: got %v, %+v", err, p.only(t))
	}
}

// Only the bot's own branches into the base count, on all pages.
func TestOpen(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	for i := range 250 {
		p.OpenPullRequest(forgetest.PullRequest{Head: fmt.Sprintf("pinfetch/%d", i), Base: "main"})
	}
	p.server.Repo("eve/fork")
	for _, other := range []forgetest.PullRequest{
		{Head: "pinfetch/a", Base: "main", Fork: "eve/fork"}, {Head: "pinfetch/a", Base: "stable"}, {Head: "feature", Base: "main"},
		{Head: "pinfetch/b", Base: "main"}, {Head: "pinfetch/c", Base: "main"},
	} {
		p.OpenPullRequest(other)
	}
	p.EditPullRequest(254, func(p *forgetest.PullRequest) { p.State = "merged" })
	p.EditPullRequest(255, func(p *forgetest.PullRequest) { p.State = "closed" })
	open, err := p.as(t, "all").Open(t.Context(), "main", "pinfetch/")
	if err != nil || len(open) != 250 || p.asked() != 3 {
		t.Fatalf("got %d requests after %d questions, %v, want 250 after 3", len(open), p.asked(), err)
	}
	for i, r := range open {
		if r.Number != i+1 {
			t.Fatalf("got !%d at %d", r.Number, i)
		}
	}
}

// The newest closed requests are listed once, older ones for a branch.
func TestClosed(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	for i := range 150 {
		n := p.OpenPullRequest(forgetest.PullRequest{Head: fmt.Sprintf("pinfetch/%d", i/2), Base: "main"})
		p.EditPullRequest(n, func(p *forgetest.PullRequest) { p.State = "closed" })
	}
	n := p.OpenPullRequest(forgetest.PullRequest{Head: "pinfetch/merged", Base: "main"})
	p.EditPullRequest(n, func(p *forgetest.PullRequest) { p.State = "merged" })
	f := p.as(t, "all")
	for _, tt := range []struct {
		branch string
		want   []int
		asked  int
	}{
		{"pinfetch/74", []int{150, 149}, 1},
		{"pinfetch/70", []int{142, 141}, 1},
		{"pinfetch/0", []int{2, 1}, 2},
		{"pinfetch/merged", nil, 3},
	} {
		closed, err := f.Closed(t.Context(), "main", tt.branch)
		var got []int
		for _, r := range closed {
			got = append(got, r.Number)
		}
		if err != nil || !slices.Equal(got, tt.want) || p.asked() != tt.asked {
			t.Errorf("%s: got %v after %d questions, %v, want %v after %d", tt.branch, got, p.asked(), err, tt.want, tt.asked)
		}
	}
}

func TestComments(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	n := p.OpenPullRequest(forgetest.PullRequest{Head: "pinfetch/a", Base: "main"})
	var want []string
	p.EditPullRequest(n, func(p *forgetest.PullRequest) {
		for i := range 250 {
			want = append(want, fmt.Sprintf("comment %d", i))
			p.Comments = append(p.Comments, forgetest.Comment{User: "ada", Body: want[i]})
		}
	})
	got, err := p.as(t, "all").Comments(t.Context(), bot.Request{Number: n})
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %d comments, %v, want %d", len(got), err, len(want))
	}
}

// Each refusal says what to grant.
func TestRefusals(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	create := func(f *gitlab.Forge) error { _, err := f.Create(t.Context(), draft); return err }
	list := func(f *gitlab.Forge) error { _, err := f.Open(t.Context(), "main", "pinfetch/"); return err }
	r := bot.Request{Number: 7}
	for name, tt := range map[string]struct {
		token string
		do    func(*gitlab.Forge) error
		class error
		hint  string
	}{
		"no token":    {"", create, web.ErrUnauthorized, "CI_JOB_TOKEN cannot open merge requests"},
		"wrong token": {"wrong", list, web.ErrUnauthorized, "project access token"},
		"small scope": {"reads", create, web.ErrUnauthorized, "scopes are too small: use a project access token with the role Developer and the scopes api"},
		"low role":    {"pushes", create, web.ErrUnauthorized, "role is too low"},
		"no request":  {"all", func(f *gitlab.Forge) error { return f.Edit(t.Context(), r, "t", "b") }, web.ErrNotFound, `project "acme/demo" exists`},
		"no comments": {"all", func(f *gitlab.Forge) error { _, err := f.Comments(t.Context(), r); return err }, web.ErrNotFound, "exists"},
		"not closed":  {"pushes", func(f *gitlab.Forge) error { return f.Close(t.Context(), r, "b") }, web.ErrUnauthorized, "role is too low"},
		"no comment":  {"reads", func(f *gitlab.Forge) error { return f.Comment(t.Context(), r, "b") }, web.ErrUnauthorized, "scopes are too small"},
		"unknown base": {"all", func(f *gitlab.Forge) error {
			_, err := f.Create(t.Context(), bot.Draft{Branch: "pinfetch/a", Base: "b", Title: "t"})
			return err
		}, web.ErrStatus, ""},
	} {
		err := tt.do(p.as(t, tt.token))
		wantError(t, name, err, tt.class, tt.hint)
		if status := (*web.StatusError)(nil); !errors.As(err, &status) {
			t.Errorf("%s: %v is no error of the transport", name, err)
		}
	}
	if len(p.PullRequests()) != 0 {
		t.Error("a request was opened")
	}
	p.Private("secret")
	wantError(t, "private", list(p.as(t, "all")), web.ErrNotFound, "the token may see it")
	for _, r := range p.server.Requests() {
		if strings.Contains(r.Header.Get("Authorization"), "Basic") {
			t.Errorf("%s got a password", r.Path)
		}
	}
}

func wantError(t *testing.T, name string, err, class error, hint string) {
	t.Helper()
	var advised *sources.Advised
	if !errors.Is(err, class) || hint != "" && (!errors.As(err, &advised) || !strings.Contains(advised.Next, hint)) {
		t.Errorf("%s: got %v with hint %+v, want %v with %q", name, err, advised, class, hint)
	}
	if err != nil && len(err.Error()) > 1000 {
		t.Errorf("%s: got an error of %d bytes", name, len(err.Error()))
	}
}

// Wishes are granted with one request for labels and people and one for the merge, users are looked up once, and doing it
// again changes nothing.
func TestEquip(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	f := p.as(t, "all")
	r, err := f.Create(t.Context(), draft)
	if err != nil {
		t.Fatal(err)
	}
	p.EditPullRequest(1, func(p *forgetest.PullRequest) { p.Labels = []string{"own"} })
	w := bot.Wishes{Labels: []string{"deps", "nix"}, Assignees: []string{"ada"}, Reviewers: []string{"bob", "ada"}, AutoMerge: bot.Squash}
	for i, asked := range []int{1 + 2 + 1 + 1, 1 + 2 + 2*2} {
		if err := f.Equip(t.Context(), r, w); err != nil {
			t.Fatal(err)
		}
		got := p.only(t)
		isRight := slices.Equal(got.Labels, []string{"own", "deps", "nix"}) && slices.Equal(got.Assignees, w.Assignees)
		if !isRight || !slices.Equal(got.Reviewers, []string{"ada", "bob"}) || got.AutoMerge != "squash" {
			t.Errorf("got %+v", got)
		}
		if p.asked() != asked {
			t.Errorf("run %d: got %d requests, want %d", i, p.asked(), asked)
		}
	}
	if err := f.Equip(t.Context(), r, bot.Wishes{}); err != nil || p.asked() != 7 {
		t.Errorf("no wishes: got %v after %d requests", err, p.asked())
	}
}

// What cannot be granted is reported, and the rest is granted.
func TestEquipWhatItCan(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	p.server.Repo("acme/other").Grant("other", "carl")
	r := bot.Request{Number: p.OpenPullRequest(forgetest.PullRequest{Head: "pinfetch/a", Base: "main"})}
	err := p.as(t, "all").Equip(t.Context(), r, bot.Wishes{Labels: []string{"deps"}, Assignees: []string{"nobody", "ada"}, Reviewers: []string{"carl"}})
	for _, want := range []string{`user "nobody": not found`, `did not add reviewer "carl"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if got := p.only(t); !slices.Equal(got.Labels, []string{"deps"}) || !slices.Equal(got.Assignees, []string{"ada"}) || strings.Contains(err.Error(), `"ada"`) {
		t.Errorf("got %+v, %v", got, err)
	}
	err = p.as(t, "requests").Equip(t.Context(), r, bot.Wishes{Labels: []string{"other"}, AutoMerge: bot.Merge})
	wantError(t, "no rights", err, web.ErrUnauthorized, "")
	for _, want := range []string{`did not set label "other"`, "enable auto-merge"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	err = p.as(t, "requests").Equip(t.Context(), r, bot.Wishes{AutoMerge: bot.Merge})
	wantError(t, "merge", err, web.ErrUnauthorized, "protected branch")
	wantError(t, "all", p.as(t, "reads").Equip(t.Context(), r, bot.Wishes{Labels: []string{"l"}}), web.ErrUnauthorized, "scopes are too small")
}

// Auto-merge works once the request has a pipeline.
func TestAutoMerge(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		after, asked int
		want         string
	}{{0, 1, "merge"}, {3, 4, "merge"}, {-1, 5, ""}} {
		p := newProject(t)
		p.PipelineAfter(tt.after)
		r := bot.Request{Number: p.OpenPullRequest(forgetest.PullRequest{Head: "pinfetch/a", Base: "main"}), Head: p.Rev("pinfetch/a")}
		err := p.as(t, "all").Equip(t.Context(), r, bot.Wishes{AutoMerge: bot.Merge})
		if got := p.only(t).AutoMerge; got != tt.want || p.asked() != tt.asked {
			t.Errorf("after %d: got %q after %d attempts, %v, want %q after %d", tt.after, got, p.asked(), err, tt.want, tt.asked)
		}
		if tt.want == "" {
			wantError(t, "never", err, web.ErrStatus, "starts a pipeline")
		} else if err != nil {
			t.Error(err)
		}
	}
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// The waits between attempts to enable auto-merge grow.
func TestAutoMergePause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var at []time.Duration
		f, err := gitlab.New(api, "1", transport(func(r *http.Request) (*http.Response, error) {
			at = append(at, time.Since(start))
			const want = `{"auto_merge":true,"should_remove_source_branch":true,"sha":"00","merge_when_pipeline_succeeds":true}`
			if got, err := io.ReadAll(r.Body); err != nil || string(got) != want {
				t.Errorf("got %s, %v, want %s", got, err, want)
			}
			return nil, &web.StatusError{Status: http.StatusMethodNotAllowed}
		}))
		if err != nil {
			t.Fatal(err)
		}
		f.Equip(t.Context(), bot.Request{Number: 1, Head: "00"}, bot.Wishes{AutoMerge: bot.Rebase})
		const ms = time.Millisecond
		if want := []time.Duration{0, 250 * ms, 1250 * ms, 3500 * ms, 7500 * ms}; !slices.Equal(at, want) {
			t.Errorf("got attempts at %v, want %v", at, want)
		}
	})
}

// Answers that make no sense are errors that quote nothing.
func TestHostileAnswers(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	header := http.Header{"Content-Type": {"application/json"}}
	text := func(s string) forgetest.Kind { return forgetest.Status(http.StatusOK, header, s) }
	calls := map[string]func(*gitlab.Forge) error{
		"list":   func(f *gitlab.Forge) error { _, err := f.Open(t.Context(), "main", ""); return err },
		"closed": func(f *gitlab.Forge) error { _, err := f.Closed(t.Context(), "main", "pinfetch/a"); return err },
		"create": func(f *gitlab.Forge) error { _, err := f.Create(t.Context(), draft); return err },
		"notes":  func(f *gitlab.Forge) error { _, err := f.Comments(t.Context(), bot.Request{Number: 1}); return err },
	}
	for name, kind := range map[string]forgetest.Kind{
		"HTML":        forgetest.HTML(),
		"wrong types": text(`{"iid":"` + strings.Repeat("1", 1<<20) + `"}`),
		"list":        text(`[{"iid":"x","body":1}]`),
		"nothing":     text(""),
		"breaks off":  text(`[{"iid":1`),
	} {
		p.server.ClearFaults()
		p.server.Fault(forgetest.Fault{Path: path, Kind: kind})
		for call, do := range calls {
			wantError(t, name+", "+call, do(p.as(t, "all")), sources.ErrAnswer, "GitLab server's API")
		}
	}
	for _, null := range []string{"null", "{}", `{"iid":0}`} {
		p.server.ClearFaults()
		p.server.Fault(forgetest.Fault{Path: path, Kind: text(null)})
		wantError(t, null, calls["create"](p.as(t, "all")), sources.ErrAnswer, "GitLab server's API")
	}
	p.server.ClearFaults()
	p.server.Fault(forgetest.Fault{Path: path, Kind: text(`[null,{},{"iid":2,"description":"` + strings.Repeat("x", 1<<20) + `"}]`)})
	if open, err := p.as(t, "all").Open(t.Context(), "main", ""); err != nil || len(open) != 1 || open[0].Number != 2 {
		t.Errorf("null: got %d requests, %v, want 1", len(open), err)
	}
}

// A list whose pages never end is given up.
func TestEndlessPages(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	header := http.Header{"Content-Type": {"application/json"}, "X-Next-Page": {"1"}}
	p.server.Fault(forgetest.Fault{Path: path, Kind: forgetest.Status(http.StatusOK, header, `[{"iid":1,"source_branch":"pinfetch/a"}]`)})
	_, err := p.as(t, "all").Open(t.Context(), "main", "pinfetch/")
	wantError(t, "endless", err, sources.ErrAnswer, "")
	if p.asked() != 100 {
		t.Errorf("got %d questions, want 100", p.asked())
	}
}

// The library adds no requests and no headers of its own.
func TestNew(t *testing.T) {
	t.Parallel()
	var got []string
	ok := transport(func(r *http.Request) (*http.Response, error) {
		got = append(got, r.Method+" "+r.URL.EscapedPath())
		if r.Header.Get("User-Agent") != "" || r.Header.Get("PRIVATE-TOKEN") != "" {
			t.Errorf("got header %v", r.Header)
		}
		return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader("[]")), Request: r}, nil
	})
	for _, tt := range []struct{ api, project, want string }{
		{"https://gitlab.com/api/v4", "12", "/api/v4/projects/12/merge_requests"},
		{"https://git.example.org/sub/api/v4/", "a/b.c/d", "/sub/api/v4/projects/a%2Fb%2Ec%2Fd/merge_requests"},
	} {
		f, err := gitlab.New(tt.api, tt.project, ok)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Open(t.Context(), "main", ""); err != nil || !reflect.DeepEqual(got, []string{"GET " + tt.want}) {
			t.Errorf("got %v, %v, want %s", got, err, tt.want)
		}
		got = nil
	}
	for _, tt := range [][2]string{
		{"", "a"}, {"gitlab.com/api/v4", "a"}, {"ftp://gitlab.com", "a"}, {"https://u:s3cret@gitlab.com/api/v4", "a"},
		{"https://gitlab.com/api/v4?private_token=s3cret", "a"}, {"https://gitlab.com/\x00", "a"}, {"https://gitlab.com/api/v4", ""}, {"https://gitlab.com/api/v4", "/a/b"},
	} {
		_, err := gitlab.New(tt[0], tt[1], ok)
		wantError(t, fmt.Sprint(tt), err, sources.ErrInvalid, "write i")
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%v shows a secret", err)
		}
	}
}
