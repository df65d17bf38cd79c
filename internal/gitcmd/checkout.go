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

// Checkout describes a working tree in the terms of nixpkgs' fetchgit.
type Checkout struct {
	URL            string // http or https
	Rev            string // full commit ID
	Submodules     bool
	LFS            bool
	SparseCheckout []string // directories (git's cone mode)
	RootDir        string   // check out only this directory, with a non-cone pattern

	// Check receives the size so far, from time to time and at the end, from several goroutines. An error ends the
	// checkout. It may be nil.
	Check func(Size) error
}

// Worktree is a checkout on disk.
type Worktree struct {
	Dir  string    // the files, .git directories included
	Date time.Time // of the commit, in UTC

	// What may surprise a user. Paths are raw bytes, relative to Dir.
	EmptySubmodules []string // empty directories, because submodules were not requested
	UpdateNone      []string // submodules that are checked out although .gitmodules says "update = none"
	MissingDirs     []string // directories of SparseCheckout that the commit does not have
}

// Checkout makes the working tree that nix-prefetch-git makes (nixpkgs, pkgs/build-support/fetchgit/nix-prefetch-git),
// passes it to use, and removes it afterwards.
func (g *Git) Checkout(ctx context.Context, c Checkout, use func(Worktree) error) (err error) {
	parent, remove, err := g.workdir()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	w := &worktree{git: g, dir: filepath.Join(parent, "tree"), home: parent, c: c}
	w.made.Dir = w.dir
	if c.Check == nil {
		w.c.Check = func(Size) error { return nil }
	}
	if err := w.make(ctx); err != nil {
		return fmt.Errorf("check out %s of %s: %w", c.Rev, redact.Address(c.URL), err)
	}
	return use(w.made)
}

// worktree is a checkout that is being made.
type worktree struct {
	git       *Git
	ctx       context.Context
	dir, home string
	c         Checkout
	made      Worktree
}

