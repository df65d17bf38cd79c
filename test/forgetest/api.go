package forgetest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Release is a release of a tag, which [Repo.Tag] makes.
type Release struct {
	Tag        string
	Name       string // default the tag
	Body       string // notes, in Markdown
	Prerelease bool
	Draft      bool      // shown only with a private repository's token
	Upcoming   bool      // announced for a later day, as only GitLab does
	Date       time.Time // of creation and publication; default noon of the nth day of 2024
	Assets     []Asset
}

// Asset is a file of a release.
type Asset struct {
	Name string
	Body []byte
	// NoDigest leaves out the digest that GitHub shows, as of files from before 2025.
	NoDigest bool
	// Unfinished says that its upload has begun and not ended, which GitHub shows.
	Unfinished bool
	// URL is where GitLab's link leads if that is elsewhere.
	URL string
}

// The sizes of pages in the API, in entries.
const (
	defaultPage = 30
	maxPage     = 100
)

// The limits per hour that X-RateLimit-Limit shows, in requests.
const (
	anonymousLimit = 60
	userLimit      = 5000
)

// Release publishes a release.
func (r *Repo) Release(release Release) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if release.Name == "" {
		release.Name = release.Tag
	}
	if release.Date.IsZero() {
		release.Date = defaultDate(len(r.releases))
	}
	r.releases = append(r.releases, release)
}

// Upload adds files to a release. They replace those of the same names.
func (r *Repo) Upload(tag string, assets ...Asset) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.releases, func(release Release) bool { return release.Tag == tag })
	if i < 0 {
		r.forge.fatalf("upload to %s: no release %q", r.name, tag)
	}
	kept := slices.DeleteFunc(slices.Clone(r.releases[i].Assets), func(old Asset) bool {
		return slices.ContainsFunc(assets, func(a Asset) bool { return a.Name == old.Name })
	})
	r.releases[i].Assets = append(kept, assets...)
}

// RateLimit makes the API of a host refuse every request and give reset as the
// end of the limit. It never ends on its own; a zero time ends it.
func (f *Forge) RateLimit(host string, reset time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	host = strings.ToLower(host)
	if reset.IsZero() {
		delete(f.limited, host)
		return
	}
	f.limited[host] = reset
}

// api answers the REST API; path is relative to its root.
func (f *Forge) api(w http.ResponseWriter, r *http.Request, path string) {
	if path == "graphql" && hostOf(r) == apiHost {
		f.graphql(w, r)
		return
	}
	if limited := f.countCall(w, r); limited {
		apiLimited(w)
		return
	}
	if path == "rate_limit" {
		f.rateLimit(w, r)
		return
	}
	repo, rest := f.apiRepo(r, path)
	switch {
	case repo == nil && f.apiMoved(w, r, path):
	case repo == nil || !repo.admits(r):
		apiNotFound(w)
	case rest == "":
		githubAPI().checked(w, r, "repos/"+repo.Name(), func(w http.ResponseWriter, r *http.Request) { sendJSON(w, r, githubView{repo, r}.full()) })
	case strings.HasPrefix(rest, "pulls"), strings.HasPrefix(rest, "issues/"):
		githubAPI().checked(w, r, "repos/"+repo.Name()+"/"+rest, func(w http.ResponseWriter, r *http.Request) { f.githubRequests(w, r, repo, rest) })
	case rest == "releases":
		f.releases(w, r, repo)
	case rest == "releases/latest":
		f.latest(w, r, repo)
	case strings.HasPrefix(rest, "releases/tags/"):
		f.releaseByTag(w, r, repo, strings.TrimPrefix(rest, "releases/tags/"))
	case strings.HasPrefix(rest, "compare/"):
		f.compare(w, r, repo, strings.TrimPrefix(rest, "compare/"))
	case rest == "tarball" || strings.HasPrefix(rest, "tarball/"):
		f.tarball(w, r, repo, strings.TrimPrefix(rest[len("tarball"):], "/"))
	default:
		apiNotFound(w)
	}
}

