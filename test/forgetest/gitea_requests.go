package forgetest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi2conv"
	"github.com/getkin/kin-openapi/openapi3"
)

// giteaAPI is Gitea's description.
var giteaAPI = openAPI("gitea.json", parseGitea)

// parseGitea reads a description of version 2, and makes it say what that version cannot: that everything may be null, which
// is how Go writes what is absent. It adds parameters that Gitea's own client sends and servers ignore.
func parseGitea(data []byte) (*openapi3.T, error) {
	var old openapi2.T
	if err := json.Unmarshal(data, &old); err != nil {
		return nil, err
	}
	doc, err := openapi2conv.ToV3(&old)
	if err != nil {
		return nil, err
	}
	for _, schema := range doc.Components.Schemas {
		allowNull(schema)
	}
	comments := doc.Paths.Value("/repos/{owner}/{repo}/issues/{index}/comments").Get
	for _, name := range []string{"page", "limit"} {
		comments.AddParameter(openapi3.NewQueryParameter(name).WithSchema(openapi3.NewIntegerSchema()))
	}
	return doc, nil
}

func allowNull(schema *openapi3.SchemaRef) {
	if schema == nil || schema.Ref != "" {
		return
	}
	schema.Value.Nullable = true
	allowNull(schema.Value.Items)
	for _, property := range schema.Value.Properties {
		allowNull(property)
	}
}

// giteaRequests answers what belongs to requests, and reports whether a path does. path is relative to the API's root.
func (f *Forge) giteaRequests(w http.ResponseWriter, r *http.Request, path string) bool {
	parts := strings.SplitN(path, "/", 4)
	var answer func(giteaView, http.ResponseWriter)
	switch below := len(parts) == 4; {
	case path == "version":
		answer = giteaView.version
	case parts[0] == "orgs" && strings.HasSuffix(path, "/labels"):
		answer = giteaView.missing // every owner is a user
	case parts[0] == "repos" && len(parts) == 3, parts[0] == "repos" && below && slices.Contains([]string{"pulls", "labels", "issues"}, first(parts[3])):
		answer = func(v giteaView, w http.ResponseWriter) { v.answer(w, strings.Join(parts[3:], "/")) }
	default:
		return false
	}
	giteaAPI().checked(w, r, path, func(w http.ResponseWriter, r *http.Request) {
		v := giteaView{f, nil, r}
		if parts[0] == "repos" {
			name := parts[1] + "/" + parts[2]
			v.repo = f.find(hostOf(r), name)
			if to, renamed := f.newName(name); v.repo == nil && renamed {
				redirect(w, origin(r)+escape("/api/v1/repos/"+strings.Join(append([]string{to}, parts[3:]...), "/"))+query(r), http.StatusMovedPermanently)
				return
			}
		}
		answer(v, w)
	})
	return true
}

func first(path string) string {
	name, _, _ := strings.Cut(path, "/")
	return name
}

// giteaView is a repository as one HTTP request of Gitea's API sees it.
type giteaView struct {
	forge *Forge
	repo  *Repo
	r     *http.Request
}

// answer answers what lies below /repos/OWNER/REPO.
func (v giteaView) answer(w http.ResponseWriter, rest string) {
	if v.repo == nil || !v.repo.admitsToken(v.r) || v.repo.setting().NoRequests && first(rest) == "pulls" {
		v.missing(w)
		return
	}
	if refused := v.refuses(w, rest); refused {
		return
	}
	v.repo.closeWithoutBranch()
	parts := append(strings.Split(rest, "/"), "", "")
	number, _ := strconv.Atoi(parts[1])
	p, found := v.repo.edit(number, nil)
	switch operation := v.r.Method + " " + parts[0] + "/" + parts[2]; {
	case rest == "":
		sendStatus(w, http.StatusOK, v.repository(v.repo.Name(), v.repo))
	case rest == "pulls" && operation == "GET pulls/":
		v.list(w)
	case rest == "pulls" && operation == "POST pulls/":
		v.create(w)
	case operation == "GET labels/":
		sendGiteaPage(w, v.r, v.repo.labelNames(), func(name string) any { return v.label(name) })
	case operation == "POST labels/":
		v.createLabel(w)
	case !found:
		v.missing(w)
	case operation == "GET pulls/":
		sendStatus(w, http.StatusOK, v.pull(p))
	case operation == "PATCH pulls/":
		v.patch(w, p)
	case operation == "POST pulls/merge":
		v.merge(w, p)
	case operation == "POST pulls/requested_reviewers":
		v.review(w, p)
	case operation == "GET issues/labels":
		sendStatus(w, http.StatusOK, v.labels(p))
	case operation == "POST issues/labels":
		v.addLabels(w, p)
	case operation == "GET issues/comments":
		v.comments(w, p)
	case operation == "POST issues/comments":
		v.say(w, p)
	default:
		v.missing(w)
	}
}

