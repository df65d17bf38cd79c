package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// refusal is an error of the GraphQL API.
type refusal struct {
	Type    string `json:"type"`
	Message string `json:"message"`
}

func (r refusal) Error() string { return fmt.Sprintf("GitHub refused: %.300q", r.Message) }

// refuses reports whether an error is a response with a status and a text. GraphQL's refusals have status 200.
func refuses(err error, status int, text string) bool {
	var response *web.StatusError
	var mutation refusal
	switch {
	case errors.As(err, &response):
		return response.Status == status && containsFold(response.Text, text)
	case errors.As(err, &mutation):
		return status == http.StatusOK && containsFold(mutation.Message, text)
	}
	return false
}

func containsFold(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

// hints say what to do about a refusal that has a status and a text, the first that applies. %s is the repository.
var hints = []struct {
	status     int
	text, hint string
}{
	{http.StatusUnauthorized, "", "the token is invalid or has expired: create another one for %s"},
	{http.StatusForbidden, "not permitted to create or approve", `allow "GitHub Actions to create and approve pull requests" in the settings of %s, ` +
		"under Actions, General (and in those of its organisation), or use the token of a GitHub App"},
	{http.StatusForbidden, "archived", "unarchive %s, or remove the workflow"},
	{http.StatusForbidden, "SAML", "authorize the token for single sign-on of the organisation that owns %s"},
	{http.StatusForbidden, "", "grant the token for %s: contents, pull-requests and, for labels and assignees, issues, each with write access " +
		"(a workflow's permissions, or those of the GitHub App or fine-grained token)"},
	{http.StatusNotFound, "", "check the name %s, and that the token has access to the repository"},
	{http.StatusGone, "", "%s has issues or pull requests disabled: enable them in its settings"},
	{http.StatusMovedPermanently, "", "%s was renamed: update the address of the remote"},
	{http.StatusTemporaryRedirect, "", "%s was renamed: update the address of the remote"},
	{http.StatusUnprocessableEntity, "body is too long", "shorten the text that was added to the description in %s"},
	{http.StatusUnprocessableEntity, "draft pull requests are not supported", "GitHub's plan for %s has no drafts: do not ask for them"},
	{http.StatusUnprocessableEntity, "from pull request author", "leave out the owner of the token from the reviewers in %s"},
	{http.StatusUnprocessableEntity, "not a collaborator", "name users and teams with access to %s, a team as ORGANISATION/TEAM; " +
		"for teams, the token needs to read the members of the organisation"},
	{http.StatusOK, "clean status", "nothing is waited for: require a status check or a review for the base branch in the settings of %s, under Rules, " +
		"or do not ask for automatic merges"},
	{http.StatusOK, "unstable status", "no required check is waited for: require a status check or a review for the base branch in the settings of %s, under Rules, " +
		"or do not ask for automatic merges"},
	{http.StatusOK, "protected branch rules", "require a status check or a review for the base branch in the settings of %s, under Rules"},
	{http.StatusOK, "auto merge is not allowed", `check "Allow auto-merge" in the settings of %s, under General, Pull Requests`},
	{http.StatusOK, "merge method", "allow the merge method in the settings of %s, under General, Pull Requests, or choose another one"},
	{http.StatusOK, "not accessible", "grant the token for %s contents and pull-requests with write access"},
}

// explain adds to an error what was done and, where GitHub's answer tells, a hint. It returns nil for nil.
func (f *Forge) explain(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	name := f.owner + "/" + f.repo
	err = fmt.Errorf("%s in %s: %w", fmt.Sprintf(format, args...), name, classify(err))
	if errors.Is(err, web.ErrRateLimited) {
		return sources.WithHint(err, "run the bot again later: it continues where it stopped")
	}
	for _, h := range hints {
		if refuses(err, h.status, h.text) {
			return sources.WithHint(err, h.hint, name)
		}
	}
	return err
}

// classify gives an answer that is not the API's a class. An error of the transport keeps its own, without the URL that
// net/http repeats.
func classify(err error) error {
	var transport *url.Error
	var mutation refusal
	switch {
	case errors.As(err, &transport):
		return transport.Err
	case errors.As(err, &mutation), errors.Is(err, web.ErrTooLarge), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	return fmt.Errorf("%w: not one of GitHub's API", web.ErrProtocol) // the server's text, or go-github's about it, says no more
}