func (w *worktree) make(ctx context.Context) error {
	guarded, release := guard(ctx, w.measure)
	defer release()
	w.ctx = guarded
	for _, step := range []func() error{
		w.credentials, w.init, w.sparse, w.fetch, w.list, w.checkout, w.submodules, w.updateNone, w.missingDirs, w.date,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	release() // so that this measurement is the last
	return w.measure()
}

func (w *worktree) run(args ...string) error {
	_, err := w.output(nil, args...)
	return err
}

// transfer runs git over the network, and again if it fails temporarily.
func (w *worktree) transfer(args ...string) error {
	return retry.Do(w.ctx, retry.Policy{Tries: w.git.Tries}, func() error { return w.run(args...) })
}

func (w *worktree) output(stdin []byte, args ...string) ([]byte, error) {
	cmd := w.command(args...)
	cmd.Stdin = bytes.NewReader(stdin)
	return w.git.run(w.ctx, cmd)
}

func (w *worktree) command(args ...string) *exec.Cmd {
	cmd := w.git.command(w.ctx, w.dir, w.config(), args...)
	cmd.Env = append(cmd.Env, "HOME="+w.home, "XDG_CONFIG_HOME="+w.home)
	return cmd
}

// config replaces the configuration files that git would read in nix-prefetch-git.
//
// A builder can use only http and https. "user" allows http for the repository itself but not after a redirect from
// https. git does not distinguish such a redirect from the address of a submodule.
func (w *worktree) config() []string {
	plain := "user"
	if w.c.Submodules || strings.HasPrefix(w.c.URL, "http:") {
		plain = "always"
	}
	config := []string{
		"core.autocrlf=false", "protocol.https.allow=always", "protocol.http.allow=" + plain,
		"credential.helper=store --file=" + quote(w.credentialFile()),
	}
	if w.c.LFS {
		config = append(config,
			"filter.lfs.clean=git-lfs clean -- %f", "filter.lfs.smudge=git-lfs smudge -- %f",
			"filter.lfs.process=git-lfs filter-process", "filter.lfs.required=true")
	}
	return config
}

func (w *worktree) credentialFile() string { return filepath.Join(w.home, "credentials") }

// quote quotes a word for the shell with which git runs its helpers.
func quote(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

// credentials writes a file for git-credential-store(1). Unlike a configured header, git does not send these
// credentials to a host that it is redirected to. Bearer tokens and credentials for a path are for APIs, not for git.
func (w *worktree) credentials() error {
	var lines strings.Builder
	for host, credential := range w.git.Credentials {
		if credential.Bearer || strings.Contains(host, "/") {
			continue
		}
		u := url.URL{Scheme: "https", Host: host, User: url.UserPassword(credential.User, credential.Password)}
		fmt.Fprintln(&lines, u.String())
	}
	return os.WriteFile(w.credentialFile(), []byte(lines.String()), 0o600)
}

func (w *worktree) init() error {
	if err := os.Mkdir(w.dir, 0o755); err != nil {
		return err
	}
	format := "sha1"
	if len(w.c.Rev) == 64 {
		format = "sha256"
	}
	if err := w.run("init", "-q", "--object-format="+format, "--template="); err != nil {
		return err
	}
	return w.run("remote", "add", "--", "origin", w.c.URL)
}

func (w *worktree) sparse() error {
	patterns, mode := w.c.SparseCheckout, "--cone"
	if w.c.RootDir != "" {
		mode = "--no-cone"
		if len(patterns) == 0 {
			patterns = []string{w.c.RootDir}
		}
	}
	if len(patterns) == 0 {
		return nil
	}
	_, err := w.output([]byte(strings.Join(patterns, "\n")+"\n"), "sparse-checkout", "set", mode, "--stdin")
	return err
}

// fetch fetches the one commit, or everything if the server does not provide commits by their ID.
func (w *worktree) fetch() error {
	one := []string{"fetch", "-q", "--depth=1", "--no-tags", "--no-recurse-submodules"}
	if len(w.c.SparseCheckout) > 0 || w.c.RootDir != "" {
		one = append(one, "--filter=blob:none")
	}
	err := w.transfer(append(one, "--", "origin", w.c.Rev)...)
	if !errors.Is(err, errUnadvertised) {
		return err
	}
	all := w.transfer("fetch", "-q", "--no-recurse-submodules", "--", "origin",
		"+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")
	if all != nil {
		return all
	}
	if w.run("cat-file", "-e", w.c.Rev+"^{commit}") != nil {
		return fmt.Errorf("%w: no branch or tag contains the commit: %w", gitrefs.ErrNotFound, err)
	}
	return nil
}

func (w *worktree) checkout() error {
	return w.run("checkout", "-q", "--detach", w.c.Rev, "--")
}

// submodules checks out submodules as nix-prefetch-git does: recursively, each at its recorded commit.
func (w *worktree) submodules() error {
	if !w.c.Submodules {
		return nil
	}
	update := []string{"submodule", "update", "-q", "--init", "--recursive", "--checkout", "-j", "4"}
	err := w.transfer(append(update, "--depth=1")...)
	if !errors.Is(err, errUnadvertised) {
		return err
	}
	// Start again and fetch everything.
	if err := os.RemoveAll(filepath.Join(w.dir, ".git", "modules")); err != nil {
		return err
	}
	if w.run("submodule", "deinit", "-q", "--force", "--all") != nil {
		return err
	}
	return w.transfer(update...)
}

func (w *worktree) date() error {
	out, err := w.output(nil, "show", "-s", "--format=%ct", w.c.Rev, "--")
	if err != nil {
		return err
	}
	var seconds int64
	if _, err := fmt.Sscan(string(out), &seconds); err != nil {
		return fmt.Errorf("read date of commit %s: %w", w.c.Rev, err)
	}
	w.made.Date = time.Unix(seconds, 0).UTC()
	return nil
}
