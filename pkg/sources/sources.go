// Package sources turns what a user wants (follow this repository's newest version tag) into what nixpkgs
// has to fetch (the archive of this commit).
//
// The intent is a [Spec], one small type for each kind of source. A [Codec] is what a kind is: it reads a Spec
// from a user's [Request] and from the lock, and says which forms of reference and which options the kind has. A
// [Kind] is a codec with a [Resolver], which finds out, cheaply and without downloading content, what a Spec means
// now: a [Resolution], made of calls of nixpkgs fetchers and facts about them.
//
// Nothing else in pinfetch knows which kinds there are. A new kind is one directory beside this file and one line
// where the program lists its kinds.
package sources

import (
	"slices"

	"github.com/pinfetch/pinfetch/pkg/hash"
)

// Spec is an intent: everything the user asked of one source, and nothing that was found out. Each kind has one
// type for it, a small comparable struct whose JSON form stands in the lock under "source", beside "type".
type Spec interface {
	// Kind returns the lock's "type": "github", "git", "url".
	Kind() string
	// Validate reports the first value that makes no sense. The error is an [ErrInvalid].
	Validate() error
	// Title returns what upstream calls the source. Names of pins are made of it.
	Title() string
}

// Facts are what is known about a whole resolution. They are for people and package expressions; nothing is
// fetched by them. Each may be empty.
type Facts struct {
	// Rev is the full commit ID. It is empty if the fetcher's arguments contain the commit.
	Rev string
	// Date is the day of the commit in UTC, YYYY-MM-DD.
	Date string
	// Ref is the full name of the ref that was followed: "refs/tags/v1.0", "refs/heads/main".
	Ref string
	// Version is the tag without "v" or a name prefix, or "0-unstable-YYYY-MM-DD" for a commit without a version
	// (nixpkgs, pkgs/README.md, "Versioning").
	Version string
}

// Call is one call of one nixpkgs fetcher.
type Call struct {
	System string // "x86_64-linux"; "" if the call serves every system
	Fetch
	Hash hash.SRI // zero until it is known
}

// Resolution is what a source means: one call that serves every system, or one call for each system, sorted by
// system and all of the same version.
//
// A kind returns calls without hashes, to be downloaded and hashed, or with the hashes that upstream publishes for the
// very bytes that the fetcher hashes. A lock holds resolutions whose hashes are all known.
type Resolution struct {
	Facts
	Calls []Call
}

// IsZero reports whether nothing has been resolved.
func (r Resolution) IsZero() bool { return len(r.Calls) == 0 }

// Rev returns the full commit ID, whether it stands in the facts or in the calls, and "" if there is none or
// the calls are of different commits.
func (r Resolution) Rev() string {
	if r.Facts.Rev != "" || len(r.Calls) == 0 {
		return r.Facts.Rev
	}
	rev := r.Calls[0].Rev
	if slices.ContainsFunc(r.Calls, func(c Call) bool { return c.Rev != rev }) {
		return ""
	}
	return rev
}

// Call returns the call that serves every system, or the zero Call if there is none.
func (r Resolution) Call() Call {
	if len(r.Calls) == 1 && r.Calls[0].System == "" {
		return r.Calls[0]
	}
	return Call{}
}

// Equal reports whether two resolutions agree in every fact, call and hash.
func (r Resolution) Equal(other Resolution) bool {
	return r.Facts == other.Facts && slices.Equal(r.Calls, other.Calls)
}
