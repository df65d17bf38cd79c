// Package gitcmd runs the git program: it makes checkouts ([Git.Checkout]) and lists the refs of remotes that are not
// reached over http ([Git.Refs]).
package gitcmd

import (
	"errors"

	"github.com/pinfetch/pinfetch/internal/retry"
)

var (
	// ErrNoGit means that the git program is not installed.
	ErrNoGit = errors.New("the git program is not installed")
	// ErrGit is the class of failures of the git program that have no other class.
	ErrGit = errors.New("git failed")
	// ErrCorrupt is the class of objects that arrived damaged.
	ErrCorrupt = retry.Temporary(errors.New("the remote sent damaged data"))
	// ErrUnwritten means that git could not write a file of a checkout, usually because the disk is full.
	ErrUnwritten = errors.New("the checkout cannot be written")
)
