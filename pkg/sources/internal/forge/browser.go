package forge

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
)

// cgit and gitweb show repositories of other servers. They name a repository in the path, or gitweb in the query, and what
// they show in the query, or gitweb in the path.

// places are where cgit and gitweb show repositories and where git finds them, on hosts where no rule tells the one from
// the other.
var places = [...]struct{ page, git string }{
	{"git.savannah.gnu.org/cgit/", "git.savannah.gnu.org/git/"},
	{"cgit.git.savannah.gnu.org/cgit/", "git.savannah.gnu.org/git/"},
	{"git.savannah.gnu.org/gitweb/", "git.savannah.gnu.org/git/"},
	{"gitweb.git.savannah.gnu.org/gitweb/", "git.savannah.gnu.org/git/"},
	{"git.savannah.nongnu.org/cgit/", "git.savannah.nongnu.org/git/"},
	{"git.kernel.org/cgit/", "git.kernel.org/pub/scm/"},
	{"repo.or.cz/w/", "repo.or.cz/"},
	{"git.gnupg.org/cgi-bin/gitweb.cgi/", "dev.gnupg.org/source/"},
	{"sourceware.org/git/", "sourceware.org/git/"},
	{"gcc.gnu.org/git/", "gcc.gnu.org/git/"},
	{"git.postgresql.org/gitweb/", "git.postgresql.org/git/"},
	{"git.ffmpeg.org/gitweb/", "git.ffmpeg.org/"},
	{zx2c4, zx2c4},
}

// zx2c4 is a cgit whose repositories do not end in ".git".
const zx2c4 = "git.zx2c4.com/"

var (
	browsed = lazyregexp.New(`^(.+?)/(about|blame|commit|diff|log|refs|stats|summary|tag|tree)(?:/(.*))?$`)
	// gitwebbed are further pages of gitweb.
	gitwebbed = lazyregexp.New(`^(.+?\.git)/(blob|blobdiff|commitdiff|forks|graphiclog|heads|history|shortlog|tags)(?:/(.*))?$`)
	// gitwebFiles are the actions of gitweb that answer with a file.
	gitwebFiles = lazyregexp.New(`^(snapshot|blob_plain|patch|patches|commitdiff_plain|rss|atom)$`)
	// pathRev is what a page shows, in the path of gitweb and never in that of cgit.
	pathRev = lazyregexp.New(`^(refs/(?:heads|tags)/[^:]+|[0-9a-f]{40})(?::|$)`)
	abbrev  = lazyregexp.New(`^[0-9a-f]{7,40}$`)
)

// readBrowser reads the address of a page of cgit or gitweb.
func readBrowser(scheme, host, path string, query url.Values) (Page, bool) {
	root, isKnown := host+"/", false
	for _, p := range places {
		if rest, found := strings.CutPrefix(host+"/"+path+"/", p.page); found {
			root, path, isKnown = p.git, strings.Trim(rest, "/"), true
			break
		}
	}
	repository, action, ref := readQuery(path, query)
	if repository == "" {
		repository, action, ref = readPath(path, query)
	}
	isRepository := strings.HasSuffix(repository, ".git") || root == zx2c4 && repository != ""
	if gitwebFiles.MatchString(action) || action == "" && !isKnown || !isRepository && (repository == "" || ref == "") {
		return Page{}, false
	}
	p := Page{Git: scheme + "://" + root + repository}
	branch, isBranch := strings.CutPrefix(ref, "refs/heads/")
	tag, isTag := strings.CutPrefix(ref, "refs/tags/")
	switch {
	case ref == "HEAD":
	case isTag, action == "tag", abbrev.MatchString(ref):
		p.Rev = tag
	case isBranch, ref != "":
		p.Branch = branch
	}
	return p, true
}

// readQuery reads the query of gitweb.
func readQuery(path string, query url.Values) (repository, action, ref string) {
	if repository = query.Get("p"); repository == "" && query.Has("a") {
		repository = path
	}
	if !strings.HasSuffix(repository, ".git") {
		return "", "", ""
	}
	action, ref = cmp.Or(query.Get("a"), "summary"), query.Get("hb")
	if ref == "" && action != "blob" && action != "tree" && action != "tag" { // for which h is the ID of an object
		ref = query.Get("h")
	}
	return repository, action, ref
}

// readPath reads the path of a page that begins with a repository.
func readPath(path string, query url.Values) (repository, action, ref string) {
	groups := gitwebbed.FindStringSubmatch(path)
	if groups == nil {
		groups = browsed.FindStringSubmatch(path)
	}
	switch {
	case groups != nil:
		if m := pathRev.FindStringSubmatch(groups[3]); m != nil {
			ref = m[1]
		}
		return groups[1], groups[2], cmp.Or(query.Get("id"), query.Get("h"), ref)
	case strings.HasSuffix(path, ".git") || !strings.Contains(path, "/"):
		return path, "", ""
	}
	return "", "", ""
}
