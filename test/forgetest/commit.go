package forgetest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
)

const defaultAuthor = "Ada Maintainer <ada@example.org>"

// File is what a commit does to one path. At most one of Symlink, Submodule
// and Delete is set; otherwise it is a regular file.
type File struct {
	Body       string // contents of a regular file
	Executable bool
	Symlink    string // target
	Submodule  string // commit ID; add .gitmodules as a file
	Delete     bool
}

// Files is a set of changes by path, with slashes.
type Files map[string]File

// Txtar reads regular files from a text archive; a path that ends in "*", as
// ls -F writes it, is executable.
func Txtar(archive string) Files {
	files := Files{}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		name, executable := strings.CutSuffix(f.Name, "*")
		files[name] = File{Body: string(f.Data), Executable: executable}
	}
	return files
}

// CommitOptions are the choices of [Repo.Commit].
type CommitOptions struct {
	// Message, default "commit N", where N counts the repository's commits from 1.
	Message string
	// Date of author and committer; a whole second, written in UTC. Default
	// noon of the Nth day of 2024.
	Date time.Time
	// Author and committer, default "Ada Maintainer <ada@example.org>".
	Author string
	// Merge lists more parents.
	Merge []string
}

// Commit adds a commit to a branch and returns its ID. The files change the
// branch's tree; an unnamed path stays as it is. A branch that does not exist
// begins without a parent: use [Repo.Branch] to fork.
func (r *Repo) Commit(branch string, files Files, opts ...CommitOptions) string {
	r.builds()
	var o CommitOptions
	if len(opts) > 0 {
		o = opts[0]
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.commits
	r.commits++
	if o.Message == "" {
		o.Message = fmt.Sprintf("commit %d", n+1)
	}
	if o.Date.IsZero() {
		o.Date = defaultDate(n)
	}
	if o.Author == "" {
		o.Author = defaultAuthor
	}
	ref := "refs/heads/" + branch
	stream := commitStream(ref, r.ref(ref), files, o)
	return r.run(stream, "fast-import", "--quiet", "--force", "--done")
}

// commitStream is the input of git fast-import for one commit; its output is
// the commit's ID.
func commitStream(ref, parent string, files Files, o CommitOptions) string {
	var s strings.Builder
	fmt.Fprintf(&s, "commit %s\nmark :1\n", ref)
	for _, role := range []string{"author", "committer"} {
		fmt.Fprintf(&s, "%s %s %d +0000\n", role, o.Author, o.Date.Unix())
	}
	data(&s, o.Message+"\n")
	if parent != "" {
		fmt.Fprintf(&s, "from %s\n", parent)
	}
	for _, parent := range o.Merge {
		fmt.Fprintf(&s, "merge %s\n", parent)
	}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		file, path := files[path], quote(path)
		switch {
		case file.Delete:
			fmt.Fprintf(&s, "D %s\n", path)
		case file.Submodule != "":
			fmt.Fprintf(&s, "M 160000 %s %s\n", file.Submodule, path)
		case file.Symlink != "":
			fmt.Fprintf(&s, "M 120000 inline %s\n", path)
			data(&s, file.Symlink)
		case file.Executable:
			fmt.Fprintf(&s, "M 100755 inline %s\n", path)
			data(&s, file.Body)
		default:
			fmt.Fprintf(&s, "M 100644 inline %s\n", path)
			data(&s, file.Body)
		}
	}
	s.WriteString("\nget-mark :1\ndone\n")
	return s.String()
}

func data(s *strings.Builder, body string) {
	fmt.Fprintf(s, "data %d\n%s\n", len(body), body)
}

// quote writes a path in the C style that fast-import reads.
func quote(path string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(path) + `"`
}
