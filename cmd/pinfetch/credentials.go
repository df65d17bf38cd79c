package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/github"
)

// credentials collects tokens. The first source that has one for a host wins: GITHUB_TOKEN, GH_TOKEN, nix.conf's
// access-tokens, netrc.
func (p *program) credentials() (web.Credentials, error) {
	c := make(web.Credentials)
	addGitHubToken(c, github.DefaultHost, cmp.Or(p.getenv("GITHUB_TOKEN"), p.getenv("GH_TOKEN")))
	for _, text := range p.nixConfigs() {
		for line := range strings.Lines(text) {
			key, value, _ := strings.Cut(line, "=")
			if key = strings.TrimSpace(key); key == "access-tokens" || key == "extra-access-tokens" {
				addAccessTokens(c, value)
			}
		}
	}
	path := cmp.Or(p.getenv("NETRC"), filepath.Join(p.getenv("HOME"), ".netrc"))
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return c, nil
	case err != nil:
		return nil, sources.WithHint(fmt.Errorf("netrc: %w", err), "make it a readable file, or set NETRC to another")
	}
	if err := c.AddNetrc(string(text)); err != nil {
		return nil, sources.WithHint(fmt.Errorf("netrc %q is malformed: %w", path, errUsage), // the cause may quote secrets
			"write lines such as: machine git.example.org login me password TOKEN")
	}
	return c, nil
}

// addGitHubToken adds a token for a GitHub host: for git and archives, and for the API.
func addGitHubToken(c web.Credentials, host, token string) {
	c.Add(host, web.Credential{User: github.TokenUser, Password: token})
	c.Add(github.APIAddress(host), web.Credential{Password: token, Bearer: true})
}

// addAccessTokens adds the tokens of nix.conf's access-tokens: "github.com=TOKEN gitlab.com=PAT:TOKEN" (nix.conf(5)). It
// ignores a token for part of a host.
func addAccessTokens(c web.Credentials, value string) {
	for entry := range strings.FieldsSeq(value) {
		host, token, found := strings.Cut(entry, "=")
		if !found || host == "" || strings.Contains(host, "/") {
			continue
		}
		if kind, rest, typed := strings.Cut(token, ":"); typed && (kind == "PAT" || kind == "OAuth2") {
			c.Add(host, web.Credential{User: "oauth2", Password: rest})
		} else {
			addGitHubToken(c, host, token)
		}
	}
}

// nixConfigs returns the texts of Nix's settings, highest precedence first (nix.conf(5)).
func (p *program) nixConfigs() []string {
	texts := []string{p.getenv("NIX_CONFIG")}
	for _, path := range []string{
		filepath.Join(cmp.Or(p.getenv("XDG_CONFIG_HOME"), filepath.Join(p.getenv("HOME"), ".config")), "nix", "nix.conf"),
		filepath.Join(cmp.Or(p.getenv("NIX_CONF_DIR"), "/etc/nix"), "nix.conf"),
	} {
		if text, err := os.ReadFile(path); err == nil {
			texts = append(texts, string(text))
		}
	}
	return texts
}
