package forgetest

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var gitilesCommit = regexp.MustCompile(`^(.+?)/\+/([^/]+)$`)

// gitilesJSON answers PATH/+/REV?format=JSON with what Gitiles tells of a commit, and reports whether the request has this
// form.
func (f *Forge) gitilesJSON(w http.ResponseWriter, r *http.Request, path string) bool {
	m := gitilesCommit.FindStringSubmatch(path)
	if m == nil || r.URL.Query().Get("format") != "JSON" {
		return false
	}
	f.serveCommit(w, r, m[1], m[2], func(repo *Repo, commit string) error {
		seconds, err := f.git.output(r.Context(), repo.dir, nil, "show", "-s", "--format=%ct", commit)
		if err != nil {
			return err
		}
		at, err := strconv.ParseInt(strings.TrimSpace(seconds), 10, 64)
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, err = fmt.Fprintf(w, ")]}'\n{\"commit\":%q,\"committer\":{\"name\":\"Ada\",\"time\":%q},\"message\":\"\"}\n",
			commit, time.Unix(at, 0).UTC().Format("Mon Jan 02 15:04:05 2006 -0700"))
		return err
	})
	return true
}

var gitilesPath = regexp.MustCompile(`^(.+?)/\+archive/(.+)\.tar\.gz$`)

// gitilesArchive answers PATH/+archive/REV.tar.gz, and reports whether the path has this form. JGit makes the archive, of
// a tree and not of a commit (gitiles, ArchiveServlet): without a directory around it, without the commit's ID and
// date, and without regard to .gitattributes.
func (f *Forge) gitilesArchive(w http.ResponseWriter, r *http.Request, path string) bool {
	m := gitilesPath.FindStringSubmatch(path)
	if m == nil {
		return false
	}
	f.serveCommit(w, r, m[1], m[2], func(repo *Repo, commit string) error {
		w.Header().Set("Content-Type", "application/x-gzip")
		return f.git.archiveTree(r.Context(), w, repo.dir, commit)
	})
	return true
}

// archiveTree writes a tar of the files of a commit as they are in the repository, dated now.
func (g git) archiveTree(ctx context.Context, w io.Writer, dir, commit string) error {
	list, err := g.output(ctx, dir, nil, "ls-tree", "-r", "-t", "-z", commit)
	if err != nil {
		return err
	}
	z := gzip.NewWriter(w)
	t := tar.NewWriter(z)
	for line := range strings.SplitSeq(strings.TrimSuffix(list, "\x00"), "\x00") {
		about, name, _ := strings.Cut(line, "\t")
		var mode fs.FileMode
		var kind, id string
		if _, err := fmt.Sscanf(about, "%o %s %s", &mode, &kind, &id); err != nil {
			return fmt.Errorf("line %q of ls-tree: %w", line, err)
		}
		header := &tar.Header{Name: name, Mode: int64(mode & 0o777), ModTime: time.Now()}
		body := ""
		switch {
		case kind != "blob": // a directory, or a submodule's place
			header.Typeflag, header.Name, header.Mode = tar.TypeDir, name+"/", 0o755
		default:
			if body, err = g.output(ctx, dir, nil, "cat-file", "blob", id); err != nil {
				return err
			}
			if header.Typeflag, header.Size = tar.TypeReg, int64(len(body)); mode == 0o120000 {
				header.Typeflag, header.Size, header.Linkname, body = tar.TypeSymlink, 0, body, ""
			}
		}
		if err := t.WriteHeader(header); err != nil {
			return err
		}
		if _, err := io.WriteString(t, body); err != nil {
			return err
		}
	}
	if err := t.Close(); err != nil {
		return err
	}
	return z.Close()
}