// refuses answers for a token that may not do what it asks for, and reports whether it may not. Requests are in the scope
// "repository", labels and comments in "issue". A token without rights has both scopes for reading.
func (v giteaView) refuses(w http.ResponseWriter, rest string) (refused bool) {
	category, right := "repository", MayRequest
	if first(rest) == "labels" || first(rest) == "issues" {
		category, right = "issue", MayLabel
	}
	token, m, writes, access := bearer(v.r), v.repo.member(v.r), v.r.Method != http.MethodGet, "read"
	if writes {
		access = "write"
	}
	creates := v.r.Method == http.MethodPost && (rest == "pulls" || strings.HasSuffix(rest, "/comments"))
	switch {
	case token != "" && m.user == "" && token != v.repo.secret():
		v.fail(w, http.StatusUnauthorized, "invalid username, password or token")
	case writes && token == "":
		v.fail(w, http.StatusUnauthorized, "token is required")
	case !slices.Contains(m.rights, right) && (writes || len(m.rights) > 0 && category == "issue"):
		format := "token does not have at least one of required scope(s), required=[%s:%s], token scope=%s"
		if host := hostOf(v.r); host == "codeberg.org" || strings.HasPrefix(host, "forgejo.") {
			format = "token does not have at least one of required scope(s): [%s:%s]%.0s"
		}
		v.fail(w, http.StatusForbidden, fmt.Sprintf(format, access, category, "read:repository"))
	case creates && v.repo.setting().Archived:
		v.fail(w, http.StatusLocked, v.repo.Name()+" is archived")
	default:
		return false
	}
	return true
}

// closeWithoutBranch closes requests whose branch was deleted, as servers do soon after.
func (r *Repo) closeWithoutBranch() {
	for _, p := range r.PullRequests() {
		if p.State == "open" && p.Fork == "" && r.ref("refs/heads/"+p.Head) == "" {
			r.edit(p.Number, func(p *PullRequest) { p.State = "closed" })
		}
	}
}

// read reads the request's body. The validator has seen it.
func (v giteaView) read(into any) { json.NewDecoder(v.r.Body).Decode(into) }

func (v giteaView) fail(w http.ResponseWriter, status int, message string) {
	sendStatus(w, status, map[string]any{"message": message, "url": origin(v.r) + "/api/swagger"})
}

func (v giteaView) missing(w http.ResponseWriter) { forgejoNotFound(w) }

func (v giteaView) version(w http.ResponseWriter) {
	version := "1.26.4"
	if host := hostOf(v.r); host == "codeberg.org" || strings.HasPrefix(host, "forgejo.") {
		version = "11.0.1+gitea-1.22.0"
	}
	sendStatus(w, http.StatusOK, map[string]any{"version": version})
}

// sendGiteaPage answers with a page of a list.
func sendGiteaPage[T any](w http.ResponseWriter, r *http.Request, all []T, show func(T) any) {
	w.Header().Set("X-Total-Count", strconv.Itoa(len(all)))
	sendPage(w, r, all, min(positive(r, "limit", defaultPage), maxForgejoPage), show)
}