// apiRepo finds the repository of repos/OWNER/REPO/… or repositories/ID/….
func (f *Forge) apiRepo(r *http.Request, path string) (repo *Repo, rest string) {
	parts := strings.SplitN(path, "/", 4)
	switch {
	case parts[0] == "repos" && len(parts) >= 3:
		repo = f.find(siteOf(hostOf(r)), parts[1]+"/"+parts[2])
		return repo, strings.Join(parts[3:], "/")
	case parts[0] == "repositories" && len(parts) >= 2:
		id, err := strconv.Atoi(parts[1])
		if err == nil {
			repo = f.byID(id)
		}
		return repo, strings.Join(parts[2:], "/")
	}
	return nil, ""
}

// apiMoved redirects from the old name of a renamed repository to its number,
// and reports whether there is one.
func (f *Forge) apiMoved(w http.ResponseWriter, r *http.Request, path string) bool {
	parts := strings.SplitN(path, "/", 4)
	if parts[0] != "repos" || len(parts) < 3 {
		return false
	}
	f.mu.Lock()
	to, ok := f.renamed[strings.ToLower(parts[1]+"/"+parts[2])]
	f.mu.Unlock()
	if !ok {
		return false
	}
	repo := f.find(siteOf(hostOf(r)), to)
	if repo == nil {
		return false
	}
	rest := strings.Join(append([]string{""}, parts[3:]...), "/")
	redirect(w, apiRoot(r)+fmt.Sprintf("/repositories/%d", repo.id)+escape(rest)+query(r), http.StatusMovedPermanently)
	return true
}

func apiRoot(r *http.Request) string {
	if hostOf(r) == apiHost {
		return origin(r)
	}
	return origin(r) + "/api/v3"
}

// countCall writes the X-RateLimit fields and reports whether the host is
// closed.
func (f *Forge) countCall(w http.ResponseWriter, r *http.Request) (limited bool) {
	f.mu.Lock()
	f.calls++
	used := f.calls
	reset, limited := f.limited[hostOf(r)]
	f.mu.Unlock()
	limit := anonymousLimit
	if bearer(r) != "" {
		limit = userLimit
	}
	if limited {
		used = limit
	} else {
		used = min(used, limit-1)
		reset = f.started.Add(time.Hour)
	}
	header := w.Header()
	header.Set("X-RateLimit-Limit", strconv.Itoa(limit))
	header.Set("X-RateLimit-Used", strconv.Itoa(used))
	header.Set("X-RateLimit-Remaining", strconv.Itoa(limit-used))
	header.Set("X-RateLimit-Reset", strconv.FormatInt(reset.Unix(), 10))
	header.Set("X-RateLimit-Resource", "core")
	return limited
}

func (f *Forge) rateLimit(w http.ResponseWriter, r *http.Request) {
	number := func(field string) int64 {
		n, _ := strconv.ParseInt(w.Header().Get("X-RateLimit-"+field), 10, 64)
		return n
	}
	rate := map[string]int64{
		"limit":     number("Limit"),
		"used":      number("Used"),
		"remaining": number("Remaining"),
		"reset":     number("Reset"),
	}
	sendJSON(w, r, map[string]any{"resources": map[string]any{"core": rate}, "rate": rate})
}

// published returns the releases that a request may see, newest first.
func (r *Repo) published(req *http.Request) []Release {
	r.mu.Lock()
	defer r.mu.Unlock()
	owner := r.token != "" && bearer(req) == r.token
	releases := slices.DeleteFunc(slices.Clone(r.releases), func(release Release) bool {
		return release.Draft && !owner
	})
	slices.Reverse(releases)
	slices.SortStableFunc(releases, func(a, b Release) int { return b.Date.Compare(a.Date) })
	return releases
}

func (f *Forge) releases(w http.ResponseWriter, r *http.Request, repo *Repo) {
	sendReleases(w, r, repo, min(positive(r, "per_page", defaultPage), maxPage), func(release Release) any { return f.releaseJSON(repo, r, release) })
}

// sendReleases answers with a page of releases of some size.
func sendReleases(w http.ResponseWriter, r *http.Request, repo *Repo, size int, show func(Release) any) {
	sendPage(w, r, repo.published(r), size, show)
}

// sendPage answers with a page of a list.
func sendPage[T any](w http.ResponseWriter, r *http.Request, all []T, size int, show func(T) any) {
	page := positive(r, "page", 1)
	last := max((len(all)+size-1)/size, 1)
	if links := pageLinks(r, page, last); links != "" {
		w.Header().Set("Link", links)
	}
	shown := []any{}
	if page <= last {
		for _, one := range all[(page-1)*size : min(page*size, len(all))] {
			shown = append(shown, show(one))
		}
	}
	sendJSON(w, r, shown)
}

