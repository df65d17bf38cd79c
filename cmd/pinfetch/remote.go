package main

import (
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// scpAddress matches the short form of an ssh address, [USER@]HOST:PATH (git-clone(1)).
var scpAddress = lazyregexp.New(`^(?:[^@:/]+@)?([^@:/]+):([^:]+)$`)

// sshHosts are servers that answer ssh on the port of https for others (docs.github.com, "Using SSH over the HTTPS port";
// docs.gitlab.com, "GitLab.com settings").
func sshHosts() map[string]string {
	return map[string]string{"ssh.github.com": "github.com", "altssh.gitlab.com": "gitlab.com"}
}

// remoteProject returns the project that a remote's address names. Credentials in the address are ignored.
func remoteProject(address string, kind forgeKind) (project, error) {
	server, repository, err := splitRemote(address)
	if err != nil {
		return project{}, fmt.Errorf("remote %q: %w", redact.Reference(address), err)
	}
	if kind == "" {
		if kind = forgeAt(server.Hostname()); kind == "" {
			err := fmt.Errorf("remote %q: %s may be any kind of forge: %w", redact.Reference(address), server.Host, errNoProject)
			return project{}, sources.WithHint(err, "name its kind: --forge github, gitlab or forgejo")
		}
	}
	if kind == onForgejo { // which may stand below a path, while GitLab has groups there
		above := path.Dir(path.Dir(repository))
		if above != "." {
			server, repository = server.JoinPath(above), strings.TrimPrefix(repository, above+"/")
		}
	}
	found, err := newProject(kind, server.String(), repository, "")
	if err != nil {
		return project{}, fmt.Errorf("remote %q: %w", redact.Reference(address), err)
	}
	return found, nil
}

// splitRemote splits an address into that of the web server on its host, and the path of the repository.
func splitRemote(address string) (server *url.URL, repository string, err error) {
	u, err := url.Parse(address)
	if m := scpAddress.FindStringSubmatch(address); m != nil && !strings.Contains(address, "://") {
		u, err = &url.URL{Scheme: "ssh", Host: m[1], Path: m[2]}, nil
	}
	if err != nil || u.Host == "" {
		return nil, "", fmt.Errorf("not the address of a repository on a server: %w", errNoProject)
	}
	server = &url.URL{Scheme: u.Scheme, Host: strings.ToLower(u.Host)}
	switch u.Scheme {
	case "https", "http":
	case "ssh", "git+ssh", "ssh+git":
		host := strings.ToLower(u.Hostname())
		if web, found := sshHosts()[host]; found {
			host = web
		}
		server = &url.URL{Scheme: "https", Host: host}
	default:
		return nil, "", fmt.Errorf("only https and ssh addresses name a project: %w", errNoProject)
	}
	return server, strings.TrimSuffix(strings.Trim(u.Path, "/"), ".git"), nil
}
