package forge

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
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
	return readQuery(root, path, query)
}

// site is how a forge lays out its pages: a repository, words for what is shown, and the name of what is shown.
type site struct {
	hosts  []string       // public instances; a final dot stands for every host that begins so
	known  *regexp.Regexp // a path on these hosts; its groups are the repository and the rest
	any    *regexp.Regexp // a path that is a page on any host, with the same groups; may be nil
	files  *regexp.Regexp // the rest of a path if it is a file; may be nil
	shown  []shown        // the first match counts
	suffix string         // of the repository's URL for git
	pull   string         // begins the ref of a pull request
	raw    string         // leads to the file of a page, in place of the words
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
	none   = "repository" // nothing in particular
)

var ownerAndRepo = regexp.MustCompile(`(?s)^([^/]+/[^/]+)(?:/(.*))?$`)

func sites() []site {
	return []site{
		{ // GitHub
			hosts: []string{"github.com"}, known: ownerAndRepo, suffix: ".git", pull: "refs/pull/", raw: "raw",
			files: regexp.MustCompile(`^(archive|raw|tarball|zipball|files|assets|suites|releases/download|releases/latest/download)/|` +
				`\.(patch|diff|atom)$`),
			shown: []shown{
				{"releases/tag", tag}, {"tree", branch}, {"commits", branch}, {"blob", file}, {"blame", file}, {"edit", file},
				{"commit", rev}, {"pull", pull}, {"wiki", wiki},
			},
		},
		{ // GitLab
			hosts: []string{"gitlab.com", "gitlab.", "salsa.debian.org", "invent.kde.org", "framagit.org", "code.videolan.org"},
			known: regexp.MustCompile(`^([^/]+(?:/[^/]+)+?)(?:/-(?:/(.*))?|` +
				`/((?:tree|blob|commits?|tags|releases|merge_requests|issues|wikis|raw|uploads|repository|builds|archive)(?:/.*)?))?$`),
			any: regexp.MustCompile(`^(.+?)/-/` +
				`((?:tree|blob|blame|edit|commits?|tags|releases|merge_requests|issues|wikis|branches|pipelines)(?:/.*)?)$`),
			files: regexp.MustCompile(`^(raw|archive|uploads|repository|builds|package_files)/|` +
				`^jobs/.*/artifacts/(raw|download)|/downloads/|/raw$|\.(patch|diff|atom)$`),
			suffix: ".git", pull: "refs/merge-requests/", raw: "-/raw",
			shown: []shown{
				{"tree", branch}, {"commits", branch}, {"blob", file}, {"blame", file}, {"edit", file},
				{"releases/permalink", none}, {"commit", rev}, {"tags", tag}, {"releases", tag}, {"merge_requests", pull}, {"wikis", wiki},
			},
		},
		{ // Forgejo and Gitea
			hosts: []string{"codeberg.org", "gitea.com", "gitea.", "forgejo.", "code.forgejo.org", "notabug.org", "git.disroot.org"},
			known: ownerAndRepo,
			any:   regexp.MustCompile(`^((?:[^/]+/){1,2}[^/]+)/((?:src/(?:branch|tag|commit)|commits/(?:branch|tag|commit)|releases/tag)/.*)$`),
			files: regexp.MustCompile(`^(archive|raw|media|attachments|releases/download|wiki/raw)/|\.(patch|diff|rss|atom)$`), suffix: ".git", pull: "refs/pull/",
			raw: "raw/branch",
			shown: []shown{
				{"src/branch", branch}, {"src/tag", rev}, {"src/commit", rev}, {"commits/branch", branch}, {"commits/tag", tag}, {"commits/commit", rev},
				{"releases/tag", tag}, {"commit", rev}, {"pulls", pull}, {"wiki", wiki},
			},
		},
		{ // sourcehut
			hosts: []string{"git.sr.ht"}, known: ownerAndRepo, any: regexp.MustCompile(`^(~[^/]+/[^/]+)/((?:tree|log|refs|commit)(?:/.*)?)$`),
			files: regexp.MustCompile(`^(archive|blob|refs/download)/|\.patch$|/rss\.xml$`), raw: "blob",
			shown: []shown{{"tree", branch}, {"log", branch}, {"refs", tag}, {"commit", rev}},
		},
		{ // Bitbucket
			hosts: []string{"bitbucket.org"}, known: ownerAndRepo, files: regexp.MustCompile(`^(get|raw|downloads)/.`), suffix: ".git", raw: "raw",
			shown: []shown{{"src", branch}, {"branch", branch}, {"commits/branch", branch}, {"commits/tag", tag}, {"commits", rev}},
		},
		{ // GitHub's gists
			hosts: []string{"gist.github.com"}, suffix: ".git",
			known: regexp.MustCompile(`^((?:[^/]+/)?[0-9a-f]{20,40})(?:/([0-9a-f]{40}|revisions|forks|stargazers))?$`),
			shown: []shown{{"", rev}},
		},
		{ // Gitiles
			any:   regexp.MustCompile(`^(.+?)/\+/(.*)$`),
			shown: []shown{{"refs/heads", branch}, {"refs/tags", tag}},
		},
		{ // Azure DevOps
			any: regexp.MustCompile(`^(.+/_git/[^/]+)()$`),
		},
	}
}

