package forgetest

import (
	"net/http"
	"net/url"
	"strings"
)

// cutService splits the path of a git request, such as
// OWNER/REPO.git/info/refs, into repository and service.
func cutService(path string) (name, service string, ok bool) {
	for _, service := range []string{"/info/refs", "/git-upload-pack", "/git-receive-pack"} {
		if name, ok := strings.CutSuffix(path, service); ok {
			return name, service, true
		}
	}
	return "", "", false
}

// smartHTTP lets the repository's store answer a git request.
func (f *Forge) smartHTTP(w http.ResponseWriter, r *http.Request, name, service string) {
	repo := f.find(hostOf(r), name)
	switch {
	case repo == nil && f.moved(w, r, name, service):
	case repo == nil && hostOf(r) != githubHost && !isGitLab(hostOf(r)):
		notFound(w)
	case repo == nil || !repo.admits(r):
		w.Header().Set("WWW-Authenticate", `Basic realm="GitHub"`)
		http.Error(w, "Repository not found.", http.StatusUnauthorized)
	default:
		clone := r.WithContext(r.Context()) // shallow: it is made for every request of a benchmark
		clone.URL = &url.URL{Path: service, RawQuery: r.URL.RawQuery}
		if service == "/git-receive-pack" || r.URL.Query().Get("service") == "git-receive-pack" {
			repo.pushes(w, clone)
			return
		}
		repo.store.ServeGit(w, clone)
	}
}
