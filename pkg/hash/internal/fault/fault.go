// Package fault declares the classes of errors that pkg/hash returns, and builds errors of these classes.
package fault

import (
	"errors"
	"fmt"
)

// The classes, as pkg/hash documents them.
var (
	ErrNotArchive = errors.New("not an archive")
	ErrCorrupt    = errors.New("truncated or damaged")

	ErrRefused            = errors.New("nixpkgs would reject it")
	ErrRoots        error = &class{"no single top-level entry", ErrRefused}
	ErrUnsupported  error = &class{"not supported by pinfetch", ErrRefused}
	ErrUndetermined error = &class{"the result depends on the file system", ErrRefused}

	ErrLimit          = errors.New("limit exceeded")
	ErrDownload error = &class{"download limit exceeded", ErrLimit}
	ErrUnpacked error = &class{"limit of unpacked contents exceeded", ErrLimit}
)

// class is a class within another one.
type class struct {
	text   string
	parent error
}

func (c *class) Error() string { return c.text }
func (c *class) Unwrap() error { return c.parent }

// Refused returns an [ErrRefused] about the entry at path, or about the whole input if path is empty.
func Refused(path, format string, args ...any) error {
	return of(ErrRefused, path, fmt.Errorf(format, args...))
}

// Unsupported returns an [ErrUnsupported] about the entry at path.
func Unsupported(path, format string, args ...any) error {
	return of(ErrUnsupported, path, fmt.Errorf(format, args...))
}

// Undetermined returns an [ErrUndetermined] about the entry at path.
func Undetermined(path, format string, args ...any) error {
	return of(ErrUndetermined, path, fmt.Errorf(format, args...))
}

func of(class error, path string, reason error) error {
	if path == "" {
		return fmt.Errorf("%w: %w", reason, class)
	}
	return fmt.Errorf("entry %q: %w: %w", path, reason, class)
}

// Corrupt returns an [ErrCorrupt].
func Corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %w", fmt.Errorf(format, args...), ErrCorrupt)
}

// Exceeded returns an error of a class within [ErrLimit]: there is more than limit allows of what, such as "bytes of download".
func Exceeded(class error, limit int64, what string) error {
	return fmt.Errorf("more than %d %s: %w", limit, what, class)
}
