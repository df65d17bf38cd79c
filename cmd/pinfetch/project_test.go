package main

import (
	"errors"
	"strings"
	"testing"
)

func TestRemoteProject(t *testing.T) {
	t.Parallel()
	tests := []struct {
		address string
		kind    forgeKind
		want    string // kind, server, path, API; "" for an error
	}{
		{"https://github.com/acme/tool", "", "github https://github.com acme/tool https://api.github.com"},
		{"https://github.com/acme/tool.git", "", "github https://github.com acme/tool https://api.github.com"},
		{"https://GitHub.com/acme/tool/", "", "github https://github.com acme/tool https://api.github.com"},
		{"https://ada:hunter2@github.com/acme/tool", "", "github https://github.com acme/tool https://api.github.com"},
		{"git@github.com:acme/tool.git", "", "github https://github.com acme/tool https://api.github.com"},
		{"github.com:acme/tool", "", "github https://github.com acme/tool https://api.github.com"},
		{"ssh://git@github.com/acme/tool.git", "", "github https://github.com acme/tool https://api.github.com"},
		{"ssh://git@ssh.github.com:443/acme/tool.git", "", "github https://github.com acme/tool https://api.github.com"},
		{"https://ghe.example.org/acme/tool", onGitHub, "github https://ghe.example.org acme/tool https://ghe.example.org/api/v3"},
		{"git@ghe.example.org:acme/tool.git", onGitHub, "github https://ghe.example.org acme/tool https://ghe.example.org/api/v3"},
		{"https://gitlab.com/group/sub/tool.git", "", "gitlab https://gitlab.com group/sub/tool https://gitlab.com/api/v4"},
		{"ssh://git@altssh.gitlab.com:443/group/tool.git", "", "gitlab https://gitlab.com group/tool https://gitlab.com/api/v4"},
		{"git@gitlab.example.org:group/tool.git", "", "gitlab https://gitlab.example.org group/tool https://gitlab.example.org/api/v4"},
		{"https://codeberg.org/acme/tool", "", "forgejo https://codeberg.org acme/tool https://codeberg.org"},
		{"https://gitea.com/acme/tool", "", "forgejo https://gitea.com acme/tool https://gitea.com"},
		{"ssh://forgejo@forgejo.example.org:2222/acme/tool.git", "", "forgejo https://forgejo.example.org acme/tool https://forgejo.example.org"},
		{"https://example.org:8443/git/acme/tool.git", onForgejo, "forgejo https://example.org:8443/git acme/tool https://example.org:8443/git"},
		{"http://127.0.0.1:3000/acme/tool", onForgejo, "forgejo http://127.0.0.1:3000 acme/tool http://127.0.0.1:3000"},
		{"http://localhost/acme/tool", onGitHub, "github http://localhost acme/tool http://localhost/api/v3"},

		{"https://git.example.org/acme/tool", "", ""},
		{"https://mygitlab.example.org/acme/tool", "", ""},
		{"https://github.com.example.org/acme/tool", "", ""},
		{"http://github.com/acme/tool", "", ""},
		{"https://github.com/acme", "", ""},
		{"https://github.com/acme/tool/more", "", ""},
		{"https://gitlab.com/acme/../tool", "", ""},
		{"https://gitlab.com/acme//tool", "", ""},
		{"https://gitlab.com/acme/tool%3Fa", "", ""},
		{"git://github.com/acme/tool", "", ""},
		{"file:///srv/acme/tool", "", ""},
		{"/srv/acme/tool.git", "", ""},
		{"../tool", "", ""},
		{"", "", ""},
	}
	for _, tt := range tests {
		p, err := remoteProject(tt.address, tt.kind)
		switch {
		case tt.want == "":
			if !errors.Is(err, errNoProject) {
				t.Errorf("%s: got %+v, %v, want %v", tt.address, p, err, errNoProject)
			}
		case err != nil:
			t.Errorf("%s: %v", tt.address, err)
		default:
			if got := strings.Join([]string{string(p.forge), p.server.String(), p.path, p.api}, " "); got != tt.want {
				t.Errorf("%s: got %s, want %s", tt.address, got, tt.want)
			}
			if want := p.server.String() + "/" + p.path + ".git"; p.remote() != want {
				t.Errorf("%s: got remote %s, want %s", tt.address, p.remote(), want)
			}
		}
	}
}

