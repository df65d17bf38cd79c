package gitlab

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	gitlab "gitlab.com/gitlab-org/api/client-go"

	"github.com/pinfetch/pinfetch/internal/bot"
)

// Create implements [bot.Forge]. The branch is deleted when the request is merged.
func (f *Forge) Create(ctx context.Context, d bot.Draft) (bot.Request, error) {
	m, err := f.write(ctx, http.MethodPost, f.path, &gitlab.CreateMergeRequestOptions{
		SourceBranch: &d.Branch, TargetBranch: &d.Base, Title: new(titleOf(d.Title, d.IsDraft)), Description: &d.Body, RemoveSourceBranch: new(true),
	})
	if refusal(err) == http.StatusConflict { // GitLab uses it for nothing else here
		err = fmt.Errorf("%w: %w", bot.ErrExists, err)
	}
	if err != nil {
		return bot.Request{}, fmt.Errorf("open a merge request of %q into %q of %q: %w", d.Branch, d.Base, f.project, err)
	}
	return m.request(), nil
}

// titleOf returns a title as GitLab has it.
func titleOf(title string, isDraft bool) string {
	if isDraft {
		return draftPrefix + title
	}
	return title
}

// Edit implements [bot.Forge]. It leaves out a title that does not change, so that it overwrites no edit made meanwhile.
func (f *Forge) Edit(ctx context.Context, r bot.Request, title, body string) error {
	options := &gitlab.UpdateMergeRequestOptions{Description: &body}
	if title != r.Title {
		options.Title = new(titleOf(title, r.IsDraft))
	}
	if _, err := f.write(ctx, http.MethodPut, f.pathOf(r), options); err != nil {
		return fmt.Errorf("edit merge request !%d of %q: %w", r.Number, f.project, err)
	}
	return nil
}

// Close implements [bot.Forge].
func (f *Forge) Close(ctx context.Context, r bot.Request, body string) error {
	options := &gitlab.UpdateMergeRequestOptions{Description: &body, StateEvent: new("close")}
	if _, err := f.write(ctx, http.MethodPut, f.pathOf(r), options); err != nil {
		return fmt.Errorf("close merge request !%d of %q: %w", r.Number, f.project, err)
	}
	return nil
}

// Comment implements [bot.Forge]. It escapes a slash that begins a line, which GitLab would execute as a command
// (docs.gitlab.com/user/project/quick_actions).
func (f *Forge) Comment(ctx context.Context, r bot.Request, text string) error {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if rest := strings.TrimLeft(line, " \t\r"); strings.HasPrefix(rest, "/") {
			lines[i] = `\` + rest
		}
	}
	options := &gitlab.CreateMergeRequestNoteOptions{Body: new(strings.Join(lines, "\n"))}
	var note struct{}
	if _, err := f.call(ctx, http.MethodPost, f.pathOf(r)+"/notes", options, &note); err != nil {
		return fmt.Errorf("comment on merge request !%d of %q: %w", r.Number, f.project, err)
	}
	return nil
}

func (f *Forge) pathOf(r bot.Request) string { return fmt.Sprintf("%s/%d", f.path, r.Number) }
