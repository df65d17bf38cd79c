// Package synthetic makes up the refs and archives of any number of
// repositories, in memory and fast enough for benchmarks.
//
// All repositories belong to [Owner]. Each has the same branches and version
// tags; their commits follow from the names alone, see [Commit]. A [Repo] is a
// store for forgetest's Forge.Serve and has
//
//   - refs through git protocol version 2, ls-refs only: a client can list refs
//     but not fetch;
//   - a tar.gz archive of every commit ID. The archives contain the same files
//     except for the commit ID, in the header and in one file.
package synthetic

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"slices"
	"time"
)

// The contents of every repository.
const (
	Owner    = "tree-sitter-grammars"
	Branches = 20
	Tags     = 20
)

const (
	heads = "refs/heads/"
	tags  = "refs/tags/"
)

// Name is the name of the i-th repository.
func Name(i int) string { return fmt.Sprintf("language-%05d", i) }

// Branch is the name of the i-th of the [Branches]. The first is the default.
func Branch(i int) string {
	if i == 0 {
		return "main"
	}
	return fmt.Sprintf("branch-%02d", i)
}

// Tag is the name of the i-th of the [Tags], an annotated tag. The last is the
// newest version.
func Tag(i int) string { return fmt.Sprintf("v1.%d.0", i) }

// Commit is the ID of the commit that a full ref name means in a repository.
func Commit(name, ref string) string { return id("commit", name, ref) }

func id(kind, name, ref string) string {
	sum := sha1.Sum([]byte(kind + " " + name + " " + ref))
	return hex.EncodeToString(sum[:])
}

// committed is the time of every commit, in seconds since 1970.
const committed = 1_761_134_400

// Date is the day of every commit.
func Date() string { return time.Unix(committed, 0).UTC().Format(time.DateOnly) }

// refNames returns the full ref names of every repository, sorted.
func refNames() []string {
	var names []string
	for i := range Branches {
		names = append(names, heads+Branch(i))
	}
	for i := range Tags {
		names = append(names, tags+Tag(i))
	}
	slices.Sort(names)
	return names
}
