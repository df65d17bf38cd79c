package sources

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"
)

// RefLister lists the refs of a git remote whose full names begin with one of the prefixes; it may return others too. The
// prefix "HEAD" asks for the default branch.
type RefLister interface {
	Refs(ctx context.Context, remoteURL string, prefixes ...string) (Refs, error)
}

// Ref is one ref of a git remote.
type Ref struct {
	Name   string // full name, such as "refs/heads/main"
	ID     string // object ID in lower-case hex
	Peeled string // for an annotated tag, the ID of the object that it finally points to
}

// Commit returns the ID of the commit that the ref points to. Annotated tags are peeled.
func (r Ref) Commit() string {
	if r.Peeled != "" {
		return r.Peeled
	}
	return r.ID
}

// IsRefName reports whether git accepts a full name for a ref (git-check-ref-format(1)), and the name is UTF-8, so that
// a lock can contain it.
func IsRefName(name string) bool {
	if !strings.HasPrefix(name, "refs/") || !utf8.ValidString(name) || strings.HasSuffix(name, ".") ||
		strings.Contains(name, "..") || strings.Contains(name, "@{") || strings.ContainsAny(name, " ~^:?*[\\") {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".lock") {
			return false
		}
	}
	return !strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// Refs are refs of one git remote.
type Refs struct {
	// Head is the name of the default branch, as the remote writes it: it may be invalid, and then List does not have it.
	// It is "" if HEAD is detached, dangling or was not requested.
	Head string
	// List has the refs with a valid name (see [IsRefName]), in the order of their names.
	List []Ref
	// Moved is the URL to which the remote redirects permanently, "" if it does not.
	Moved string
}

// Lookup finds a ref by its full name.
func (r Refs) Lookup(name string) (Ref, bool) {
	i, found := slices.BinarySearchFunc(r.List, name, func(ref Ref, name string) int {
		return strings.Compare(ref.Name, name)
	})
	if !found {
		return Ref{}, false
	}
	return r.List[i], true
}
