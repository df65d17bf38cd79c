package gitea_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pinfetch/pinfetch/internal/bot"
	"github.com/pinfetch/pinfetch/internal/bot/gitea"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/test/dial"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

const (
	host   = "gitea.example.org"
	token  = "bot-token"
	branch = "pinfetch/ripgrep"
)

// start returns a fake forge with acme/demo, which has a branch of the bot's, and a token that may do everything.
func start(t *testing.T) (*forgetest.Forge, *forgetest.Repo) {
	t.Helper()
	f := forgetest.New(t)
	r := f.Repo("acme/demo")
	r.Commit("main", forgetest.Files{"a": {Body: "1"}})
	r.Branch(branch, r.Rev("main"))
	r.Commit(branch, forgetest.Files{"a": {Body: "2"}})
	r.Grant(token, "robot", forgetest.MayPush, forgetest.MayRequest, forgetest.MayLabel, forgetest.MayMerge)
	r.Grant("other", "eve")
	return f, r
}

func connect(t *testing.T, f *forgetest.Forge, host, token string) *gitea.Forge {
	t.Helper()
	client, _ := dial.Forge(t, f, web.Credentials{host: {Password: token, Bearer: true, Source: "GITEA_TOKEN"}})
	g, err := gitea.New("https://"+host, "acme/demo", client.WritingRoundTripper())
	if err != nil {
		t.Fatal(err)
	}
	g.Backoff = time.Millisecond
	return g
}

