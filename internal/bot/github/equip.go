package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	gogithub "github.com/google/go-github/v92/github"

	"github.com/pinfetch/pinfetch/internal/bot"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Equip implements [bot.Forge].
func (f *Forge) Equip(ctx context.Context, r bot.Request, w bot.Wishes) error {
	return errors.Join(f.label(ctx, r, w.Labels), f.assign(ctx, r, w.Assignees), f.review(ctx, r, w.Reviewers), f.autoMerge(ctx, r, w.AutoMerge))
}

func (f *Forge) label(ctx context.Context, r bot.Request, labels []string) error {
	if len(labels) == 0 {
		return nil
	}
	// Not by go-github, which sends a bare list: the API's description has this object only.
	err := f.post(ctx, fmt.Sprintf("repos/%s/%s/issues/%d/labels", f.owner, f.repo, r.Number), map[string]any{"labels": labels}, nil)
	return f.explain(err, "label pull request #%d", r.Number)
}

// assign assigns users. GitHub passes over those who cannot be assigned.
func (f *Forge) assign(ctx context.Context, r bot.Request, users []string) error {
	if len(users) == 0 {
		return nil
	}
	issue, _, err := f.client.Issues.AddAssignees(ctx, f.owner, f.repo, r.Number, users)
	if err != nil {
		return f.explain(err, "assign pull request #%d", r.Number)
	}
	var refused []string
	for _, user := range users {
		if issue == nil || !slices.ContainsFunc(issue.Assignees, func(u *gogithub.User) bool { return strings.EqualFold(u.GetLogin(), user) }) {
			refused = append(refused, fmt.Sprintf("%q", user))
		}
	}
	if len(refused) > 0 {
		return sources.WithHint(fmt.Errorf("assign pull request #%d: GitHub did not assign %s", r.Number, strings.Join(refused, ", ")),
			"name users who can read %s/%s, at most ten", f.owner, f.repo)
	}
	return nil
}

// review asks for reviews. GitHub refuses all names for one that it refuses, so they are then asked for one by one.
func (f *Forge) review(ctx context.Context, r bot.Request, names []string) error {
	err := f.ask(ctx, r, names)
	if len(names) < 2 || !refuses(err, http.StatusUnprocessableEntity, "") && !errors.Is(err, sources.ErrInvalid) {
		return err
	}
	var refused []error
	for _, name := range names {
		refused = append(refused, f.ask(ctx, r, []string{name}))
	}
	return errors.Join(refused...)
}

// ask asks users and teams for reviews. A team is ORGANISATION/TEAM, the organisation being the repository's owner.
func (f *Forge) ask(ctx context.Context, r bot.Request, names []string) error {
	if len(names) == 0 {
		return nil
	}
	var reviewers gogithub.ReviewersRequest
	for _, name := range names {
		organization, team, isTeam := strings.Cut(name, "/")
		switch {
		case !isTeam:
			reviewers.Reviewers = append(reviewers.Reviewers, name)
		case strings.EqualFold(organization, f.owner):
			reviewers.TeamReviewers = append(reviewers.TeamReviewers, team)
		default:
			return sources.WithHint(sources.Invalid("cannot request a review of pull request #%d by team %q of another organisation", r.Number, name),
				"name a team of %s", f.owner)
		}
	}
	_, _, err := f.client.PullRequests.RequestReviewers(ctx, f.owner, f.repo, r.Number, reviewers)
	return f.explain(err, "request a review of pull request #%d by %s", r.Number, strings.Join(names, ", "))
}

const autoMerge = `mutation($input: EnablePullRequestAutoMergeInput!) { enablePullRequestAutoMerge(input: $input) { clientMutationId } }`

// autoMerge lets GitHub merge the request when its conditions are met. Only the GraphQL API can; its refusals have status 200.
func (f *Forge) autoMerge(ctx context.Context, r bot.Request, method bot.Method) error {
	if method == "" {
		return nil
	}
	question := map[string]any{
		"query":     autoMerge,
		"variables": map[string]any{"input": map[string]any{"pullRequestId": r.ID, "mergeMethod": strings.ToUpper(string(method))}},
	}
	var answer struct {
		Errors []refusal `json:"errors"`
	}
	err := f.post(ctx, f.graphql, question, &answer)
	if err == nil && len(answer.Errors) > 0 {
		err = answer.Errors[0]
	}
	return f.explain(err, "enable auto-merge of pull request #%d", r.Number)
}

// post sends what go-github has no function for.
func (f *Forge) post(ctx context.Context, address string, body, answer any) error {
	req, err := f.client.NewRequest(ctx, http.MethodPost, address, body)
	if err != nil {
		return err
	}
	_, err = f.client.Do(req, answer)
	return err
}
