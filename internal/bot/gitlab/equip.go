package gitlab

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	gitlab "gitlab.com/gitlab-org/api/client-go"

	"github.com/pinfetch/pinfetch/internal/bot"
	"github.com/pinfetch/pinfetch/internal/retry"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Equip implements [bot.Forge].
func (f *Forge) Equip(ctx context.Context, r bot.Request, w bot.Wishes) error {
	err := errors.Join(f.assign(ctx, r, w), f.autoMerge(ctx, r, w.AutoMerge))
	if err != nil {
		return fmt.Errorf("merge request !%d of %q: %w", r.Number, f.project, err)
	}
	return nil
}

// assign sets labels and people. GitLab ignores some without an error, which its answer shows.
func (f *Forge) assign(ctx context.Context, r bot.Request, w bot.Wishes) error {
	assignees, err1 := f.find(ctx, w.Assignees)
	reviewers, err2 := f.find(ctx, w.Reviewers)
	problems := []error{err1, err2}
	options := gitlab.UpdateMergeRequestOptions{}
	if len(w.Labels) > 0 {
		options.AddLabels = (*gitlab.LabelOptions)(&w.Labels)
	}
	if len(assignees) > 0 {
		options.AssigneeIDs = new(ids(assignees))
	}
	if len(reviewers) > 0 {
		options.ReviewerIDs = new(ids(reviewers))
	}
	if options == (gitlab.UpdateMergeRequestOptions{}) {
		return errors.Join(problems...)
	}
	m, err := f.write(ctx, http.MethodPut, f.pathOf(r), &options)
	if err != nil {
		return errors.Join(append(problems, fmt.Errorf("set labels, assignees and reviewers: %w", err))...)
	}
	for _, label := range w.Labels {
		if !slices.Contains(m.Labels, label) {
			problems = append(problems, sources.WithHint(fmt.Errorf("GitLab did not set label %q", label), "give the token the role Developer"))
		}
	}
	return errors.Join(append(problems, ignored("assignee", assignees, m.Assignees), ignored("reviewer", reviewers, m.Reviewers))...)
}

// ignored reports the users whom GitLab did not add.
func ignored(what string, wanted, got []user) (err error) {
	for _, u := range wanted {
		if !slices.Contains(ids(got), u.ID) {
			err = errors.Join(err, sources.WithHint(fmt.Errorf("GitLab did not add %s %q", what, u.Username),
				"make the user a member of the project; GitLab Free allows one assignee and one reviewer"))
		}
	}
	return err
}

func ids(users []user) (ids []int64) {
	for _, u := range users {
		ids = append(ids, u.ID)
	}
	return ids
}

// find looks users up. The error joins one for each who was not found.
func (f *Forge) find(ctx context.Context, names []string) (users []user, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, name := range names {
		id, known := f.users[name]
		if !known {
			var found []user
			if _, failure := f.call(ctx, http.MethodGet, "users", &gitlab.ListUsersOptions{Username: &name}, &found); failure != nil {
				err = errors.Join(err, fmt.Errorf("look up user %q: %w", name, failure))
				continue
			}
			if len(found) > 0 {
				id = found[0].ID
			}
			f.users[name] = id
		}
		if id == 0 {
			err = errors.Join(err, sources.WithHint(fmt.Errorf("user %q: %w", name, sources.ErrNotFound), "write the user's name as in @NAME, without the @"))
			continue
		}
		users = append(users, user{id, name})
	}
	return users, err
}

// mergeTries is how often GitLab is asked for auto-merge: with DefaultPause, over 7.5 seconds.
const mergeTries = 5

// autoMerge asks GitLab to merge a request when its pipeline succeeds. GitLab refuses until it has created the pipeline, some
// seconds after the push (gitlab.com/gitlab-org/gitlab/-/issues/353984). Merge commits and rebasing are a setting of the
// project; only squashing can be asked for.
func (f *Forge) autoMerge(ctx context.Context, r bot.Request, method bot.Method) error {
	if method == "" {
		return nil
	}
	options := &gitlab.AcceptMergeRequestOptions{AutoMerge: new(true), ShouldRemoveSourceBranch: new(true)}
	//lint:ignore SA1019 its name before GitLab 17.11, which merges at once without it
	options.MergeWhenPipelineSucceeds = new(true)
	if r.Head != "" {
		options.SHA = &r.Head
	}
	if method == bot.Squash {
		options.Squash = new(true)
	}
	tries := 0
	err := retry.Do(ctx, retry.Policy{Tries: mergeTries}, func() error {
		tries++
		_, err := f.write(ctx, http.MethodPut, f.pathOf(r)+"/merge", options)
		if status := (*web.StatusError)(nil); errors.As(err, &status) && isNotYet(status.Status) {
			return retry.After(status, time.Duration(tries*tries)*f.Pause)
		}
		return err
	})
	switch status := refusal(err); {
	case err == nil:
		return nil
	case isNotYet(status):
		err = sources.WithHint(err, "check that the branch starts a pipeline: auto-merge needs one to wait for")
	case status == http.StatusUnauthorized: // as opposed to the hint for other calls
		err = sources.WithHint(err, "allow the token's role to merge into the protected branch, or disable auto-merge")
	}
	return fmt.Errorf("enable auto-merge: %w", err)
}

// isNotYet reports whether a status is one with which GitLab refuses to merge a request that it has not processed yet: the pipeline,
// the check for conflicts or the last push is missing.
func isNotYet(status int) bool {
	return slices.Contains([]int{http.StatusMethodNotAllowed, http.StatusNotAcceptable, http.StatusConflict, http.StatusUnprocessableEntity}, status)
}
