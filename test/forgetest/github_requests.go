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
)

// githubAPI is GitHub's description.
var githubAPI = openAPI("github.json", parseOpenAPI3)

// maxGitHubBody is the length of the longest body of a request or comment, in characters.
const maxGitHubBody = 65536

// githubRequests answers what lies below /repos/OWNER/REPO and belongs to requests.
func (f *Forge) githubRequests(w http.ResponseWriter, r *http.Request, repo *Repo, rest string) {
	if refused := githubRefuses(w, r, repo, rest); refused {
		return
	}
	parts := append(strings.Split(rest, "/"), "", "")
	number, _ := strconv.Atoi(parts[1])
	p, found := repo.edit(number, nil)
	view := githubView{repo, r}
	switch operation := r.Method + " " + parts[0] + "/" + parts[2]; {
	case parts[1] == "" && operation == "GET pulls/":
		view.list(w)
	case parts[1] == "" && operation == "POST pulls/":
		view.create(w)
	case !found:
		apiNotFound(w)
	case operation == "GET pulls/":
		sendJSON(w, r, view.pull(p))
	case operation == "PATCH pulls/":
		view.patch(w, p)
	case operation == "POST pulls/requested_reviewers":
		view.review(w, p)
	case operation == "POST issues/labels":
		view.label(w, p)
	case operation == "POST issues/assignees":
		view.assign(w, p)
	case operation == "GET issues/comments":
		sendPage(w, r, p.Comments, min(positive(r, "per_page", defaultPage), maxPage), func(c Comment) any { return view.comment(p, c) })
	case operation == "POST issues/comments":
		view.say(w, p)
	default:
		apiNotFound(w)
	}
}

// githubRefuses answers for a token that may not do what it asks for, and reports whether it may not.
func githubRefuses(w http.ResponseWriter, r *http.Request, repo *Repo, rest string) (refused bool) {
	right := MayRequest
	if strings.HasSuffix(rest, "/labels") || strings.HasSuffix(rest, "/assignees") || strings.HasSuffix(rest, "/requested_reviewers") {
		right = MayLabel
	}
	writes := r.Method != http.MethodGet
	switch {
	case bearer(r) != "" && repo.actor(r) == "" && bearer(r) != repo.secret():
		apiError(w, http.StatusUnauthorized, "Bad credentials", "https://docs.github.com/rest")
	case writes && bearer(r) == "":
		apiError(w, http.StatusUnauthorized, "Requires authentication", "https://docs.github.com/rest")
	case writes && repo.setting().Archived:
		apiError(w, http.StatusForbidden, "Repository was archived so is read-only.", "https://docs.github.com/rest")
	case writes && !repo.may(r, right):
		apiError(w, http.StatusForbidden, "Resource not accessible by integration", "https://docs.github.com/rest")
	default:
		return false
	}
	return true
}

// githubView is a repository as one HTTP request of GitHub's API sees it.
type githubView struct {
	repo *Repo
	r    *http.Request
}

// read reads the request's body. The validator has seen it.
func (v githubView) read(into any) { json.NewDecoder(v.r.Body).Decode(into) }

func (v githubView) list(w http.ResponseWriter) {
	query := v.r.URL.Query()
	all := v.repo.PullRequests()
	isHead := v.heads(query.Get("head"), all)
	all = slices.DeleteFunc(all, func(p PullRequest) bool {
		state, base := cmp.Or(query.Get("state"), "open"), query.Get("base")
		return state != "all" && (state == "open") != (p.State == "open") || base != "" && base != p.Base || !isHead(p)
	})
	slices.SortStableFunc(all, func(a, b PullRequest) int {
		if query.Get("sort") == "updated" {
			return a.Updated.Compare(b.Updated)
		}
		return a.Number - b.Number
	})
	if cmp.Or(query.Get("direction"), "desc") == "desc" {
		slices.Reverse(all)
	}
	sendPage(w, v.r, all, min(positive(v.r, "per_page", defaultPage), maxPage), func(p PullRequest) any { return v.simple(p) })
}