func create(t *testing.T, g *gitea.Forge, draft bot.Draft) bot.Request {
	t.Helper()
	r, err := g.Create(t.Context(), draft)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func numbers(requests []bot.Request) (all []int) {
	for _, r := range requests {
		all = append(all, r.Number)
	}
	return all
}

func TestNew(t *testing.T) {
	t.Parallel()
	for _, tt := range [][2]string{
		{"", "a/b"}, {"codeberg.org", "a/b"}, {"https://user:secret@codeberg.org", "a/b"}, {"https://codeberg.org?a", "a/b"},
		{"https://codeberg.org", "a"}, {"https://codeberg.org", "a/"}, {"https://codeberg.org", "/b"}, {"https://codeberg.org", "a/b/c"},
	} {
		if _, err := gitea.New(tt[0], tt[1], nil); !errors.Is(err, sources.ErrInvalid) || strings.Contains(err.Error(), "secret") {
			t.Errorf("New(%q, %q): got %v", tt[0], tt[1], err)
		}
	}
}

func TestRequest(t *testing.T) {
	t.Parallel()
	for _, host := range []string{host, "codeberg.org"} {
		t.Run(host, func(t *testing.T) {
			t.Parallel()
			f, r := start(t)
			g := connect(t, f, host, token)
			ctx := t.Context()
			made := create(t, g, bot.Draft{Branch: branch, Base: "main", Title: "Update", Body: "old"})
			page := "https://" + host + "/acme/demo/pulls/1"
			if want := (bot.Request{Number: 1, Branch: branch, Head: r.Rev(branch), Title: "Update", Body: "old", URL: page}); made != want {
				t.Errorf("created %+v, want %+v", made, want)
			}
			if open, err := g.Open(ctx, "main", "pinfetch/"); err != nil || !slices.Equal(open, []bot.Request{made}) {
				t.Errorf("open: %+v, %v; want %+v", open, err, made)
			}
			if _, err := g.Create(ctx, bot.Draft{Branch: branch, Base: "main", Title: "Update", Body: "old"}); !errors.Is(err, bot.ErrExists) {
				t.Errorf("create again: %v", err)
			}
			wishes := bot.Wishes{Labels: []string{"dependencies", "nix"}, Reviewers: []string{"eve"}, Assignees: []string{"eve", "robot"}, AutoMerge: bot.Squash}
			for range 2 {
				if err := g.Equip(ctx, made, wishes); err != nil {
					t.Errorf("equip: %v", err)
				}
			}
			said := []string{"first", strings.Repeat("é", 1000)}
			if err := errors.Join(
				g.Edit(ctx, made, "Update 2", "new"), g.Comment(ctx, made, said[0]), g.Comment(ctx, made, said[1]), g.Close(ctx, made, "closed"),
			); err != nil {
				t.Fatal(err)
			}
			if got, err := g.Comments(ctx, made); err != nil || !slices.Equal(got, said) {
				t.Errorf("comments: %.100q, %v", got, err)
			}
			r.DeleteRef("refs/heads/" + branch)
			if closed, err := g.Closed(ctx, "main", branch); err != nil || len(closed) != 1 || closed[0].Number != 1 || closed[0].Body != "closed" {
				t.Errorf("closed: %+v, %v", closed, err)
			}
			p := r.PullRequests()[0]
			want := forgetest.PullRequest{
				Number: 1, Author: "robot", Title: "Update 2", Body: "closed", Head: branch, Base: "main", HeadID: p.HeadID, State: "closed",
				Labels: wishes.Labels, Reviewers: wishes.Reviewers, Assignees: wishes.Assignees, AutoMerge: "squash",
				Comments: p.Comments, Created: p.Created, Updated: p.Updated,
			}
			if got, want := fmt.Sprintf("%+v", p), fmt.Sprintf("%+v", want); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			for _, req := range f.Requests() {
				if auth := req.Header.Get("Authorization"); auth != "Bearer "+token || !req.TLS || strings.HasSuffix(req.Path, "/version") {
					t.Errorf("%s %s %s: Authorization %q, TLS %v", req.Method, req.Host, req.Path, auth, req.TLS)
				}
			}
		})
	}
}

// A request stays a draft until a person says otherwise, and the prefix that says so is not the bot's business.
func TestDraft(t *testing.T) {
	t.Parallel()
	f, r := start(t)
	g := connect(t, f, host, token)
	made := create(t, g, bot.Draft{Branch: branch, Base: "main", Title: "Update", Body: "b", IsDraft: true})
	if made.Title != "Update" || !made.IsDraft {
		t.Errorf("created %+v", made)
	}
	for _, tt := range []struct {
		title   string // as a person writes it
		isDraft bool
		edited  string // what the bot edits it to, as the forge has it
	}{
		{"WIP: Update", true, "WIP: Update 2"}, {"[wip]Update", true, "WIP: Update 2"}, {"wip:  Update", true, "WIP: Update 2"},
		{"Update", false, "Update 2"}, {"WIPE: Update", false, "Update 2"}, {"WI", false, "Update 2"},
	} {
		r.EditPullRequest(1, func(p *forgetest.PullRequest) { p.Title, p.Draft = tt.title, false })
		open, err := g.Open(t.Context(), "main", "pinfetch/")
		if err != nil || len(open) != 1 || open[0].IsDraft != tt.isDraft || tt.isDraft && open[0].Title != "Update" {
			t.Fatalf("%q: %+v, %v", tt.title, open, err)
		}
		err = g.Edit(t.Context(), open[0], open[0].Title, "other body")
		if got := r.PullRequests()[0].Title; err != nil || got != tt.title {
			t.Errorf("%q: an edit of the body made it %q, %v", tt.title, got, err)
		}
		if err := g.Edit(t.Context(), open[0], "Update 2", "b"); err != nil {
			t.Error(err)
		}
		p := r.PullRequests()[0]
		if got := map[bool]string{true: "WIP: "}[p.Draft] + p.Title; got != tt.edited {
			t.Errorf("%q became %q, want %q", tt.title, got, tt.edited)
		}
	}
}

func TestOpenListsOwnBranches(t *testing.T) {
	t.Parallel()
	f, r := start(t)
	add := func(p forgetest.PullRequest) int {
		if p.Fork == "" {
			r.Branch(p.Head, r.Rev("main"))
		}
		return r.OpenPullRequest(p)
	}
	r.Branch("release", r.Rev("main"))
	fork := f.Repo("mallory/demo")
	fork.Commit("main", forgetest.Files{"a": {Body: "1"}})
	var want []int
	for i := range 130 {
		want = append(want, add(forgetest.PullRequest{Head: fmt.Sprintf("pinfetch/p%d", i), Base: "main"}))
	}
	add(forgetest.PullRequest{Head: branch, Base: "main", Fork: "mallory/demo"})
	add(forgetest.PullRequest{Head: branch, Base: "main", Fork: "mallory/deleted"})
	add(forgetest.PullRequest{Head: branch, Base: "release"})
	add(forgetest.PullRequest{Head: "feature", Base: "main"})
	open, err := connect(t, f, host, token).Open(t.Context(), "main", "pinfetch/")
	if got := numbers(open); err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
	if n := len(f.Requests()); n != 3 {
		t.Errorf("got %d requests, want 3", n)
	}
}

// The list of closed requests is read once, as far as it takes.
func TestClosed(t *testing.T) {
	t.Parallel()
	f, r := start(t)
	r.Branch("release", r.Rev("main"))
	add := func(branch, base string) int {
		r.Branch(branch, r.Rev("main"))
		n := r.OpenPullRequest(forgetest.PullRequest{Head: branch, Base: base})
		r.EditPullRequest(n, func(p *forgetest.PullRequest) { p.State = "closed" })
		return n
	}
	add("pinfetch/old", "main")
	for i := range 60 {
		add(fmt.Sprintf("other/%d", i), "main")
	}
	first, second := add("pinfetch/new", "main"), add("pinfetch/new", "main")
	add("pinfetch/new", "release")
	r.Branch("pinfetch/merged", r.Rev(branch))
	r.MergePullRequest(r.OpenPullRequest(forgetest.PullRequest{Head: "pinfetch/merged", Base: "main"}))
	r.DeleteRef("refs/heads/pinfetch/new")
	g := connect(t, f, host, token)
	for _, tt := range []struct {
		branch   string
		want     []int
		requests int // so far
	}{
		{"pinfetch/new", []int{second, first}, 1},
		{"pinfetch/old", []int{1}, 2},
		{"pinfetch/merged", nil, 2},
		{"pinfetch/none", nil, 2},
	} {
		closed, err := g.Closed(t.Context(), "main", tt.branch)
		if got := numbers(closed); err != nil || !slices.Equal(got, tt.want) || len(f.Requests()) != tt.requests {
			t.Errorf("%s: got %v, %v with %d requests; want %v with %d", tt.branch, got, err, len(f.Requests()), tt.want, tt.requests)
		}
	}
}

// An error says what to grant.
func TestRefusals(t *testing.T) {
	t.Parallel()
	edit := func(g *gitea.Forge, ctx context.Context) error { return g.Edit(ctx, bot.Request{Number: 1}, "t", "b") }
	comment := func(g *gitea.Forge, ctx context.Context) error { return g.Comment(ctx, bot.Request{Number: 1}, "b") }
	open := func(g *gitea.Forge, ctx context.Context) error {
		_, err := g.Create(ctx, bot.Draft{Branch: branch, Base: "main", Title: "t"})
		return err
	}
	list := func(g *gitea.Forge, ctx context.Context) error { _, err := g.Open(ctx, "main", ""); return err }
	equip := func(w bot.Wishes) func(*gitea.Forge, context.Context) error {
		return func(g *gitea.Forge, ctx context.Context) error { return g.Equip(ctx, bot.Request{Number: 1}, w) }
	}
	change := func(s forgetest.Settings) func(*forgetest.Forge) {
		return func(f *forgetest.Forge) { f.Repo("acme/demo").Settings(s) }
	}
	for _, tt := range []struct {
		name, host, token string
		before            func(*forgetest.Forge)
		call              func(*gitea.Forge, context.Context) error
		status            int
		want, hint        string
	}{
		{"no token", host, "", nil, edit, 401, "edit pull request 1 of acme/demo", "scopes write:repository and write:issue"},
		{"unknown token", host, "old", nil, list, 401, "list pull requests of acme/demo", "set a token of gitea.example.org"},
		{"token that reads", host, "other", nil, edit, 403, "required=[write:repository]", "this one lacks write:repository"},
		{"Forgejo's words", "codeberg.org", "other", nil, comment, 403, "required scope(s): [write:issue]", "this one lacks write:issue"},
		{"no scope for issues", host, "requests", nil, comment, 403, "comment on", "this one lacks write:issue"},
		{"no scope for labels", host, "requests", nil, equip(bot.Wishes{Labels: []string{"l"}}), 403, `add labels "l"`, "this one lacks read:issue"},
		{"no rights", host, token, func(f *forgetest.Forge) {
			f.Fault(forgetest.Fault{Kind: forgetest.Status(403, nil, "")})
		}, edit, 403, "403", "write access to acme/demo"},
		{"requests are off", host, token, change(forgetest.Settings{NoRequests: true}), list, 404, "list", "pull requests are enabled"},
		{"archived", host, token, change(forgetest.Settings{Archived: true}), open, 423, "archived", "unarchive acme/demo"},
		{"renamed", host, token, func(f *forgetest.Forge) { f.Rename("acme/demo", "acme/new") }, open, 301, "open", "set the remote to its new address"},
		{"unknown reviewer", host, token, nil, equip(bot.Wishes{Reviewers: []string{"nobody"}}), 404, `ask "nobody" to review`, "name users"},
		{"own review", host, token, nil, equip(bot.Wishes{Reviewers: []string{"robot"}}), 422, "poster of pr", "other than the token's own"},
		{"unknown assignee", host, token, nil, equip(bot.Wishes{Assignees: []string{"nobody"}}), 422, "Assignee does not exist", "name users"},
		{"may not merge", host, "requests", nil, equip(bot.Wishes{AutoMerge: bot.Merge}), 405, "not allowed", "set it to merge on its page"},
		{"never ready", host, token, func(f *forgetest.Forge) {
			f.Fault(forgetest.Fault{Path: "/api/v1/repos/acme/demo/pulls/1/merge", Kind: notReady})
		}, equip(bot.Wishes{AutoMerge: bot.Merge}), 405, "try again", "set it to merge on its page"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, r := start(t)
			r.Grant("requests", "ada", forgetest.MayRequest)
			r.Branch("pinfetch/other", r.Rev(branch))
			r.OpenPullRequest(forgetest.PullRequest{Author: "robot", Head: "pinfetch/other", Base: "main"})
			if tt.before != nil {
				tt.before(f)
			}
			err := tt.call(connect(t, f, tt.host, tt.token), t.Context())
			var status *web.StatusError
			var advised *sources.Advised
			if !errors.As(err, &status) || status.Status != tt.status || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want %d %s", err, tt.status, tt.want)
			}
			if !errors.As(err, &advised) || !strings.Contains(advised.Next, tt.hint) {
				t.Errorf("got advice %+v, want %s", advised, tt.hint)
			}
		})
	}
}

