package forgetest

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Repo is one repository of a forge. It is bare and has no commits until
// [Repo.Commit] or [Forge.Import] gives it some. Its methods end the test (or
// panic, if the forge was made by [Start]) on misuse.
type Repo struct {
	forge    *Forge
	id       int    // from 1, as the API calls it
	host     string // lower case, or empty for every host
	dir      string // git directory
	store    Store
	readOnly bool // not made by the forge

	mu       sync.Mutex
	name     string // "owner/repo", with the upper and lower case it was given
	commits  int    // made so far, for the default date
	token    string // empty if public
	releases []Release

	requests requests
}

// RepoOption is a choice made when a repository is made.
type RepoOption func(*repoOptions)

type repoOptions struct{ sha256 bool }

// SHA256 makes a repository whose object IDs are SHA-256.
func SHA256() RepoOption { return func(o *repoOptions) { o.sha256 = true } }

// Repo returns the repository of that name, "owner/repo" or with more groups,
// which every host has; the first call makes it. Names ignore case.
func (f *Forge) Repo(name string, opts ...RepoOption) *Repo {
	return f.RepoOn("", name, opts...)
}

// RepoOn returns the repository of that name that only one host has; the
// first call makes it. That host shows it in place of the one that all have.
func (f *Forge) RepoOn(host, name string, opts ...RepoOption) *Repo {
	var options repoOptions
	for _, opt := range opts {
		opt(&options)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if r := f.exact(host, name); r != nil {
		return r
	}
	r := f.add(host, name, "")
	if err := initBare(r.dir, options.sha256); err != nil {
		f.fatalf("make repository %q: %v", name, err)
	}
	return r
}

// Serve adds a repository that every host has and whose refs and archives come
// from store. It can only be read.
func (f *Forge) Serve(name string, store Store) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.add("", name, "")
	r.store, r.readOnly = store, true
}

// add enters a repository; without a dir it gets its own. f.mu is held.
func (f *Forge) add(host, name, dir string) *Repo {
	r := &Repo{
		forge:    f,
		id:       len(f.repos) + 1,
		host:     strings.ToLower(host),
		name:     strings.TrimSuffix(name, ".git"),
		dir:      dir,
		readOnly: dir != "",
	}
	if dir == "" {
		r.dir = filepath.Join(f.dir, "repos", fmt.Sprintf("%d.git", r.id))
	}
	r.store = gitStore{f.git, r.dir, f.stderr}
	f.repos = append(f.repos, r)
	f.byName[key(host, name)] = r
	return r
}

// key is the key of a repository in Forge.byName: forges ignore case.
func key(host, name string) string {
	return strings.ToLower(host + "/" + strings.TrimSuffix(name, ".git"))
}

// exact finds a repository by the host it was made for. f.mu is held.
func (f *Forge) exact(host, name string) *Repo { return f.byName[key(host, name)] }

// find finds what a host shows under a name: its own repository, or the one
// that every host has; nil if none.
func (f *Forge) find(host, name string) *Repo {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r := f.exact(host, name); r != nil {
		return r
	}
	return f.exact("", name)
}

// initBare makes the few files that gitrepository-layout(5) requires, which is
// faster than starting git init.
func initBare(dir string, sha256 bool) error {
	for _, name := range []string{"objects", "refs/heads", "refs/tags"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			return err
		}
	}
	config := "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"
	if sha256 {
		config = "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectformat = sha256\n"
	}
	if err := os.WriteFile(filepath.Join(dir, "config"), []byte(config), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "HEAD"), []byte("ref: refs/heads/main\n"), 0o644)
}

// Name is "owner/repo".
func (r *Repo) Name() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.name
}

// Dir is the git directory, for a test that asks the git program itself.
func (r *Repo) Dir() string { return r.dir }

// URL is the address of the repository, on github.com unless it was made for
// another host.
func (r *Repo) URL() string {
	host := r.host
	if host == "" {
		host = githubHost
	}
	return "https://" + host + "/" + r.Name()
}

// Branch makes a branch or moves it to a commit.
func (r *Repo) Branch(name, commit string) { r.setRef("refs/heads/"+name, commit) }

// Tag makes a lightweight tag. It is misuse if the tag exists.
func (r *Repo) Tag(name, commit string) { r.newTag(name, commit) }

// MoveTag makes a lightweight tag, whatever the tag was before.
func (r *Repo) MoveTag(name, commit string) { r.setRef("refs/tags/"+name, commit) }

