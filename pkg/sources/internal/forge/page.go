package forge

import (
	"net/url"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
)

// Page is a web page of a repository.
type Page struct {
	Git    string // the repository's URL for git
	Branch string // the branch that the page shows, or ""
	Rev    string // the tag, commit or full ref that the page shows, or ""
	File   string // the address of the file that the page shows, or ""
}

// ReadPage reads the address of a repository's web page: on a known host, or in a form that gives the forge away. It
// reports false for any other address, such as that of a file.
func ReadPage(address string) (Page, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return Page{}, false
	}
	u.Host = strings.TrimPrefix(strings.ToLower(u.Host), "www.")
	if u.Host == "sr.ht" { // the page of a project, whose repository usually has its name
		u.Host = "git.sr.ht"
	}
	query, _ := url.ParseQuery(strings.ReplaceAll(u.RawQuery, ";", "&"))
	root, path := u.Scheme+"://"+u.Host+"/", strings.Trim(u.Path, "/")
	for _, s := range sites() {
		form, isKnown := s.any, s.isAt(u.Host)
		if isKnown {
			form = s.known
		}
		if p, isPage := s.read(form, root, path, query); isPage || isKnown {
			return p, isPage
		}
	}
	return readBrowser(u.Scheme, u.Host, path, query)
}

// Reference returns a reference to the repository of a page, and its host if that is not the default: of the kind of source
// for its forge if the page's address tells which forge that is, else of a git repository.
func (p Page) Reference(address string) (ref, host string) {
	u, err := url.Parse(p.Git)
	page, pageErr := url.Parse(address)
	if err != nil || pageErr != nil || u.Scheme != "https" || strings.HasSuffix(u.Path, ".wiki.git") {
		return "git+" + p.Git, ""
	}
	s, found := siteOf(u.Host, strings.Trim(page.Path, "/"))
	if found && s.kind != "" && len(s.hosts) == 0 { // the forge has no default host, and references name theirs
		path, _, _ := strings.Cut(strings.Trim(page.Path, "/"), "/+/")
		return s.kind + ":" + u.Host + "/" + path, ""
	}
	repository := strings.TrimSuffix(strings.TrimPrefix(u.Path, "/"), s.suffix)
	if !found || s.kind == "" || !s.isRepository(repository) {
		return "git+" + p.Git, "" // also for a forge below a path of its host
	}
	if u.Host != s.hosts[0] {
		host = u.Host
	}
	return s.kind + ":" + repository, host
}

// site is how a forge lays out its pages: a repository, words for what is shown, and the name of what is shown.
type site struct {
	kind   string             // the kind of source for its repositories; "" if that is git
	hosts  []string           // public instances, the kind's default first; a final dot stands for every host that begins so
	known  *lazyregexp.Regexp // a path on these hosts; its groups are the repository and the rest
	any    *lazyregexp.Regexp // a path that is a page on any host, with the same groups; may be nil
	common *lazyregexp.Regexp // the rest of a path that pages of other forges have too; may be nil
	files  *lazyregexp.Regexp // the rest of a path if it is a file; may be nil
	pinned *lazyregexp.Regexp // the rest of a path if its address says what to pin, as a reference does
	shown  []shown            // the first match counts
	suffix string             // of the repository's URL for git
	pull   string             // begins the ref of a pull request
	raw    string             // leads to the file of a page, in place of the words; "" if no address does
}

// shown says what words in a path show.
type shown struct{ words, what string }

const (
	branch = "branch"     // a branch, perhaps with a directory below it
	file   = "file"       // a file, after the first component of a branch
	tag    = "tag"        // a tag, perhaps with a slash in its name
	rev    = "revision"   // a tag or a commit, perhaps with a file after it
	pull   = "pull"       // a pull request
	wiki   = "wiki"       // a repository beside the repository
	latest = "latest"     // the newest release
	none   = "repository" // nothing in particular
)

var ownerAndRepo = lazyregexp.New(`(?s)^([^/]+/[^/]+)(?:/(.*))?$`)