// notReady is the answer to a merge while the server still looks for conflicts.
var notReady = forgetest.Status(405, http.Header{"Content-Type": {"application/json;charset=utf-8"}}, `{"message":"Please try again later"}`)

// What can be granted is granted, and what a person added stays.
func TestEquip(t *testing.T) {
	t.Parallel()
	f, r := start(t)
	g := connect(t, f, host, token)
	made := create(t, g, bot.Draft{Branch: branch, Base: "main", Title: "Update"})
	r.Grant("third", "ada")
	r.EditPullRequest(1, func(p *forgetest.PullRequest) { p.Labels, p.Assignees = []string{"mine"}, []string{"ada"} })
	f.Fault(forgetest.Fault{Path: "/api/v1/repos/acme/demo/pulls/1/merge", Times: 2, Kind: notReady})
	err := g.Equip(t.Context(), made, bot.Wishes{
		Labels: []string{"mine", "new"}, Reviewers: []string{"nobody", "eve", "robot"}, Assignees: []string{"nobody", "eve"}, AutoMerge: bot.Rebase,
	})
	p := r.PullRequests()[0]
	if err == nil || strings.Count(err.Error(), "\n") != 2 || !slices.Equal(p.Labels, []string{"mine", "new"}) || !slices.Equal(p.Reviewers, []string{"eve"}) ||
		!slices.Equal(p.Assignees, []string{"ada", "eve"}) || p.AutoMerge != "rebase" {
		t.Errorf("got %+v, %v", p, err)
	}
	f.ResetLog()
	if err := g.Equip(t.Context(), made, bot.Wishes{Labels: []string{"new", "mine"}}); err != nil || len(f.Requests()) != 1 {
		t.Errorf("labels that are known took %d requests, %v", len(f.Requests()), err)
	}
}

