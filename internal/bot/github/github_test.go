package github_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pinfetch/pinfetch/internal/bot"
	"github.com/pinfetch/pinfetch/internal/bot/github"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
	hosting "github.com/pinfetch/pinfetch/pkg/sources/github"
	"github.com/pinfetch/pinfetch/test/dial"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

const (
	publicAPI = "https://api.github.com"
	token     = "bot-token"
	branch    = "pinfetch/ripgrep"
)

// start returns a fake forge with acme/demo, which has a branch of the bot's, and a token that may do everything.
func start(t *testing.T) (*forgetest.Forge, *forgetest.Repo) {
	t.Helper()
	f := forgetest.New(t)
	r := f.Repo("acme/demo")
	r.Commit("main", forgetest.Files{"a": {Body: "1"}})
	addBranch(r, branch)
	r.Grant(token, "robot", forgetest.MayPush, forgetest.MayRequest, forgetest.MayLabel, forgetest.MayMerge)
	r.Grant("other", "eve")
	r.Grant("unused", "acme/core")
	return f, r
}

func addBranch(r *forgetest.Repo, name string) {
	r.Branch(name, r.Rev("refs/heads/main"))
	r.Commit(name, forgetest.Files{"a": {Body: "2"}})
}

// connect returns the adapter with a token, which is for the API only.
func connect(t *testing.T, f *forgetest.Forge, api, token string) *github.Forge {
	t.Helper()
	credentials := web.Credentials{}
	key, _, _ := strings.Cut(strings.TrimPrefix(api, "https://"), "v3")
	credentials.Add(key, web.Credential{Password: token, Bearer: true, Source: "GITHUB_TOKEN"})
	client, _ := dial.Forge(t, f, credentials, func(o *web.Options) { o.RateLimit = hosting.RateLimit })
	g, err := github.New(api, "acme/demo", client.WritingRoundTripper())
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func create(t *testing.T, g *github.Forge, draft bot.Draft) bot.Request {
	t.Helper()
	r, err := g.Create(t.Context(), draft)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRequest(t *testing.T) {
	t.Parallel()
	for _, api := range []string{publicAPI, publicAPI + "/", "https://ghe.example.org/api/v3"} {
		t.Run(api, func(t *testing.T) {
			t.Parallel()
			f, r := start(t)
			g := connect(t, f, api, token)
			ctx := t.Context()
			made := create(t, g, bot.Draft{Branch: branch, Base: "main", Title: "Update", Body: "old", IsDraft: true})
			if made.Number != 1 || made.Branch != branch || made.Head != r.Rev(branch) || made.Body != "old" || !strings.HasSuffix(made.URL, "/acme/demo/pull/1") {
				t.Errorf("created %+v", made)
			}
			if open, err := g.Open(ctx, "main", "pinfetch/"); err != nil || !slices.Equal(open, []bot.Request{made}) {
				t.Errorf("open: %+v, %v; want %+v", open, err, made)
			}
			wishes := bot.Wishes{Labels: []string{"dependencies", "nix"}, Reviewers: []string{"eve", "acme/core"}, Assignees: []string{"eve", "robot"}, AutoMerge: bot.Squash}
			for range 2 {
				if err := g.Equip(ctx, made, wishes); err != nil {
					t.Errorf("equip: %v", err)
				}
			}
			said := []string{"first", strings.Repeat("é", 1000)}
			errs := []error{
				g.Edit(ctx, made, "Update 2", "new"), g.Comment(ctx, made, said[0]), g.Comment(ctx, made, said[1]), g.Close(ctx, made, "closed"),
			}
			if err := errors.Join(errs...); err != nil {
				t.Fatal(err)
			}
			if got, err := g.Comments(ctx, made); err != nil || !slices.Equal(got, said) {
				t.Errorf("comments: %.100q, %v", got, err)
			}
			if closed, err := g.Closed(ctx, "main", branch); err != nil || len(closed) != 1 || closed[0].Number != 1 || closed[0].Body != "closed" {
				t.Errorf("closed: %+v, %v", closed, err)
			}
			p := r.PullRequests()[0]
			want := forgetest.PullRequest{
				Number: 1, Author: "robot", Title: "Update 2", Body: "closed", Head: branch, Base: "main", HeadID: p.HeadID, State: "closed", Draft: true,
				Labels: wishes.Labels, Reviewers: wishes.Reviewers, Assignees: wishes.Assignees, AutoMerge: "squash", Comments: p.Comments, Created: p.Created, Updated: p.Updated,
			}
			if got, want := fmt.Sprintf("%+v", p), fmt.Sprintf("%+v", want); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			for _, req := range f.Requests() {
				if auth := req.Header.Get("Authorization"); auth != "Bearer "+token || !req.TLS {
					t.Errorf("%s %s %s: Authorization %q, TLS %v", req.Method, req.Host, req.Path, auth, req.TLS)
				}
			}
		})
	}
}

func TestOpenListsOwnBranches(t *testing.T) {
	t.Parallel()
	f, r := start(t)
	r.Branch("release", r.Rev("main"))
	var want []int
	for i := range 250 {
		want = append(want, r.OpenPullRequest(forgetest.PullRequest{Head: fmt.Sprintf("pinfetch/p%d", i), Base: "main"}))
	}
	r.OpenPullRequest(forgetest.PullRequest{Head: branch, Base: "main", Fork: "mallory/demo"})
	r.OpenPullRequest(forgetest.PullRequest{Head: branch, Base: "release"})
	r.OpenPullRequest(forgetest.PullRequest{Head: "pinfetch", Base: "main"})
	f.ResetLog()
	open, err := connect(t, f, publicAPI, token).Open(t.Context(), "main", "pinfetch/")
	var got []int
	for _, p := range open {
		got = append(got, p.Number)
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
	if n := len(f.Requests()); n != 3 {
		t.Errorf("got %d requests, want 3", n)
	}
}

// closeRequests makes closed requests of a branch, the newest of which has the last number.
func closeRequests(r *forgetest.Repo, n int, p forgetest.PullRequest) {
	for range n {
		r.EditPullRequest(r.OpenPullRequest(p), func(p *forgetest.PullRequest) { p.State = "closed" })
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	ours := forgetest.PullRequest{Head: branch, Base: "main"}
	for name, tt := range map[string]struct {
		make     func(r *forgetest.Repo)
		want     []int // numbers
		requests int   // for two branches: this and an unknown one
	}{
		"none":  {func(r *forgetest.Repo) {}, nil, 1},
		"first": {func(r *forgetest.Repo) { closeRequests(r, 2, ours) }, []int{2, 1}, 1},
		"merged, of a fork, of another base, open": {func(r *forgetest.Repo) {
			r.MergePullRequest(r.OpenPullRequest(ours))
			closeRequests(r, 1, forgetest.PullRequest{Head: branch, Base: "main", Fork: "mallory/demo"})
			closeRequests(r, 1, forgetest.PullRequest{Head: branch, Base: "release"})
			r.OpenPullRequest(ours)
		}, nil, 1},
		"in a first page of several": {func(r *forgetest.Repo) {
			closeRequests(r, 120, forgetest.PullRequest{Head: "feature", Base: "main"})
			closeRequests(r, 1, ours)
		}, []int{121}, 2},
		"beyond": {func(r *forgetest.Repo) {
			closeRequests(r, 1, ours)
			closeRequests(r, 120, forgetest.PullRequest{Head: "feature", Base: "main"})
		}, []int{1}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, r := start(t)
			tt.make(r)
			f.ResetLog()
			g := connect(t, f, publicAPI, token)
			var closed []bot.Request
			var errs [2]error
			var both sync.WaitGroup
			both.Go(func() { closed, errs[0] = g.Closed(t.Context(), "main", branch) })
			both.Go(func() { _, errs[1] = g.Closed(t.Context(), "main", "pinfetch/unknown") })
			both.Wait()
			var got []int
			for _, p := range closed {
				got = append(got, p.Number)
			}
			if err := errors.Join(errs[:]...); err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("got %v, %v; want %v", got, err, tt.want)
			}
			if n := len(f.Requests()); n != tt.requests {
				t.Errorf("got %d requests, want %d", n, tt.requests)
			}
		})
	}
}

func TestCreateExisting(t *testing.T) {
	t.Parallel()
	f, r := start(t)
	g := connect(t, f, publicAPI, token)
	draft := bot.Draft{Branch: branch, Base: "main", Title: "t"}
	create(t, g, draft)
	if _, err := g.Create(t.Context(), draft); !errors.Is(err, bot.ErrExists) || len(r.PullRequests()) != 1 {
		t.Errorf("got %v and %d requests, want %v and 1", err, len(r.PullRequests()), bot.ErrExists)
	}
	draft.Branch = "pinfetch/empty"
	r.Branch(draft.Branch, r.Rev("main"))
	if _, err := g.Create(t.Context(), draft); errors.Is(err, bot.ErrExists) || !strings.Contains(fmt.Sprint(err), "No commits between") {
		t.Errorf("got %v, want an error about commits", err)
	}
}

// The largest body is taken, whatever it is made of.
func TestLimits(t *testing.T) {
	t.Parallel()
	f, r := start(t)
	g := connect(t, f, publicAPI, token)
	made := create(t, g, bot.Draft{Branch: branch, Base: "main", Title: "t"})
	for _, text := range []string{"a", "é", "😀"} {
		body := strings.Repeat(text, g.Limits().Body/len(text))
		if err := g.Edit(t.Context(), made, "t", body); err != nil || r.PullRequests()[0].Body != body {
			t.Errorf("%d times %q: %v", len(body)/len(text), text, err)
		}
	}
}

// hintOf is the advice that an error carries.
func hintOf(err error) string {
	var advised *sources.Advised
	if !errors.As(err, &advised) {
		return ""
	}
	return advised.Next
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	equip := func(w bot.Wishes) func(*testing.T, *github.Forge) error {
		return func(t *testing.T, g *github.Forge) error {
			return g.Equip(t.Context(), bot.Request{Number: 1, ID: "PR_1_1"}, w)
		}
	}
	open := func(t *testing.T, g *github.Forge) error {
		_, err := g.Create(t.Context(), bot.Draft{Branch: branch, Base: "main", Title: "t"})
		return err
	}
	list := func(t *testing.T, g *github.Forge) error {
		_, err := g.Open(t.Context(), "main", "pinfetch/")
		return err
	}
	edit := func(t *testing.T, g *github.Forge) error {
		return g.Edit(t.Context(), bot.Request{Number: 1}, "t", strings.Repeat("a", 65537))
	}
	settings := func(s forgetest.Settings) func(*forgetest.Forge, *forgetest.Repo) {
		return func(_ *forgetest.Forge, r *forgetest.Repo) { r.Settings(s) }
	}
	status := func(code int, text string) func(*forgetest.Forge, *forgetest.Repo) {
		return func(f *forgetest.Forge, _ *forgetest.Repo) {
			f.Fault(forgetest.Fault{Kind: forgetest.Status(code, http.Header{"Content-Type": {"application/json"}}, `{"message":"`+text+`"}`)})
		}
	}
	auto := equip(bot.Wishes{AutoMerge: bot.Merge})
	for name, tt := range map[string]struct {
		token   string
		prepare func(*forgetest.Forge, *forgetest.Repo)
		do      func(*testing.T, *github.Forge) error
		class   error
		text    string // of the error
		hint    string
	}{
		"expired token":       {"gone", nil, list, web.ErrUnauthorized, "Bad credentials", "create another one for acme/demo"},
		"no token":            {"", nil, open, web.ErrUnauthorized, "Requires authentication", "token"},
		"may only read":       {"other", nil, open, web.ErrUnauthorized, "open a pull request of \"pinfetch/ripgrep\" in acme/demo: POST", "contents, pull-requests and"},
		"may not label":       {"other", nil, equip(bot.Wishes{Labels: []string{"a"}}), web.ErrUnauthorized, "label pull request #1", "issues"},
		"Actions may not":     {token, settings(forgetest.Settings{NoRequests: true}), open, web.ErrUnauthorized, "not permitted to create", "allow \"GitHub Actions to create and approve"},
		"archived":            {token, settings(forgetest.Settings{Archived: true}), open, web.ErrUnauthorized, "archived", "unarchive acme/demo"},
		"private":             {token, func(_ *forgetest.Forge, r *forgetest.Repo) { r.Private("another") }, list, web.ErrNotFound, "404", "has access to the repository"},
		"renamed":             {token, func(f *forgetest.Forge, _ *forgetest.Repo) { f.Rename("acme/demo", "acme/new") }, open, web.ErrStatus, "301", "renamed: update"},
		"gone":                {token, status(410, "Issues are disabled"), equip(bot.Wishes{Labels: []string{"a"}}), web.ErrNotFound, "disabled", "enable them"},
		"single sign-on":      {token, status(403, "Resource protected by organization SAML enforcement."), list, web.ErrUnauthorized, "SAML", "single sign-on"},
		"no drafts":           {token, status(422, "Draft pull requests are not supported in this repository."), open, web.ErrStatus, "Draft", "has no drafts"},
		"body is too long":    {token, nil, edit, web.ErrStatus, "body is too long", "shorten"},
		"review by author":    {token, nil, equip(bot.Wishes{Reviewers: []string{"robot"}}), web.ErrStatus, "by robot", "leave out the owner"},
		"review by unknown":   {token, nil, equip(bot.Wishes{Reviewers: []string{"nobody"}}), web.ErrStatus, "by nobody", "with access to acme/demo"},
		"review by strangers": {token, nil, equip(bot.Wishes{Reviewers: []string{"eve", "other/team"}}), sources.ErrInvalid, `team "other/team"`, "a team of acme"},
		"unknown assignee":    {token, nil, equip(bot.Wishes{Assignees: []string{"eve", "nobody"}}), nil, `did not assign "nobody"`, "who can read acme/demo"},
		"auto-merge disabled": {token, settings(forgetest.Settings{NoAutoMerge: true}), auto, nil, "not allowed", "Allow auto-merge"},
		"nothing to wait for": {token, settings(forgetest.Settings{NoChecks: true}), auto, nil, "clean status", "nothing is waited for: require a status check"},
		"may not merge":       {"other", nil, auto, nil, "not accessible", "pull-requests with write access"},
		"rate limit": {token, func(f *forgetest.Forge, _ *forgetest.Repo) {
			f.RateLimit("api.github.com", time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC))
		}, list,
			web.ErrRateLimited, "403", "later"},
		"secondary limit": {token, func(f *forgetest.Forge, _ *forgetest.Repo) {
			f.Fault(forgetest.Fault{Kind: forgetest.SecondaryLimit(time.Hour)})
		}, open,
			web.ErrRateLimited, "secondary rate limit", "later"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, r := start(t)
			addBranch(r, "pinfetch/other")
			r.OpenPullRequest(forgetest.PullRequest{Author: "robot", Head: "pinfetch/other", Base: "main"})
			if tt.prepare != nil {
				tt.prepare(f, r)
			}
			err := tt.do(t, connect(t, f, publicAPI, tt.token))
			if err == nil || !strings.Contains(err.Error(), tt.text) || !strings.Contains(hintOf(err), tt.hint) || tt.class != nil && !errors.Is(err, tt.class) {
				t.Errorf("got  %v\nhint %q\nwant %q (%v), hint %q", err, hintOf(err), tt.text, tt.class, tt.hint)
			}
			if err != nil && strings.Contains(err.Error()+hintOf(err), token) {
				t.Errorf("the error shows the token: %v", err)
			}
		})
	}
}

