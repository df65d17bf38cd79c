package hash

import "github.com/pinfetch/pinfetch/pkg/hash/internal/fault"

// The classes of errors of this package, for [errors.Is]. Errors of the
// context and of input and output are wrapped as they are.
var (
	// ErrNotArchive is the class of content that is not an archive, such as an HTML page.
	ErrNotArchive = fault.ErrNotArchive

	// ErrRefused is the class of archives and trees on which the fetcher of
	// nixpkgs itself fails, so that every hash would be wrong.
	ErrRefused = fault.ErrRefused

	// ErrRoots is an [ErrRefused]: there is no root to strip, because the archive does not have exactly one top-level entry.
	ErrRoots = fault.ErrRoots

	// ErrUndetermined is an [ErrRefused]: what GNU tar makes of the archive depends on the file system.
	ErrUndetermined = fault.ErrUndetermined

	// ErrUnsupported is an [ErrRefused]: nixpkgs may unpack the archive, but this package does not. It is a zip that was
	// made on a system other than DOS, Windows, Unix and macOS.
	ErrUnsupported = fault.ErrUnsupported

	// ErrCorrupt is the class of truncated and damaged streams.
	ErrCorrupt = fault.ErrCorrupt

	// ErrLimit is the class of content that exceeds one of [Limits].
	ErrLimit = fault.ErrLimit

	// ErrDownload is an [ErrLimit] about the field Download.
	ErrDownload = fault.ErrDownload

	// ErrUnpacked is an [ErrLimit] about the field Unpacked.
	ErrUnpacked = fault.ErrUnpacked
)
