package forge

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// What is in every repository.
const (
	Owner    = "tree-sitter-grammars"
	Branches = 20
	Tags     = 20
)

// The folders of refs.
const (
	heads = "refs/heads/"
	tags  = "refs/tags/"
)

// Repository is the name of the i-th repository.
func Repository(i int) string { return fmt.Sprintf("language-%05d", i) }

// Branch is the name of the i-th of the [Branches]; the first is the default one.
func Branch(i int) string {
	if i == 0 {
		return "main"
	}
	return fmt.Sprintf("branch-%02d", i)
}

// Tag is the name of the i-th of the [Tags], an annotated tag; the last is the newest version.
func Tag(i int) string { return fmt.Sprintf("v1.%d.0", i) }

// Commit is the ID of the commit that a ref, by its full name, means in a repository of [Owner].
func Commit(repository, ref string) string {
	return id("commit", Owner+"/"+repository, ref)
}

func id(kind, repository, ref string) string {
	sum := sha1.Sum([]byte(kind + " " + repository + " " + ref))
	return hex.EncodeToString(sum[:])
}

// refNames are the full names of every repository's refs, in order.
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

// lsRefs asks for refs as git's protocol does (gitprotocol-v2(5), ls-refs).
type lsRefs struct {
	peel, symrefs bool
	prefixes      []string // none for all
}

func (l lsRefs) wants(ref string) bool {
	begins := func(prefix string) bool { return strings.HasPrefix(ref, prefix) }
	return len(l.prefixes) == 0 || slices.ContainsFunc(l.prefixes, begins)
}

// list formats the answer: "ID NAME[ symref-target:NAME][ peeled:ID]" for each ref.
func (f *Forge) list(repository string, l lsRefs) []byte {
	var out []byte
	if l.wants("HEAD") {
		line := id("commit", repository, heads+Branch(0)) + " HEAD"
		if l.symrefs {
			line += " symref-target:" + heads + Branch(0)
		}
		out = appendPacket(out, line+"\n")
	}
	for _, ref := range f.refs {
		if !l.wants(ref) {
			continue
		}
		kind, peeled := "commit", ""
		if strings.HasPrefix(ref, tags) {
			kind = "tag"
			if l.peel {
				peeled = " peeled:" + id("commit", repository, ref)
			}
		}
		out = appendPacket(out, id(kind, repository, ref)+" "+ref+peeled+"\n")
	}
	return append(out, flush...)
}