// AnnotatedTag makes a tag object that points to a commit, and returns the
// object's ID. Its date is by default that of the repository's last commit. It
// is misuse if the tag exists.
func (r *Repo) AnnotatedTag(name, commit, message string, dates ...time.Time) string {
	r.builds()
	r.mu.Lock()
	date := defaultDate(max(r.commits-1, 0))
	r.mu.Unlock()
	if len(dates) > 0 && !dates[0].IsZero() {
		date = dates[0]
	}
	object := fmt.Sprintf("object %s\ntype commit\ntag %s\ntagger %s %d +0000\n\n%s\n", commit, name, defaultAuthor, date.Unix(), message)
	id := r.run(object, "hash-object", "-t", "tag", "-w", "--stdin")
	r.newTag(name, id)
	return id
}

// DefaultBranch sets what HEAD means. New repositories have main.
func (r *Repo) DefaultBranch(name string) {
	r.builds()
	r.write("HEAD", "ref: refs/heads/"+name)
}

// DeleteRef deletes a ref, given in full: refs/heads/old.
func (r *Repo) DeleteRef(ref string) {
	r.builds()
	if err := os.Remove(r.refFile(ref)); err != nil {
		r.forge.fatalf("delete ref of %s: %v", r.name, err)
	}
}

// Rev returns the commit ID that a revision means, as git rev-parse finds it.
func (r *Repo) Rev(revision string) string {
	return r.run("", "rev-parse", "--verify", "--end-of-options", revision+"^{commit}")
}

// Private hides the repository from requests without the token.
func (r *Repo) Private(token string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.token = token
}

// Private hides a repository from requests without the token: as a Basic
// password with any user name, or as a Bearer or token Authorization.
func (f *Forge) Private(name, token string) { f.Repo(name).Private(token) }

// Rename moves a repository, and leaves redirects at its old name as GitHub
// does.
func (f *Forge) Rename(from, to string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.exact("", from)
	if r == nil {
		f.fatalf("rename %q: no such repository", from)
		return
	}
	f.renamed[strings.ToLower(from)] = to
	delete(f.byName, key("", from))
	f.byName[key("", to)] = r
	r.mu.Lock()
	defer r.mu.Unlock()
	r.name = to
}

func (r *Repo) newTag(name, id string) {
	if _, err := os.Lstat(r.refFile("refs/tags/" + name)); err == nil {
		r.forge.fatalf("tag %q of %s exists; MoveTag moves it", name, r.name)
	}
	r.setRef("refs/tags/"+name, id)
}

func (r *Repo) setRef(ref, id string) {
	r.builds()
	if len(id) != 40 && len(id) != 64 {
		r.forge.fatalf("set %s of %s: %q is no object ID", ref, r.name, id)
	}
	r.write(ref, id)
}

// ref returns the object ID of a loose ref, or nothing. All refs of
// repositories made here are loose.
func (r *Repo) ref(ref string) string {
	data, err := os.ReadFile(r.refFile(ref))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}

func (r *Repo) refFile(ref string) string {
	if !strings.HasPrefix(ref, "refs/") || path.Clean(ref) != ref {
		r.forge.fatalf("%q is no ref of %s", ref, r.name)
	}
	return filepath.Join(r.dir, filepath.FromSlash(ref))
}

// write replaces a one-line file of the repository. Readers see the old or the
// new line.
func (r *Repo) write(name, line string) {
	file := filepath.Join(r.dir, filepath.FromSlash(name))
	err := os.MkdirAll(filepath.Dir(file), 0o755)
	if err == nil {
		err = os.WriteFile(file+".lock", []byte(line+"\n"), 0o644)
	}
	if err == nil {
		err = os.Rename(file+".lock", file)
	}
	if err != nil {
		r.forge.fatalf("write %s of %s: %v", name, r.name, err)
	}
}

// builds must be called before the repository is changed.
func (r *Repo) builds() {
	if r.readOnly {
		r.forge.fatalf("%s was not made by this forge and is only read", r.name)
	}
}

// run returns the output of git, without the final newline.
func (r *Repo) run(stdin string, args ...string) string {
	out, err := r.forge.git.output(r.forge.ctx, r.dir, []byte(stdin), args...)
	if err != nil {
		r.forge.fatalf("%s: %v", r.name, err)
	}
	return strings.TrimSuffix(out, "\n")
}

// defaultDate is the date of a repository's nth commit, counted from 0: noon
// of the nth day of 2024.
func defaultDate(n int) time.Time {
	return time.Date(2024, time.January, 1+n, 12, 0, 0, 0, time.UTC)
}
