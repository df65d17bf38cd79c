package sources

import (
	"slices"
	"strings"
)

// Ref is one ref of a remote repository.
type Ref struct {
	Name   string // the full name, "refs/heads/main"
	ID     string // the object's ID in lower-case hex
	Peeled string // for an annotated tag, the ID of the object it finally names
}

// Commit returns the ID of the commit that the ref names. Annotated tags are peeled.
func (r Ref) Commit() string {
	if r.Peeled != "" {
		return r.Peeled
	}
	return r.ID
}

// Refs are the refs of a remote repository, as far as they were asked for.
type Refs struct {
	Head string // the full name of the default branch; "" if HEAD is detached, dangling or was not asked for
	List []Ref  // by name
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
