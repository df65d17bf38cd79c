package forgetest

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// isGitLab reports whether a host answers git as GitLab does: a project that does not exist looks like a private one.
func isGitLab(host string) bool { return host == "gitlab.com" || strings.HasPrefix(host, "gitlab.") }

// gitlabAPI answers GitLab's REST API; path is relative to its root, and still escaped: a project is one component.
func (f *Forge) gitlabAPI(w http.ResponseWriter, r *http.Request, path string) {
	if path == "users" {
		f.gitlabUsers(w, r)
		return
	}
	project, rest, _ := strings.Cut(strings.TrimPrefix(path, "projects/"), "/")
	name, err := url.PathUnescape(project)
	if err != nil || !strings.HasPrefix(path, "projects/") {
		gitlabNotFound(w, "404 Not Found")
		return
	}
	repo := f.gitlabProject(hostOf(r), name)
	switch {
	case repo == nil && f.gitlabMoved(w, r, name, rest):
	case repo == nil || !repo.admitsHeader(r):
		gitlabNotFound(w, "404 Project Not Found")
	case (strings.HasPrefix(rest, "releases") || rest == "repository/compare") && f.gitlabLimited(w, r):
	case rest == "releases":
		f.gitlabReleases(w, r, repo)
	case rest == "merge_requests" || strings.HasPrefix(rest, "merge_requests/"):
		f.gitlabMergeRequests(w, r, repo, rest)
	case strings.HasPrefix(rest, "releases/"):
		f.gitlabRelease(w, r, repo, strings.TrimPrefix(rest, "releases/"))
	case rest == "repository/compare":
		f.gitlabCompare(w, r, repo)
	case rest == "repository/archive.tar.gz":
		f.gitlabArchive(w, r, repo, r.URL.Query().Get("sha"))
	default:
		gitlabNotFound(w, "404 Not Found")
	}
}

// gitlabProject finds a project by its path or its number.
func (f *Forge) gitlabProject(host, name string) *Repo {
	if id, err := strconv.Atoi(name); err == nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		if id >= 1 && id <= len(f.repos) {
			return f.repos[id-1]
		}
		return nil
	}
	return f.find(host, name)
}

// gitlabMoved redirects from the old path of a project to its number, and reports whether there is one. A private project
// looks as if it were not there.
func (f *Forge) gitlabMoved(w http.ResponseWriter, r *http.Request, name, rest string) bool {
	to, renamed := f.newName(name)
	repo := f.find(hostOf(r), to)
	if !renamed || repo == nil || !repo.admitsHeader(r) {
		return false
	}
	redirect(w, fmt.Sprintf("%s/api/v4/projects/%d/%s%s", origin(r), repo.id, rest, query(r)), http.StatusMovedPermanently)
	return true
}

// gitlabLimited answers for a host whose limit is used up, and reports whether it is.
func (f *Forge) gitlabLimited(w http.ResponseWriter, r *http.Request) bool {
	f.mu.Lock()
	end, limited := f.limited[hostOf(r)]
	f.mu.Unlock()
	if limited {
		w.Header().Set("RateLimit-Reset", strconv.FormatInt(end.Unix(), 10))
		w.Header().Set("Retry-After", "86400")
		http.Error(w, "Retry later", http.StatusTooManyRequests)
	}
	return limited
}

// gitlabReleases lists releases with links to their files.
func (f *Forge) gitlabReleases(w http.ResponseWriter, r *http.Request, repo *Repo) {
	sendReleases(w, r, repo, min(positive(r, "per_page", 20), maxPage), func(release Release) any { return gitlabReleaseJSON(repo, r, release) })
}

func gitlabReleaseJSON(repo *Repo, r *http.Request, release Release) any {
	links := []any{}
	for i, asset := range release.Assets {
		address := asset.URL
		if address == "" {
			address = origin(r) + escape("/"+repo.Name()+"/-/releases/"+release.Tag+"/downloads/"+asset.Name)
		}
		links = append(links, map[string]any{"id": i + 1, "name": asset.Name, "url": address, "direct_asset_url": address, "link_type": "other"})
	}
	return map[string]any{
		"tag_name": release.Tag, "name": release.Name, "description": release.Body, "created_at": release.Date.UTC().Format(time.RFC3339Nano),
		"released_at": release.Date.UTC().Format("2006-01-02T15:04:05.000Z"), "upcoming_release": release.Upcoming,
		"commit": map[string]any{"id": strings.Repeat("0", 40)}, "assets": map[string]any{"count": len(links), "sources": []any{}, "links": links},
	}
}

// gitlabAsset answers GROUP/REPO/-/releases/TAG/downloads/NAME.
func (f *Forge) gitlabAsset(w http.ResponseWriter, r *http.Request, name, file string) {
	repo := f.find(hostOf(r), name)
	if repo == nil || !repo.admits(r) {
		notFound(w)
		return
	}
	for _, release := range repo.published(r) {
		for _, asset := range release.Assets {
			if file == release.Tag+"/downloads/"+asset.Name {
				asset.send(w, r)
				return
			}
		}
	}
	notFound(w)
}

// gitlabArchive answers with the archive of a revision, whose directory has the revision twice if that is a commit.
func (f *Forge) gitlabArchive(w http.ResponseWriter, r *http.Request, repo *Repo, rev string) {
	if rev == "" {
		rev = "HEAD"
	}
	commit, status, err := repo.store.Resolve(r.Context(), rev)
	if err != nil || status != http.StatusOK {
		gitlabNotFound(w, "404 File Not Found")
		return
	}
	name := repo.Name()[strings.LastIndexByte(repo.Name(), '/')+1:]
	f.writeArchive(w, r, repo, "tar.gz", fmt.Sprintf("%s-%s-%s", name, strings.ReplaceAll(rev, "/", "-"), commit), commit)
}

// admitsHeader reports whether the request may see the project.
func (r *Repo) admitsHeader(req *http.Request) bool {
	if token := req.Header.Get("Private-Token"); token != "" {
		req = &http.Request{Header: http.Header{"Authorization": {"Bearer " + token}}}
	}
	return r.admitsToken(req)
}

func gitlabNotFound(w http.ResponseWriter, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusNotFound)
	fmt.Fprintf(w, `{"message":%q}`, message)
}
