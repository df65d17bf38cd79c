// Package gitlab maintains merge requests on GitLab.
package gitlab

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	gitlab "gitlab.com/gitlab-org/api/client-go"

	"github.com/pinfetch/pinfetch/internal/bot"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// DefaultPause is the wait before the second attempt to enable auto-merge.
const DefaultPause = 250 * time.Millisecond

// Forge is one project on a GitLab server. It is safe for concurrent use. Make one for each run: it remembers users and closed
// requests.
type Forge struct {
	// Pause is the wait before the second attempt to enable auto-merge. The wait before attempt n is (n-1)² times as long.
	Pause time.Duration

	client  *gitlab.Client
	api     string
	project string // as people write it
	path    string // of the project in the API

	mu     sync.Mutex
	users  map[string]int64 // IDs by name; 0 for a user who does not exist
	closed map[string]page  // the newest closed requests, by base
}

var _ bot.Forge = (*Forge)(nil)

// New returns a project, given by path or number, of the server whose API has an address such as https://gitlab.com/api/v4,
// which CI jobs find in CI_API_V4_URL. The transport is that of a [web.Client]. Its credential for the API must be a bearer
// token: GitLab's API accepts no basic authentication.
func New(api, project string, transport http.RoundTripper) (*Forge, error) {
	u, err := url.Parse(api)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, sources.WithHint(sources.Invalid("invalid address of GitLab's API %q", redact.Reference(api)), "write it as https://gitlab.com/api/v4")
	}
	if strings.Trim(project, "/") != project || project == "" {
		return nil, sources.WithHint(sources.Invalid("invalid GitLab project %q", project), "write its path, such as group/project, or its number")
	}
	client, err := gitlab.NewAuthSourceClient(gitlab.Unauthenticated{}, gitlab.WithBaseURL(api),
		gitlab.WithHTTPClient(&http.Client{Transport: transport}), // which has credentials, retries and a name of its own
		gitlab.WithoutRetries(), gitlab.WithCustomLimiter(unlimited{}), gitlab.WithUserAgent(""))
	if err != nil {
		return nil, sources.Invalid("invalid address of GitLab's API %q: %v", redact.Reference(api), err)
	}
	return &Forge{
		Pause: DefaultPause, client: client, api: client.BaseURL().String(), project: project,
		path:  "projects/" + gitlab.PathEscape(project) + "/merge_requests",
		users: make(map[string]int64), closed: make(map[string]page),
	}, nil
}

// unlimited is the limiter of a client whose transport respects rate limits.
type unlimited struct{}

func (unlimited) Wait(context.Context) error { return nil }

// Limits returns what GitLab takes. A description may have 1,048,576 characters (Issuable in app/models/concerns/issuable.rb),
// and the rest is for what people add. A push of more than three branches triggers no webhooks and integrations
// (push_event_hooks_limit, docs.gitlab.com/api/settings), and pipelines start for four of them at most
// (docs.gitlab.com/ci/pipelines, "Processing Git pushes").
func (f *Forge) Limits() bot.Limits { return bot.Limits{Body: 1_000_000, Pushes: 3} }

// mergeRequest is what is read of a merge request.
type mergeRequest struct {
	IID           int    `json:"iid"`
	Title         string `json:"title"`
	Description   string `json:"description"`
	Draft         bool   `json:"draft"`
	SourceBranch  string `json:"source_branch"`
	SourceProject int64  `json:"source_project_id"`
	TargetProject int64  `json:"target_project_id"`
	SHA           string `json:"sha"`
	WebURL        string `json:"web_url"`

	Labels    []string `json:"labels"`
	Assignees []user   `json:"assignees"`
	Reviewers []user   `json:"reviewers"`
}

type user struct {
	ID       int64  `json:"id"`
	Username string `json:"username"`
}

// draftPrefix begins the title of a draft. GitLab has no other way to mark one.
const draftPrefix = "Draft: "

func (m mergeRequest) request() bot.Request {
	r := bot.Request{Number: m.IID, Branch: m.SourceBranch, Head: m.SHA, Title: m.Title, Body: m.Description, URL: m.WebURL, IsDraft: m.Draft}
	if m.Draft {
		r.Title = strings.TrimPrefix(r.Title, draftPrefix)
	}
	return r
}

// isOwn reports whether a request comes from a branch of the project, not of a fork, that begins with a prefix.
func (m mergeRequest) isOwn(prefix string) bool {
	return m.IID > 0 && m.SourceProject == m.TargetProject && strings.HasPrefix(m.SourceBranch, prefix)
}