// list lists requests, without a state all of them, whatever the description says. There is no way to ask for those of a branch.
func (v giteaView) list(w http.ResponseWriter) {
	state := cmp.Or(v.r.URL.Query().Get("state"), "all")
	all := slices.DeleteFunc(v.repo.PullRequests(), func(p PullRequest) bool {
		return state != "all" && (state == "open") != (p.State == "open")
	})
	switch v.r.URL.Query().Get("sort") {
	case "oldest":
	case "leastupdate":
		slices.SortStableFunc(all, func(a, b PullRequest) int { return a.Updated.Compare(b.Updated) })
	case "recentupdate":
		slices.SortStableFunc(all, func(a, b PullRequest) int { return b.Updated.Compare(a.Updated) })
	default:
		slices.Reverse(all)
	}
	sendGiteaPage(w, v.r, all, func(p PullRequest) any { return v.pull(p) })
}

// create opens a request. One without changes is opened too.
func (v giteaView) create(w http.ResponseWriter) {
	var in struct{ Title, Head, Base, Body string }
	v.read(&in)
	switch {
	case in.Title == "":
		v.fail(w, http.StatusUnprocessableEntity, "[Title]: Required")
	case v.repo.ref("refs/heads/"+in.Head) == "" || v.repo.ref("refs/heads/"+in.Base) == "":
		v.missing(w)
	case in.Head == in.Base:
		v.fail(w, http.StatusUnprocessableEntity, "Invalid PullRequest: There are no changes between the head and the base")
	default:
		p := PullRequest{Author: v.repo.actor(v.r), Body: in.Body, Head: in.Head, Base: in.Base}
		p.entitle(in.Title)
		p, isNew := v.repo.open(p)
		if !isNew {
			v.fail(w, http.StatusConflict, fmt.Sprintf("pull request already exists for these targets "+
				"[id: %d, issue_id: %d, head_repo_id: %d, base_repo_id: %d, head_branch: %s, base_branch: %s]", p.Number, p.Number, v.repo.id, v.repo.id, p.Head, p.Base))
			return
		}
		sendCreated(w, v.pull(p))
	}
}

// maxGiteaTitle is the length of the longest title, in characters.
const maxGiteaTitle = 255

// entitle sets the title, which says whether a request is a draft.
func (p *PullRequest) entitle(title string) {
	if utf8.RuneCountInString(title) > maxGiteaTitle {
		title = string([]rune(title)[:maxGiteaTitle-1]) + "…"
	}
	p.Title, p.Draft = strings.CutPrefix(title, "WIP: ")
}

// patch changes what is given. "" for a title is not.
func (v giteaView) patch(w http.ResponseWriter, p PullRequest) {
	var in struct {
		Title       string
		Body, State *string
		Assignees   []string
	}
	v.read(&in)
	unknown := slices.IndexFunc(in.Assignees, func(user string) bool { return !v.repo.isMember(user) })
	switch {
	case unknown >= 0:
		v.fail(w, http.StatusUnprocessableEntity, fmt.Sprintf("Assignee does not exist: [name: user does not exist [uid: 0, name: %s]]", in.Assignees[unknown]))
		return
	case in.State != nil && p.State == "merged":
		v.fail(w, http.StatusPreconditionFailed, "cannot change state of this pull request, it was already merged")
		return
	}
	p, _ = v.repo.edit(p.Number, func(p *PullRequest) {
		if in.Title != "" {
			p.entitle(in.Title)
		}
		if in.Body != nil {
			p.Body = *in.Body
		}
		if in.State != nil {
			p.State = *in.State
		}
		if in.Assignees != nil {
			p.Assignees = in.Assignees
		}
	})
	sendCreated(w, v.pull(p))
}

