package gitea

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"code.gitea.io/sdk/gitea"

	"github.com/pinfetch/pinfetch/internal/bot"
	"github.com/pinfetch/pinfetch/internal/web"
)

// draft begins the title of a request that must not be merged yet. It is the first of the prefixes that servers know by
// default, in any case: WORK_IN_PROGRESS_PREFIXES.
const draft = "WIP:"

func cutDraft(title string) (rest string, isDraft bool) {
	for _, prefix := range []string{draft, "[WIP]"} {
		if len(title) >= len(prefix) && strings.EqualFold(title[:len(prefix)], prefix) {
			return strings.TrimLeft(title[len(prefix):], " "), true
		}
	}
	return title, false
}

func withDraft(title string, isDraft bool) string {
	if isDraft {
		return draft + " " + title
	}
	return title
}

// Create implements [bot.Forge].
func (f *Forge) Create(ctx context.Context, d bot.Draft) (bot.Request, error) {
	p, _, err := call(ctx, f, func(c *gitea.Client) (*gitea.PullRequest, *gitea.Response, error) {
		return c.CreatePullRequest(f.owner, f.repo, gitea.CreatePullRequestOption{
			Head: d.Branch, Base: d.Base, Title: withDraft(d.Title, d.IsDraft), Body: d.Body,
		})
	})
	if statusOf(err) == http.StatusConflict {
		err = fmt.Errorf("%w: %w", bot.ErrExists, err)
	}
	if err != nil {
		return bot.Request{}, fmt.Errorf("open a pull request of %q in %s: %w", d.Branch, f, err)
	}
	return read(p), nil
}

// statusOf is the status of an answer that refused, 0 for other errors and none.
func statusOf(err error) int {
	var status *web.StatusError
	if errors.As(err, &status) {
		return status.Status
	}
	return 0
}

// Edit implements [bot.Forge].
func (f *Forge) Edit(ctx context.Context, r bot.Request, title, body string) error {
	o := gitea.EditPullRequestOption{Body: &body}
	if title != r.Title { // the SDK's "" leaves the title as it is
		o.Title = withDraft(title, r.IsDraft)
	}
	return f.patch(ctx, r, o, "edit")
}

// Close implements [bot.Forge].
func (f *Forge) Close(ctx context.Context, r bot.Request, body string) error {
	closed := gitea.StateClosed
	return f.patch(ctx, r, gitea.EditPullRequestOption{State: &closed, Body: &body}, "close")
}

func (f *Forge) patch(ctx context.Context, r bot.Request, o gitea.EditPullRequestOption, verb string) error {
	_, _, err := call(ctx, f, func(c *gitea.Client) (*gitea.PullRequest, *gitea.Response, error) {
		return c.EditPullRequest(f.owner, f.repo, int64(r.Number), o)
	})
	if err != nil {
		return fmt.Errorf("%s pull request %d of %s: %w", verb, r.Number, f, err)
	}
	return nil
}

// Comments implements [bot.Forge]. Servers list all of them at once.
func (f *Forge) Comments(ctx context.Context, r bot.Request) ([]string, error) {
	all, _, err := call(ctx, f, func(c *gitea.Client) ([]*gitea.Comment, *gitea.Response, error) {
		return c.ListIssueComments(f.owner, f.repo, int64(r.Number), gitea.ListIssueCommentOptions{})
	})
	if err != nil {
		return nil, fmt.Errorf("list comments on pull request %d of %s: %w", r.Number, f, err)
	}
	var texts []string
	for _, c := range all {
		if c != nil {
			texts = append(texts, c.Body)
		}
	}
	return texts, nil
}

// Comment implements [bot.Forge].
func (f *Forge) Comment(ctx context.Context, r bot.Request, text string) error {
	_, _, err := call(ctx, f, func(c *gitea.Client) (*gitea.Comment, *gitea.Response, error) {
		return c.CreateIssueComment(f.owner, f.repo, int64(r.Number), gitea.CreateIssueCommentOption{Body: text})
	})
	if err != nil {
		return fmt.Errorf("comment on pull request %d of %s: %w", r.Number, f, err)
	}
	return nil
}
