package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/internal/web"
)

// maxNixConfs bounds how many files are read: a file may include itself.
const maxNixConfs = 64

// nixConf reads the setting access-tokens of Nix (nix.conf(5)).
type nixConf struct {
	tokens []accessToken // at most one for each host
	files  int
	ignore func(error) // receives the error of a file that cannot be read, which is Nix's business
}

// accessToken is "github.com=TOKEN" or "gitlab.com=PAT:TOKEN".
type accessToken struct{ host, token, source string }

// readNixConf reads Nix's settings. What is read later replaces what was read before.
func (p *program) readNixConf() *nixConf {
	n := &nixConf{ignore: func(err error) { p.ui.detail(fmt.Sprintf("ignored Nix configuration: %v", err)) }}
	n.readFile(filepath.Join(cmp.Or(p.getenv("NIX_CONF_DIR"), "/etc/nix"), "nix.conf"))
	for _, path := range slices.Backward(p.userNixConfs()) {
		n.readFile(path)
	}
	n.parse(p.getenv("NIX_CONFIG"), "NIX_CONFIG", "")
	return n
}

// userNixConfs returns the user's configuration files, highest precedence first. Relative directories are ignored (XDG Base
// Directory Specification).
func (p *program) userNixConfs() (paths []string) {
	if files := p.getenv("NIX_USER_CONF_FILES"); files != "" {
		return strings.FieldsFunc(files, func(r rune) bool { return r == ':' })
	}
	home := p.getenv("XDG_CONFIG_HOME")
	if !filepath.IsAbs(home) {
		home = p.inHome(".config")
	}
	for _, dir := range append([]string{home}, filepath.SplitList(cmp.Or(p.getenv("XDG_CONFIG_DIRS"), "/etc/xdg"))...) {
		if filepath.IsAbs(dir) {
			paths = append(paths, filepath.Join(dir, "nix", "nix.conf"))
		}
	}
	return paths
}

func (n *nixConf) readFile(path string) {
	if n.files++; n.files > maxNixConfs {
		return
	}
	text, err := readSmall(path, maxConfig)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			n.ignore(err)
		}
		return
	}
	n.parse(text, path, filepath.Dir(path))
}

// parse reads the text of a file in dir. For a text that is not a file's, dir is "", and relative includes are ignored.
func (n *nixConf) parse(text, source, dir string) {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		if words := strings.Fields(line); len(words) == 2 && (words[0] == "include" || words[0] == "!include") {
			path := words[1]
			if !filepath.IsAbs(path) && dir != "" {
				path = filepath.Join(dir, path)
			}
			if filepath.IsAbs(path) || dir != "" {
				n.readFile(path)
			}
			continue
		}
		key, value, _ := strings.Cut(line, "=")
		switch strings.TrimSpace(key) {
		case "access-tokens":
			n.tokens = nil
			n.add(value, source)
		case "extra-access-tokens":
			n.add(value, source)
		}
	}
}

// add adds the tokens for hosts that have none yet. It ignores a token for part of a host.
func (n *nixConf) add(value, source string) {
	for entry := range strings.FieldsSeq(value) {
		host, token, _ := strings.Cut(entry, "=")
		known := slices.ContainsFunc(n.tokens, func(t accessToken) bool { return t.host == host })
		if host != "" && !strings.Contains(host, "/") && !known {
			n.tokens = append(n.tokens, accessToken{host, token, "access-tokens in " + source})
		}
	}
}

func (n *nixConf) addTo(c web.Credentials) {
	for _, t := range n.tokens {
		kind, rest, typed := strings.Cut(t.token, ":")
		if typed && (kind == "PAT" || kind == "OAuth2") {
			addGitLabToken(c, t.host, web.Credential{Password: rest, Source: t.source})
		} else {
			addGitHubToken(c, t.host, web.Credential{Password: t.token, Source: t.source})
		}
	}
}
