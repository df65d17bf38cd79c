// Package sources turns what a user wants (follow this repository's newest
// version tag) into what nixpkgs is to fetch (this commit's archive).
//
// The intent is a [Spec], one small type per kind of source. A [Kind] parses it from a
// reference or from the lock and resolves it, cheaply and without downloading, to
// a [Resolution]: one call of a nixpkgs fetcher and facts about it. Nothing
// else knows what kinds there are: a new one is one directory beside this file and one
// line where the program makes its [Set].
package sources

import (
	"errors"
	"fmt"
)

var (
	// ErrInvalid is the class of intents and fetcher calls that cannot be meant.
	ErrInvalid = errors.New("invalid source")
	// ErrNotFound is the class of repositories, branches, tags and files that do not exist.
	ErrNotFound = errors.New("not found")
)

// Facts say what a source resolved to. They are for people and package
// expressions; nothing is fetched by them.
type Facts struct {
	// Rev is the full commit ID, and only where the fetcher's arguments do not hold it.
	Rev string
	// Ref is the full ref that was followed, "refs/tags/v1.0" or "refs/heads/main"; empty for a fixed commit and for plain URLs.
	Ref string
	// Version is the tag without "v" or a name prefix, "0-unstable-YYYY-MM-DD" for a
	// commit on a branch (nixpkgs, doc/README or pkgs/README.md: versioning), empty if unknown.
	Version string
	// Date is the commit's date in UTC, YYYY-MM-DD, empty if unknown.
	Date string
}

// Resolution is what a source means now. It is comparable: a source whose
// Resolution equals the locked one is unchanged.
type Resolution struct {
	Facts
	Fetch Fetch
}

// Hinted is an error with advice: what the user can do about it.
type Hinted struct {
	Err  error
	Next string
}

// WithHint adds advice to an error.
func WithHint(err error, format string, args ...any) error {
	return &Hinted{err, fmt.Sprintf(format, args...)}
}

func (e *Hinted) Error() string { return e.Err.Error() }
func (e *Hinted) Unwrap() error { return e.Err }

// Hint returns the advice.
func (e *Hinted) Hint() string { return e.Next }

// Invalid returns an error that is an [ErrInvalid] and says no more than its text.
func Invalid(format string, args ...any) error {
	return &invalidError{fmt.Sprintf(format, args...)}
}

type invalidError struct{ text string }

func (e *invalidError) Error() string        { return e.text }
func (e *invalidError) Is(target error) bool { return target == ErrInvalid }
