package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	gogithub "github.com/google/go-github/v57/github"

	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/follow"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

// Bounds on how many releases are looked at. GitHub lists the newest first.
const (
	releasesPerPage = 100
	maxReleasePages = 3
)

// release returns the tag of the newest release that a Spec allows, and its version. If no tag is a version, the newest by
// date counts, as on GitHub's page.
func (r resolver) release(ctx context.Context, s Spec) (tag, number string, err error) {
	client, err := r.client(s)
	if err != nil {
		return "", "", err
	}
	var names []string
	options := &gogithub.ListOptions{PerPage: releasesPerPage}
	for range maxReleasePages {
		page, resp, err := client.Repositories.ListReleases(ctx, s.Owner, s.Repo, options)
		if err != nil {
			err = fmt.Errorf("list releases of %s/%s at %s: %w", s.Owner, s.Repo, client.BaseURL, translate(err))
			return "", "", &sources.RemoteError{URL: s.gitURL(), Err: err}
		}
		for _, release := range page {
			if !release.GetDraft() && (s.Prerelease || !release.GetPrerelease()) {
				names = append(names, release.GetTagName())
			}
		}
		if resp.NextPage == 0 {
			break
		}
		options.Page = resp.NextPage
	}
	if len(names) == 0 {
		err := fmt.Errorf("stable releases of %s/%s: %w", s.Owner, s.Repo, sources.ErrNotFound)
		return "", "", sources.WithSettings(err, sources.Setting{Option: "prerelease"}, sources.Setting{Option: "tag"}, sources.Setting{Option: "branch"})
	}
	for _, prefix := range version.Prefixes(s.Repo) {
		if newest, err := follow.Newest(names, prefix, s.Tracking); err == nil {
			return newest.Tag, newest.String(), nil
		} else if errors.Is(err, sources.ErrInvalid) {
			return "", "", err
		}
	}
	if s.Constraint != "" {
		err := fmt.Errorf("releases of %s/%s that satisfy %q: %w", s.Owner, s.Repo, s.Constraint, sources.ErrNotFound)
		return "", "", sources.WithSettings(err, sources.Setting{Option: "constraint"})
	}
	return names[0], "", nil
}

// client returns the client for the Spec's host. Once a rate limit is reached, it sends nothing more until the limit resets.
func (r resolver) client(s Spec) (*gogithub.Client, error) {
	if client, found := r.clients.Load(s.Host); found {
		return client.(*gogithub.Client), nil
	}
	client := gogithub.NewClient(&http.Client{Transport: r.api})
	if s.Host != "" {
		base, err := url.Parse("https://" + s.Host + "/api/v3/")
		if err != nil {
			return nil, sources.Invalid("host %q: %v", s.Host, err)
		}
		client.BaseURL = base
	}
	first, _ := r.clients.LoadOrStore(s.Host, client)
	return first.(*gogithub.Client), nil
}

// translate gives go-github's errors the classes of package web.
func translate(err error) error {
	var limit *gogithub.RateLimitError
	var abuse *gogithub.AbuseRateLimitError
	var answer *gogithub.ErrorResponse
	var status *web.StatusError
	switch {
	case errors.As(err, &status):
		return status
	case errors.As(err, &limit):
		return web.RateLimited(limit.Response, limit.Rate.Reset.Time)
	case errors.As(err, &abuse):
		return web.RateLimited(abuse.Response, web.ResetAfter(abuse.GetRetryAfter()))
	case errors.As(err, &answer):
		if status := web.CheckStatus(answer.Response); status != nil {
			return status
		}
	}
	var transport *url.Error
	if errors.As(err, &transport) { // it repeats the URL
		return transport.Err
	}
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	if errors.As(err, &syntax) || errors.As(err, &kind) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the answer is not the API's: %w", web.ErrProtocol)
	}
	return err
}
