package forgetest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	gitlab "gitlab.com/gitlab-org/api/client-go"
)

// The limits of merge requests in GitLab's models: Issuable in app/models/concerns/issuable.rb.
const (
	maxGitLabTitle       = 255     // characters
	maxGitLabDescription = 1 << 20 // characters
)

// defaultGitLabPage is the size of pages in GitLab's API, in entries.
const defaultGitLabPage = 20

// PipelineAfter sets how often GitLab's API must be asked about a merge request, or to merge it, before the request has a
// pipeline, without which it cannot be set to merge. A negative number is for never. Default 0.
func (r *Repo) PipelineAfter(asks int) {
	r.requests.mu.Lock()
	defer r.requests.mu.Unlock()
	r.requests.pipelineAfter = asks
}

// gitlabMergeRequests answers the API of a project's merge requests; path is relative to the project.
func (f *Forge) gitlabMergeRequests(w http.ResponseWriter, r *http.Request, repo *Repo, path string) {
	r = withoutBasic(r)
	if status, refusal := repo.gitlabRefusal(r); status != 0 {
		gitlabSend(w, status, refusal)
		return
	}
	p, number := PullRequest{}, 0
	parts := strings.SplitN(path, "/", 3)
	if len(parts) > 1 {
		number, _ = strconv.Atoi(parts[1])
		all := repo.PullRequests()
		if number < 1 || number > len(all) {
			gitlabNotFound(w, "404 Not found")
			return
		}
		p, parts[1] = all[number-1], "IID"
	}
	g := gitlabCall{f, repo, w, r}
	var status int
	var answer any
	switch r.Method + " " + strings.Join(parts, "/") {
	case "GET merge_requests":
		status, answer = g.list()
	case "POST merge_requests":
		status, answer = g.create()
	case "GET merge_requests/IID":
		g.repo.ask(number)
		status, answer = http.StatusOK, g.show(p)
	case "PUT merge_requests/IID":
		status, answer = g.update(p)
	case "PUT merge_requests/IID/merge":
		status, answer = g.merge(p)
	case "GET merge_requests/IID/notes":
		status, answer = g.notes(p)
	case "POST merge_requests/IID/notes":
		status, answer = g.comment(p)
	default:
		status, answer = http.StatusNotFound, map[string]string{"error": "404 Not Found"}
	}
	gitlabSend(w, status, answer)
}

// gitlabCall is a call of GitLab's API. Its methods return a status and what to send as JSON.
type gitlabCall struct {
	forge *Forge
	repo  *Repo
	w     http.ResponseWriter
	r     *http.Request
}

// withoutBasic drops what GitLab's API does not look at: user name and password.
func withoutBasic(r *http.Request) *http.Request {
	if _, _, isBasic := r.BasicAuth(); isBasic {
		r = r.Clone(r.Context())
		r.Header.Del("Authorization")
	}
	return r
}

// gitlabRefusal refuses what a token may not do: everybody may read, a token without rights has the scope read_api.
func (r *Repo) gitlabRefusal(req *http.Request) (int, any) {
	m := r.member(req)
	isAnonymous := bearer(req) == "" && req.Header.Get("PRIVATE-TOKEN") == ""
	switch {
	case m.user == "" && !(isAnonymous && req.Method == http.MethodGet):
		return gitlabError(http.StatusUnauthorized, "401 Unauthorized")
	case req.Method == http.MethodGet:
		return 0, nil
	case len(m.rights) == 0:
		return http.StatusForbidden, map[string]string{
			"error": "insufficient_scope", "scope": "api",
			"error_description": "The request requires higher privileges than provided by the access token.",
		}
	case !slices.Contains(m.rights, MayRequest):
		return gitlabError(http.StatusForbidden, "403 Forbidden")
	}
	return 0, nil
}