// Without checks, the server merges at once. A run that was killed then asks again.
func TestMergedAtOnce(t *testing.T) {
	t.Parallel()
	f, r := start(t)
	r.Settings(forgetest.Settings{NoChecks: true})
	g := connect(t, f, host, token)
	made := create(t, g, bot.Draft{Branch: branch, Base: "main", Title: "Update"})
	for range 2 {
		if err := g.Equip(t.Context(), made, bot.Wishes{AutoMerge: bot.Merge}); err != nil {
			t.Error(err)
		}
	}
	if err := g.Edit(t.Context(), made, made.Title, "after"); err != nil || r.PullRequests()[0].State != "merged" {
		t.Errorf("got %+v, %v", r.PullRequests()[0], err)
	}
}

// A label of the organization is not made again in the repository.
func TestOrganizationLabels(t *testing.T) {
	t.Parallel()
	f, _ := start(t)
	g := connect(t, f, host, token)
	made := create(t, g, bot.Draft{Branch: branch, Base: "main", Title: "Update"})
	answer := func(w http.ResponseWriter, text string) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, text)
	}
	f.Fault(forgetest.Fault{Path: "/api/v1/orgs/acme/labels", Kind: forgetest.Answer(func(w http.ResponseWriter, _ *http.Request) {
		answer(w, `[{"id":77,"name":"shared"},null,{"id":78,"name":"shared"}]`)
	})})
	added := make(chan string, 1)
	f.Fault(forgetest.Fault{Path: "/api/v1/repos/acme/demo/issues/1/labels", Kind: forgetest.Answer(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		added <- string(text)
		answer(w, `[]`)
	})})
	if err := g.Equip(t.Context(), made, bot.Wishes{Labels: []string{"shared"}}); err != nil {
		t.Fatal(err)
	}
	if got := <-added; got != `{"labels":[77]}` {
		t.Errorf("added %s", got)
	}
}

