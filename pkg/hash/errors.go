package hash

import (
	"errors"
	"fmt"
)

// The classes of errors of this package, for [errors.Is]. Errors of the
// context and of input and output are wrapped as they are.
var (
	// ErrNotArchive is the class of content that is no archive, such as an HTML page.
	ErrNotArchive = errors.New("not an archive")

	// ErrRefused is the class of archives and trees on which the fetcher of
	// nixpkgs itself fails, so that no hash could be right.
	ErrRefused = errors.New("nixpkgs' fetcher would fail on this")

	// ErrRoots is an [ErrRefused]: an archive without exactly one top-level entry, of which none can be stripped.
	ErrRoots = fmt.Errorf("no one root: %w", ErrRefused)

	// ErrCorrupt is the class of truncated and damaged streams.
	ErrCorrupt = errors.New("truncated or damaged")

	// ErrLimit is the class of content that passes one of [Limits].
	ErrLimit = errors.New("limit passed")
)

// refused says why the real fetcher fails on the entry of this name, or on
// the whole if there is no name.
func refused(name, format string, args ...any) error {
	why := fmt.Errorf(format, args...)
	if name == "" {
		return fmt.Errorf("%w: %w", why, ErrRefused)
	}
	return fmt.Errorf("entry %q: %w: %w", name, why, ErrRefused)
}

// corrupt says what in a stream is damaged.
func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %w", fmt.Errorf(format, args...), ErrCorrupt)
}