func (g gitlabCall) list() (int, any) {
	query := g.r.URL.Query()
	if name := unknownParameter(query, reflect.TypeFor[gitlab.ListProjectMergeRequestsOptions]()); name != "" {
		return gitlabInvalid("%s is unknown", name)
	}
	state := cmp.Or(query.Get("state"), "all")
	if !slices.Contains([]string{"opened", "closed", "locked", "merged", "all"}, state) {
		return gitlabInvalid("state does not have a valid value")
	}
	matches := func(key, value string) bool { return !query.Has(key) || query.Get(key) == value }
	all := slices.DeleteFunc(g.repo.PullRequests(), func(p PullRequest) bool {
		return state != "all" && state != gitlabState(p) || !matches("source_branch", p.Head) || !matches("target_branch", p.Base)
	})
	if query.Get("order_by") == "updated_at" {
		slices.SortStableFunc(all, func(a, b PullRequest) int { return a.Updated.Compare(b.Updated) })
	}
	if query.Get("sort") != "asc" {
		slices.Reverse(all)
	}
	return http.StatusOK, gitlabPage(g, all, g.show)
}

func (g gitlabCall) create() (int, any) {
	var o gitlab.CreateMergeRequestOptions
	if err := decodeStrictly(g.r, &o); err != nil {
		return gitlabInvalid("%v", err)
	}
	for name, value := range map[string]*string{"title": o.Title, "source_branch": o.SourceBranch, "target_branch": o.TargetBranch} {
		if value == nil {
			return gitlabInvalid("%s is missing", name)
		}
	}
	served := gitlab.CreateMergeRequestOptions{
		Title: o.Title, Description: o.Description, SourceBranch: o.SourceBranch, TargetBranch: o.TargetBranch, Labels: o.Labels,
		AssigneeIDs: o.AssigneeIDs, ReviewerIDs: o.ReviewerIDs, RemoveSourceBranch: o.RemoveSourceBranch,
	}
	if o != served {
		return http.StatusInternalServerError, "forgetest: a parameter of the new merge request is not served"
	}
	if status, refusal := gitlabTextRefusal(o.Title, o.Description); status != 0 {
		return status, refusal
	}
	p := PullRequest{Author: g.repo.actor(g.r), Head: *o.SourceBranch, Base: *o.TargetBranch}
	for name, branch := range map[string]string{"source_branch": p.Head, "target_branch": p.Base} {
		if g.repo.ref("refs/heads/"+branch) == "" {
			return gitlabError(http.StatusBadRequest, map[string][]string{name: {"does not exist"}})
		}
	}
	if p.Head == p.Base {
		return gitlabError(http.StatusUnprocessableEntity, []string{"You can't use same project/branch for source and target"})
	}
	opened, isNew := g.repo.open(p)
	if !isNew {
		message := fmt.Sprintf("Another open merge request already exists for this source branch: !%d", opened.Number)
		return gitlabError(http.StatusConflict, []string{message})
	}
	_, answer := g.change(opened.Number, gitlab.UpdateMergeRequestOptions{
		Title: o.Title, Description: o.Description, AddLabels: o.Labels, AssigneeIDs: o.AssigneeIDs, ReviewerIDs: o.ReviewerIDs,
	})
	return http.StatusCreated, answer
}

func (g gitlabCall) update(p PullRequest) (int, any) {
	var o gitlab.UpdateMergeRequestOptions
	if err := decodeStrictly(g.r, &o); err != nil {
		return gitlabInvalid("%v", err)
	}
	served := gitlab.UpdateMergeRequestOptions{
		Title: o.Title, Description: o.Description, StateEvent: o.StateEvent, AddLabels: o.AddLabels,
		AssigneeIDs: o.AssigneeIDs, ReviewerIDs: o.ReviewerIDs,
	}
	if o != served {
		return http.StatusInternalServerError, "forgetest: a parameter of the change is not served"
	}
	if status, refusal := gitlabTextRefusal(o.Title, o.Description); status != 0 {
		return status, refusal
	}
	switch {
	case o == gitlab.UpdateMergeRequestOptions{}:
		return gitlabInvalid("title, description, state_event, add_labels, … are missing, at least one parameter must be provided")
	case o.StateEvent != nil && *o.StateEvent != "close" && *o.StateEvent != "reopen":
		return gitlabInvalid("state_event does not have a valid value")
	}
	return g.change(p.Number, o)
}

