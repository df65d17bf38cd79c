package gitcmd

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Person is an author or a committer.
type Person struct{ Name, Email string }

// Commit is a commit of a [Clone].
type Commit struct {
	ID, Tree          string
	Parents           []string
	Author, Committer Person
	Date              time.Time // of the committer, in UTC
	Message           string
}

// NewCommit is a commit to be made: Parent with other contents of some files.
type NewCommit struct {
	Parent  Commit
	Files   map[string][]byte // by path from the root; the mode of a file stays, a new one is a plain file
	Message string            // gets a final newline if it has none
	Author  Person            // and committer
	Date    time.Time         // recorded in UTC, in whole seconds
}

// Commit makes a commit in the clone. The same commit gets the same ID each time. The error is an [ErrNotFile] if a path
// is, or leads through, something else in the parent.
func (c *Clone) Commit(ctx context.Context, n NewCommit) (made Commit, err error) {
	if err := n.validate(); err != nil {
		return Commit{}, err
	}
	c.making.Lock()
	defer c.making.Unlock()
	err = c.do(ctx, "commit to the clone of", func(r *repository) error {
		modes, err := r.modes(n.Parent.Tree, slices.Sorted(maps.Keys(n.Files)))
		if err != nil {
			return err
		}
		id, err := r.output(n.stream(modes), "fast-import", "--quiet", "--force", "--done")
		if err != nil {
			return err
		}
		commits, err := r.commits([]string{strings.TrimSpace(string(id))})
		if err == nil {
			made = commits[0]
		}
		return err
	})
	return made, err
}

func (n NewCommit) validate() error {
	for _, text := range []string{n.Author.Name, n.Author.Email} {
		if strings.TrimSpace(text) == "" || strings.ContainsAny(text, "<>\n\x00") {
			return sources.Invalid("author %q: git needs a name and an address without <, > and line breaks", n.Author)
		}
	}
	if strings.Contains(n.Message, "\x00") {
		return sources.Invalid("the message of the commit contains a NUL byte")
	}
	for file := range n.Files {
		if err := checkPath(file); err != nil {
			return err
		}
	}
	return nil
}

// modes returns the modes of files in a tree, and that of a plain file for those that are not there.
func (r *repository) modes(tree string, files []string) (map[string]string, error) {
	args := []string{"ls-tree", "-z", "-t", tree, "--"}
	modes := make(map[string]string)
	for _, file := range files {
		modes[file] = "100644"
		for dir := file; dir != "."; dir = path.Dir(dir) {
			args = append(args, dir)
		}
	}
	out, err := r.output(nil, args...)
	if err != nil {
		return nil, err
	}
	for entry := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") { // MODE TYPE ID, a tab, the path
		facts, name, _ := strings.Cut(entry, "\t")
		mode, _, _ := strings.Cut(facts, " ")
		if _, isFile := modes[name]; isFile {
			modes[name] = mode
		}
		isBlocked := func(file string) bool {
			return name == file && !isPlain(mode) || strings.HasPrefix(file, name+"/") && mode != "040000"
		}
		if entry != "" && slices.ContainsFunc(files, isBlocked) {
			return nil, fmt.Errorf("%q of tree %s: %w", name, tree, ErrNotFile)
		}
	}
	return modes, nil
}

// stream is the input of git fast-import for the commit. Its output is the commit's ID.
func (n NewCommit) stream(modes map[string]string) []byte {
	var s strings.Builder
	data := func(text string) { fmt.Fprintf(&s, "data %d\n%s\n", len(text), text) }
	s.WriteString("commit refs/made\nmark :1\n")
	for _, role := range []string{"author", "committer"} {
		fmt.Fprintf(&s, "%s %s <%s> %d +0000\n", role, n.Author.Name, n.Author.Email, n.Date.Unix())
	}
	data(strings.TrimSuffix(n.Message, "\n") + "\n")
	fmt.Fprintf(&s, "from %s\n", n.Parent.ID)
	for _, file := range slices.Sorted(maps.Keys(n.Files)) {
		quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(file)
		fmt.Fprintf(&s, "M %s inline \"%s\"\n", modes[file], quoted)
		data(string(n.Files[file]))
	}
	s.WriteString("get-mark :1\ndone\n")
	return []byte(s.String())
}

// commits reads commits with one process. That of a revision that does not exist has no ID.
func (r *repository) commits(revisions []string) ([]Commit, error) {
	commits := make([]Commit, len(revisions))
	err := r.objects(revisions, func(i int, o object) (err error) {
		switch o.kind {
		case "":
		case "commit":
			commits[i] = parseCommit(o)
		default:
			err = fmt.Errorf("%s is a %s, not a commit: %w", revisions[i], o.kind, gitrefs.ErrProtocol)
		}
		return err
	})
	return commits, err
}

// parseCommit reads a commit (gitformat-commit, in git's documentation of its object database). It does not read headers
// such as a signature, which continue in lines that begin with a space.
func parseCommit(o object) Commit {
	c := Commit{ID: o.id}
	headers, message, _ := strings.Cut(string(o.data), "\n\n")
	c.Message = message
	for header := range strings.SplitSeq(headers, "\n") {
		key, value, _ := strings.Cut(header, " ")
		switch key {
		case "tree":
			c.Tree = value
		case "parent":
			c.Parents = append(c.Parents, value)
		case "author":
			c.Author, _ = parsePerson(value)
		case "committer":
			c.Committer, c.Date = parsePerson(value)
		}
	}
	return c
}

// parsePerson reads "NAME <ADDRESS> SECONDS ZONE".
func parsePerson(text string) (Person, time.Time) {
	name, rest, _ := strings.Cut(text, "<")
	at := strings.LastIndexByte(rest, '>')
	if at < 0 {
		return Person{Name: strings.TrimSpace(text)}, time.Time{}
	}
	p := Person{strings.TrimSpace(name), rest[:at]}
	seconds, _, _ := strings.Cut(strings.TrimSpace(rest[at+1:]), " ")
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return p, time.Time{}
	}
	return p, time.Unix(n, 0).UTC()
}
