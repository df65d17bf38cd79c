// Package gitrefs lists the refs of git remotes.
//
// Over http and https it speaks version 2 of git's protocol itself (gitprotocol-v2(5), gitprotocol-http(5)). It sends
// a single POST of ls-refs without asking for the server's capabilities first; ref-prefix arguments keep the response
// small, whatever the size of the repository. Servers that do not know version 2 return the whole list of version 0.
// Remotes of all other transports are listed by a function that the [Client] is given.
package gitrefs

import (
	"errors"
	"fmt"

	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

var (
	// ErrNotFound is the class of repositories that do not exist, or that this user may not see.
	ErrNotFound = fmt.Errorf("repository %w", sources.ErrNotFound)
	// ErrProtocol is the class of responses that do not follow git's protocol.
	ErrProtocol = errors.New("not a response of a git server")
)

// Error is a failure to list the refs of a remote.
type Error struct {
	URL string // as given; the message shows it redacted
	Err error
}

func (e *Error) Error() string {
	return fmt.Sprintf("list refs of %s: %v", redact.Address(e.URL), e.Err)
}
func (e *Error) Unwrap() error { return e.Err }
