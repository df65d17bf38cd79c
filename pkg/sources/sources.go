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

import "github.com/pinfetch/pinfetch/pkg/hash"

// Spec is an intent: everything the user asked of one source, and nothing that was found out. Each kind has one
// type for it, a small comparable struct whose JSON form stands in the lock under "source", beside "type".
type Spec interface {
	// Kind returns the lock's "type": "github", "git", "url".
	Kind() string
	// Validate reports the first value that makes no sense. The error is an [ErrInvalid].
	Validate() error
	// Title returns what upstream calls the source. Names of pins are made of it.
	Title() string
	// Accepts reports the first call that the source cannot mean: of another repository or address, with other
	// arguments, or for other systems. The error is an [ErrInvalid]. See [Resolution.Expect].
	Accepts(Resolution) error
}

// Facts are what is known about a whole resolution. They are for people and package expressions; nothing is
// fetched by them. Each may be empty.
type Facts struct {
	// Rev is the full commit ID. It is empty if the fetcher's arguments contain the commit.
	Rev string
	// Date is the day in UTC, YYYY-MM-DD, of the commit or, without a commit, of the publication.
	Date string
	// Ref is the full name of the ref that was followed: "refs/tags/v1.0", "refs/heads/main".
	Ref string
	// Version is the tag without a name prefix and "v" (see [TagVersion]), or "0-unstable-YYYY-MM-DD" for a commit without
	// a tag (nixpkgs, pkgs/README.md, "Versioning").
	Version string
}

// Call is one call of one nixpkgs fetcher.
type Call struct {
	System string // "x86_64-linux"; "" if the call serves every system
	Fetch
	Hash hash.SRI // zero until it is known
	// Digest is a published digest of the file, to be checked by the download. It is for what cannot be the Hash, because no
	// lock records the algorithm, or because the fetcher hashes the file's contents. A lock does not hold it.
	Digest hash.Digest
}
