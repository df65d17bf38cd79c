package gitea

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"code.gitea.io/sdk/gitea"

	"github.com/pinfetch/pinfetch/internal/bot"
	"github.com/pinfetch/pinfetch/internal/retry"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Equip implements [bot.Forge].
func (f *Forge) Equip(ctx context.Context, r bot.Request, w bot.Wishes) error {
	return errors.Join(f.label(ctx, r, w.Labels), f.askReviewers(ctx, r, w.Reviewers), f.assign(ctx, r, w.Assignees), f.autoMerge(ctx, r, w.AutoMerge))
}

// askReviewers asks users for a review. Asking twice changes nothing.
func (f *Forge) askReviewers(ctx context.Context, r bot.Request, users []string) error {
	return each(users, func(users []string) error {
		_, _, err := call(ctx, f, func(c *gitea.Client) (struct{}, *gitea.Response, error) {
			resp, err := c.CreateReviewRequests(f.owner, f.repo, int64(r.Number), gitea.PullReviewRequestOptions{Reviewers: users})
			return struct{}{}, resp, err
		})
		if err != nil {
			err = fmt.Errorf("ask %s to review pull request %d of %s: %w", quote(users), r.Number, f, hintUsers(err))
		}
		return err
	})
}

// assign adds assignees. The API replaces them all.
func (f *Forge) assign(ctx context.Context, r bot.Request, users []string) error {
	if len(users) == 0 {
		return nil
	}
	p, _, err := call(ctx, f, func(c *gitea.Client) (*gitea.PullRequest, *gitea.Response, error) {
		return c.GetPullRequest(f.owner, f.repo, int64(r.Number))
	})
	if err != nil {
		return fmt.Errorf("read pull request %d of %s: %w", r.Number, f, err)
	}
	var assigned []string
	for _, user := range p.Assignees {
		if user != nil {
			assigned = append(assigned, user.UserName)
		}
	}
	missing := slices.DeleteFunc(slices.Clone(users), func(user string) bool {
		return slices.ContainsFunc(assigned, func(other string) bool { return strings.EqualFold(user, other) })
	})
	return each(missing, func(users []string) error {
		all := slices.Concat(assigned, users)
		if err := f.patch(ctx, r, gitea.EditPullRequestOption{Assignees: all}, "assign "+quote(users)+" to"); err != nil {
			return hintUsers(err)
		}
		assigned = all
		return nil
	})
}

// each grants something to users, one by one if the forge refuses to do so for all at once.
func each(users []string, grant func([]string) error) error {
	if len(users) == 0 {
		return nil
	}
	err := grant(users)
	if isRefusal := statusOf(err) == http.StatusNotFound || statusOf(err) == http.StatusUnprocessableEntity; !isRefusal || len(users) == 1 {
		return err
	}
	var errs []error
	for _, user := range users {
		errs = append(errs, grant([]string{user}))
	}
	return errors.Join(errs...)
}

// hintUsers says what to do about users that a server does not accept.
func hintUsers(err error) error {
	var status *web.StatusError
	if errors.As(err, &status) && (status.Status == http.StatusNotFound || status.Status == http.StatusUnprocessableEntity) {
		return sources.WithHint(err, "name users of %s other than the token's own", status.Host)
	}
	return err
}

func quote(names []string) string {
	var quoted []string
	for _, name := range names {
		quoted = append(quoted, fmt.Sprintf("%.100q", name))
	}
	return strings.Join(quoted, ", ")
}

// errBusy means that a server still checks whether a request conflicts.
var errBusy = retry.Temporary(errors.New("server is not ready"))

// autoMerge lets the server merge a request as soon as its base's protection allows, and delete the branch then. If no status
// check is required there, that is at once.
func (f *Forge) autoMerge(ctx context.Context, r bot.Request, method bot.Method) error {
	if method == "" {
		return nil
	}
	isDone := true
	o := gitea.MergePullRequestOption{Style: gitea.MergeStyle(method), MergeWhenChecksSucceed: true, DeleteBranchAfterMerge: &isDone}
	var err error
	waited := retry.Do(ctx, retry.Policy{Backoff: f.Backoff}, func() error {
		_, _, err = call(ctx, f, func(c *gitea.Client) (bool, *gitea.Response, error) {
			return c.MergePullRequest(f.owner, f.repo, int64(r.Number), o)
		})
		if refuses(err, http.StatusMethodNotAllowed, "try again") {
			return errBusy
		}
		return nil
	})
	switch {
	case waited != nil && !errors.Is(waited, errBusy):
		err = waited
	case refuses(err, http.StatusConflict, "already scheduled"), refuses(err, http.StatusMethodNotAllowed, "already merged"):
		return nil
	case statusOf(err) == http.StatusMethodNotAllowed:
		err = sources.WithHint(err, "set it to merge on its page, or let the token's user merge into its base branch")
	}
	if err != nil {
		return fmt.Errorf("let pull request %d of %s be merged: %w", r.Number, f, err)
	}
	return nil
}

// refuses reports whether an error is an answer of some status that contains a text.
func refuses(err error, status int, text string) bool {
	var e *web.StatusError
	return errors.As(err, &e) && e.Status == status && strings.Contains(e.Text, text)
}
