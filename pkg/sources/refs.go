package sources

import (
	"context"
	"slices"
	"strings"
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

// Refs are refs of one git remote.
type Refs struct {
	Head string // full name of the default branch; "" if HEAD is detached, dangling or was not requested
	List []Ref  // in the order of their names
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