// heads tells which requests are of OWNER:BRANCH. If the owner is unknown or missing, GitHub lists all.
func (v githubView) heads(head string, all []PullRequest) func(PullRequest) bool {
	owner, branch, ok := strings.Cut(head, ":")
	isOwners := func(p PullRequest) bool { return strings.HasPrefix(v.headRepo(p), owner+"/") }
	if !ok || !isOwners(PullRequest{}) && !slices.ContainsFunc(all, isOwners) {
		return func(PullRequest) bool { return true }
	}
	return func(p PullRequest) bool { return isOwners(p) && p.Head == branch }
}

func (v githubView) headRepo(p PullRequest) string { return cmp.Or(p.Fork, v.repo.Name()) }

func (v githubView) create(w http.ResponseWriter) {
	var in struct {
		Title, Head, Base, Body string
		Draft                   bool
	}
	v.read(&in)
	owner, _, _ := strings.Cut(v.repo.Name(), "/")
	head := strings.TrimPrefix(in.Head, owner+":")
	from, to := v.repo.ref("refs/heads/"+head), v.repo.ref("refs/heads/"+in.Base)
	switch {
	case v.repo.setting().NoRequests:
		apiError(w, http.StatusForbidden, "GitHub Actions is not permitted to create or approve pull requests.", "https://docs.github.com/rest/pulls/pulls#create-a-pull-request")
	case from == "":
		githubInvalid(w, map[string]any{"resource": "PullRequest", "field": "head", "code": "invalid"})
	case to == "":
		githubInvalid(w, map[string]any{"resource": "PullRequest", "field": "base", "code": "invalid"})
	case in.Title == "":
		githubInvalid(w, map[string]any{"resource": "PullRequest", "field": "title", "code": "missing_field"})
	case !v.repo.isAhead(from, to):
		githubUnprocessable(w, "PullRequest", fmt.Sprintf("No commits between %s and %s", in.Base, head))
	case utf8.RuneCountInString(in.Body) > maxGitHubBody:
		githubTooLong(w)
	default:
		p, isNew := v.repo.open(PullRequest{Author: v.repo.actor(v.r), Title: in.Title, Body: in.Body, Head: head, Base: in.Base, Draft: in.Draft})
		if !isNew {
			githubUnprocessable(w, "PullRequest", fmt.Sprintf("A pull request already exists for %s:%s.", owner, head))
			return
		}
		sendCreated(w, v.pull(p))
	}
}

// isAhead reports whether a commit has commits that another does not have.
func (r *Repo) isAhead(commit, of string) bool {
	return r.run("", "rev-list", "-1", of+".."+commit) != ""
}

func (v githubView) patch(w http.ResponseWriter, p PullRequest) {
	var in struct{ Title, Body, State, Base *string }
	v.read(&in)
	reopens := in.State != nil && *in.State == "open" && p.State != "open"
	now := v.repo.ref("refs/heads/" + p.Head)
	switch {
	case in.Body != nil && utf8.RuneCountInString(*in.Body) > maxGitHubBody:
		githubTooLong(w)
	case reopens && p.State == "merged":
		githubUnprocessable(w, "PullRequest", "state cannot be changed. The pull request was merged.")
	case reopens && now == "":
		githubUnprocessable(w, "PullRequest", "state cannot be changed. The "+p.Head+" branch has been deleted.")
	case reopens && v.repo.isAhead(p.HeadID, now):
		githubUnprocessable(w, "PullRequest", "state cannot be changed. The "+p.Head+" branch was force-pushed or recreated.")
	default:
		p, _ = v.repo.edit(p.Number, func(p *PullRequest) {
			for field, value := range map[*string]*string{&p.Title: in.Title, &p.Body: in.Body, &p.Base: in.Base} {
				if value != nil {
					*field = *value
				}
			}
			if in.State != nil && p.State != "merged" {
				p.State = *in.State
			}
		})
		sendJSON(w, v.r, v.pull(p))
	}
}

