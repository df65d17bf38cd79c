package forgetest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"strings"
)

// archive answers OWNER/REPO/archive/REV.tar.gz.
func (f *Forge) archive(w http.ResponseWriter, r *http.Request, name, rev string) {
	host := hostOf(r)
	repo := f.find(host, name)
	if repo == nil && f.moved(w, r, name, "/archive/"+rev) {
		return
	}
	if repo == nil || !repo.admits(r) {
		notFound(w)
		return
	}
	rev, format, ok := cutFormat(rev)
	switch {
	case !ok:
		notFound(w)
	case host == githubHost:
		redirect(w, repo.codeloadURL(format, rev), http.StatusFound)
	default:
		f.sendArchive(w, r, repo, format, rev)
	}
}

// tarball answers the API's /repos/OWNER/REPO/tarball/REV.
func (f *Forge) tarball(w http.ResponseWriter, r *http.Request, repo *Repo, rev string) {
	if rev == "" {
		rev = "HEAD"
	}
	if hostOf(r) == apiHost {
		redirect(w, repo.codeloadURL("legacy.tar.gz", rev), http.StatusFound)
		return
	}
	f.sendArchive(w, r, repo, "legacy.tar.gz", rev)
}

// codeload answers OWNER/REPO/FORMAT/REV on codeload.github.com.
func (f *Forge) codeload(w http.ResponseWriter, r *http.Request, path string) {
	parts := strings.SplitN(path, "/", 4)
	if len(parts) < 4 {
		notFound(w)
		return
	}
	repo := f.find(githubHost, parts[0]+"/"+parts[1])
	if repo == nil || !repo.admits(r) && r.URL.Query().Get("token") != repo.ticket() {
		notFound(w)
		return
	}
	f.sendArchive(w, r, repo, parts[2], parts[3])
}

// cutFormat splits REV.tar.gz or REV.zip.
func cutFormat(file string) (rev, format string, ok bool) {
	for _, format := range []string{"tar.gz", "zip"} {
		if rev, ok := strings.CutSuffix(file, "."+format); ok && rev != "" {
			return rev, format, true
		}
	}
	return "", "", false
}

// codeloadURL is where github.com redirects to. For a private repository it
// carries a ticket that is valid for archives only.
func (r *Repo) codeloadURL(format, rev string) string {
	location := "https://" + codeloadHost + escape("/"+r.Name()+"/"+format+"/"+rev)
	if ticket := r.ticket(); ticket != "" {
		location += "?token=" + ticket
	}
	return location
}

// ticket is the short-lived token of a private repository, empty for a public
// one.
func (r *Repo) ticket() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.token == "" {
		return ""
	}
	sum := sha256.Sum256([]byte("ticket " + r.token))
	return strings.ToUpper(hex.EncodeToString(sum[:14]))
}

// sendArchive answers with the archive of a revision. The formats are tar.gz,
// zip, and legacy.tar.gz, which has another root directory.
func (f *Forge) sendArchive(w http.ResponseWriter, r *http.Request, repo *Repo, format, rev string) {
	commit, status, err := repo.store.Resolve(r.Context(), rev)
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	case status == http.StatusMultipleChoices:
		http.Error(w, "the given path has multiple possibilities: #<Git::Ref:0x00007f0000000001>, #<Git::Ref:0x00007f0000000002>", status)
		return
	case status != http.StatusOK:
		notFound(w)
		return
	}
	root := archiveRoot(repo.Name(), rev)
	contentType := "application/x-gzip"
	switch format {
	case "tar.gz":
	case "legacy.tar.gz":
		root = strings.ReplaceAll(repo.Name(), "/", "-") + "-" + commit[:7]
		format = "tar.gz"
	case "zip":
		contentType = "application/zip"
	default:
		notFound(w)
		return
	}
	w.Header().Set("Content-Type", contentType)
	f.writeArchive(w, r, repo, format, root, commit)
}

// writeArchive writes the archive of a commit, with everything below the directory root.
func (f *Forge) writeArchive(w http.ResponseWriter, r *http.Request, repo *Repo, format, root, commit string) {
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%s.%s", root, format))
	w.Header().Set("ETag", fmt.Sprintf(`W/"%s-%s"`, commit, format))
	if r.Method == http.MethodHead {
		return
	}
	if err := repo.store.Archive(r.Context(), w, format, root, commit); err != nil {
		fmt.Fprintf(f.stderr, "forge: archive of %s: %v\n", repo.Name(), err)
		reset(r)
	}
}

// serveCommit lets send answer with something of a repository's revision, if there is one that the request may see.
func (f *Forge) serveCommit(w http.ResponseWriter, r *http.Request, name, rev string, send func(repo *Repo, commit string) error) {
	repo := f.find(hostOf(r), name)
	if repo == nil && f.moved(w, r, name, strings.TrimPrefix(r.URL.Path, "/"+name)) {
		return
	}
	if repo == nil || !repo.admits(r) {
		notFound(w)
		return
	}
	commit, status, err := repo.store.Resolve(r.Context(), rev)
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
	case status != http.StatusOK:
		notFound(w)
	default:
		if err := send(repo, commit); err != nil {
			fmt.Fprintf(f.stderr, "forge: %s of %s: %v\n", r.URL.Path, name, err)
			reset(r)
		}
	}
}

// archiveRoot is the name of the directory that holds everything:
// "repo-1.0" for v1.0, "repo-feature-x" for feature/x.
func archiveRoot(name, rev string) string {
	for _, prefix := range []string{"refs/tags/", "refs/heads/"} {
		if short, ok := strings.CutPrefix(rev, prefix); ok {
			rev = short
			break
		}
	}
	if len(rev) > 1 && rev[0] == 'v' && rev[1] >= '0' && rev[1] <= '9' {
		rev = rev[1:]
	}
	return path.Base(name) + "-" + strings.ReplaceAll(rev, "/", "-")
}