func sites() []site {
	return []site{
		{ // GitHub
			kind: "github", hosts: []string{"github.com"}, known: ownerAndRepo, suffix: ".git", pull: "refs/pull/", raw: "raw",
			files: lazyregexp.New(`^(archive|raw|tarball|zipball|files|assets|suites|releases/download|releases/latest/download)/|` +
				`\.(patch|diff|atom)$`),
			pinned: lazyregexp.New(`^(tree|commit|releases|tags|branches)(/|$)`),
			shown: []shown{
				{"releases/tag", tag}, {"releases/latest", latest}, {"tree", branch}, {"commits", branch}, {"blob", file}, {"blame", file}, {"edit", file},
				{"commit", rev}, {"pull", pull}, {"wiki", wiki},
			},
		},
		{ // GitLab
			kind: "gitlab", hosts: []string{"gitlab.com", "gitlab.", "gitlab.freedesktop.org", "gitlab.gnome.org", "salsa.debian.org", "invent.kde.org", "framagit.org", "code.videolan.org"},
			known: lazyregexp.New(`^([^/]+(?:/[^/]+)+?)(?:/-(?:/(.*))?|` +
				`/((?:tree|blob|commits?|tags|releases|merge_requests|issues|wikis|raw|uploads|repository|builds|archive)(?:/.*)?))?$`),
			any: lazyregexp.New(`^(.+?)/-/` +
				`((?:tree|blob|blame|edit|commits?|tags|releases|merge_requests|issues|wikis|branches|pipelines)(?:/.*)?)$`),
			files: lazyregexp.New(`^(raw|archive|uploads|repository|builds|package_files)/|` +
				`^jobs/.*/artifacts/(raw|download)|/downloads/|/raw$|\.(patch|diff|atom)$`),
			pinned: lazyregexp.New(`^(tree|commit|releases|tags|branches)(/|$)`),
			suffix: ".git", pull: "refs/merge-requests/", raw: "-/raw",
			shown: []shown{
				{"tree", branch}, {"commits", branch}, {"blob", file}, {"blame", file}, {"edit", file},
				{"releases/permalink", latest}, {"commit", rev}, {"tags", tag}, {"releases", tag}, {"merge_requests", pull}, {"wikis", wiki},
			},
		},
		{ // Forgejo and Gitea
			kind: "forgejo", hosts: []string{"codeberg.org", "gitea.com", "gitea.", "forgejo.", "code.forgejo.org", "notabug.org", "git.disroot.org"},
			known: ownerAndRepo, common: lazyregexp.New(`^releases/tag/`), pinned: lazyregexp.New(`^(src|commit|releases|tags|branches)(/|$)`),
			any:   lazyregexp.New(`^((?:[^/]+/){1,2}[^/]+)/((?:src/(?:branch|tag|commit)|commits/(?:branch|tag|commit)|releases/tag)/.*)$`),
			files: lazyregexp.New(`^(archive|raw|media|attachments|releases/download|wiki/raw)/|\.(patch|diff|rss|atom)$`), suffix: ".git", pull: "refs/pull/",
			raw: "raw/branch",
			shown: []shown{
				{"src/branch", branch}, {"src/tag", rev}, {"src/commit", rev}, {"commits/branch", branch}, {"commits/tag", tag}, {"commits/commit", rev},
				{"releases/tag", tag}, {"releases/latest", latest}, {"commit", rev}, {"pulls", pull}, {"wiki", wiki},
			},
		},
		{ // sourcehut
			kind: "sourcehut", hosts: []string{"git.sr.ht", "hg.sr.ht"}, known: ownerAndRepo, pinned: lazyregexp.New(`^(tree|commit|refs)(/|$)`),
			any:   lazyregexp.New(`^(~[^/]+/[^/]+)/((?:tree|log|refs|commit)(?:/.*)?)$`),
			files: lazyregexp.New(`^(archive|blob|refs/download)/|\.patch$|/rss\.xml$`), raw: "blob",
			shown: []shown{{"tree", branch}, {"log", branch}, {"refs", tag}, {"commit", rev}},
		},
		{ // Bitbucket
			kind: "bitbucket", hosts: []string{"bitbucket.org"}, known: ownerAndRepo,
			// What has a dot in its name, and is not the branch, may be a file.
			pinned: lazyregexp.New(`^(src(/[^/]+(/[^/.]+)*)?|branch(es)?|branch/.+|commits(/.+)?)$`),
			files:  lazyregexp.New(`^(get|raw|downloads)/.`), suffix: ".git", raw: "raw",
			shown: []shown{{"src", branch}, {"branch", branch}, {"commits/branch", branch}, {"commits/tag", tag}, {"commits", rev}},
		},
		{ // GitHub's gists
			hosts: []string{"gist.github.com"}, suffix: ".git",
			known: lazyregexp.New(`^((?:[^/]+/)?[0-9a-f]{20,40})(?:/([0-9a-f]{40}|revisions|forks|stargazers))?$`),
			shown: []shown{{"", rev}},
		},
		{ // Gitiles
			kind: "gitiles", any: lazyregexp.New(`^(.+?)/\+/(.*)$`),
			shown: []shown{{"refs/heads", branch}, {"refs/tags", tag}, {"", branch}},
		},
		{ // Azure DevOps
			any: lazyregexp.New(`^(.+/_git/[^/]+)()$`),
		},
	}
}

