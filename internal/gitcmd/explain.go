package gitcmd

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"

	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/internal/retry"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/terminal"
)

var (
	// ErrNoGit means that the git program is not installed.
	ErrNoGit = errors.New("the git program is not installed")
	// ErrGit is the class of failures of the git program that have no other class.
	ErrGit = errors.New("git failed")
	// ErrCorrupt is the class of objects that arrived damaged.
	ErrCorrupt = retry.Temporary(errors.New("the remote sent damaged data"))
	// ErrUnwritten means that git could not write a file of a checkout, usually because the disk is full.
	ErrUnwritten = errors.New("the checkout cannot be written")

	// ErrTransport means that an address needs a transport that is not allowed: builds have only https and http.
	ErrTransport = errors.New("transport refused")
	// ErrLFS is the class of failures of Git LFS.
	ErrLFS = errors.New("git-lfs failed")
	// ErrNoLFS means that the git-lfs program is not installed.
	ErrNoLFS = errors.New("the git-lfs program is not installed")

	errUnadvertised = fmt.Errorf("the server does not provide a commit by its ID: %w", ErrGit)
)

// message maps parts of git's messages to a class of errors: the git program reports failures only as text.
type message struct {
	class error
	parts []string
}

// messages returns all messages. The first match counts.
func messages() []message {
	return []message{
		{syscall.ENOSPC, []string{"No space left on device"}},
		{ErrUnwritten, []string{"unable to write file"}},
		{ErrNoLFS, []string{"git-lfs: not found", "git-lfs: command not found", "git-lfs: inaccessible"}},
		{web.ErrUnauthorized, []string{"batch response: Git credentials for"}},
		{web.ErrRateLimited, []string{"Rate limit exceeded"}},
		{web.ErrServer, []string{"Fatal error: Server error"}},
		{ErrLFS, []string{"git-lfs", "smudge filter lfs"}},
		{errUnadvertised, []string{
			"not our ref", "unadvertised object", "couldn't find remote ref", "dumb http transport does not support",
		}},
		{ErrTransport, []string{"not allowed"}},
		{web.ErrInsecure, []string{"not supported or disabled in libcurl"}}, // a redirect from https to http
		{web.ErrCertificate, []string{"certificate verification failed", "certificate problem"}},
		{web.ErrRedirects, []string{"redirects followed"}},
		{web.ErrRateLimited, []string{"The requested URL returned error: 429"}},
		{web.ErrServer, []string{"The requested URL returned error: 5"}},
		{web.ErrUnreachable, []string{"CONNECT tunnel failed"}},
		{web.ErrUnauthorized, []string{
			"Permission denied (", "could not read Username", "could not read Password", "Authentication failed",
			"The requested URL returned error: 401", "The requested URL returned error: 403",
		}},
		{gitrefs.ErrProtocol, []string{"bad line length", "is this a git repository?"}},
		{web.ErrStalled, []string{"Operation too slow"}},
		{web.ErrTruncated, []string{
			"early EOF", "RPC failed", "unexpected disconnect", "hung up unexpectedly", "Connection reset",
		}},
		{ErrCorrupt, []string{
			"inflate: ", "unpack-objects failed", "index-pack failed", "pack is corrupted",
			"did not match", // the checksum of a pack
		}},
		{gitrefs.ErrNotFound, []string{"not found", "does not appear to be a git repository", "does not exist"}},
		{web.ErrInsecure, []string{"Host key verification failed"}},
		{web.ErrUnreachable, []string{
			"Could not resolve host", "Failed to connect", "Connection refused", "No route to host", "timed out", "unable to access",
		}},
	}
}

// unwritten matches git's message about a file that it could not write (git, entry.c). "git checkout" still
// succeeds then: on a full disk, the hash would be that of the files that fitted.
var unwritten = lazyregexp.New(`(?m)^error: (unable to|cannot) (create|write|read|unlink) `)

// explain turns git's messages into an error.
func (g *Git) explain(stderr string) error {
	return &failure{fmt.Errorf("%w: %s", classify(stderr), lastLines(g.Credentials.Redact(stderr))), stderr}
}

// failure is an error of git with all that git said, which may contain secrets.
type failure struct {
	error
	messages string
}

func (f *failure) Unwrap() error { return f.error }

// messagesOf returns what git said before it failed.
func messagesOf(err error) string {
	var f *failure
	if errors.As(err, &f) {
		return f.messages
	}
	return ""
}

func classify(stderr string) error {
	for _, m := range messages() {
		if slices.ContainsFunc(m.parts, func(part string) bool { return strings.Contains(stderr, part) }) {
			return m.class
		}
	}
	return ErrGit
}

// Limits on how much of git's messages an error repeats.
const (
	maxErrorLines = 4
	maxErrorLine  = 300 // bytes
)

// noise matches what hides the reason of a failure: lines that say no more than that there is one, that name a log in
// the checkout, or that git-lfs prints for every file, and what precedes the reason in a line of git-lfs.
var noise = lazyregexp.New(`(?m)^(` +
	`Downloading .* \(\d.*\)|Errors logged to .*|Use .git lfs logs last. to view the log\.|` +
	`error: external filter '.*' failed( \d+)?|` +
	`Please make sure you have the correct access rights|and the repository exists\.)$|` +
	`^Error downloading object: .* \([0-9a-f]{64}\): `)

// lastLines returns the last lines of git's messages as one printable line.
func lastLines(text string) string {
	var lines []string
	for line := range strings.Lines(noise.ReplaceAllString(text, "")) {
		line = strings.TrimRight(line, "\r\n")
		line = strings.TrimSpace(line[strings.LastIndexByte(line, '\r')+1:]) // progress overwrites what precedes it
		if line != "" {
			lines = append(lines, terminal.Shorten(terminal.Clean(line, ""), maxErrorLine))
		}
	}
	return strings.Join(lines[max(0, len(lines)-maxErrorLines):], "; ")
}
