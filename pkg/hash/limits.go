package hash

import (
	"cmp"

	"github.com/pinfetch/pinfetch/pkg/hash/internal/spool"
	"github.com/pinfetch/pinfetch/pkg/hash/internal/tree"
)

// Defaults of [Limits].
const (
	DefaultDownload = 4 << 30   // bytes of a download, 4 GiB
	DefaultUnpacked = 16 << 30  // bytes of all contents of an archive, 16 GiB
	DefaultEntries  = 1 << 20   // entries of an archive, with the directories that its paths imply: about a million
	DefaultPath     = 4<<10 - 1 // bytes of an entry's path or link target: PATH_MAX of Linux, without the NUL
)

// DefaultMemory is how many bytes of contents may stay in memory, 8 MiB. If there are more, all of them go to one unnamed file.
const DefaultMemory = spool.DefaultMemory

// Limits bounds what is read from outside. A zero field means its default.
type Limits struct {
	Download int64 // bytes read from the stream; default [DefaultDownload]
	Unpacked int64 // bytes of a decompressed tar, and of all files that it or a zip makes; default [DefaultUnpacked]
	Entries  int   // of an archive, with the directories that its paths imply; default [DefaultEntries]
	Path     int   // bytes of one path or link target; default [DefaultPath]
}

func (l Limits) download() int64 { return cmp.Or(l.Download, DefaultDownload) }

func (l Limits) tree() tree.Limits {
	return tree.Limits{
		Unpacked: cmp.Or(l.Unpacked, DefaultUnpacked),
		Entries:  cmp.Or(l.Entries, DefaultEntries),
		Path:     cmp.Or(l.Path, DefaultPath),
	}
}