// merge merges a request when its checks have passed. If there are none, that is now.
func (v giteaView) merge(w http.ResponseWriter, p PullRequest) {
	var in struct {
		Do          string
		WhenChecked bool `json:"merge_when_checks_succeed"`
		DeleteHead  bool `json:"delete_branch_after_merge"`
	}
	v.read(&in)
	switch {
	case !v.repo.may(v.r, MayMerge):
		v.fail(w, http.StatusMethodNotAllowed, "User not allowed to merge PR")
	case p.State == "merged":
		v.fail(w, http.StatusMethodNotAllowed, "The PR is already merged")
	case p.State == "closed":
		v.missing(w)
	case p.Draft:
		v.fail(w, http.StatusMethodNotAllowed, "Work in progress PRs cannot be merged")
	case p.AutoMerge != "":
		v.fail(w, http.StatusConflict, fmt.Sprintf("pull request is already scheduled to auto merge when checks succeed [pull_id: %d]", p.Number))
	case in.WhenChecked && !v.repo.setting().NoChecks:
		v.repo.edit(p.Number, func(p *PullRequest) { p.AutoMerge = in.Do })
		w.WriteHeader(http.StatusCreated)
	default:
		v.repo.MergePullRequest(p.Number)
		if in.DeleteHead {
			v.repo.DeleteRef("refs/heads/" + p.Head)
		}
		w.WriteHeader(http.StatusCreated)
	}
}

func (v giteaView) review(w http.ResponseWriter, p PullRequest) {
	var in struct{ Reviewers []string }
	v.read(&in)
	for _, user := range in.Reviewers {
		if !v.repo.isMember(user) {
			sendStatus(w, http.StatusNotFound, map[string]any{"errors": nil, "message": fmt.Sprintf("User '%s' not exist", user), "url": origin(v.r) + "/api/swagger"})
			return
		}
		if user == p.Author {
			v.fail(w, http.StatusUnprocessableEntity, fmt.Sprintf("poster of pr can't be reviewer [user_id: 1, repo_id: %d]", v.repo.id))
			return
		}
	}
	reviews := []any{}
	for _, user := range in.Reviewers {
		if !slices.Contains(p.Reviewers, user) {
			reviews = append(reviews, v.reviewOf(p, user))
		}
	}
	v.repo.edit(p.Number, func(p *PullRequest) { p.Reviewers = union(p.Reviewers, in.Reviewers) })
	sendCreated(w, reviews)
}

// labelNames are the labels of a repository. The number of one is its index + 1.
func (r *Repo) labelNames() []string {
	r.requests.mu.Lock()
	defer r.requests.mu.Unlock()
	return slices.Clone(r.requests.labels)
}

func (v giteaView) createLabel(w http.ResponseWriter) {
	var in struct{ Name string }
	v.read(&in)
	v.repo.requests.mu.Lock()
	v.repo.requests.label(in.Name)
	v.repo.requests.mu.Unlock()
	sendCreated(w, v.label(in.Name))
}

// addLabels adds labels by number. It ignores those that do not exist.
func (v giteaView) addLabels(w http.ResponseWriter, p PullRequest) {
	var in struct{ Labels []int }
	v.read(&in)
	var names []string
	for i, name := range v.repo.labelNames() {
		if slices.Contains(in.Labels, i+1) {
			names = append(names, name)
		}
	}
	p, _ = v.repo.edit(p.Number, func(p *PullRequest) { p.Labels = union(p.Labels, names) })
	sendStatus(w, http.StatusOK, v.labels(p))
}

// comments lists all comments at once.
func (v giteaView) comments(w http.ResponseWriter, p PullRequest) {
	all := []any{}
	for i := range p.Comments {
		all = append(all, v.comment(p, i))
	}
	sendStatus(w, http.StatusOK, all)
}

func (v giteaView) say(w http.ResponseWriter, p PullRequest) {
	var in struct{ Body string }
	v.read(&in)
	if in.Body == "" {
		v.fail(w, http.StatusUnprocessableEntity, "[Body]: Required")
		return
	}
	user := v.repo.actor(v.r)
	p, _ = v.repo.edit(p.Number, func(p *PullRequest) { p.Comments = append(p.Comments, Comment{user, in.Body}) })
	sendCreated(w, v.comment(p, len(p.Comments)-1))
}
