package main

import (
	"context"
	"errors"
	"io/fs"
	"syscall"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/internal/gitproto"
	"github.com/pinfetch/pinfetch/internal/prefetch"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Exit codes.
const (
	exitDone        = 0   // changed or not
	exitNothing     = 1   // nothing was done: bad usage, bad lock, every pin failed
	exitPartial     = 2   // some pins failed, the others were written
	exitOutdated    = 3   // outdated --exit-code: something is outdated
	exitMismatch    = 4   // verify: a hash differs
	exitInterrupted = 130 // what was complete is written
)

// Classes of errors that only commands have.
var (
	errUsage   = errors.New("bad usage")
	errExists  = errors.New("the name is taken")
	errNoLock  = errors.New("no lock found")
	errForeign = errors.New("not written by pinfetch")
)

// exitError ends a command with a code, after everything has been said.
type exitError int

func (exitError) Error() string { return "see above" }

// class maps a class of errors to its name in JSON and to what helps in most cases.
type class struct {
	err  error
	name string
	hint string
}

// classes in the order in which they are tried: the narrower one first.
func classes() []class {
	return []class{
		{context.Canceled, "interrupted", "run the command again; what was complete has been written"},
		{context.DeadlineExceeded, "stalled", "run the command again"},
		{errUsage, "usage", ""},
		{errExists, "exists", "choose another name with --name, or replace the pin with --replace"},
		{errNoLock, "no-lock", "run pinfetch init in the project's folder, or name a lock with --lock-file"},
		{errCommit, "commit", "commit the lock by hand"},
		{errForeign, "foreign-file", "move the file away and run pinfetch init again"},
		{engine.ErrUnknownName, "unknown-pin", "pinfetch show --plain lists the pins there are"},
		{engine.ErrStopped, "stopped", "leave out --fail-fast to try every pin"},
		{engine.ErrMovedTag, "moved-tag", "ask upstream why; to accept the new commit run: pinfetch update --allow-moved-tag NAME"},
		{engine.ErrMismatch, "mismatch", "check with upstream, then run: pinfetch update --rehash NAME"},
		{lock.ErrConflictMarkers, "lock", "finish the merge: keep one side of each pin and delete the markers; pinfetch update then brings the pins up to date"},
		{lock.ErrVersion, "lock-version", "install a pinfetch that knows this version of the format; this one changes nothing"},
		{lock.ErrSyntax, "lock", "mend the place that is named, or restore the file: git checkout -- FILE"},
		{lock.ErrConflict, "conflict", "another program wrote the lock meanwhile and its version was kept: run the command again"},
		{lock.ErrIrregular, "no-file", "move it away: a lock is a file, or a link to one"},
		{lock.ErrName, "name", "choose a name such as foo or scope/foo with --name"},
		{web.ErrRateLimited, "rate-limited", "wait a while, or set GITHUB_TOKEN for a larger quota"},
		{web.ErrUnauthorized, "unauthorized", "set a valid token: GITHUB_TOKEN for github.com, ~/.netrc for every other host"},
		{web.ErrInsecure, "insecure", "check the address; a private authority's certificate is trusted through SSL_CERT_FILE"},
		{web.ErrRedirects, "redirects", "check the address in a browser"},
		{web.ErrStalled, "stalled", "run the command again; pins that were complete are not fetched again"},
		{web.ErrTruncated, "truncated", "run the command again"},
		{web.ErrTooLarge, "limit", "the answer is larger than any real one: check the address"},
		{web.ErrServer, "server", "the server has a problem: try again later"},
		{prefetch.ErrHTML, "not-archive", "open the address in a browser: it may want a login, or the file has moved"},
		{prefetch.ErrWrongCommit, "wrong-commit", "the server answers with another revision than asked for: do not pin this; report it to the forge"},
		{hash.ErrNotArchive, "not-archive", "open the address in a browser: it may want a login, or the file has moved; to pin the file itself leave out --unpack"},
		{hash.ErrRoots, "refused", "add --no-strip-root to pin the archive with its top-level entries"},
		{hash.ErrUnsupported, "refused", "pin the file itself without --unpack, or another archive"},
		{hash.ErrRefused, "refused", "nixpkgs cannot unpack this archive; pin the file itself without --unpack, or another archive"},
		{hash.ErrCorrupt, "corrupt", "run the command again; if it stays, the archive is damaged at its source"},
		{gitproto.ErrCorrupt, "corrupt", "run the command again; if it stays, the repository is damaged at its source"},
		{hash.ErrDownload, "limit", "check that this is the file you mean; if it is, allow more with --max-download SIZE, such as 64GiB"},
		{hash.ErrUnpacked, "limit", "check that this is the file you mean; if it is, allow more with --max-unpacked SIZE, such as 64GiB"},
		{hash.ErrLimit, "limit", "check that this is the file you mean; --max-download and --max-unpacked allow larger ones, other limits are fixed"},
		{hash.ErrMalformed, "hash", "a hash is written sha256-… with 44 characters of base64"},
		{sources.ErrNotFound, "not-found", "check the spelling"},
		{gitproto.ErrNotFound, "not-found", "check the address"},
		{web.ErrNotFound, "not-found", "check the address"},
		{web.ErrUnreachable, "unreachable", "check the address and the network (a proxy is taken from HTTPS_PROXY), then run the command again"},
		{web.ErrStatus, "status", "open the address in a browser to see what the server means"},
		{web.ErrProtocol, "protocol", "open the address in a browser to see what the server means"},
		{gitproto.ErrNoGit, "no-git", "install git: it is needed for git pins, submodules and ssh"},
		{gitproto.ErrProtocol, "protocol", "check that a git repository is served at this address"},
		{gitproto.ErrUnwritten, "disk-full", "free some space, or let TMPDIR name a folder with more, and run the command again; the lock is as it was"},
		{gitproto.ErrGit, "git", "try the same with git itself"},
		{sources.ErrInvalid, "invalid", "see pinfetch add --help for the forms of references"},
		{syscall.ENOSPC, "disk-full", "free some space, or let TMPDIR name a folder with more, and run the command again; the lock is as it was"},
		{syscall.EROFS, "permission", "the lock is as it was; make its folder writable and run the command again"},
		{fs.ErrPermission, "permission", "the lock is as it was; make its folder writable and run the command again"},
		{fs.ErrNotExist, "no-file", "check the path"},
		{syscall.ELOOP, "no-file", "check the path"},
		{syscall.ENOTDIR, "no-file", "check the path; TMPDIR, if it is set, must name a folder"},
		{syscall.ENAMETOOLONG, "no-file", "check the path"},
		{syscall.EISDIR, "no-file", "that is a folder: pinfetch hash path hashes one"},
	}
}

// hinter is an error that knows better than its class what to do next.
type hinter interface{ Hint() string }

// classify returns an error's class for JSON, and what to do about it.
func classify(err error) (name, hint string) {
	name = "internal"
	for _, c := range classes() {
		if errors.Is(err, c.err) {
			name, hint = c.name, c.hint
			break
		}
	}
	var specific hinter
	if errors.As(err, &specific) && specific.Hint() != "" {
		hint = specific.Hint()
	}
	return name, hint
}
