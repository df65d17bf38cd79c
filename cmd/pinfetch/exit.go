package main

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"syscall"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/internal/prefetch"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/github"
)

// Exit codes.
const (
	exitDone        = 0   // changed or not
	exitNothing     = 1   // nothing was done: bad usage, invalid lock, or every pin failed
	exitPartial     = 2   // some pins failed; the others were written
	exitOutdated    = 3   // outdated --exit-code: something is outdated
	exitMismatch    = 4   // verify: a hash differs
	exitInterrupted = 130 // complete pins were written
)

// Classes of errors that only commands have.
var (
	errUsage   = errors.New("bad usage")
	errExists  = errors.New("the name is already in use")
	errNoLock  = errors.New("no lock found")
	errForeign = errors.New("not written by pinfetch")
)

// exitError ends a command with an exit code after it has reported its errors.
type exitError int

func (exitError) Error() string { return "see above" }

// class maps a class of errors to its name in JSON and to a hint.
type class struct {
	err  error
	name string
	hint string
}

// classes returns all classes in the order in which they are tried: specific ones first.
func classes() []class {
	return []class{
		{context.Canceled, "interrupted", "run the command again; complete pins have been written"},
		{context.DeadlineExceeded, "stalled", "run the command again"},
		{errUsage, "usage", ""},
		{errExists, "exists", "choose another name with --name, or replace the pin with --replace"},
		{errNoLock, "no-lock", "run pinfetch init in the project's directory, or name a lock with --lock-file"},
		{errCommit, "commit", "commit the lock by hand"},
		{errForeign, "foreign-file", "move the file away and run pinfetch init again"},
		{engine.ErrUnknownName, "unknown-pin", "pinfetch show --plain lists the pins"},
		{engine.ErrStopped, "stopped", "omit --fail-fast to try every pin"},
		{engine.ErrMovedTag, "moved-tag", "ask upstream why; to accept the new commit run: pinfetch update --allow-moved-tag NAME"},
		{engine.ErrMismatch, "mismatch", "check with upstream, then run: pinfetch update --rehash NAME"},
		{lock.ErrConflictMarkers, "lock", "finish the merge: keep one side of each pin and delete the markers; pinfetch update then brings the pins up to date"},
		{lock.ErrVersion, "lock-version", "install a pinfetch that supports this version of the format; nothing was changed"},
		{lock.ErrSyntax, "lock", "fix the error at that position, or restore the file: git checkout -- FILE"},
		{lock.ErrConflict, "conflict", "another program changed the lock, and its version was kept: run the command again"},
		{lock.ErrIrregular, "no-file", "move it away: a lock must be a file or a link to a file"},
		{lock.ErrName, "name", "choose a name such as foo or scope/foo with --name"},
		{web.ErrRateLimited, "rate-limited", "wait a while, or set GITHUB_TOKEN for a larger quota"},
		{github.ErrRateLimited, "rate-limited", "wait a while, or set GITHUB_TOKEN for a larger quota"},
		{web.ErrUnauthorized, "unauthorized", "set a valid token: GITHUB_TOKEN for github.com, ~/.netrc for every other host"},
		{web.ErrInsecure, "insecure", "check the address; to trust a private certificate authority, set SSL_CERT_FILE"},
		{web.ErrRedirects, "redirects", "check the address in a browser"},
		{web.ErrStalled, "stalled", "run the command again; complete pins are not fetched again"},
		{web.ErrTruncated, "truncated", "run the command again"},
		{web.ErrTooLarge, "limit", "the response is too large to be valid: check the address"},
		{web.ErrServer, "server", "the server failed: try again later"},
		{prefetch.ErrHTML, "not-archive", "open the address in a browser: it may require a login, or the file has moved"},
		{prefetch.ErrWrongCommit, "wrong-commit", "the server sent another revision than requested: do not pin this; report it to the forge"},
		{hash.ErrNotArchive, "not-archive", "open the address in a browser: it may require a login, or the file has moved; to pin the file itself, omit --unpack"},
		{hash.ErrRoots, "refused", "add --no-strip-root to pin the archive with its top-level entries"},
		{hash.ErrRefused, "refused", "nixpkgs cannot unpack this archive; pin the file itself without --unpack, or another archive"},
		{hash.ErrCorrupt, "corrupt", "run the command again; if it fails again, the archive is damaged on the server"},
		{gitcmd.ErrCorrupt, "corrupt", "run the command again; if it fails again, the repository is damaged on the server"},
		{hash.ErrDownload, "limit", "check that this is the right file; if it is, raise the limit, such as --max-download 64GiB"},
		{hash.ErrUnpacked, "limit", "check that this is the right file; if it is, raise the limit, such as --max-unpacked 64GiB"},
		{hash.ErrLimit, "limit", "check that this is the right file; --max-download and --max-unpacked raise two limits, the others are fixed"},
		{hash.ErrMalformed, "hash", "write the hash as sha256-… with 44 characters of base64"},
		{sources.ErrNotFound, "not-found", "check the spelling"},
		{gitrefs.ErrNotFound, "not-found", "check the address"},
		{web.ErrNotFound, "not-found", "check the address"},
		{web.ErrUnreachable, "unreachable", "check the address and the network (HTTPS_PROXY sets a proxy), then run the command again"},
		{web.ErrStatus, "status", "open the address in a browser to see what the server responds"},
		{web.ErrProtocol, "protocol", "open the address in a browser to see what the server responds"},
		{github.ErrResponse, "protocol", "open the address in a browser: it may not be GitHub's API, or a proxy may require a login"},
		{gitcmd.ErrNoGit, "no-git", "install git: git pins, submodules and ssh need it"},
		{gitrefs.ErrProtocol, "protocol", "check that a git repository is served at this address"},
		{gitcmd.ErrUnwritten, "disk-full", "free some space, or set TMPDIR to a directory with more, and run the command again; the lock is unchanged"},
		{gitcmd.ErrGit, "git", "try the same with git"},
		{sources.ErrInvalid, "invalid", "see pinfetch add --help for the forms of references"},
		{syscall.ENOSPC, "disk-full", "free some space, or set TMPDIR to a directory with more, and run the command again; the lock is unchanged"},
		{syscall.EROFS, "permission", "the lock is unchanged; make its directory writable and run the command again"},
		{fs.ErrPermission, "permission", "the lock is unchanged; make its directory writable and run the command again"},
		{fs.ErrNotExist, "no-file", "check the path"},
		{syscall.ELOOP, "no-file", "check the path"},
		{syscall.ENOTDIR, "no-file", "check the path; if TMPDIR is set, it must be a directory"},
		{syscall.ENAMETOOLONG, "no-file", "check the path"},
		{syscall.EISDIR, "no-file", "it is a directory: use pinfetch hash path"},
	}
}

// hinter is an error with a more specific hint than that of its class.
type hinter interface{ Hint() string }

// classify returns an error's class for JSON, and a hint.
func classify(err error) (name, hint string) {
	name = "internal"
	for _, c := range classes() {
		if errors.Is(err, c.err) {
			name, hint = c.name, c.hint
			break
		}
	}
	hint = cmp.Or(advise(err), hint)
	var specific hinter
	if errors.As(err, &specific) && specific.Hint() != "" {
		hint = specific.Hint()
	}
	return name, hint
}