func (f *Forge) latest(w http.ResponseWriter, r *http.Request, repo *Repo) {
	for _, release := range repo.published(r) {
		if !release.Draft && !release.Prerelease {
			sendJSON(w, r, f.releaseJSON(repo, r, release))
			return
		}
	}
	apiNotFound(w)
}

func (f *Forge) releaseJSON(repo *Repo, r *http.Request, release Release) any {
	name := repo.Name()
	site := "https://" + siteOf(hostOf(r)) + "/" + name
	assets := []any{}
	for _, asset := range release.Assets {
		state, sum := "uploaded", sha256.Sum256(asset.Body)
		digest := any("sha256:" + hex.EncodeToString(sum[:]))
		if asset.NoDigest {
			digest = nil
		}
		if asset.Unfinished {
			state = "starter"
		}
		assets = append(assets, map[string]any{
			"name":                 asset.Name,
			"size":                 len(asset.Body),
			"digest":               digest,
			"state":                state,
			"content_type":         "application/octet-stream",
			"browser_download_url": site + escape("/releases/download/"+release.Tag+"/"+asset.Name),
		})
	}
	return map[string]any{
		"tag_name":     release.Tag,
		"name":         release.Name,
		"body":         release.Body,
		"draft":        release.Draft,
		"prerelease":   release.Prerelease,
		"created_at":   release.Date.UTC().Format(time.RFC3339),
		"published_at": release.Date.UTC().Format(time.RFC3339),
		"html_url":     site + escape("/releases/tag/"+release.Tag),
		"tarball_url":  apiRoot(r) + "/repos/" + name + escape("/tarball/"+release.Tag),
		"assets":       assets,
	}
}

// asset answers OWNER/REPO/releases/download/TAG/NAME.
func (f *Forge) asset(w http.ResponseWriter, r *http.Request, path string) {
	name, file, _ := strings.Cut(path, "/releases/download/")
	host := hostOf(r)
	repo := f.find(siteOf(host), name)
	if repo == nil && f.moved(w, r, name, "/releases/download/"+file) {
		return
	}
	if repo == nil || !repo.admits(r) {
		notFound(w)
		return
	}
	for _, release := range repo.published(r) {
		for _, asset := range release.Assets {
			if file != release.Tag+"/"+asset.Name {
				continue
			}
			if host == githubHost {
				redirect(w, "https://"+assetsHost+escape("/"+path), http.StatusFound)
				return
			}
			asset.send(w, r)
			return
		}
	}
	notFound(w)
}

func (a Asset) send(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.Body))
}

func positive(r *http.Request, key string, otherwise int) int {
	n, err := strconv.Atoi(r.URL.Query().Get(key))
	if err != nil || n < 1 {
		return otherwise
	}
	return n
}

// pageLinks is the Link field of RFC 8288 as GitHub fills it.
func pageLinks(r *http.Request, page, last int) string {
	var links []string
	link := func(page int, rel string) {
		values := r.URL.Query()
		values.Set("page", strconv.Itoa(page))
		address := url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: values.Encode()}
		links = append(links, fmt.Sprintf("<%s%s>; rel=%q", origin(r), address.String(), rel))
	}
	if page > 1 {
		link(page-1, "prev")
	}
	if page < last {
		link(page+1, "next")
		link(last, "last")
	}
	if page > 1 {
		link(1, "first")
	}
	return strings.Join(links, ", ")
}

// sendJSON answers with a value, or with 304 if the client has it.
func sendJSON(w http.ResponseWriter, r *http.Request, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	sum := sha256.Sum256(body)
	w.Header().Set("ETag", `W/"`+hex.EncodeToString(sum[:])+`"`)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

func apiLimited(w http.ResponseWriter) {
	apiError(w, http.StatusForbidden, "API rate limit exceeded for 127.0.0.1. (But here's the good news: Authenticated requests get a higher rate limit. Check out the documentation for more details.)", "https://docs.github.com/rest/overview/resources-in-the-rest-api#rate-limiting")
}

func apiNotFound(w http.ResponseWriter) {
	apiError(w, http.StatusNotFound, "Not Found", "https://docs.github.com/rest")
}

func apiError(w http.ResponseWriter, status int, message, documentation string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"message": message, "documentation_url": documentation})
}
