package gitea

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"code.gitea.io/sdk/gitea"

	"github.com/pinfetch/pinfetch/internal/bot"
)

// labelColor is the color of new labels: light gray.
const labelColor = "#ededed"

// labels are the numbers of labels by name, as far as they were read.
type labels struct {
	mu      sync.Mutex
	numbers map[string]int64 // nil if nothing was read
	isFull  bool             // those of the organization were read, too
}

// label adds labels to a request. A label that it has already stays.
func (f *Forge) label(ctx context.Context, r bot.Request, names []string) error {
	if len(names) == 0 {
		return nil
	}
	numbers, err := f.labelNumbers(ctx, names)
	if len(numbers) > 0 {
		_, _, refusal := call(ctx, f, func(c *gitea.Client) ([]*gitea.Label, *gitea.Response, error) {
			return c.AddIssueLabels(f.owner, f.repo, int64(r.Number), gitea.IssueLabelsOption{Labels: numbers})
		})
		err = errors.Join(err, refusal)
	}
	if err != nil {
		return fmt.Errorf("add labels %s to pull request %d of %s: %w", quote(names), r.Number, f, err)
	}
	return nil
}

// labelNumbers are the numbers of labels of the repository or of its organization. It makes those that do not exist. It returns
// what it can; the error joins what it could not.
func (f *Forge) labelNumbers(ctx context.Context, names []string) (numbers []int64, err error) {
	l := &f.labels
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, name := range names {
		number, found, failure := l.find(ctx, f, name)
		if failure != nil {
			return nil, failure
		}
		if !found {
			number, failure = f.newLabel(ctx, name)
			err = errors.Join(err, failure)
		}
		if failure == nil {
			l.numbers[name] = number
			numbers = append(numbers, number)
		}
	}
	return numbers, err
}

// find finds the number of a label, and reads what it needs to know for that. l.mu is held.
func (l *labels) find(ctx context.Context, f *Forge, name string) (number int64, found bool, err error) {
	if l.numbers == nil {
		numbers := make(map[string]int64)
		if err := f.readLabels(ctx, numbers, func(c *gitea.Client, o gitea.ListOptions) ([]*gitea.Label, *gitea.Response, error) {
			return c.ListRepoLabels(f.owner, f.repo, gitea.ListLabelsOptions{ListOptions: o})
		}); err != nil {
			return 0, false, err
		}
		l.numbers = numbers
	}
	if number, found = l.numbers[name]; !found && !l.isFull {
		err := f.readLabels(ctx, l.numbers, func(c *gitea.Client, o gitea.ListOptions) ([]*gitea.Label, *gitea.Response, error) {
			return c.ListOrgLabels(f.owner, gitea.ListOrgLabelsOptions{ListOptions: o})
		})
		// The owner may be a user (404), or the token lack the scope read:organization (403).
		if err != nil && statusOf(err) == 0 {
			return 0, false, err
		}
		l.isFull = true
		number, found = l.numbers[name]
	}
	return number, found, nil
}

func (f *Forge) newLabel(ctx context.Context, name string) (int64, error) {
	made, _, err := call(ctx, f, func(c *gitea.Client) (*gitea.Label, *gitea.Response, error) {
		return c.CreateLabel(f.owner, f.repo, gitea.CreateLabelOption{Name: name, Color: labelColor})
	})
	if err != nil {
		return 0, err
	}
	return made.ID, nil
}

// readLabels adds a list of labels to numbers. The first of a name counts.
func (f *Forge) readLabels(
	ctx context.Context, numbers map[string]int64, list func(*gitea.Client, gitea.ListOptions) ([]*gitea.Label, *gitea.Response, error),
) error {
	for page := 1; page != 0 && page <= maxLabelled; {
		all, resp, err := call(ctx, f, func(c *gitea.Client) ([]*gitea.Label, *gitea.Response, error) {
			return list(c, gitea.ListOptions{Page: page, PageSize: pageSize})
		})
		if err != nil {
			return err
		}
		for _, label := range all {
			if label == nil {
				continue
			}
			if _, known := numbers[label.Name]; !known {
				numbers[label.Name] = label.ID
			}
		}
		page = following(resp, page)
	}
	return nil
}
