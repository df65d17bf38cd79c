// Package gitproto asks git remotes which refs they have.
//
// Over http and https it speaks git's protocol version 2 itself (gitprotocol-v2(5),
// gitprotocol-http(5)): one POST of ls-refs whose ref-prefix arguments keep the
// answer small, whatever the size of the repository, and no question before it. Servers that do not
// know version 2 are asked for the whole list of version 0. Every other transport
// (ssh, file) is left to the git program.
//
// The package also runs that program for whoever needs a working tree ([Git.Checkout]).
package gitproto

import (
	"errors"
	"fmt"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

var (
	// ErrNotFound is the class of repositories that do not exist, or not for this user.
	ErrNotFound = fmt.Errorf("repository %w", sources.ErrNotFound)
	// ErrProtocol is the class of answers that are not git's.
	ErrProtocol = errors.New("not a git repository's answer")
	// ErrNoGit means that the git program is needed and missing.
	ErrNoGit = errors.New("the git program is not installed")
	// ErrGit is the class of failures of the git program.
	ErrGit = errors.New("git failed")
	// ErrCorrupt is the class of objects that arrived damaged.
	ErrCorrupt = errors.New("what the remote sent is damaged")
	// ErrUnwritten means that a file of a checkout could not be written, most often on a full disk.
	ErrUnwritten = errors.New("the checkout cannot be written")
)

type (
	Ref  = sources.Ref
	Refs = sources.Refs
)
