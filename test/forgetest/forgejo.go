package forgetest

import (
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// isForgejo reports whether a host answers archives as Forgejo does.
func isForgejo(host string) bool {
	return host == "codeberg.org" || host == "gitea.com" || strings.HasPrefix(host, "forgejo.") || strings.HasPrefix(host, "gitea.")
}

// forgejoAPI answers the REST API of Forgejo and Gitea; path is relative to its root.
func (f *Forge) forgejoAPI(w http.ResponseWriter, r *http.Request, path string) {
	if f.giteaRequests(w, r, path) {
		return
	}
	parts := strings.SplitN(path, "/", 5)
	if len(parts) == 4 && parts[0] == "repos" && parts[3] == "releases" {
		f.forgejoReleases(w, r, parts[1]+"/"+parts[2])
		return
	}
	if len(parts) == 5 && parts[0] == "repos" && (parts[3] == "compare" || parts[3] == "releases") {
		f.forgejoNotes(w, r, f.find(hostOf(r), parts[1]+"/"+parts[2]), parts[3]+"/"+parts[4])
		return
	}
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

// maxForgejoPage is the largest page that servers give by default, in entries.
const maxForgejoPage = 50

// forgejoReleases lists releases, drafts too for whoever may write, unless the query leaves them out.
func (f *Forge) forgejoReleases(w http.ResponseWriter, r *http.Request, name string) {
	repo := f.find(hostOf(r), name)
	if to, renamed := f.newName(name); repo == nil && renamed {
		redirect(w, origin(r)+escape("/api/v1/repos/"+to+"/releases")+query(r), http.StatusMovedPermanently)
		return
	}
	if repo == nil || !repo.admits(r) {
		forgejoNotFound(w)
		return
	}
	w.Header().Set("X-Total-Count", strconv.Itoa(len(repo.published(r))))
	sendReleases(w, r, repo, min(positive(r, "limit", defaultPage), maxForgejoPage), func(release Release) any { return forgejoReleaseJSON(r, release) })
}

func forgejoReleaseJSON(r *http.Request, release Release) any {
	assets := []any{}
	for i, asset := range release.Assets {
		assets = append(assets, map[string]any{
			"id": i + 1, "name": asset.Name, "size": len(asset.Body), "download_count": 0, "created_at": release.Date.UTC().Format(time.RFC3339),
			"uuid":                 "00000000-0000-0000-0000-000000000000",
			"browser_download_url": origin(r) + "/attachments/00000000-0000-0000-0000-000000000000",
		})
	}
	return map[string]any{
		"id": 1, "tag_name": release.Tag, "target_commitish": "", "name": release.Name, "body": release.Body, "draft": release.Draft, "prerelease": release.Prerelease,
		"created_at": release.Date.UTC().Format(time.RFC3339), "published_at": release.Date.UTC().Format(time.RFC3339), "assets": assets,
	}
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
