package gitcmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/internal/retry"
	"github.com/pinfetch/pinfetch/pkg/redact"
)

// source is what is checked out: one commit of one remote.
type source struct {
	url, rev string
}

// repository has one source in a git directory outside the tree, so that git looks for no other. It can be checked out
// in several places.
type repository struct {
	source
	w        *worktree
	address  *url.URL
	dir      string            // the git directory
	place    string            // where the commit is checked out, absolute
	lfs      []string          // settings with which git calls git-lfs
	gitlinks map[string]string // commits of submodules, by path

	submodules []submodule
}

// newRepository makes a repository without a git directory. A builder can use only http and https.
func (w *worktree) newRepository(s source) (*repository, error) {
	u, err := url.Parse(s.url)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return nil, fmt.Errorf("address %q: %w: builds fetch over https and http only", redact.Address(s.url), ErrTransport)
	}
	return &repository{source: s, w: w, address: u}, nil
}

// bare returns a repository in a directory that is for commands without a tree. They end when more than maxBytes have been
// downloaded. release must be called after the last.
func (g *Git) bare(ctx context.Context, home string, s source, maxBytes int64) (r *repository, release func(), err error) {
	address, err := url.Parse(s.url)
	if err != nil {
		return nil, nil, fmt.Errorf("invalid address %q: %w", redact.Address(s.url), ErrTransport)
	}
	check := func(size Size) error {
		if size.Download > maxBytes {
			return errTooLarge
		}
		return nil
	}
	stall, _ := g.stall()
	w := &worktree{git: g, home: home, c: Checkout{Check: check}, pace: pace{stall: stall}}
	w.made.Dir = filepath.Join(home, "tree")
	r = &repository{source: s, w: w, address: address, dir: filepath.Join(home, "repository")}
	if r.place, err = w.enter(""); err != nil {
		return nil, nil, err
	}
	w.ctx, release = guard(ctx, w.measure)
	return r, release, nil
}

// make fetches the commit and checks it out at a path of the tree.
func (r *repository) make(path string) (err error) {
	if r.place, err = r.w.enter(path); err != nil {
		return err
	}
	if r.dir, err = os.MkdirTemp(r.w.home, "repository-*"); err != nil {
		return err
	}
	for _, step := range []func() error{r.init, r.sparse, r.fetch, r.list, r.checkout, r.findSubmodules} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// checkOutAgain checks out the commit at another path of the tree.
func (r *repository) checkOutAgain(path string) (err error) {
	if r.place, err = r.w.enter(path); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(r.dir, "index")); err != nil { // it says that the files exist
		return err
	}
	return r.checkout()
}

func (r *repository) run(args ...string) error {
	_, err := r.output(nil, args...)
	return err
}

// transfer runs git over the network, and again if it fails temporarily.
func (r *repository) transfer(args ...string) error {
	_, err := r.ask(nil, args...)
	return err
}

// ask is transfer with some input, and returns the output.
func (r *repository) ask(stdin []byte, args ...string) (out []byte, err error) {
	err = retry.Do(r.w.ctx, retry.Policy{Tries: r.w.git.Tries}, func() (err error) {
		out, err = r.output(stdin, args...)
		return err
	})
	return out, err
}

func (r *repository) output(stdin []byte, args ...string) ([]byte, error) {
	cmd := r.command(args...)
	cmd.Stdin = bytes.NewReader(stdin)
	if credential, found := r.w.git.credential(r.address); found {
		release, err := lend(cmd, credential)
		if err != nil {
			return nil, err
		}
		defer release()
	}
	r.w.pace.restart()
	return r.w.git.run(r.w.ctx, cmd)
}

func (r *repository) command(args ...string) *exec.Cmd {
	cmd := r.w.git.command(r.w.ctx, r.place, r.config(), args...)
	cmd.Env = append(cmd.Env,
		"GIT_DIR="+r.dir, "GIT_WORK_TREE="+r.place, "HOME="+r.w.home, "XDG_CONFIG_HOME="+r.w.home)
	return cmd
}

// config replaces the configuration files that git would read in nix-prefetch-git. Plain http is for an http address
// only, so https never redirects to it.
func (r *repository) config() []string {
	config := []string{"core.autocrlf=false", "protocol.https.allow=always"}
	if r.address.Scheme == "http" {
		config = append(config, "protocol.http.allow=always")
	}
	if _, found := r.w.git.credential(r.address); found {
		config = append(config, helperFor(r.address))
		if r.address.Scheme == "http" { // to this machine, and so past any proxy
			config = append(config, "http.proxy=")
		}
	}
	return append(config, r.lfs...)
}

func (r *repository) init() error {
	format := "sha1"
	if len(r.rev) == 64 {
		format = "sha256"
	}
	if err := r.run("init", "-q", "--object-format="+format, "--template="); err != nil {
		return err
	}
	return r.run("remote", "add", "--", "origin", r.url)
}

// sparse limits the checkout. Submodules are checked out as a whole.
func (r *repository) sparse() error {
	if !r.isSparse() {
		return nil
	}
	patterns, mode := r.w.c.SparseCheckout, "--cone"
	if r.w.c.RootDir != "" {
		mode = "--no-cone"
		if len(patterns) == 0 {
			patterns = []string{r.w.c.RootDir}
		}
	}
	_, err := r.output([]byte(strings.Join(patterns, "\n")+"\n"), "sparse-checkout", "set", mode, "--stdin")
	return err
}

func (r *repository) isSparse() bool {
	return r.place == r.w.made.Dir && (len(r.w.c.SparseCheckout) > 0 || r.w.c.RootDir != "")
}

// fetch fetches the one commit, or everything if the server does not provide commits by their ID.
func (r *repository) fetch() error {
	one := []string{"fetch", "-q", "--depth=1", "--no-tags", "--no-recurse-submodules"}
	if r.isSparse() {
		one = append(one, "--filter=blob:none")
	}
	err := r.transfer(append(one, "--", "origin", r.rev)...)
	if !errors.Is(err, errUnadvertised) {
		return err
	}
	all := r.transfer("fetch", "-q", "--no-recurse-submodules", "--", "origin",
		"+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")
	if all != nil {
		return all
	}
	if r.run("cat-file", "-e", r.rev+"^{commit}") != nil {
		return fmt.Errorf("%w: no branch or tag contains the commit: %w", gitrefs.ErrNotFound, err)
	}
	return nil
}

func (r *repository) checkout() error {
	if err := r.writeFiles(); err != nil || !r.w.c.LFS {
		return err
	}
	return r.checkoutLFS()
}

// writeFiles writes the files that are missing.
func (r *repository) writeFiles() error {
	return r.run("checkout", "-q", "--force", "--detach", r.rev, "--")
}

func (r *repository) date() (time.Time, error) {
	out, err := r.output(nil, "show", "-s", "--format=%ct", r.rev, "--")
	if err != nil {
		return time.Time{}, err
	}
	var seconds int64
	if _, err := fmt.Sscan(string(out), &seconds); err != nil {
		return time.Time{}, fmt.Errorf("read date of commit %s: %w", r.rev, err)
	}
	return time.Unix(seconds, 0).UTC(), nil
}
