package prefetch

import (
	"fmt"
	"slices"

	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/pkg/hash"
)

// WarningKind says what a [Warning] is about.
type WarningKind string

const (
	ExportSubst      WarningKind = "export-subst"      // files that git archive fills in: the content may change as refs are added
	LFSPointer       WarningKind = "lfs-pointer"       // files that are Git LFS pointers instead of contents
	EmptySubmodule   WarningKind = "empty-submodule"   // submodules that are empty directories
	NameCollision    WarningKind = "name-collision"    // names that are the same on macOS, where the hash differs
	ForcedSubmodule  WarningKind = "forced-submodule"  // submodules with update = none, which older nixpkgs (24.05) leave empty
	MissingDirectory WarningKind = "missing-directory" // sparse-checkout directories that the commit does not have
	WebPage          WarningKind = "web-page"          // the file is a web page
)

// Warning is something that can change a hash later or on another machine, or that a user may not expect.
type Warning struct {
	Kind  WarningKind `json:"kind"`
	Names []string    `json:"names,omitzero"` // what it is about: quoted paths, printable
	More  bool        `json:"more,omitzero"`  // there are more than these
}

// Warnings groups notices, which are sorted by kind.
func Warnings(notices []hash.Notice) (warnings []Warning) {
	more := len(notices) == hash.MaxNotices
	for _, n := range notices {
		name, kind := fmt.Sprintf("%q", n.Path), warningKind(n.Kind)
		if kind == NameCollision {
			name += " and " + n.Detail
		}
		if last := len(warnings) - 1; last >= 0 && warnings[last].Kind == kind {
			warnings[last].Names = append(warnings[last].Names, name)
			continue
		}
		warnings = append(warnings, Warning{kind, []string{name}, more})
	}
	return warnings
}

func warningKind(kind hash.NoticeKind) WarningKind {
	switch kind {
	case hash.ExportSubst:
		return ExportSubst
	case hash.LFSPointer:
		return LFSPointer
	case hash.EmptyGitlink:
		return EmptySubmodule
	}
	return NameCollision
}

// checkoutWarnings are those about a checkout as a whole.
func checkoutWarnings(w gitcmd.Worktree) (warnings []Warning) {
	for _, about := range []struct {
		kind  WarningKind
		paths []string
	}{{ForcedSubmodule, w.UpdateNone}, {MissingDirectory, w.MissingDirs}} {
		if len(about.paths) > 0 {
			warnings = append(warnings, Warning{Kind: about.kind, Names: quoted(about.paths)})
		}
	}
	return warnings
}

func quoted(paths []string) []string {
	names := slices.Clone(paths)
	for i, path := range paths {
		names[i] = fmt.Sprintf("%q", path)
	}
	return names
}