// change changes a request. Who may not set labels and people is not told, nor that people are no members.
func (g gitlabCall) change(number int, o gitlab.UpdateMergeRequestOptions) (int, any) {
	members, mayLabel := g.repo.users(), g.repo.may(g.r, MayLabel)
	chosen := func(ids []int64) []string {
		return slices.DeleteFunc(slices.Clone(members), func(user string) bool { return !slices.Contains(ids, gitlabUserID(user)) })
	}
	p, _ := g.repo.edit(number, func(p *PullRequest) {
		if o.Title != nil {
			p.Title, p.Draft = strings.CutPrefix(*o.Title, "Draft: ")
		}
		if o.StateEvent != nil && p.State != "merged" {
			p.State = map[string]string{"close": "closed", "reopen": "open"}[*o.StateEvent]
		}
		if o.Description != nil {
			p.Body = p.actOn(*o.Description)
		}
		if o.AddLabels != nil && mayLabel {
			for label := range strings.SplitSeq(strings.Join(*o.AddLabels, ","), ",") {
				if !slices.Contains(p.Labels, label) {
					p.Labels = append(p.Labels, label)
				}
			}
		}
		if o.AssigneeIDs != nil && mayLabel {
			p.Assignees = chosen(*o.AssigneeIDs)
		}
		if o.ReviewerIDs != nil && mayLabel {
			p.Reviewers = chosen(*o.ReviewerIDs)
		}
	})
	return http.StatusOK, g.show(p)
}

// actOn does what a text asks for in the one quick action that is known here, and returns the rest.
func (p *PullRequest) actOn(text string) string {
	lines := strings.Split(text, "\n")
	rest := slices.DeleteFunc(lines, func(line string) bool { return strings.TrimSpace(line) == "/close" })
	if len(rest) < len(lines) {
		p.State = "closed"
	}
	return strings.Join(rest, "\n")
}

func (g gitlabCall) merge(p PullRequest) (int, any) {
	var o gitlab.AcceptMergeRequestOptions
	if err := decodeStrictly(g.r, &o); err != nil {
		return gitlabInvalid("%v", err)
	}
	isSet := func(value *bool) bool { return value != nil && *value }
	//lint:ignore SA1019 the name before GitLab 17.11
	older := o.MergeWhenPipelineSucceeds
	switch isReady := g.repo.ask(p.Number); {
	case !g.repo.may(g.r, MayMerge):
		return gitlabError(http.StatusUnauthorized, "401 Unauthorized")
	case p.State != "open" || p.Draft || !isReady || !isSet(o.AutoMerge) && !isSet(older):
		return gitlabError(http.StatusMethodNotAllowed, "405 Method Not Allowed")
	case o.SHA != nil && *o.SHA != p.HeadID:
		return gitlabError(http.StatusConflict, "SHA does not match HEAD of source branch: "+p.HeadID)
	}
	p, _ = g.repo.edit(p.Number, func(p *PullRequest) {
		p.AutoMerge = "merge"
		if isSet(o.Squash) {
			p.AutoMerge = "squash"
		}
	})
	return http.StatusOK, g.show(p)
}

// notes lists comments, after one of the server's own.
func (g gitlabCall) notes(p PullRequest) (int, any) {
	if name := unknownParameter(g.r.URL.Query(), reflect.TypeFor[gitlab.ListMergeRequestNotesOptions]()); name != "" {
		return gitlabInvalid("%s is unknown", name)
	}
	indexes := make([]int, len(p.Comments)+1)
	for i := range indexes {
		indexes[i] = i - 1
	}
	if g.r.URL.Query().Get("sort") != "asc" {
		slices.Reverse(indexes)
	}
	return http.StatusOK, gitlabPage(g, indexes, func(i int) any { return g.note(p, i) })
}