func (s site) isAt(host string) bool {
	return slices.ContainsFunc(s.hosts, func(h string) bool { return h == host || strings.HasSuffix(h, ".") && strings.HasPrefix(host, h) })
}

// siteOf returns the site whose pages an address has: by its host, or by a form that no other forge has.
func siteOf(host, path string) (site, bool) {
	for _, s := range sites() {
		if s.isAt(host) {
			return s, true
		}
		if s.any == nil {
			continue
		}
		if groups := s.any.FindStringSubmatch(path); groups != nil && (s.common == nil || !s.common.MatchString(groups[2])) {
			return s, true
		}
	}
	return site{}, false
}

// isRepository reports whether a path is that of a repository and nothing more.
func (s site) isRepository(path string) bool {
	groups := s.known.FindStringSubmatch(path)
	return groups != nil && groups[1] == path
}

// read reads a path whose pages have a form; it may be nil if there are none.
func (s site) read(form *lazyregexp.Regexp, root, path string, query url.Values) (Page, bool) {
	var groups []string
	if form != nil {
		groups = form.FindStringSubmatch(path)
	}
	if groups == nil {
		return Page{}, false
	}
	repository, rest := groups[1], strings.Join(groups[2:], "")
	if s.files != nil && s.files.MatchString(rest) || reserved.MatchString(path) {
		return Page{}, false
	}
	repository, version, _ := strings.Cut(repository, "@") // no forge has it in a name
	p := Page{Git: root + strings.TrimSuffix(Gerrit(repository), ".git") + s.suffix, Rev: version}
	what, name := s.shows(rest)
	s.show(&p, root+repository+"/", what, name)
	if query.Get("ref_type") == "tags" && p.Branch != "" {
		p.Branch, p.Rev = "", p.Branch
	}
	return p, true
}

// Gerrit returns the path at which Gerrit serves a repository to git. Its web pages, which Gitiles makes, are below a path of
// their own.
func Gerrit(path string) string { return strings.Replace(path, "plugins/gitiles/", "", 1) }

var (
	// reserved matches paths that begin like a repository's and are none.
	reserved = lazyregexp.New(`^(-|api|attachments|user-attachments|uploads)/`)
	// trunks are branches that no other branch's name begins with.
	trunks = lazyregexp.New(`^(main|master|trunk|devel|develop)/`)
	commit = lazyregexp.New(`^[0-9a-f]{40}$`)
)

// separator stands between a branch and a path on sourcehut.
const separator = "/item/"

// shows returns what the rest of a path shows, and its name or path.
func (s site) shows(rest string) (what, name string) {
	for _, v := range s.shown {
		if name, found := strings.CutPrefix(rest+"/", strings.TrimPrefix(v.words+"/", "/")); found {
			name, _, _ = strings.Cut(strings.Trim(name, "/"), separator)
			return v.what, name
		}
	}
	return none, ""
}

// show adds what a page shows.
func (s site) show(p *Page, repository, what, name string) {
	first, path, _ := strings.Cut(name, "/")
	if what == branch && path != "" && !trunks.MatchString(name) && !commit.MatchString(first) {
		first, path = name, ""
	}
	switch {
	case what == wiki:
		p.Git = strings.TrimSuffix(p.Git, ".git") + ".wiki.git"
	case name == "", first == "HEAD", what == latest:
	case what == pull:
		p.Rev = s.pull + first + "/head"
	case what == tag:
		p.Rev = name
	case what == rev, what != none && commit.MatchString(first):
		p.Rev = first
	case what == branch, what == file:
		p.Branch = first
	}
	if s.raw != "" && (what == file || what == branch && strings.Contains(path, ".")) {
		p.File = repository + s.raw + "/" + name
	}
}
