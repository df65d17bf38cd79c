package forgetest

import (
	"fmt"
	"net/http"
	"path"
	"strings"
)

// isForgejo reports whether a host answers archives as Forgejo does.
func isForgejo(host string) bool {
	return host == "codeberg.org" || host == "gitea.com" || strings.HasPrefix(host, "forgejo.") || strings.HasPrefix(host, "gitea.")
}

// forgejoAPI answers the REST API of Forgejo and Gitea; path is relative to its root.
func (f *Forge) forgejoAPI(w http.ResponseWriter, r *http.Request, path string) {
	parts := strings.SplitN(path, "/", 5)
	if len(parts) < 5 || parts[0] != "repos" || parts[3] != "archive" {
		forgejoNotFound(w)
		return
	}
	name := parts[1] + "/" + parts[2]
	repo := f.find(hostOf(r), name)
	if to, renamed := f.newName(name); repo == nil && renamed {
		redirect(w, origin(r)+escape("/api/v1/repos/"+to+"/archive/"+parts[4]), http.StatusMovedPermanently)
		return
	}
	f.forgejoArchive(w, r, repo, parts[4], (*Repo).admits)
}

// forgejoWeb answers OWNER/REPO/archive/REV.tar.gz, where only tokens count: no password opens a private repository.
func (f *Forge) forgejoWeb(w http.ResponseWriter, r *http.Request, name, file string) {
	repo := f.find(hostOf(r), name)
	if repo == nil && f.moved(w, r, name, "/archive/"+file) {
		return
	}
	f.forgejoArchive(w, r, repo, file, (*Repo).admitsToken)
}

// forgejoArchive answers with the archive of a revision, in a directory with the repository's name.
func (f *Forge) forgejoArchive(w http.ResponseWriter, r *http.Request, repo *Repo, file string, admits func(*Repo, *http.Request) bool) {
	rev, format, ok := cutFormat(file)
	if repo == nil || !admits(repo, r) || !ok || format != "tar.gz" {
		forgejoNotFound(w)
		return
	}
	commit, status, err := repo.store.Resolve(r.Context(), rev)
	if err != nil || status != http.StatusOK {
		forgejoNotFound(w)
		return
	}
	w.Header().Set("Link", fmt.Sprintf(`<%s/api/v1/repos/%s/archive/%s.tar.gz?rev=%s>; rel="immutable"`, origin(r), repo.Name(), commit, commit))
	f.writeArchive(w, r, repo, "tar.gz", path.Base(repo.Name()), commit)
}

func forgejoNotFound(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.WriteHeader(http.StatusNotFound)
	fmt.Fprint(w, `{"errors":null,"message":"The target couldn't be found."}`)
}
