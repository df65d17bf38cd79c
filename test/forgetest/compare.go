package forgetest

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// logged is a commit as git log shows it.
type logged struct {
	id, tree, parents, date, author, email, message string
}

// title is the first line of the message.
func (l logged) title() string {
	title, _, _ := strings.Cut(l.message, "\n")
	return title
}

// between returns the commits after one revision up to another one, oldest first. It fails if either does not exist.
func (r *Repo) between(ctx context.Context, from, to string) (all []logged, ok bool) {
	base, status, err := r.store.Resolve(ctx, from)
	head, status2, err2 := r.store.Resolve(ctx, to)
	if err != nil || err2 != nil || status != http.StatusOK || status2 != http.StatusOK {
		return nil, false
	}
	out, err := r.forge.git.output(ctx, r.dir, nil, "log", "-z", "--reverse", "--format=%H%n%T%n%P%n%cI%n%an%n%ae%n%B", base+".."+head)
	if err != nil {
		return nil, false
	}
	for text := range strings.SplitSeq(strings.TrimSuffix(out, "\x00"), "\x00") {
		if p := strings.SplitN(text, "\n", 7); len(p) == 7 {
			all = append(all, logged{p[0], p[1], p[2], p[3], p[4], p[5], p[6]})
		}
	}
	return all, true
}

// release returns the release of a tag that a request may see.
func (r *Repo) release(req *http.Request, tag string) (Release, bool) {
	all := r.published(req)
	i := slices.IndexFunc(all, func(release Release) bool { return release.Tag == tag })
	if i < 0 {
		return Release{}, false
	}
	return all[i], true
}

// releaseByTag answers GitHub's releases/tags/TAG.
func (f *Forge) releaseByTag(w http.ResponseWriter, r *http.Request, repo *Repo, tag string) {
	release, found := repo.release(r, tag)
	if !found || release.Draft {
		apiNotFound(w)
		return
	}
	sendJSON(w, r, f.releaseJSON(repo, r, release))
}

// maxCompared is how many commits GitHub compares on a page.
const maxCompared = 250

// compare answers GitHub's compare/FROM...TO, the oldest commit first.
func (f *Forge) compare(w http.ResponseWriter, r *http.Request, repo *Repo, revs string) {
	from, to, _ := strings.Cut(revs, "...")
	all, ok := repo.between(r.Context(), from, to)
	if !ok {
		apiNotFound(w)
		return
	}
	commits := []any{}
	for _, c := range all[:min(len(all), maxCompared)] {
		commits = append(commits, commitJSON(c, origin(r)+"/"+repo.Name()))
	}
	sendJSON(w, r, map[string]any{
		"status": "ahead", "ahead_by": len(all), "behind_by": 0, "total_commits": len(all), "commits": commits, "files": []any{},
		"url": apiRoot(r) + "/repos/" + repo.Name() + escape("/compare/"+revs),
	})
}

// commitJSON is a commit as GitHub and Forgejo show it.
func commitJSON(c logged, page string) any {
	person := map[string]any{"name": c.author, "email": c.email, "date": c.date}
	parents := []any{}
	for id := range strings.FieldsSeq(c.parents) {
		parents = append(parents, map[string]any{"sha": id, "url": page + "/commit/" + id})
	}
	return map[string]any{
		"sha": c.id, "url": page + "/commit/" + c.id, "html_url": page + "/commit/" + c.id, "author": nil, "committer": nil, "parents": parents,
		"commit": map[string]any{
			"message": c.message, "author": person, "committer": person, "tree": map[string]any{"sha": c.tree, "url": page + "/tree/" + c.tree},
			"url": page + "/commit/" + c.id,
		},
	}
}

// gitlabRelease answers releases/TAG, where the tag is still escaped.
func (f *Forge) gitlabRelease(w http.ResponseWriter, r *http.Request, repo *Repo, escaped string) {
	tag, err := url.PathUnescape(escaped)
	release, found := repo.release(r, tag)
	if err != nil || !found {
		gitlabNotFound(w, "404 Not Found")
		return
	}
	sendJSON(w, r, gitlabReleaseJSON(repo, r, release))
}

// gitlabCompare answers repository/compare, the oldest commit first.
func (f *Forge) gitlabCompare(w http.ResponseWriter, r *http.Request, repo *Repo) {
	all, ok := repo.between(r.Context(), r.URL.Query().Get("from"), r.URL.Query().Get("to"))
	if !ok {
		gitlabNotFound(w, "404 Not Found")
		return
	}
	commits := []any{}
	for _, c := range all {
		commits = append(commits, map[string]any{
			"id": c.id, "short_id": c.id[:8], "title": c.title(), "message": c.message, "created_at": c.date, "committed_date": c.date, "authored_date": c.date,
			"parent_ids": strings.Fields(c.parents), "author_name": c.author, "author_email": c.email, "committer_name": c.author, "committer_email": c.email,
			"web_url": origin(r) + "/" + repo.Name() + "/-/commit/" + c.id,
		})
	}
	sendJSON(w, r, map[string]any{"commits": commits, "diffs": []any{}, "compare_timeout": false, "compare_same_ref": len(all) == 0})
}

// forgejoNotes answers releases/tags/TAG and compare/FROM...TO, the newest commit first.
func (f *Forge) forgejoNotes(w http.ResponseWriter, r *http.Request, repo *Repo, rest string) {
	if repo == nil || !repo.admits(r) {
		forgejoNotFound(w)
		return
	}
	if tag, ok := strings.CutPrefix(rest, "releases/tags/"); ok {
		if release, found := repo.release(r, tag); found {
			sendJSON(w, r, forgejoReleaseJSON(r, release))
			return
		}
	}
	from, to, _ := strings.Cut(strings.TrimPrefix(rest, "compare/"), "...")
	all, ok := repo.between(r.Context(), from, to)
	if !ok {
		forgejoNotFound(w)
		return
	}
	commits := []any{}
	for _, c := range slices.Backward(all) {
		commits = append(commits, commitJSON(c, origin(r)+"/"+repo.Name()))
	}
	sendJSON(w, r, map[string]any{"total_commits": len(all), "commits": commits})
}