func (s site) isAt(host string) bool {
	return slices.ContainsFunc(s.hosts, func(h string) bool { return h == host || strings.HasSuffix(h, ".") && strings.HasPrefix(host, h) })
}

// read reads a path whose pages have a form; it may be nil if there are none.
func (s site) read(form *regexp.Regexp, root, path string, query url.Values) (Page, bool) {
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
	p := Page{Git: root + strings.TrimSuffix(repository, ".git") + s.suffix, Rev: version}
	for _, v := range s.shown {
		if name, found := strings.CutPrefix(rest+"/", strings.TrimPrefix(v.words+"/", "/")); found {
			s.show(&p, root+repository+"/", v.what, strings.Trim(name, "/"))
			break
		}
	}
	if query.Get("ref_type") == "tags" && p.Branch != "" {
		p.Branch, p.Rev = "", p.Branch
	}
	return p, true
}

var (
	// reserved matches paths that begin like a repository's and are none.
	reserved = regexp.MustCompile(`^(-|api|attachments|user-attachments|uploads)/`)
	// trunks are branches that no other branch's name begins with.
	trunks = regexp.MustCompile(`^(main|master|trunk|devel|develop)/`)
	commit = regexp.MustCompile(`^[0-9a-f]{40}$`)
)

// show adds what a page shows.
func (s site) show(p *Page, repository, what, name string) {
	name, _, _ = strings.Cut(name, "/item/") // sourcehut's separator
	first, path, _ := strings.Cut(name, "/")
	if what == branch && path != "" && !trunks.MatchString(name) && !commit.MatchString(first) {
		first, path = name, ""
	}
	switch {
	case what == wiki:
		p.Git = strings.TrimSuffix(p.Git, ".git") + ".wiki.git"
	case name == "" || first == "HEAD":
	case what == pull:
		p.Rev = s.pull + first + "/head"
	case what == tag:
		p.Rev = name
	case what == rev, what != none && commit.MatchString(first):
		p.Rev = first
	case what == branch, what == file:
		p.Branch = first
	}
	if what == file || what == branch && strings.Contains(path, ".") {
		p.File = repository + s.raw + "/" + name
	}
}

var (
	cgit = regexp.MustCompile(`^(.+?)/(tree|log|commit|tag|refs|about|summary|diff|blame|stats)(?:/.*)?$`)
	// gitwebFiles are the actions of gitweb that answer with a file.
	gitwebFiles = regexp.MustCompile(`^(snapshot|blob_plain|patch|patches|commitdiff_plain|rss|atom)$`)
)

// readQuery reads pages of cgit and gitweb, of which the query tells what they show.
func readQuery(root, path string, query url.Values) (Page, bool) {
	if p := query.Get("p"); strings.HasSuffix(p, ".git") && !gitwebFiles.MatchString(query.Get("a")) {
		return Page{Git: root + p}, true
	}
	groups := cgit.FindStringSubmatch(path)
	if groups == nil || !query.Has("h") && !query.Has("id") && !strings.HasSuffix(groups[1], ".git") {
		return Page{}, false
	}
	p := Page{Git: root + groups[1], Rev: query.Get("id")}
	switch {
	case p.Rev != "":
	case groups[2] == "tag":
		p.Rev = query.Get("h")
	default:
		p.Branch = query.Get("h")
	}
	return p, true
}