func (v githubView) review(w http.ResponseWriter, p PullRequest) {
	var in struct {
		Reviewers []string `json:"reviewers"`
		Teams     []string `json:"team_reviewers"`
	}
	v.read(&in)
	owner, _, _ := strings.Cut(v.repo.Name(), "/")
	for _, team := range in.Teams {
		in.Reviewers = append(in.Reviewers, owner+"/"+team)
	}
	switch {
	case slices.Contains(in.Reviewers, p.Author):
		apiError(w, http.StatusUnprocessableEntity, "Review cannot be requested from pull request author.", "https://docs.github.com/rest/pulls/review-requests")
	case slices.ContainsFunc(in.Reviewers, func(user string) bool { return !v.repo.isMember(user) }):
		apiError(w, http.StatusUnprocessableEntity, "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the "+
			v.repo.Name()+" repository.", "https://docs.github.com/rest/pulls/review-requests")
	default:
		p, _ = v.repo.edit(p.Number, func(p *PullRequest) { p.Reviewers = union(p.Reviewers, in.Reviewers) })
		sendCreated(w, v.simple(p))
	}
}

// isMember reports whether a user has a token, or a team is one's owner.
func (r *Repo) isMember(user string) bool {
	q := &r.requests
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range q.members {
		if m.user == user {
			return true
		}
	}
	return false
}

func union(a, b []string) []string {
	a = slices.Clone(a)
	for _, name := range b {
		if !slices.Contains(a, name) {
			a = append(a, name)
		}
	}
	return a
}

func (v githubView) label(w http.ResponseWriter, p PullRequest) {
	var in struct{ Labels []string }
	v.read(&in)
	p, _ = v.repo.edit(p.Number, func(p *PullRequest) { p.Labels = union(p.Labels, in.Labels) })
	sendJSON(w, v.r, v.labels(p))
}

// assign adds assignees. GitHub passes over those who cannot be.
func (v githubView) assign(w http.ResponseWriter, p PullRequest) {
	var in struct{ Assignees []string }
	v.read(&in)
	known := slices.DeleteFunc(in.Assignees, func(user string) bool { return !v.repo.isMember(user) })
	p, _ = v.repo.edit(p.Number, func(p *PullRequest) { p.Assignees = union(p.Assignees, known) })
	sendCreated(w, v.issue(p))
}

func (v githubView) say(w http.ResponseWriter, p PullRequest) {
	var in struct{ Body string }
	v.read(&in)
	if utf8.RuneCountInString(in.Body) > maxGitHubBody {
		githubTooLong(w)
		return
	}
	said := Comment{v.repo.actor(v.r), in.Body}
	p, _ = v.repo.edit(p.Number, func(p *PullRequest) { p.Comments = append(p.Comments, said) })
	sendCreated(w, v.comment(p, said))
}

func githubTooLong(w http.ResponseWriter) {
	githubInvalid(w, map[string]any{"resource": "Issue", "code": "custom", "field": "body", "message": fmt.Sprintf("body is too long (maximum is %d characters)", maxGitHubBody)})
}

func githubUnprocessable(w http.ResponseWriter, resource, message string) {
	githubInvalid(w, map[string]any{"resource": resource, "code": "custom", "message": message})
}

func githubInvalid(w http.ResponseWriter, problem map[string]any) {
	sendStatus(w, http.StatusUnprocessableEntity, map[string]any{
		"message": "Validation Failed", "errors": []any{problem}, "documentation_url": "https://docs.github.com/rest/pulls/pulls", "status": "422",
	})
}

func sendCreated(w http.ResponseWriter, value any) { sendStatus(w, http.StatusCreated, value) }

func sendStatus(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(value)
}
