package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pinfetch/pinfetch/internal/bot"
	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/github"
)

func TestAdvise(t *testing.T) {
	t.Parallel()
	reset := time.Date(2099, 2, 3, 4, 5, 6, 0, time.UTC)
	remote := func(url string, err error) error {
		return fmt.Errorf("resolve: %w", &gitrefs.Error{URL: url, Err: fmt.Errorf("%w: details", err)})
	}
	for _, tt := range []struct {
		name string
		err  error
		want string // part of the hint
	}{
		{"missing repository", remote("https://example.org/o/nope", gitrefs.ErrNotFound), "an entry for example.org in ~/.netrc"},
		{"missing repository on GitHub", remote("https://github.com/o/nope.git", gitrefs.ErrNotFound), "GITHUB_TOKEN"},
		{"missing directory", remote("file:///nope", gitrefs.ErrNotFound), "check the address: it is a directory"},
		{"private repository on GitHub", remote("https://github.com/o/r.git", web.ErrUnauthorized), "GITHUB_TOKEN"},
		{"private repository", remote("https://git.example.org/o/r", web.ErrUnauthorized), "an entry for git.example.org in ~/.netrc"},
		{"web page", remote("https://example.org/page", gitrefs.ErrProtocol), "git ls-remote https://example.org/page"},
		{"secret in the address", remote("https://me:hunter2@example.org/page", gitrefs.ErrProtocol), "git ls-remote https://xxxxx@example.org/page"},
		{"no git", remote("ssh://example.org/r", gitcmd.ErrNoGit), "install git"},
		{"no git-lfs", fmt.Errorf("a: %w", gitcmd.ErrNoLFS), "install git-lfs"},
		{"git-lfs fails", fmt.Errorf("a: %w", gitcmd.ErrLFS), "leave out --lfs"},
		{"submodule over ssh", fmt.Errorf("a: %w", gitcmd.ErrTransport), "leave out --submodules"},
		{"too many submodules", fmt.Errorf("a: %w", gitcmd.ErrSubmodules), "leave out --submodules"},
		{"releases of a missing repository", fmt.Errorf("%w: %w", sources.ErrNotFound, &web.StatusError{Host: "api.github.com"}), "GITHUB_TOKEN"},
		{"releases of a missing repository elsewhere", fmt.Errorf("%w: %w", sources.ErrNotFound, &web.StatusError{Host: "ghe.example.org"}), "an entry for ghe.example.org in ~/.netrc"},
		{"quota", &github.RateLimitError{Host: "api.github.com", Reset: reset}, "2099-02-03T04:05:06Z"},
		{"quota, reset unknown", &github.RateLimitError{Host: "api.github.com"}, "GITHUB_TOKEN"},
		{"rate limit", web.ErrRateLimited, "wait a while"},
		{"specific hint", sources.WithHint(remote("https://example.org/o/r", gitrefs.ErrNotFound), "look here"), "look here"},
		{"a rule of the repository", fmt.Errorf("a: %w", gitcmd.ErrRefused), "below pinfetch/"},
		{"pushed meanwhile", fmt.Errorf("a: %w", gitcmd.ErrLease), "run the command again"},
		{"no lock on the base", fmt.Errorf("a: %w", bot.ErrNoLock), "push the lock"},
		{"class only", fmt.Errorf("a: %w", web.ErrRedirects), "check the address"},
		{"unknown", errors.New("unknown"), ""},
	} {
		if _, got := classify(tt.err); !strings.Contains(got, tt.want) || tt.want == "" && got != "" {
			t.Errorf("%s: got hint %q, want %q", tt.name, got, tt.want)
		}
	}
}
