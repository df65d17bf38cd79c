// Package forge knows the addresses of forges: references to their repositories, which files a forge generates on
// request, which addresses are web pages, and which page compares two commits.
package forge

import (
	"net/url"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
)

// forge describes the addresses of one forge.
type forge struct {
	generated *lazyregexp.Regexp // archives made on request, whose bytes may change while their contents do not
	hosts     []string           // public instances
	compare   string             // the path below a repository of the page that compares commits
}

var forges = []forge{
	{ // GitHub
		generated: lazyregexp.New(`^https?://(codeload\.github\.com/|api\.github\.com/repos/[^/]+/[^/]+/(tar|zip)ball)`),
		hosts:     []string{"github.com"}, compare: "compare",
	},
	{ // GitLab
		generated: lazyregexp.New(`^https?://[^/]+/(.*/-/archive/|api/v4/projects/.*/repository/archive)`),
		hosts:     []string{"gitlab.com", "gitlab.freedesktop.org", "gitlab.gnome.org", "salsa.debian.org", "invent.kde.org"},
		compare:   "-/compare",
	},
	{ // Forgejo and Gitea; GitHub's archives on github.com have the same form
		generated: lazyregexp.New(`^https?://[^/]+/[^/]+/[^/]+/archive/`),
		hosts:     []string{"codeberg.org", "gitea.com"}, compare: "compare",
	},
	{ // Bitbucket
		generated: lazyregexp.New(`^https?://bitbucket\.org/[^/]+/[^/]+/get/`),
	},
	{ // Gitiles
		generated: lazyregexp.New(`^https?://[^/]+/[^?]+/\+archive/`),
	},
	{ // cgit and gitweb
		generated: lazyregexp.New(`^https?://([^/]+/[^?]+\.git/snapshot/|git\.zx2c4\.com/[^/]+/snapshot/|git\.kernel\.org/[^/]+/t/|` +
			`[^?]+\?(.*[;&])?a=snapshot([;&]|$))`),
	},
}

// IsGenerated reports whether a forge generates the file at an address on request, so that its bytes may change while its
// contents do not.
func IsGenerated(address string) bool {
	return slices.ContainsFunc(forges, func(f forge) bool { return f.generated.MatchString(address) })
}

// Compare returns the address of the page that compares two commits of a repository, "" if the forge is not known.
func Compare(repository, from, to string) string {
	u, err := url.Parse(repository)
	if err != nil {
		return ""
	}
	for _, f := range forges {
		if slices.Contains(f.hosts, u.Host) {
			return ComparePage(repository, f.compare, from, to)
		}
	}
	return ""
}

// ComparePage returns the address of a page of a repository, such as "compare", for two commits. It returns "" if a commit
// is "".
func ComparePage(repository, page, from, to string) string {
	if from == "" || to == "" {
		return ""
	}
	return strings.TrimSuffix(strings.TrimRight(repository, "/"), ".git") + "/" + page + "/" + from + "..." + to
}
