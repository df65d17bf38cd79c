package forgetest

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Right is what a token may do in a repository besides reading it.
type Right int

const (
	MayPush    Right = iota // to branches
	MayRequest              // open, edit, close and comment on requests
	MayLabel                // labels, reviewers, assignees
	MayMerge                // merge, and let requests be merged by themselves
)

// member is the owner of a token.
type member struct {
	user   string
	rights []Right
}

// PullRequest is a request to merge one branch into another: GitHub's and Forgejo's pull request, GitLab's merge request.
type PullRequest struct {
	Number               int // from 1
	Author               string
	Title, Body          string // Markdown
	Head, Base           string // branches, without refs/heads/
	Fork                 string // OWNER/REPO whose branch Head is; "" for the repository itself
	HeadID               string // the branch's commit, as far as the forge has seen it
	State                string // open, closed or merged
	Draft                bool
	Labels               []string
	Assignees, Reviewers []string
	AutoMerge            string // merge, squash or rebase; "" for not
	Comments             []Comment
	Created, Updated     time.Time
}

// Comment is a comment on a request.
type Comment struct{ User, Body string }

// requests is the part of a repository that git does not know.
type requests struct {
	mu       sync.Mutex
	members  map[string]member // by token
	all      []*PullRequest    // by number
	labels   []string          // those that exist; its index + 1 is a label's number
	events   int               // for dates
	settings Settings

	pipelineAfter int         // see Repo.PipelineAfter
	asked         map[int]int // how often GitLab's API was asked about a request, by number
}

// Grant gives a token's owner rights in the repository. Without rights, the token may only read.
func (r *Repo) Grant(token, user string, rights ...Right) {
	q := &r.requests
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.members == nil {
		q.members = make(map[string]member)
	}
	q.members[token] = member{user, rights}
}

// actor is the owner of a request's token, "" for nobody.
func (r *Repo) actor(req *http.Request) string { return r.member(req).user }

// may reports whether the owner of a request's token has a right.
func (r *Repo) may(req *http.Request, right Right) bool {
	return slices.Contains(r.member(req).rights, right)
}

func (r *Repo) member(req *http.Request) member {
	q := &r.requests
	q.mu.Lock()
	defer q.mu.Unlock()
	token := bearer(req)
	if private := req.Header.Get("PRIVATE-TOKEN"); private != "" {
		token = private
	}
	return q.members[token]
}

// PullRequests returns the requests as they are now, by number.
func (r *Repo) PullRequests() (all []PullRequest) {
	q := &r.requests
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, p := range q.all {
		all = append(all, r.seen(p))
	}
	return all
}

// seen is a copy of a request with the present commit of its branch. q.mu is held.
func (r *Repo) seen(p *PullRequest) PullRequest {
	if id := r.ref("refs/heads/" + p.Head); id != "" && p.State == "open" && p.Fork == "" {
		p.HeadID = id
	}
	c := *p
	c.Labels, c.Assignees, c.Reviewers = slices.Clone(p.Labels), slices.Clone(p.Assignees), slices.Clone(p.Reviewers)
	c.Comments = slices.Clone(p.Comments)
	return c
}

// OpenPullRequest opens a request as a person would, and returns its number.
func (r *Repo) OpenPullRequest(p PullRequest) int {
	opened, _ := r.open(p)
	return opened.Number
}

// open opens a request unless one of the same branches is open, and returns that one then.
func (r *Repo) open(p PullRequest) (_ PullRequest, isNew bool) {
	q := &r.requests
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, other := range q.all {
		if other.State == "open" && other.Head == p.Head && other.Base == p.Base && other.Fork == p.Fork {
			return r.seen(other), false
		}
	}
	p.Number, p.State = len(q.all)+1, "open"
	p.Created = q.now()
	p.Updated = p.Created
	q.all = append(q.all, &p)
	return r.seen(&p), true
}

// EditPullRequest changes a request as a person would: text, labels, comments, or State, which may become closed or open.
func (r *Repo) EditPullRequest(number int, edit func(*PullRequest)) {
	if _, found := r.edit(number, edit); !found {
		r.forge.fatalf("%s has no request %d", r.name, number)
	}
}

// edit changes a request unless edit is nil, and returns it.
func (r *Repo) edit(number int, edit func(*PullRequest)) (_ PullRequest, found bool) {
	q := &r.requests
	q.mu.Lock()
	defer q.mu.Unlock()
	if number < 1 || number > len(q.all) {
		return PullRequest{}, false
	}
	p := q.all[number-1]
	if edit == nil {
		return r.seen(p), true
	}
	r.seen(p) // while it is open
	edit(p)
	p.Updated = q.now()
	for _, label := range p.Labels {
		q.label(label)
	}
	return r.seen(p), true
}

// label returns the number of a label, which it makes. q.mu is held.
func (q *requests) label(name string) int {
	if i := slices.Index(q.labels, name); i >= 0 {
		return i + 1
	}
	q.labels = append(q.labels, name)
	return len(q.labels)
}

// now is a later time at each call: a minute of noon of 1 January 2025. q.mu is held.
func (q *requests) now() time.Time {
	q.events++
	return time.Date(2025, time.January, 1, 12, q.events, 0, 0, time.UTC)
}

// MergePullRequest merges a request as a person would, with a merge commit. It is misuse if the branches conflict.
func (r *Repo) MergePullRequest(number int) {
	r.EditPullRequest(number, func(p *PullRequest) {
		base, head := r.Rev("refs/heads/"+p.Base), r.Rev("refs/heads/"+p.Head)
		tree, _, _ := strings.Cut(r.run("", "merge-tree", "--write-tree", base, head), "\n")
		merged := r.run("", "-c", "user.name=Ada Maintainer", "-c", "user.email=ada@example.org",
			"commit-tree", "-p", base, "-p", head, "-m", "Merge "+p.Head, tree)
		r.Branch(p.Base, merged)
		p.HeadID, p.State = head, "merged"
	})
}

// pushes answers a git push, or the question that precedes it.
func (r *Repo) pushes(w http.ResponseWriter, req *http.Request) {
	switch {
	case r.actor(req) == "":
		w.Header().Set("WWW-Authenticate", `Basic realm="Git"`)
		http.Error(w, "Authentication required.", http.StatusUnauthorized)
	case !r.may(req, MayPush):
		http.Error(w, "Write access to repository not granted.", http.StatusForbidden)
	default:
		gitStore{r.forge.git, r.dir, r.forge.stderr}.serve(w, req, "GIT_CONFIG_PARAMETERS='http.receivepack'='true'", "REMOTE_USER="+r.actor(req))
	}
}
