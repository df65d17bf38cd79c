package forgetest

import (
	"log"
	"net/http"
	"net/http/cgi"
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

// smartHTTP answers a git request through git http-backend.
func (f *Forge) smartHTTP(w http.ResponseWriter, r *http.Request, name, service string) {
	repo := f.find(hostOf(r), name)
	switch {
	case repo == nil && f.moved(w, r, name, service):
	case repo == nil && hostOf(r) != githubHost:
		notFound(w)
	case repo == nil || !repo.admits(r):
		w.Header().Set("WWW-Authenticate", `Basic realm="GitHub"`)
		http.Error(w, "Repository not found.", http.StatusUnauthorized)
	default:
		f.backend(repo).ServeHTTP(w, backendRequest(r, service))
	}
}

// backend serves one repository. The handler returns only when git
// http-backend and all that it started have closed their standard error, so
// no git process outlives a request.
func (f *Forge) backend(repo *Repo) http.Handler {
	return &cgi.Handler{
		Path:   f.git.program,
		Args:   []string{"http-backend"},
		Dir:    repo.dir,
		Env:    append(f.git.env(), "GIT_PROJECT_ROOT="+repo.dir, "GIT_HTTP_EXPORT_ALL=1"),
		Stderr: f.stderr, // no *os.File: then the handler would not wait
		Logger: log.New(f.stderr, "forge: ", 0),
	}
}

// backendRequest is the request as the CGI handler must see it: relative to
// the repository, and with a body of unknown length still read.
func backendRequest(r *http.Request, service string) *http.Request {
	clone := r.Clone(r.Context())
	clone.URL = &url.URL{Path: service, RawQuery: r.URL.RawQuery}
	clone.TransferEncoding = nil
	return clone
}