func TestCIProject(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, env string
		want      string // kind, remote, API and ID; "" for none, "error"
	}{
		{"none", "", ""},
		{"GitHub", "GITHUB_ACTIONS=true GITHUB_SERVER_URL=https://github.com GITHUB_REPOSITORY=acme/tool GITHUB_API_URL=https://api.github.com",
			"github https://github.com/acme/tool.git https://api.github.com acme/tool"},
		{"GitHub Enterprise", "GITHUB_ACTIONS=true GITHUB_SERVER_URL=https://ghe.example.org GITHUB_REPOSITORY=acme/tool GITHUB_API_URL=https://ghe.example.org/api/v3",
			"github https://ghe.example.org/acme/tool.git https://ghe.example.org/api/v3 acme/tool"},
		{"GitHub Enterprise Cloud", "GITHUB_ACTIONS=true GITHUB_SERVER_URL=https://acme.ghe.com GITHUB_REPOSITORY=acme/tool GITHUB_API_URL=https://api.acme.ghe.com/",
			"github https://acme.ghe.com/acme/tool.git https://api.acme.ghe.com acme/tool"},
		{"GitLab", "GITLAB_CI=true CI_SERVER_URL=https://example.org/gitlab CI_PROJECT_PATH=a/b/c CI_PROJECT_ID=42 CI_API_V4_URL=https://example.org/gitlab/api/v4",
			"gitlab https://example.org/gitlab/a/b/c.git https://example.org/gitlab/api/v4 42"},
		{"Forgejo", "FORGEJO_ACTIONS=true GITHUB_ACTIONS=true GITHUB_SERVER_URL=https://example.org GITHUB_REPOSITORY=acme/tool GITHUB_API_URL=https://example.org/api/v1",
			"forgejo https://example.org/acme/tool.git https://example.org acme/tool"},
		{"Gitea", "GITEA_ACTIONS=true GITHUB_ACTIONS=true GITHUB_SERVER_URL=https://example.org/sub GITHUB_REPOSITORY=acme/tool",
			"forgejo https://example.org/sub/acme/tool.git https://example.org/sub acme/tool"},
		{"not true", "GITHUB_ACTIONS=false GITHUB_SERVER_URL=https://github.com GITHUB_REPOSITORY=acme/tool", ""},
		{"no repository", "GITHUB_ACTIONS=true GITHUB_SERVER_URL=https://github.com", "error"},
		{"no server", "GITLAB_CI=true CI_PROJECT_PATH=a/b", "error"},
		{"not encrypted", "FORGEJO_ACTIONS=true GITHUB_SERVER_URL=http://example.org GITHUB_REPOSITORY=acme/tool", "error"},
		{"credentials", "GITLAB_CI=true CI_SERVER_URL=https://ada:hunter2@example.org CI_PROJECT_PATH=a/b", "error"},
	}
	for _, tt := range tests {
		p, err := withEnv(tt.env).ciProject()
		got := ""
		if !p.isZero() {
			got = strings.Join([]string{string(p.forge), p.remote(), p.api, p.id}, " ")
		}
		if err != nil {
			got = "error"
		}
		if got != tt.want || err != nil && (!errors.Is(err, errNoProject) || strings.Contains(err.Error(), "hunter2")) {
			t.Errorf("%s: got %s, %v, want %s", tt.name, got, err, tt.want)
		}
	}
}

// withEnv returns a program with variables, NAME=value separated by spaces.
func withEnv(text string) *program {
	env := make(map[string]string)
	for word := range strings.FieldsSeq(text) {
		name, value, _ := strings.Cut(word, "=")
		env[name] = value
	}
	return &program{getenv: func(name string) string { return env[name] }}
}
