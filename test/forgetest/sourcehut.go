package forgetest

import (
	"net/http"
	"path"
	"regexp"
)

var sourcehutPath = regexp.MustCompile(`^(~[^/]+/[^/]+)/archive/(.+)\.tar\.gz$`)

// sourcehutArchive answers ~OWNER/REPO/archive/REV.tar.gz, and reports whether the path has this form. The archive is
// what git archive makes, in a directory REPO-REV.
func (f *Forge) sourcehutArchive(w http.ResponseWriter, r *http.Request, at string) bool {
	m := sourcehutPath.FindStringSubmatch(at)
	if m == nil {
		return false
	}
	f.serveCommit(w, r, m[1], m[2], func(repo *Repo, commit string) error {
		w.Header().Set("Content-Type", "application/octet-stream")
		return repo.store.Archive(r.Context(), w, "tar.gz", path.Base(repo.Name())+"-"+m[2], commit)
	})
	return true
}
