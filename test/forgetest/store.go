package forgetest

import (
	"compress/gzip"
	"context"
	"io"
	"log"
	"net/http"
	"net/http/cgi"
	"os"
	"path/filepath"
	"strings"
)

// Store holds the refs and archives of one repository.
type Store interface {
	// Head returns the name of the default branch, or nothing.
	Head() string
	// ServeGit answers git smart HTTP. The request's path is relative to the
	// repository: /info/refs or /git-upload-pack.
	ServeGit(w http.ResponseWriter, r *http.Request)
	// Resolve returns the commit that a revision in the address of an archive
	// means. The status is 200, 300 if the revision is both a branch and a
	// tag, or 404.
	Resolve(ctx context.Context, rev string) (commit string, status int, err error)
	// Archive writes the archive of a commit. The format is tar.gz or zip, and
	// root is the directory that contains everything.
	Archive(ctx context.Context, w io.Writer, format, root, commit string) error
}

// gitStore is a git repository on disk, served by the git program.
type gitStore struct {
	git    git
	dir    string // git directory
	stderr io.Writer
}

func (s gitStore) Head() string {
	data, err := os.ReadFile(filepath.Join(s.dir, "HEAD"))
	if err != nil {
		return ""
	}
	branch, _ := strings.CutPrefix(strings.TrimSpace(string(data)), "ref: refs/heads/")
	return branch
}

// ServeGit runs git http-backend. It returns only when http-backend and
// everything it started have closed their standard error, so no git process
// outlives a request.
func (s gitStore) ServeGit(w http.ResponseWriter, r *http.Request) { s.serve(w, r) }

// serve runs git http-backend with more variables.
func (s gitStore) serve(w http.ResponseWriter, r *http.Request, env ...string) {
	r.TransferEncoding = nil // the handler refuses a body of unknown length
	backend := &cgi.Handler{
		Path:   s.git.program,
		Args:   []string{"http-backend"},
		Dir:    s.dir,
		Env:    append(append(s.git.env(), "GIT_PROJECT_ROOT="+s.dir, "GIT_HTTP_EXPORT_ALL=1"), env...),
		Stderr: s.stderr, // not an *os.File: then the handler would not wait
		Logger: log.New(s.stderr, "forge: ", 0),
	}
	backend.ServeHTTP(w, r)
}

func (s gitStore) Archive(ctx context.Context, w io.Writer, format, root, commit string) error {
	if format == "tar.gz" {
		// Older versions of git run the gzip program, which may be missing.
		format = "tar"
		z := gzip.NewWriter(w)
		defer z.Close()
		w = z
	}
	cmd := s.git.command(ctx, s.dir, "archive", "--format="+format, "--prefix="+root+"/", commit)
	cmd.Stdout = w
	cmd.Stderr = s.stderr
	return cmd.Run()
}

func (s gitStore) Resolve(ctx context.Context, rev string) (commit string, status int, err error) {
	// cat-file would interpret what git-check-ref-format(1) forbids.
	if rev == "" || strings.ContainsAny(rev, "\x00\n ~^:?*[\\") || strings.Contains(rev, "@{") || strings.Contains(rev, "..") {
		return "", http.StatusNotFound, nil
	}
	asked := []string{"refs/tags/" + rev, "refs/heads/" + rev}
	switch {
	case strings.HasPrefix(rev, "refs/"):
		asked = []string{rev}
	case rev == "HEAD" || isAbbreviation(rev):
		asked = append(asked, rev)
	}
	commits, err := s.commits(ctx, asked)
	if err != nil {
		return "", 0, err
	}
	if len(commits) > 1 && commits[0] != "" && commits[1] != "" {
		return "", http.StatusMultipleChoices, nil
	}
	for _, commit := range commits {
		if commit != "" {
			return commit, http.StatusOK, nil
		}
	}
	return "", http.StatusNotFound, nil
}

// commits asks one git process for the commit of each revision, empty if there
// is none.
func (s gitStore) commits(ctx context.Context, revs []string) ([]string, error) {
	stdin := strings.Join(revs, "^{commit}\n") + "^{commit}\n"
	out, err := s.git.output(ctx, s.dir, []byte(stdin), "cat-file", "--batch-check=%(objectname)")
	if err != nil {
		return nil, err
	}
	commits := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	for i, line := range commits {
		if strings.Contains(line, " ") { // "missing" or "ambiguous"
			commits[i] = ""
		}
	}
	return commits, nil
}

// isAbbreviation reports whether rev can be a commit ID or the start of one.
func isAbbreviation(rev string) bool {
	return len(rev) >= 4 && len(rev) <= 64 && strings.Trim(rev, "0123456789abcdef") == ""
}
