package prefetch

import (
	"fmt"

	"github.com/pinfetch/pinfetch/pkg/hash"
)

// WarningKind says what a [Warning] is about.
type WarningKind string

const (
	ExportSubst      WarningKind = "export-subst"      // files that git archive fills in, perhaps differently later
	LFSPointer       WarningKind = "lfs-pointer"       // files that are Git LFS pointers instead of contents
	EmptySubmodule   WarningKind = "empty-submodule"   // submodules that are empty directories
	NameCollision    WarningKind = "name-collision"    // names that are the same on macOS, where the hash differs
	ForcedSubmodule  WarningKind = "forced-submodule"  // submodules with update = none, left empty by nixpkgs before 25.11
	MissingDirectory WarningKind = "missing-directory" // sparse-checkout directories that the commit does not have
	FromMirror       WarningKind = "from-mirror"       // the content was read from a mirror: its address, and why not from upstream
)

// Warning is about content that can change a hash later or on another machine, or that a user may not expect.
type Warning struct {
	Kind  WarningKind `json:"kind"`
	Names []string    `json:"names,omitzero"` // quoted paths, printable
	More  bool        `json:"more,omitzero"`  // there are more names
}

// Warnings groups notices, which are sorted by kind.
func Warnings(notices []hash.Notice) (warnings []Warning) {
	kinds := map[hash.NoticeKind]WarningKind{
		hash.ExportSubst: ExportSubst, hash.LFSPointer: LFSPointer,
		hash.EmptyGitlink: EmptySubmodule, hash.NameCollision: NameCollision,
	}
	for _, n := range notices {
		name := quote(n.Path)
		if n.Kind == hash.NameCollision {
			name += " and " + n.Detail
		}
		kind := kinds[n.Kind]
		if last := len(warnings) - 1; last >= 0 && warnings[last].Kind == kind {
			warnings[last].Names = append(warnings[last].Names, name)
			continue
		}
		warnings = append(warnings, Warning{kind, []string{name}, len(notices) == hash.MaxNotices})
	}
	return warnings
}

// warn returns a warning about paths, if there are any.
func warn(kind WarningKind, paths []string) []Warning {
	if len(paths) == 0 {
		return nil
	}
	names := make([]string, len(paths))
	for i, path := range paths {
		names[i] = quote(path)
	}
	return []Warning{{Kind: kind, Names: names}}
}

func quote(path string) string { return fmt.Sprintf("%q", path) }
