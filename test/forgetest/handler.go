package forgetest

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
)

// The hosts of GitHub, by task.
const (
	githubHost   = "github.com"
	apiHost      = "api.github.com"
	codeloadHost = "codeload.github.com"
	assetsHost   = "release-assets.githubusercontent.com"
)

// siteOf is the main host of the forge that a host belongs to.
func siteOf(host string) string {
	switch host {
	case apiHost, codeloadHost, assetsHost:
		return githubHost
	}
	return host
}

// handle is the handler of both servers.
func (f *Forge) handle(w http.ResponseWriter, r *http.Request) {
	if !f.active.enter() {
		panic(http.ErrAbortHandler)
	}
	defer f.active.leave()
	if r.Method == http.MethodConnect {
		f.connect(w, r)
		return
	}
	defer f.traffic.request()()
	answer := f.logged(w, r)
	if !f.pause(r.Context()) {
		reset(r)
	}
	if f.isUnreachable(hostOf(r)) {
		if r.TLS != nil {
			reset(r)
		}
		http.Error(answer, "cannot reach "+hostOf(r), http.StatusBadGateway)
		return
	}
	if kind, ok := f.strike(r); ok {
		kind.answer(answer, r, f.route)
		return
	}
	f.route(answer, r)
}

// route answers a request without faults.
func (f *Forge) route(w http.ResponseWriter, r *http.Request) {
	if f.file(w, r) {
		return
	}
	host, path := hostOf(r), strings.TrimPrefix(r.URL.Path, "/")
	if r.TLS == nil && siteOf(host) == githubHost {
		http.Redirect(w, r, "https://"+host+r.URL.RequestURI(), http.StatusMovedPermanently)
		return
	}
	switch host {
	case apiHost:
		f.api(w, r, path)
	case codeloadHost:
		f.codeload(w, r, path)
	case assetsHost:
		f.asset(w, r, path)
	default:
		f.site(w, r, path)
	}
}

// site answers requests to the main host of a forge.
func (f *Forge) site(w http.ResponseWriter, r *http.Request, path string) {
	if rest, ok := strings.CutPrefix(path, "api/v3/"); ok {
		f.api(w, r, rest)
		return
	}
	if path == "api/graphql" {
		f.graphql(w, r)
		return
	}
	if rest, ok := strings.CutPrefix(r.URL.EscapedPath(), "/api/v4/"); ok {
		f.gitlabAPI(w, r, rest)
		return
	}
	if rest, ok := strings.CutPrefix(path, "api/v1/"); ok {
		f.forgejoAPI(w, r, rest)
		return
	}
	if name, service, ok := cutService(path); ok {
		f.smartHTTP(w, r, name, service)
		return
	}
	if f.sourcehutArchive(w, r, path) || f.bitbucketArchive(w, r, path) || f.gitilesArchive(w, r, path) || f.gitilesJSON(w, r, path) {
		return
	}
	if name, rev, ok := strings.Cut(path, "/archive/"); ok && isForgejo(hostOf(r)) {
		f.forgejoWeb(w, r, name, rev)
		return
	} else if ok {
		f.archive(w, r, name, rev)
		return
	}
	if name, file, ok := strings.Cut(path, "/-/releases/"); ok && strings.Contains(file, "/downloads/") {
		f.gitlabAsset(w, r, name, file)
		return
	}
	if strings.Contains(path, "/releases/download/") {
		f.asset(w, r, path)
		return
	}
	f.page(w, r, path)
}

// page is what a browser sees at a repository's address.
func (f *Forge) page(w http.ResponseWriter, r *http.Request, name string) {
	repo := f.find(hostOf(r), name)
	if repo == nil || !repo.admits(r) {
		if !f.moved(w, r, name, "") {
			notFound(w)
		}
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, "<!DOCTYPE html><title>%s</title>\n", html.EscapeString(repo.Name()))
}

// moved redirects to the new name of a renamed repository and reports whether
// there is one. The rest of the path, with its leading slash, stays.
func (f *Forge) moved(w http.ResponseWriter, r *http.Request, name, rest string) bool {
	to, ok := f.newName(name)
	if !ok {
		return false
	}
	if strings.HasSuffix(name, ".git") {
		to += ".git"
	}
	redirect(w, origin(r)+escape("/"+to+rest)+query(r), http.StatusMovedPermanently)
	return true
}

// newName returns what a repository was renamed to.
func (f *Forge) newName(name string) (to string, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	to, ok = f.renamed[strings.ToLower(strings.TrimSuffix(name, ".git"))]
	return to, ok
}

// admits reports whether the request may see the repository.
func (r *Repo) admits(req *http.Request) bool {
	secret := r.secret()
	return secret == "" || bearer(req) == secret
}

// secret is the token that shows the repository, "" if it is public.
func (r *Repo) secret() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.token
}

// admitsToken reports whether the request may see the repository where forges do not look at passwords.
func (r *Repo) admitsToken(req *http.Request) bool {
	if _, _, isBasic := req.BasicAuth(); isBasic {
		req = &http.Request{}
	}
	return r.admits(req)
}

// bearer is the secret that a request carries in any of the ways forges accept.
func bearer(r *http.Request) string {
	if _, password, ok := r.BasicAuth(); ok {
		return password
	}
	scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "bearer") || strings.EqualFold(scheme, "token") {
		return strings.TrimSpace(secret)
	}
	return ""
}

func notFound(w http.ResponseWriter) { http.Error(w, "404: Not Found", http.StatusNotFound) }

// redirect sends the location as it is, absolute as forges send it.
func redirect(w http.ResponseWriter, location string, status int) {
	w.Header().Set("Location", location)
	w.WriteHeader(status)
}

func origin(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func escape(path string) string { return (&url.URL{Path: path}).EscapedPath() }

func query(r *http.Request) string {
	if r.URL.RawQuery == "" {
		return ""
	}
	return "?" + r.URL.RawQuery
}
