package main

import (
	"maps"
	"testing"

	"github.com/pinfetch/pinfetch/internal/web"
)

func TestAddAccessTokens(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, value string
		want        map[string]string // by host, the header that it is sent
	}{
		{"empty", "", map[string]string{}},
		{"GitHub", " github.com=ghp_1 ", map[string]string{
			"github.com": "Authorization: Basic eC1hY2Nlc3MtdG9rZW46Z2hwXzE=", "api.github.com": "Authorization: Bearer ghp_1",
		}},
		{"many", "ghe.example.org=ghp_1\tgitlab.com=PAT:glpat_1  gitlab.example.org=OAuth2:two", map[string]string{
			"ghe.example.org": "Authorization: Basic eC1hY2Nlc3MtdG9rZW46Z2hwXzE=", "ghe.example.org/api/": "Authorization: Bearer ghp_1",
			"gitlab.com": "Authorization: Basic b2F1dGgyOmdscGF0XzE=", "gitlab.com/api/v4/": "Authorization: Bearer glpat_1",
			"gitlab.example.org": "Authorization: Basic b2F1dGgyOnR3bw==", "gitlab.example.org/api/v4/": "Authorization: Bearer two",
		}},
		{"equals sign in the token", "ghe.example.org=a=b", map[string]string{
			"ghe.example.org": "Authorization: Basic eC1hY2Nlc3MtdG9rZW46YT1i", "ghe.example.org/api/": "Authorization: Bearer a=b",
		}},
		{"colon in the token", "ghe.example.org=a:b", map[string]string{
			"ghe.example.org": "Authorization: Basic eC1hY2Nlc3MtdG9rZW46YTpi", "ghe.example.org/api/": "Authorization: Bearer a:b",
		}},
		{"empty PAT", "gitlab.com=PAT:", map[string]string{}},
		{"for one owner only", "github.com/acme=ghp_1", map[string]string{}},
		{"malformed", "github.com =ghp_1 ghp_2 github.com=", map[string]string{}},
		{"first wins", "ghe.example.org=ghp_1 ghe.example.org=ghp_2", map[string]string{
			"ghe.example.org": "Authorization: Basic eC1hY2Nlc3MtdG9rZW46Z2hwXzE=", "ghe.example.org/api/": "Authorization: Bearer ghp_1",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := web.Credentials{}
			n := &nixConf{}
			n.parse("access-tokens = "+tt.value, "nix.conf", "")
			n.addTo(c)
			got := map[string]string{}
			for host, credential := range c {
				got[host] = credential.Header()
			}
			if !maps.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestGitHubTokenIsNotReplaced(t *testing.T) {
	t.Parallel()
	c := web.Credentials{}
	addGitHubToken(c, "github.com", web.Credential{Password: "ghp_1"})
	addGitHubToken(c, "github.com", web.Credential{Password: "ghp_2"})
	n := &nixConf{}
	n.parse("access-tokens = github.com=ghp_3", "nix.conf", "")
	n.addTo(c)
	if err := c.AddNetrc("machine github.com login ada password one\nmachine api.github.com login ada password one\n", ""); err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"github.com", "api.github.com"} {
		if got := c[host].Password; got != "ghp_1" || len(c) != 2 {
			t.Errorf("%s: got %q of %d hosts, want ghp_1 of 2", host, got, len(c))
		}
	}
}

// A token goes to one server: in the CI of a forge to that one.
func TestTokenVariables(t *testing.T) {
	t.Parallel()
	const (
		ghe      = "GITHUB_ACTIONS=true GITHUB_REPOSITORY=a/b GITHUB_SERVER_URL=https://ghe.example.org "
		ghec     = "GITHUB_ACTIONS=true GITHUB_REPOSITORY=a/b GITHUB_SERVER_URL=https://acme.ghe.com GITHUB_API_URL=https://api.acme.ghe.com "
		gitHub   = "GITHUB_ACTIONS=true GITHUB_REPOSITORY=a/b GITHUB_SERVER_URL=https://github.com "
		forgejo  = "FORGEJO_ACTIONS=true GITHUB_ACTIONS=true GITHUB_REPOSITORY=a/b GITHUB_SERVER_URL=https://f.example.org "
		gitLabCI = "GITLAB_CI=true CI_PROJECT_PATH=a/b CI_SERVER_URL=https://example.org/gitlab "
	)
	tests := []struct {
		env, remote string
		want        map[string]string // by key, the source
	}{
		{"GITHUB_TOKEN=t", "", map[string]string{"github.com": "GITHUB_TOKEN", "api.github.com": "GITHUB_TOKEN"}},
		{"GH_ENTERPRISE_TOKEN=t", "", map[string]string{}},
		{gitHub + "GITHUB_TOKEN=t GH_ENTERPRISE_TOKEN=t", "", map[string]string{"github.com": "GITHUB_TOKEN", "api.github.com": "GITHUB_TOKEN"}},
		{ghe + "GITHUB_TOKEN=t", "", map[string]string{"ghe.example.org": "GITHUB_TOKEN", "ghe.example.org/api/": "GITHUB_TOKEN"}},
		{ghe + "GITHUB_TOKEN=t GH_TOKEN=t", "", map[string]string{
			"ghe.example.org": "GITHUB_TOKEN", "ghe.example.org/api/": "GITHUB_TOKEN", "github.com": "GH_TOKEN", "api.github.com": "GH_TOKEN",
		}},
		{ghe + "GITHUB_TOKEN=t GITHUB_ENTERPRISE_TOKEN=t", "", map[string]string{
			"ghe.example.org": "GITHUB_ENTERPRISE_TOKEN", "ghe.example.org/api/": "GITHUB_ENTERPRISE_TOKEN",
		}},
		{ghec + "GITHUB_TOKEN=t", "CI", map[string]string{
			"acme.ghe.com": "GITHUB_TOKEN", "acme.ghe.com/api/": "GITHUB_TOKEN", "api.acme.ghe.com": "GITHUB_TOKEN",
		}},
		{"GITHUB_TOKEN=t GH_ENTERPRISE_TOKEN=u", "https://ghe.example.org/a/b", map[string]string{
			"github.com": "GITHUB_TOKEN", "api.github.com": "GITHUB_TOKEN",
			"ghe.example.org": "GH_ENTERPRISE_TOKEN", "ghe.example.org/api/": "GH_ENTERPRISE_TOKEN", "ghe.example.org/api/v3": "GH_ENTERPRISE_TOKEN",
		}},
		{"GITLAB_TOKEN=t FORGEJO_TOKEN=t GITEA_TOKEN=t", "", map[string]string{
			"gitlab.com": "GITLAB_TOKEN", "gitlab.com/api/v4/": "GITLAB_TOKEN", "codeberg.org": "FORGEJO_TOKEN", "gitea.com": "GITEA_TOKEN",
		}},
		{gitLabCI + "GITLAB_TOKEN=t", "CI", map[string]string{
			"example.org": "GITLAB_TOKEN", "example.org/api/v4/": "GITLAB_TOKEN", "example.org/gitlab/api/v4": "GITLAB_TOKEN",
		}},
		{forgejo + "GITHUB_TOKEN=hub GITEA_TOKEN=t", "", map[string]string{"f.example.org": "GITEA_TOKEN", "github.com": "GITHUB_TOKEN", "api.github.com": "GITHUB_TOKEN"}},
		{forgejo + "GITHUB_TOKEN=t GITEA_TOKEN=t", "", map[string]string{"f.example.org": "GITEA_TOKEN"}},
	}
	for _, tt := range tests {
		p := withEnv(tt.env + " NIX_CONF_DIR=/nonexistent NIX_USER_CONF_FILES=/nonexistent")
		p.ui = &ui{}
		var err error
		if tt.remote == "CI" {
			p.project, err = p.ciProject()
		} else if tt.remote != "" {
			p.project, err = remoteProject(tt.remote, onGitHub)
		}
		if err != nil {
			t.Fatal(err)
		}
		c, err := p.credentials()
		got := make(map[string]string)
		for host, credential := range c {
			got[host] = credential.Source
		}
		if err != nil || !maps.Equal(got, tt.want) {
			t.Errorf("%s %s: got %q, %v, want %q", tt.env, tt.remote, got, err, tt.want)
		}
	}
}