// What can be granted is granted, and each refusal is reported.
func TestEquipGrantsWhatItCan(t *testing.T) {
	t.Parallel()
	f, r := start(t)
	r.Settings(forgetest.Settings{NoAutoMerge: true})
	g := connect(t, f, publicAPI, token)
	made := create(t, g, bot.Draft{Branch: branch, Base: "main", Title: "t"})
	err := g.Equip(t.Context(), made, bot.Wishes{
		Labels: []string{"a"}, Assignees: []string{"nobody", "eve"}, Reviewers: []string{"nobody", "robot", "eve", "other/team", "acme/core"}, AutoMerge: bot.Merge,
	})
	if joined, ok := err.(interface{ Unwrap() []error }); !ok || len(joined.Unwrap()) != 3 {
		t.Errorf("got %v, want three errors", err)
	}
	for _, want := range []string{`"nobody"`, "by nobody", "by robot", "other/team", "Auto merge"} {
		if !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
	p := r.PullRequests()[0]
	if got := fmt.Sprint(p.Labels, p.Assignees, p.Reviewers); got != "[a] [eve] [eve acme/core]" {
		t.Errorf("got %s", got)
	}
}

func TestHostileAnswers(t *testing.T) {
	t.Parallel()
	json := func(body string) forgetest.Kind {
		return forgetest.Status(http.StatusOK, http.Header{"Content-Type": {"application/json"}}, body)
	}
	endless := http.Header{"Content-Type": {"application/json"}, "Link": {`<https://api.github.com/x?page=2>; rel="next"`}}
	for name, tt := range map[string]struct {
		kind  forgetest.Kind
		class error
	}{
		"HTML":        {forgetest.HTML(), web.ErrProtocol},
		"nothing":     {json(""), web.ErrProtocol},
		"null":        {json("null"), web.ErrProtocol},
		"a number":    {json("7"), web.ErrProtocol},
		"wrong types": {json(`[{"number":"1","head":[],"body":7}]`), web.ErrProtocol},
		"wrong date":  {json(`[{"created_at":"\u001b[2J"}]`), web.ErrProtocol},
		"garbage":     {forgetest.Garbage(), web.ErrProtocol},
		"endless":     {forgetest.Status(http.StatusOK, endless, "[{}]"), web.ErrTooLarge},
		"huge":        {json("[" + strings.Repeat(" ", 33<<20) + "]"), web.ErrTooLarge},
		"down":        {forgetest.Status(http.StatusBadGateway, nil, "x"), web.ErrServer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, repo := start(t)
			repo.OpenPullRequest(forgetest.PullRequest{Head: "pinfetch/other", Base: "main"})
			f.Fault(forgetest.Fault{Kind: tt.kind})
			g := connect(t, f, publicAPI, token)
			ctx, r := t.Context(), bot.Request{Number: 1, ID: "PR_1_1"}
			_, open := g.Open(ctx, "main", "pinfetch/")
			_, comments := g.Comments(ctx, r)
			for _, err := range []error{open, comments} {
				if !errors.Is(err, tt.class) || len(err.Error()) > 500 || strings.Contains(err.Error(), "\x1b") {
					t.Errorf("got %.600q, want %v", fmt.Sprint(err), tt.class)
				}
			}
			if _, err := g.Closed(ctx, "main", branch); err == nil && name != "endless" { // it reads one page
				t.Error("closed: no error")
			}
			if made, err := g.Create(ctx, bot.Draft{Branch: branch, Base: "main", Title: "t"}); err == nil {
				t.Errorf("created %+v", made)
			}
			if n := len(f.Requests()); n > 120 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// Other people's requests have any text, and their repositories may be gone.
func TestOthersRequests(t *testing.T) {
	t.Parallel()
	f, _ := start(t)
	repo := `{"full_name":"acme/demo"}`
	body := strings.Repeat("a", 1<<20)
	f.File("api.github.com", "/repos/acme/demo/pulls", forgetest.Content{ContentType: "application/json", Body: fmt.Appendf(nil, `[null, {},
		{"number":1,"state":"open","head":{"ref":"pinfetch/a","repo":null},"base":{"ref":"main","repo":%[1]s}},
		{"number":2,"state":"open","head":{"ref":"pinfetch/a"},"base":{"ref":"main"}},
		{"number":-3,"state":"open","head":{"ref":"pinfetch/a","repo":%[1]s},"base":{"ref":"main","repo":%[1]s}},
		{"number":4,"state":"open","body":null,"head":{"ref":"pinfetch/a","repo":%[1]s},"base":{"ref":"main","repo":%[1]s}},
		{"number":5,"state":"open","body":"%[2]s","head":{"ref":"pinfetch/b","repo":%[1]s},"base":{"ref":"main","repo":%[1]s}}]`, repo, body)})
	got, err := connect(t, f, publicAPI, token).Open(t.Context(), "main", "pinfetch/")
	want := []bot.Request{{Number: 4, Branch: "pinfetch/a"}, {Number: 5, Branch: "pinfetch/b", Body: body}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %.300v, %v", got, err)
	}
}

func TestTokenStaysWithTheAPI(t *testing.T) {
	t.Parallel()
	f, _ := start(t)
	f.Fault(forgetest.Fault{Host: "api.github.com", Kind: forgetest.RedirectTo("https://evil.example.org/")})
	g := connect(t, f, publicAPI, token)
	g.Open(t.Context(), "main", "pinfetch/")
	g.Create(t.Context(), bot.Draft{Branch: branch, Base: "main", Title: "t"})
	g.Equip(t.Context(), bot.Request{Number: 1, ID: "PR_1_1"}, bot.Wishes{AutoMerge: bot.Merge})
	for _, r := range f.Requests() {
		if r.Host != "api.github.com" && (r.Header.Get("Authorization") != "" || r.Method != http.MethodGet) {
			t.Errorf("%s %s with %q", r.Method, r.Host, r.Header)
		}
	}
	if len(f.Requests()) != 4 {
		t.Errorf("got %d requests, want 3 and a redirect", len(f.Requests()))
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for _, project := range []string{"", "acme", "acme/", "/demo", "acme/demo/x", "acme/..", "a b/c", "acme/demo?x", "a%2fb/c"} {
		if _, err := github.New(publicAPI, project, http.DefaultTransport); !errors.Is(err, sources.ErrInvalid) || hintOf(err) == "" {
			t.Errorf("%q: got %v", project, err)
		}
	}
	if _, err := github.New("https://a b", "acme/demo", http.DefaultTransport); !errors.Is(err, sources.ErrInvalid) {
		t.Errorf("got %v, want %v", err, sources.ErrInvalid)
	}
}
