// Package github maintains pull requests on GitHub and GitHub Enterprise.
package github

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"

	gogithub "github.com/google/go-github/v92/github"

	"github.com/pinfetch/pinfetch/internal/bot"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

const (
	// maxBody is the length in bytes of a body that GitHub is sure to take. Its limit is 65,536 characters, of one byte or more.
	maxBody = 65536
	// maxPush is the largest push that the push policy which GitHub suggests allows
	// (docs.github.com, "Managing the push policy for your repository"). Checks start for up to 5,000 branches of a push
	// (docs.github.com, "Events that trigger workflows").
	maxPush = 5
)

// Forge is a repository on GitHub.
type Forge struct {
	client      *gogithub.Client
	owner, repo string
	graphql     string // address of the GraphQL API

	lately     sync.Once // guards what follows
	closed     []*gogithub.PullRequest
	isComplete bool // closed has every closed request
	err        error
}

var _ bot.Forge = (*Forge)(nil)

// New returns the repository OWNER/REPO. api is the address of the REST API: "https://api.github.com" or, for GitHub
// Enterprise, "https://HOST/api/v3". transport is [web.Client.WritingRoundTripper]: it sends the token and turns refusals into errors.
// Nothing is sent yet.
func New(api, project string, transport http.RoundTripper) (*Forge, error) {
	owner, repo, ok := strings.Cut(project, "/")
	if !ok || !isName(owner) || !isName(repo) {
		return nil, sources.WithHint(sources.Invalid("GitHub repository %q is not OWNER/REPO", project), "name it by its owner and its name, such as acme/tool")
	}
	api = strings.TrimSuffix(api, "/") + "/"
	// The transport remembers rate limits.
	client, err := gogithub.NewClient(gogithub.WithTransport(transport), gogithub.WithURLs(&api, nil), gogithub.WithDisableRateLimitCheck())
	if err != nil {
		return nil, sources.Invalid("address %q of GitHub's API: %v", api, err)
	}
	return &Forge{client: client, owner: owner, repo: repo, graphql: strings.TrimSuffix(api, "v3/") + "graphql"}, nil
}

// isName reports whether a text can be a part of a repository's name, and so of a path.
func isName(text string) bool {
	return text != "" && text != "." && text != ".." && !strings.ContainsFunc(text, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.", r))
	})
}

// Limits implements [bot.Forge].
func (f *Forge) Limits() bot.Limits { return bot.Limits{Body: maxBody, Pushes: maxPush} }

// Create implements [bot.Forge].
func (f *Forge) Create(ctx context.Context, d bot.Draft) (bot.Request, error) {
	p, _, err := f.client.PullRequests.Create(ctx, f.owner, f.repo, gogithub.CreatePullRequest{
		Title: &d.Title, Head: d.Branch, Base: d.Base, Body: &d.Body, Draft: &d.IsDraft,
	})
	exists := refuses(err, http.StatusUnprocessableEntity, "already exists")
	if err == nil && p.GetNumber() <= 0 {
		err = web.ErrProtocol
	}
	if err = f.explain(err, "open a pull request of %q", d.Branch); exists {
		err = fmt.Errorf("%w: %w", bot.ErrExists, err)
	}
	if err != nil {
		return bot.Request{}, err
	}
	return request(p), nil
}

// Edit implements [bot.Forge].
func (f *Forge) Edit(ctx context.Context, r bot.Request, title, body string) error {
	_, _, err := f.client.PullRequests.Edit(ctx, f.owner, f.repo, r.Number, &gogithub.PullRequest{Title: &title, Body: &body})
	return f.explain(err, "edit pull request #%d", r.Number)
}

// Close implements [bot.Forge].
func (f *Forge) Close(ctx context.Context, r bot.Request, body string) error {
	closed := "closed"
	_, _, err := f.client.PullRequests.Edit(ctx, f.owner, f.repo, r.Number, &gogithub.PullRequest{State: &closed, Body: &body})
	return f.explain(err, "close pull request #%d", r.Number)
}

// Comment implements [bot.Forge].
func (f *Forge) Comment(ctx context.Context, r bot.Request, text string) error {
	_, _, err := f.client.Issues.CreateComment(ctx, f.owner, f.repo, r.Number, gogithub.IssueCommentRequest{Body: text})
	return f.explain(err, "comment on pull request #%d", r.Number)
}
