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
