package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/forgejo"
	"github.com/pinfetch/pinfetch/pkg/sources/github"
	"github.com/pinfetch/pinfetch/pkg/sources/gitlab"
)

// tokenVariable is a variable that holds a token for a host, which takes it as add adds it.
type tokenVariable struct {
	name, host string    // host is "" for a server of the user's own
	ci         forgeKind // in whose CI the token is for the server that runs the job
	add        func(c web.Credentials, host string, token web.Credential)
}

// tokenVariables lists the variables. Of those for one host, the first that is set counts.
func tokenVariables() []tokenVariable {
	return []tokenVariable{
		{"GH_ENTERPRISE_TOKEN", "", onGitHub, addGitHubToken},
		{"GITHUB_ENTERPRISE_TOKEN", "", onGitHub, addGitHubToken},
		{"GITHUB_TOKEN", github.DefaultHost, onGitHub, addGitHubToken},
		{"GH_TOKEN", github.DefaultHost, "", addGitHubToken},
		{"GITLAB_TOKEN", gitlab.DefaultHost, onGitLab, addGitLabToken},
		{"FORGEJO_TOKEN", forgejo.DefaultHost, onForgejo, addForgejoToken},
		{"GITEA_TOKEN", giteaHost, onForgejo, addForgejoToken},
	}
}

// credentials collects tokens. The first source that has one for a host wins: the variables, nix.conf's access-tokens, netrc.
func (p *program) credentials() (web.Credentials, error) {
	c := make(web.Credentials)
	for _, v := range tokenVariables() {
		if host := p.hostOf(v); host != "" {
			v.add(c, host, web.Credential{Password: p.getenv(v.name), Source: v.name})
		}
	}
	p.readNixConf().addTo(c)
	if err := p.addNetrc(c); err != nil {
		return nil, err
	}
	addAPI(c, p.project)
	return c, checkPrintable(c)
}

// hostOf returns the host that the token in a variable is for, or "" for no host. In the CI of a forge, that is the server
// which runs the job: the token of a GitHub Enterprise server must not be sent to github.com.
func (p *program) hostOf(v tokenVariable) string {
	ci, _ := p.ciProject() // the command that needs the project reports the error
	switch {
	case v.host == "":
		for _, own := range []project{p.project, ci} {
			if own.forge == v.ci && own.host() != github.DefaultHost {
				return own.host()
			}
		}
	case v.ci != "" && v.ci == ci.forge:
		return ci.host()
	case v.host == github.DefaultHost && ci.forge == onForgejo && p.isForgejoToken(p.getenv(v.name)):
		return ""
	}
	return v.host
}

// isForgejoToken reports whether a token is for a Forgejo or Gitea server, whose runner may set it as GITHUB_TOKEN, too.
func (p *program) isForgejoToken(token string) bool {
	return token == p.getenv("FORGEJO_TOKEN") || token == p.getenv("GITEA_TOKEN")
}

// addAPI lets the API of a project's server have the token for git.
func addAPI(c web.Credentials, own project) {
	token, found := c[own.host()]
	if !found || own.forge == onForgejo { // which takes it as it is
		return
	}
	token.User, token.Bearer = "", true
	if own.forge == onGitHub {
		c.Add(github.APIAddress(own.host()), token)
	}
	_, api, _ := strings.Cut(own.api, "://")
	c.Add(api, token)
}

// secretVariables are the variables with tokens. The hooks of a project do not get them.
func (p *program) secretVariables() (names []string) {
	for _, v := range tokenVariables() {
		names = append(names, v.name)
	}
	if strings.Contains(p.getenv("NIX_CONFIG"), "access-tokens") {
		names = append(names, "NIX_CONFIG")
	}
	return append(names, awsKeyID, awsSecret, awsSession)
}

// addGitHubToken adds a token for a GitHub host: for git and archives, and for the API.
func addGitHubToken(c web.Credentials, host string, token web.Credential) {
	token.User = github.TokenUser
	c.Add(host, token)
	token.User, token.Bearer = "", true
	c.Add(github.APIAddress(host), token)
}

// addGitLabToken adds a token for a GitLab host: for git, and for the API, which takes no basic authentication.
func addGitLabToken(c web.Credentials, host string, token web.Credential) {
	token.User = gitlab.TokenUser
	c.Add(host, token)
	token.User, token.Bearer = "", true
	c.Add(host+gitlab.APIPath, token)
}

// addForgejoToken adds a token for a Forgejo host: for git and for the API.
func addForgejoToken(c web.Credentials, host string, token web.Credential) {
	token.User = forgejo.TokenUser
	c.Add(host, token)
}

// addNetrc adds what NETRC or ~/.netrc has. A host of which nothing else is known may be a GitLab server.
func (p *program) addNetrc(c web.Credentials) error {
	path := cmp.Or(p.getenv("NETRC"), p.inHome(".netrc"))
	if path == "" || path == os.DevNull { // which is how people say that there is none
		return nil
	}
	text, err := readSmall(path, maxConfig)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return nil
	case err != nil:
		return sources.WithHint(fmt.Errorf("netrc: %w", err), "make it a readable file of at most 1 MiB, or set NETRC to another")
	}
	if err := c.AddNetrc(text, path); err != nil { // which quotes nothing
		return sources.WithHint(fmt.Errorf("netrc %q is malformed: %w: %w", path, err, errUsage),
			"write lines such as: machine git.example.org login me password TOKEN")
	}
	for host, token := range maps.Clone(c) {
		if token.Source == path {
			c.Add(host+gitlab.APIPath, web.Credential{Password: token.Password, Bearer: true, Source: path})
		}
	}
	return nil
}

// inHome returns a path below HOME, "" if HOME is not set: nothing of the working directory is taken for the user's.
func (p *program) inHome(elements ...string) string {
	home := p.getenv("HOME")
	if !filepath.IsAbs(home) {
		return ""
	}
	return filepath.Join(append([]string{home}, elements...)...)
}

// checkPrintable refuses credentials that no server accepts.
func checkPrintable(c web.Credentials) error {
	var sourcesOf []string
	for _, credential := range c {
		if !credential.IsPrintable() {
			sourcesOf = append(sourcesOf, credential.Source)
		}
	}
	if len(sourcesOf) == 0 {
		return nil
	}
	return sources.WithHint(usage("the token or password from %s contains a control character", slices.Min(sourcesOf)),
		"set it again, without line breaks or other control characters within it")
}
