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
	name, host string
	add        func(c web.Credentials, host string, token web.Credential)
}

func tokenVariables() []tokenVariable {
	return []tokenVariable{
		{"GITHUB_TOKEN", github.DefaultHost, addGitHubToken},
		{"GH_TOKEN", github.DefaultHost, addGitHubToken},
		{"GITLAB_TOKEN", gitlab.DefaultHost, addGitLabToken},
		{"FORGEJO_TOKEN", forgejo.DefaultHost, addForgejoToken},
	}
}

// credentials collects tokens. The first source that has one for a host wins: the variables, nix.conf's access-tokens, netrc.
func (p *program) credentials() (web.Credentials, error) {
	c := make(web.Credentials)
	for _, v := range tokenVariables() {
		v.add(c, v.host, web.Credential{Password: p.getenv(v.name), Source: v.name})
	}
	p.readNixConf().addTo(c)
	if err := p.addNetrc(c); err != nil {
		return nil, err
	}
	return c, checkPrintable(c)
}

// secretVariables are the variables with tokens. The hooks of a project do not get them.
func (p *program) secretVariables() (names []string) {
	for _, v := range tokenVariables() {
		names = append(names, v.name)
	}
	if strings.Contains(p.getenv("NIX_CONFIG"), "access-tokens") {
		names = append(names, "NIX_CONFIG")
	}
	return names
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
