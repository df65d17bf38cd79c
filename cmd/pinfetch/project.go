package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources/forgejo"
	"github.com/pinfetch/pinfetch/pkg/sources/github"
	"github.com/pinfetch/pinfetch/pkg/sources/gitlab"
)

var errNoProject = errors.New("no project found")

// forgeKind is a kind of forge: whose API a server has.
type forgeKind string

const (
	onGitHub  forgeKind = "github"
	onGitLab  forgeKind = "gitlab"
	onForgejo forgeKind = "forgejo" // and Gitea
)

// giteaHost is the public server of Gitea.
const giteaHost = "gitea.com"

// parseForge reads what --forge names.
func parseForge(text string) (forgeKind, error) {
	switch kind := forgeKind(text); kind {
	case onGitHub, onGitLab, onForgejo:
		return kind, nil
	case "gitea":
		return onForgejo, nil
	}
	return "", fmt.Errorf("%q is not one of github, gitlab, forgejo, gitea", text)
}

// forgeAt guesses which forge a host is, "" if its name does not tell.
func forgeAt(host string) forgeKind {
	begins := func(labels ...string) bool {
		return slices.ContainsFunc(labels, func(label string) bool { return strings.HasPrefix(host, label+".") })
	}
	switch {
	case host == github.DefaultHost:
		return onGitHub
	case begins("gitlab"):
		return onGitLab
	case host == forgejo.DefaultHost, begins("forgejo", "gitea"):
		return onForgejo
	}
	return ""
}

// project is a repository on a forge.
type project struct {
	forge  forgeKind
	server *url.URL // "https://github.com"
	path   string   // "OWNER/REPO"
	api    string   // address of the server's API, without a final slash
	id     string   // as the API names it
}

// host is the key of the server's credentials (see [web.Credentials]), "" without a project.
func (p project) host() string {
	if p.isZero() {
		return ""
	}
	return strings.TrimSuffix(strings.ToLower(p.server.Host), ":443")
}

// remote is the address of the repository for git.
func (p project) remote() string { return p.server.JoinPath(p.path).String() + ".git" }

// isZero reports whether there is no project.
func (p project) isZero() bool { return p.server == nil }

// repositoryPath matches OWNER/REPO, or a path with more groups.
var repositoryPath = lazyregexp.New(`^[A-Za-z0-9_.~-]+(/[A-Za-z0-9_.~-]+)+$`)

// newProject returns the repository at a path of a server. api is "" for where the server's kind has it.
func newProject(kind forgeKind, server, repository, api string) (project, error) {
	u, err := url.Parse(strings.TrimSuffix(server, "/"))
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return project{}, fmt.Errorf("%q is not the address of a server: %w", redact.Address(server), errNoProject)
	case u.Scheme != "https" && !(u.Scheme == "http" && web.IsLoopback(u.Hostname())):
		return project{}, fmt.Errorf("no token is sent to %q, which is not https: %w", u, errNoProject)
	case !repositoryPath.MatchString(repository) || path.Clean("/"+repository) != "/"+repository:
		return project{}, fmt.Errorf("%q is not the path of a repository: %w", repository, errNoProject)
	}
	if kind == onGitHub && strings.Count(repository, "/") > 1 {
		return project{}, fmt.Errorf("%q is not OWNER/REPO: %w", repository, errNoProject)
	}
	p := project{forge: kind, server: u, path: repository, id: repository}
	p.api = strings.TrimSuffix(cmp.Or(api, p.usualAPI()), "/")
	return p, nil
}

// usualAPI is where the API is that a server's kind has.
func (p project) usualAPI() string {
	switch {
	case p.forge == onGitLab:
		return p.server.String() + gitlab.APIPath
	case p.forge == onForgejo: // whose library adds the rest
		return p.server.String()
	case p.host() == github.DefaultHost:
		return "https://" + github.APIAddress(github.DefaultHost)
	}
	return p.server.String() + "/api/v3"
}

// ciProject is the project whose job runs this program, zero outside of a CI that is known. Forgejo and Gitea also set the
// variables of GitHub Actions.
func (p *program) ciProject() (project, error) {
	isSet := func(name string) bool { return p.getenv(name) == "true" }
	var found project
	var err error
	switch {
	case isSet("GITLAB_CI"):
		found, err = newProject(onGitLab, p.getenv("CI_SERVER_URL"), p.getenv("CI_PROJECT_PATH"), p.getenv("CI_API_V4_URL"))
		found.id = cmp.Or(p.getenv("CI_PROJECT_ID"), found.id)
	case isSet("FORGEJO_ACTIONS"), isSet("GITEA_ACTIONS"):
		found, err = newProject(onForgejo, p.getenv("GITHUB_SERVER_URL"), p.getenv("GITHUB_REPOSITORY"), "")
	case isSet("GITHUB_ACTIONS"):
		found, err = newProject(onGitHub, p.getenv("GITHUB_SERVER_URL"), p.getenv("GITHUB_REPOSITORY"), p.getenv("GITHUB_API_URL"))
	}
	if err != nil {
		return project{}, fmt.Errorf("variables of the CI: %w", err)
	}
	return found, nil
}

// findProject returns the project that the flags name, else that of the CI, else that of the checkout's remote origin.
func (p *program) findProject(ctx context.Context, remote string, kind forgeKind) (project, error) {
	if remote != "" {
		return remoteProject(remote, kind)
	}
	found, err := p.ciProject()
	if err != nil || !found.isZero() && (kind == "" || kind == found.forge) {
		return found, err
	}
	if remote, err = p.origin(ctx); err != nil {
		return project{}, err
	}
	return remoteProject(remote, kind)
}

// origin is the address of the checkout's remote origin.
func (p *program) origin(ctx context.Context) (string, error) {
	dir, err := realPath(".")
	if err != nil {
		return "", err
	}
	address, err := gitcmd.Project{Dir: dir, Secrets: p.secretVariables()}.Run(ctx, nil, "remote", "get-url", "--", "origin")
	if errors.Is(err, gitcmd.ErrNoGit) || errors.Is(err, gitcmd.ErrEmbedded) || ctx.Err() != nil {
		return "", err
	}
	if err != nil {
		return "", fmt.Errorf("no CI is recognised, and this directory has no git remote %q: %w", "origin", errNoProject)
	}
	return strings.TrimSuffix(string(address), "\n"), nil
}