// note shows a comment, or for -1 one of the server's own.
func (g gitlabCall) note(p PullRequest, i int) any {
	c, isSystem := Comment{p.Author, "added 1 commit"}, i < 0
	if !isSystem {
		c = p.Comments[i]
	}
	return map[string]any{
		"id": p.Number*1000 + i + 2, "body": c.Body, "attachment": nil, "author": g.user(c.User), "system": isSystem,
		"created_at": gitlabTime(p), "updated_at": gitlabTime(p), "project_id": g.repo.id,
		"noteable_id": g.id(p), "noteable_type": "MergeRequest", "noteable_iid": p.Number,
		"resolvable": false, "confidential": false, "internal": false,
	}
}

func (g gitlabCall) comment(p PullRequest) (int, any) {
	var o gitlab.CreateMergeRequestNoteOptions
	if err := decodeStrictly(g.r, &o); err != nil {
		return gitlabInvalid("%v", err)
	}
	if o.Body == nil || *o.Body == "" {
		return gitlabInvalid("body is missing")
	}
	user := g.repo.actor(g.r)
	p, _ = g.repo.edit(p.Number, func(p *PullRequest) { p.Comments = append(p.Comments, Comment{user, p.actOn(*o.Body)}) })
	return http.StatusCreated, g.note(p, len(p.Comments)-1)
}

// show is a merge request as the API has it.
func (g gitlabCall) show(p PullRequest) any {
	source, title, user := g.repo, p.Title, cmp.Or(p.Author, "someone")
	if p.Fork != "" {
		source = g.forge.Repo(p.Fork)
	}
	if p.Draft {
		title = "Draft: " + title
	}
	users := func(names []string) []any {
		all := []any{}
		for _, name := range names {
			all = append(all, g.user(name))
		}
		return all
	}
	return map[string]any{
		"id": g.id(p), "iid": p.Number, "project_id": g.repo.id, "title": title, "description": p.Body, "state": gitlabState(p),
		"created_at": p.Created.Format("2006-01-02T15:04:05.000Z"), "updated_at": gitlabTime(p),
		"target_branch": p.Base, "source_branch": p.Head, "source_project_id": source.id, "target_project_id": g.repo.id, "sha": p.HeadID,
		"user_notes_count": len(p.Comments), "upvotes": 0, "downvotes": 0,
		"author": g.user(user), "assignees": users(p.Assignees), "reviewers": users(p.Reviewers),
		"labels": append([]string{}, p.Labels...), "draft": p.Draft, "work_in_progress": p.Draft, "squash": p.AutoMerge == "squash",
		"merge_when_pipeline_succeeds": p.AutoMerge != "", "detailed_merge_status": g.repo.mergeStatus(p), "merge_commit_sha": nil,
		"reference": fmt.Sprintf("!%d", p.Number),
		"web_url":   fmt.Sprintf("%s%s/-/merge_requests/%d", origin(g.r), escape("/"+g.repo.Name()), p.Number),
	}
}

func (g gitlabCall) id(p PullRequest) int { return g.repo.id*10_000 + p.Number }

func (g gitlabCall) user(name string) any { return gitlabUser(g.r, name) }

func gitlabTime(p PullRequest) string { return p.Updated.Format("2006-01-02T15:04:05.000Z") }

func gitlabState(p PullRequest) string {
	if p.State == "open" {
		return "opened"
	}
	return p.State
}

// ask counts that the API was asked about a request, and reports whether that has a pipeline.
func (r *Repo) ask(number int) (isReady bool) {
	q := &r.requests
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.asked == nil {
		q.asked = make(map[int]int)
	}
	q.asked[number]++
	return q.hasPipeline(number)
}

// hasPipeline reports whether a request was asked about more often than [Repo.PipelineAfter] says. q.mu is held.
func (q *requests) hasPipeline(number int) bool {
	return q.pipelineAfter >= 0 && q.asked[number] > q.pipelineAfter
}

func (r *Repo) mergeStatus(p PullRequest) string {
	r.requests.mu.Lock()
	defer r.requests.mu.Unlock()
	switch {
	case p.State != "open":
		return "not_open"
	case p.Draft:
		return "draft_status"
	case r.requests.hasPipeline(p.Number):
		return "ci_still_running"
	}
	return "checking"
}

