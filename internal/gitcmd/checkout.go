package gitcmd

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

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
	Dir  string    // the files, without git directories
	Date time.Time // of the commit, in UTC

	// What may surprise a user. Paths are raw bytes, relative to Dir.
	EmptySubmodules []string // empty directories, because submodules were not requested
	UpdateNone      []string // submodules that are checked out although .gitmodules says "update = none"
	MissingDirs     []string // directories of SparseCheckout that the commit does not have
}

// Checkout makes the working tree that nix-prefetch-git makes (nixpkgs, pkgs/build-support/fetchgit/nix-prefetch-git),
// passes it to use, and removes it afterwards. It ends with [web.ErrStalled] if data arrives too slowly.
func (g *Git) Checkout(ctx context.Context, c Checkout, use func(Worktree) error) (err error) {
	parent, remove, err := g.workdir()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	stall, _ := g.stall()
	w := &worktree{git: g, home: parent, c: c, pace: pace{stall: stall}}
	w.made.Dir = filepath.Join(parent, "tree")
	if c.Check == nil {
		w.c.Check = func(Size) error { return nil }
	}
	if err := w.make(ctx); err != nil {
		return fmt.Errorf("check out %s of %s: %w", c.Rev, redact.Address(c.URL), err)
	}
	return use(w.made)
}

// worktree is a checkout that is being made. Its home has the tree and the git directories.
type worktree struct {
	git  *Git
	ctx  context.Context
	home string
	c    Checkout
	made Worktree
	pace pace
}

func (w *worktree) make(ctx context.Context) error {
	guarded, release := guard(ctx, w.measure)
	defer release()
	w.ctx = guarded
	top, err := w.newRepository(source{w.c.URL, w.c.Rev})
	if err != nil {
		return err
	}
	if err := top.make(""); err != nil {
		return err
	}
	if err := w.submodules(top); err != nil {
		return err
	}
	if w.made.MissingDirs, err = top.missingDirs(); err != nil {
		return err
	}
	if w.made.Date, err = top.date(); err != nil {
		return err
	}
	release() // so that this measurement is the last
	return w.measure()
}
