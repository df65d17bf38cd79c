package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/pinfetch/pinfetch/internal/bot"
	"github.com/pinfetch/pinfetch/internal/bot/gitea"
	"github.com/pinfetch/pinfetch/internal/bot/github"
	"github.com/pinfetch/pinfetch/internal/bot/gitlab"
	"github.com/pinfetch/pinfetch/internal/config"
	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

var errNoToken = errors.New("the bot needs a token")

// checkToken wants a token for the project's server before anything is fetched.
func (p *program) checkToken() error {
	for _, address := range []string{p.project.remote(), p.project.api} {
		u, err := url.Parse(address)
		if err != nil {
			return fmt.Errorf("%q: %w", address, err)
		}
		if _, found := p.ui.credentials.Lookup(u); !found {
			return sources.WithHint(fmt.Errorf("no token for %s is set: %w", u.Host, errNoToken), "%s", p.adviseToken())
		}
	}
	return nil
}

// adviseToken says where to set which token.
func (p *program) adviseToken() string {
	place := fmt.Sprintf("add an entry for %s to ~/.netrc, with", p.project.host())
	for _, v := range tokenVariables() {
		if p.hostOf(v) == p.project.host() {
			place = fmt.Sprintf("set %s to", v.name)
			break
		}
	}
	switch p.project.forge {
	case onGitLab:
		return place + " a project access token with the role Developer and the scopes api and write_repository; " +
			"CI_JOB_TOKEN is not enough, because it cannot open merge requests"
	case onForgejo:
		return place + " a token with the scopes write:repository and write:issue, of a user who may push"
	}
	if p.getenv("GITHUB_ACTIONS") == "true" {
		return place + " ${{ github.token }} in the step's env, and give the job the permissions contents: write, pull-requests: write and issues: write"
	}
	return place + " a token that may write contents, pull requests and issues"
}

// forge returns the API of a project.
func (c *clients) forge(own project) (bot.Forge, error) {
	transport := c.web.WritingRoundTripper()
	switch own.forge {
	case onGitHub:
		return github.New(own.api, own.id, paceWrites(transport))
	case onGitLab:
		return gitlab.New(own.api, own.id, transport)
	}
	return gitea.New(own.api, own.id, transport)
}

// cloneBase clones the base, and adds to the given options those of the configuration in it. The configuration of the default
// branch may name another base.
func (c *clients) cloneBase(ctx context.Context, own project, file string, given config.Bot) (*gitcmd.Clone, config.Bot, error) {
	git := c.prefetcher.Git
	clone, err := git.Clone(ctx, own.remote(), string(given.Base), bot.Prefix)
	if err != nil {
		return nil, given, err
	}
	shared, err := readConfig(ctx, clone, file)
	options := given.Or(shared)
	if base := string(options.Base); err != nil || base != "" && base != clone.BaseName() {
		err = errors.Join(err, clone.Close())
		if err == nil {
			clone, err = git.Clone(ctx, own.remote(), base, bot.Prefix)
		}
	}
	return clone, options, err
}

// readConfig reads the configuration of the base. It need not have one.
func readConfig(ctx context.Context, clone *gitcmd.Clone, path string) (config.Bot, error) {
	texts, err := clone.Files(ctx, path, clone.Base())
	if err != nil {
		return config.Bot{}, err
	}
	text, found := texts[clone.Base().ID]
	if !found {
		return config.Bot{}, nil
	}
	file, err := config.Parse(text)
	if err != nil {
		return config.Bot{}, inBranch(clone.BaseName(), fmt.Errorf("%s in branch %q: %w", path, clone.BaseName(), err))
	}
	return file.Bot, nil
}

// inBranch adds to an error about a file that the file is on a branch, and so is not fixed in the checkout alone.
func inBranch(branch string, err error) error {
	if _, hasPosition := errors.AsType[*lock.ParseError](err); !hasPosition {
		return err
	}
	return sources.WithHint(err, "fix the error at that position, and push to the branch %q", branch)
}

// lockInProject is the path of the lock from the root of the project. In the project's checkout, the lock is found as all
// commands find it, but need not exist.
func (p *program) lockInProject(isElsewhere bool) (string, error) {
	file := cmp.Or(p.explicitLock(), defaultLock)
	root, err := projectRoot(".")
	if err != nil {
		return "", err
	}
	if _, err := os.Lstat(filepath.Join(root, ".git")); err == nil && !isElsewhere {
		file = p.lockBelow(root)
	}
	if !filepath.IsLocal(file) {
		return "", usage("--lock-file %q is not in the project", p.explicitLock())
	}
	return filepath.ToSlash(filepath.Clean(file)), nil
}

// lockBelow is the path of the lock from the root of a checkout.
func (p *program) lockBelow(root string) string {
	file, err := p.lockPath()
	if err != nil {
		return defaultLock
	}
	here, err := realPath(".")
	if err == nil && !filepath.IsAbs(file) {
		file = filepath.Join(here, file)
	}
	if dir, err := realPath(filepath.Dir(file)); err == nil { // else it is not in this checkout
		file = filepath.Join(dir, filepath.Base(file))
	}
	inside, err := filepath.Rel(root, file)
	if err != nil || !filepath.IsLocal(inside) && p.explicitLock() == "" { // the lock of a directory above the project
		return defaultLock
	}
	return inside
}

// author returns who commits: by default whom git's variables name, else the account of GitHub Actions there.
func (p *program) author(text string) (gitcmd.Person, error) {
	name, email := p.getenv("GIT_AUTHOR_NAME"), p.getenv("GIT_AUTHOR_EMAIL")
	switch {
	case text != "":
		before, after, found := strings.Cut(text, " <")
		inner, isClosed := strings.CutSuffix(after, ">")
		if !found || !isClosed {
			return gitcmd.Person{}, usage("--author %q: want 'NAME <EMAIL>'", text)
		}
		name, email = before, inner
	case name != "" && email != "":
	case p.project.forge == onGitHub && p.getenv("GITHUB_ACTIONS") == "true":
		name, email = "github-actions[bot]", "41898282+github-actions[bot]@users.noreply.github.com"
	default:
		name, email = "pinfetch", "pinfetch@noreply.localhost"
	}
	isBad := func(r rune) bool { return unicode.IsControl(r) || r == '<' || r == '>' }
	if strings.TrimSpace(name) != name || name == "" || email == "" || strings.ContainsFunc(name, isBad) ||
		strings.ContainsFunc(email, func(r rune) bool { return isBad(r) || r == ' ' }) {
		return gitcmd.Person{}, usage("author %q with the address %q: a commit cannot have it", name, email)
	}
	return gitcmd.Person{Name: name, Email: email}, nil
}
