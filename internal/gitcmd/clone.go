package gitcmd

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Clone is a temporary repository with the base and some branches of a remote, without history and, if the server can leave
// them out, without files. Nothing of the user's own repository is read or written, and no program of it runs.
type Clone struct {
	git      *Git
	source   source // the remote, and the commit of the base as it was listed
	home     string
	remove   func() error
	name     string // of the base
	base     Commit
	branches map[string]Commit
	making   sync.Mutex // held while a commit is made
}

// maxClone limits what is downloaded for a clone, in bytes, as hash.DefaultDownload does for a pin.
const maxClone = 4 << 30

// tips is where a clone keeps the branches of the remote.
const tips = "refs/tips/"

// Clone fetches the branch base, the remote's default branch if it is "", and the branches that begin with a prefix. The
// remote is reached over https, or over http. The error is a [gitrefs.ErrNotFound] if there is no such base. The caller
// must close the clone.
func (g *Git) Clone(ctx context.Context, remoteURL, base, prefix string) (*Clone, error) {
	if err := checkRemote(remoteURL); err != nil {
		return nil, err
	}
	for _, name := range []string{base + "x", prefix + "x"} {
		if !sources.IsRefName("refs/heads/" + name) {
			return nil, sources.Invalid("%q is not the beginning of a branch's name", strings.TrimSuffix(name, "x"))
		}
	}
	home, remove, err := g.workdir()
	if err != nil {
		return nil, err
	}
	c := &Clone{git: g, source: source{url: remoteURL}, home: home, remove: remove, name: base}
	if err := c.do(ctx, "clone", func(r *repository) error { return c.fetch(r, prefix) }); err != nil {
		return nil, errors.Join(err, remove())
	}
	return c, nil
}

// checkRemote refuses addresses that cannot be pushed to with a token, or that contain one.
func checkRemote(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		err := fmt.Errorf("remote %q: %w", redact.Address(address), ErrTransport)
		return sources.WithHint(err, "use the https:// address of the repository")
	case u.User != nil:
		err := fmt.Errorf("remote %q contains credentials: %w", redact.Address(address), sources.ErrCredentials)
		return sources.WithHint(err, "remove them from the address; pass a token in its variable or in a netrc file")
	}
	return nil
}

// do runs commands in the clone.
func (c *Clone) do(ctx context.Context, task string, commands func(*repository) error) error {
	r, release, err := c.git.bare(ctx, c.home, c.source, maxClone)
	if err == nil {
		err = commands(r)
		release()
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", task, redact.Address(c.source.url), err)
	}
	return nil
}

func (c *Clone) fetch(r *repository, prefix string) error {
	refs, err := r.remoteRefs(c.name != "")
	if err != nil {
		return err
	}
	base, err := findBase(refs, c.name)
	if err != nil {
		return err
	}
	c.name = strings.TrimPrefix(base.Name, "refs/heads/")
	c.source.rev, r.rev = base.ID, base.ID // whose length tells the hash function
	if err := r.init(); err != nil {
		return err
	}
	forget, err := r.keepConfig()
	if err != nil {
		return err
	}
	err = r.transfer("fetch", "-q", "--depth=1", "--filter=blob:none", "--no-tags", "--no-recurse-submodules", "--", "origin",
		"+refs/heads/"+c.name+":"+tips+c.name, "+refs/heads/"+prefix+"*:"+tips+prefix+"*")
	if err := errors.Join(err, forget()); err != nil {
		return err
	}
	names := []string{c.name}
	for _, ref := range refs.List {
		if name, found := strings.CutPrefix(ref.Name, "refs/heads/"+prefix); found && prefix+name != c.name {
			names = append(names, prefix+name)
		}
	}
	return c.readTips(r, names)
}

// remoteRefs lists the refs of the remote, or only its branches.
func (r *repository) remoteRefs(onlyBranches bool) (sources.Refs, error) {
	args := []string{"ls-remote", "--symref"}
	if onlyBranches {
		args = append(args, "--heads") // then the server sends no others
	}
	out, err := r.ask(nil, append(args, "--", r.url)...)
	if err != nil {
		return sources.Refs{}, err
	}
	return parseRefs(out)
}

// keepConfig returns a function that restores the configuration. A fetch with a filter adds the remote as one from which
// later commands get each missing object on their own, one by one, and which only git 2.45 and later can be told not to do
// (git(1), GIT_NO_LAZY_FETCH).
func (r *repository) keepConfig() (restore func() error, err error) {
	file := filepath.Join(r.dir, "config")
	config, err := os.ReadFile(file)
	return func() error { return os.WriteFile(file, config, 0o600) }, err
}

// findBase finds a branch, or the default branch.
func findBase(refs sources.Refs, name string) (sources.Ref, error) {
	ref := "refs/heads/" + name
	if name == "" {
		ref = refs.Head
	}
	base, found := refs.Lookup(ref)
	switch {
	case found && strings.HasPrefix(ref, "refs/heads/"):
		return base, nil
	case len(refs.List) == 0:
		return base, sources.WithHint(noBase("the repository is empty"), "push a first commit")
	case name == "":
		return base, sources.WithHint(noBase("the remote does not say which branch is its default"), "name the base branch")
	}
	return base, sources.WithHint(noBase(fmt.Sprintf("there is no branch %q", name)), "check the name of the base branch")
}

// noBase is a [gitrefs.ErrNotFound], although the repository exists.
type noBase string

func (e noBase) Error() string { return string(e) }
func (e noBase) Is(target error) bool {
	return target == gitrefs.ErrNotFound || target == sources.ErrNotFound
}

// readTips reads the commits of the base and of the branches.
func (c *Clone) readTips(r *repository, names []string) error {
	var revisions []string
	for _, name := range names {
		revisions = append(revisions, tips+name)
	}
	commits, err := r.commits(revisions)
	if err != nil {
		return err
	}
	c.branches = make(map[string]Commit)
	for i, name := range names {
		if commit := commits[i]; commit.ID != "" { // else it was deleted after it had been listed
			c.branches[name] = commit
		}
	}
	c.base = c.branches[c.name]
	delete(c.branches, c.name)
	return nil
}

// BaseName is the name of the base, without refs/heads/.
func (c *Clone) BaseName() string { return c.name }

// Base is the tip of the base.
func (c *Clone) Base() Commit { return c.base }

// Branches are the tips of the branches by name, without refs/heads/. The base is not among them.
func (c *Clone) Branches() map[string]Commit { return c.branches }

// Close removes the clone.
func (c *Clone) Close() error { return c.remove() }
