package forgetest

import (
	"net/http"
	"regexp"
	"strings"
)

const bitbucketHost = "bitbucket.org"

var bitbucketPath = regexp.MustCompile(`^([^/]+/[^/]+)/get/(.+)\.(tar\.gz|zip)$`)

// bitbucketArchive answers OWNER/REPO/get/REV.tar.gz (or .zip) on bitbucket.org, and reports whether the path has this
// form. The archive is what git archive makes, in a directory OWNER-REPO- and 12 digits of the commit.
func (f *Forge) bitbucketArchive(w http.ResponseWriter, r *http.Request, path string) bool {
	m := bitbucketPath.FindStringSubmatch(path)
	if hostOf(r) != bitbucketHost || m == nil {
		return false
	}
	f.serveCommit(w, r, m[1], m[2], func(repo *Repo, commit string) error {
		root := strings.ReplaceAll(repo.Name(), "/", "-") + "-" + commit[:12]
		w.Header().Set("Content-Disposition", `attachment; filename="`+root+"."+m[3]+`"`)
		w.Header().Set("Content-Type", "application/octet-stream")
		return repo.store.Archive(r.Context(), w, m[3], root, commit)
	})
	return true
}