// No answer makes the adapter panic, go on for ever, or fill the screen.
func TestHostileAnswers(t *testing.T) {
	t.Parallel()
	page := func(text string) forgetest.Kind {
		return forgetest.Status(200, http.Header{"Content-Type": {"application/json"}}, text)
	}
	for name, tt := range map[string]struct {
		kind  forgetest.Kind
		class error // of methods that list requests or comments
	}{
		"HTML":        {forgetest.HTML(), web.ErrProtocol},
		"text":        {page(`"` + strings.Repeat("x", 1<<20) + `"`), web.ErrProtocol},
		"long number": {page(`[{"id":` + strings.Repeat("1", 1<<20) + `}]`), web.ErrProtocol},
		"wrong types": {page(`[{"id":"1"}]`), web.ErrProtocol},
		"wrong date":  {page(`[{"created_at":"` + strings.Repeat("x", 1<<20) + `"}]`), web.ErrProtocol},
		"half":        {page(`[{"number":1`), web.ErrProtocol},
		"nulls":       {page(`[null,{},{"head":null,"base":{}},{"head":{},"base":null}]`), nil},
		"null":        {page(`null`), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, _ := start(t)
			f.Fault(forgetest.Fault{Kind: tt.kind})
			for what, call := range map[string]func(*gitea.Forge) error{
				"open":     func(g *gitea.Forge) error { _, err := g.Open(t.Context(), "main", ""); return err },
				"closed":   func(g *gitea.Forge) error { _, err := g.Closed(t.Context(), "main", branch); return err },
				"comments": func(g *gitea.Forge) error { _, err := g.Comments(t.Context(), bot.Request{Number: 1}); return err },
				"equip": func(g *gitea.Forge) error {
					return g.Equip(t.Context(), bot.Request{Number: 1}, bot.Wishes{Labels: []string{"l"}})
				},
			} {
				err := call(connect(t, f, host, token))
				if what != "equip" && !errors.Is(err, tt.class) || err != nil && len(err.Error()) > 700 {
					t.Errorf("%s: got %v, want %v", what, err, tt.class)
				}
			}
		})
	}
}

// Lists end, whatever a server says about the next page.
func TestEndlessPages(t *testing.T) {
	t.Parallel()
	f, _ := start(t)
	step := 1
	f.Fault(forgetest.Fault{Kind: forgetest.Answer(func(w http.ResponseWriter, r *http.Request) {
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		w.Header().Set("Link", fmt.Sprintf(`<https://%s/?page=%d>; rel="next"`, host, page+step))
		io.WriteString(w, "[]")
	})})
	g := connect(t, f, host, token)
	if _, err := g.Open(t.Context(), "main", ""); !errors.Is(err, web.ErrTooLarge) || len(f.Requests()) != 100 {
		t.Errorf("open: %v after %d requests", err, len(f.Requests()))
	}
	f.ResetLog()
	for range 2 {
		if _, err := g.Closed(t.Context(), "main", branch); err != nil || len(f.Requests()) != 20 {
			t.Errorf("closed: %v after %d requests", err, len(f.Requests()))
		}
	}
	f.ResetLog()
	step = 0
	if _, err := g.Open(t.Context(), "main", ""); err != nil || len(f.Requests()) != 1 {
		t.Errorf("the same page again: %v after %d requests", err, len(f.Requests()))
	}
}

// Each call has its own context.
func TestCancel(t *testing.T) {
	t.Parallel()
	f, _ := start(t)
	g := connect(t, f, host, token)
	ctx, cancel := context.WithCancel(t.Context())
	f.Fault(forgetest.Fault{Times: 1, Kind: forgetest.Answer(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})})
	if _, err := g.Closed(ctx, "main", branch); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := g.Equip(ctx, bot.Request{Number: 1}, bot.Wishes{AutoMerge: bot.Merge}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: %v", err)
	}
	if _, err := g.Closed(t.Context(), "main", branch); err != nil {
		t.Errorf("another call: %v", err)
	}
}
