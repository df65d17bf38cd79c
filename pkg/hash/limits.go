package hash

import (
	"cmp"
	"fmt"
)

// Defaults of [Limits].
const (
	DefaultDownload = 4 << 30   // bytes of a download, 4 GiB
	DefaultUnpacked = 16 << 30  // bytes of all contents of an archive, 16 GiB
	DefaultEntries  = 1 << 20   // entries of an archive, a million
	DefaultPath     = 4<<10 - 1 // bytes of an entry's path or link target: PATH_MAX of Linux, without the NUL
)

// Limits bounds what is read from outside. Zero fields mean the defaults.
type Limits struct {
	Download int64 // bytes read from the stream; default [DefaultDownload]
	Unpacked int64 // bytes of a decompressed tar, or of all files of a zip; default [DefaultUnpacked]
	Entries  int   // entries; default [DefaultEntries]
	Path     int   // bytes of one path or link target; default [DefaultPath]
}

// orDefaults fills in zero fields.
func (l Limits) orDefaults() Limits {
	return Limits{
		Download: cmp.Or(l.Download, DefaultDownload),
		Unpacked: cmp.Or(l.Unpacked, DefaultUnpacked),
		Entries:  cmp.Or(l.Entries, DefaultEntries),
		Path:     cmp.Or(l.Path, DefaultPath),
	}
}

// The limits that a user may want to raise, as classes of their own. Both are an [ErrLimit].
var (
	ErrDownload error = limitClass("limit of downloads passed")         // [Limits].Download
	ErrUnpacked error = limitClass("limit of unpacked contents passed") // [Limits].Unpacked
)

type limitClass string

func (c limitClass) Error() string        { return string(c) }
func (c limitClass) Is(target error) bool { return target == ErrLimit }

// passed says which limit was passed and how big it is.
func passed(what string, limit int64, unit string) error {
	class := ErrLimit
	switch what {
	case "of download":
		class = ErrDownload
	case "of unpacked contents":
		class = ErrUnpacked
	}
	return fmt.Errorf("more than %d %s %s: %w", limit, unit, what, class)
}
