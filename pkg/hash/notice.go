package hash

import "fmt"

// MaxNotices is how many notices a result has at most.
const MaxNotices = 100

// NoticeKind is the subject of a [Notice].
type NoticeKind uint8

const (
	ExportSubst   NoticeKind = iota // a .gitattributes sets export-subst: the content may change as refs are added
	LFSPointer                      // a file is a Git LFS pointer instead of the content
	EmptyGitlink                    // the directory of a submodule is empty
	NameCollision                   // two names collide on a file system that ignores case or normalises names
)

// String names the kind in lower case.
func (k NoticeKind) String() string {
	names := [...]string{"export-subst", "LFS pointer", "empty submodule", "name collision"}
	if int(k) >= len(names) {
		return fmt.Sprintf("notice %d", uint8(k))
	}
	return names[k]
}

// Notice is a property of an archive or directory that a user should know, although the hash is correct.
type Notice struct {
	Kind   NoticeKind
	Path   string // raw bytes, separated by slashes, relative to the output
	Detail string // a phrase for people; may be empty
}

// String describes the notice in one line.
func (n Notice) String() string {
	switch n.Kind {
	case ExportSubst:
		return fmt.Sprintf("%q sets export-subst: the archive's content may change as branches and tags are added", n.Path)
	case LFSPointer:
		return fmt.Sprintf("%q is a Git LFS pointer, not the file", n.Path)
	case EmptyGitlink:
		return fmt.Sprintf("%q is an empty submodule", n.Path)
	case NameCollision:
		return fmt.Sprintf("%q and %s collide on macOS", n.Path, n.Detail)
	}
	return fmt.Sprintf("%q: %s", n.Path, n.Detail)
}
