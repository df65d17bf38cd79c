package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/github"
)

// credentials collects tokens. The first source that has one for a host wins: GITHUB_TOKEN, GH_TOKEN, nix.conf's
// access-tokens, netrc.
func (p *program) credentials() (web.Credentials, error) {
	c := make(web.Credentials)
	for _, variable := range []string{"GITHUB_TOKEN", "GH_TOKEN"} {
		addGitHubToken(c, github.DefaultHost, web.Credential{Password: p.getenv(variable), Source: variable})
	}
	p.readNixConf().addTo(c)
	if err := p.addNetrc(c); err != nil {
		return nil, err
	}
	return c, checkPrintable(c)
}

// secretVariables are the variables with tokens. The hooks of a project do not get them.
func (p *program) secretVariables() []string {
	names := []string{"GITHUB_TOKEN", "GH_TOKEN"}
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

// addNetrc adds what NETRC or ~/.netrc has.
func (p *program) addNetrc(c web.Credentials) error {
	path := cmp.Or(p.getenv("NETRC"), p.inHome(".netrc"))
	if path == "" {
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
