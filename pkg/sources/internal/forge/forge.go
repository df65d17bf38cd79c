// Package forge knows the addresses of forges, for kinds of source that take addresses of any host: which files a forge
// generates on request, which addresses are pages for people, and where it shows the changes between two commits. Each
// forge has one file.
package forge

import (
	"net/url"
	"regexp"
	"strings"
)

// forge is the rules for the addresses of one forge.
type forge struct {
	generated *regexp.Regexp // archives made on request, whose bytes may change while their contents do not
	pages     *regexp.Regexp // pages for people; nil for none that are known
	hosts     []string       // where it compares commits
	compare   string         // the page below a repository, "compare"
	advice    string         // what to pin instead of a page
}

var forges = []forge{gitHub, gitLab, forgejoOrGitea, bitbucket}

// IsGenerated reports whether a forge makes the file behind an address on request, so that its bytes may change while its
// contents do not.
func IsGenerated(address string) bool {
	for _, f := range forges {
		if f.generated.MatchString(address) {
			return true
		}
	}
	return false
}

// IsPage reports whether an address is a page for people and not a file, and says what to pin instead.
func IsPage(address string) (advice string, isPage bool) {
	for _, f := range forges {
		if f.pages != nil && f.pages.MatchString(address) {
			return f.advice, true
		}
	}
	return "", false
}

// Compare returns the page on which a forge that is known by its host shows the changes between two
// commits of a repository, "" if there is none.
func Compare(repository, from, to string) string {
	u, err := url.Parse(repository)
	if err != nil || from == "" || to == "" {
		return ""
	}
	for _, f := range forges {
		for _, host := range f.hosts {
			if u.Host == host {
				return ComparePage(repository, f.compare, from, to)
			}
		}
	}
	return ""
}

// ComparePage returns the address of a page of a repository, such as "compare", for two commits.
func ComparePage(repository, page, from, to string) string {
	if from == "" || to == "" {
		return ""
	}
	return strings.TrimSuffix(strings.TrimRight(repository, "/"), ".git") + "/" + page + "/" + from + "..." + to
}