// gitlabUsers answers GET /users?username=NAME. Users are the owners of tokens.
func (f *Forge) gitlabUsers(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if name := unknownParameter(query, reflect.TypeFor[gitlab.ListUsersOptions]()); name != "" {
		status, refusal := gitlabInvalid("%s is unknown", name)
		gitlabSend(w, status, refusal)
		return
	}
	f.mu.Lock()
	repos := slices.Clone(f.repos)
	f.mu.Unlock()
	found := []any{}
	for _, repo := range repos {
		if len(found) == 0 && slices.Contains(repo.users(), query.Get("username")) {
			found = append(found, gitlabUser(r, query.Get("username")))
		}
	}
	gitlabSend(w, http.StatusOK, found)
}

// users are the owners of a repository's tokens.
func (r *Repo) users() (names []string) {
	r.requests.mu.Lock()
	defer r.requests.mu.Unlock()
	for _, m := range r.requests.members {
		names = append(names, m.user)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func gitlabUser(r *http.Request, name string) any {
	return map[string]any{
		"id": gitlabUserID(name), "username": name, "name": name, "state": "active", "web_url": origin(r) + escape("/"+name),
	}
}

func gitlabUserID(name string) int64 { return int64(crc32.ChecksumIEEE([]byte(name))) }

// gitlabPage is a page of a list, with the fields that lead to others.
func gitlabPage[T any](g gitlabCall, all []T, show func(T) any) any {
	size, page := min(positive(g.r, "per_page", defaultGitLabPage), maxPage), positive(g.r, "page", 1)
	last := max((len(all)+size-1)/size, 1)
	header := g.w.Header()
	for name, n := range map[string]int{"X-Total": len(all), "X-Total-Pages": last, "X-Page": page, "X-Per-Page": size} {
		header.Set(name, strconv.Itoa(n))
	}
	header.Set("X-Next-Page", "")
	if page < last {
		header.Set("X-Next-Page", strconv.Itoa(page+1))
	}
	header.Set("Link", pageLinks(g.r, page, last))
	shown := []any{}
	for _, item := range all[min((page-1)*size, len(all)):min(page*size, len(all))] {
		shown = append(shown, show(item))
	}
	return shown
}

// gitlabTextRefusal refuses titles and descriptions.
func gitlabTextRefusal(title, description *string) (int, any) {
	for name, value := range map[string]*string{"title": title, "description": description} {
		switch {
		case value == nil:
		case strings.ContainsRune(*value, 0):
			return gitlabInvalid("%s is invalid", name)
		case name == "title" && *value == "":
			return gitlabError(http.StatusBadRequest, map[string][]string{name: {"can't be blank"}})
		case name == "title" && len([]rune(*value)) > maxGitLabTitle, len([]rune(*value)) > maxGitLabDescription:
			return gitlabError(http.StatusBadRequest, map[string][]string{name: {"is too long"}})
		}
	}
	return 0, nil
}

// decodeStrictly reads a request's body into one of the client's own types, which know every parameter.
func decodeStrictly(r *http.Request, into any) error {
	text, err := io.ReadAll(io.LimitReader(r.Body, 8<<20))
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// unknownParameter returns the name of a query's parameter that the client's type for it does not have, "" if there is none.
func unknownParameter(query url.Values, options reflect.Type) string {
	known := make(map[string]bool)
	for _, field := range reflect.VisibleFields(options) {
		name, _, _ := strings.Cut(field.Tag.Get("url"), ",")
		known[name] = true
	}
	for name := range query {
		if !known[name] {
			return name
		}
	}
	return ""
}

func gitlabInvalid(format string, args ...any) (int, any) {
	return http.StatusBadRequest, map[string]string{"error": fmt.Sprintf(format, args...)}
}

func gitlabError(status int, message any) (int, any) {
	return status, map[string]any{"message": message}
}

func gitlabSend(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(answer)
}
