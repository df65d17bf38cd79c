package gitlab

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	gitlab "gitlab.com/gitlab-org/api/client-go"

	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// The size of a page, which is the largest that GitLab gives, and how many are read of one list.
const (
	perPage  = 100
	maxPages = 100
)

// call sends a request to a path of the API and decodes the answer. The client's own methods decode many fields that are not
// needed here, and panic if an item is null.
func (f *Forge) call(ctx context.Context, method, path string, options, answer any) (hasMore bool, err error) {
	req, err := f.client.NewRequest(method, path, options, []gitlab.RequestOptionFunc{gitlab.WithContext(ctx)})
	if err != nil {
		return false, err
	}
	resp, err := f.client.Do(req, answer)
	if err != nil {
		return false, f.explain(err)
	}
	return resp.NextPage > 0, nil
}

// write creates or changes a merge request, and returns the result.
func (f *Forge) write(ctx context.Context, method, path string, options any) (m mergeRequest, err error) {
	if _, err := f.call(ctx, method, path, options, &m); err != nil {
		return m, err
	}
	if m.IID < 1 {
		return m, f.unexpected()
	}
	return m, nil
}

// each visits all items of a list. at is the part of options that says which page.
func each[T any](ctx context.Context, f *Forge, path string, options any, at *gitlab.ListOptions, visit func(T)) error {
	at.PerPage = perPage
	for at.Page = 1; at.Page <= maxPages; at.Page++ {
		var items []T
		hasMore, err := f.call(ctx, http.MethodGet, path, options, &items)
		if err != nil {
			return err
		}
		for _, item := range items {
			visit(item)
		}
		if !hasMore {
			return nil
		}
	}
	return fmt.Errorf("more than %d: %w", maxPages*perPage, f.unexpected())
}

// unexpected is the error of an answer that makes no sense.
func (f *Forge) unexpected() error {
	return sources.WithHint(fmt.Errorf("%s: %w", f.api, sources.ErrAnswer), "check that this is the address of a GitLab server's API")
}

// grant says what the bot needs (docs.gitlab.com/user/project/settings/project_access_tokens, docs.gitlab.com/ci/jobs/ci_job_token).
const grant = "use a project access token with the role Developer and the scopes api and write_repository; CI_JOB_TOKEN cannot open merge requests"

// explain gives an error of the client a class and a hint. It drops what repeats the URL or quotes the server.
func (f *Forge) explain(err error) error {
	var transport *url.Error
	var status *web.StatusError
	switch {
	case !errors.As(err, &transport): // of the decoder
		return f.unexpected()
	case !errors.As(err, &status):
		return transport.Err
	case status.Status == http.StatusUnauthorized:
		return sources.WithHint(transport.Err, "%s", grant)
	case status.Status == http.StatusForbidden && strings.Contains(status.Text, "insufficient_scope"):
		return sources.WithHint(transport.Err, "the token's scopes are too small: %s", grant)
	case status.Status == http.StatusForbidden:
		return sources.WithHint(transport.Err, "the token's role is too low, or merge requests are disabled in the project: %s", grant)
	case status.Status == http.StatusNotFound:
		return sources.WithHint(transport.Err, "check that project %q exists and that the token may see it: %s", f.project, grant)
	}
	return transport.Err
}

// refusal returns the status with which the server refused a request, 0 if it did not.
func refusal(err error) int {
	if status := (*web.StatusError)(nil); errors.As(err, &status) {
		return status.Status
	}
	return 0
}
